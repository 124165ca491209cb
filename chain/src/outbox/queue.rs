//! Whose turn it is: what waits in several calls of one outbox goes out in the order of priorities.
//!
//! Each call says what the first of its ready intents is, for which signer and of which priority. A call that is about to
//! give out a nonce leaves the room to another one that waits with a higher priority. A call that ends, in whatever way, is
//! forgotten. Within one call the order is kept, but that independent intents are sorted by priority first.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use alloy::primitives::Address;

use super::intent::Priority;

/// What the calls of one outbox wait with.
#[derive(Debug, Default)]
pub(crate) struct Queue {
    inner: Mutex<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    next: u64,
    calls: HashMap<u64, (Address, Priority)>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A place in the queue, until it is dropped.
    pub(crate) fn join(&self) -> Place<'_> {
        let mut waiting = self.lock();
        waiting.next += 1;
        Place { queue: self, id: waiting.next }
    }
}

/// One call's place.
#[derive(Debug)]
pub(crate) struct Place<'a> {
    queue: &'a Queue,
    id: u64,
}

impl Place<'_> {
    /// Says what is first here, or that nothing is ready.
    pub(crate) fn first(&self, ready: Option<(Address, Priority)>) {
        let mut waiting = self.queue.lock();
        match ready {
            Some(ready) => drop(waiting.calls.insert(self.id, ready)),
            None => drop(waiting.calls.remove(&self.id)),
        }
    }

    /// The highest priority another call waits with, by signer.
    pub(crate) fn others(&self) -> HashMap<Address, Priority> {
        let mut highest = HashMap::new();
        for (id, (signer, priority)) in &self.queue.lock().calls {
            if *id != self.id {
                let known = highest.entry(*signer).or_insert(*priority);
                *known = (*known).max(*priority);
            }
        }
        highest
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.first(None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_highest_of_the_others_counts_and_who_left_is_forgotten() {
        let queue = Queue::default();
        let (a, b) = (Address::repeat_byte(1), Address::repeat_byte(2));
        let (one, two, three) = (queue.join(), queue.join(), queue.join());
        one.first(Some((a, Priority::Low)));
        two.first(Some((a, Priority::High)));
        three.first(Some((a, Priority::Normal)));
        assert_eq!(one.others(), HashMap::from([(a, Priority::High)]));
        assert_eq!(two.others(), HashMap::from([(a, Priority::Normal)]));
        two.first(Some((b, Priority::Urgent)));
        assert_eq!(one.others(), HashMap::from([(a, Priority::Normal), (b, Priority::Urgent)]));
        three.first(None);
        drop(two);
        assert_eq!(one.others(), HashMap::new());
        assert_eq!(three.others(), HashMap::from([(a, Priority::Low)]));
    }
}
