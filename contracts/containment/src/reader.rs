//! Reads a schema document into a graph.

mod unevaluated;

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::decimal::Decimal;
use crate::dialect::Dialect;
use crate::document::{DEPTH, Document, Located, ResourceId};
use crate::graph::{Graph, Meaning, Node, NodeId, Properties, Types};
use crate::json::{Json, Object};
use crate::number::Bound;
use crate::writer;

/// How schemas are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Reading {
    /// `format` is an assertion, and not an annotation.
    pub(crate) assert_format: bool,
    /// Objects have the properties that are named, and no others.
    pub(crate) closed: bool,
}

/// Nodes that a question may have.
const NODES: usize = 200_000;
/// Alternatives of a closed writer's `anyOf` that are combined in every way.
const COMBINED: usize = 6;
/// Alternatives of a closed writer's `anyOf` that are combined by twos.
const PAIRED: usize = 100;

/// Reads a schema into the graph.
///
/// # Errors
/// What is not read: a value that its keyword does not take, or more than the limits allow.
pub(crate) fn read(graph: &mut Graph, document: &Document<'_>, reading: Reading) -> Result<NodeId, String> {
    let root = document.root();
    let mut reader = Reader {
        graph,
        document,
        reading,
        scope: vec![root.resource],
        open: Vec::new(),
        read: HashMap::new(),
    };
    reader.schema(root)
}

struct Reader<'g, 'd> {
    graph: &'g mut Graph,
    document: &'g Document<'d>,
    reading: Reading,
    /// The resources that lead to what is being read, outermost first, each once.
    scope: Vec<ResourceId>,
    /// The schemas that are being read, outermost first.
    open: Vec<OpenSchema>,
    /// What schemas were read as.
    read: HashMap<Target, NodeId>,
}

/// A schema, and what its meaning depends on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Target {
    address: usize,
    scope: Vec<ResourceId>,
    closed: bool,
}

struct OpenSchema {
    target: Target,
    /// What the schema is called inside of itself, if it refers to itself.
    number: Option<usize>,
}

impl<'d> Reader<'_, 'd> {
    fn schema(&mut self, at: Located<'d>) -> Result<NodeId, String> {
        let keywords = match at.schema {
            Json::Bool(value) => return Ok(self.graph.bool(*value)),
            Json::Object(keywords) => keywords,
            other => return Err(format!("expected a schema, found {}", other.kind())),
        };
        let scope = if self.document.has_dynamic_references() { self.scope.clone() } else { Vec::new() };
        let target = Target { address: at.address(), scope, closed: self.reading.closed };
        if let Some(node) = self.read.get(&target) {
            return Ok(*node);
        }
        if let Some(open) = self.open.iter_mut().find(|open| open.target == target) {
            // It is being read: it refers to itself.
            let number = *open.number.get_or_insert_with(|| self.graph.new_reference());
            return Ok(self.graph.intern(Node::Ref(number)));
        }
        if self.open.len() >= DEPTH || self.graph.len() > NODES {
            return Err(format!("the schema is more than {DEPTH} levels deep, or {NODES} keywords long"));
        }
        self.open.push(OpenSchema { target: target.clone(), number: None });
        let entered = self.enter(at);
        let node = self.keywords(at, keywords);
        self.leave(entered);
        let number = self.open.pop().and_then(|open| open.number);
        let node = node?;
        if let Some(number) = number {
            self.graph.set_target(number, node);
        }
        self.read.insert(target, node);
        Ok(node)
    }

    /// Takes a resource into the dynamic scope; whether it was not there.
    fn enter(&mut self, at: Located<'d>) -> bool {
        let enters = !self.scope.contains(&at.resource);
        if enters {
            self.scope.push(at.resource);
        }
        enters
    }

    fn leave(&mut self, entered: bool) {
        if entered {
            self.scope.pop();
        }
    }

    fn within(&mut self, at: Located<'d>, schema: &'d Json) -> Result<NodeId, String> {
        self.schema(self.document.within(at, schema))
    }

    fn keywords(&mut self, at: Located<'d>, keywords: &'d Object) -> Result<NodeId, String> {
        let mut parts = Vec::new();
        if at.dialect == Dialect::Draft07 && keywords.contains_key("$ref") {
            self.references(at, keywords, &mut parts)?;
            return Ok(self.graph.all_of(parts));
        }
        if self.reading.closed {
            let named = writer::named(self.document, at, keywords)?;
            if !named.is_empty() {
                parts.push(self.graph.intern(Node::Named(named)));
            }
        }
        if let Some(types) = keywords.get("type") {
            parts.push(self.types(types)?);
        }
        if let Some(value) = keywords.get("const") {
            parts.push(self.graph.intern(Node::Const(value.clone())));
        }
        if let Some(Json::Array(values)) = keywords.get("enum") {
            let values = values.iter().map(|value| self.graph.intern(Node::Const(value.clone()))).collect();
            parts.push(self.graph.any_of(values));
        }
        self.references(at, keywords, &mut parts)?;
        self.combinators(at, keywords, &mut parts)?;
        self.numbers(keywords, &mut parts)?;
        self.strings(keywords, &mut parts)?;
        self.objects(at, keywords, &mut parts)?;
        self.arrays(at, keywords, &mut parts)?;
        self.unevaluated(at, keywords, &mut parts)?;
        Ok(self.graph.all_of(parts))
    }

    fn types(&mut self, types: &Json) -> Result<NodeId, String> {
        let names = types.as_array().unwrap_or(std::slice::from_ref(types));
        let mut set = Types::NONE;
        for name in names {
            let types = name.as_str().and_then(Types::named);
            set = set.or(types.ok_or_else(|| format!("type: {name} is no type of JSON"))?);
        }
        Ok(self.graph.intern(Node::Types(set)))
    }

    fn each(&mut self, at: Located<'d>, schemas: &'d Json) -> Result<Vec<NodeId>, String> {
        let schemas = schemas.as_array().ok_or("expected an array of schemas")?;
        schemas.iter().map(|schema| self.within(at, schema)).collect()
    }

    /// A schema that is asked and not promised: no writer closes its objects.
    fn asked(&mut self, at: Located<'d>, schema: &'d Json) -> Result<NodeId, String> {
        let closed = std::mem::replace(&mut self.reading.closed, false);
        let node = self.within(at, schema);
        self.reading.closed = closed;
        node
    }

    fn combinators(
        &mut self,
        at: Located<'d>,
        keywords: &'d Object,
        parts: &mut Vec<NodeId>,
    ) -> Result<(), String> {
        if let Some(schemas) = keywords.get("allOf") {
            let all = self.each(at, schemas)?;
            parts.push(self.graph.all_of(all));
        }
        if let Some(schemas) = keywords.get("anyOf") {
            let any = self.each(at, schemas)?;
            let any = if self.reading.closed { self.combined(any) } else { any };
            parts.push(self.graph.any_of(any));
        }
        if let Some(schemas) = keywords.get("oneOf") {
            let mut one = self.each(at, schemas)?;
            one.retain(|part| !self.graph.is(*part, false));
            one.sort_unstable();
            let node = match one.as_slice() {
                [] => self.graph.bool(false),
                [single] => *single,
                _ => self.graph.intern(Node::OneOf(one)),
            };
            parts.push(node);
        }
        if let Some(not) = keywords.get("not") {
            let not = self.asked(at, not)?;
            parts.push(self.graph.not(not));
        }
        if let Some(test) = keywords.get("if") {
            let mut branch = |keyword| match keywords.get(keyword) {
                Some(branch) => self.within(at, branch),
                None => Ok(self.graph.bool(true)),
            };
            let (then, otherwise) = (branch("then")?, branch("else")?);
            let test = self.asked(at, test)?;
            let trivial = self.graph.is(then, true) && self.graph.is(otherwise, true);
            if !trivial {
                parts.push(self.graph.intern(Node::If { test, then, otherwise }));
            }
        }
        Ok(())
    }

    /// The alternatives of a closed writer, and what several of them name together when they hold together.
    fn combined(&mut self, alternatives: Vec<NodeId>) -> Vec<NodeId> {
        let naming = alternatives.iter().filter(|id| self.names_properties(**id)).count();
        if naming < 2 {
            return alternatives;
        }
        let count = alternatives.len();
        if count <= COMBINED {
            let sets = 1..1_usize << count;
            return sets
                .map(|set| {
                    let chosen = alternatives.iter().enumerate().filter(|(bit, _)| set >> bit & 1 == 1);
                    let chosen = chosen.map(|(_, id)| *id).collect();
                    self.graph.all_of(chosen)
                })
                .collect();
        }
        // Variants exclude each other as a rule. Where two do not, more may hold together than is looked at.
        let mut combined = alternatives.clone();
        if count > PAIRED {
            combined.push(self.graph.unsupported("anyOf of a closed writer", Types::OBJECT));
            return combined;
        }
        for (index, second) in alternatives.iter().enumerate() {
            for first in &alternatives[..index] {
                let unsure = self.graph.unsupported("anyOf of a closed writer", Types::OBJECT);
                combined.push(self.graph.all_of(vec![*first, *second, unsure]));
            }
        }
        combined
    }

    fn names_properties(&self, id: NodeId) -> bool {
        let mut seen = HashSet::new();
        let mut within = vec![id];
        while let Some(id) = within.pop() {
            if !seen.insert(id) {
                continue;
            }
            match self.graph.node(id) {
                Node::Named(_) | Node::Ref(_) => return true,
                Node::AllOf(parts) | Node::AnyOf(parts) | Node::OneOf(parts) => within.extend(parts),
                Node::If { then, otherwise, .. } => within.extend([*then, *otherwise]),
                _ => {}
            }
        }
        false
    }

    /// Where `$ref` and `$dynamicRef` lead from here.
    fn targets(&self, at: Located<'d>, keywords: &Object) -> Result<Vec<Located<'d>>, String> {
        let mut targets = Vec::new();
        if let Some(reference) = keywords.get("$ref").and_then(Json::as_str) {
            targets.push(self.document.resolve(at, reference)?);
        }
        if let Some(reference) = keywords.get("$dynamicRef").and_then(Json::as_str) {
            targets.push(self.document.resolve_dynamic(at, reference, &self.scope)?);
        }
        Ok(targets)
    }

    fn references(
        &mut self,
        at: Located<'d>,
        keywords: &Object,
        parts: &mut Vec<NodeId>,
    ) -> Result<(), String> {
        for target in self.targets(at, keywords)? {
            parts.push(self.schema(target)?);
        }
        Ok(())
    }

    fn numbers(&mut self, keywords: &Object, parts: &mut Vec<NodeId>) -> Result<(), String> {
        for (keyword, exclusive) in [("minimum", false), ("exclusiveMinimum", true)] {
            if let Some(at) = number(keywords, keyword)? {
                parts.push(self.graph.intern(Node::Minimum(Bound { at, exclusive })));
            }
        }
        for (keyword, exclusive) in [("maximum", false), ("exclusiveMaximum", true)] {
            if let Some(at) = number(keywords, keyword)? {
                parts.push(self.graph.intern(Node::Maximum(Bound { at, exclusive })));
            }
        }
        if let Some(step) = number(keywords, "multipleOf")? {
            if !step.is_positive() {
                return Err("multipleOf: expected a number above 0".to_owned());
            }
            parts.push(self.graph.intern(Node::MultipleOf(step)));
        }
        Ok(())
    }

    fn strings(&mut self, keywords: &Object, parts: &mut Vec<NodeId>) -> Result<(), String> {
        if let Some(min) = count(keywords, "minLength")?.filter(|min| *min > 0) {
            parts.push(self.graph.intern(Node::MinLength(min)));
        }
        if let Some(max) = count(keywords, "maxLength")? {
            parts.push(self.graph.intern(Node::MaxLength(max)));
        }
        if let Some(pattern) = keywords.get("pattern") {
            let pattern = pattern.as_str().ok_or("pattern: expected a string")?;
            parts.push(self.graph.intern(Node::Pattern(pattern.to_owned())));
        }
        let format = keywords.get("format").and_then(Json::as_str);
        if let Some(format) = format.filter(|_| self.reading.assert_format) {
            let keyword = "format".to_owned();
            let meaning = Meaning::Text(format.to_owned());
            parts.push(self.graph.intern(Node::Unsupported { keyword, meaning, types: Types::STRING }));
        }
        Ok(())
    }

    fn objects(
        &mut self,
        at: Located<'d>,
        keywords: &'d Object,
        parts: &mut Vec<NodeId>,
    ) -> Result<(), String> {
        let object = |keyword: &str| match keywords.get(keyword) {
            None => Ok(None),
            Some(Json::Object(properties)) => Ok(Some(properties)),
            Some(_) => Err(format!("{keyword}: expected an object")),
        };
        let mut named = BTreeMap::new();
        for (name, schema) in object("properties")?.into_iter().flatten() {
            named.insert(name.clone(), self.within(at, schema)?);
        }
        let mut patterns = Vec::new();
        for (pattern, schema) in object("patternProperties")?.into_iter().flatten() {
            patterns.push((pattern.clone(), self.within(at, schema)?));
        }
        let additional = match keywords.get("additionalProperties") {
            Some(schema) => self.within(at, schema)?,
            None => self.graph.bool(true),
        };
        self.properties(named, patterns, additional, parts);
        if let Some(each) = keywords.get("propertyNames") {
            let each = self.within(at, each)?;
            if !self.graph.is(each, true) {
                parts.push(self.graph.intern(Node::PropertyNames(each)));
            }
        }
        for name in strings(keywords.get("required"), "required")? {
            parts.push(self.graph.intern(Node::Required(name)));
        }
        if let Some(min) = count(keywords, "minProperties")?.filter(|min| *min > 0) {
            parts.push(self.graph.intern(Node::MinProperties(min)));
        }
        if let Some(max) = count(keywords, "maxProperties")? {
            parts.push(self.graph.intern(Node::MaxProperties(max)));
        }
        for keyword in ["dependentRequired", "dependentSchemas", "dependencies"] {
            for (name, needed) in object(keyword)?.into_iter().flatten() {
                let needed = match needed {
                    Json::Array(_) => {
                        let required = strings(Some(needed), keyword)?.into_iter();
                        let all = required.map(|name| self.graph.intern(Node::Required(name))).collect();
                        self.graph.all_of(all)
                    }
                    schema => self.within(at, schema)?,
                };
                parts.push(self.if_present(name, needed));
            }
        }
        Ok(())
    }

    fn properties(
        &mut self,
        mut named: BTreeMap<String, NodeId>,
        mut patterns: Vec<(String, NodeId)>,
        additional: NodeId,
        parts: &mut Vec<NodeId>,
    ) {
        if self.graph.is(additional, true) {
            // A property that may be anything is as one that is not named.
            named.retain(|_, id| !self.graph.is(*id, true));
            patterns.retain(|(_, id)| !self.graph.is(*id, true));
            if named.is_empty() && patterns.is_empty() {
                return;
            }
        }
        parts.push(self.graph.intern(Node::Properties(Properties { named, patterns, additional })));
    }

    fn present(&mut self, name: &str) -> NodeId {
        let object = self.graph.intern(Node::Types(Types::OBJECT));
        let present = self.graph.intern(Node::Required(name.to_owned()));
        self.graph.all_of(vec![object, present])
    }

    fn if_present(&mut self, name: &str, then: NodeId) -> NodeId {
        let present = self.present(name);
        let absent = self.graph.not(present);
        self.graph.any_of(vec![absent, then])
    }

    fn arrays(
        &mut self,
        at: Located<'d>,
        keywords: &'d Object,
        parts: &mut Vec<NodeId>,
    ) -> Result<(), String> {
        let items = keywords.get("items");
        let is_old_tuple = at.dialect == Dialect::Draft07 && items.is_some_and(|it| it.as_array().is_some());
        let (prefix, rest) = if is_old_tuple {
            (items, keywords.get("additionalItems"))
        } else {
            (keywords.get("prefixItems"), items)
        };
        let mut prefix = prefix.map_or(Ok(Vec::new()), |schemas| self.each(at, schemas))?;
        let rest = rest.map_or(Ok(self.graph.bool(true)), |schema| self.within(at, schema))?;
        while prefix.last() == Some(&rest) {
            prefix.pop();
        }
        if !prefix.is_empty() || !self.graph.is(rest, true) {
            parts.push(self.graph.intern(Node::Items { prefix, rest }));
        }
        if let Some(item) = keywords.get("contains") {
            let item = self.within(at, item)?;
            let min = count(keywords, "minContains")?.unwrap_or(1);
            let max = count(keywords, "maxContains")?;
            if min > 0 || max.is_some() {
                parts.push(self.graph.intern(Node::Contains { item, min, max }));
            }
        }
        if let Some(min) = count(keywords, "minItems")?.filter(|min| *min > 0) {
            parts.push(self.graph.intern(Node::MinItems(min)));
        }
        if let Some(max) = count(keywords, "maxItems")? {
            parts.push(self.graph.intern(Node::MaxItems(max)));
        }
        if keywords.get("uniqueItems") == Some(&Json::Bool(true)) {
            parts.push(self.graph.intern(Node::UniqueItems));
        }
        Ok(())
    }
}

fn number(keywords: &Object, keyword: &str) -> Result<Option<Decimal>, String> {
    match keywords.get(keyword) {
        None => Ok(None),
        Some(Json::Number(number)) => Ok(Some(number.clone())),
        Some(_) => Err(format!("{keyword}: expected a number")),
    }
}

fn count(keywords: &Object, keyword: &str) -> Result<Option<u64>, String> {
    let Some(number) = number(keywords, keyword)? else { return Ok(None) };
    let count = number.to_u64();
    count
        .map(Some)
        .ok_or_else(|| format!("{keyword}: expected a whole number from 0 to 2^64, found {number}"))
}

fn strings(value: Option<&Json>, keyword: &str) -> Result<Vec<String>, String> {
    let Some(value) = value else { return Ok(Vec::new()) };
    let strings = value.as_array().map(|items| items.iter().map(|item| item.as_str().map(str::to_owned)));
    strings
        .and_then(Iterator::collect::<Option<Vec<_>>>)
        .ok_or_else(|| format!("{keyword}: expected an array of strings"))
}
