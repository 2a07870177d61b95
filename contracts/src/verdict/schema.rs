//! Reads JSON Schema 2020-12 into a graph.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use num_rational::BigRational;
use referencing::{Draft, Registry, Resolver};
use serde_json::{Map, Value};

use super::closed::ClosedObject;
use super::graph::{Constant, Graph, Node, NodeId, Properties, Types, spelling};
use super::number::{self, Bound};

/// How schemas are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// `format` is an assertion, and not an annotation.
    pub(crate) assert_format: bool,
    /// Objects have the properties that are named, and no others.
    pub(crate) closed: bool,
}

/// Nesting that is followed.
const DEPTH: usize = 200;
/// Nodes that a question may have.
const NODES: usize = 200_000;

/// Reads a schema into the graph.
///
/// # Errors
/// Where in the schema is what, that no schema may have.
pub(crate) fn read(graph: &mut Graph, schema: &Value, reading: Reading) -> Result<NodeId, String> {
    const BASE: &str = "json-schema:///";
    let error = |error: &dyn std::fmt::Display| error.to_string();
    let registry = Registry::new()
        .draft(Draft::Draft202012)
        .retriever(Offline)
        .add(BASE, schema)
        .and_then(referencing::RegistryBuilder::prepare)
        .map_err(|cause| error(&cause))?;
    let base = referencing::uri::from_str(BASE).map_err(|cause| error(&cause))?;
    let resolver = registry.resolver(base);
    let mut reader = Reader {
        graph,
        reading,
        open: Vec::new(),
        refers_out_to: usize::MAX,
        read: HashMap::new(),
        beside: BTreeSet::new(),
        depth: 0,
    };
    reader.schema(schema, &resolver)
}

/// Schemas are read from the file at hand alone.
pub(crate) struct Offline;

impl referencing::Retrieve for Offline {
    fn retrieve(
        &self,
        uri: &referencing::Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("the $ref leads out of the file, to {uri}").into())
    }
}

struct Reader<'g> {
    graph: &'g mut Graph,
    reading: Reading,
    /// The references that are being read, outermost first.
    open: Vec<Open>,
    /// The outermost open reference that what is being read refers to.
    refers_out_to: usize,
    /// What references were read as.
    read: HashMap<Place, NodeId>,
    /// Properties of a closed object that are named beside the schema that is read next, or above it.
    beside: BTreeSet<String>,
    depth: usize,
}

/// A schema in memory, and the scope that it is referred to in.
type Place = (String, usize);

struct Open {
    at: Place,
    /// Its number, if it refers to itself.
    number: Option<usize>,
}

pub(super) type Keywords = Map<String, Value>;

impl Reader<'_> {
    fn schema(&mut self, schema: &Value, resolver: &Resolver<'_>) -> Result<NodeId, String> {
        let properties = match schema {
            Value::Bool(value) => return Ok(self.graph.bool(*value)),
            Value::Object(properties) => properties,
            other => {
                return Err(format!("expected a schema, found {}", tiltak_schema::decode::describe(other)));
            }
        };
        if self.depth >= DEPTH || self.graph.len() > NODES {
            return Err(format!("the schema is nested more than {DEPTH} levels deep"));
        }
        self.depth += 1;
        let resolver = resolver
            .in_subresource(Draft::Draft202012.create_resource_ref(schema))
            .map_err(|error| error.to_string())?;
        let node = self.keywords(properties, &resolver);
        self.depth -= 1;
        node
    }

    fn keywords(&mut self, schema: &Keywords, resolver: &Resolver<'_>) -> Result<NodeId, String> {
        let beside = std::mem::take(&mut self.beside);
        let object = if self.reading.closed {
            ClosedObject::of(schema, resolver, beside)?
        } else {
            ClosedObject::default()
        };
        let mut parts = Vec::new();
        if let Some(types) = schema.get("type") {
            parts.push(self.types(types)?);
        }
        if let Some(value) = schema.get("const") {
            parts.push(self.constant(value));
        }
        if let Some(Value::Array(values)) = schema.get("enum") {
            let values = values.iter().map(|value| self.constant(value)).collect();
            parts.push(self.graph.any_of(values));
        }
        self.combinators(schema, resolver, &object, &mut parts)?;
        self.numbers(schema, &mut parts)?;
        self.strings(schema, &mut parts)?;
        self.objects(schema, resolver, &object, &mut parts)?;
        self.arrays(schema, resolver, &mut parts)?;
        for (keyword, types) in [("unevaluatedProperties", Types::OBJECT), ("unevaluatedItems", Types::ARRAY)]
        {
            // `true` evaluates and asserts nothing.
            if schema.get(keyword).is_some_and(|value| *value != Value::Bool(true)) {
                // It depends on everything beside it, and on where references lead from here.
                let beside = Value::Object(schema.clone());
                parts.push(self.opaque(keyword, &beside, types, resolver));
            }
        }
        Ok(self.graph.all_of(parts))
    }

    fn opaque(&mut self, keyword: &str, value: &Value, types: Types, resolver: &Resolver<'_>) -> NodeId {
        let text = format!("{} {}", scope(resolver), spelling(value));
        self.graph.intern(Node::Opaque { keyword: keyword.to_owned(), text, types })
    }

    fn constant(&mut self, value: &Value) -> NodeId {
        self.graph.intern(Node::Const(Constant::new(value)))
    }

    fn types(&mut self, types: &Value) -> Result<NodeId, String> {
        let names: Vec<&Value> = types.as_array().map_or_else(|| vec![types], |types| types.iter().collect());
        let mut set = Types::NONE;
        for name in names {
            let types = name.as_str().and_then(Types::named);
            set = set.or(types.ok_or_else(|| format!("type: {name} is no type of JSON"))?);
        }
        Ok(self.graph.intern(Node::Types(set)))
    }

    fn each(
        &mut self,
        schemas: &Value,
        resolver: &Resolver<'_>,
        beside: &BTreeSet<String>,
    ) -> Result<Vec<NodeId>, String> {
        let schemas = schemas.as_array().ok_or("expected an array of schemas")?;
        schemas.iter().map(|schema| self.in_place(schema, resolver, beside)).collect()
    }

    /// A schema about the same object as the one that it stands in.
    fn in_place(
        &mut self,
        schema: &Value,
        resolver: &Resolver<'_>,
        beside: &BTreeSet<String>,
    ) -> Result<NodeId, String> {
        self.beside.clone_from(beside);
        self.schema(schema, resolver)
    }

    /// A schema that is asked and not promised: no writer closes its objects.
    fn asked(&mut self, schema: &Value, resolver: &Resolver<'_>) -> Result<NodeId, String> {
        let reading = std::mem::replace(&mut self.reading.closed, false);
        let node = self.schema(schema, resolver);
        self.reading.closed = reading;
        node
    }

    fn combinators(
        &mut self,
        schema: &Keywords,
        resolver: &Resolver<'_>,
        object: &ClosedObject,
        parts: &mut Vec<NodeId>,
    ) -> Result<(), String> {
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            self.beside.clone_from(&object.beside);
            parts.push(self.reference(reference, resolver)?);
        }
        if let Some(reference) = schema.get("$dynamicRef").and_then(Value::as_str) {
            self.beside.clone_from(&object.beside);
            parts.push(self.dynamic_reference(reference, resolver)?);
        }
        if let Some(schemas) = schema.get("allOf") {
            let all = self.each(schemas, resolver, &object.beside)?;
            parts.push(self.graph.all_of(all));
        }
        if let Some(schemas) = schema.get("anyOf") {
            let any = self.each(schemas, resolver, &object.beside)?;
            parts.push(self.graph.any_of(any));
        }
        if let Some(schemas) = schema.get("oneOf") {
            let mut one = self.each(schemas, resolver, &object.beside)?;
            one.retain(|part| !self.graph.is(*part, false));
            one.sort_unstable();
            let node = match one.as_slice() {
                [] => self.graph.bool(false),
                [single] => *single,
                _ => self.graph.intern(Node::OneOf(one)),
            };
            parts.push(node);
        }
        if let Some(not) = schema.get("not") {
            let not = self.asked(not, resolver)?;
            parts.push(self.graph.not(not));
        }
        if let Some(test) = schema.get("if") {
            let mut branch = |keyword| match schema.get(keyword) {
                Some(branch) => self.in_place(branch, resolver, &object.beside),
                None => Ok(self.graph.bool(true)),
            };
            let (then, otherwise) = (branch("then")?, branch("else")?);
            let test = self.asked(test, resolver)?;
            let trivial = self.graph.is(then, true) && self.graph.is(otherwise, true);
            if !trivial {
                parts.push(self.graph.intern(Node::If { test, then, otherwise }));
            }
        }
        Ok(())
    }

    fn reference(&mut self, reference: &str, resolver: &Resolver<'_>) -> Result<NodeId, String> {
        let found = resolver.lookup(reference).map_err(|error| format!("$ref {reference:?}: {error}"))?;
        let beside = std::mem::take(&mut self.beside);
        let how = format!("{} {} {beside:?}", scope(found.resolver()), self.reading.closed);
        let at = (how, std::ptr::from_ref(found.contents()) as usize);
        if let Some(node) = self.read.get(&at) {
            return Ok(*node);
        }
        if let Some(place) = self.open.iter().position(|open| open.at == at) {
            // It is being read: it refers to itself.
            self.refers_out_to = self.refers_out_to.min(place);
            let number = *self.open[place].number.get_or_insert_with(|| self.graph.new_reference());
            return Ok(self.graph.intern(Node::Ref(number)));
        }
        if self.open.len() >= DEPTH {
            return Err(format!("$ref {reference:?}: more than {DEPTH} references deep"));
        }
        let place = self.open.len();
        let outer = std::mem::replace(&mut self.refers_out_to, usize::MAX);
        self.open.push(Open { at: at.clone(), number: None });
        let node = self.in_place(found.contents(), found.resolver(), &beside);
        let opened = self.open.pop();
        let node = node?;
        if let Some(Open { number: Some(number), .. }) = opened {
            self.graph.set_target(number, node);
        }
        if self.refers_out_to >= place {
            // It means the same wherever it is referred to.
            self.read.insert(at, node);
            self.refers_out_to = outer;
        } else {
            self.refers_out_to = self.refers_out_to.min(outer);
        }
        Ok(node)
    }

    /// The outermost schema in the dynamic scope with this anchor (JSON Schema Core 2020-12, section 8.2.3.2).
    fn dynamic_reference(&mut self, reference: &str, resolver: &Resolver<'_>) -> Result<NodeId, String> {
        let found =
            resolver.lookup(reference).map_err(|error| format!("$dynamicRef {reference:?}: {error}"))?;
        let fragment = reference.rsplit_once('#').map_or("", |(_, fragment)| fragment);
        let is_dynamic = |schema: &Value| {
            schema.get("$dynamicAnchor").and_then(Value::as_str).is_some_and(|anchor| anchor == fragment)
        };
        if is_dynamic(found.contents()) {
            let scopes: Vec<String> =
                resolver.dynamic_scope().iter().map(|uri| uri.as_str().to_owned()).collect();
            for uri in scopes.iter().rev() {
                let uri = uri.split('#').next().unwrap_or_default();
                let absolute = format!("{uri}#{fragment}");
                if resolver.lookup(&absolute).is_ok_and(|found| is_dynamic(found.contents())) {
                    return self.reference(&absolute, resolver);
                }
            }
        }
        self.reference(reference, resolver)
    }

    fn number(schema: &Keywords, keyword: &str) -> Result<Option<BigRational>, String> {
        let Some(value) = schema.get(keyword) else { return Ok(None) };
        let exact = value.as_number().and_then(number::exact);
        exact.map(Some).ok_or_else(|| format!("{keyword}: expected a number"))
    }

    fn count(schema: &Keywords, keyword: &str) -> Result<Option<u64>, String> {
        use num_traits::ToPrimitive;

        let Some(number) = Self::number(schema, keyword)? else { return Ok(None) };
        let count = number.is_integer().then(|| number.to_integer().to_u64()).flatten();
        count.map(Some).ok_or_else(|| format!("{keyword}: expected a whole number from 0"))
    }

    fn numbers(&mut self, schema: &Keywords, parts: &mut Vec<NodeId>) -> Result<(), String> {
        for (keyword, exclusive) in [("minimum", false), ("exclusiveMinimum", true)] {
            if let Some(at) = Self::number(schema, keyword)? {
                parts.push(self.graph.intern(Node::Minimum(Bound { at, exclusive })));
            }
        }
        for (keyword, exclusive) in [("maximum", false), ("exclusiveMaximum", true)] {
            if let Some(at) = Self::number(schema, keyword)? {
                parts.push(self.graph.intern(Node::Maximum(Bound { at, exclusive })));
            }
        }
        if let Some(step) = Self::number(schema, "multipleOf")? {
            if step <= BigRational::from_integer(0.into()) {
                return Err("multipleOf: expected a number above 0".to_owned());
            }
            parts.push(self.graph.intern(Node::MultipleOf(step)));
        }
        Ok(())
    }

    fn strings(&mut self, schema: &Keywords, parts: &mut Vec<NodeId>) -> Result<(), String> {
        if let Some(min) = Self::count(schema, "minLength")?.filter(|min| *min > 0) {
            parts.push(self.graph.intern(Node::MinLength(min)));
        }
        if let Some(max) = Self::count(schema, "maxLength")? {
            parts.push(self.graph.intern(Node::MaxLength(max)));
        }
        if let Some(pattern) = schema.get("pattern") {
            let pattern = pattern.as_str().ok_or("pattern: expected a string")?;
            parts.push(self.graph.intern(Node::Pattern(pattern.to_owned())));
        }
        if let Some(format) =
            schema.get("format").and_then(Value::as_str).filter(|_| self.reading.assert_format)
        {
            let keyword = "format".to_owned();
            let text = format.to_owned();
            parts.push(self.graph.intern(Node::Opaque { keyword, text, types: Types::STRING }));
        }
        Ok(())
    }

    fn objects(
        &mut self,
        schema: &Keywords,
        resolver: &Resolver<'_>,
        closed: &ClosedObject,
        parts: &mut Vec<NodeId>,
    ) -> Result<(), String> {
        let object = |keyword: &str| match schema.get(keyword) {
            None => Ok(None),
            Some(Value::Object(properties)) => Ok(Some(properties)),
            Some(_) => Err(format!("{keyword}: expected an object of schemas")),
        };
        let mut named = BTreeMap::new();
        for (name, schema) in object("properties")?.into_iter().flatten() {
            named.insert(name.clone(), self.schema(schema, resolver)?);
        }
        let mut patterns = Vec::new();
        for (pattern, schema) in object("patternProperties")?.into_iter().flatten() {
            patterns.push((pattern.clone(), self.schema(schema, resolver)?));
        }
        patterns.sort();
        let additional = match schema.get("additionalProperties") {
            Some(schema) => self.schema(schema, resolver)?,
            None if closed.closes => {
                for name in &closed.beside {
                    let anything = self.graph.bool(true);
                    named.entry(name.clone()).or_insert(anything);
                }
                self.graph.bool(false)
            }
            None => self.graph.bool(true),
        };
        let asserts = |id: &NodeId| !self.graph.is(*id, true);
        if asserts(&additional) || named.values().any(asserts) || patterns.iter().any(|(_, id)| asserts(id)) {
            if self.graph.is(additional, true) {
                // A property that may be anything is as one that is not named.
                named.retain(|_, id| !self.graph.is(*id, true));
                patterns.retain(|(_, id)| !self.graph.is(*id, true));
            }
            parts.push(self.graph.intern(Node::Properties(Properties { named, patterns, additional })));
        }
        if let Some(each) = schema.get("propertyNames") {
            let each = self.schema(each, resolver)?;
            if !self.graph.is(each, true) {
                parts.push(self.graph.intern(Node::PropertyNames(each)));
            }
        }
        for name in strings(schema.get("required"), "required")? {
            parts.push(self.graph.intern(Node::Required(name)));
        }
        if let Some(min) = Self::count(schema, "minProperties")?.filter(|min| *min > 0) {
            parts.push(self.graph.intern(Node::MinProperties(min)));
        }
        if let Some(max) = Self::count(schema, "maxProperties")? {
            parts.push(self.graph.intern(Node::MaxProperties(max)));
        }
        for (name, names) in object("dependentRequired")?.into_iter().flatten() {
            let needed = strings(Some(names), "dependentRequired")?;
            let needed = needed.into_iter().map(|name| self.graph.intern(Node::Required(name))).collect();
            let needed = self.graph.all_of(needed);
            parts.push(self.if_present(name, needed));
        }
        for (name, schema) in object("dependentSchemas")?.into_iter().flatten() {
            let needed = self.in_place(schema, resolver, &closed.beside)?;
            parts.push(self.if_present(name, needed));
        }
        Ok(())
    }

    fn if_present(&mut self, name: &str, then: NodeId) -> NodeId {
        let object = self.graph.intern(Node::Types(Types::OBJECT));
        let present = self.graph.intern(Node::Required(name.to_owned()));
        let both = self.graph.all_of(vec![object, present]);
        let absent = self.graph.not(both);
        self.graph.any_of(vec![absent, then])
    }

    fn arrays(
        &mut self,
        schema: &Keywords,
        resolver: &Resolver<'_>,
        parts: &mut Vec<NodeId>,
    ) -> Result<(), String> {
        let mut prefix = match schema.get("prefixItems") {
            Some(schemas) => self.each(schemas, resolver, &BTreeSet::new())?,
            None => Vec::new(),
        };
        let rest = match schema.get("items") {
            Some(schema) => self.schema(schema, resolver)?,
            None => self.graph.bool(true),
        };
        while prefix.last() == Some(&rest) {
            prefix.pop();
        }
        if !prefix.is_empty() || !self.graph.is(rest, true) {
            parts.push(self.graph.intern(Node::Items { prefix, rest }));
        }
        if let Some(item) = schema.get("contains") {
            let item = self.schema(item, resolver)?;
            let min = Self::count(schema, "minContains")?.unwrap_or(1);
            let max = Self::count(schema, "maxContains")?;
            if min > 0 || max.is_some() {
                parts.push(self.graph.intern(Node::Contains { item, min, max }));
            }
        }
        if let Some(min) = Self::count(schema, "minItems")?.filter(|min| *min > 0) {
            parts.push(self.graph.intern(Node::MinItems(min)));
        }
        if let Some(max) = Self::count(schema, "maxItems")? {
            parts.push(self.graph.intern(Node::MaxItems(max)));
        }
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            parts.push(self.graph.intern(Node::UniqueItems));
        }
        Ok(())
    }
}

fn strings(value: Option<&Value>, keyword: &str) -> Result<Vec<String>, String> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let strings =
        value.as_array().map(|items| items.iter().map(Value::as_str).map(|it| it.map(str::to_owned)));
    strings
        .and_then(Iterator::collect::<Option<Vec<_>>>)
        .ok_or_else(|| format!("{keyword}: expected an array of strings"))
}

/// Where relative and dynamic references lead from here: the base, and the resources of the dynamic scope, of which only
/// the outermost mention counts.
fn scope(resolver: &Resolver<'_>) -> String {
    let scopes: Vec<String> = resolver.dynamic_scope().iter().map(|uri| uri.as_str().to_owned()).collect();
    let mut outermost: Vec<&str> = Vec::new();
    for uri in scopes.iter().rev() {
        if !outermost.contains(&uri.as_str()) {
            outermost.push(uri);
        }
    }
    format!("{} in {}", resolver.base_uri().as_str(), outermost.join(" "))
}
