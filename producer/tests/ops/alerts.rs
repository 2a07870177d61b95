//! `alerts.yaml` and `alerts.test.yaml`. What the expressions find, promtool tests.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::{assert_metrics_exist, path, read};

#[derive(Deserialize)]
struct Rules {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Alert>,
}

#[derive(Deserialize)]
pub(crate) struct Alert {
    #[serde(rename = "alert")]
    pub(crate) name: String,
    expr: String,
    labels: Labels,
    annotations: Annotations,
}

#[derive(Deserialize)]
struct Labels {
    severity: String,
}

#[derive(Deserialize)]
struct Annotations {
    summary: String,
    description: String,
    runbook_url: String,
}

#[derive(Deserialize)]
struct RuleTests {
    tests: Vec<RuleTest>,
}

#[derive(Deserialize)]
struct RuleTest {
    alert_rule_test: Vec<AlertTest>,
}

#[derive(Deserialize)]
struct AlertTest {
    alertname: String,
    exp_alerts: Vec<serde_json::Value>,
}

fn parse<T: DeserializeOwned>(file: &str) -> T {
    serde_saphyr::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

pub(crate) fn all() -> Vec<Alert> {
    let rules: Rules = parse("alerts.yaml");
    rules.groups.into_iter().flat_map(|group| group.rules).collect()
}

#[test]
fn every_metric_of_an_alert_exists() {
    let alerts = all();
    assert_metrics_exist(alerts.iter().map(|alert| alert.expr.as_str()));
}

#[test]
fn every_alert_says_whom_it_wakes_what_is_wrong_and_where_its_page_is() {
    for Alert { name, labels, annotations, .. } in all() {
        assert!(["page", "ticket"].contains(&labels.severity.as_str()), "{name}");
        assert!(annotations.summary.ends_with('.') && annotations.description.ends_with('.'), "{name}");
        assert_eq!(annotations.runbook_url, format!("runbook/{name}.md"));
        assert!(path(&annotations.runbook_url).is_file(), "{name}");
    }
}

#[test]
fn every_alert_has_a_rule_test_in_which_it_fires_and_one_in_which_it_does_not() {
    let tests: RuleTests = parse("alerts.test.yaml");
    let tested = tests.tests.into_iter().flat_map(|test| test.alert_rule_test);
    let tested: BTreeSet<_> = tested.map(|test| (test.alertname, !test.exp_alerts.is_empty())).collect();
    let expected = all().into_iter().flat_map(|alert| [(alert.name.clone(), false), (alert.name, true)]);
    assert_eq!(tested, expected.collect());
}
