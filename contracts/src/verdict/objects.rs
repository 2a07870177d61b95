//! Looks for an object.
//!
//! What has to hold for every property says which value a name may have. What must *not* hold is a demand: some
//! property, of one of several kinds of name, has a value of another kind. A name that no schema spells is chosen from
//! a class of names that all patterns treat alike, so that trying one of them is trying them all.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::evaluate;
use super::graph::{Constant, Node, NodeId, Properties, Types};
use super::solve::{Answer, Leaf, Literal, Solver, at_most};

/// Classes of names are told apart by this many patterns at the most.
const CLASSES_BY: usize = 7;
/// Properties that are added to reach `minProperties`, at the most.
const FILLERS: u64 = 64;

/// Some property has to be there whose name is of a kind and whose value obeys.
#[derive(Debug, Clone)]
struct Demand {
    names: Names,
    value: Vec<Literal>,
}

#[derive(Debug, Clone)]
enum Names {
    One(String),
    /// Not a property, but the absence of one.
    Absent(String),
    /// Names for which each literal holds, but for these.
    All(Vec<Literal>, BTreeSet<String>),
}

#[derive(Debug, Clone)]
struct Universal {
    properties: Vec<Properties>,
    names: Vec<NodeId>,
    forbidden: BTreeSet<String>,
    min: u64,
    max: Option<u64>,
    /// Names that some schema spells.
    spelt: BTreeSet<String>,
    /// What tells the other names apart.
    told_by: Vec<NodeId>,
}

/// Properties that have to be there, with what their values have to obey besides.
type Present = BTreeMap<String, Vec<Literal>>;

pub(crate) fn solve(solver: &mut Solver<'_>, leaf: &Leaf) -> Answer {
    let mut universal = Universal {
        properties: Vec::new(),
        names: Vec::new(),
        forbidden: BTreeSet::new(),
        min: 0,
        max: None,
        spelt: BTreeSet::new(),
        told_by: Vec::new(),
    };
    let mut present = Present::new();
    let mut demands: Vec<Vec<Demand>> = Vec::new();
    for (id, holds) in &leaf.assertions {
        match (solver.graph.node(*id).clone(), holds) {
            (Node::Properties(properties), holds) => {
                universal.spelt.extend(properties.named.keys().cloned());
                for (pattern, _) in &properties.patterns {
                    let pattern = solver.graph.intern(Node::Pattern(pattern.clone()));
                    universal.told_by.push(pattern);
                }
                if *holds {
                    universal.properties.push(properties);
                } else {
                    demands.push(refusals(solver, &properties));
                }
            }
            (Node::PropertyNames(names), true) => {
                universal.names.push(names);
                universal.told_by.push(names);
            }
            (Node::PropertyNames(names), false) => {
                universal.told_by.push(names);
                let names = Names::All(vec![(names, false)], BTreeSet::new());
                demands.push(vec![Demand { names, value: Vec::new() }]);
            }
            (Node::Required(name), true) => drop(present.entry(name).or_default()),
            (Node::Required(name), false) => drop(universal.forbidden.insert(name)),
            (Node::MinProperties(min), true) => universal.min = universal.min.max(min),
            (Node::MinProperties(min), false) => at_most(&mut universal.max, min.saturating_sub(1)),
            (Node::MaxProperties(max), true) => at_most(&mut universal.max, max),
            (Node::MaxProperties(max), false) => universal.min = universal.min.max(max.saturating_add(1)),
            _ => {}
        }
    }
    universal.spelt.extend(present.keys().cloned());
    universal.spelt.extend(universal.forbidden.iter().cloned());
    universal.told_by.sort_unstable();
    universal.told_by.dedup();
    if universal.max.is_some_and(|max| max < universal.min) {
        return Answer::None;
    }
    for object in leaf.not.iter().filter_map(|not| not.value.as_object()) {
        universal.spelt.extend(object.keys().cloned());
        demands.push(differences(solver, object));
    }
    universal.meet(solver, &present, &demands)
}

/// The ways in which an object can differ from one.
fn differences(solver: &mut Solver<'_>, object: &Map<String, Value>) -> Vec<Demand> {
    let others = Names::All(Vec::new(), object.keys().cloned().collect());
    let mut ways = vec![Demand { names: others, value: Vec::new() }];
    for (name, value) in object {
        ways.push(Demand { names: Names::Absent(name.clone()), value: Vec::new() });
        let value = solver.graph.intern(Node::Const(Constant::new(value)));
        ways.push(Demand { names: Names::One(name.clone()), value: vec![(value, false)] });
    }
    ways
}

/// The ways in which an object can break `properties`, `patternProperties` or `additionalProperties`.
fn refusals(solver: &mut Solver<'_>, properties: &Properties) -> Vec<Demand> {
    let mut ways = Vec::new();
    let mut spared = BTreeSet::new();
    let mut unmatched = Vec::new();
    for (name, node) in &properties.named {
        ways.push(Demand { names: Names::One(name.clone()), value: vec![(*node, false)] });
        spared.insert(name.clone());
    }
    for (pattern, node) in &properties.patterns {
        let pattern = solver.graph.intern(Node::Pattern(pattern.clone()));
        let names = Names::All(vec![(pattern, true)], BTreeSet::new());
        ways.push(Demand { names, value: vec![(*node, false)] });
        unmatched.push((pattern, false));
    }
    let names = Names::All(unmatched, spared);
    ways.push(Demand { names, value: vec![(properties.additional, false)] });
    ways.retain(|way| !way.value.iter().any(|(id, _)| solver.graph.is(*id, true)));
    ways
}

impl Universal {
    /// Meets the demands one after the other, in every way there is.
    fn meet(&self, solver: &mut Solver<'_>, present: &Present, demands: &[Vec<Demand>]) -> Answer {
        if let Err(why) = solver.step() {
            return Answer::Unknown(why, None);
        }
        if self.max.is_some_and(|max| present.len() as u64 > max) {
            return Answer::None;
        }
        let Some((ways, rest)) = demands.split_first() else { return self.complete(solver, present) };
        solver.first(ways, |solver, way| {
            let mut places: Vec<String> = Vec::new();
            let mut unknown = None;
            match &way.names {
                Names::One(name) => places.push(name.clone()),
                Names::Absent(name) => {
                    if present.contains_key(name) {
                        return Answer::None;
                    }
                    let mut narrower = self.clone();
                    narrower.forbidden.insert(name.clone());
                    return narrower.meet(solver, present, rest);
                }
                Names::All(literals, spared) => {
                    let known: BTreeSet<String> = self.spelt.iter().chain(present.keys()).cloned().collect();
                    for name in known.difference(spared) {
                        match all_hold(solver, literals, name) {
                            Ok(true) => places.push(name.clone()),
                            Ok(false) => {}
                            Err(why) => unknown = Some(why),
                        }
                    }
                    match self.fresh(solver, literals, &known) {
                        Ok(names) => places.extend(names),
                        Err(why) => unknown = Some(why),
                    }
                }
            }
            let answer = solver.first(places, |solver, name| {
                let mut present = present.clone();
                present.entry(name.clone()).or_default().extend(way.value.iter().copied());
                match self.value(solver, &name, &present[&name]) {
                    Answer::None => Answer::None,
                    _ => self.meet(solver, &present, rest),
                }
            });
            match (answer, unknown) {
                (Answer::None, Some(why)) => Answer::Unknown(why, None),
                (answer, _) => answer,
            }
        })
    }

    /// One name of each class, none of the known ones, for which the literals hold.
    fn fresh(
        &self,
        solver: &mut Solver<'_>,
        literals: &[Literal],
        known: &BTreeSet<String>,
    ) -> Result<Vec<String>, String> {
        let undecided: Vec<NodeId> = self
            .told_by
            .iter()
            .copied()
            .filter(|id| !literals.iter().any(|(literal, _)| literal == id))
            .filter(|id| !self.names.contains(id))
            .collect();
        if undecided.len() > CLASSES_BY {
            return Err(format!("more than {CLASSES_BY} patterns for the names of properties"));
        }
        let string = solver.graph.intern(Node::Types(Types::STRING));
        let mut base: Vec<Literal> = literals.to_vec();
        base.push((string, true));
        base.extend(self.names.iter().map(|names| (*names, true)));
        for name in known {
            let name = solver.graph.intern(Node::Const(Constant::new(&Value::from(name.as_str()))));
            base.push((name, false));
        }
        let mut names = Vec::new();
        for class in 0..1_usize << undecided.len() {
            let told = undecided.iter().enumerate().map(|(bit, id)| (*id, class >> bit & 1 == 1));
            match solver.solve(base.iter().copied().chain(told)) {
                Answer::Some(Value::String(name)) => names.push(name),
                Answer::Some(_) | Answer::None => {}
                Answer::Unknown(why, _) => return Err(why),
            }
        }
        Ok(names)
    }

    /// A value for a property, or none if the name is not allowed.
    fn value(&self, solver: &mut Solver<'_>, name: &str, besides: &[Literal]) -> Answer {
        if self.forbidden.contains(name) {
            return Answer::None;
        }
        let names: Vec<Literal> = self.names.iter().map(|names| (*names, true)).collect();
        match all_hold(solver, &names, name) {
            Ok(true) => {}
            Ok(false) => return Answer::None,
            Err(why) => return Answer::Unknown(why, None),
        }
        let mut literals = besides.to_vec();
        for properties in &self.properties {
            match evaluate::of_property(properties, name) {
                Ok(parts) => literals.extend(parts.into_iter().map(|part| (part, true))),
                Err(why) => return Answer::Unknown(why, None),
            }
        }
        solver.solve(literals)
    }

    /// All demands are met: the values, and as many more properties as are needed.
    fn complete(&self, solver: &mut Solver<'_>, present: &Present) -> Answer {
        let mut object = Map::new();
        let mut unknown: Option<String> = None;
        for (name, besides) in present {
            match self.value(solver, name, besides) {
                Answer::Some(value) => drop(object.insert(name.clone(), value)),
                Answer::None => return Answer::None,
                Answer::Unknown(why, value) => {
                    object.insert(name.clone(), value.unwrap_or_default());
                    unknown = Some(why);
                }
            }
        }
        if let Err(answer) = self.fill(solver, &mut object, &mut unknown) {
            return answer;
        }
        match unknown {
            Some(why) => Answer::Unknown(why, Some(Value::Object(object))),
            None => Answer::Some(Value::Object(object)),
        }
    }

    /// Adds properties until there are enough.
    fn fill(
        &self,
        solver: &mut Solver<'_>,
        object: &mut Map<String, Value>,
        unknown: &mut Option<String>,
    ) -> Result<(), Answer> {
        if self.min > FILLERS {
            return Err(Answer::Unknown(format!("minProperties {}", self.min), None));
        }
        let mut known = self.spelt.clone();
        known.extend(object.keys().cloned());
        let mut names: Vec<String> = self.spelt.iter().cloned().collect();
        let mut skipped = None;
        while (object.len() as u64) < self.min {
            let Some(name) = names.pop() else {
                names = self.fresh(solver, &[], &known).map_err(|why| Answer::Unknown(why, None))?;
                known.extend(names.iter().cloned());
                // A class whose names can have no value would come again and again.
                let usable = |name: &String| !matches!(self.value(solver, name, &[]), Answer::None);
                names = names.into_iter().filter(usable).collect();
                if names.is_empty() {
                    return Err(skipped.map_or(Answer::None, |why| Answer::Unknown(why, None)));
                }
                continue;
            };
            if object.contains_key(&name) {
                continue;
            }
            match self.value(solver, &name, &[]) {
                Answer::Some(value) => drop(object.insert(name, value)),
                Answer::None => {}
                Answer::Unknown(why, Some(value)) => {
                    object.insert(name, value);
                    *unknown = Some(why);
                }
                Answer::Unknown(why, None) => skipped = Some(why),
            }
        }
        Ok(())
    }
}

fn all_hold(solver: &mut Solver<'_>, literals: &[Literal], name: &str) -> Result<bool, String> {
    let value = Value::from(name);
    for (id, holds) in literals {
        if solver.holds(*id, &value, 0)? != *holds {
            return Ok(false);
        }
    }
    Ok(true)
}
