//! `unevaluatedProperties` and `unevaluatedItems`: what the schemas in place evaluate, read as properties and items.

use std::collections::BTreeSet;

use super::Reader;
use crate::dialect::Dialect;
use crate::document::Located;
use crate::evaluated::{self, Evaluated};
use crate::graph::{Node, NodeId, Types};
use crate::json::{Json, Object};

/// Schemas in place that are looked through for what they evaluate.
const EVALUATED: usize = 500;

/// What was found to be evaluated, and the schemas that are being looked at.
struct Evaluation {
    found: Vec<Evaluated>,
    open: Vec<usize>,
}

impl<'d> Reader<'_, 'd> {
    pub(super) fn unevaluated(
        &mut self,
        at: Located<'d>,
        keywords: &'d Object,
        parts: &mut Vec<NodeId>,
    ) -> Result<(), String> {
        for keyword in ["unevaluatedProperties", "unevaluatedItems"] {
            let Some(schema) = keywords.get(keyword) else { continue };
            let node = self.within(at, schema)?;
            // `true` asserts nothing.
            if self.graph.is(node, true) {
                continue;
            }
            let is_about_properties = keyword == "unevaluatedProperties";
            let evaluated = self.evaluated(at, keywords);
            let part = |it: Evaluated| if is_about_properties { it.of_properties() } else { it.of_items() };
            let sets =
                evaluated.ok().and_then(|all| evaluated::alternatives(all.into_iter().filter_map(part)));
            let Some(sets) = sets else {
                let types = if is_about_properties { Types::OBJECT } else { Types::ARRAY };
                parts.push(self.graph.unsupported(keyword, types));
                continue;
            };
            let mut any = Vec::new();
            for set in sets {
                let mut all: Vec<NodeId> = set.when.iter().copied().collect();
                if is_about_properties {
                    self.other_properties(set, node, &mut all);
                } else {
                    self.other_items(set, node, &mut all);
                }
                any.push(self.graph.all_of(all));
            }
            parts.push(self.graph.any_of(any));
        }
        Ok(())
    }

    fn other_properties(&mut self, evaluated: Evaluated, each: NodeId, parts: &mut Vec<NodeId>) {
        if !evaluated.every_property {
            let anything = self.graph.bool(true);
            let named = evaluated.names.into_iter().map(|name| (name, anything)).collect();
            let patterns = evaluated.patterns.into_iter().map(|pattern| (pattern, anything)).collect();
            self.properties(named, patterns, each, parts);
        }
    }

    fn other_items(&mut self, evaluated: Evaluated, each: NodeId, parts: &mut Vec<NodeId>) {
        if !evaluated.every_item {
            let anything = self.graph.bool(true);
            let mut any: Vec<NodeId> = evaluated.items.into_iter().collect();
            any.push(each);
            let rest = self.graph.any_of(any);
            parts.push(self.graph.intern(Node::Items { prefix: vec![anything; evaluated.prefix], rest }));
        }
    }

    /// What a schema evaluates beside its own `unevaluated…`.
    fn evaluated(&mut self, at: Located<'d>, keywords: &'d Object) -> Result<Vec<Evaluated>, String> {
        let mut walk = Evaluation { found: Vec::new(), open: vec![at.address()] };
        // Conditions are asked.
        let closed = std::mem::replace(&mut self.reading.closed, false);
        let result = self.evaluated_by(at, keywords, &BTreeSet::new(), false, &mut walk);
        self.reading.closed = closed;
        result.map(|()| walk.found)
    }

    fn evaluated_within(
        &mut self,
        at: Located<'d>,
        when: &BTreeSet<NodeId>,
        walk: &mut Evaluation,
    ) -> Result<(), String> {
        let Some(keywords) = at.schema.as_object() else { return Ok(()) };
        if walk.open.contains(&at.address()) {
            return Err("a schema that evaluates what it evaluates itself".to_owned());
        }
        if at.dialect == Dialect::Draft07 {
            return Err("what a schema of draft-07 evaluates".to_owned());
        }
        if walk.found.len() > EVALUATED {
            return Err(format!("more than {EVALUATED} schemas that evaluate one value"));
        }
        walk.open.push(at.address());
        let entered = self.enter(at);
        let result = self.evaluated_by(at, keywords, when, true, walk);
        self.leave(entered);
        walk.open.pop();
        result
    }

    fn evaluated_by(
        &mut self,
        at: Located<'d>,
        keywords: &'d Object,
        when: &BTreeSet<NodeId>,
        is_within: bool,
        walk: &mut Evaluation,
    ) -> Result<(), String> {
        let names = |keyword: &str| {
            let object = keywords.get(keyword).and_then(Json::as_object);
            object.into_iter().flat_map(Object::keys).cloned().collect()
        };
        let has = |keyword: &str| keywords.contains_key(keyword);
        let prefix = keywords.get("prefixItems").and_then(Json::as_array).map_or(0, <[Json]>::len);
        let mut own = Evaluated {
            when: when.clone(),
            names: names("properties"),
            patterns: names("patternProperties"),
            every_property: has("additionalProperties") || (is_within && has("unevaluatedProperties")),
            prefix,
            items: BTreeSet::new(),
            every_item: has("items") || (is_within && has("unevaluatedItems")),
        };
        if let Some(item) = keywords.get("contains") {
            own.items.insert(self.within(at, item)?);
        }
        walk.found.push(own);
        for target in self.targets(at, keywords)? {
            self.evaluated_within(target, when, walk)?;
        }
        for schema in keywords.get("allOf").and_then(Json::as_array).into_iter().flatten() {
            self.evaluated_within(self.document.within(at, schema), when, walk)?;
        }
        for keyword in ["anyOf", "oneOf"] {
            for schema in keywords.get(keyword).and_then(Json::as_array).into_iter().flatten() {
                let holds = self.within(at, schema)?;
                self.evaluated_if(holds, at, schema, when, walk)?;
            }
        }
        if let Some(test) = keywords.get("if") {
            let holds = self.within(at, test)?;
            self.evaluated_if(holds, at, test, when, walk)?;
            if let Some(then) = keywords.get("then") {
                self.evaluated_if(holds, at, then, when, walk)?;
            }
            if let Some(otherwise) = keywords.get("else") {
                let fails = self.graph.not(holds);
                self.evaluated_if(fails, at, otherwise, when, walk)?;
            }
        }
        for (name, schema) in keywords.get("dependentSchemas").and_then(Json::as_object).into_iter().flatten()
        {
            let present = self.present(name);
            self.evaluated_if(present, at, schema, when, walk)?;
        }
        Ok(())
    }

    fn evaluated_if(
        &mut self,
        holds: NodeId,
        at: Located<'d>,
        schema: &'d Json,
        when: &BTreeSet<NodeId>,
        walk: &mut Evaluation,
    ) -> Result<(), String> {
        let mut when = when.clone();
        if !self.graph.is(holds, true) {
            when.insert(holds);
        }
        self.evaluated_within(self.document.within(at, schema), &when, walk)
    }
}
