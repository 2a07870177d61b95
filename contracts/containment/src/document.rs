//! A schema document: where its schemas are, which dialect each has, and where its references lead.
//!
//! A schema is known by its address in memory, so that two of one spelling, or two documents of one `$id`, are never
//! taken for each other.

use std::collections::HashMap;
use std::sync::LazyLock;

use referencing::Uri;

use crate::dialect::{Dialect, Holds};
use crate::json::{Json, Object};

/// Nesting of schemas that is followed.
pub(crate) const DEPTH: usize = 200;
/// What a document without an `$id` is called.
const ROOT: &str = "json-schema:///";

/// A place in a document, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault {
    /// JSON pointer (RFC 6901).
    pub(crate) pointer: String,
    pub(crate) reason: String,
}

/// A schema resource of a document: what one `$id` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ResourceId(usize);

/// A schema with what its references depend on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Located<'d> {
    pub(crate) schema: &'d Json,
    pub(crate) resource: ResourceId,
    pub(crate) dialect: Dialect,
}

impl Located<'_> {
    /// What tells the schema from every other one.
    pub(crate) fn address(&self) -> usize {
        std::ptr::from_ref(self.schema) as usize
    }
}

struct Resource<'d> {
    uri: String,
    root: &'d Json,
    anchors: HashMap<String, Anchor<'d>>,
}

#[derive(Clone, Copy)]
struct Anchor<'d> {
    schema: &'d Json,
    is_dynamic: bool,
}

/// A document with its index.
pub(crate) struct Document<'d> {
    resources: Vec<Resource<'d>>,
    by_uri: HashMap<String, ResourceId>,
    schemas: HashMap<usize, Located<'d>>,
    root: Located<'d>,
    has_dynamic_references: bool,
}

impl<'d> Document<'d> {
    /// Indexes a document, and checks keywords and references.
    ///
    /// # Errors
    /// The first fault: an unknown keyword or dialect, an `$id` or anchor that is there twice, a reference that leads
    /// nowhere or out of the document, nesting of more than 200 levels.
    pub(crate) fn new(schema: &'d Json) -> Result<Self, Fault> {
        let root = Located { schema, resource: ResourceId(0), dialect: Dialect::Draft202012 };
        let mut index = Index {
            document: Self {
                resources: Vec::new(),
                by_uri: HashMap::new(),
                schemas: HashMap::new(),
                root,
                has_dynamic_references: false,
            },
            pending: Vec::new(),
            at: Vec::new(),
        };
        let root = index.add_document(ROOT, schema)?;
        index.document.root = root;
        while let Some((pointer, from, reference)) = index.pending.pop() {
            index.follow(&pointer, from, &reference)?;
        }
        Ok(index.document)
    }

    pub(crate) fn root(&self) -> Located<'d> {
        self.root
    }

    pub(crate) fn dialect(&self) -> Dialect {
        self.root.dialect
    }

    /// Whether references depend on how a schema is come to.
    pub(crate) fn has_dynamic_references(&self) -> bool {
        self.has_dynamic_references
    }

    /// A schema inside another one.
    pub(crate) fn within(&self, outer: Located<'d>, schema: &'d Json) -> Located<'d> {
        let address = std::ptr::from_ref(schema) as usize;
        self.schemas.get(&address).copied().unwrap_or(Located { schema, ..outer })
    }

    /// Where a `$ref` leads.
    pub(crate) fn resolve(&self, from: Located<'d>, reference: &str) -> Result<Located<'d>, String> {
        let (resource, fragment) = self.target_resource(from.resource, reference)?;
        self.in_resource(resource, &fragment, reference)
    }

    /// Where a `$dynamicRef` leads: to the outermost resource of the scope that has the dynamic anchor (JSON Schema Core
    /// 2020-12, section 8.2.3.2).
    pub(crate) fn resolve_dynamic(
        &self,
        from: Located<'d>,
        reference: &str,
        scope: &[ResourceId],
    ) -> Result<Located<'d>, String> {
        let (resource, fragment) = self.target_resource(from.resource, reference)?;
        let dynamic = |resource: &ResourceId| {
            let anchor = self.resources[resource.0].anchors.get(&fragment)?;
            anchor.is_dynamic.then_some(anchor.schema)
        };
        if dynamic(&resource).is_some()
            && let Some((resource, schema)) = scope.iter().find_map(|id| Some((*id, dynamic(id)?)))
        {
            return Ok(self.within(Located { resource, ..from }, schema));
        }
        self.in_resource(resource, &fragment, reference)
    }

    fn target_resource(&self, base: ResourceId, reference: &str) -> Result<(ResourceId, String), String> {
        let (uri, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let fragment = percent_decoded(fragment).ok_or_else(|| format!("{reference:?} is no reference"))?;
        if uri.is_empty() {
            return Ok((base, fragment));
        }
        let uri = absolute(&self.resources[base.0].uri, uri)?;
        match self.by_uri.get(&uri) {
            Some(resource) => Ok((*resource, fragment)),
            None => Err(format!("the $ref leads out of the file, to {uri}")),
        }
    }

    fn in_resource(
        &self,
        resource: ResourceId,
        fragment: &str,
        reference: &str,
    ) -> Result<Located<'d>, String> {
        let nowhere = || format!("{reference:?} leads nowhere");
        let root = self.resources[resource.0].root;
        let mut found =
            self.schemas.get(&(std::ptr::from_ref(root) as usize)).copied().ok_or_else(nowhere)?;
        if !fragment.is_empty() && !fragment.starts_with('/') {
            let anchor = self.resources[resource.0].anchors.get(fragment).ok_or_else(nowhere)?;
            return Ok(self.within(found, anchor.schema));
        }
        for step in fragment.split('/').skip(1) {
            let step = step.replace("~1", "/").replace("~0", "~");
            let next = match found.schema {
                Json::Object(object) => object.get(&step),
                Json::Array(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
                _ => None,
            };
            found = self.within(found, next.ok_or_else(nowhere)?);
        }
        Ok(found)
    }
}

/// The absolute form of a URI reference without its fragment (RFC 3986).
fn absolute(base: &str, reference: &str) -> Result<String, String> {
    let base = Uri::parse(base).map_err(|error| format!("{base:?}: {error}"))?;
    let uri = referencing::uri::resolve_against(&base, reference).map_err(|error| error.to_string())?;
    Ok(uri.as_str().split('#').next().unwrap_or_default().to_owned())
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((byte, after)) = rest.split_first() {
        rest = after;
        if *byte == b'%' {
            let digits = after.get(..2).and_then(|digits| std::str::from_utf8(digits).ok())?;
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(*byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// A reference that is to be followed: where it stands, from which schema.
type Pending<'d> = (String, Located<'d>, String);

struct Index<'d> {
    document: Document<'d>,
    pending: Vec<Pending<'d>>,
    at: Vec<String>,
}

impl<'d> Index<'d> {
    fn fault(&self, reason: String) -> Fault {
        Fault { pointer: pointer(&self.at), reason }
    }

    fn add_document(&mut self, uri: &str, schema: &'d Json) -> Result<Located<'d>, Fault> {
        let resource = self.add_resource(uri, schema).map_err(|reason| self.fault(reason))?;
        let outer = Located { schema, resource, dialect: Dialect::Draft202012 };
        self.schema(outer, schema)?;
        Ok(self.document.within(outer, schema))
    }

    fn add_resource(&mut self, uri: &str, root: &'d Json) -> Result<ResourceId, String> {
        let id = ResourceId(self.document.resources.len());
        if self.document.by_uri.insert(uri.to_owned(), id).is_some() {
            return Err(format!("two schemas have the $id {uri:?}"));
        }
        self.document.resources.push(Resource { uri: uri.to_owned(), root, anchors: HashMap::new() });
        Ok(id)
    }

    fn schema(&mut self, outer: Located<'d>, schema: &'d Json) -> Result<(), Fault> {
        let mut here = Located { schema, ..outer };
        if self.document.schemas.contains_key(&here.address()) {
            return Ok(());
        }
        if self.at.len() > 2 * DEPTH {
            return Err(self.fault(format!("nested more than {DEPTH} levels deep")));
        }
        if let Some(keywords) = schema.as_object() {
            self.identify(&mut here, keywords).map_err(|reason| self.fault(reason))?;
        }
        self.document.schemas.insert(here.address(), here);
        schema.as_object().map_or(Ok(()), |keywords| self.keywords(here, keywords))
    }

    /// Dialect, `$id` and anchors of a schema.
    fn identify(&mut self, here: &mut Located<'d>, keywords: &'d Object) -> Result<(), String> {
        let is_root = std::ptr::eq(self.document.resources[here.resource.0].root, here.schema);
        let named = match keywords.get("$schema") {
            None => None,
            Some(Json::String(uri)) => Some(Dialect::named(uri)?),
            Some(other) => return Err(format!("$schema: expected a string, found {}", other.kind())),
        };
        // In draft-07, `$ref` hides what stands beside it, and `#name` is a name and no base.
        let is_hidden = |dialect| dialect == Dialect::Draft07 && keywords.contains_key("$ref");
        let id = keywords.get("$id").and_then(Json::as_str);
        let own_dialect = named.unwrap_or(here.dialect);
        let (base, name) = id.map_or(("", ""), |id| id.split_once('#').unwrap_or((id, "")));
        let begins_resource = !base.is_empty() && !is_hidden(own_dialect);
        if is_root || begins_resource {
            here.dialect = own_dialect;
        } else if named.is_some_and(|named| named != here.dialect) {
            return Err(format!(
                "a schema of dialect {} inside one of {} needs an $id",
                own_dialect.name(),
                here.dialect.name()
            ));
        }
        if begins_resource {
            let uri = absolute(&self.document.resources[here.resource.0].uri, base)?;
            if is_root {
                self.document.by_uri.insert(uri.clone(), here.resource);
                self.document.resources[here.resource.0].uri = uri;
            } else {
                here.resource = self.add_resource(&uri, here.schema)?;
            }
        }
        match here.dialect {
            Dialect::Draft07 if !name.is_empty() && !is_hidden(here.dialect) => {
                self.anchor(*here, name, false)?;
            }
            Dialect::Draft202012 if !name.is_empty() => {
                return Err("$id: a fragment is an $anchor in 2020-12".to_owned());
            }
            _ => {}
        }
        if here.dialect == Dialect::Draft202012 {
            for (keyword, is_dynamic) in [("$anchor", false), ("$dynamicAnchor", true)] {
                if let Some(name) = keywords.get(keyword).and_then(Json::as_str) {
                    self.anchor(*here, name, is_dynamic)?;
                }
            }
        }
        Ok(())
    }

    fn anchor(&mut self, at: Located<'d>, name: &str, is_dynamic: bool) -> Result<(), String> {
        let anchors = &mut self.document.resources[at.resource.0].anchors;
        let anchor = Anchor { schema: at.schema, is_dynamic };
        match anchors.insert(name.to_owned(), anchor) {
            Some(other) if !std::ptr::eq(other.schema, at.schema) => {
                Err(format!("two schemas have the anchor {name:?}"))
            }
            _ => Ok(()),
        }
    }

    fn keywords(&mut self, here: Located<'d>, keywords: &'d Object) -> Result<(), Fault> {
        let is_draft_07 = here.dialect == Dialect::Draft07;
        let hides = is_draft_07 && keywords.contains_key("$ref");
        for (keyword, value) in keywords {
            // What `$ref` hides in draft-07 can be referred to all the same.
            let holds = match here.dialect.keyword(keyword) {
                Err(_) if hides => continue,
                holds => holds.map_err(|reason| self.fault(reason))?,
            };
            self.at.push(keyword.clone());
            match (keyword.as_str(), value) {
                ("$ref" | "$dynamicRef", Json::String(reference)) => {
                    self.document.has_dynamic_references |= keyword == "$dynamicRef";
                    self.pending.push((pointer(&self.at), here, reference.clone()));
                }
                _ => self.value(here, holds, value)?,
            }
            self.at.pop();
        }
        Ok(())
    }

    fn value(&mut self, here: Located<'d>, holds: Holds, value: &'d Json) -> Result<(), Fault> {
        match (holds, value) {
            (Holds::Value, _) => Ok(()),
            (Holds::Schema | Holds::SchemaOrSchemas, Json::Object(_) | Json::Bool(_)) => {
                self.schema(here, value)
            }
            (Holds::Schemas | Holds::SchemaOrSchemas, Json::Array(schemas)) => schemas
                .iter()
                .enumerate()
                .try_for_each(|(index, schema)| self.step(here, &index.to_string(), schema)),
            (Holds::Named | Holds::NamedOrNames, Json::Object(schemas)) => schemas
                .iter()
                .filter(|(_, schema)| holds == Holds::Named || schema.as_array().is_none())
                .try_for_each(|(name, schema)| self.step(here, name, schema)),
            (_, other) => {
                let expected = match holds {
                    Holds::Schemas => "an array of schemas",
                    Holds::Named | Holds::NamedOrNames => "an object of schemas",
                    _ => "a schema",
                };
                Err(self.fault(format!("expected {expected}, found {}", other.kind())))
            }
        }
    }

    fn step(&mut self, here: Located<'d>, step: &str, schema: &'d Json) -> Result<(), Fault> {
        self.at.push(step.to_owned());
        if !matches!(schema, Json::Object(_) | Json::Bool(_)) {
            return Err(self.fault(format!("expected a schema, found {}", schema.kind())));
        }
        self.schema(here, schema)?;
        self.at.pop();
        Ok(())
    }

    /// Makes sure that a reference leads to a schema, and indexes one that stands where no keyword has schemas.
    fn follow(&mut self, pointer: &str, from: Located<'d>, reference: &str) -> Result<(), Fault> {
        let fault = |reason: String| Fault { pointer: pointer.to_owned(), reason };
        let base = &self.document.resources[from.resource.0].uri;
        let uri = reference.split('#').next().unwrap_or_default();
        let uri = absolute(base, uri).map_err(fault)?;
        if !self.document.by_uri.contains_key(&uri)
            && let Some(schema) = META_SCHEMAS.get(uri.as_str())
        {
            self.at.clear();
            self.add_document(&uri, schema)?;
        }
        let target = self.document.resolve(from, reference).map_err(fault)?;
        if !matches!(target.schema, Json::Object(_) | Json::Bool(_)) {
            return Err(fault(format!("{reference:?} leads to no schema but to {}", target.schema.kind())));
        }
        if !self.document.schemas.contains_key(&target.address()) {
            self.at = reference.split('/').skip(1).map(str::to_owned).collect();
            self.schema(target, target.schema)?;
        }
        Ok(())
    }
}

fn pointer(steps: &[String]) -> String {
    let steps = steps.iter().map(|step| step.replace('~', "~0").replace('/', "~1"));
    steps.fold(String::new(), |pointer, step| pointer + "/" + &step)
}

/// The schemas of the dialects themselves, which a schema may refer to.
static META_SCHEMAS: LazyLock<HashMap<String, Json>> = LazyLock::new(|| {
    let of_2020_12 = ["schema", "meta/core", "meta/applicator", "meta/unevaluated", "meta/validation"]
        .into_iter()
        .chain(["meta/meta-data", "meta/format-annotation", "meta/content"])
        .map(|name| format!("https://json-schema.org/draft/2020-12/{name}"));
    let uris = of_2020_12.chain(["http://json-schema.org/draft-07/schema".to_owned()]);
    uris.filter_map(|uri| {
        let base = referencing::uri::from_str(&uri).ok()?;
        let resolver = referencing::SPECIFICATIONS.resolver(base);
        let schema = Json::from_value(resolver.lookup("").ok()?.contents()).ok()?;
        Some((uri, schema))
    })
    .collect()
});

#[cfg(test)]
mod tests {
    use super::*;

    fn json(text: &str) -> Json {
        Json::parse(text).unwrap()
    }

    fn fault(text: &str) -> String {
        let schema = json(text);
        let fault = Document::new(&schema).err().unwrap_or_else(|| panic!("no fault in {text}"));
        format!("{}: {}", fault.pointer, fault.reason)
    }

    fn target(text: &str, reference: &str) -> String {
        let schema = json(text);
        let document = Document::new(&schema).unwrap_or_else(|fault| panic!("{fault:?}"));
        document.resolve(document.root(), reference).map_or_else(|error| error, |it| it.schema.to_string())
    }

    #[test]
    fn a_misspelt_keyword_is_named_with_its_place() {
        assert_eq!(
            fault(r#"{"properties": {"a/b": {"allOf": [{"requried": ["x"]}]}}}"#),
            r#"/properties/a~1b/allOf/0: "requried" is no keyword of JSON Schema 2020-12; did you mean "required"?"#
        );
    }

    #[test]
    fn names_and_values_are_no_keywords() {
        let schema = json(
            r#"{"properties": {"requried": true}, "const": {"foo": 1}, "x-owner": {"foo": 1},
            "dependentRequired": {"foo": ["bar"]}, "$defs": {"foo": {"enum": [{"bar": 1}]}}}"#,
        );
        assert!(Document::new(&schema).is_ok());
    }

    #[test]
    fn references_lead_to_pointers_ids_and_anchors() {
        let schema = r#"{"$id": "https://example.com/root.json", "$defs": {
            "a/b": {"type": "null"}, "%": {"type": "number"},
            "c": {"$id": "c.json", "$anchor": "x", "$defs": {"d": {"$anchor": "y", "type": "string"}}}}}"#;
        for (reference, expected) in [
            ("#/$defs/a~1b", r#"{"type":"null"}"#),
            ("#/$defs/%25", r#"{"type":"number"}"#),
            ("root.json#/$defs/%25", r#"{"type":"number"}"#),
            ("c.json#y", r#"{"$anchor":"y","type":"string"}"#),
            ("https://example.com/c.json#/$defs/d", r#"{"$anchor":"y","type":"string"}"#),
            ("#y", r##""#y" leads nowhere"##),
            ("#/$defs/e", r##""#/$defs/e" leads nowhere"##),
            ("d.json", "the $ref leads out of the file, to https://example.com/d.json"),
        ] {
            assert_eq!(target(schema, reference), expected, "{reference}");
        }
    }

    #[test]
    fn draft_07_names_schemas_by_their_id() {
        let schema = r##"{"$schema": "http://json-schema.org/draft-07/schema#", "definitions": {
            "a": {"$id": "#x", "type": "null"}, "b": {"$ref": "#x", "$id": "#hidden"}}}"##;
        assert_eq!(target(schema, "#x"), r##"{"$id":"#x","type":"null"}"##);
        assert_eq!(target(schema, "#hidden"), r##""#hidden" leads nowhere"##);
    }

    #[test]
    fn a_schema_of_another_dialect_has_its_own_resource() {
        let schema = json(
            r#"{"$defs": {"old": {"$id": "old", "$schema": "http://json-schema.org/draft-07/schema#", "items": [true]}}}"#,
        );
        let document = Document::new(&schema).unwrap_or_else(|fault| panic!("{fault:?}"));
        let old = document.resolve(document.root(), "old").unwrap();
        assert_eq!((document.dialect(), old.dialect), (Dialect::Draft202012, Dialect::Draft07));
    }

    #[test]
    fn what_means_nothing_is_a_fault() {
        for (schema, expected) in [
            (r##"{"items": {"$ref": "#/$defs/gone"}}"##, r##"/items/$ref: "#/$defs/gone" leads nowhere"##),
            (r#"{"$schema": "http://json-schema.org/draft-04/schema#"}"#, ": the dialect"),
            (r#"{"$schema": 7}"#, ": $schema: expected a string, found a number"),
            (
                r#"{"not": {"$schema": "http://json-schema.org/draft-07/schema"}}"#,
                "/not: a schema of dialect draft-07",
            ),
            (r#"{"$defs": {"a": {"$id": "x"}, "b": {"$id": "x"}}}"#, "/$defs/b: two schemas have the $id"),
            (
                r#"{"$defs": {"a": {"$anchor": "x"}, "b": {"$anchor": "x"}}}"#,
                "/$defs/b: two schemas have the anchor",
            ),
            (r#"{"$id": "a#b"}"#, ": $id: a fragment is an $anchor"),
            (r#"{"items": [true]}"#, "/items: expected a schema, found an array"),
            (r#"{"allOf": [7]}"#, "/allOf/0: expected a schema, found a number"),
            (r##"{"$ref": "#/x-a/0", "x-a": [{"typ": 1}]}"##, r#"/x-a/0: "typ" is no keyword"#),
            (
                r##"{"$ref": "#/title", "title": "a"}"##,
                "/$ref: \"#/title\" leads to no schema but to a string",
            ),
            (r#"{"$ref": "https://example.com/a"}"#, "/$ref: the $ref leads out of the file"),
        ] {
            let fault = fault(schema);
            assert!(fault.starts_with(expected), "{schema}: {fault}");
        }
    }

    #[test]
    fn the_schemas_of_the_dialects_are_at_hand() {
        let schema = json(r#"{"$ref": "https://json-schema.org/draft/2020-12/schema"}"#);
        assert!(Document::new(&schema).is_ok_and(|document| document.has_dynamic_references()));
        let old = json(r#"{"$ref": "http://json-schema.org/draft-07/schema#"}"#);
        assert!(Document::new(&old).is_ok());
    }
}
