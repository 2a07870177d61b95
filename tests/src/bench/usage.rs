//! What this process uses of the machine, as Linux counts it in `/proc`.

use std::fs;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

/// What some work has used.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// Seconds of all cores, this process alone.
    pub cpu_seconds: f64,
    /// The most memory that was resident, in MB (10⁶ bytes).
    pub peak_mb: f64,
}

/// A measurement that has begun.
pub(crate) struct Meter {
    ticks: u64,
}

impl Meter {
    /// Begins; the peak of memory is that from now on.
    pub(crate) fn start() -> Result<Self> {
        fs::write("/proc/self/clear_refs", "5").context("/proc/self/clear_refs (Linux only)")?;
        Ok(Self { ticks: ticks()? })
    }

    pub(crate) fn stop(&self) -> Result<Usage> {
        /// `USER_HZ` is 100 wherever Linux runs Rust.
        const TICKS_PER_SECOND: f64 = 100.0;
        let ticks = u32::try_from(ticks()? - self.ticks)?;
        Ok(Usage {
            cpu_seconds: f64::from(ticks) / TICKS_PER_SECOND,
            peak_mb: kilobytes("VmHWM:")? * 1.024e-3,
        })
    }
}

/// User and system time of this process: fields 14 and 15 of `stat`, counted after the name in parentheses.
fn ticks() -> Result<u64> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let fields = stat.rsplit(')').next().context("a name in parentheses")?;
    let mut ticks = 0;
    for field in fields.split_whitespace().skip(11).take(2) {
        ticks += field.parse::<u64>()?;
    }
    Ok(ticks)
}

/// What is resident now, in MB.
pub(crate) fn resident_mb() -> Result<f64> {
    Ok(kilobytes("VmRSS:")? * 1.024e-3)
}

fn kilobytes(field: &str) -> Result<f64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(field)).with_context(|| field.to_owned())?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_that_was_in_use_is_in_the_peak_and_work_takes_time() {
        let meter = Meter::start().unwrap();
        let before = meter.stop().unwrap();
        let mut block = vec![1_u8; 64 << 20];
        while meter.stop().unwrap().cpu_seconds <= before.cpu_seconds {
            for byte in &mut block {
                *byte = byte.wrapping_mul(3);
            }
        }
        assert!(meter.stop().unwrap().peak_mb > before.peak_mb + 32.0, "{before:?}");
    }
}
