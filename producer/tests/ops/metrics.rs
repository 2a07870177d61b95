//! The table of the metrics.

use std::collections::BTreeMap;

use super::{families, read};

/// The rows of the table in `README.md`: name and type.
fn documented() -> BTreeMap<String, String> {
    let text = read("README.md");
    let rows = text.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(name, rest)| (name.to_owned(), rest.split(" |").next().unwrap().to_owned())).collect()
}

#[test]
fn every_metric_is_in_the_table_with_its_type_and_the_table_has_no_others() {
    assert_eq!(documented(), families());
}
