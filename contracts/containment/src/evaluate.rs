//! Whether a node of the graph holds for one value.

use std::collections::HashSet;

use crate::budget::Budget;
use crate::decimal::Decimal;
use crate::graph::{Graph, Node, NodeId, Properties, Types};
use crate::json::{Json, Object};
use crate::number::Bound;

const DEPTH: usize = 200;

/// The reason, if it is not decided.
pub(crate) fn holds(
    graph: &Graph,
    budget: &mut Budget,
    id: NodeId,
    value: &Json,
    depth: usize,
) -> Result<bool, String> {
    if depth > DEPTH {
        return Err(format!("nested more than {DEPTH} levels deep"));
    }
    budget.step()?;
    let inside = depth + 1;
    Ok(match graph.node(id) {
        Node::Bool(holds) => *holds,
        Node::Named(_) => true,
        Node::Types(types) => types.meets(Types::of(value)),
        Node::Const(constant) => constant == value,
        Node::AllOf(parts) => return all(graph, budget, parts.iter().map(|part| (*part, value)), inside),
        Node::AnyOf(parts) => {
            let mut undecided = None;
            for part in parts {
                match holds(graph, budget, *part, value, inside) {
                    Ok(true) => return Ok(true),
                    Ok(false) => {}
                    Err(why) => undecided = Some(why),
                }
            }
            return undecided.map_or(Ok(false), Err);
        }
        Node::OneOf(parts) => {
            let mut count = 0;
            for part in parts {
                count += usize::from(holds(graph, budget, *part, value, inside)?);
            }
            count == 1
        }
        Node::Not(inner) => !holds(graph, budget, *inner, value, inside)?,
        Node::If { test, then, otherwise } => {
            let branch = if holds(graph, budget, *test, value, inside)? { then } else { otherwise };
            holds(graph, budget, *branch, value, inside)?
        }
        Node::Ref(reference) => match graph.target(*reference) {
            Some(target) => holds(graph, budget, target, value, inside)?,
            None => return Err("a $ref that refers to itself".to_owned()),
        },
        Node::Unsupported { keyword, types, .. } if types.meets(Types::of(value)) => {
            return Err(format!("{keyword} is not decided"));
        }
        assertion => match value {
            Json::Null | Json::Bool(_) => true,
            Json::Number(number) => of_number(assertion, number),
            Json::String(text) => return of_string(graph, assertion, text),
            Json::Array(array) => return of_array(graph, budget, assertion, array, inside),
            Json::Object(object) => return of_object(graph, budget, assertion, object, inside),
        },
    })
}

/// Whether each node holds for its value.
fn all<'v>(
    graph: &Graph,
    budget: &mut Budget,
    parts: impl IntoIterator<Item = (NodeId, &'v Json)>,
    depth: usize,
) -> Result<bool, String> {
    let mut undecided = None;
    for (part, value) in parts {
        match holds(graph, budget, part, value, depth) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(why) => undecided = Some(why),
        }
    }
    undecided.map_or(Ok(true), Err)
}

fn of_number(assertion: &Node, number: &Decimal) -> bool {
    match assertion {
        Node::Minimum(Bound { at, exclusive }) => number > at || (!exclusive && number == at),
        Node::Maximum(Bound { at, exclusive }) => number < at || (!exclusive && number == at),
        Node::MultipleOf(step) => number.is_multiple_of(step),
        _ => true,
    }
}

fn of_string(graph: &Graph, assertion: &Node, text: &str) -> Result<bool, String> {
    let length = || text.chars().count() as u64;
    Ok(match assertion {
        Node::MinLength(min) => length() >= *min,
        Node::MaxLength(max) => length() <= *max,
        Node::Pattern(pattern) => graph.languages().matches(pattern, text)?,
        _ => true,
    })
}

fn of_array(
    graph: &Graph,
    budget: &mut Budget,
    assertion: &Node,
    array: &[Json],
    depth: usize,
) -> Result<bool, String> {
    Ok(match assertion {
        Node::Items { prefix, rest } => {
            let items = array.iter().enumerate();
            let parts = items.map(|(index, item)| (prefix.get(index).copied().unwrap_or(*rest), item));
            return all(graph, budget, parts, depth);
        }
        Node::Contains { item, min, max } => {
            let mut count = 0;
            for element in array {
                count += u64::from(holds(graph, budget, *item, element, depth)?);
            }
            count >= *min && max.is_none_or(|max| count <= max)
        }
        Node::MinItems(min) => array.len() as u64 >= *min,
        Node::MaxItems(max) => array.len() as u64 <= *max,
        Node::UniqueItems => {
            let different: HashSet<&Json> = array.iter().collect();
            different.len() == array.len()
        }
        _ => true,
    })
}

fn of_object(
    graph: &Graph,
    budget: &mut Budget,
    assertion: &Node,
    object: &Object,
    depth: usize,
) -> Result<bool, String> {
    Ok(match assertion {
        Node::Properties(properties) => {
            let mut parts = Vec::new();
            for (name, value) in object {
                parts.extend(of_property(graph, properties, name)?.into_iter().map(|part| (part, value)));
            }
            return all(graph, budget, parts, depth);
        }
        Node::PropertyNames(each) => {
            let names: Vec<Json> = object.keys().map(|name| Json::String(name.clone())).collect();
            return all(graph, budget, names.iter().map(|name| (*each, name)), depth);
        }
        Node::Required(name) => object.contains_key(name),
        Node::MinProperties(min) => object.len() as u64 >= *min,
        Node::MaxProperties(max) => object.len() as u64 <= *max,
        _ => true,
    })
}

/// What the value of a property with this name has to be.
pub(crate) fn of_property(graph: &Graph, properties: &Properties, name: &str) -> Result<Vec<NodeId>, String> {
    let mut parts: Vec<NodeId> = properties.named.get(name).copied().into_iter().collect();
    let mut matched = !parts.is_empty();
    for (pattern, part) in &properties.patterns {
        if graph.languages().matches(pattern, name)? {
            matched = true;
            parts.push(*part);
        }
    }
    if !matched {
        parts.push(properties.additional);
    }
    Ok(parts)
}
