//! The search for what stops a reader.

use std::cell::RefCell;
use std::collections::HashMap;

use serde_json::{Value, json};
use tiltak_schema::decode::describe;

use super::aspect::{Aspect, Demand};
use super::declaration::{OnTombstone, OnUnknownValue, Reading};
use super::effect::{Cause, Effect, EffectKind};
use super::field_type::FieldType;
use super::place::Places;
use super::pointer::FieldPointer;
use json_schema_containment::{Options, Verdict, Witness, compare};

/// A contract and what it was before, for one topic.
pub(super) struct Change<'s> {
    topic: &'s str,
    sends_tombstones: bool,
    old: Option<Contract<'s>>,
    new: Contract<'s>,
    /// Whether old and new differ.
    differs: bool,
}

/// A value schema, and the verdicts on it so far: readers of one library demand the same things.
struct Contract<'s> {
    schema: &'s Value,
    places: Places<'s>,
    verdicts: RefCell<HashMap<String, Verdict>>,
}

impl<'s> Contract<'s> {
    fn of(schema: &'s Value) -> Self {
        Self { schema, places: Places::of(schema), verdicts: RefCell::default() }
    }

    /// Whether every document of the contract is valid under a schema.
    fn against(&self, reader: &Value) -> Verdict {
        self.remembered(reader, || judge(self.schema, reader))
    }

    /// The same, for a schema that is about one place: the contract's schema of that place is far smaller than the whole,
    /// and allows there what the whole allows. A witness is taken from the whole.
    fn against_at(&self, place: &FieldPointer, reader: &Value) -> Verdict {
        self.remembered(reader, || {
            if self.places.are_all_found() {
                let mut projection = self.places.definitions();
                projection.insert("allOf".to_owned(), json!([self.places.emitted(place)]));
                let verdict = judge(&Value::Object(projection), reader);
                if verdict.is_contained() {
                    return verdict;
                }
            }
            judge(self.schema, reader)
        })
    }

    fn remembered(&self, reader: &Value, judge: impl FnOnce() -> Verdict) -> Verdict {
        self.verdicts.borrow_mut().entry(reader.to_string()).or_insert_with(judge).clone()
    }
}

fn judge(writer: &Value, reader: &Value) -> Verdict {
    let options = Options { closed_writer: true, ..Options::default() };
    compare(writer, reader, &options).unwrap_or_else(|error| Verdict::Unknown { reason: error.to_string() })
}

impl<'s> Change<'s> {
    pub(super) fn new(
        topic: &'s str,
        sends_tombstones: bool,
        old: Option<&'s Value>,
        new: &'s Value,
    ) -> Self {
        let differs = old != Some(new);
        Self { topic, sends_tombstones, old: old.map(Contract::of), new: Contract::of(new), differs }
    }

    /// What stops one reader.
    pub(super) fn effects(&self, app: &str, reading: &Reading) -> Vec<Effect> {
        let found = Found { app, reading, change: self };
        let mut effects = Vec::new();
        if self.sends_tombstones && reading.tombstones == OnTombstone::Fail {
            let message = "a tombstone (a record without a value) is sent, and it fails on those".to_owned();
            effects.push(found.effect(EffectKind::Current, Cause::Tombstone, String::new(), message));
        }
        let aspects = reading.aspects(&self.new.places);
        let by_field: Vec<_> = aspects.iter().flat_map(|aspect| found.of_aspect(aspect)).collect();
        effects.extend(found.with_whole(by_field));
        effects
    }
}

/// What is being found about one reader.
struct Found<'f> {
    app: &'f str,
    reading: &'f Reading,
    change: &'f Change<'f>,
}

impl Found<'_> {
    fn effect(&self, kind: EffectKind, cause: Cause, pointer: String, message: String) -> Effect {
        Effect {
            app: self.app.to_owned(),
            topic: self.change.topic.to_owned(),
            pointer,
            kind,
            cause,
            message,
            value: None,
            values: Vec::new(),
            witness: None,
        }
    }

    fn undecided(&self, pointer: String, reason: &str) -> Effect {
        let place = if pointer.is_empty() { "the whole" } else { &pointer };
        let message = format!("{place}: {reason}");
        self.effect(EffectKind::Undecided, Cause::Undecided, pointer, message)
    }

    /// A demand that is not met is a stop; it is the change's own when documents of the new contract fail it with what
    /// the old one did not allow there.
    fn of_aspect(&self, aspect: &Aspect) -> Vec<Effect> {
        let Change { old, new, .. } = self.change;
        let verdict = new.against_at(&aspect.pointer, &aspect.schema);
        let (Verdict::NotContained(_), Some(old)) = (&verdict, old) else {
            return self.stop(aspect, EffectKind::New, &verdict).into_iter().collect();
        };
        let current =
            self.stop(aspect, EffectKind::Current, &old.against_at(&aspect.pointer, &aspect.schema));
        let by_change = self.change.differs.then(|| {
            let mut allowed = old.places.definitions();
            allowed.insert("anyOf".to_owned(), json!([aspect.schema, old.places.emitted(&aspect.pointer)]));
            let verdict = new.against_at(&aspect.pointer, &Value::Object(allowed));
            self.stop(aspect, EffectKind::New, &verdict)
        });
        current.into_iter().chain(by_change.flatten()).collect()
    }

    fn stop(&self, aspect: &Aspect, kind: EffectKind, verdict: &Verdict) -> Option<Effect> {
        match verdict {
            Verdict::Contained { .. } => None,
            Verdict::Unknown { reason } => Some(self.undecided(aspect.pointer.to_string(), reason)),
            Verdict::NotContained(witness) => {
                let value = Self::refused(aspect, witness);
                let values = self.refused_values(aspect, kind);
                let (cause, sentence) = self.sentence(aspect, value.as_ref(), &values);
                let mut message = format!("{}{sentence}", aspect.pointer);
                if !aspect.variants.is_empty() && aspect.variants.len() < self.reading.variants.len() {
                    message = format!("{message} (in {})", aspect.variants.join(", "));
                }
                let effect = self.effect(kind, cause, aspect.pointer.to_string(), message);
                Some(Effect { value, values, witness: Some(witness.document.to_value().0), ..effect })
            }
        }
    }

    /// The value of the witness that fails the demand.
    fn refused(aspect: &Aspect, witness: &Witness) -> Option<Value> {
        let fails = |value: &&&Value| match &aspect.demand {
            Demand::Present => false,
            Demand::NotNull => value.is_null(),
            Demand::Value(field) => !value.is_null() && !jsonschema::is_valid(&field.schema(), value),
            Demand::Unknown => true,
        };
        aspect.pointer.values(&witness.document.to_value().0).iter().find(fails).map(|value| (*value).clone())
    }

    /// The values that the contract spells and the reader does not know.
    fn refused_values(&self, aspect: &Aspect, kind: EffectKind) -> Vec<Value> {
        let Demand::Value(field) = &aspect.demand else { return Vec::new() };
        let FieldType::Enum { known, .. } = &field.field_type else { return Vec::new() };
        let Change { old, new, .. } = self.change;
        let before = old.as_ref().map(|old| old.places.spelt(&aspect.pointer, &aspect.variants));
        let before = before.unwrap_or_default();
        let values = if kind == EffectKind::Current {
            before
        } else {
            let mut values = new.places.spelt(&aspect.pointer, &aspect.variants);
            values.retain(|value| !before.contains(value));
            values
        };
        let is_unknown =
            |value: &Value| value.as_str().is_some_and(|value| !known.iter().any(|known| known == value));
        values.into_iter().filter(is_unknown).collect()
    }

    fn sentence(&self, aspect: &Aspect, value: Option<&Value>, values: &[Value]) -> (Cause, String) {
        let field = match (&aspect.demand, value) {
            (Demand::Present, _) => return (Cause::LeftOut, " is left out, and it requires it".to_owned()),
            (Demand::NotNull, _) => return (Cause::Null, " is null, and it does not accept null".to_owned()),
            (Demand::Unknown, _) => {
                let sentence = " is an unknown property, and it fails on those".to_owned();
                return (Cause::UnknownProperty, sentence);
            }
            (Demand::Value(field), _) => field,
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
    fn with_whole(&self, mut by_field: Vec<Effect>) -> Vec<Effect> {
        if by_field.iter().any(|effect| effect.kind != EffectKind::Undecided) {
            return by_field;
        }
        let whole = self.reading.schema();
        match self.change.new.against(&whole) {
            Verdict::Contained { .. } => Vec::new(),
            // One reason for the whole is enough.
            Verdict::Unknown { reason } => vec![self.undecided(String::new(), &reason)],
            Verdict::NotContained(witness) => {
                let place = if witness.pointer.is_empty() { "the record" } else { &witness.pointer };
                let message = format!("{place} is refused, by the keyword {} of its schema", witness.keyword);
                let document = witness.document.to_value().0;
                let value = document.pointer(&witness.pointer).cloned();
                let effect = self.effect(self.kind_of_whole(&whole), Cause::Whole, witness.pointer, message);
                by_field.push(Effect { value, witness: Some(document), ..effect });
                by_field
            }
        }
    }

    /// It is the change's own when the old contract had no such document.
    fn kind_of_whole(&self, whole: &Value) -> EffectKind {
        let Some(old) = &self.change.old else { return EffectKind::New };
        let mut allowed = old.places.definitions();
        let mut before = old.schema.clone();
        if let Some(keywords) = before.as_object_mut() {
            keywords.retain(|keyword, _| {
                !allowed.contains_key(keyword) && !keyword.starts_with('$') || keyword == "$ref"
            });
        }
        allowed.insert("anyOf".to_owned(), json!([whole, before]));
        match self.change.new.against(&Value::Object(allowed)) {
            Verdict::Contained { .. } => EffectKind::Current,
            _ => EffectKind::New,
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
