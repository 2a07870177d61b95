//! Schemas as a graph of small nodes that are equal exactly when they are the same node.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::decimal::Decimal;
use crate::json::Json;
use crate::language::Languages;
use crate::number::Bound;

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

    pub(crate) fn of(value: &Json) -> Self {
        match value {
            Json::Null => Self::NULL,
            Json::Bool(_) => Self::BOOLEAN,
            Json::Number(number) if number.is_integer() => Self::INTEGER,
            Json::Number(_) => Self::FRACTION,
            Json::String(_) => Self::STRING,
            Json::Array(_) => Self::ARRAY,
            Json::Object(_) => Self::OBJECT,
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

/// What a schema says, a keyword or two at a time. Assertions about one type hold for values of the others.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Bool(bool),
    Types(Types),
    Const(Json),
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
    MultipleOf(Decimal),
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
    /// Which properties a closed writer's schema names. It holds for every value: see [`NamedProperties`].
    Named(NamedProperties),
    /// A keyword that is not decided, about values of some types. Two with the same meaning are equal.
    Unsupported {
        keyword: String,
        meaning: Meaning,
        types: Types,
    },
}

/// What a keyword that is not decided means.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Meaning {
    /// What this text says, wherever it stands.
    Text(String),
    /// Something of its own.
    Unique(usize),
}

/// The properties that a schema of a closed writer names.
///
/// All schemas that apply to one object are taken together: the object has the properties that any of them names, and
/// no others, if one of them closes it and none opens it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct NamedProperties {
    pub(crate) names: BTreeSet<String>,
    pub(crate) patterns: BTreeSet<String>,
    /// The schema is that of a type: it has `properties`.
    pub(crate) closes: bool,
    /// The schema speaks of properties that it does not name.
    pub(crate) opens: bool,
}

impl NamedProperties {
    pub(crate) fn extend(&mut self, other: &Self) {
        self.names.extend(other.names.iter().cloned());
        self.patterns.extend(other.patterns.iter().cloned());
        self.closes |= other.closes;
        self.opens |= other.opens;
    }

    /// Whether objects have only what is named.
    pub(crate) fn is_closed(&self) -> bool {
        self.closes && !self.opens
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
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
    /// There are schemas of a closed writer.
    has_named: bool,
    /// The languages of the patterns.
    languages: Languages,
    unique: usize,
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

    pub(crate) fn languages(&self) -> &Languages {
        &self.languages
    }

    /// Whether some node says which properties a closed writer names.
    pub(crate) fn has_named(&self) -> bool {
        self.has_named
    }

    /// A keyword that is not decided, and equal to no other.
    pub(crate) fn unsupported(&mut self, keyword: &str, types: Types) -> NodeId {
        self.unique += 1;
        let meaning = Meaning::Unique(self.unique);
        self.intern(Node::Unsupported { keyword: keyword.to_owned(), meaning, types })
    }

    pub(crate) fn intern(&mut self, node: Node) -> NodeId {
        self.has_named |= matches!(node, Node::Named(_));
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
