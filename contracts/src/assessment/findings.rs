//! Findings that no single change is the cause of: about retained records, supported readers, declarations, and the
//! candidate itself.

use serde_json::Value;
use tiltak_schema::pointer::Pointer;

use super::tolerant::tolerant;
use crate::containment::{Verdict, may_read};
use crate::contract_version::{ContractVersion, Example};
use crate::counterexample::{Counterexample, Written, compile, place_of};
use crate::field;
use crate::model::NormalizedSchema;
use crate::place::{Part, Place};
use crate::reader::ReaderBreakage;
use crate::rule::catalogue::{
    CONTRACT_WITHOUT_EXAMPLE, DESCRIPTION_MISSING, OLD_READERS_STOPPED, READER_STOPPED, RETAINED_LOG,
    UNDECIDED,
};
use crate::rule::{Detail, Direction, Finding, Rule};

/// The rule that says that one side refuses the other.
fn rule(direction: Direction) -> Rule {
    match direction {
        Direction::Backward => RETAINED_LOG,
        Direction::Forward => OLD_READERS_STOPPED,
    }
}

/// What one side refuses of the other, in one direction; what is refused of several versions in the same place is said
/// once.
pub(super) fn of_versions(
    direction: Direction,
    candidate: &ContractVersion,
    versions: &[ContractVersion],
) -> Vec<Finding> {
    let mut refused: Vec<Finding> = Vec::new();
    let mut undecided = Vec::new();
    for version in versions {
        let (writer, reader) = match direction {
            Direction::Backward => (version, candidate),
            Direction::Forward => (candidate, version),
        };
        // Keys are compared as they stand: a reader has no use for an unknown form of a key.
        let key = (Part::Key, &writer.key, reader.key.clone(), &[][..]);
        let value = (Part::Value, &writer.value, tolerant(&reader.value), candidate.examples.as_slice());
        for (part, writer, reader, examples) in [key, value] {
            match may_read(writer, &reader) {
                Verdict::Contained => {}
                Verdict::Unknown { reason } => {
                    let detail = Detail::Undecided { direction, version: version.version.clone(), reason };
                    undecided.push(Finding::new(&UNDECIDED, Place::new(part, Pointer::default()), detail));
                }
                Verdict::NotContained(witness) => {
                    let place = Place::new(part, place_of(&witness));
                    let mut same = refused.iter_mut().filter(|it| it.place == place);
                    if let Some(Detail::Refused { versions, .. }) = same.next().map(|it| &mut it.detail) {
                        versions.push(version.version.clone());
                        continue;
                    }
                    let (schema, validator) = (NormalizedSchema::of(writer), compile(writer));
                    let written = Written { schema: &schema, validator: validator.as_ref(), examples };
                    let counterexample = Counterexample::of(&witness, &written, &reader);
                    let (versions, keyword) = (vec![version.version.clone()], witness.keyword);
                    let detail = Detail::Refused { direction, versions, keyword };
                    let finding = Finding::new(&rule(direction), place, detail);
                    refused.push(Finding { witness: Some(counterexample), ..finding });
                }
            }
        }
    }
    refused.into_iter().chain(undecided).collect()
}

/// The readers that the change breaks, or may break.
pub(super) fn of_readers(breakages: &[ReaderBreakage]) -> impl Iterator<Item = Finding> {
    breakages.iter().map(|breakage| {
        let place = Place::new(Part::Value, breakage.pointer.clone());
        let finding = Finding::new(&READER_STOPPED, place, Detail::Reader(Box::new(breakage.clone())));
        Finding { witness: breakage.witness.clone(), reader: Some(breakage.app.clone()), ..finding }
    })
}

/// What is asked of each contract, whatever was before it.
pub(super) fn of_candidate(candidate: &ContractVersion) -> Vec<Finding> {
    let ContractVersion { value, examples, .. } = candidate;
    let place = Place::new(Part::Value, Pointer::default());
    let without = |what: Detail| Finding::new(&CONTRACT_WITHOUT_EXAMPLE, place.clone(), what);
    let variants = NormalizedSchema::of(value).variants;
    let mut findings: Vec<_> = match variants {
        _ if examples.is_empty() => vec![without(Detail::NoExample)],
        None => Vec::new(),
        Some(variants) => {
            let is_of = |example: &Example, name: &str| {
                example.value.get(&variants.discriminator).and_then(Value::as_str) == Some(name)
            };
            let names = variants.shapes.keys();
            let not_shown = names.filter(|name| !examples.iter().any(|example| is_of(example, name)));
            not_shown.map(|name| without(Detail::NoExampleOfVariant(name.clone()))).collect()
        }
    };
    let fields = field::fields(value).into_iter();
    let is_asked = |field: &field::Field| candidate.requires_descriptions && field.description.is_none();
    findings.extend(fields.filter(is_asked).map(|field| {
        let place = Place { part: Part::Value, pointer: field.pointer, variants: field.variants };
        Finding::new(&DESCRIPTION_MISSING, place, Detail::NoDescription)
    }));
    findings
}
