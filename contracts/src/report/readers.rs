//! The report of `readers`, for people: bindings, breakages and the matrix.

use std::fmt;

use crate::command::readers::{MatrixReport, ReadingReport};
use crate::reader::{
    BreakageKind, Matrix, OnTombstone, OnUnknownProperty, OnUnknownValue, OnUnknownVariant, Reads,
};

/// What a reader does not know and fails on.
fn fails_on(reading: &ReadingReport) -> Vec<&'static str> {
    let policies = [
        (reading.unknown_properties == OnUnknownProperty::Fail, "unknown properties"),
        (reading.unknown_enum_values == OnUnknownValue::Fail, "unknown enum values"),
        (reading.unknown_variants == Some(OnUnknownVariant::Fail), "unknown variants"),
        (reading.tombstones == OnTombstone::Fail, "tombstones"),
    ];
    policies.into_iter().filter_map(|(fails, what)| fails.then_some(what)).collect()
}

impl fmt::Display for ReadingReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} ({}) reads {}", self.app, self.team, self.topic)?;
        writeln!(f, "    binds {} fields, uses {}", self.binds, self.uses)?;
        let fails_on = fails_on(self);
        let fails_on = if fails_on.is_empty() { "nothing unknown".to_owned() } else { fails_on.join(", ") };
        writeln!(f, "    fails on {fails_on}")?;
        if let Some(consequence) = &self.when_it_fails {
            writeln!(f, "    when it fails: {consequence}")?;
        }
        self.breakages.iter().try_for_each(|breakage| match breakage.kind {
            BreakageKind::Undecided => writeln!(f, "  ? {breakage}"),
            _ => writeln!(f, "  ✗ the current contract stops it: {}", breakage.message()),
        })?;
        self.drift.iter().try_for_each(|drift| {
            let mark = if drift.is_finding() { '✗' } else { '·' };
            writeln!(f, "  {mark} {drift}")
        })
    }
}

impl fmt::Display for MatrixReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Matrix { topic, readers, fields, unused, unbound } = &self.matrix;
        writeln!(f, "{topic}   ● used   ○ bound and not used")?;
        let list = |f: &mut fmt::Formatter<'_>, what: &str, names: &[String]| match names {
            [] => Ok(()),
            names => writeln!(f, "  {what}: {}", names.join(", ")),
        };
        if !readers.is_empty() {
            let width = fields.iter().map(|row| row.pointer.to_string().len()).max().unwrap_or_default();
            for (column, reader) in readers.iter().enumerate() {
                writeln!(f, "  {:width$}  {}┌ {reader}", "", "│ ".repeat(column))?;
            }
            for row in fields {
                let cells = row.readers.iter().map(|reads| match reads {
                    Reads::Uses => "●",
                    Reads::Binds => "○",
                    Reads::Not => " ",
                });
                let line = cells.collect::<Vec<_>>().join(" ");
                writeln!(f, "{}", format!("  {:width$}  {line}", row.pointer.to_string()).trim_end())?;
            }
            let names = |pointers: &[_]| pointers.iter().map(ToString::to_string).collect::<Vec<String>>();
            list(f, "no declared reader uses", &names(unused))?;
            list(f, "no declared reader binds", &names(unbound))?;
        }
        list(f, "known by name only", &self.known_by_name)?;
        list(f, "may read it and do not", &self.granted)
    }
}
