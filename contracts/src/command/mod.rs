//! One file a command.

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

/// How a command ends (README, "Exit codes").
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// Nothing to report: exit code 0.
    Fine,
    /// There are findings: exit code 1. (A command that could not run ends with 2.)
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
