//! Documents that show why a verdict is what it is.

use std::time::{Duration, Instant};

use crate::json::{Json, Object};
use crate::refusal::Refusal;

/// A document that is valid under one schema and invalid under another, and where the other refuses it.
#[derive(Debug, Clone, PartialEq)]
pub struct Witness {
    /// The document, as small as it could be made. Each number reads back as itself.
    pub document: Json,
    /// Where in the document (RFC 6901).
    pub pointer: String,
    /// The keyword that refuses it.
    pub keyword: String,
    /// The property that is missing there, if that is what is wrong.
    pub missing: Option<String>,
    /// The other schema refuses every document, which is nearly always a mistake.
    pub refuses_everything: bool,
}

/// How long a witness is made smaller.
const TO_MAKE_SMALLER: Duration = Duration::from_secs(1);

impl Witness {
    /// Makes the document smaller for as long as it stays a witness, and there is time.
    pub(crate) fn new(
        mut document: Json,
        mut is_witness: impl FnMut(&Json) -> bool,
        refusal_of: impl FnOnce(&Json) -> Refusal,
        refuses_everything: bool,
    ) -> Self {
        let end = Instant::now() + TO_MAKE_SMALLER;
        let mut is_witness = |document: &Json| Instant::now() < end && is_witness(document);
        loop {
            let found = smaller(&document).find(&mut is_witness);
            match found {
                Some(smaller) => document = smaller,
                None => break,
            }
        }
        let Refusal { pointer, keyword, missing } = refusal_of(&document);
        Self { document, pointer, keyword, missing, refuses_everything }
    }

    /// JSON pointer to what is wrong, also where that is a property that is missing.
    pub fn place(&self) -> String {
        let step = |name: &String| format!("/{}", name.replace('~', "~0").replace('/', "~1"));
        format!("{}{}", self.pointer, self.missing.as_ref().map(step).unwrap_or_default())
    }
}

/// The documents that are one step smaller, one at a time: all of them together may be large.
fn smaller(document: &Json) -> Box<dyn Iterator<Item = Json> + '_> {
    match document {
        Json::Object(properties) => {
            let without = properties.keys().map(|name| {
                let mut properties = properties.clone();
                properties.remove(name);
                Json::Object(properties)
            });
            let inside = properties.iter().flat_map(move |(name, value)| {
                smaller(value).map(move |value| {
                    let mut properties = properties.clone();
                    properties.insert(name.clone(), value);
                    Json::Object(properties)
                })
            });
            Box::new(without.chain(inside))
        }
        Json::Array(items) => {
            let without = (0..items.len()).map(|index| {
                let mut items = items.clone();
                items.remove(index);
                Json::Array(items)
            });
            let inside = items.iter().enumerate().flat_map(move |(index, value)| {
                smaller(value).map(move |value| {
                    let mut items = items.clone();
                    items[index] = value;
                    Json::Array(items)
                })
            });
            Box::new(without.chain(inside))
        }
        Json::String(text) if text.len() > 1 => {
            let half = text.chars().count() / 2;
            Box::new(std::iter::once(Json::String(text.chars().take(half).collect())))
        }
        _ => Box::new(std::iter::empty()),
    }
}

/// Documents that are worth a try: what the schemas spell, and small values of each type.
pub(crate) fn candidates(a: &Json, b: &Json) -> Vec<Json> {
    const MOST: usize = 400;
    let mut found = Vec::new();
    for schema in [a, b] {
        spelt(schema, &mut found);
    }
    for text in ["null", "true", "false", "0", "1", "-1", "0.5", "1e9", r#""""#, r#""a""#, "[]", "{}"] {
        found.extend(Json::parse(text));
    }
    let simple: Vec<Json> = found.iter().take(20).cloned().collect();
    for value in &simple {
        found.push(Json::Array(vec![value.clone()]));
        found.push(Json::Array(vec![value.clone(), value.clone()]));
    }
    let mut names = Vec::new();
    named(a, &mut names);
    named(b, &mut names);
    names.sort();
    names.dedup();
    for name in names.iter().take(12) {
        for value in &simple {
            found.push(Json::Object(Object::from([(name.clone(), value.clone())])));
        }
    }
    found.truncate(MOST);
    found
}

/// Constants, enumerations, defaults and examples of a schema.
fn spelt(schema: &Json, found: &mut Vec<Json>) {
    match schema {
        Json::Object(properties) => {
            for (keyword, value) in properties {
                match (keyword.as_str(), value) {
                    ("const" | "default", value) => found.push(value.clone()),
                    ("enum" | "examples", Json::Array(values)) => found.extend(values.iter().cloned()),
                    (_, value) => spelt(value, found),
                }
            }
        }
        Json::Array(items) => items.iter().for_each(|item| spelt(item, found)),
        _ => {}
    }
}

/// The names of properties in a schema.
fn named(schema: &Json, found: &mut Vec<String>) {
    match schema {
        Json::Object(properties) => {
            for (keyword, value) in properties {
                if let ("properties", Json::Object(named)) = (keyword.as_str(), value) {
                    found.extend(named.keys().cloned());
                }
                named(value, found);
            }
        }
        Json::Array(items) => items.iter().for_each(|item| named(item, found)),
        _ => {}
    }
}

/// All documents that a schema can accept, if it spells them.
pub(crate) fn finite(schema: &Json) -> Option<Vec<Json>> {
    let schema = match schema {
        Json::Bool(false) => return Some(Vec::new()),
        schema => schema.as_object()?,
    };
    if let Some(value) = schema.get("const") {
        return Some(vec![value.clone()]);
    }
    if let Some(Json::Array(values)) = schema.get("enum") {
        return Some(values.clone());
    }
    let branches = schema.get("anyOf").or_else(|| schema.get("oneOf"))?.as_array()?;
    branches.iter().map(finite).collect::<Option<Vec<_>>>().map(|documents| documents.concat())
}
