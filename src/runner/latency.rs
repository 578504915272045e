//! How long the answers of a volley took, as percentiles.

use std::time::Duration;

use hdrhistogram::Histogram;

use crate::exchange::Exchange;

/// The longest latency that is told apart, in microseconds: an hour. Longer ones count as that.
const LONGEST: u64 = 3_600_000_000;
/// Significant digits that are kept.
const DIGITS: u8 = 3;

/// The percentiles as a phrase; none where nothing was answered.
pub(super) fn percentiles(exchanges: &[Exchange]) -> Option<String> {
    let mut histogram = Histogram::<u64>::new_with_bounds(1, LONGEST, DIGITS).ok()?;
    for exchange in exchanges.iter().filter(|exchange| exchange.answer.is_ok()) {
        histogram.saturating_record(microseconds(exchange.took));
    }
    if histogram.is_empty() {
        return None;
    }
    let at = |quantile: f64| shown(histogram.value_at_quantile(quantile));
    Some(format!(
        "answers took p50 {}, p90 {}, p99 {}, at most {} ms",
        at(0.5),
        at(0.9),
        at(0.99),
        shown(histogram.max())
    ))
}

fn microseconds(time: Duration) -> u64 {
    u64::try_from(time.as_micros())
        .unwrap_or(LONGEST)
        .clamp(1, LONGEST)
}

/// Microseconds as milliseconds.
fn shown(microseconds: u64) -> String {
    format!("{}.{:02}", microseconds / 1000, microseconds % 1000 / 10)
}
