//! Whether a closed writer emits a value: it is valid, and each object in it has only what the schemas that apply to it
//! name.

use crate::budget::Budget;
use crate::evaluate;
use crate::graph::{Graph, NamedProperties, Node, NodeId};
use crate::json::Json;

const DEPTH: usize = 200;

/// Whether a closed writer with this schema emits a value that is valid under it; the reason, if it is not decided.
pub(crate) fn is_emitted(
    graph: &Graph,
    budget: &mut Budget,
    schemas: &[NodeId],
    value: &Json,
    depth: usize,
) -> Result<bool, String> {
    if depth > DEPTH {
        return Err(format!("nested more than {DEPTH} levels deep"));
    }
    let mut applied = Vec::new();
    for schema in schemas {
        apply(graph, budget, *schema, value, depth, &mut applied)?;
    }
    match value {
        Json::Object(object) => {
            let mut named = NamedProperties::default();
            for node in &applied {
                if let Node::Named(names) = graph.node(*node) {
                    named.extend(names);
                }
            }
            for (name, value) in object {
                let is_named = !named.is_closed()
                    || named.names.contains(name)
                    || graph.languages().any_matches(&named.patterns, name)?;
                let mut inside = Vec::new();
                for node in &applied {
                    if let Node::Properties(properties) = graph.node(*node) {
                        inside.extend(evaluate::of_property(graph, properties, name)?);
                    }
                }
                if !is_named || !is_emitted(graph, budget, &inside, value, depth + 1)? {
                    return Ok(false);
                }
            }
        }
        Json::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let mut inside = Vec::new();
                for node in &applied {
                    match graph.node(*node) {
                        Node::Items { prefix, rest } => {
                            inside.push(prefix.get(index).copied().unwrap_or(*rest));
                        }
                        Node::Contains { item: schema, .. }
                            if evaluate::holds(graph, budget, *schema, item, depth)? =>
                        {
                            inside.push(*schema);
                        }
                        _ => {}
                    }
                }
                if !is_emitted(graph, budget, &inside, item, depth + 1)? {
                    return Ok(false);
                }
            }
        }
        _ => {}
    }
    Ok(true)
}

/// Takes a schema apart into the keywords that apply to a value.
fn apply(
    graph: &Graph,
    budget: &mut Budget,
    id: NodeId,
    value: &Json,
    depth: usize,
    applied: &mut Vec<NodeId>,
) -> Result<(), String> {
    if depth > DEPTH {
        return Err(format!("nested more than {DEPTH} levels deep"));
    }
    budget.step()?;
    match graph.node(id) {
        Node::AllOf(parts) => {
            parts.iter().try_for_each(|part| apply(graph, budget, *part, value, depth + 1, applied))
        }
        Node::AnyOf(parts) | Node::OneOf(parts) => parts.iter().try_for_each(|part| {
            if evaluate::holds(graph, budget, *part, value, depth)? {
                apply(graph, budget, *part, value, depth + 1, applied)?;
            }
            Ok(())
        }),
        Node::If { test, then, otherwise } => {
            let branch = if evaluate::holds(graph, budget, *test, value, depth)? { then } else { otherwise };
            apply(graph, budget, *branch, value, depth + 1, applied)
        }
        Node::Ref(reference) => match graph.target(*reference) {
            Some(target) => apply(graph, budget, target, value, depth + 1, applied),
            None => Err("a $ref that refers to itself".to_owned()),
        },
        _ => {
            applied.push(id);
            Ok(())
        }
    }
}
