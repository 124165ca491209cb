//! Rules and ceilings: what is refused, what waits and goes on by itself.

use alloy::primitives::U256;
use tminus_chain::{
    ledger::IntentState,
    outbox::{GasLimit, Intent, Limits, Outbox, OutboxError, OutboxEvent, Until, Verdict, policy::SendPolicy},
};

use crate::bench::{Bench, TARGET, pay};

/// Gas at a base fee of 1 gwei: its cost in millionths of an ether.
fn millionths(n: u128) -> Option<U256> {
    Some(U256::from(n * 10u128.pow(12)))
}

fn with_gas(n: u8, gas: u64) -> Intent {
    pay(n).with_gas(GasLimit::Fixed(gas))
}

fn states(outbox: &Outbox) -> Vec<IntentState> {
    outbox.known("").unwrap().iter().map(|known| known.state).collect()
}

fn lift(outbox: &Outbox) {
    let limits = outbox.limits();
    outbox.set_limits(Limits { policy: SendPolicy::default(), ..limits });
}

#[tokio::test]
async fn what_a_rule_forbids_is_refused_by_its_name_and_nothing_is_sent() {
    let mut bench = Bench::new().await;
    let text =
        format!("max_gas = 60000\nmax_value = \"1 wei\"\n[[allow]]\nto = \"{TARGET}\"\nfunctions = [\"0x00000000\"]");
    bench.config.policy = SendPolicy::parse(&text).unwrap();
    bench.node.lock().automine = true;
    let outbox = bench.open().await.unwrap();
    for (intent, rule) in [
        (pay(1), "`allow`"),
        (Intent { to: None, ..pay(0) }, "`allow`"),
        (pay(0).with_value(U256::from(2)), "`max_value`"),
        (with_gas(0, 60_001), "`max_gas`"),
    ] {
        let refused = outbox.execute(vec![intent], Until::Mined).await;
        let Err(OutboxError::NotAllowed(error)) = refused else { panic!("{refused:?}") };
        assert!(error.to_string().contains(rule), "{error}");
        assert_eq!(states(&outbox), []);
    }
    // only the estimate tells
    bench.node.lock().estimate = 60_000;
    let refused = outbox.execute(vec![pay(0)], Until::Mined).await;
    assert!(
        matches!(&refused, Err(OutboxError::NotAllowed(error)) if error.to_string().contains("72000")),
        "{refused:?}"
    );
    assert!(bench.node.lock().sends.is_empty());
    bench.node.lock().estimate = 50_000;
    outbox.execute(vec![pay(0)], Until::Mined).await.unwrap();
}

#[tokio::test]
async fn what_is_above_a_ceiling_waits_while_others_go_on_and_is_sent_when_it_is_lifted() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.config.policy.max_transaction_cost = millionths(110);
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute_independent(vec![with_gas(0, 1_000_000), with_gas(1, 50_000)], Until::Mined);
    let look = async {
        bench.until(|state| state.mined_with(&[1; 4]).len() == 1).await;
        bench.told(|event| matches!(event, OutboxEvent::Held(key, why) if key.as_str() == "pay/0" && why.contains("max_transaction_cost"))).await;
        assert!(bench.node.lock().mined_with(&[0; 4]).is_empty());
        assert!(states(&outbox).contains(&IntentState::Held));
        lift(&outbox);
    };
    let (done, ()) = tokio::join!(run, look);
    assert_eq!(done.unwrap().len(), 2);
    // the one that waited took no nonce
    assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(0, true)]);
    assert_eq!(bench.node.lock().mined_with(&[0; 4]), [(1, true)]);
}

#[tokio::test]
async fn a_day_that_is_spent_is_waited_out() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    // the first is offered 60 and costs 21; the second needs 50
    bench.config.policy.max_daily_cost = millionths(60);
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![with_gas(0, 50_000)], Until::Finalized).await.unwrap();
    let run = outbox.execute(vec![with_gas(1, 50_000)], Until::Mined);
    let look = async {
        bench.told(|event| matches!(event, OutboxEvent::Held(_, why) if why.contains("0.000021 of 0.00006 ether of this day"))).await;
        bench.node.lock().later = 86_400;
    };
    let (done, ()) = tokio::join!(run, look);
    done.unwrap();
    assert_eq!(bench.node.lock().mined_with(&[1; 4]), [(1, true)]);
}

#[tokio::test]
async fn a_replacement_keeps_to_the_ceilings_and_goes_on_when_they_are_lifted() {
    let mut bench = Bench::new().await;
    // room for a first offer at the market, and for no raise of it
    bench.config.policy.max_transaction_cost = millionths(52);
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![with_gas(0, 50_000)], Until::Mined);
    let look = async {
        bench.until(|state| !state.pool.is_empty()).await;
        bench.told(|event| matches!(event, OutboxEvent::Waiting(why) if why.contains("max_transaction_cost"))).await;
        assert_eq!(bench.payloads(0), 1);
        lift(&outbox);
        bench.told(|event| matches!(event, OutboxEvent::Bumped(..))).await;
        bench.node.mine(1);
    };
    let (done, ()) = tokio::join!(run, look);
    done.unwrap();
}

#[tokio::test]
async fn a_balance_that_is_gone_is_waited_for() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    bench.node.lock().balance = U256::from(1);
    let outbox = bench.open().await.unwrap();
    let run = outbox.execute(vec![pay(0)], Until::Mined);
    let look = async {
        bench.told(|event| matches!(event, OutboxEvent::Held(_, why) if why.contains("may cost"))).await;
        bench.node.lock().balance = U256::from(10u128.pow(24));
    };
    let (done, ()) = tokio::join!(run, look);
    done.unwrap();
}

#[tokio::test]
async fn a_dry_run_says_what_would_be_done_and_does_none_of_it() {
    let mut bench = Bench::new().await;
    bench.automine().await;
    let outbox = bench.open().await.unwrap();
    outbox.execute(vec![pay(0)], Until::Finalized).await.unwrap();
    let limits = outbox.limits();
    let policy =
        SendPolicy { max_gas: Some(2_000_000), max_transaction_cost: millionths(110), ..SendPolicy::default() };
    outbox.set_limits(Limits { policy, ..limits });
    let intents = [
        pay(0),
        with_gas(1, 50_000),
        with_gas(2, 1_000_000),
        with_gas(3, 2_000_001),
        pay(4).with_deadline(1),
        with_gas(5, 50_000).with_nonce(2),
        with_gas(6, 50_000).with_nonce(9),
    ];
    let plan = outbox.dry_run(&intents).await.unwrap();
    let told: Vec<String> = plan
        .iter()
        .map(|planned| match &planned.verdict {
            Verdict::Send { nonce, .. } => format!("nonce {nonce}"),
            Verdict::Known(state) => state.as_str().to_owned(),
            Verdict::Held(why) | Verdict::Refused(why) => why.clone(),
        })
        .collect();
    for (told, words) in told.iter().zip([
        "finalized",
        "nonce 1",
        "max_transaction_cost",
        "`max_gas`",
        "deadline",
        "nonce 2",
        "would get 3",
    ]) {
        assert!(told.contains(words), "{words}: {told}");
    }
    assert!(plan[1].call.contains("0x01010101"));
    assert_eq!(bench.node.lock().sends.len(), 1);
    assert_eq!(outbox.known("").unwrap().len(), 1, "nothing is journaled");
}
