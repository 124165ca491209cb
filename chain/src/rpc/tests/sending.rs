//! Signed transactions go to all.

use super::*;

fn raw() -> (Bytes, B256) {
    let raw = Bytes::from_static(&[1, 2, 3]);
    let hash = keccak256(&raw);
    (raw, hash)
}

#[tokio::test(start_paused = true)]
async fn every_endpoint_gets_the_bytes_once_and_every_answer_is_handed_on() {
    let (a, b, c) = (Node::new(), Node::new(), Node::new());
    let rpc = pool(&[&a, &b, &c]).await;
    a.always(SEND, Trouble::Error(-32000, "already known"));
    b.always(SEND, lost());
    let (raw, hash) = raw();
    let answers = rpc.send_raw(raw).await;
    assert_eq!([a.asked(SEND), b.asked(SEND), c.asked(SEND)], [1, 1, 1]);
    let labels: Vec<_> = answers.iter().map(|(label, _)| label.as_str()).collect();
    assert_eq!(labels, ["a", "b", "c"]);
    assert!(matches!(&answers[0].1, Err(RpcError::Refused { message, .. }) if message == "already known"));
    assert!(matches!(&answers[1].1, Err(RpcError::NoAnswer { .. })));
    assert_eq!(*answers[2].1.as_ref().unwrap(), hash);
}

#[tokio::test(start_paused = true)]
async fn one_that_hangs_does_not_hold_up_the_others() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    a.always(SEND, Trouble::Hang);
    let start = Instant::now();
    let answers = rpc.send_raw(raw().0).await;
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
    assert!(matches!(&answers[0].1, Err(RpcError::NoAnswer { reason, .. }) if reason.contains("no answer yet")));
    assert!(answers[1].1.is_ok());
    // if it is the only one, it is waited for
    b.down();
    let start = Instant::now();
    assert!(rpc.send_raw(raw().0).await.iter().all(|(_, answer)| answer.is_err()));
    assert_eq!(start.elapsed(), Duration::from_secs(30));
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_failed_is_not_sent_to_while_another_is_there() {
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    a.down();
    balance(&rpc).await.unwrap();
    let answers = rpc.send_raw(raw().0).await;
    assert_eq!((answers.len(), answers[0].0.as_str(), a.asked(SEND)), (2, "b", 0));
    let (label, answer) = &answers[1];
    assert!(label == "a" && answer.as_ref().unwrap_err().is_silence(), "it may have got the bytes before");
}

#[tokio::test(start_paused = true)]
async fn alloys_stack_gets_a_success_before_anything_else() {
    use alloy::providers::Provider;
    let (a, b) = (Node::new(), Node::new());
    let rpc = pool(&[&a, &b]).await;
    a.always(SEND, Trouble::Error(-32000, "nonce too low"));
    let (raw, hash) = raw();
    assert_eq!(*rpc.provider().send_raw_transaction(&raw).await.unwrap().tx_hash(), hash);
    b.always(SEND, lost());
    let error = rpc.provider().send_raw_transaction(&raw).await.unwrap_err();
    assert!(!error.is_error_resp(), "unknown comes before refused: {error}");
}
