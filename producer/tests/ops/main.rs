//! What operators use: metrics, log, alert rules, dashboard and runbook, against the program itself.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests may fail as tests do")]

mod alerts;
mod dashboard;
mod log;
mod metrics;
mod promtool;
mod quoted_numbers;
mod runbook;
mod served;

use std::collections::BTreeMap;
use std::path::PathBuf;

use served::Served;

/// A file of the folder `producer/ops`.
fn path(file: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "ops", file].iter().collect()
}

fn read(file: &str) -> String {
    std::fs::read_to_string(path(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

/// The type of each metric family of a served process, in the Prometheus text format.
fn families() -> BTreeMap<String, String> {
    let text = Served::start().metrics();
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split_once(' '));
    types.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect()
}

/// Panics if an expression names a metric of the producer that a served process does not have.
fn assert_metrics_exist<'a>(expressions: impl IntoIterator<Item = &'a str>) {
    let families = families();
    let exists = |name: &str| {
        let histogram = ["_bucket", "_sum", "_count"].iter().find_map(|suffix| name.strip_suffix(suffix));
        families.contains_key(name)
            || histogram.is_some_and(|family| families.get(family).is_some_and(|kind| kind == "histogram"))
    };
    let mut found = 0;
    for expression in expressions {
        let words = expression.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        for name in words.filter(|word| word.starts_with("tiltak_producer_") || word.starts_with("process_"))
        {
            assert!(exists(name), "no metric {name}, in {expression}");
            found += 1;
        }
    }
    assert!(found > 0);
}
