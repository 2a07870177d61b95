//! Annotations of GitHub Actions, which show a finding beside its line.

use std::io::{self, Write};

use super::problems;
use crate::assessment::Assessment;
use crate::command::check::Report;
use crate::release::Releases;
use crate::rule::Severity;

pub(super) fn check(output: &mut impl Write, report: &Report) -> io::Result<()> {
    for problem in &report.problems {
        let message = problems::sentence(problem);
        command(output, "error", &problem.path, problem.line.unwrap_or(1), "contracts", &message)?;
    }
    report.topics.iter().try_for_each(|report| topic(output, report))
}

pub(super) fn topic(output: &mut impl Write, assessment: &Assessment) -> io::Result<()> {
    let file = Releases::path(&assessment.topic);
    for finding in &assessment.findings {
        let kind = match (finding.severity, &finding.intended) {
            (_, Some(_)) | (Severity::Minor, None) => "warning",
            (Severity::Patch, None) => "notice",
            (Severity::Blocked | Severity::Breaking, None) => "error",
        };
        let message = format!("{} {}: {}", assessment.topic, finding.place, finding.detail);
        command(output, kind, &file, 1, finding.rule, &message)?;
    }
    for breakage in &assessment.already_broken {
        let message = format!("{}: {breakage}", assessment.topic);
        command(
            output,
            "warning",
            &format!("readers/{}.toml", breakage.app),
            1,
            "already-stopped",
            &message,
        )?;
    }
    Ok(())
}

fn command(
    output: &mut impl Write,
    kind: &str,
    file: &str,
    line: usize,
    title: &str,
    message: &str,
) -> io::Result<()> {
    let data = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let property = |text: &str| data(text).replace(':', "%3A").replace(',', "%2C");
    let file = property(&format!("contracts/{file}"));
    writeln!(output, "::{kind} file={file},line={line},title={}::{}", property(title), data(message))
}
