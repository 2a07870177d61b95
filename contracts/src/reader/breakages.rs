//! Finding the breakages of a reader.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use jsonschema::Validator;
use serde_json::{Value, json};

use super::breakage::{BreakageKind, ReaderBreakage, Unmet};
use super::declaration::{OnTombstone, OnUnknownValue, Reading};
use super::field_type::FieldType;
use super::requirement::{ReaderRequirement, RequirementKind};
use crate::containment::{Verdict, Witness, may_read};
use crate::contract_version::Example;
use crate::counterexample::{Counterexample, Written, compile, place_of};
use crate::model::NormalizedSchema;
use crate::model::Places;
use tiltak_schema::pointer::Pointer;

/// A contract and what it was before, for one topic.
pub(super) struct Change<'s> {
    topic: &'s str,
    old: Option<Contract<'s>>,
    new: Contract<'s>,
    /// Whether old and new differ.
    differs: bool,
}

/// What a version writes, and the verdicts on it so far: readers of one library demand the same things.
pub(super) struct Contract<'s> {
    schema: &'s Value,
    sends_tombstones: bool,
    examples: &'s [Example],
    places: Places<'s>,
    verdicts: RefCell<HashMap<String, Verdict>>,
    /// What a counterexample takes; made when there is one.
    written: OnceCell<(NormalizedSchema, Option<Validator>)>,
}

impl<'s> Contract<'s> {
    pub(super) fn of(schema: &'s Value, sends_tombstones: bool, examples: &'s [Example]) -> Self {
        let places = Places::of(schema);
        let (verdicts, written) = Default::default();
        Self { schema, sends_tombstones, examples, places, verdicts, written }
    }

    /// Whether every document of the contract is valid under a schema.
    fn against(&self, reader: &Value) -> Verdict {
        self.remembered(reader, || may_read(self.schema, reader))
    }

    /// The same, for a schema that is about one place: the contract's schema of that place is far smaller than the whole,
    /// and allows there what the whole allows. A witness is taken from the whole.
    fn against_at(&self, place: &Pointer, reader: &Value) -> Verdict {
        self.remembered(reader, || {
            if self.places.are_all_found() {
                let mut projection = self.places.definitions();
                projection.insert("allOf".to_owned(), json!([self.places.emitted(place)]));
                if may_read(&Value::Object(projection), reader) == Verdict::Contained {
                    return Verdict::Contained;
                }
            }
            may_read(self.schema, reader)
        })
    }

    fn remembered(&self, reader: &Value, judge: impl FnOnce() -> Verdict) -> Verdict {
        self.verdicts.borrow_mut().entry(reader.to_string()).or_insert_with(judge).clone()
    }

    fn counterexample(&self, witness: &Witness, reader: &Value) -> Counterexample {
        let made = || (NormalizedSchema::of(self.schema), compile(self.schema));
        let (schema, validator) = self.written.get_or_init(made);
        let written = Written { schema, validator: validator.as_ref(), examples: self.examples };
        Counterexample::of(witness, &written, reader)
    }
}

impl<'s> Change<'s> {
    pub(super) fn new(topic: &'s str, old: Option<Contract<'s>>, new: Contract<'s>) -> Self {
        let differs = old
            .as_ref()
            .is_none_or(|old| old.schema != new.schema || old.sends_tombstones != new.sends_tombstones);
        Self { topic, old, new, differs }
    }

    /// What breaks one reader.
    pub(super) fn breakages(&self, app: &str, reading: &Reading) -> Vec<ReaderBreakage> {
        let found = Found { app, reading, change: self };
        let mut breakages = Vec::new();
        if self.new.sends_tombstones && reading.tombstones == OnTombstone::Fail {
            let kind = if self.begins_tombstones() { BreakageKind::New } else { BreakageKind::Current };
            breakages.push(found.breakage(kind, Pointer::default(), Unmet::Tombstone));
        }
        let requirements = reading.requirements(&self.new.places);
        let by_field: Vec<_> =
            requirements.iter().flat_map(|requirement| found.of_requirement(requirement)).collect();
        breakages.extend(found.with_whole(by_field));
        breakages
    }

    /// Readers that are known by name alone: nobody knows what they do with what they have never met.
    pub(super) fn breakage_of_undeclared(&self, app: &str) -> Option<ReaderBreakage> {
        self.begins_tombstones().then(|| {
            let unmet = Unmet::UndeclaredTombstone;
            ReaderBreakage::new(app, self.topic, BreakageKind::Undecided, Pointer::default(), unmet)
        })
    }

    fn begins_tombstones(&self) -> bool {
        self.new.sends_tombstones && self.old.as_ref().is_some_and(|old| !old.sends_tombstones)
    }
}

/// What is being found about one reader.
struct Found<'f> {
    app: &'f str,
    reading: &'f Reading,
    change: &'f Change<'f>,
}

impl Found<'_> {
    fn breakage(&self, kind: BreakageKind, pointer: Pointer, unmet: Unmet) -> ReaderBreakage {
        ReaderBreakage::new(self.app, self.change.topic, kind, pointer, unmet)
    }

    fn undecided(&self, pointer: Pointer, reason: String) -> ReaderBreakage {
        self.breakage(BreakageKind::Undecided, pointer, Unmet::Undecided { reason })
    }

    /// A demand that is not met breaks the reader; it is the change's own when documents of the new contract fail it with
    /// what the old one did not allow there.
    fn of_requirement(&self, requirement: &ReaderRequirement) -> Vec<ReaderBreakage> {
        let Change { old, new, .. } = self.change;
        let verdict = new.against_at(&requirement.pointer, &requirement.schema);
        let (Verdict::NotContained(_), Some(old)) = (&verdict, old) else {
            return self.stop(requirement, BreakageKind::New, new, &requirement.schema).into_iter().collect();
        };
        let current = self.stop(requirement, BreakageKind::Current, old, &requirement.schema);
        let by_change = self.change.differs.then(|| {
            let mut allowed = old.places.definitions();
            allowed.insert(
                "anyOf".to_owned(),
                json!([requirement.schema, old.places.emitted(&requirement.pointer)]),
            );
            self.stop(requirement, BreakageKind::New, new, &Value::Object(allowed))
        });
        current.into_iter().chain(by_change.flatten()).collect()
    }

    fn stop(
        &self,
        requirement: &ReaderRequirement,
        kind: BreakageKind,
        writer: &Contract<'_>,
        reader: &Value,
    ) -> Option<ReaderBreakage> {
        let witness = match writer.against_at(&requirement.pointer, reader) {
            Verdict::Contained => return None,
            Verdict::Unknown { reason } => return Some(self.undecided(requirement.pointer.clone(), reason)),
            Verdict::NotContained(witness) => witness,
        };
        let mut shown = writer.counterexample(&witness, reader);
        let mut value = Self::refused(requirement, &shown.document);
        if value.is_none() {
            // What the example shows is not what the sentence is about.
            let minimal = Self::refused(requirement, &witness.document);
            if minimal.is_some() {
                (value, shown) = (minimal, Counterexample::minimal(&witness));
            }
        }
        let values = self.refused_values(requirement, kind);
        let unmet = self.unmet(requirement, value.as_ref());
        let is_in_some = requirement.variants.len() < self.reading.variants.len();
        let variants = if is_in_some { requirement.variants.clone() } else { Vec::new() };
        let breakage = self.breakage(kind, requirement.pointer.clone(), unmet);
        Some(ReaderBreakage { variants, value, values, witness: Some(shown), ..breakage })
    }

    /// The value of a document that fails the demand.
    fn refused(requirement: &ReaderRequirement, document: &Value) -> Option<Value> {
        let fails = |value: &&&Value| match &requirement.kind {
            RequirementKind::Present => false,
            RequirementKind::NotNull => value.is_null(),
            RequirementKind::Value(field) => {
                !value.is_null() && !jsonschema::is_valid(&field.schema(), value)
            }
            RequirementKind::Unknown => true,
        };
        requirement.pointer.values(document).iter().find(fails).map(|value| (*value).clone())
    }

    /// The values that the contract spells and the reader does not know.
    fn refused_values(&self, requirement: &ReaderRequirement, kind: BreakageKind) -> Vec<Value> {
        let RequirementKind::Value(field) = &requirement.kind else { return Vec::new() };
        let FieldType::Enum { known, .. } = &field.field_type else { return Vec::new() };
        let Change { old, new, .. } = self.change;
        let before = old.as_ref().map(|old| old.places.spelt(&requirement.pointer, &requirement.variants));
        let before = before.unwrap_or_default();
        let values = if kind == BreakageKind::Current {
            before
        } else {
            let mut values = new.places.spelt(&requirement.pointer, &requirement.variants);
            values.retain(|value| !before.contains(value));
            values
        };
        let is_unknown =
            |value: &Value| value.as_str().is_some_and(|value| !known.iter().any(|known| known == value));
        values.into_iter().filter(is_unknown).collect()
    }

    fn unmet(&self, requirement: &ReaderRequirement, value: Option<&Value>) -> Unmet {
        let field = match &requirement.kind {
            RequirementKind::Present => return Unmet::LeftOut,
            RequirementKind::NotNull => return Unmet::Null,
            RequirementKind::Unknown => return Unmet::UnknownProperty,
            RequirementKind::Value(field) => field,
        };
        let is_of_type = value.is_none_or(|value| field.field_type.has_json_type_of(value));
        match &field.field_type {
            FieldType::Enum { .. } if is_of_type && *field == self.reading.discriminator() => {
                Unmet::UnknownVariant
            }
            FieldType::Enum { known, .. } if is_of_type && field.unknown == OnUnknownValue::Fail => {
                Unmet::UnknownEnumValue { known: known.len() }
            }
            FieldType::String { pattern: Some(pattern) } if is_of_type => {
                Unmet::OtherPattern(pattern.clone())
            }
            other if is_of_type => Unmet::NotReadAs(other.name().to_owned()),
            other => Unmet::OtherType(other.name().to_owned()),
        }
    }

    /// Adds what the declaration as a whole refuses, when no field of it says why.
    fn with_whole(&self, mut by_field: Vec<ReaderBreakage>) -> Vec<ReaderBreakage> {
        if by_field.iter().any(|breakage| breakage.kind != BreakageKind::Undecided) {
            return by_field;
        }
        let whole = self.reading.schema();
        match self.change.new.against(&whole) {
            Verdict::Contained => Vec::new(),
            // One reason for the whole is enough.
            Verdict::Unknown { reason } => vec![self.undecided(Pointer::default(), reason)],
            Verdict::NotContained(witness) => {
                let unmet = Unmet::Whole { place: witness.pointer.clone(), keyword: witness.keyword.clone() };
                let value = witness.document.pointer(&witness.pointer).cloned();
                let breakage = self.breakage(self.kind_of_whole(&whole), place_of(&witness), unmet);
                let witness = self.change.new.counterexample(&witness, &whole);
                by_field.push(ReaderBreakage { value, witness: Some(witness), ..breakage });
                by_field
            }
        }
    }

    /// It is the change's own when the old contract had no such document.
    fn kind_of_whole(&self, whole: &Value) -> BreakageKind {
        let Some(old) = &self.change.old else { return BreakageKind::New };
        let mut allowed = old.places.definitions();
        let mut before = old.schema.clone();
        if let Some(keywords) = before.as_object_mut() {
            keywords.retain(|keyword, _| {
                !allowed.contains_key(keyword) && !keyword.starts_with('$') || keyword == "$ref"
            });
        }
        allowed.insert("anyOf".to_owned(), json!([whole, before]));
        match self.change.new.against(&Value::Object(allowed)) {
            Verdict::Contained => BreakageKind::Current,
            _ => BreakageKind::New,
        }
    }
}
