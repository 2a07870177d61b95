//! Schemas as a graph of small nodes that are equal exactly when they are the same node.

use std::collections::{BTreeMap, HashMap};

use num_rational::BigRational;
use serde_json::Value;

use super::number::{self, Bound};

/// A node of a [`Graph`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

impl NodeId {
    /// Its place among the nodes of its graph.
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// A set of the types of JSON, numbers being split into integers and others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Types(u8);

impl Types {
    pub(crate) const NULL: Self = Self(1);
    pub(crate) const BOOLEAN: Self = Self(1 << 1);
    pub(crate) const INTEGER: Self = Self(1 << 2);
    pub(crate) const FRACTION: Self = Self(1 << 3);
    pub(crate) const STRING: Self = Self(1 << 4);
    pub(crate) const ARRAY: Self = Self(1 << 5);
    pub(crate) const OBJECT: Self = Self(1 << 6);
    pub(crate) const NUMBER: Self = Self(Self::INTEGER.0 | Self::FRACTION.0);
    pub(crate) const NONE: Self = Self(0);
    pub(crate) const ALL: Self = Self(0x7f);

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn complement(self) -> Self {
        Self(!self.0 & Self::ALL.0)
    }

    pub(crate) fn meets(self, other: Self) -> bool {
        self.and(other) != Self::NONE
    }

    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Null => Self::NULL,
            Value::Bool(_) => Self::BOOLEAN,
            Value::Number(number) => match number::exact(number) {
                Some(exact) if exact.is_integer() => Self::INTEGER,
                _ => Self::FRACTION,
            },
            Value::String(_) => Self::STRING,
            Value::Array(_) => Self::ARRAY,
            Value::Object(_) => Self::OBJECT,
        }
    }

    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "null" => Self::NULL,
            "boolean" => Self::BOOLEAN,
            "integer" => Self::INTEGER,
            "number" => Self::NUMBER,
            "string" => Self::STRING,
            "array" => Self::ARRAY,
            "object" => Self::OBJECT,
            _ => return None,
        })
    }
}

/// A JSON value that is equal to another when JSON Schema says so: 1 and 1.0 are.
#[derive(Debug, Clone)]
pub(crate) struct Constant {
    pub(crate) value: Value,
    spelling: String,
}

impl Constant {
    pub(crate) fn new(value: &Value) -> Self {
        Self { value: value.clone(), spelling: spelling(value) }
    }
}

impl PartialEq for Constant {
    fn eq(&self, other: &Self) -> bool {
        self.spelling == other.spelling
    }
}

impl Eq for Constant {}

impl std::hash::Hash for Constant {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.spelling.hash(state);
    }
}

/// One text for each JSON value.
pub(crate) fn spelling(value: &Value) -> String {
    match value {
        Value::Number(number) => {
            number::exact(number).map_or_else(|| number.to_string(), |exact| exact.to_string())
        }
        Value::Array(items) => {
            format!("[{}]", items.iter().map(spelling).collect::<Vec<_>>().join(","))
        }
        Value::Object(properties) => {
            let sorted: BTreeMap<_, _> = properties.iter().collect();
            let properties: Vec<String> = sorted
                .into_iter()
                .map(|(name, value)| format!("{}:{}", Value::String(name.clone()), spelling(value)))
                .collect();
            format!("{{{}}}", properties.join(","))
        }
        other => other.to_string(),
    }
}

/// What a schema says, a keyword or two at a time. Assertions about one type hold for values of the others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Bool(bool),
    Types(Types),
    Const(Constant),
    AllOf(Vec<NodeId>),
    AnyOf(Vec<NodeId>),
    OneOf(Vec<NodeId>),
    Not(NodeId),
    If {
        test: NodeId,
        then: NodeId,
        otherwise: NodeId,
    },
    /// A schema that refers to itself: see [`Graph::target`].
    Ref(usize),
    Minimum(Bound),
    Maximum(Bound),
    MultipleOf(BigRational),
    MinLength(u64),
    MaxLength(u64),
    Pattern(String),
    Properties(Properties),
    PropertyNames(NodeId),
    Required(String),
    MinProperties(u64),
    MaxProperties(u64),
    Items {
        prefix: Vec<NodeId>,
        rest: NodeId,
    },
    Contains {
        item: NodeId,
        min: u64,
        max: Option<u64>,
    },
    MinItems(u64),
    MaxItems(u64),
    UniqueItems,
    /// A keyword that is not decided, about values of some types; the same text means the same.
    Opaque {
        keyword: String,
        text: String,
        types: Types,
    },
}

/// `properties`, `patternProperties` and `additionalProperties`, which read each other.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Properties {
    pub(crate) named: BTreeMap<String, NodeId>,
    pub(crate) patterns: Vec<(String, NodeId)>,
    pub(crate) additional: NodeId,
}

/// The schemas of one question. What is written the same is one node.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    ids: HashMap<Node, NodeId>,
    targets: Vec<Option<NodeId>>,
}

impl Graph {
    pub(crate) fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.index()]
    }

    /// How many nodes there are.
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    /// What the schemas that refer to themselves are.
    pub(crate) fn targets(&self) -> impl Iterator<Item = NodeId> {
        self.targets.iter().copied().flatten()
    }

    /// A number for a [`Node::Ref`] whose target is not read yet.
    pub(crate) fn new_reference(&mut self) -> usize {
        self.targets.push(None);
        self.targets.len() - 1
    }

    pub(crate) fn set_target(&mut self, reference: usize, target: NodeId) {
        self.targets[reference] = Some(target);
    }

    /// What a [`Node::Ref`] refers to.
    pub(crate) fn target(&self, reference: usize) -> Option<NodeId> {
        self.targets.get(reference).copied().flatten()
    }

    pub(crate) fn bool(&mut self, value: bool) -> NodeId {
        self.intern(Node::Bool(value))
    }

    pub(crate) fn is(&self, id: NodeId, value: bool) -> bool {
        *self.node(id) == Node::Bool(value)
    }

    pub(crate) fn intern(&mut self, node: Node) -> NodeId {
        if let Some(id) = self.ids.get(&node) {
            return *id;
        }
        let id = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        self.nodes.push(node.clone());
        self.ids.insert(node, id);
        id
    }

    pub(crate) fn not(&mut self, id: NodeId) -> NodeId {
        match self.node(id) {
            Node::Bool(value) => {
                let value = !value;
                self.bool(value)
            }
            Node::Not(inner) => *inner,
            _ => self.intern(Node::Not(id)),
        }
    }

    pub(crate) fn all_of(&mut self, parts: Vec<NodeId>) -> NodeId {
        match self.junction(parts, true) {
            Ok(parts) => self.intern(Node::AllOf(parts)),
            Err(id) => id,
        }
    }

    pub(crate) fn any_of(&mut self, parts: Vec<NodeId>) -> NodeId {
        match self.junction(parts, false) {
            Ok(parts) => self.intern(Node::AnyOf(parts)),
            Err(id) => id,
        }
    }

    /// The parts without repetition and without `neutral`, or the one node that they are together.
    fn junction(&mut self, mut parts: Vec<NodeId>, neutral: bool) -> Result<Vec<NodeId>, NodeId> {
        parts.retain(|part| !self.is(*part, neutral));
        parts.sort_unstable();
        parts.dedup();
        let decided = parts.iter().any(|part| {
            self.is(*part, !neutral) || matches!(self.node(*part), Node::Not(inner) if parts.contains(inner))
        });
        match parts.as_slice() {
            _ if decided => Err(self.bool(!neutral)),
            [] => Err(self.bool(neutral)),
            [single] => Err(*single),
            _ => Ok(parts),
        }
    }
}
