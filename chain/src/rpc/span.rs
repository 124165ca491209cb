//! How many blocks of logs an endpoint answers at once, as far as is known. Pure.
//!
//! Providers limit the blocks of a question, or the logs or the time of an answer, and say so in as many ways as there are
//! providers. So every refusal counts: the span is halved, down to one block, and grows again by a quarter with every answer.

/// Blocks of the first question.
const FIRST: u64 = 2_000;
/// Most blocks of a question.
const MOST: u64 = 10_000;

/// The span, from one question to the next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(u64);

impl Default for Span {
    fn default() -> Self {
        Self(FIRST)
    }
}

impl Span {
    /// The last block of a question that begins at `from` and wants to get to `to`.
    pub(super) fn end(self, from: u64, to: u64) -> u64 {
        from.saturating_add(self.0 - 1).min(to)
    }

    /// A question of `blocks` was answered.
    pub(super) fn answered(&mut self, blocks: u64) {
        if blocks >= self.0 {
            self.0 = (self.0 + self.0 / 4 + 1).min(MOST);
        }
    }

    /// A question of `blocks` was not answered; `false` if no smaller one can be asked.
    pub(super) fn refused(&mut self, blocks: u64) -> bool {
        self.0 = (blocks / 2).max(1);
        blocks > 1
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against any limit the whole range is asked for, in order, without a gap, and not in tiny pieces.
        #[test]
        fn the_whole_range_is_covered(limit in 1u64..20_000, from in 0u64..1_000, length in 1u64..60_000) {
            let to = from + length - 1;
            let (mut span, mut next, mut refusals, mut answers) = (Span::default(), from, 0, 0);
            while next <= to {
                let end = span.end(next, to);
                let blocks = end - next + 1;
                prop_assert!(end <= to && blocks <= MOST);
                if blocks > limit {
                    prop_assert!(span.refused(blocks));
                    refusals += 1;
                } else {
                    span.answered(blocks);
                    next = end + 1;
                    answers += 1;
                }
            }
            prop_assert_eq!(next, to + 1);
            // at least a quarter of what the limit allows is asked for on average
            prop_assert!(answers <= 4 * length.div_ceil(limit.min(MOST)) + 12, "{answers} answers");
            prop_assert!(refusals <= answers + 12, "{refusals} refusals, {answers} answers");
        }
    }

    #[test]
    fn one_block_that_is_refused_is_the_end() {
        let mut span = Span::default();
        for blocks in [2_000, 1_000, 500, 250, 125, 62, 31, 15, 7, 3] {
            assert_eq!(span.end(1, u64::MAX), blocks);
            assert!(span.refused(blocks));
        }
        assert!(!span.refused(1));
    }
}
