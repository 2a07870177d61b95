//! Schemas that refer to themselves about one and the same value: `{"$ref": "#"}`, or "this, if not this".
//!
//! A validator that follows such a reference comes back to where it was without having gone into the document.
//! JSON Schema Core 2020-12, section 9.4.1, leaves open what that means, so there is nothing to prove about it.

use crate::graph::{Graph, Node, NodeId};

/// Whether a reference leads back to itself before it leads into an object or an array.
pub(crate) fn is_circular(graph: &Graph) -> bool {
    let mut walk = Walk { graph, done: vec![false; graph.len()], open: vec![false; graph.len()] };
    // Without references a graph has no circles: a node is made of nodes that are there already.
    graph.targets().any(|target| walk.comes_back(target))
}

struct Walk<'g> {
    graph: &'g Graph,
    done: Vec<bool>,
    open: Vec<bool>,
}

impl Walk<'_> {
    /// A walk with a stack of its own: references may be thousands deep.
    fn comes_back(&mut self, start: NodeId) -> bool {
        let mut stack = vec![(start, false)];
        while let Some((id, is_left)) = stack.pop() {
            let index = id.index();
            if is_left {
                self.open[index] = false;
                self.done[index] = true;
            } else if self.open[index] {
                return true;
            } else if !self.done[index] {
                self.open[index] = true;
                stack.push((id, true));
                stack.extend(self.about_the_same_value(id).into_iter().map(|next| (next, false)));
            }
        }
        false
    }

    fn about_the_same_value(&self, id: NodeId) -> Vec<NodeId> {
        match self.graph.node(id) {
            Node::AllOf(parts) | Node::AnyOf(parts) | Node::OneOf(parts) => parts.clone(),
            Node::Not(inner) => vec![*inner],
            Node::If { test, then, otherwise } => vec![*test, *then, *otherwise],
            Node::Ref(reference) => self.graph.target(*reference).into_iter().collect(),
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use crate::{Options, Verdict, compare};

    fn verdict(a: &Value, b: &Value) -> Verdict {
        compare(a, b, &Options::default()).unwrap()
    }

    #[test]
    fn a_schema_that_holds_if_it_does_not_hold_proves_nothing() {
        let never = json!({"const": false});
        for circular in [
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"allOf": [{"not": {"$ref": "#/$defs/a"}}, {"maxItems": 1}]}}}),
            json!({"minLength": 1, "not": {"$ref": "#"}}),
            json!({"anyOf": [{"type": "string"}, {"$ref": "#"}]}),
            json!({"type": "object", "dependentSchemas": {"a": {"$ref": "#"}}}),
            json!({"if": {"$ref": "#/$defs/a"}, "then": false, "$defs": {"a": {"oneOf": [{"$ref": "#"}, {"type": "null"}]}}}),
        ] {
            for (a, b) in [(&circular, &never), (&never, &circular)] {
                let Verdict::Unknown { reason } = verdict(a, b) else { panic!("{a} {b}") };
                assert!(reason.contains("back to itself"), "{reason}");
            }
        }
    }

    #[test]
    fn a_schema_that_refers_to_itself_further_inside_is_compared() {
        let list = json!({"type": ["object", "null"], "properties": {"next": {"$ref": "#"}}});
        assert_eq!(
            verdict(&list, &json!({"type": ["object", "null"]})),
            Verdict::Contained { vacuously: false }
        );
        assert!(matches!(verdict(&list, &json!({"type": "object"})), Verdict::NotContained(_)));
    }
}
