//! The process ends at any moment, and another one takes over.

use tminus_chain::outbox::Until;

use crate::{
    bench::{Bench, pay, pays},
    support::fake::OnSend,
};

#[tokio::test]
async fn killed_at_every_step_and_opened_again_everything_happens_once() {
    let points = [
        "eth_call",
        "eth_estimateGas",
        "eth_feeHistory",
        "eth_getBalance",
        "eth_getTransactionCount",
        "eth_getTransactionReceipt",
        "eth_getBlockByNumber",
        "anvil_mine",
    ];
    let sends = [OnSend::Hang, OnSend::TakenThenHang];
    let kills = points.iter().map(|method| Err(*method)).chain(sends.into_iter().map(Ok));
    for kill in kills {
        let mut bench = Bench::new().await;
        bench.automine().await;
        let outbox = bench.open().await.unwrap();
        outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
        match &kill {
            Err(method) => bench.node.lock().hang.push(method),
            Ok(on_send) => bench.node.lock().on_send.extend([OnSend::Honest, on_send.clone()]),
        }
        tokio::select! {
            done = outbox.execute_independent(pays(4), Until::Finalized) => panic!("{kill:?} was not reached: {done:?}"),
            () = bench.node.hung() => {}
        }
        drop(outbox);
        let outbox = bench.open().await.unwrap();
        let done = outbox.execute_independent(pays(4), Until::Finalized).await.unwrap();
        assert!(done.iter().all(|settled| settled.success && settled.finalized), "{kill:?}");
        for n in 0..4 {
            assert_eq!(bench.node.lock().mined_with(&[n; 4]).len(), 1, "{kill:?}");
            assert_eq!(bench.payloads(n.into()), 1, "{kill:?}");
        }
    }
}

#[tokio::test]
async fn killed_while_it_recovers_it_recovers_again() {
    for method in
        ["eth_sendRawTransaction", "eth_getTransactionReceipt", "eth_getTransactionCount", "eth_getBlockByNumber"]
    {
        let mut bench = Bench::new().await;
        let outbox = bench.open().await.unwrap();
        tokio::select! {
            _ = outbox.execute_independent(pays(3), Until::Mined) => panic!("nothing was mined"),
            () = bench.until(|state| state.pool.len() == 3) => {}
        }
        drop(outbox);
        bench.node.lock().pool.clear();
        bench.node.lock().hang.push(method);
        tokio::select! {
            opened = bench.open() => panic!("{method} was not reached: {opened:?}"),
            () = bench.node.hung() => {}
        }
        bench.node.mine(1);
        bench.automine().await;
        let outbox = bench.open().await.unwrap();
        outbox.execute_independent(pays(3), Until::Finalized).await.unwrap();
        for n in 0..3 {
            assert_eq!(bench.payloads(n.into()), 1, "{method}");
            assert_eq!(bench.node.lock().mined_with(&[n; 4]), [(n.into(), true)], "{method}");
        }
    }
}
