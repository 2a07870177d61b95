//! A JUnit report: a suite for each topic, a case for each check.

use std::io::Write;

use quick_junit::{NonSuccessKind, Report as Junit, TestCase, TestCaseStatus, TestSuite};

use super::finding::{Check, Finding};
use super::{Report, TopicReport};

pub(super) fn write(report: &Report, output: &mut impl Write) -> anyhow::Result<()> {
    let mut junit = Junit::new("tiltak-kit audit");
    for topic in &report.topics {
        let mut suite = TestSuite::new(topic.topic.as_str());
        for check in Check::ALL {
            suite.add_test_case(case(topic, check, report.compared));
        }
        junit.add_test_suite(suite);
    }
    output.write_all(junit.to_string()?.as_bytes())?;
    output.flush()?;
    Ok(())
}

fn case(topic: &TopicReport, check: Check, compared: bool) -> TestCase {
    let findings: Vec<&Finding> =
        topic.findings.iter().filter(|it| it.check == check && !it.is_note).collect();
    let status = if let Some(first) = findings.first() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        let lines: Vec<String> = findings.iter().map(|it| format!("{}: {it}", it.rule)).collect();
        status
            .set_type(first.rule)
            .set_message(format!("{}: {first}", first.rule))
            .set_description(lines.join("\n"));
        status
    } else if check == Check::Ghosts && !compared {
        TestCaseStatus::skipped()
    } else {
        TestCaseStatus::success()
    };
    let mut case = TestCase::new(check.name(), status);
    case.set_classname(topic.topic.as_str());
    case
}
