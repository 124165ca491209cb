//! What an operator may choose about reading, and what follows from the number of endpoints.

/// Rounds of a read over all endpoints.
const TRIES: u32 = 4;

/// How several endpoints are read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Options {
    quorum: Option<usize>,
    wake: Option<Hidden>,
    seed: Option<u64>,
    bare: bool,
}

/// A text that no report shows.
#[derive(Clone, PartialEq, Eq)]
struct Hidden(String);

impl std::fmt::Debug for Hidden {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("…")
    }
}

impl Options {
    /// For a client that is already there: asked as it is, with no repetition.
    #[must_use]
    pub fn bare() -> Self {
        Self { bare: true, ..Self::default() }
    }

    /// How many endpoints have to say the same where money hangs on it. Without it: a majority, and at least two of several.
    #[must_use]
    pub fn with_quorum(mut self, quorum: Option<usize>) -> Self {
        self.quorum = quorum;
        self
    }

    /// A WebSocket endpoint whose new blocks end waiting early; it may hold secrets.
    #[must_use]
    pub fn with_wake(mut self, url: Option<String>) -> Self {
        self.wake = url.map(Hidden);
        self
    }

    /// Makes pauses depend on a seed alone.
    #[must_use]
    pub fn with_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    pub(super) fn is_bare(&self) -> bool {
        self.bare
    }

    pub(super) fn tries(&self) -> u32 {
        if self.bare { 1 } else { TRIES }
    }

    pub(super) fn wake(&self) -> Option<&str> {
        self.wake.as_ref().map(|hidden| hidden.0.as_str())
    }

    pub(super) fn chosen_quorum(&self) -> Option<usize> {
        self.quorum
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed.unwrap_or_else(rand::random)
    }

    /// A seed for the endpoint with this number.
    pub(super) fn seed_of(&self, index: usize) -> u64 {
        self.seed().wrapping_add(index as u64 + 1)
    }

    /// Endpoints that have to say the same, of `endpoints`.
    pub(super) fn quorum_of(&self, endpoints: usize) -> usize {
        let majority = endpoints / 2 + 1;
        self.quorum.unwrap_or(majority).clamp(1, endpoints.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_url_of_a_socket_is_not_shown() {
        let options = Options::default().with_wake(Some("wss://host/thekey".to_owned()));
        assert!(!format!("{options:?}").contains("thekey"));
    }

    #[test]
    fn a_quorum_is_a_majority_and_two_of_two() {
        let quorums = (1..=7).map(|endpoints| Options::default().quorum_of(endpoints)).collect::<Vec<_>>();
        assert_eq!(quorums, [1, 2, 2, 3, 3, 4, 4]);
        assert_eq!(Options::default().with_quorum(Some(1)).quorum_of(2), 1);
        assert_eq!(Options::default().with_quorum(Some(3)).quorum_of(3), 3);
    }
}
