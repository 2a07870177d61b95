//! The step from a JSON Schema to types. It refuses what types cannot express, and names the place in the schema.
//!
//! A keyword that only narrows a value (`minLength`, `maximum`, `not`) does not change the type, so the type accepts more than the writer
//! may write. A keyword that decides the structure of a value must be one that this module knows.

use std::collections::BTreeMap;
use std::fmt;

use semver::Version;
use serde_json::{Map, Value};
use tiltak_schema::scalar::{LocalDateTime, Scalar};

use super::model::{Kind, NamedType, Property, Type, Union, ValueTypes, Variant};
use super::names;

/// A part of a schema that types cannot express.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inexpressible {
    /// The JSON pointer in the schema (RFC 6901).
    pub pointer: String,
    /// The part that cannot be expressed, and what to do.
    pub reason: String,
}

impl fmt::Display for Inexpressible {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = if self.pointer.is_empty() { "the whole schema" } else { self.pointer.as_str() };
        write!(f, "{place}: {}", self.reason)
    }
}

impl std::error::Error for Inexpressible {}

/// The types of a value schema.
///
/// # Errors
/// The schema has something that the generated types cannot express: a choice without a discriminator, a tuple, a value of two types.
pub fn value_types(topic: &str, version: &Version, schema: &Value) -> Result<ValueTypes, Inexpressible> {
    let title = schema.get("title").and_then(Value::as_str).unwrap_or(topic);
    let name = names::with_major(&names::pascal(title), version.major);
    let mut reader =
        Reader { document: schema, root: name.clone(), types: BTreeMap::new(), order: Vec::new() };
    reader.types.insert(name.clone(), Found { pointer: String::new(), of: None });
    let root = match reader.kind(schema, "")? {
        Some(kind) => NamedType { name, description: description(schema), kind },
        None => {
            return Err(inexpressible(
                "",
                "the value is neither an object with properties nor a choice of objects",
            ));
        }
    };
    let mut others = Vec::new();
    for name in &reader.order {
        if let Some(Found { of: Some(it), .. }) = reader.types.get(name) {
            others.push(it.clone());
        }
    }
    let types = ValueTypes { topic: topic.to_owned(), version: version.clone(), root, others };
    variants_have_names_of_their_own(&types)?;
    Ok(types)
}

fn inexpressible(pointer: &str, reason: impl Into<String>) -> Inexpressible {
    Inexpressible { pointer: pointer.to_owned(), reason: reason.into() }
}

fn variants_have_names_of_their_own(types: &ValueTypes) -> Result<(), Inexpressible> {
    for it in types.all() {
        let Kind::Union(Union { variants, .. }) = &it.kind else { continue };
        for (index, variant) in variants.iter().enumerate() {
            let is_taken = types.named(&variant.name).is_some()
                || variants[..index].iter().any(|other| other.name == variant.name)
                || variant.name == names::UNKNOWN_VARIANT;
            if is_taken {
                let reason = format!("two types are called {}: give one another `title`", variant.name);
                return Err(inexpressible("", reason));
            }
        }
    }
    Ok(())
}

/// A named type and its place in the schema. While the type is being read, only the place is known.
struct Found {
    pointer: String,
    of: Option<NamedType>,
}

struct Reader<'a> {
    document: &'a Value,
    root: String,
    types: BTreeMap<String, Found>,
    order: Vec<String>,
}

/// The type at a place, and whether null is allowed there.
type TypeOrNull = (Type, bool);

/// Keywords that decide the structure of a value and that no generated type can express.
const NOT_EXPRESSED: [(&str, &str); 9] = [
    ("patternProperties", "properties whose names are patterns"),
    ("prefixItems", "an array whose items differ by their place"),
    ("additionalItems", "an array whose items differ by their place"),
    ("dependentSchemas", "properties that depend on others"),
    ("dependencies", "properties that depend on others"),
    ("unevaluatedItems", "items that depend on others"),
    ("$dynamicRef", "a reference that depends on where it is used"),
    ("$recursiveRef", "a reference that depends on where it is used"),
    ("if", "a value that depends on a condition"),
];

impl<'a> Reader<'a> {
    /// The type at a place. An object or enum without a name of its own is called `name`.
    fn read(&mut self, schema: &'a Value, pointer: &str, name: &str) -> Result<TypeOrNull, Inexpressible> {
        let keywords = match schema {
            Value::Bool(true) => return Ok((Type::Anything, true)),
            Value::Object(keywords) => keywords,
            _ => return Err(inexpressible(pointer, "nothing may stand here")),
        };
        if let Some(reference) = keywords.get("$ref") {
            return self.reference(reference, &format!("{pointer}/$ref"));
        }
        if let Some([only]) = keywords.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
            return self.read(only, &format!("{pointer}/allOf/0"), name);
        }
        if let Some((inner, at)) = or_null(keywords, pointer) {
            return Ok((self.read(inner, &at, name)?.0, true));
        }
        refuse_what_is_not_expressed(keywords, pointer)?;
        let (type_name, is_nullable) = type_of(keywords, pointer)?;
        let of = match type_name {
            Some("string") => self.string(schema, keywords, pointer, name)?,
            Some("boolean") => Type::Boolean,
            Some("integer") => integer(keywords),
            Some("number") => Type::Double,
            Some("array") => self.array(keywords, pointer, name)?,
            Some("object") => self.object(schema, keywords, pointer, name)?,
            Some(other) => {
                return Err(inexpressible(&format!("{pointer}/type"), format!("no type is of {other:?}")));
            }
            None if has_choice(keywords) => self.object(schema, keywords, pointer, name)?,
            None => Type::Anything,
        };
        Ok((of, is_nullable))
    }

    fn reference(&mut self, reference: &Value, pointer: &str) -> Result<TypeOrNull, Inexpressible> {
        let text = reference.as_str().unwrap_or_default();
        if text == "#" {
            return Ok((Type::Named(self.root.clone()), false));
        }
        let target = text.strip_prefix('#').and_then(|at| Some((at, self.document.pointer(at)?)));
        let Some((at, schema)) = target else {
            let reason = "a reference to something outside of the schema: put it into `$defs`";
            return Err(inexpressible(pointer, reason));
        };
        let at = at.to_owned();
        let name = names::pascal(at.rsplit('/').next().unwrap_or_default());
        if self.types.get(&name).is_some_and(|found| found.pointer == at) {
            return Ok((Type::Named(name), false));
        }
        self.read(schema, &at, &name)
    }

    fn string(
        &mut self,
        schema: &'a Value,
        keywords: &'a Map<String, Value>,
        pointer: &str,
        name: &str,
    ) -> Result<Type, Inexpressible> {
        if keywords.contains_key("enum") || keywords.contains_key("const") {
            return self.named(schema, pointer, name, |_| Ok(Kind::OpenEnum(values(keywords, pointer)?)));
        }
        let pattern = keywords.get("pattern").and_then(Value::as_str);
        if pattern == Some(LocalDateTime::PATTERN) {
            return Ok(Type::LocalDateTime);
        }
        let form = pattern.map(str::to_owned);
        if let Some(pattern) = &form {
            names::portable_pattern(pattern)
                .map_err(|reason| inexpressible(&format!("{pointer}/pattern"), reason))?;
        }
        Ok(match keywords.get("format").and_then(Value::as_str) {
            Some("uuid") => Type::Uuid(form),
            Some("date") => Type::Date,
            Some("date-time") => Type::Instant,
            Some("date-time-local") => Type::LocalDateTime,
            _ => Type::Text(form),
        })
    }

    fn array(
        &mut self,
        keywords: &'a Map<String, Value>,
        pointer: &str,
        name: &str,
    ) -> Result<Type, Inexpressible> {
        let (items, nullable_items) = match keywords.get("items") {
            Some(Value::Array(_)) => {
                let reason = "an array whose items differ by their place";
                return Err(inexpressible(&format!("{pointer}/items"), reason));
            }
            Some(items) => self.read(items, &format!("{pointer}/items"), name)?,
            None => (Type::Anything, true),
        };
        let is_set = keywords.get("uniqueItems") == Some(&Value::Bool(true));
        Ok(Type::Array { items: Box::new(items), nullable_items, is_set })
    }

    fn object(
        &mut self,
        schema: &'a Value,
        keywords: &'a Map<String, Value>,
        pointer: &str,
        name: &str,
    ) -> Result<Type, Inexpressible> {
        if has_choice(keywords) || has_properties(keywords) {
            return self.named(schema, pointer, name, |reader| {
                let kind = reader.kind(schema, pointer)?;
                kind.ok_or_else(|| inexpressible(pointer, "neither properties nor a choice of objects"))
            });
        }
        let (values, nullable_values) = match keywords.get("additionalProperties") {
            Some(schema) => self.read(schema, &format!("{pointer}/additionalProperties"), name)?,
            None => (Type::Anything, true),
        };
        Ok(Type::Map { values: Box::new(values), nullable_values })
    }

    /// Reads a named type. The name is that of its definition, its title, or that of its property.
    fn named(
        &mut self,
        schema: &'a Value,
        pointer: &str,
        name: &str,
        read: impl FnOnce(&mut Self) -> Result<Kind, Inexpressible>,
    ) -> Result<Type, Inexpressible> {
        let is_definition = ["/$defs/", "/definitions/"]
            .into_iter()
            .any(|at| pointer.strip_prefix(at).is_some_and(|rest| !rest.contains('/')));
        let title = schema.get("title").and_then(Value::as_str).filter(|_| !is_definition);
        let name = title.map_or_else(|| name.to_owned(), names::pascal);
        if let Some(found) = self.types.get(&name) {
            let reason = format!(
                "two types are called {name}, here and at {:?}: give one of them a `title`",
                found.pointer
            );
            return Err(inexpressible(pointer, reason));
        }
        names::of_type(&name).map_err(|reason| inexpressible(pointer, reason))?;
        self.types.insert(name.clone(), Found { pointer: pointer.to_owned(), of: None });
        self.order.push(name.clone());
        let kind = read(self)?;
        let of = NamedType { name: name.clone(), description: description(schema), kind };
        self.types.insert(name.clone(), Found { pointer: pointer.to_owned(), of: Some(of) });
        Ok(Type::Named(name))
    }

    /// The properties of an object, or the objects of a choice; none if the schema is neither.
    fn kind(&mut self, schema: &'a Value, pointer: &str) -> Result<Option<Kind>, Inexpressible> {
        let Value::Object(keywords) = schema else { return Ok(None) };
        refuse_what_is_not_expressed(keywords, pointer)?;
        for choice in ["oneOf", "anyOf"] {
            if let Some(branches) = keywords.get(choice).and_then(Value::as_array) {
                return Ok(Some(Kind::Union(self.union(branches, &format!("{pointer}/{choice}"))?)));
            }
        }
        if !has_properties(keywords) {
            return Ok(None);
        }
        Ok(Some(Kind::Object(self.properties(keywords, pointer, None)?)))
    }

    fn union(&mut self, branches: &'a [Value], pointer: &str) -> Result<Union, Inexpressible> {
        let mut resolved = Vec::new();
        for (index, branch) in branches.iter().enumerate() {
            let (mut branch, mut at) = (branch, format!("{pointer}/{index}"));
            let mut name = None;
            while let Some(target) = branch.get("$ref").and_then(Value::as_str) {
                let inside =
                    target.strip_prefix('#').and_then(|path| Some((path, self.document.pointer(path)?)));
                let Some((path, schema)) = inside.filter(|(path, _)| *path != at) else {
                    return Err(inexpressible(
                        &format!("{at}/$ref"),
                        "a reference to something outside of the schema",
                    ));
                };
                (branch, at) = (schema, path.to_owned());
                name = path.rsplit('/').next();
            }
            resolved.push((branch, at, name));
        }
        let tags = |property: &str| -> Option<Vec<String>> {
            resolved.iter().map(|(branch, ..)| tag(branch, property)).collect()
        };
        let candidates = resolved.first().and_then(|(branch, ..)| branch.get("properties")?.as_object());
        let mut told =
            candidates.into_iter().flat_map(Map::keys).filter_map(|name| Some((name, tags(name)?)));
        let Some((discriminator, tags)) = told.find(|(_, tags)| {
            let mut sorted = tags.clone();
            sorted.sort_unstable();
            sorted.dedup();
            sorted.len() == tags.len()
        }) else {
            let reason = "a choice whose alternatives are not told apart by one required property, with another `const` in each";
            return Err(inexpressible(pointer, reason));
        };
        let mut variants = Vec::new();
        for ((branch, at, name), tag) in resolved.iter().zip(tags) {
            let Value::Object(keywords) = branch else { continue };
            refuse_what_is_not_expressed(keywords, at)?;
            let title = keywords.get("title").and_then(Value::as_str).or(*name).unwrap_or(&tag);
            let name = names::pascal(title);
            names::of_type(&name).map_err(|reason| inexpressible(at, reason))?;
            variants.push(Variant {
                name,
                description: description(branch),
                properties: self.properties(keywords, at, Some(discriminator))?,
                tag,
            });
        }
        Ok(Union { discriminator: discriminator.clone(), variants })
    }

    fn properties(
        &mut self,
        keywords: &'a Map<String, Value>,
        pointer: &str,
        discriminator: Option<&str>,
    ) -> Result<Vec<Property>, Inexpressible> {
        if let Some(Value::Object(rest)) = keywords.get("additionalProperties")
            && !rest.is_empty()
        {
            let reason = "an object with properties of its own, and others under any name";
            return Err(inexpressible(&format!("{pointer}/additionalProperties"), reason));
        }
        let required = keywords.get("required").and_then(Value::as_array);
        let is_required =
            |name: &String| required.is_some_and(|it| it.iter().any(|it| it.as_str() == Some(name)));
        let mut properties: Vec<Property> = Vec::new();
        for (name, schema) in keywords.get("properties").and_then(Value::as_object).into_iter().flatten() {
            if Some(name.as_str()) == discriminator {
                continue;
            }
            let at = format!("{pointer}/properties/{}", name.replace('~', "~0").replace('/', "~1"));
            names::of_property(name).map_err(|reason| inexpressible(&at, reason))?;
            let is_alike = |it: &&Property| names::snake(&it.name) == names::snake(name);
            if let Some(other) = properties.iter().find(is_alike) {
                return Err(inexpressible(&at, format!("its name is too like {:?}", other.name)));
            }
            let (of, is_nullable) = self.read(schema, &at, &names::pascal(name))?;
            let description = description(schema);
            let is_required = is_required(name);
            properties.push(Property { name: name.clone(), description, is_required, is_nullable, of });
        }
        Ok(properties)
    }
}

fn description(schema: &Value) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn has_properties(keywords: &Map<String, Value>) -> bool {
    keywords.get("properties").and_then(Value::as_object).is_some_and(|it| !it.is_empty())
}

fn has_choice(keywords: &Map<String, Value>) -> bool {
    ["oneOf", "anyOf"].into_iter().any(|it| keywords.contains_key(it))
}

/// The alternative to null in a choice between two schemas of which one is null.
fn or_null<'a>(keywords: &'a Map<String, Value>, pointer: &str) -> Option<(&'a Value, String)> {
    ["anyOf", "oneOf"].into_iter().find_map(|choice| {
        let [first, second] = keywords.get(choice)?.as_array()?.as_slice() else { return None };
        let is_null = |it: &Value| it.get("type").is_some_and(|it| it == "null");
        match (is_null(first), is_null(second)) {
            (false, true) => Some((first, format!("{pointer}/{choice}/0"))),
            (true, false) => Some((second, format!("{pointer}/{choice}/1"))),
            _ => None,
        }
    })
}

fn refuse_what_is_not_expressed(keywords: &Map<String, Value>, pointer: &str) -> Result<(), Inexpressible> {
    let found = NOT_EXPRESSED.into_iter().find(|(keyword, _)| keywords.contains_key(*keyword));
    if let Some((keyword, what)) = found {
        return Err(inexpressible(&format!("{pointer}/{keyword}"), what));
    }
    if keywords.contains_key("allOf") {
        let reason = "a value that several schemas describe together: write it as one";
        return Err(inexpressible(&format!("{pointer}/allOf"), reason));
    }
    Ok(())
}

/// The type that the schema states or implies, and whether null is allowed too.
fn type_of<'a>(
    keywords: &'a Map<String, Value>,
    pointer: &str,
) -> Result<(Option<&'a str>, bool), Inexpressible> {
    let listed: Vec<&str> = match keywords.get("type") {
        Some(Value::String(one)) => vec![one],
        Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let is_nullable = listed.contains(&"null") || has_null(keywords);
    let others: Vec<&str> = listed.into_iter().filter(|it| *it != "null").collect();
    match others.as_slice() {
        [one] => Ok((Some(*one), is_nullable)),
        [] if is_nullable && keywords.contains_key("type") => {
            Err(inexpressible(&format!("{pointer}/type"), "a value that is always null"))
        }
        [] if keywords.contains_key("enum") || keywords.contains_key("const") => {
            Ok((Some("string"), is_nullable))
        }
        [] if keywords.contains_key("properties") => Ok((Some("object"), is_nullable)),
        [] if keywords.contains_key("items") => Ok((Some("array"), is_nullable)),
        // Anything, null too, or a choice, which is not null.
        [] => Ok((None, is_nullable || !has_choice(keywords))),
        _ => Err(inexpressible(&format!("{pointer}/type"), "a value of several types")),
    }
}

fn has_null(keywords: &Map<String, Value>) -> bool {
    keywords.get("enum").and_then(Value::as_array).is_some_and(|it| it.contains(&Value::Null))
}

/// The values of an enum that are not null.
fn values(keywords: &Map<String, Value>, pointer: &str) -> Result<Vec<String>, Inexpressible> {
    let (keyword, all) = match (keywords.get("enum"), keywords.get("const")) {
        (Some(Value::Array(values)), _) => ("enum", values.as_slice()),
        (_, Some(value)) => ("const", std::slice::from_ref(value)),
        _ => ("enum", [].as_slice()),
    };
    let at = format!("{pointer}/{keyword}");
    let texts: Option<Vec<String>> =
        all.iter().filter(|it| !it.is_null()).map(|it| it.as_str().map(str::to_owned)).collect();
    let texts = texts.ok_or_else(|| inexpressible(&at, "values that are not all strings"))?;
    names::of_values(&texts).map_err(|reason| inexpressible(&at, reason))?;
    Ok(texts)
}

fn integer(keywords: &Map<String, Value>) -> Type {
    let bound = |keyword: &str, exclusive: &str| {
        keywords.get(keyword).or_else(|| keywords.get(exclusive)).and_then(Value::as_i64)
    };
    let (least, most) = (bound("minimum", "exclusiveMinimum"), bound("maximum", "exclusiveMaximum"));
    let is_32 = |it: Option<i64>| it.is_some_and(|it| i32::try_from(it).is_ok());
    match keywords.get("format").and_then(Value::as_str) {
        Some("int32") => Type::Int32,
        _ if is_32(least) && is_32(most) => Type::Int32,
        _ => Type::Int64,
    }
}

/// The value that a required property of an object always has.
fn tag(schema: &Value, property: &str) -> Option<String> {
    let is_required = schema.get("required")?.as_array()?.iter().any(|it| it == property);
    let schema = schema.get("properties")?.get(property)?;
    let value = match schema.get("const") {
        Some(value) => value,
        None => match schema.get("enum")?.as_array()?.as_slice() {
            [value] => value,
            _ => return None,
        },
    };
    is_required.then(|| value.as_str().map(str::to_owned)).flatten()
}
