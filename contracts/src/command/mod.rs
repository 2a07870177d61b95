//! The commands, one file for each.

use std::process::ExitCode;

pub mod asyncapi;
pub mod check;
pub mod compare;
pub mod diff;
pub mod docs;
pub mod generate;
pub mod init;
pub mod readers;
pub mod release;
pub mod site;
pub mod validate;

/// The exit status of a command (README, "Exit codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Exit code 0: nothing to report.
    Fine,
    /// Exit code 1: there are findings. (A command that could not run ends with 2.)
    Findings,
}

impl From<ExitStatus> for ExitCode {
    fn from(outcome: ExitStatus) -> Self {
        match outcome {
            ExitStatus::Fine => Self::from(0),
            ExitStatus::Findings => Self::from(1),
        }
    }
}
