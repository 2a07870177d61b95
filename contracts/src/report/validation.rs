//! The output of `validate`: findings, totals, and on a terminal the progress.

use std::fs::Metadata;
use std::io::{self, Write};

use super::{BAD, json as print_json};
use crate::command::validate::{LineFinding, LineProblem, Report, Totals};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Writes findings to standard output, and progress to standard error.
#[derive(Debug)]
pub struct ValidationReport<'t> {
    topic: &'t str,
    json: bool,
    /// What is not written to standard output yet.
    pending: Vec<u8>,
    progress: ProgressBar,
}

impl<'t> ValidationReport<'t> {
    /// `file` is the metadata of the input if it is a file, for the progress.
    pub fn new(topic: &'t str, json: bool, file: Option<&Metadata>) -> Self {
        let progress = match file {
            // This draws on a terminal alone.
            Some(file) => ProgressBar::with_draw_target(Some(file.len()), ProgressDrawTarget::stderr()),
            None => ProgressBar::hidden(),
        };
        let style = ProgressStyle::with_template("{bar:40} {percent:>3} %  {msg}  {eta} left");
        progress.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        Self { topic, json, pending: Vec::new(), progress }
    }

    /// Writes the totals as the last line.
    ///
    /// # Errors
    /// The output cannot be written.
    pub fn end(mut self, version: &str, totals: &Totals) -> anyhow::Result<()> {
        self.progress.finish_and_clear();
        if self.json {
            print_json(&mut self.pending, totals)?;
        } else {
            writeln!(
                self.pending,
                "{} {version}: {} records, {} upserts, {} tombstones: {} valid, {} invalid",
                self.topic, totals.records, totals.upserts, totals.tombstones, totals.valid, totals.invalid
            )?;
        }
        self.write_pending()
    }

    fn write_pending(&mut self) -> anyhow::Result<()> {
        let written = self.progress.suspend(|| {
            let mut output = anstream::stdout().lock();
            output.write_all(&self.pending).and_then(|()| output.flush())
        });
        self.pending.clear();
        Ok(written?)
    }
}

impl Report for ValidationReport<'_> {
    fn finding(&mut self, finding: &LineFinding) -> anyhow::Result<()> {
        if self.json {
            return print_json(&mut self.pending, finding);
        }
        Ok(print_finding(&mut self.pending, self.topic, finding)?)
    }

    fn progress(&mut self, bytes: u64, totals: &Totals) -> anyhow::Result<()> {
        if !self.pending.is_empty() {
            self.write_pending()?;
        }
        if !self.progress.is_hidden() {
            let milliseconds = self.progress.elapsed().as_millis().max(1);
            let rate = u128::from(totals.records) * 1000 / milliseconds;
            self.progress.set_message(format!("{} lines, {rate} lines/s", totals.records));
            self.progress.inc(bytes);
        }
        Ok(())
    }
}

fn print_finding(output: &mut impl Write, topic: &str, finding: &LineFinding) -> io::Result<()> {
    write!(output, "{BAD}line {}{BAD:#}: {topic}", finding.line)?;
    if let Some(partition) = finding.partition {
        write!(output, ", partition {partition}")?;
    }
    if let Some(offset) = finding.offset {
        write!(output, ", offset {offset}")?;
    }
    if let Some(key) = &finding.key {
        write!(output, ", key {key:?}")?;
    }
    match &finding.problem {
        LineProblem::Record(refused) => writeln!(output, ": {refused}"),
        LineProblem::NoRecord { reason } => writeln!(output, ": {reason}"),
    }
}
