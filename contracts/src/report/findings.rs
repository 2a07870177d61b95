//! The sentences about findings.

use std::fmt::{self, Display, Formatter};

use crate::change::{ChangeKind, KeywordChange};
use crate::rule::{Detail, Direction, ShownValue};

impl Display for Detail {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Change(kind) => change(f, kind),
            Self::Values { is_allowed_now, shown, keywords } => {
                let verb = if *is_allowed_now { "now allows" } else { "no longer allows" };
                write!(f, "{verb} {shown}: {}", joined(keywords))
            }
            Self::SameValues(keywords) => {
                write!(f, "is spelt otherwise, for the same values: {}", joined(keywords))
            }
            Self::Refused { direction: Direction::Backward, versions, keyword } => write!(
                f,
                "records of {} may still be on the topic, and a reader of this version refuses them (by {keyword})",
                list(versions)
            ),
            Self::Refused { direction: Direction::Forward, versions, keyword } => {
                write!(f, "a reader of {} refuses what is written now (by {keyword})", list(versions))
            }
            Self::Undecided { direction: Direction::Backward, version, reason } => {
                write!(f, "whether this version reads the records of {version} was not decided: {reason}")
            }
            Self::Undecided { direction: Direction::Forward, version, reason } => {
                write!(
                    f,
                    "whether this version can be read by readers of {version} was not decided: {reason}"
                )
            }
            Self::Reader(breakage) => write!(f, "{breakage}"),
            Self::NoExample => f.write_str("no valid example shows it"),
            Self::NoExampleOfVariant(name) => write!(f, "no valid example shows the variant {name:?}"),
            Self::NoDescription => f.write_str("has no description"),
        }
    }
}

fn list(items: &[impl Display]) -> String {
    items.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn joined(keywords: &[KeywordChange]) -> String {
    keywords.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

impl Display for ShownValue {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Found(value) => f.write_str(value),
            Self::Unknown { reason } => write!(f, "values that could not be told ({reason})"),
        }
    }
}

impl Display for KeywordChange {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let Self { keyword, from, to } = self;
        match (from, to) {
            (None, Some(to)) => write!(f, "{keyword} is now {to}, and there was none"),
            (Some(from), None) => write!(f, "{keyword} was {from}, and there is none now"),
            (Some(from), Some(to)) => write!(f, "{keyword} was {from}, and is now {to}"),
            (None, None) => f.write_str(keyword),
        }
    }
}

fn change(f: &mut Formatter<'_>, kind: &ChangeKind) -> fmt::Result {
    match kind {
        ChangeKind::FieldAdded { shape, required: true } if !shape.nullable => {
            write!(f, "is new and always there ({})", shape.kind())
        }
        ChangeKind::FieldAdded { shape, required } => {
            let form = if *required { "or null" } else { "or left out" };
            write!(f, "is new ({} {form})", shape.kind())
        }
        ChangeKind::FieldRemoved { shape, required: true } if !shape.nullable => {
            f.write_str("was always there, and is gone")
        }
        ChangeKind::FieldRemoved { .. } => f.write_str("is gone; readers had to cope without it already"),
        ChangeKind::FieldRenamed { to } => write!(f, "renamed to {to}"),
        ChangeKind::Required { now: true, .. } => f.write_str("could be left out, and is now always there"),
        ChangeKind::Required { now: false, nullable: true } => {
            f.write_str("may now be left out; readers had to cope with null already")
        }
        ChangeKind::Required { now: false, nullable: false } => {
            f.write_str("was always there, and may now be left out")
        }
        ChangeKind::Nullable { now: false, .. } => f.write_str("could be null, and no longer is"),
        ChangeKind::Nullable { now: true, required: true } => f.write_str("was never null, and may now be"),
        ChangeKind::Nullable { now: true, required: false } => {
            f.write_str("may now be null; readers had to cope without it already")
        }
        ChangeKind::NullMadeAbsent => f.write_str("was null when empty, and is now left out"),
        ChangeKind::AbsentMadeNull => f.write_str("was left out when empty, and is now null"),
        ChangeKind::Type { from, to, .. } => write!(f, "was {from}, and is now {to}"),
        ChangeKind::Constraint { keywords, .. } => f.write_str(&joined(keywords)),
        ChangeKind::Format { from: None, to } => {
            write!(f, "the format {} is now stated", to.as_deref().unwrap_or_default())
        }
        ChangeKind::Format { from: Some(from), to } => {
            write!(f, "the format was {from}, and is now {}", to.as_deref().unwrap_or("none"))
        }
        ChangeKind::IntegerWidth { format } => {
            write!(f, "the format {format} is now stated, as its limits have it")
        }
        ChangeKind::ValueAdded(value) => write!(f, "the value {value} is new"),
        ChangeKind::ValueRemoved(value) => write!(f, "the value {value} is no longer written"),
        ChangeKind::ValueRenamed { from, to } => write!(f, "the value {from} is now spelt {to}"),
        ChangeKind::Discriminator { from, to } => {
            write!(f, "the variants were told apart by {from:?} and are now by {to:?}")
        }
        ChangeKind::VariantAdded { name, .. } => write!(f, "the variant {name:?} is new"),
        ChangeKind::VariantRemoved { name, .. } => {
            write!(f, "the variant {name:?} is no longer written")
        }
        ChangeKind::VariantRenamed { from, to } => {
            write!(f, "the variant {from:?} is now called {to:?}")
        }
        ChangeKind::Closed { now: true } => f.write_str("refuses every property that it does not name"),
        ChangeKind::Closed { now: false } => f.write_str("accepts properties that it does not name"),
        ChangeKind::KeyForm => f.write_str("has another form: the entities that are there get a second key"),
        ChangeKind::Setting { effect, from, to } => {
            let text = |value: &Option<String>| value.clone().unwrap_or("the broker's default".to_owned());
            let unknown = if effect.is_none() { ": no setting of a topic that Kafka has" } else { "" };
            write!(f, "was {}, and is now {}{unknown}", text(from), text(to))
        }
        ChangeKind::Tombstones { now: true } => f.write_str("tombstones are sent from now on"),
        ChangeKind::Tombstones { now: false } => f.write_str("tombstones are no longer sent"),
        ChangeKind::Description => f.write_str("is described in other words"),
        ChangeKind::AnnotationsOnly => f.write_str("has other titles or names of definitions"),
        ChangeKind::Keyword { keyword } => {
            write!(f, "the keyword {keyword:?} is another one, and no rule says what that means")
        }
    }
}
