//! Measurements on a real broker: each beside a baseline of the same run, since figures of two runs cannot be compared.

pub mod bootstrap;
pub mod events;
pub mod idle;
pub mod relay;
mod usage;

use std::time::Duration;

use serde::Serialize;

pub use usage::Usage;

/// Some of the times of something that was done many times, in milliseconds.
#[derive(Debug, Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Times {
    /// Half took no longer.
    pub median: f64,
    /// 95 of 100 took no longer.
    pub p95: f64,
    /// The longest.
    pub max: f64,
}

impl Times {
    /// Of at least one time.
    fn of(mut times: Vec<Duration>) -> Self {
        times.sort();
        let at = |percent: usize| {
            let last = times.len().saturating_sub(1);
            times.get(last * percent / 100).copied().unwrap_or_default().as_secs_f64() * 1e3
        };
        Self { median: at(50), p95: at(95), max: at(100) }
    }
}

/// The middle one.
fn median(numbers: impl IntoIterator<Item = f64>) -> f64 {
    let mut numbers: Vec<f64> = numbers.into_iter().collect();
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or(f64::NAN)
}

fn float(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::INFINITY, f64::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_the_middle_one_in_any_order() {
        assert!((median([3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        let times = Times::of((1..=100).rev().map(Duration::from_millis).collect());
        assert!((times.median - 50.0).abs() < 1e-9 && (times.max - 100.0).abs() < 1e-9, "{times:?}");
    }
}
