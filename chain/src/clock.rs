//! The time that goes into the journal.
//!
//! It is read off the wall once, when this process first asks, and counted on from there by tokio's clock. A wall clock that
//! is set back or forward while the process runs is not noticed, and neither is one that is paused and driven by a
//! simulation. Ages across restarts come from stored times; one that lies in the future says nothing and counts from the
//! opening. Nothing that decides about safety looks at these times: they space bumps and sends, and operators read them.

use std::{
    sync::OnceLock,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

static START: OnceLock<(Instant, i64)> = OnceLock::new();

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> i64 {
    let (start, wall) = *START.get_or_init(|| {
        let wall = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        (Instant::now(), millis(wall))
    });
    let now = tokio::time::Instant::now().into_std();
    // to whole milliseconds in one direction on both sides of the start, or a paused clock would count one too few
    let elapsed = match now.checked_duration_since(start) {
        Some(later) => later.as_nanos().cast_signed(),
        None => -start.duration_since(now).as_nanos().cast_signed(),
    };
    wall.saturating_add(i64::try_from(elapsed.div_euclid(1_000_000)).unwrap_or(i64::MAX))
}

/// How old something of `made_ms` is at `now_ms`, where this process has known it since `known_ms` at the latest.
pub(crate) fn age(made_ms: i64, known_ms: i64, now_ms: i64) -> Duration {
    let since = if made_ms > now_ms { known_ms } else { made_ms };
    Duration::from_millis(u64::try_from(now_ms.saturating_sub(since)).unwrap_or(0))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn paused_time_is_followed_to_the_millisecond() {
        let before = now_ms();
        tokio::time::advance(Duration::from_secs(86_400)).await;
        assert_eq!(now_ms() - before, 86_400_000);
        tokio::time::advance(Duration::from_millis(1)).await;
        assert_eq!(now_ms() - before, 86_400_001);
    }

    #[test]
    fn a_time_in_the_future_counts_from_the_opening() {
        let ms = Duration::from_millis;
        assert_eq!(age(100, 500, 700), ms(600));
        assert_eq!(age(701, 500, 700), ms(200));
        assert_eq!(age(i64::MAX, 700, 700), ms(0));
        // the clock stood at 1970 when it was made, or stands there now
        assert_eq!(age(0, 500, 700), ms(700));
        assert_eq!(age(i64::MIN, 0, 1), ms(u64::try_from(i64::MAX).unwrap()));
        assert_eq!(age(5, 9, 3), ms(0));
    }
}
