//! Signals to processes that were started here.

use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

/// Sends a signal (`STOP`, `CONT`, `KILL`) to processes. One that has ended meanwhile is passed over.
///
/// # Errors
///
/// If the shell cannot be started.
pub fn signal(name: &str, processes: &[u32]) -> Result<()> {
    // The shell's own `kill`: it is there wherever the watchdog is.
    let script = r#"signal=$1; shift; for process; do kill -s "$signal" "$process"; done; exit 0"#;
    let status = Command::new("sh")
        .args(["-c", script, "signal", name])
        .args(processes.iter().map(u32::to_string))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .context("cannot start `sh` to send a signal")?;
    ensure!(status.success(), "the signal {name} could not be sent");
    Ok(())
}
