//! What operators use: metrics, log, alert rules, dashboard and runbook, against the program itself.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests may fail as tests do")]

mod log;
mod metrics;
mod served;

use std::collections::BTreeMap;
use std::path::PathBuf;

use served::Served;

/// The folder `producer/ops`.
fn ops(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "ops", file].iter().collect()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(ops(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The type of each metric family of a served process, in the Prometheus text format.
fn families() -> BTreeMap<String, String> {
    let text = Served::start().metrics();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}
