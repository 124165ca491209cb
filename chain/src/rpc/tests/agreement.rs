//! One chain or several, one answer or several.

use super::*;

#[tokio::test(start_paused = true)]
async fn endpoints_of_different_chains_are_not_connected() {
    let (a, b) = (Node::new(), Node::new());
    b.set(|script| script.chain_id = 5);
    let sides = disagreement(try_pool(&[&a, &b], Options::default()).await.unwrap_err());
    assert!(sides[0].0 == "a" && sides[0].1.contains("chain id 1") && sides[1].1.contains("chain id 5"), "{sides:?}");
    let c = Node::new();
    c.set(|script| (script.forked_at, script.fork) = (0, 1));
    let sides = disagreement(try_pool(&[&a, &c], Options::default()).await.unwrap_err());
    assert!(sides[1].1.contains("first block"), "{sides:?}");
}

#[tokio::test(start_paused = true)]
async fn a_quorum_has_to_be_possible() {
    let a = Node::new();
    for quorum in [0, 2] {
        let error = try_pool(&[&a], Options::default().with_quorum(Some(quorum))).await.unwrap_err();
        assert!(error.to_string().contains("quorum"), "{error}");
    }
    assert!(Rpc::connect_many::<&str>(&[], Options::default()).await.is_err());
    let twice = Rpc::connect_many(&["http://h/k", "http://h/k"], Options::default()).await.unwrap_err();
    assert!(twice.to_string().contains("twice") && !twice.to_string().contains("/k"), "{twice}");
}

#[tokio::test(start_paused = true)]
async fn one_that_was_down_at_the_start_is_looked_at_before_it_is_asked() {
    let (a, b) = (Node::new(), Node::new());
    b.down();
    let rpc = pool(&[&a, &b]).await;
    b.sound().set(|script| script.chain_id = 5);
    tokio::time::sleep(Duration::from_secs(90)).await;
    rpc.inspect().await;
    assert!(matches!(state(&rpc, 1), EndpointState::WrongChain { .. }), "{:?}", state(&rpc, 1));
    a.down();
    assert!(balance(&rpc).await.is_err());
    assert_eq!(b.asked("eth_getBalance"), 0);
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_comes_back_as_another_chain_is_not_asked_until_it_is_the_right_one() {
    let node = Node::new();
    let rpc = Rpc::over(node.client(), "only").await.unwrap();
    rpc.first_block().await.unwrap();
    node.always("eth_getBalance", lost());
    balance(&rpc).await.unwrap_err();
    node.sound().set(|script| script.chain_id = 5);
    let error = balance(&rpc).await.unwrap_err();
    assert!(error.to_string().contains("chain id 5, not 1"), "{error}");
    balance(&rpc).await.unwrap_err();
    // the same chain id, another beginning
    node.set(|script| (script.chain_id, script.forked_at, script.fork) = (1, 0, 1));
    tokio::time::sleep(Duration::from_secs(60)).await;
    let error = balance(&rpc).await.unwrap_err();
    assert!(error.to_string().contains("first block"), "{error}");
    assert_eq!(node.asked("eth_getBalance"), 1, "nothing was asked of the wrong chain");
    node.set(|script| script.forked_at = u64::MAX);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(balance(&rpc).await.unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn where_all_have_become_another_chain_every_question_is_told_so() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    for node in [&a, &b] {
        node.set(|script| script.chain_id = 5);
    }
    tokio::time::sleep(Duration::from_secs(600)).await;
    for _ in 0..3 {
        let error = balance(&rpc).await.unwrap_err();
        assert!(error.to_string().contains("chain id 5, not 1"), "{error}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_chain_is_looked_at_every_ten_minutes() {
    let node = Node::new();
    let rpc = Rpc::over(node.client(), "only").await.unwrap();
    node.set(|script| script.chain_id = 5);
    tokio::time::sleep(Duration::from_secs(599)).await;
    balance(&rpc).await.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(balance(&rpc).await.unwrap_err().to_string().contains("chain id 5"));
}

#[tokio::test(start_paused = true)]
async fn counts_are_asked_of_all() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    b.set(|script| script.count = 8);
    assert_eq!(count(&rpc, BlockId::latest()).await.unwrap(), 5, "what both have reached");
    // where it is final, the same is needed
    let at = |height| BlockId::number(height);
    rpc.block(BlockNumberOrTag::Finalized).await.unwrap();
    assert_eq!(count(&rpc, at(95)).await.unwrap(), 5, "above the final block any will do");
    let sides = disagreement(count(&rpc, at(90)).await.unwrap_err());
    assert_eq!(sides, [("a".to_owned(), "5".to_owned()), ("b".to_owned(), "8".to_owned())]);
    let sides = disagreement(count(&rpc, BlockId::finalized()).await.unwrap_err());
    assert_eq!(sides.len(), 2);
    b.down();
    let error = count(&rpc, at(90)).await.unwrap_err();
    assert!(error.is_silence() && error.to_string().contains("2 of 2"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_liar_is_outvoted_by_two_of_three() {
    let (a, b, c) = (Node::new(), Node::new(), Node::new());
    let rpc = pool(&[&a, &b, &c]).await;
    a.set(|script| script.count = 9);
    assert_eq!(count(&rpc, BlockId::latest()).await.unwrap(), 5);
    a.set(|script| script.count = 3);
    assert_eq!(count(&rpc, BlockId::latest()).await.unwrap(), 5);
    assert_eq!(count(&rpc, BlockId::finalized()).await.unwrap(), 5);
    a.set(|script| (script.forked_at, script.fork) = (80, 1));
    let block = rpc.block(BlockNumberOrTag::Finalized).await.unwrap();
    assert_eq!((block.number, block.hash), (90, b.0.lock().unwrap().hash(90)));
    assert_eq!(rpc.block(BlockNumberOrTag::Number(85)).await.unwrap().hash, b.0.lock().unwrap().hash(85));
}

#[tokio::test(start_paused = true)]
async fn the_final_block_is_the_highest_that_two_have_reached() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    b.set(|script| script.finalized = 70);
    assert_eq!(rpc.block(BlockNumberOrTag::Finalized).await.unwrap().number, 70);
    // one that says too much cannot raise it
    a.set(|script| script.finalized = 100);
    assert_eq!(rpc.block(BlockNumberOrTag::Finalized).await.unwrap().number, 70);
    b.set(|script| (script.forked_at, script.fork) = (60, 1));
    let error = rpc.block(BlockNumberOrTag::Finalized).await.unwrap_err();
    assert_eq!(disagreement(error).len(), 2);
    b.down();
    assert!(rpc.block(BlockNumberOrTag::Finalized).await.unwrap_err().is_silence(), "one alone calls nothing final");
    let alone = try_pool(&[&a, &b], Options::default().with_quorum(Some(1))).await.unwrap();
    assert_eq!(alone.block(BlockNumberOrTag::Finalized).await.unwrap().number, 100, "unless the operator says so");
}

#[tokio::test(start_paused = true)]
async fn a_receipt_needs_one_voice_to_show_and_two_to_be_final() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    let hash = B256::with_last_byte(1);
    let show = async || rpc.request::<_, Option<Value>>(RECEIPT, (hash,)).await;
    let agreed = async || rpc.agreed_receipts::<Value>(&[hash, hash]).await;
    assert_eq!(show().await.unwrap(), None);
    let other = B256::with_last_byte(2);
    b.set(|script| script.receipt = receipt(7, "0x1"));
    let of_another = rpc.request::<_, Option<Value>>(RECEIPT, (other,)).await;
    assert!(of_another.unwrap_err().is_silence(), "a receipt of another transaction is no voice");
    b.set(|script| script.receipt = receipt(7, "0x1"));
    assert!(show().await.unwrap().is_some(), "one that is there comes before none");
    assert_eq!(disagreement(agreed().await.unwrap_err()).len(), 2);
    a.set(|script| script.receipt = receipt(7, "0x1"));
    assert_eq!(agreed().await.unwrap().len(), 2);
    a.set(|script| script.receipt = receipt(7, "0x0"));
    assert!(matches!(show().await.unwrap_err(), RpcError::Disagree { .. }));
    a.set(|script| script.receipt = Value::Null);
    b.down();
    assert!(show().await.unwrap_err().is_silence(), "one that does not have it proves nothing");
    let all: Vec<Option<Value>> = rpc.batch(RECEIPT, vec![(hash,); 3]).await.unwrap_or_default();
    assert!(all.is_empty());
}

#[tokio::test(start_paused = true)]
async fn one_that_is_behind_goes_last() {
    let (a, b) = (Node::new(), Node::new());
    a.set(|script| script.head = 97);
    let rpc = pool(&[&a, &b]).await;
    assert_eq!(state(&rpc, 0), EndpointState::Lagging { blocks: 3 });
    balance(&rpc).await.unwrap();
    assert_eq!((a.asked("eth_getBalance"), b.asked("eth_getBalance")), (0, 1));
    a.set(|script| script.head = 98);
    rpc.inspect().await;
    let status = &rpc.endpoints()[0];
    assert_eq!((&status.state, status.lag, status.head), (&EndpointState::Healthy, None, Some(98)));
    assert_eq!((status.chain_id, status.client_version.as_deref()), (Some(1), Some("script/1")));
}

#[tokio::test(start_paused = true)]
async fn two_forks_without_a_majority_stop_new_sends() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    // a race at the end of the chain decides itself
    b.set(|script| (script.forked_at, script.fork) = (98, 1));
    rpc.inspect().await;
    assert_eq!(count(&rpc, BlockId::latest()).await.unwrap(), 5);
    b.set(|script| (script.forked_at, script.fork, script.head) = (95, 2, 101));
    rpc.inspect().await;
    let sides = disagreement(count(&rpc, BlockId::latest()).await.unwrap_err());
    assert_eq!((sides.len(), sides[0].0.as_str(), sides[1].0.as_str()), (2, "a", "b"));
    balance(&rpc).await.unwrap();
    // together again
    b.set(|script| (script.forked_at, script.head) = (u64::MAX, 102));
    rpc.inspect().await;
    assert_eq!(count(&rpc, BlockId::latest()).await.unwrap(), 5);
}

#[tokio::test(start_paused = true)]
async fn the_minority_of_three_is_on_another_fork() {
    let (a, b, c) = (Node::new(), Node::new(), Node::new());
    let rpc = pool(&[&a, &b, &c]).await;
    a.set(|script| (script.forked_at, script.fork, script.head) = (60, 1, 105));
    // found by itself, beside what is asked
    tokio::time::sleep(Duration::from_secs(12)).await;
    balance(&rpc).await.unwrap();
    tokio::time::sleep(Duration::from_millis(1)).await;
    assert_eq!(state(&rpc, 0), EndpointState::OtherFork { height: 97 });
    balance(&rpc).await.unwrap();
    assert_eq!((b.asked("eth_getBalance"), count(&rpc, BlockId::latest()).await.unwrap()), (1, 5));
}
