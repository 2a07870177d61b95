//! Reports for people: the diff first, then its meaning, the worst first.

use std::io::{self, Write};

use anstyle::{AnsiColor, Style};

use super::problems;
use crate::assessment::{Assessment, Outcome};
use crate::command::check::Report;
use crate::command::compare::PairVerdict;
use crate::command::diff::TopicDiff;
use crate::command::init::LaidOut;
use crate::command::release::Released;
use crate::counterexample::{Counterexample, ExamplePlace};
use crate::problem::Problem;
use crate::rule::{Finding, Rule, Severity};

/// The style of what is fine.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// The style of what is wrong.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
const WORTH_KNOWING: Style = AnsiColor::Yellow.on_default();
const FAINT: Style = Style::new().dimmed();

pub(super) fn check(output: &mut impl Write, report: &Report, minimal: bool) -> io::Result<()> {
    for problem in &report.problems {
        self::problem(output, problem)?;
    }
    for topic in report.topics.iter().filter(|topic| !topic.findings.is_empty()) {
        self::topic(output, topic, minimal)?;
    }
    for report in &report.topics {
        for breakage in &report.already_broken {
            writeln!(output, "{WORTH_KNOWING}!{WORTH_KNOWING:#} {}: {breakage}", report.topic)?;
        }
    }
    if report.is_fine() {
        return writeln!(
            output,
            "{GOOD}✓{GOOD:#} the contracts agree with their source, their settings and their examples"
        );
    }
    let findings =
        report.topics.iter().flat_map(|topic| &topic.findings).filter(|it| it.is_refused()).count();
    let count = report.problems.len() + findings;
    writeln!(output, "{count} finding{}", if count == 1 { "" } else { "s" })
}

fn problem(output: &mut impl Write, problem: &Problem) -> io::Result<()> {
    let line = problem.line.map_or_else(String::new, |line| format!(":{line}"));
    let sentence = problems::sentence(problem);
    writeln!(output, "{BAD}✗{BAD:#} contracts/{}{line}: {sentence}", problem.path)?;
    problems::diff(problem).map_or(Ok(()), |diff| difference(output, diff))
}

/// Writes the result of a release.
///
/// # Errors
/// The output cannot be written.
pub fn release(output: &mut impl Write, released: &Released, minimal: bool) -> io::Result<()> {
    let Released { assessment: found, version, dry_run, written } = released;
    let Some(version) = version.as_ref().filter(|_| found.is_let_through()) else {
        if found.is_let_through() {
            return writeln!(output, "the contract is what was released last: nothing to release");
        }
        assessment(output, found, minimal)?;
        let why = match &found.outcome {
            Outcome::NewTopic { next_topic } => format!(
                "this breaks readers of {}: it needs a new topic, {next_topic}, and a time in which both are written. If \
                 the break is intended on the live topic, record it in topic.toml as [[intended-break]]",
                found.topic
            ),
            _ => "this may not go out like this; mend what is marked".to_owned(),
        };
        return writeln!(output, "{BAD}✗{BAD:#} not released: {why}");
    };
    assessment(output, found, minimal)?;
    let (wrote, is) = if *dry_run { ("would write", "would be") } else { ("wrote", "is") };
    self::written(output, wrote, written)?;
    writeln!(output, "{GOOD}✓{GOOD:#} {} {version} {is} released", found.topic)
}

/// Writes the result of `init`, and the next steps.
///
/// # Errors
/// The output cannot be written.
pub fn laid_out(output: &mut impl Write, laid_out: &LaidOut) -> io::Result<()> {
    for path in &laid_out.written {
        writeln!(output, "wrote {path}")?;
    }
    for missing in &laid_out.missing {
        writeln!(output, "{WORTH_KNOWING}!{WORTH_KNOWING:#} add {missing}")?;
    }
    writeln!(output, "next: see that topic.toml and the examples are right, and make the first versions:")?;
    laid_out.topics.iter().try_for_each(|topic| writeln!(output, "  contracts release {topic}"))
}

/// Writes a line for each file that was written.
///
/// # Errors
/// The output cannot be written.
pub fn written(output: &mut impl Write, wrote: &str, paths: &[String]) -> io::Result<()> {
    for path in paths {
        let path = path.strip_prefix("../").map_or_else(|| format!("contracts/{path}"), str::to_owned);
        writeln!(output, "{wrote} {path}")?;
    }
    Ok(())
}

/// Writes a verdict on two schemas.
///
/// # Errors
/// The output cannot be written.
pub fn verdict(output: &mut impl Write, verdict: &PairVerdict) -> io::Result<()> {
    let style = if verdict.verdict == "contained" { GOOD } else { BAD };
    if !verdict.id.is_empty() {
        write!(output, "{}: ", verdict.id)?;
    }
    writeln!(output, "{style}{}{style:#}", verdict.verdict)?;
    if let Some(witness) = &verdict.witness {
        let place = verdict.pointer.as_deref().filter(|pointer| !pointer.is_empty()).unwrap_or("the whole");
        let keyword = verdict.keyword.as_deref().unwrap_or_default();
        writeln!(output, "  valid under A and not under B: {witness}")?;
        writeln!(output, "  B refuses {place}, by {keyword}")?;
    }
    if let Some(schema) = verdict.accepts_nothing {
        let schema = schema.to_uppercase();
        writeln!(output, "  {schema} accepts nothing at all, which is nearly always a mistake")?;
    }
    verdict.reason.iter().try_for_each(|reason| writeln!(output, "  {reason}"))
}

/// Writes a unified diff.
///
/// # Errors
/// The output cannot be written.
pub fn difference(output: &mut impl Write, diff: &str) -> io::Result<()> {
    for line in diff.lines() {
        let style = match line.as_bytes().first() {
            Some(b'+') => GOOD,
            Some(b'-') => AnsiColor::Red.on_default(),
            _ => Style::new(),
        };
        writeln!(output, "    {style}{line}{style:#}")?;
    }
    Ok(())
}

pub(super) fn diff(output: &mut impl Write, diff: &TopicDiff, minimal: bool) -> io::Result<()> {
    diff.diffs.iter().try_for_each(|text| difference(output, text))?;
    topic(output, &diff.assessment, minimal)
}

fn topic(output: &mut impl Write, assessment: &Assessment, minimal: bool) -> io::Result<()> {
    let Assessment { topic, from, to, .. } = assessment;
    let to = if from == to { "now".to_owned() } else { to.to_string() };
    writeln!(output, "{topic}: {from} → {to}")?;
    self::assessment(output, assessment, minimal)
}

/// Writes an assessment. With `minimal`, it shows the smallest documents in place of examples.
///
/// # Errors
/// The output cannot be written.
pub fn assessment(output: &mut impl Write, assessment: &Assessment, minimal: bool) -> io::Result<()> {
    let width = assessment.findings.iter().map(|finding| finding.rule.len()).max().unwrap_or_default();
    let mut shown = Vec::new();
    for finding in &assessment.findings {
        self::finding(output, finding, width)?;
        if let Some(witness) = finding.witness.as_ref().map(|it| counterexample(it, minimal))
            && !shown.contains(&witness)
        {
            writeln!(output, "             shown by {witness}")?;
            shown.push(witness);
        }
        if let Some(why) = &finding.intended {
            writeln!(output, "             {why}")?;
        } else if let Some(fix) = finding.fix {
            writeln!(output, "             {FAINT}{fix}{FAINT:#}")?;
        }
    }
    match &assessment.outcome {
        Outcome::Unchanged if assessment.findings.is_empty() => writeln!(output, "  nothing is new"),
        Outcome::Unchanged => Ok(()),
        Outcome::Release { least_version: version } => {
            writeln!(output, "  {GOOD}→{GOOD:#} may go out, as version {version} at least")
        }
        Outcome::Blocked => writeln!(output, "  {BAD}→{BAD:#} may not go out like this"),
        Outcome::NewTopic { next_topic: next } => {
            writeln!(output, "  {BAD}→{BAD:#} breaks readers: needs the new topic {next}")
        }
    }
}

/// An example of the contract that shows it, or the smallest document that does.
fn counterexample(shown: &Counterexample, minimal: bool) -> String {
    let Some(ExamplePlace { path, line }) = shown.example.as_ref().filter(|_| !minimal) else {
        return shown.minimal.to_string();
    };
    let changed: Vec<_> = shown.changed.iter().map(ToString::to_string).collect();
    let changed = if changed.is_empty() { String::new() } else { format!(", with {}", changed.join(", ")) };
    format!("the example contracts/{path}:{line}{changed}")
}

fn finding(output: &mut impl Write, finding: &Finding, width: usize) -> io::Result<()> {
    let Finding { rule, severity, place, detail, intended, .. } = finding;
    let (mark, style, word) = match (severity, intended) {
        (_, Some(_)) => ("!", WORTH_KNOWING, "intended"),
        (Severity::Breaking, _) => ("✗", BAD, "breaking"),
        (Severity::Blocked, _) => ("✗", BAD, "blocked"),
        (Severity::Minor, _) => ("+", WORTH_KNOWING, "minor"),
        (Severity::Patch, _) => ("·", FAINT, "patch"),
    };
    writeln!(output, "  {style}{mark} {word:8}{style:#} {rule:width$}  {place}: {detail}")
}

/// Writes the explanation of a rule.
///
/// # Errors
/// The output cannot be written.
pub fn rule(output: &mut impl Write, rule: &Rule) -> io::Result<()> {
    let Rule { id, summary, why, reference, fix, .. } = rule;
    let bold = Style::new().bold();
    writeln!(output, "{bold}{id}{bold:#}: {summary}\n")?;
    writeln!(output, "{why}\n")?;
    if let Some(fix) = fix {
        writeln!(output, "To mend it: {fix}.\n")?;
    }
    writeln!(output, "{FAINT}{reference}{FAINT:#}")
}

/// Writes a line for each rule.
///
/// # Errors
/// The output cannot be written.
pub fn list_rules<'a>(output: &mut impl Write, rules: impl Iterator<Item = &'a Rule>) -> io::Result<()> {
    let rules: Vec<_> = rules.collect();
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or_default();
    for Rule { id, summary, .. } in rules {
        writeln!(output, "{id:width$}  {summary}")?;
    }
    Ok(())
}
