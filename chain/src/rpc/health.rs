//! What is known of an endpoint's state, and what follows from it. Pure: the time comes in from outside.
//!
//! An endpoint can be in several kinds of trouble at once; the state that is shown is the worst. Being behind, on another
//! fork, or out of reach puts an endpoint last, but never out: the last one left is still asked. Only two things keep it from
//! being asked at all: that it belongs to another chain, and that it wants to be left alone for a while.
//!
//! Chain id and first block are due for a look at the start, after every connection that failed, and every ten minutes;
//! an endpoint of another chain is looked at every minute.

use std::time::Duration;

use rand::Rng;
use tokio::time::Instant;

use super::{backoff::Backoff, error::Fault};

/// Time after which chain id and first block are looked at again.
const RECHECK: Duration = Duration::from_secs(600);
/// The same for an endpoint that was of another chain.
const RECHECK_WRONG: Duration = Duration::from_secs(60);
/// How long an endpoint that is asked too often is left alone if it does not say; doubled each time.
const REST: Duration = Duration::from_secs(1);

/// How an endpoint is.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum EndpointState {
    /// It answers, and nothing is against it.
    Healthy,
    /// Its newest block is behind that of the others.
    Lagging {
        /// By how many blocks.
        blocks: u64,
    },
    /// It follows other blocks than the others.
    OtherFork {
        /// Since which height, at least.
        height: u64,
    },
    /// It asked to be left alone.
    RateLimited {
        /// Milliseconds that are left.
        left_ms: u64,
    },
    /// It does not answer.
    Unreachable {
        /// Failures in a row.
        failures: u32,
    },
    /// It answers for another chain, and is not asked anything.
    WrongChain {
        /// What it answers.
        says: String,
    },
}

impl EndpointState {
    /// In a word or a few.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Healthy => "healthy".to_owned(),
            Self::Lagging { blocks } => format!("{blocks} blocks behind"),
            Self::OtherFork { height } => format!("on another fork at block {height}"),
            Self::RateLimited { left_ms } => format!("wants to be left alone for {} s", left_ms.div_ceil(1_000)),
            Self::Unreachable { failures } => format!("no answer, {failures} times in a row"),
            Self::WrongChain { says } => format!("of another chain: {says}"),
        }
    }
}

/// What is known of an endpoint.
#[derive(Debug, Default)]
pub(super) struct Health {
    /// Failures in a row.
    failures: u32,
    /// When an endpoint that failed is worth a look again.
    retry_at: Option<Instant>,
    limited_until: Option<Instant>,
    /// Refusals for being asked too often, in a row.
    limited: u32,
    wrong: Option<String>,
    checked: Option<Instant>,
    /// The height at which it was seen on another fork.
    pub(super) fork: Option<u64>,
    /// Blocks behind.
    pub(super) lag: Option<u64>,
    /// Its newest block.
    pub(super) head: Option<u64>,
    pub(super) latency: Option<Duration>,
    pub(super) last_error: Option<String>,
}

impl Health {
    pub(super) fn state(&self, now: Instant) -> EndpointState {
        if let Some(says) = &self.wrong {
            return EndpointState::WrongChain { says: says.clone() };
        }
        if let Some(left) = self.rest(now) {
            return EndpointState::RateLimited { left_ms: u64::try_from(left.as_millis()).unwrap_or(u64::MAX) };
        }
        if self.failures > 0 {
            return EndpointState::Unreachable { failures: self.failures };
        }
        match (self.fork, self.lag) {
            (Some(height), _) => EndpointState::OtherFork { height },
            (None, Some(blocks)) => EndpointState::Lagging { blocks },
            (None, None) => EndpointState::Healthy,
        }
    }

    /// How long it still wants to be left alone.
    pub(super) fn rest(&self, now: Instant) -> Option<Duration> {
        self.limited_until.and_then(|until| until.checked_duration_since(now)).filter(|left| !left.is_zero())
    }

    /// Who is asked first: the lower. `None` is not asked.
    pub(super) fn rank(&self, now: Instant) -> Option<u8> {
        match self.state(now) {
            EndpointState::Healthy => Some(0),
            EndpointState::Lagging { .. } => Some(1),
            EndpointState::OtherFork { .. } => Some(2),
            EndpointState::Unreachable { .. } => Some(3),
            EndpointState::RateLimited { .. } => None,
            EndpointState::WrongChain { .. } => self.check_due(now).then_some(4),
        }
    }

    /// Whether its voice counts where several are asked.
    pub(super) fn votes(&self, now: Instant) -> bool {
        match self.state(now) {
            EndpointState::Healthy | EndpointState::Lagging { .. } | EndpointState::OtherFork { .. } => true,
            EndpointState::Unreachable { .. } => self.probe_due(now),
            EndpointState::RateLimited { .. } => false,
            EndpointState::WrongChain { .. } => self.check_due(now),
        }
    }

    /// Whether one that failed is worth a look again.
    pub(super) fn probe_due(&self, now: Instant) -> bool {
        self.retry_at.is_none_or(|at| at <= now)
    }

    /// Whether chain id and first block have to be looked at before anything else is asked.
    pub(super) fn check_due(&self, now: Instant) -> bool {
        let period = if self.wrong.is_some() { RECHECK_WRONG } else { RECHECK };
        self.checked.is_none_or(|at| now.duration_since(at) >= period)
    }

    /// What it showed of another chain, when it was last looked at.
    pub(super) fn wrong(&self) -> Option<&str> {
        self.wrong.as_deref()
    }

    /// It showed the right chain id and first block, or what it showed instead.
    pub(super) fn note_check(&mut self, now: Instant, result: Result<(), String>) {
        self.checked = Some(now);
        self.wrong = result.err();
        if let Some(says) = &self.wrong {
            self.last_error = Some(says.clone());
        }
    }

    /// It answered.
    pub(super) fn note_answer(&mut self, latency: Duration) {
        self.failures = 0;
        self.retry_at = None;
        self.limited = 0;
        self.limited_until = None;
        self.latency = Some(latency);
    }

    /// It gave no usable answer.
    pub(super) fn note_fault(&mut self, now: Instant, fault: &Fault, words: String, rng: &mut impl Rng) {
        self.last_error = Some(words);
        match fault {
            Fault::RateLimited(rest) => {
                let factor = 1u32.checked_shl(self.limited.min(6)).unwrap_or(1);
                self.limited += 1;
                self.limited_until = now.checked_add(rest.unwrap_or(REST * factor));
            }
            // a part of a batch, or a batch as such, says nothing about the endpoint
            Fault::Missing | Fault::NoBatch(_) | Fault::WrongChain(_) | Fault::Disagree { .. } => {}
            _ => {
                let pause = Backoff::PROBE.pause(self.failures, rng);
                self.failures = self.failures.saturating_add(1);
                self.retry_at = now.checked_add(pause);
            }
        }
        if fault.breaks_connection() {
            self.checked = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{SeedableRng, rngs::StdRng};

    use super::*;

    fn checked(now: Instant) -> Health {
        Health { checked: Some(now), ..Health::default() }
    }

    fn fault(health: &mut Health, now: Instant, fault: &Fault) {
        health.note_fault(now, fault, fault.to_string(), &mut StdRng::seed_from_u64(1));
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_that_fails_goes_last_and_comes_back() {
        let now = Instant::now();
        let mut health = checked(now);
        assert_eq!((health.rank(now), health.votes(now), health.check_due(now)), (Some(0), true, false));
        for failures in 1..=3 {
            fault(&mut health, now, &Fault::Cut(String::new()));
            assert_eq!(health.state(now), EndpointState::Unreachable { failures });
        }
        assert_eq!(health.rank(now), Some(3), "last, and still asked");
        assert!(!health.votes(now) && health.votes(now + Duration::from_secs(60)));
        assert!(health.check_due(now), "whoever answers next may be somebody else");
        health.note_check(now, Ok(()));
        health.note_answer(Duration::from_millis(3));
        assert_eq!((health.state(now), health.check_due(now)), (EndpointState::Healthy, false));
        assert!(health.check_due(now + RECHECK));
    }

    #[tokio::test(start_paused = true)]
    async fn a_rest_that_was_asked_for_is_kept() {
        let now = Instant::now();
        let mut health = checked(now);
        fault(&mut health, now, &Fault::RateLimited(Some(Duration::from_secs(30))));
        assert_eq!((health.rank(now), health.votes(now)), (None, false));
        assert_eq!(health.rank(now + Duration::from_millis(29_999)), None);
        assert_eq!(health.rank(now + Duration::from_secs(30)), Some(0));
        assert!(!health.check_due(now), "the connection stood");
        // without a word the rests grow
        let mut health = checked(now);
        for seconds in [1, 2, 4, 8, 16, 32, 64, 64] {
            fault(&mut health, now, &Fault::RateLimited(None));
            assert_eq!(health.rest(now), Some(Duration::from_secs(seconds)));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_endpoint_of_another_chain_is_not_asked() {
        let now = Instant::now();
        let mut health = checked(now);
        health.note_check(now, Err("chain id 5, not 1".to_owned()));
        assert_eq!(health.rank(now), None);
        let later = now + RECHECK_WRONG;
        assert!(health.rank(later) == Some(4) && health.check_due(later), "only to look whether it still is");
        health.note_check(later, Ok(()));
        assert_eq!(health.rank(later), Some(0));
    }

    #[tokio::test(start_paused = true)]
    async fn behind_comes_before_another_fork_and_both_before_silence() {
        let now = Instant::now();
        let rank = |change: fn(&mut Health)| {
            let mut health = checked(Instant::now());
            change(&mut health);
            health.rank(now).unwrap()
        };
        let silent = rank(|health| fault(health, Instant::now(), &Fault::Unreachable(String::new())));
        let ranks = [rank(|_| ()), rank(|h| h.lag = Some(9)), rank(|h| h.fork = Some(7)), silent];
        assert!(ranks.is_sorted_by(|one, next| one < next), "{ranks:?}");
    }
}
