//! Where and by which keyword a schema refuses a document, as the graph has it: for numbers that the `jsonschema` crate
//! cannot hold.

use crate::budget::Budget;
use crate::evaluate;
use crate::graph::{Graph, Node, NodeId};
use crate::json::Json;

/// Nesting that is followed.
const DEPTH: usize = 200;

/// A place in a document, and the keyword that refuses what is there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// JSON pointer (RFC 6901).
    pub(crate) pointer: String,
    pub(crate) keyword: String,
    /// The property that is missing there, if that is what is wrong.
    pub(crate) missing: Option<String>,
}

/// What a schema refuses in a document that it does not accept; the innermost place where one keyword is to blame.
pub(crate) fn find(graph: &Graph, budget: &mut Budget, id: NodeId, value: &Json) -> Refusal {
    let mut refusal = Refusal::default();
    let (mut id, mut value) = (id, value);
    for _ in 0..DEPTH {
        let mut refused =
            |part: NodeId, value: &Json| evaluate::holds(graph, budget, part, value, 0) == Ok(false);
        match (graph.node(id), value) {
            (Node::AllOf(parts), _) => match parts.iter().find(|part| refused(**part, value)) {
                Some(part) => id = *part,
                None => break,
            },
            (Node::Ref(reference), _) => match graph.target(*reference) {
                Some(target) => id = target,
                None => break,
            },
            (Node::Properties(properties), Json::Object(object)) => {
                let parts = object.iter().flat_map(|(name, inner)| {
                    let parts = evaluate::of_property(graph, properties, name).unwrap_or_default();
                    parts.into_iter().map(move |part| (name, inner, part))
                });
                let Some((name, inner, part)) = parts.into_iter().find(|it| refused(it.2, it.1)) else {
                    break;
                };
                step(&mut refusal.pointer, name);
                (id, value) = (part, inner);
            }
            (Node::Items { prefix, rest }, Json::Array(items)) => {
                let mut parts = items
                    .iter()
                    .enumerate()
                    .map(|(index, inner)| (index, inner, prefix.get(index).copied().unwrap_or(*rest)));
                let Some((index, inner, part)) = parts.find(|it| refused(it.2, it.1)) else { break };
                step(&mut refusal.pointer, &index.to_string());
                (id, value) = (part, inner);
            }
            (node, _) => {
                keyword(node).clone_into(&mut refusal.keyword);
                if let Node::Required(name) = node {
                    refusal.missing = Some(name.clone());
                }
                break;
            }
        }
    }
    refusal
}

fn step(pointer: &mut String, name: &str) {
    pointer.push('/');
    pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
}

fn keyword(node: &Node) -> &str {
    match node {
        Node::Bool(_) => "falseSchema",
        Node::Types(_) => "type",
        Node::Const(_) => "const",
        Node::AllOf(_) | Node::Named(_) | Node::Ref(_) => "allOf",
        Node::AnyOf(_) => "anyOf",
        Node::OneOf(_) => "oneOf",
        Node::Not(_) => "not",
        Node::If { .. } => "if",
        Node::Minimum(bound) if bound.exclusive => "exclusiveMinimum",
        Node::Minimum(_) => "minimum",
        Node::Maximum(bound) if bound.exclusive => "exclusiveMaximum",
        Node::Maximum(_) => "maximum",
        Node::MultipleOf(_) => "multipleOf",
        Node::MinLength(_) => "minLength",
        Node::MaxLength(_) => "maxLength",
        Node::Pattern(_) => "pattern",
        Node::Properties(_) => "properties",
        Node::PropertyNames(_) => "propertyNames",
        Node::Required(_) => "required",
        Node::MinProperties(_) => "minProperties",
        Node::MaxProperties(_) => "maxProperties",
        Node::Items { .. } => "items",
        Node::Contains { .. } => "contains",
        Node::MinItems(_) => "minItems",
        Node::MaxItems(_) => "maxItems",
        Node::UniqueItems => "uniqueItems",
        Node::Unsupported { keyword, .. } => keyword,
    }
}
