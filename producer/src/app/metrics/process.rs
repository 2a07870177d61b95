//! The process metrics that every Prometheus client has: CPU, memory, open files, start time. Linux only.

use prometheus_client::registry::Registry;

/// Registers them, without a prefix. Elsewhere than on Linux there are none.
pub(super) fn register(registry: &mut Registry) {
    #[cfg(target_os = "linux")]
    registry.register_collector(Box::new(linux::ProcessCollector));
    #[cfg(not(target_os = "linux"))]
    let _ = registry;
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fmt;

    use procfs::process::{LimitValue, Process};
    use procfs::{ProcResult, boot_time_secs, page_size, ticks_per_second};
    use prometheus_client::collector::Collector;
    use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
    use prometheus_client::metrics::counter::ConstCounter;
    use prometheus_client::metrics::gauge::ConstGauge;
    use prometheus_client::registry::Unit;

    /// Reads `/proc/self` when it is asked.
    #[derive(Debug)]
    pub(super) struct ProcessCollector;

    struct Reading {
        cpu_seconds: f64,
        resident_bytes: f64,
        virtual_bytes: f64,
        open_fds: f64,
        max_fds: f64,
        start_seconds: f64,
    }

    #[expect(clippy::cast_precision_loss, reason = "metrics are doubles")]
    fn read() -> ProcResult<Reading> {
        let process = Process::myself()?;
        let stat = process.stat()?;
        let ticks = ticks_per_second() as f64;
        let max_fds = match process.limits()?.max_open_files.soft_limit {
            LimitValue::Value(files) => files as f64,
            LimitValue::Unlimited => f64::INFINITY,
        };
        Ok(Reading {
            cpu_seconds: (stat.utime + stat.stime) as f64 / ticks,
            resident_bytes: (stat.rss * page_size()) as f64,
            virtual_bytes: stat.vsize as f64,
            open_fds: process.fd_count()? as f64,
            max_fds,
            start_seconds: boot_time_secs()? as f64 + stat.starttime as f64 / ticks,
        })
    }

    impl Collector for ProcessCollector {
        fn encode(&self, mut encoder: DescriptorEncoder) -> fmt::Result {
            // What cannot be read is left out: a 0 would be believed.
            let Ok(reading) = read() else { return Ok(()) };
            let cpu = ConstCounter::new(reading.cpu_seconds);
            let help = "User and system CPU time of the process";
            cpu.encode(encoder.encode_descriptor(
                "process_cpu",
                help,
                Some(&Unit::Seconds),
                cpu.metric_type(),
            )?)?;
            for (name, help, unit, value) in [
                (
                    "process_resident_memory",
                    "Resident memory of the process",
                    Some(Unit::Bytes),
                    reading.resident_bytes,
                ),
                (
                    "process_virtual_memory",
                    "Virtual memory of the process",
                    Some(Unit::Bytes),
                    reading.virtual_bytes,
                ),
                ("process_open_fds", "Open file descriptors of the process", None, reading.open_fds),
                ("process_max_fds", "File descriptors that the process may open", None, reading.max_fds),
                (
                    "process_start_time",
                    "Start of the process, in Unix time",
                    Some(Unit::Seconds),
                    reading.start_seconds,
                ),
            ] {
                let gauge = ConstGauge::new(value);
                gauge.encode(encoder.encode_descriptor(name, help, unit.as_ref(), gauge.metric_type())?)?;
            }
            Ok(())
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn this_process_has_used_memory_and_files_and_began_a_moment_ago() {
            let reading = read().unwrap();
            assert!(reading.resident_bytes > 1e6, "{}", reading.resident_bytes);
            assert!(reading.open_fds >= 3.0 && reading.open_fds < reading.max_fds);
            let now = jiff::Timestamp::now().as_duration().as_secs_f64();
            assert!((now - 3600.0..=now + 2.0).contains(&reading.start_seconds), "{}", reading.start_seconds);
        }
    }
}
