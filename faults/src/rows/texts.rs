//! Words of endpoints to a raw transaction, each said when the endpoint has not taken it and when it has.
//!
//! What is said is not what is true: "nonce too low" may be our own transaction, "invalid sender" may come from a proxy in
//! front of a node that took the bytes. So each text of the adversary's list is said both ways, to the first, second … send of
//! a run, and each intent has to have its effect once in both.

use tminus_adversary::{Fault, Rule, texts};
use tokio::time::Instant;

use crate::{
    bench::{Bench, Pace, keys, pays},
    campaign::{Case, Spec},
    row::{Clock, Outcome},
};

const INTENTS: usize = 6;
/// Most runs: words that mean "for good" end one, and whether there is another is the caller's decision.
const RUNS: usize = 3;

pub(super) fn rows() -> Vec<Spec> {
    let each = texts::ALL.iter().enumerate();
    let rows = each.flat_map(|(number, (client, _, code, words))| {
        [false, true].map(|taken| {
            let how = if taken { "taken" } else { "refused" };
            let fault =
                format!("{client} ({code}): \"{words}\", and it was {}", if taken { "taken" } else { "not taken" });
            let (code, words) = (*code, *words);
            let name = format!("{:02}-{client}-{how}", number + 1);
            Spec::new("text", name, fault, Clock::Virtual, (1, 10), move |case| said(case, code, words, taken))
        })
    });
    rows.collect()
}

/// The endpoint says it to one of the sends.
async fn said(case: Case, code: i64, words: &'static str, taken: bool) -> Result<Outcome, String> {
    let bench = Bench::new(case.seed, Pace::VIRTUAL)?;
    let rule = Rule::on("eth_sendRawTransaction", Fault::Text(code, words.to_owned()));
    let nth = u32::try_from(case.index % INTENTS).unwrap_or_default();
    let rule = rule.after(nth).times(1);
    bench.node.script(if taken { rule.accepted() } else { rule });
    let _blocks = bench.blocks();
    let began = Instant::now();
    bench.execute(&pays("pay", INTENTS), RUNS).await?;
    Ok(Outcome { injections: bench.node.fired(), ..bench.account(&keys("pay", INTENTS), began)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_are_at_least_forty() {
        assert!(texts::ALL.len() >= 40, "{}", texts::ALL.len());
    }
}
