//! The airdrop's batches: the gas of each, and the recipients paid a second.
//!
//! Sixteen batches are drawn one by one; fifteen hundred are drawn in groups of neighbours, since a screen has no more
//! columns: the mean of a group as a bar, its extremes as a thin line.

use super::super::data::{Batch, Seen};
use super::super::format;
use super::axis::{Frame, Scale, ticks};
use super::{Anchor, Svg, text_width};

const WIDTH: f64 = 512.0;
const HEIGHT: f64 = 250.0;
/// Most columns of a picture.
const COLUMNS: usize = 110;
/// Most steps of the rate: a rate over a single batch of a few milliseconds is mostly the clock's grain.
const STEPS: usize = 48;

/// Gas of every batch, under the cap.
pub(crate) fn gas(batches: &[Batch], cap: Option<u64>) -> Option<String> {
    let greatest = batches.iter().map(|batch| batch.gas_used).max()?;
    let mut svg = Svg::new(WIDTH, HEIGHT, "Gas of each batch");
    let frame = Frame::of(WIDTH, HEIGHT);
    let levels = frame.levels(&mut svg, greatest.max(cap.unwrap_or(0)) as f64 * 1.04, "gas a batch");
    let across = numbers(&mut svg, &frame, batches.len());
    let a_column = batches.len().div_ceil(COLUMNS);
    for (index, column) in batches.chunks(a_column).enumerate() {
        let first = index * a_column;
        let (from, to) = edges(&across, first, column.len(), batches.len());
        let gas = column.iter().map(|batch| batch.gas_used);
        let mean = gas.clone().map(|gas| gas as f64).sum::<f64>() / column.len() as f64;
        let hint = match column {
            [one] => format!("batch {}: {} gas, {} recipients", first + 1, format::count(one.gas_used), one.recipients),
            _ => format!(
                "batches {} to {}: {} gas on average",
                first + 1,
                first + column.len(),
                format::count(mean as u64)
            ),
        };
        let y = levels.at(mean);
        svg.rect((from, y), (to - from, frame.bottom - y), "bar", &hint);
        if let (Some(least), Some(most)) = (gas.clone().min(), gas.max())
            && least < most
        {
            let x = (from + to) / 2.0;
            svg.line((x, levels.at(least as f64)), (x, levels.at(most as f64)), "whisker");
        }
    }
    if let Some(cap) = cap {
        let y = levels.at(cap as f64);
        svg.line((frame.left, y), (frame.right, y), "limit");
        svg.text(
            (frame.right, y - 6.0),
            Anchor::End,
            "limit-text",
            &format!("cap of a transaction {}", format::count(cap)),
        );
    }
    Some(svg.finish())
}

/// Recipients paid a second along the batches; none when no time is known.
pub(crate) fn rate(batches: &[Batch]) -> Option<String> {
    let steps = steps(batches);
    let greatest = steps.iter().map(|step| step.rate()).fold(0.0, f64::max);
    let mean = mean_rate(batches)?;
    let mut svg = Svg::new(WIDTH, HEIGHT, "Recipients paid a second");
    let frame = Frame::of(WIDTH, HEIGHT);
    let levels = frame.levels(&mut svg, greatest * 1.08, "recipients a second");
    let across = numbers(&mut svg, &frame, batches.len());
    for step in &steps {
        let (from, to) = (across.at(step.first as f64), across.at(step.end as f64));
        let y = levels.at(step.rate());
        let hint =
            format!("batches {} to {}: {} recipients/s", step.first + 1, step.end, format::count(step.rate() as u64));
        svg.rect((from, y), (to - from, frame.bottom - y), "flow", &hint);
        svg.line((from, y), (to, y), "flow-edge");
    }
    for (first, end) in untimed(batches) {
        let (from, to) = (across.at(first as f64), across.at(end as f64));
        svg.rect(
            (from, frame.top),
            (to - from, frame.bottom - frame.top),
            "panel",
            "paid by an earlier run that left no times",
        );
        if text_width("earlier run", 12.0) + 8.0 < to - from {
            svg.text(((from + to) / 2.0, frame.bottom - 10.0), Anchor::Middle, "tick", "earlier run");
        }
    }
    let y = levels.at(mean);
    svg.line((frame.left, y), (frame.right, y), "limit");
    let text = format!("{} recipients/s on the whole", format::count(mean as u64));
    svg.text((frame.right, frame.top - 16.0), Anchor::End, "limit-text", &text);
    Some(svg.finish())
}

/// Recipients a second over all batches whose time is known.
pub(crate) fn mean_rate(batches: &[Batch]) -> Option<f64> {
    let (recipients, millis) = spans(batches)
        .into_iter()
        .flatten()
        .fold((0u64, 0u64), |sum, span| (sum.0 + u64::from(span.0), sum.1.saturating_add(span.1)));
    (millis > 0).then(|| recipients as f64 * 1000.0 / millis as f64)
}

/// Recipients and milliseconds of each batch: from the receipt before it in the same process, or from that process' begin.
fn spans(batches: &[Batch]) -> Vec<Option<(u32, u64)>> {
    let mut before: Option<Seen> = None;
    let mut span = |batch: &Batch| {
        let seen = batch.seen?;
        let since = before.filter(|before| before.run == seen.run).map_or(0, |before| before.millis);
        // receipts may be seen out of order; the clock does not run backwards for that
        let millis = seen.millis.max(since);
        before = Some(Seen { run: seen.run, millis });
        Some((batch.recipients, millis - since))
    };
    batches.iter().map(&mut span).collect()
}

/// Neighbours whose time is not known: first and end of each such stretch.
fn untimed(batches: &[Batch]) -> Vec<(usize, usize)> {
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (index, _) in batches.iter().enumerate().filter(|(_, batch)| batch.seen.is_none()) {
        match out.last_mut() {
            Some(stretch) if stretch.1 == index => stretch.1 = index + 1,
            _ => out.push((index, index + 1)),
        }
    }
    out
}

struct Step {
    first: usize,
    end: usize,
    recipients: u64,
    millis: u64,
}

impl Step {
    fn rate(&self) -> f64 {
        self.recipients as f64 * 1000.0 / self.millis.max(1) as f64
    }
}

/// Neighbours put together until there is time to divide by.
fn steps(batches: &[Batch]) -> Vec<Step> {
    let together = batches.len().div_ceil(STEPS).max(1);
    let mut out: Vec<Step> = Vec::new();
    let mut open: Option<Step> = None;
    for (index, span) in spans(batches).into_iter().enumerate() {
        let Some((recipients, millis)) = span else {
            out.extend(open.take().filter(|step| step.millis > 0));
            continue;
        };
        let step = open.get_or_insert(Step { first: index, end: index, recipients: 0, millis: 0 });
        step.end = index + 1;
        step.recipients += u64::from(recipients);
        step.millis = step.millis.saturating_add(millis);
        if step.millis > 0 && step.end - step.first >= together {
            out.extend(open.take());
        }
    }
    match (open, out.last_mut()) {
        // the rest is too short to have a rate of its own
        (Some(rest), Some(last)) if last.end == rest.first => {
            last.end = rest.end;
            last.recipients += rest.recipients;
            last.millis = last.millis.saturating_add(rest.millis);
        }
        (Some(rest), _) if rest.millis > 0 => out.push(rest),
        _ => {}
    }
    out
}

/// The horizontal axis: batches by number, each one wide.
fn numbers(svg: &mut Svg, frame: &Frame, count: usize) -> Scale {
    let scale = Scale::new(0.0, count as f64, frame.left, frame.right);
    let least_step = count as f64 * 0.07;
    let round = ticks(count as f64, 6)
        .into_iter()
        .filter(|value| (value.round() - value).abs() < 1e-9 && *value - 1.0 > least_step && *value <= count as f64);
    for number in std::iter::once(1.0).chain(round) {
        frame.below(svg, scale.at(number - 0.5), &format::count(number as u64));
    }
    frame.title_below(svg, "batch, in the order of the list");
    scale
}

/// A column's sides, with a gap where there is room for one.
fn edges(across: &Scale, first: usize, columns: usize, count: usize) -> (f64, f64) {
    let gap = if count <= 40 { 2.0 } else { 0.4 };
    (across.at(first as f64) + gap / 2.0, across.at((first + columns) as f64) - gap / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(recipients: u32, seen: Option<(u32, u64)>) -> Batch {
        let seen = seen.map(|(run, millis)| Seen { run, millis });
        Batch { first_chunk: 0, recipients, gas_used: 1, seen }
    }

    #[test]
    fn a_new_process_starts_a_new_clock() {
        let batches = [batch(10, Some((0, 5))), batch(10, None), batch(10, Some((1, 4))), batch(10, Some((1, 9)))];
        assert_eq!(spans(&batches), [Some((10, 5)), None, Some((10, 4)), Some((10, 5))]);
        assert_eq!(mean_rate(&batches).map(|rate| rate as u64), Some(30_000 / 14));
    }

    #[test]
    fn receipts_of_one_moment_share_the_time() {
        let batches =
            [batch(10, Some((0, 0))), batch(10, Some((0, 0))), batch(10, Some((0, 3))), batch(10, Some((0, 2)))];
        let steps = steps(&batches);
        assert_eq!(steps.len(), 1);
        assert_eq!((steps[0].first, steps[0].end, steps[0].recipients, steps[0].millis), (0, 4, 40, 3));
        assert_eq!(mean_rate(&[batch(10, Some((0, 0)))]), None, "no time, no rate");
        assert_eq!(rate(&[batch(10, None)]), None);
        assert_eq!(gas(&[], None), None);
    }

    #[test]
    fn many_batches_become_few_columns() {
        let batches: Vec<Batch> = (0..1563).map(|i| batch(640, Some((0, i * 3)))).collect();
        let picture = gas(&batches, Some(1 << 24)).unwrap();
        assert!(picture.matches("<rect").count() <= COLUMNS);
        assert!(steps(&batches).len() <= STEPS + 1);
    }
}
