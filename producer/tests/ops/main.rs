//! What operators use: metrics and log, against the program itself.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests may fail as tests do")]

mod log;
mod served;

use served::Served;
