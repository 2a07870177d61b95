//! Whether a node of the graph holds for one value.

use std::collections::BTreeSet;

use num_rational::BigRational;
use serde_json::Value;

use super::language;
use super::number::{self, Bound};
use super::schema::{Constant, Node, NodeId, Properties, Types, spelling};
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
    let all = |solver: &mut Solver<'_>, parts: &[(NodeId, &Value)]| -> Result<bool, String> {
        let mut undecided = None;
        for (part, value) in parts {
            match holds(solver, *part, value, depth + 1) {
                Ok(true) => {}
                Ok(false) => return Ok(false),
                Err(why) => undecided = Some(why),
            }
        }
        undecided.map_or(Ok(true), Err)
    };
    let exact = || value.as_number().and_then(number::exact);
    let length = || value.as_str().map(|text| text.chars().count() as u64);
    let object = value.as_object();
    let array = value.as_array();
    Ok(match solver.graph.node(id).clone() {
        Node::Bool(holds) => holds,
        Node::Types(types) => types.meets(Types::of(value)),
        Node::Const(constant) => constant == Constant::new(value),
        Node::AllOf(parts) => {
            return all(solver, &parts.iter().map(|part| (*part, value)).collect::<Vec<_>>());
        }
        Node::AnyOf(parts) => {
            let mut undecided = None;
            for part in parts {
                match holds(solver, part, value, depth + 1) {
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
                count += usize::from(holds(solver, part, value, depth + 1)?);
            }
            count == 1
        }
        Node::Not(inner) => !holds(solver, inner, value, depth + 1)?,
        Node::If { test, then, otherwise } => {
            let branch = if holds(solver, test, value, depth + 1)? { then } else { otherwise };
            holds(solver, branch, value, depth + 1)?
        }
        Node::Ref(reference) => match solver.graph.target(reference) {
            Some(target) => holds(solver, target, value, depth + 1)?,
            None => return Err("a $ref that refers to itself".to_owned()),
        },
        Node::Minimum(Bound { at, exclusive }) => {
            exact().is_none_or(|number| number > at || (!exclusive && number == at))
        }
        Node::Maximum(Bound { at, exclusive }) => {
            exact().is_none_or(|number| number < at || (!exclusive && number == at))
        }
        Node::MultipleOf(step) => exact().is_none_or(|number: BigRational| (number / step).is_integer()),
        Node::MinLength(min) => length().is_none_or(|length| length >= min),
        Node::MaxLength(max) => length().is_none_or(|length| length <= max),
        Node::Pattern(pattern) => match value.as_str() {
            Some(text) => matches(&pattern, text)?,
            None => true,
        },
        Node::Properties(properties) => {
            let Some(object) = object else { return Ok(true) };
            let mut parts = Vec::new();
            for (name, value) in object {
                parts.extend(of_property(&properties, name)?.into_iter().map(|part| (part, value)));
            }
            return all(solver, &parts);
        }
        Node::PropertyNames(names) => {
            let values: Vec<Value> = object
                .into_iter()
                .flat_map(serde_json::Map::keys)
                .map(|name| Value::from(name.as_str()))
                .collect();
            return all(solver, &values.iter().map(|name| (names, name)).collect::<Vec<_>>());
        }
        Node::Required(name) => object.is_none_or(|object| object.contains_key(&name)),
        Node::MinProperties(min) => object.is_none_or(|object| object.len() as u64 >= min),
        Node::MaxProperties(max) => object.is_none_or(|object| object.len() as u64 <= max),
        Node::Items { prefix, rest } => {
            let items = array.into_iter().flatten().enumerate();
            let parts: Vec<_> =
                items.map(|(index, item)| (prefix.get(index).copied().unwrap_or(rest), item)).collect();
            return all(solver, &parts);
        }
        Node::Contains { item, min, max } => {
            let Some(array) = array else { return Ok(true) };
            let mut count = 0;
            for element in array {
                count += u64::from(holds(solver, item, element, depth + 1)?);
            }
            count >= min && max.is_none_or(|max| count <= max)
        }
        Node::MinItems(min) => array.is_none_or(|array| array.len() as u64 >= min),
        Node::MaxItems(max) => array.is_none_or(|array| array.len() as u64 <= max),
        Node::UniqueItems => array.is_none_or(|array| {
            let different: BTreeSet<String> = array.iter().map(spelling).collect();
            different.len() == array.len()
        }),
        Node::Opaque { keyword, types, .. } => {
            if types.meets(Types::of(value)) {
                return Err(format!("{keyword} is not decided"));
            }
            true
        }
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
