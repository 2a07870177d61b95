//! The report of an audit, for people and as JSON.

use std::collections::BTreeMap;
use std::io::Write;

use serde_json::json;

use super::super::{BAD, GOOD, NOTE, Session, count};
use super::Report;
use super::finding::{Check, Finding};

pub(super) fn json(report: &Report, session: &mut Session<'_>) -> anyhow::Result<()> {
    let document = json!({
        "topics": report.topics,
        "compared": report.compared,
        "findings": report.findings().collect::<Vec<_>>(),
        "notes": report.notes().collect::<Vec<_>>(),
    });
    writeln!(session.output, "{document}")?;
    Ok(())
}

pub(super) fn text(report: &Report, limit: usize, session: &mut Session<'_>) -> anyhow::Result<()> {
    let output = &mut session.output;
    for topic in &report.topics {
        writeln!(
            output,
            "{} (contract {}): {}, {} with a value, {} removed, {}",
            topic.topic,
            topic.contract_version,
            count(usize::try_from(topic.records)?, "record"),
            count(topic.keys, "key"),
            topic.tombstones,
            count(usize::try_from(topic.partitions)?, "partition"),
        )?;
        let mut by_rule: BTreeMap<(bool, &str), Vec<&Finding>> = BTreeMap::new();
        for finding in &topic.findings {
            by_rule.entry((finding.is_note, finding.rule)).or_default().push(finding);
        }
        for ((is_note, rule), findings) in by_rule {
            let (mark, style) = if is_note { ("·", NOTE) } else { ("✗", BAD) };
            for finding in findings.iter().take(limit) {
                writeln!(output, "  {style}{mark} {rule}{style:#}  {finding}")?;
            }
            if findings.len() > limit {
                writeln!(output, "    … and {} more of {rule}; --limit shows more", findings.len() - limit)?;
            }
        }
        let is_fine = |check: &Check| topic.findings.iter().all(|it| it.is_note || it.check != *check);
        let was_made = |check: &Check| *check != Check::Ghosts || report.compared;
        let fine: Vec<&str> =
            Check::ALL.iter().filter(|it| is_fine(it) && was_made(it)).map(|it| it.name()).collect();
        if !fine.is_empty() {
            writeln!(output, "  {GOOD}✓{GOOD:#} {}", fine.join(", "))?;
        }
    }
    let (findings, notes) = (report.findings().count(), report.notes().count());
    let style = if findings == 0 { GOOD } else { BAD };
    let notes = if notes == 0 { String::new() } else { format!(" and {}", count(notes, "note")) };
    writeln!(
        output,
        "{style}{}{style:#}{notes} on {}",
        count(findings, "finding"),
        count(report.topics.len(), "topic")
    )?;
    Ok(())
}
