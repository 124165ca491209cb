//! What endpoints answer to a send, and what follows.

use std::time::Duration;

use tminus_chain::outbox::{Outbox, OutboxError, OutboxEvent, Until};
use tminus_chain::signer::Signers;

use crate::{
    bench::{Bench, pay, pays},
    support::fake::OnSend,
};

#[tokio::test]
async fn whatever_the_answer_to_a_send_the_same_bytes_have_one_effect() {
    let faults = [
        OnSend::Honest,
        OnSend::TakenThenError("internal error"),
        OnSend::TakenThenError("already known"),
        OnSend::TakenThenError("execution reverted: nonce too low"),
        OnSend::Error("internal error"),
        OnSend::Error("502 Bad Gateway"),
        OnSend::Error("txpool is full"),
        OnSend::Error("nonce too low"),
        OnSend::Error("nonce too high"),
        OnSend::Error("execution reverted"),
        OnSend::TakenThenCut,
        OnSend::Cut,
        OnSend::MinedThenError("nonce too low"),
        OnSend::MinedThenError("VM Exception while processing transaction"),
    ];
    for fault in faults {
        let mut bench = Bench::new().await;
        bench.automine().await;
        bench.node.lock().on_send.push_back(fault.clone());
        let outbox = bench.open().await.unwrap();
        let done = outbox.execute(vec![pay(1)], Until::Finalized).await.unwrap_or_else(|e| panic!("{fault:?}: {e}"));
        assert!(done[0].success && done[0].finalized, "{fault:?}");
        assert_eq!(bench.payloads(0), 1, "{fault:?}");
        assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(0, true)], "{fault:?}");
    }
}

#[tokio::test]
async fn an_underpriced_answer_raises_both_fees_as_geth_wants() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    // a stranger's transaction that pays more sits on our nonce, in the pool only
    bench.node.lock().on_send.extend([
        OnSend::Error("replacement transaction underpriced"),
        OnSend::Error("replacement transaction underpriced"),
        OnSend::Error("transaction underpriced"),
    ]);
    let run = outbox.execute(vec![pay(1)], Until::Mined);
    let mine = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, mine);
    assert!(done.unwrap()[0].success);
    let state = bench.node.lock();
    assert!(state.sends.len() >= 4);
    for pair in state.sends.windows(2).filter(|pair| pair[0].2.hash != pair[1].2.hash) {
        let enough = |old: u128, new: u128| new > old && new >= old * 110 / 100;
        assert!(enough(pair[0].2.max_fee, pair[1].2.max_fee) && enough(pair[0].2.tip, pair[1].2.tip));
    }
}

#[tokio::test]
async fn a_quiet_chain_gets_a_higher_offer_and_the_older_one_counts_when_it_is_mined() {
    let bench = Bench::new().await;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(1)], Until::Mined);
    let mine = async {
        bench.told(|event| matches!(event, OutboxEvent::Bumped(..))).await;
        let mut state = bench.node.lock();
        // a builder had the first version all along
        let (sender, nonce, first) = state.sends[0].clone();
        state.pool.insert((sender, nonce), first);
        state.mine_block();
    };
    let (done, ()) = tokio::join!(run, mine);
    let done = done.unwrap();
    assert_eq!(done[0].tx_hash, bench.node.lock().sends[0].2.hash);
    assert!(bench.payloads(0) >= 2);
    assert_eq!(bench.node.lock().mined_with(&[1; 4]).len(), 1);
}

#[tokio::test]
async fn late_receipts_do_not_make_a_second_payload_even_past_finality() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().hide_receipts = 40;
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![pay(1)], Until::Mined).await.unwrap();
    assert_eq!(bench.payloads(0), 1);
    assert_eq!(bench.node.lock().sends.len(), 1);
}

#[tokio::test]
async fn fees_above_the_limit_are_waited_out() {
    let bench = Bench::new().await;
    bench.node.lock().base_fee = bench.config.max_fee_per_gas;
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let chain = async {
        bench.told(|event| matches!(event, OutboxEvent::Waiting(text) if text.contains("above the limit"))).await;
        assert!(bench.node.lock().sends.is_empty());
        bench.node.lock().base_fee = 7;
        bench.until(|state| !state.pool.is_empty()).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, chain);
    assert!(done.unwrap()[0].success);
}

#[tokio::test]
async fn a_silent_endpoint_halts_after_a_while_and_nothing_is_lost() {
    let mut bench = Bench::new().await;
    bench.config.bump_after = Duration::from_millis(10);
    let outbox = bench.open().await.unwrap();
    bench.node.lock().on_send.extend(vec![OnSend::Cut; 10_000]);
    let halted = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(halted, Err(OutboxError::Halted(_))), "{halted:?}");
    bench.node.lock().on_send.clear();
    bench.node.lock().cut.insert("eth_getTransactionReceipt", 3);
    bench.automine().await;
    outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
    assert_eq!(bench.payloads(0), 1);
}

#[tokio::test]
async fn a_cut_connection_at_any_question_is_borne() {
    for method in ["eth_getBlockByNumber", "eth_getTransactionCount", "eth_getTransactionReceipt", "anvil_mine"] {
        let mut bench = Bench::new().await;
        bench.automine().await;
        let cut = || bench.node.lock().cut.insert(method, 2);
        let outbox = bench.open().await.unwrap();
        outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
        cut();
        outbox.execute(pays(2), Until::Finalized).await.unwrap_or_else(|e| panic!("{method}: {e}"));
        outbox.execute(vec![pay(2)], Until::Mined).await.unwrap();
        cut();
        outbox.finalize().await.unwrap_or_else(|e| panic!("{method}: {e}"));
        drop(outbox);
        let client = bench.node.rpc().await;
        cut();
        let signers = Signers::dev(client.chain_id(), 1).unwrap();
        let opened = Outbox::open(client, &bench.file(), signers, bench.config.clone(), bench.events.sink()).await;
        opened.unwrap_or_else(|e| panic!("{method}: {e}"));
    }
}

#[tokio::test]
async fn what_was_refused_in_words_and_mined_in_deeds_is_not_sent_again() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().hide_receipts = 1;
    bench.node.lock().on_send.push_back(OnSend::MinedThenError("oversized data"));
    let outbox = bench.open().await.unwrap();
    let refused = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(matches!(refused, Err(OutboxError::Refused { .. })), "{refused:?}");
    outbox.execute(vec![pay(0)], Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().sends.len(), 1);
}
