//! The protocol, end to end: each scenario on the embedded chain and on anvil.
//!
//! The contracts are driven as clients drive them, through the bindings, behind their proxies and with the real clock of
//! blocks. What has to come out is computed here from the protocol's text.
//!
//! - `chain`, `people`, `deploy`: a chain, accounts by name, the whole protocol on it
//! - `model`: what every account should have
//! - `twin`, `compare`, `jobs`: chain and model, moved together and compared
//! - `stream`: segments, receipts and their trees
//! - `earnings`, `election`, `eviction`, `verification`, `slashing`, `pause`, `upgrade`, `walk`: the scenarios

#![allow(unreachable_pub, reason = "what modules of one test binary share")]

#[path = "../support/mod.rs"]
mod support;

mod chain;
mod compare;
mod deploy;
mod earnings;
mod election;
mod eviction;
mod jobs;
mod model;
mod pause;
mod people;
mod slashing;
mod stream;
mod twin;
mod upgrade;
mod verification;
mod walk;

/// Each scenario on both chains.
macro_rules! on_both_chains {
    ($($room:ident :: $scenario:ident),* $(,)?) => {$(
        mod $scenario {
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_the_embedded_chain() {
                crate::$room::$scenario(crate::chain::Chain::embedded().await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn on_anvil() {
                crate::$room::$scenario(crate::chain::Chain::anvil().await).await;
            }
        }
    )*};
}

on_both_chains![
    earnings::thirty_rounds,
    election::active_set_of_ten,
    eviction::evicted_while_active,
    verification::job_with_one_segment_in_ten_verified,
    slashing::failed_verification,
    slashing::missed_verification,
    slashing::double_claim,
    pause::paused_for_five_rounds,
    upgrade::upgraded_with_its_state,
    walk::walk_without_a_plan,
];
