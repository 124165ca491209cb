//! Which block a request is about.

use alloy::eips::{BlockId, BlockNumberOrTag};

use super::{Params, View};
use crate::{blocks::Block, error::Failure, state::State};

impl View<'_> {
    /// The height a tag or number stands for here; none above the head.
    pub(super) fn height(&self, tag: BlockNumberOrTag) -> Option<usize> {
        match tag {
            BlockNumberOrTag::Latest | BlockNumberOrTag::Pending => Some(self.head),
            BlockNumberOrTag::Earliest => Some(0),
            BlockNumberOrTag::Finalized => Some(self.finalized()),
            BlockNumberOrTag::Safe => Some(self.finalized() + (self.head - self.finalized()) / 2),
            BlockNumberOrTag::Number(number) => usize::try_from(number).ok().filter(|height| *height <= self.head),
        }
    }

    fn finalized(&self) -> usize {
        let behind = self.world.chain.height() - self.head;
        self.world.finalized().saturating_sub(behind)
    }

    /// The height of a block that is named in any way.
    pub(super) fn resolve(&self, id: BlockId) -> Option<usize> {
        match id {
            BlockId::Number(tag) => self.height(tag),
            BlockId::Hash(hash) => self.world.chain.height_of(&hash.block_hash).filter(|height| *height <= self.head),
        }
    }

    /// The state a request at position `at` names; the latest if it names none.
    pub(super) fn state_at(&self, params: &Params<'_>, at: usize) -> Result<(&State, &Block), Failure> {
        let id: BlockId = params.optional(at)?.unwrap_or_default();
        let missing = || Failure::refused("header not found");
        let height = self.resolve(id).ok_or_else(missing)?;
        let block = self.world.chain.block(height).ok_or_else(missing)?;
        // geth's words for a state it has thrown away
        let pruned = || {
            let root = block.header.state_root;
            Failure::refused(format!("missing trie node {root:x} (path ) state {root} is not available, not found"))
        };
        Ok((self.world.chain.state(height).ok_or_else(pruned)?, block))
    }
}
