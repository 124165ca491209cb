//! What was refused for good leaves its nonce empty.

use std::time::Duration;

use tminus_chain::outbox::{OutboxError, Until};

use crate::{
    bench::{Bench, pay, pays},
    support::{DEPLOYER, fake::OnSend},
};

#[tokio::test]
async fn what_is_refused_for_good_frees_its_nonce() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().on_send.push_back(OnSend::Error("intrinsic gas too low"));
    let outbox = bench.open().await.unwrap();
    let refused = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(
        matches!(&refused, Err(OutboxError::Refused { reason, .. }) if reason.contains("intrinsic")),
        "{refused:?}"
    );
    outbox.execute(vec![pay(1), pay(0)], Until::Finalized).await.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(0, true)]);
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(1, true)]);
}

#[tokio::test]
async fn what_is_refused_holds_back_what_comes_after_it_and_new_work_takes_its_nonce() {
    // refused: fixed as it is, or given up for other work; in order, or all at once
    for (again, independent) in [([0, 1, 2], true), ([0, 1, 2], false), ([1, 2, 9], true), ([1, 2, 9], false)] {
        let mut bench = Bench::new().await;
        bench.automine().await;
        bench.node.lock().on_send.push_back(OnSend::Error("oversized data"));
        let outbox = bench.open().await.unwrap();
        let refused = outbox.execute_independent(pays(3), Until::Mined).await;
        assert!(matches!(&refused, Err(OutboxError::Refused { key, .. }) if key.as_str() == "pay/0"), "{refused:?}");
        assert_eq!(bench.node.lock().sends.len(), 1, "nothing went out above the refused one");
        drop(outbox);
        let outbox = bench.open().await.unwrap();
        assert_eq!(bench.node.lock().sends.len(), 1, "nor when the journal was opened again");
        let work = again.into_iter().map(pay).collect();
        let done = if independent {
            outbox.execute_independent(work, Until::Finalized).await
        } else {
            outbox.execute(work, Until::Finalized).await
        };
        assert!(done.unwrap().iter().all(|settled| settled.success && settled.finalized));
        let filler = if again[0] == 0 { 0 } else { 9 };
        for (nonce, n) in [(0, filler), (1, 1), (2, 2)] {
            assert_eq!(bench.node.lock().mined_with(&[n; 4]), [(nonce, true)], "{again:?} {independent}");
        }
        assert_eq!((bench.payloads(1), bench.payloads(2)), (1, 1), "signed once");
    }
}

#[tokio::test]
async fn what_was_taken_above_a_refused_nonce_goes_on_once_nothing_fills_it() {
    let mut bench = Bench::new().await;
    bench.config.bump_after = Duration::from_millis(100);
    // the first is lost on its way, the second is taken, and then the first is refused
    bench.node.lock().on_send.extend([OnSend::Cut, OnSend::Honest, OnSend::Error("oversized data")]);
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute_independent(pays(2), Until::Mined);
    let mine = async {
        bench.until(|state| state.pool.len() == 2).await;
        assert!(bench.node.lock().pool[&(DEPLOYER, 0)].input.is_empty(), "no value, no calldata, to itself");
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, mine);
    assert!(matches!(&done, Err(OutboxError::Refused { key, .. }) if key.as_str() == "pay/0"), "{done:?}");
    assert!(bench.warned("stayed empty"));
    assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(1, true)]);
    let filled = outbox.known("tminus/fill/").unwrap();
    assert_eq!(filled.len(), 1);
    // nobody else hands over such a key
    let own = pay(3);
    let own = tminus_chain::outbox::Intent { key: filled[0].key.clone(), ..own };
    assert!(matches!(outbox.execute(vec![own], Until::Mined).await, Err(OutboxError::Local(_))));
}
