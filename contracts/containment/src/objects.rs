//! Looks for an object.
//!
//! What has to hold for every property says which value a name may have. What must *not* hold is a demand: some
//! property, of one of several kinds of name, has a value of another kind. A name that no schema spells is chosen from
//! a class of names that all patterns treat alike, so that trying one of them is trying them all.

use std::collections::{BTreeMap, BTreeSet};

use crate::evaluate;
use crate::graph::{NamedProperties, Node, NodeId, Properties, Types};
use crate::json::{Json, Object};
use crate::question::{Answer, Leaf, Literal, Search, at_most, first};

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
    /// The properties that a closed writer names.
    named: NamedProperties,
    /// Names that some schema spells.
    spelt: BTreeSet<String>,
    /// What tells the other names apart.
    told_by: Vec<NodeId>,
}

/// Properties that have to be there, with what their values have to obey besides.
type Present = BTreeMap<String, Vec<Literal>>;

pub(crate) fn solve(search: &mut impl Search, leaf: &Leaf) -> Answer {
    let mut universal = Universal {
        properties: Vec::new(),
        names: Vec::new(),
        forbidden: BTreeSet::new(),
        min: 0,
        max: None,
        named: NamedProperties::default(),
        spelt: BTreeSet::new(),
        told_by: Vec::new(),
    };
    let mut present = Present::new();
    let mut demands: Vec<Vec<Demand>> = Vec::new();
    for (id, holds) in &leaf.assertions {
        match (search.graph().node(*id).clone(), holds) {
            (Node::Properties(properties), holds) => {
                universal.spelt.extend(properties.named.keys().cloned());
                for (pattern, _) in &properties.patterns {
                    let pattern = search.graph().intern(Node::Pattern(pattern.clone()));
                    universal.told_by.push(pattern);
                }
                if *holds {
                    universal.properties.push(properties);
                } else {
                    demands.push(refusals(search, &properties));
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
            (Node::Named(named), true) => universal.named.extend(&named),
            (Node::Required(name), true) => drop(present.entry(name).or_default()),
            (Node::Required(name), false) => drop(universal.forbidden.insert(name)),
            (Node::MinProperties(min), true) => universal.min = universal.min.max(min),
            (Node::MinProperties(min), false) => at_most(&mut universal.max, min.saturating_sub(1)),
            (Node::MaxProperties(max), true) => at_most(&mut universal.max, max),
            (Node::MaxProperties(max), false) => universal.min = universal.min.max(max.saturating_add(1)),
            _ => {}
        }
    }
    universal.close(search);
    universal.spelt.extend(present.keys().cloned());
    universal.spelt.extend(universal.forbidden.iter().cloned());
    universal.told_by.sort_unstable();
    universal.told_by.dedup();
    if universal.max.is_some_and(|max| max < universal.min) {
        return Answer::None;
    }
    for object in leaf.not.iter().filter_map(|not| not.as_object()) {
        universal.spelt.extend(object.keys().cloned());
        demands.push(differences(search, object));
    }
    universal.meet(search, &present, &demands)
}

/// The ways in which an object can differ from one.
fn differences(search: &mut impl Search, object: &Object) -> Vec<Demand> {
    let others = Names::All(Vec::new(), object.keys().cloned().collect());
    let mut ways = vec![Demand { names: others, value: Vec::new() }];
    for (name, value) in object {
        ways.push(Demand { names: Names::Absent(name.clone()), value: Vec::new() });
        let value = search.graph().intern(Node::Const(value.clone()));
        ways.push(Demand { names: Names::One(name.clone()), value: vec![(value, false)] });
    }
    ways
}

/// The ways in which an object can break `properties`, `patternProperties` or `additionalProperties`.
fn refusals(search: &mut impl Search, properties: &Properties) -> Vec<Demand> {
    let mut ways = Vec::new();
    let mut spared = BTreeSet::new();
    let mut unmatched = Vec::new();
    for (name, node) in &properties.named {
        ways.push(Demand { names: Names::One(name.clone()), value: vec![(*node, false)] });
        spared.insert(name.clone());
    }
    for (pattern, node) in &properties.patterns {
        let pattern = search.graph().intern(Node::Pattern(pattern.clone()));
        let names = Names::All(vec![(pattern, true)], BTreeSet::new());
        ways.push(Demand { names, value: vec![(*node, false)] });
        unmatched.push((pattern, false));
    }
    let names = Names::All(unmatched, spared);
    ways.push(Demand { names, value: vec![(properties.additional, false)] });
    ways.retain(|way| !way.value.iter().any(|(id, _)| search.graph().is(*id, true)));
    ways
}

impl Universal {
    /// Names and patterns of a closed writer are told apart like those of any other schema.
    fn close(&mut self, search: &mut impl Search) {
        if self.named.is_closed() {
            self.spelt.extend(self.named.names.iter().cloned());
            for pattern in &self.named.patterns {
                let pattern = search.graph().intern(Node::Pattern(pattern.clone()));
                self.told_by.push(pattern);
            }
        }
    }

    /// Whether a closed writer has a property of this name.
    fn is_named(&self, search: &mut impl Search, name: &str) -> Result<bool, String> {
        if !self.named.is_closed() || self.named.names.contains(name) {
            return Ok(true);
        }
        search.graph().languages().any_matches(&self.named.patterns, name)
    }

    /// Meets the demands one after the other, in every way there is.
    fn meet(&self, search: &mut impl Search, present: &Present, demands: &[Vec<Demand>]) -> Answer {
        if let Err(why) = search.step() {
            return Answer::Unknown(why, None);
        }
        if self.max.is_some_and(|max| present.len() as u64 > max) {
            return Answer::None;
        }
        let Some((ways, rest)) = demands.split_first() else { return self.complete(search, present) };
        first(search, ways, |search, way| {
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
                    return narrower.meet(search, present, rest);
                }
                Names::All(literals, spared) => {
                    let known: BTreeSet<String> = self.spelt.iter().chain(present.keys()).cloned().collect();
                    for name in known.difference(spared) {
                        match all_hold(search, literals, name) {
                            Ok(true) => places.push(name.clone()),
                            Ok(false) => {}
                            Err(why) => unknown = Some(why),
                        }
                    }
                    match self.fresh(search, literals, &known) {
                        Ok(names) => places.extend(names),
                        Err(why) => unknown = Some(why),
                    }
                }
            }
            let answer = first(search, places, |search, name| {
                let mut present = present.clone();
                present.entry(name.clone()).or_default().extend(way.value.iter().copied());
                match self.value(search, &name, &present[&name]) {
                    Answer::None => Answer::None,
                    _ => self.meet(search, &present, rest),
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
        search: &mut impl Search,
        literals: &[Literal],
        known: &BTreeSet<String>,
    ) -> Result<Vec<String>, String> {
        if self.named.is_closed() && self.named.patterns.is_empty() {
            return Ok(Vec::new());
        }
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
        let string = search.graph().intern(Node::Types(Types::STRING));
        let mut base: Vec<Literal> = literals.to_vec();
        base.push((string, true));
        base.extend(self.names.iter().map(|names| (*names, true)));
        for name in known {
            let name = search.graph().intern(Node::Const(Json::String(name.clone())));
            base.push((name, false));
        }
        let mut names = Vec::new();
        for class in 0..1_usize << undecided.len() {
            let told = undecided.iter().enumerate().map(|(bit, id)| (*id, class >> bit & 1 == 1));
            match search.solve(base.iter().copied().chain(told)) {
                Answer::Some(Json::String(name)) => names.push(name),
                Answer::Some(_) | Answer::None => {}
                Answer::Unknown(why, _) => return Err(why),
            }
        }
        Ok(names)
    }

    /// A value for a property, or none if the name is not allowed.
    fn value(&self, search: &mut impl Search, name: &str, besides: &[Literal]) -> Answer {
        if self.forbidden.contains(name) {
            return Answer::None;
        }
        match self.is_named(search, name) {
            Ok(true) => {}
            Ok(false) => return Answer::None,
            Err(why) => return Answer::Unknown(why, None),
        }
        let names: Vec<Literal> = self.names.iter().map(|names| (*names, true)).collect();
        match all_hold(search, &names, name) {
            Ok(true) => {}
            Ok(false) => return Answer::None,
            Err(why) => return Answer::Unknown(why, None),
        }
        let mut literals = besides.to_vec();
        for properties in &self.properties {
            match evaluate::of_property(search.graph(), properties, name) {
                Ok(parts) => literals.extend(parts.into_iter().map(|part| (part, true))),
                Err(why) => return Answer::Unknown(why, None),
            }
        }
        search.solve(literals)
    }

    /// All demands are met: the values, and as many more properties as are needed.
    fn complete(&self, search: &mut impl Search, present: &Present) -> Answer {
        let mut object = Object::new();
        let mut unknown: Option<String> = None;
        for (name, besides) in present {
            match self.value(search, name, besides) {
                Answer::Some(value) => drop(object.insert(name.clone(), value)),
                Answer::None => return Answer::None,
                Answer::Unknown(why, value) => {
                    object.insert(name.clone(), value.unwrap_or(Json::Null));
                    unknown = Some(why);
                }
            }
        }
        if let Err(answer) = self.fill(search, &mut object, &mut unknown) {
            return answer;
        }
        match unknown {
            Some(why) => Answer::Unknown(why, Some(Json::Object(object))),
            None => Answer::Some(Json::Object(object)),
        }
    }

    /// Adds properties until there are enough.
    fn fill(
        &self,
        search: &mut impl Search,
        object: &mut Object,
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
                names = self.fresh(search, &[], &known).map_err(|why| Answer::Unknown(why, None))?;
                known.extend(names.iter().cloned());
                // A class whose names can have no value would come again and again.
                let usable = |name: &String| !matches!(self.value(search, name, &[]), Answer::None);
                names = names.into_iter().filter(usable).collect();
                if names.is_empty() {
                    return Err(skipped.map_or(Answer::None, |why| Answer::Unknown(why, None)));
                }
                continue;
            };
            if object.contains_key(&name) {
                continue;
            }
            match self.value(search, &name, &[]) {
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

fn all_hold(search: &mut impl Search, literals: &[Literal], name: &str) -> Result<bool, String> {
    let value = Json::String(name.to_owned());
    for (id, holds) in literals {
        if search.holds(*id, &value)? != *holds {
            return Ok(false);
        }
    }
    Ok(true)
}
