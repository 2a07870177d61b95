//! Log fields that have the same form everywhere.

use std::time::Duration;

/// A duration in milliseconds, to the microsecond, as a number: `Duration::as_millis` is a `u128`, which a JSON log shows
/// as a string.
#[expect(clippy::cast_precision_loss, reason = "exact up to 285 years")]
pub(crate) fn duration_ms(duration: Duration) -> f64 {
    duration.as_micros() as f64 / 1000.0
}
