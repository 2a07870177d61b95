//! Whether a node of the graph holds for one value.

use std::collections::BTreeSet;

use num_rational::BigRational;
use serde_json::{Map, Value};

use super::graph::{Constant, Node, NodeId, Properties, Types, spelling};
use super::language;
use super::number::{self, Bound};
use super::solve::Solver;

const DEPTH: usize = 200;

/// The reason, if it is not decided.
pub(crate) fn holds(
    solver: &mut Solver<'_>,
    id: NodeId,
    value: &Value,
    depth: usize,
) -> Result<bool, String> {
    if depth > DEPTH {
        return Err(format!("nested more than {DEPTH} levels deep"));
    }
    solver.step()?;
    let inside = depth + 1;
    Ok(match solver.graph.node(id).clone() {
        Node::Bool(holds) => holds,
        Node::Types(types) => types.meets(Types::of(value)),
        Node::Const(constant) => constant == Constant::new(value),
        Node::AllOf(parts) => return all(solver, parts.iter().map(|part| (*part, value)), inside),
        Node::AnyOf(parts) => {
            let mut undecided = None;
            for part in parts {
                match holds(solver, part, value, inside) {
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
                count += usize::from(holds(solver, part, value, inside)?);
            }
            count == 1
        }
        Node::Not(inner) => !holds(solver, inner, value, inside)?,
        Node::If { test, then, otherwise } => {
            let branch = if holds(solver, test, value, inside)? { then } else { otherwise };
            holds(solver, branch, value, inside)?
        }
        Node::Ref(reference) => match solver.graph.target(reference) {
            Some(target) => holds(solver, target, value, inside)?,
            None => return Err("a $ref that refers to itself".to_owned()),
        },
        Node::Opaque { keyword, types, .. } if types.meets(Types::of(value)) => {
            return Err(format!("{keyword} is not decided"));
        }
        assertion => match value {
            Value::Null | Value::Bool(_) => true,
            Value::Number(number) => number::exact(number).is_none_or(|exact| of_number(&assertion, &exact)),
            Value::String(text) => return of_string(&assertion, text),
            Value::Array(array) => return of_array(solver, &assertion, array, inside),
            Value::Object(object) => return of_object(solver, &assertion, object, inside),
        },
    })
}

/// Whether each node holds for its value.
fn all<'v>(
    solver: &mut Solver<'_>,
    parts: impl IntoIterator<Item = (NodeId, &'v Value)>,
    depth: usize,
) -> Result<bool, String> {
    let mut undecided = None;
    for (part, value) in parts {
        match holds(solver, part, value, depth) {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(why) => undecided = Some(why),
        }
    }
    undecided.map_or(Ok(true), Err)
}

fn of_number(assertion: &Node, number: &BigRational) -> bool {
    match assertion {
        Node::Minimum(Bound { at, exclusive }) => number > at || (!exclusive && number == at),
        Node::Maximum(Bound { at, exclusive }) => number < at || (!exclusive && number == at),
        Node::MultipleOf(step) => (number / step).is_integer(),
        _ => true,
    }
}

fn of_string(assertion: &Node, text: &str) -> Result<bool, String> {
    let length = || text.chars().count() as u64;
    Ok(match assertion {
        Node::MinLength(min) => length() >= *min,
        Node::MaxLength(max) => length() <= *max,
        Node::Pattern(pattern) => matches(pattern, text)?,
        _ => true,
    })
}

fn of_array(
    solver: &mut Solver<'_>,
    assertion: &Node,
    array: &[Value],
    depth: usize,
) -> Result<bool, String> {
    Ok(match assertion {
        Node::Items { prefix, rest } => {
            let items = array.iter().enumerate();
            let parts = items.map(|(index, item)| (prefix.get(index).copied().unwrap_or(*rest), item));
            return all(solver, parts, depth);
        }
        Node::Contains { item, min, max } => {
            let mut count = 0;
            for element in array {
                count += u64::from(holds(solver, *item, element, depth)?);
            }
            count >= *min && max.is_none_or(|max| count <= max)
        }
        Node::MinItems(min) => array.len() as u64 >= *min,
        Node::MaxItems(max) => array.len() as u64 <= *max,
        Node::UniqueItems => {
            let different: BTreeSet<String> = array.iter().map(spelling).collect();
            different.len() == array.len()
        }
        _ => true,
    })
}

fn of_object(
    solver: &mut Solver<'_>,
    assertion: &Node,
    object: &Map<String, Value>,
    depth: usize,
) -> Result<bool, String> {
    Ok(match assertion {
        Node::Properties(properties) => {
            let mut parts = Vec::new();
            for (name, value) in object {
                parts.extend(of_property(properties, name)?.into_iter().map(|part| (part, value)));
            }
            return all(solver, parts, depth);
        }
        Node::PropertyNames(each) => {
            let names: Vec<Value> = object.keys().map(|name| Value::from(name.as_str())).collect();
            return all(solver, names.iter().map(|name| (*each, name)), depth);
        }
        Node::Required(name) => object.contains_key(name),
        Node::MinProperties(min) => object.len() as u64 >= *min,
        Node::MaxProperties(max) => object.len() as u64 <= *max,
        _ => true,
    })
}

/// Whether a pattern finds a match in a text.
pub(crate) fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    language::language(pattern)?.matches(text).map_err(|error| format!("pattern {pattern:?}: {error}"))
}

/// What the value of a property with this name has to be.
pub(crate) fn of_property(properties: &Properties, name: &str) -> Result<Vec<NodeId>, String> {
    let mut parts: Vec<NodeId> = properties.named.get(name).copied().into_iter().collect();
    let mut matched = !parts.is_empty();
    for (pattern, part) in &properties.patterns {
        if matches(pattern, name)? {
            matched = true;
            parts.push(*part);
        }
    }
    if !matched {
        parts.push(properties.additional);
    }
    Ok(parts)
}
