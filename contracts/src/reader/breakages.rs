//! The search for what stops a reader.

use std::cell::{OnceCell, RefCell};
use std::collections::HashMap;

use jsonschema::Validator;
use serde_json::{Value, json};
use tiltak_schema::decode::describe;

use super::breakage::{BreakageKind, Cause, ReaderBreakage};
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
            let message = "a tombstone (a record without a value) is sent, and it fails on those".to_owned();
            let kind = if self.begins_tombstones() { BreakageKind::New } else { BreakageKind::Current };
            breakages.push(found.breakage(kind, Cause::Tombstone, Pointer::default(), message));
        }
        let requirements = reading.requirements(&self.new.places);
        let by_field: Vec<_> =
            requirements.iter().flat_map(|requirement| found.of_requirement(requirement)).collect();
        breakages.extend(found.with_whole(by_field));
        breakages
    }

    /// Readers that are known by name alone: nobody knows what they do with what they have never met.
    pub(super) fn breakage_of_undeclared(&self, app: &str) -> Option<ReaderBreakage> {
        let message =
            "tombstones are sent from now on, and it has no declaration that says what it does with them";
        self.begins_tombstones().then(|| {
            ReaderBreakage::new(
                app,
                self.topic,
                BreakageKind::Undecided,
                Cause::Tombstone,
                Pointer::default(),
                message,
            )
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
    fn breakage(
        &self,
        kind: BreakageKind,
        cause: Cause,
        pointer: Pointer,
        message: impl Into<String>,
    ) -> ReaderBreakage {
        ReaderBreakage::new(self.app, self.change.topic, kind, cause, pointer, message)
    }

    fn undecided(&self, pointer: Pointer, reason: &str) -> ReaderBreakage {
        let place = if pointer.is_root() { "the whole".to_owned() } else { pointer.to_string() };
        let message = format!("{place}: {reason}");
        self.breakage(BreakageKind::Undecided, Cause::Undecided, pointer, message)
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
            Verdict::Unknown { reason } => return Some(self.undecided(requirement.pointer.clone(), &reason)),
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
        let (cause, sentence) = self.sentence(requirement, value.as_ref(), &values);
        let mut message = format!("{}{sentence}", requirement.pointer);
        if !requirement.variants.is_empty() && requirement.variants.len() < self.reading.variants.len() {
            message = format!("{message} (in {})", requirement.variants.join(", "));
        }
        let breakage = self.breakage(kind, cause, requirement.pointer.clone(), message);
        Some(ReaderBreakage { value, values, witness: Some(shown), ..breakage })
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

    fn sentence(
        &self,
        requirement: &ReaderRequirement,
        value: Option<&Value>,
        values: &[Value],
    ) -> (Cause, String) {
        let field = match (&requirement.kind, value) {
            (RequirementKind::Present, _) => {
                return (Cause::LeftOut, " is left out, and it requires it".to_owned());
            }
            (RequirementKind::NotNull, _) => {
                return (Cause::Null, " is null, and it does not accept null".to_owned());
            }
            (RequirementKind::Unknown, _) => {
                let sentence = " is an unknown property, and it fails on those".to_owned();
                return (Cause::UnknownProperty, sentence);
            }
            (RequirementKind::Value(field), _) => field,
        };
        let shown = value.map_or_else(String::new, |value| format!(" = {value}"));
        let found = value.map_or_else(|| "nothing".to_owned(), describe);
        let name = field.field_type.name();
        let is_of_type = value.is_none_or(|value| field.field_type.has_json_type_of(value));
        let others = others(value, values);
        match &field.field_type {
            FieldType::Enum { .. } if is_of_type && *field == self.reading.discriminator() => (
                Cause::UnknownVariant,
                format!("{shown} is a variant it does not know, and it fails on those{others}"),
            ),
            FieldType::Enum { known, .. } if is_of_type && field.unknown == OnUnknownValue::Fail => (
                Cause::UnknownEnumValue,
                format!(
                    "{shown} is not among the {} values it knows, and it fails on unknown ones{others}",
                    known.len()
                ),
            ),
            FieldType::String { pattern: Some(pattern) } if is_of_type => {
                (Cause::OtherType, format!("{shown} does not match {pattern}, which it demands"))
            }
            _ if is_of_type => (Cause::OtherType, format!("{shown} is no {name}, which it reads")),
            _ => (Cause::OtherType, format!("{shown} has another type: {found}, where it reads {name}")),
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
            Verdict::Unknown { reason } => vec![self.undecided(Pointer::default(), &reason)],
            Verdict::NotContained(witness) => {
                let place = if witness.pointer.is_empty() { "the record" } else { &witness.pointer };
                let message = format!("{place} is refused, by the keyword {} of its schema", witness.keyword);
                let value = witness.document.pointer(&witness.pointer).cloned();
                let breakage =
                    self.breakage(self.kind_of_whole(&whole), Cause::Whole, place_of(&witness), message);
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

/// Up to four more values, besides the one that is shown.
fn others(shown: Option<&Value>, values: &[Value]) -> String {
    const MOST: usize = 4;
    let others: Vec<_> = values.iter().filter(|value| Some(*value) != shown).map(Value::to_string).collect();
    match others.len() {
        0 => String::new(),
        count if count <= MOST => format!("; the same goes for {}", others.join(", ")),
        count => format!("; the same goes for {} and {} more", others[..MOST].join(", "), count - MOST),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_than_five_values_are_named() {
        let values: Vec<_> = (0..8).map(Value::from).collect();
        assert_eq!(others(Some(&values[0]), &values[..1]), "");
        assert_eq!(others(Some(&values[1]), &values[..3]), "; the same goes for 0, 2");
        assert_eq!(others(Some(&values[0]), &values), "; the same goes for 1, 2, 3, 4 and 3 more");
    }
}
