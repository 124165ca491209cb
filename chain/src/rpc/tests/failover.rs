//! Reads: who is asked, when, and when again.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_single_client_is_asked_as_it_is() {
    let node = Node::new();
    let rpc = Rpc::over(node.client(), "only").await.unwrap();
    assert_eq!(balance(&rpc).await.unwrap(), 7);
    assert_eq!(rpc.block(BlockNumberOrTag::Finalized).await.unwrap().number, 90);
    assert_eq!(count(&rpc, BlockId::latest()).await.unwrap(), 5);
    let asked = node.0.lock().unwrap().asked.clone();
    assert_eq!(asked, ["eth_chainId", "eth_getBalance", "eth_getBlockByNumber", "eth_getTransactionCount"]);
    // and nothing is repeated
    node.always("eth_getBalance", lost());
    let error = balance(&rpc).await.unwrap_err();
    assert!(
        error.to_string().starts_with("only gave no usable answer to eth_getBalance: the connection broke"),
        "{error}"
    );
    assert_eq!(node.asked("eth_getBalance"), 2);
}

#[tokio::test(start_paused = true)]
async fn another_endpoint_is_asked_when_one_fails_and_the_first_again_when_it_is_back() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    balance(&rpc).await.unwrap();
    assert_eq!((a.asked("eth_getBalance"), b.asked("eth_getBalance")), (1, 0), "the first is stayed with");
    a.down();
    for _ in 0..3 {
        balance(&rpc).await.unwrap();
    }
    assert_eq!((a.asked("eth_getBalance"), b.asked("eth_getBalance")), (2, 3), "one that failed goes last");
    assert!(matches!(state(&rpc, 0), EndpointState::Unreachable { failures: 1.. }));
    a.sound();
    tokio::time::sleep(Duration::from_secs(90)).await;
    rpc.inspect().await;
    assert_eq!(state(&rpc, 0), EndpointState::Healthy);
    balance(&rpc).await.unwrap();
    assert_eq!(a.asked("eth_getBalance"), 3);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_hangs_costs_ten_seconds_once() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    a.always("eth_getBalance", Trouble::Hang);
    let start = Instant::now();
    balance(&rpc).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(10));
    balance(&rpc).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(10));
}

#[tokio::test(start_paused = true)]
async fn all_down_is_told_after_a_few_rounds_and_all_back_is_answered() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    a.down();
    b.down();
    let start = Instant::now();
    let error = balance(&rpc).await.unwrap_err();
    assert!(error.is_silence() && error.to_string().contains("connection refused"), "{error}");
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
    assert!(a.asked("eth_getBalance") + a.asked("eth_chainId") >= 4, "the last ones left are still asked");
    a.sound();
    b.sound();
    assert_eq!(balance(&rpc).await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_rest_is_respected() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    let rest = |seconds| Trouble::Fault(Fault::RateLimited(Some(Duration::from_secs(seconds))));
    a.always("eth_getBalance", rest(20));
    balance(&rpc).await.unwrap();
    assert!(matches!(state(&rpc, 0), EndpointState::RateLimited { .. }));
    b.always("eth_getBalance", rest(60));
    a.sound();
    // both want their peace: the shorter one is waited for
    let start = Instant::now();
    balance(&rpc).await.unwrap();
    assert_eq!(start.elapsed(), Duration::from_secs(20));
    assert_eq!((a.asked("eth_getBalance"), b.asked("eth_getBalance")), (2, 2));
    // too long a peace is not waited for, and not broken either
    a.always("eth_getBalance", rest(3_000));
    let error = balance(&rpc).await.unwrap_err();
    assert!(error.to_string().contains("left alone"), "{error}");
    let asked = a.asked("eth_getBalance");
    assert!(balance(&rpc).await.is_err());
    assert_eq!(a.asked("eth_getBalance"), asked);
}

#[tokio::test(start_paused = true)]
async fn a_rate_limit_in_a_json_error_is_one() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    a.always("eth_getBalance", Trouble::Error(-32005, "request rate limited, try again in 7s"));
    assert_eq!(balance(&rpc).await.unwrap(), 7);
    assert_eq!(state(&rpc, 0), EndpointState::RateLimited { left_ms: 7_000 });
    assert_eq!(rpc.endpoints()[0].rate_limited_for, Some(Duration::from_secs(7)));
}

#[tokio::test(start_paused = true)]
async fn an_error_of_one_endpoint_is_asked_about_elsewhere_and_a_revert_is_not() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    a.always("eth_getBalance", Trouble::Error(-32000, "missing trie node"));
    assert_eq!(balance(&rpc).await.unwrap(), 7);
    b.always("eth_getBalance", Trouble::Error(-32000, "no such state"));
    let RpcError::Refused { label, message, .. } = balance(&rpc).await.unwrap_err() else { panic!() };
    assert_eq!((label.as_str(), message.as_str()), ("a", "missing trie node"), "the better endpoint's words");
    assert_eq!(state(&rpc, 0), EndpointState::Healthy, "a refusal is no failure");
    a.always("eth_call", Trouble::Error(3, "execution reverted: rate limit"));
    let call = rpc.call(None, Address::ZERO, Bytes::new(), BlockId::latest()).await;
    assert!(call.unwrap_err().is_revert());
    assert_eq!(b.asked("eth_call"), 0);
}

#[tokio::test(start_paused = true)]
async fn what_changes_anything_is_asked_once() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    a.always("anvil_mine", lost());
    assert!(rpc.request::<_, Value>("anvil_mine", (1,)).await.is_err());
    assert_eq!((a.asked("anvil_mine"), b.asked("anvil_mine")), (1, 0));
}

#[tokio::test(start_paused = true)]
async fn batches_shrink_to_what_is_taken() {
    let node = Node::new();
    let rpc = pool(&[&node]).await;
    let questions = || vec![(Address::ZERO, "latest"); 40];
    node.rule("eth_getBalance", |script, _| match script.batches.last() {
        Some(size) if *size > 10 => Err(Trouble::Fault(Fault::NoBatch("too large".to_owned()))),
        _ => Ok(json!("0x7")),
    });
    let answers: Vec<U64> = rpc.batch("eth_getBalance", questions()).await.unwrap();
    assert_eq!(answers, vec![U64::from(7); 40]);
    let batches = node.0.lock().unwrap().batches.clone();
    assert!(batches.starts_with(&[40, 20, 10]), "{batches:?}");
    // remembered, with a try now and then whether more is taken
    node.set(|script| script.batches.clear());
    rpc.batch::<_, U64>("eth_getBalance", questions()).await.unwrap();
    let batches = node.0.lock().unwrap().batches.clone();
    assert!(batches.iter().all(|size| *size <= 14), "{batches:?}");
}

#[tokio::test(start_paused = true)]
async fn an_error_that_says_nothing_is_silence() {
    let node = Node::new();
    let rpc = Rpc::over(node.client(), "only").await.unwrap();
    node.always("eth_getBalance", Trouble::Error(-32603, "internal error"));
    let error = balance(&rpc).await.unwrap_err();
    assert!(error.is_silence() && error.to_string().contains("internal error"), "{error}");
    let batch = rpc.batch::<_, U64>("eth_getBalance", vec![(Address::ZERO, "latest"); 2]).await;
    assert!(batch.unwrap_err().is_silence());
}
