//! Looks for a JSON value that some schemas accept and others refuse, or sees that there is none.
//!
//! A question is a set of literals: nodes that have to hold, or not to hold. Its boolean part is split into branches;
//! what remains says, for each type, which values are left. A value inside an object or array is a question of the
//! same kind, so an answer "there is none" is a proof, as long as nothing was left undecided on the way.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::time::Instant;

use serde_json::Value;

use super::graph::{Constant, Graph, Node, NodeId, Types};
use super::{arrays, language, number, objects};

/// A node that has to hold (`true`) or not to hold.
pub(crate) type Literal = (NodeId, bool);

/// What the search found.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This value.
    Some(Value),
    /// There is none.
    None,
    /// It is not known whether there is one, and why; perhaps this one.
    Unknown(String, Option<Value>),
}

/// A search with its limits.
pub(crate) struct Solver<'g> {
    pub(crate) graph: &'g mut Graph,
    deadline: Instant,
    steps: usize,
    /// Questions being answered, outermost first.
    open: Vec<BTreeSet<Literal>>,
    /// The outermost open question that the answer at hand rests on.
    rests_on: usize,
    answers: HashMap<BTreeSet<Literal>, Answer>,
}

const STEPS: usize = 300_000;
const DEPTH: usize = 60;

/// What is left of a branch when its boolean part is done.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) types: Types,
    /// The only values that are left.
    pub(crate) only: Option<Vec<Constant>>,
    /// Values that are not allowed.
    pub(crate) not: Vec<Constant>,
    /// Assertions about one type.
    pub(crate) assertions: Vec<Literal>,
    /// Keywords that are not decided.
    pub(crate) opaque: Vec<(String, Types)>,
}

#[derive(Clone)]
struct Branch {
    todo: Vec<Literal>,
    later: Vec<Literal>,
    done: BTreeSet<Literal>,
    leaf: Leaf,
}

impl<'g> Solver<'g> {
    pub(crate) fn new(graph: &'g mut Graph, deadline: Instant) -> Self {
        Self { graph, deadline, steps: 0, open: Vec::new(), rests_on: usize::MAX, answers: HashMap::new() }
    }

    /// Counts a step; the reason to give up, if a limit is passed.
    pub(crate) fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > STEPS {
            return Err(format!("more than {STEPS} steps"));
        }
        if self.steps.is_multiple_of(64) && Instant::now() >= self.deadline {
            return Err("the time limit".to_owned());
        }
        Ok(())
    }

    /// A value for which each literal holds.
    pub(crate) fn solve(&mut self, literals: impl IntoIterator<Item = Literal>) -> Answer {
        let question: BTreeSet<Literal> =
            literals.into_iter().filter(|(id, holds)| !self.graph.is(*id, *holds)).collect();
        if question.iter().any(|(id, holds)| question.contains(&(*id, !holds))) {
            return Answer::None;
        }
        if let Some(answer) = self.answers.get(&question) {
            return answer.clone();
        }
        if let Some(place) = self.open.iter().position(|open| *open == question) {
            // The smallest value that answers this question has no smaller one of its own kind inside.
            self.rests_on = self.rests_on.min(place);
            return Answer::None;
        }
        if self.open.len() >= DEPTH {
            return Answer::Unknown(format!("nested more than {DEPTH} levels deep"), None);
        }
        if let Err(why) = self.step() {
            return Answer::Unknown(why, None);
        }
        let place = self.open.len();
        let outer = std::mem::replace(&mut self.rests_on, usize::MAX);
        self.open.push(question.clone());
        let answer = self.branches(Branch {
            todo: question.iter().copied().collect(),
            later: Vec::new(),
            done: BTreeSet::new(),
            leaf: Leaf {
                types: Types::ALL,
                only: None,
                not: Vec::new(),
                assertions: Vec::new(),
                opaque: Vec::new(),
            },
        });
        self.open.pop();
        // "None" that rests on an open question holds only inside of it; a value is a value everywhere.
        if self.rests_on >= place || matches!(answer, Answer::Some(_)) {
            self.answers.insert(question, answer.clone());
        }
        if self.rests_on >= place {
            self.rests_on = usize::MAX;
        }
        self.rests_on = self.rests_on.min(outer);
        answer
    }

    /// The first of the alternatives that gives a value.
    pub(crate) fn first<T>(
        &mut self,
        alternatives: impl IntoIterator<Item = T>,
        mut solve: impl FnMut(&mut Self, T) -> Answer,
    ) -> Answer {
        let mut best = Answer::None;
        for alternative in alternatives {
            match solve(self, alternative) {
                Answer::Some(value) => return Answer::Some(value),
                Answer::None => {}
                unknown @ Answer::Unknown(_, Some(_)) => {
                    if !matches!(best, Answer::Unknown(_, Some(_))) {
                        best = unknown;
                    }
                }
                unknown @ Answer::Unknown(_, None) => {
                    if matches!(best, Answer::None) {
                        best = unknown;
                    }
                }
            }
        }
        best
    }

    fn branches(&mut self, mut branch: Branch) -> Answer {
        if let Err(why) = self.step() {
            return Answer::Unknown(why, None);
        }
        while let Some((id, holds)) = branch.todo.pop() {
            if branch.done.contains(&(id, !holds)) {
                return Answer::None;
            }
            if !branch.done.insert((id, holds)) {
                continue;
            }
            if !self.assert(&mut branch, id, holds) || branch.leaf.types == Types::NONE {
                return Answer::None;
            }
        }
        if branch.leaf.only.is_some() {
            return self.try_each(branch);
        }
        // The alternatives of what is left; one that is decided already is no choice.
        let mut choice: Option<(usize, Vec<Vec<Literal>>)> = None;
        let mut index = 0;
        while index < branch.later.len() {
            let (id, holds) = branch.later[index];
            let mut alternatives = self.alternatives(id, holds);
            if alternatives.iter().any(|all| all.iter().all(|literal| branch.done.contains(literal))) {
                branch.later.swap_remove(index);
                continue;
            }
            alternatives.retain(|all| {
                !all.iter().any(|(id, holds)| {
                    branch.done.contains(&(*id, !holds)) || !self.possible(branch.leaf.types, *id, *holds)
                })
            });
            match alternatives.len() {
                0 => return Answer::None,
                1 => {
                    branch.later.swap_remove(index);
                    branch.todo.extend(alternatives.remove(0));
                    return self.branches(branch);
                }
                fewer if choice.as_ref().is_none_or(|(_, all)| fewer < all.len()) => {
                    choice = Some((index, alternatives));
                }
                _ => {}
            }
            index += 1;
        }
        match choice {
            None => self.leaf(&branch.leaf),
            Some((index, alternatives)) => {
                branch.later.swap_remove(index);
                self.first(alternatives, |solver, alternative| {
                    let mut branch = branch.clone();
                    branch.todo.extend(alternative);
                    solver.branches(branch)
                })
            }
        }
    }

    /// Whether a literal can hold for a value of one of these types, as far as a glance tells.
    fn possible(&self, types: Types, id: NodeId, holds: bool) -> bool {
        match self.graph.node(id) {
            Node::Bool(value) => *value == holds,
            Node::Types(set) => types.meets(if holds { *set } else { set.complement() }),
            Node::Const(constant) if holds => types.meets(Types::of(&constant.value)),
            node if !holds => assertion_types(node).is_none_or(|set| types.meets(set)),
            _ => true,
        }
    }

    /// Takes a literal into the branch; false if it cannot hold.
    fn assert(&mut self, branch: &mut Branch, id: NodeId, holds: bool) -> bool {
        let leaf = &mut branch.leaf;
        match self.graph.node(id) {
            Node::Bool(value) => return *value == holds,
            Node::Types(types) => {
                leaf.types = leaf.types.and(if holds { *types } else { types.complement() });
            }
            Node::Const(constant) if holds => {
                leaf.types = leaf.types.and(Types::of(&constant.value));
                let only = leaf.only.take().unwrap_or_else(|| vec![constant.clone()]);
                leaf.only = Some(only.into_iter().filter(|value| value == constant).collect());
            }
            Node::Const(constant) => leaf.not.push(constant.clone()),
            Node::AllOf(parts) if holds => branch.todo.extend(parts.iter().map(|part| (*part, true))),
            Node::AnyOf(parts) if !holds => branch.todo.extend(parts.iter().map(|part| (*part, false))),
            Node::AnyOf(parts) => {
                let constants: Option<Vec<Constant>> = parts
                    .iter()
                    .map(|part| match self.graph.node(*part) {
                        Node::Const(constant) => Some(constant.clone()),
                        _ => None,
                    })
                    .collect();
                match constants {
                    Some(constants) => {
                        leaf.only = Some(match leaf.only.take() {
                            Some(only) => {
                                let constants: HashSet<Constant> = constants.into_iter().collect();
                                only.into_iter().filter(|it| constants.contains(it)).collect()
                            }
                            None => constants,
                        });
                    }
                    None => branch.later.push((id, true)),
                }
            }
            Node::AllOf(_) | Node::OneOf(_) | Node::If { .. } => branch.later.push((id, holds)),
            Node::Not(inner) => branch.todo.push((*inner, !holds)),
            Node::Ref(reference) => {
                if let Some(target) = self.graph.target(*reference) {
                    branch.todo.push((target, holds));
                }
            }
            Node::Opaque { keyword, types, .. } => {
                leaf.opaque.push((keyword.clone(), *types));
                if !holds {
                    leaf.types = leaf.types.and(*types);
                }
            }
            node => {
                if !holds {
                    leaf.types = leaf.types.and(assertion_types(node).unwrap_or(Types::ALL));
                }
                leaf.assertions.push((id, holds));
            }
        }
        true
    }

    fn alternatives(&mut self, id: NodeId, holds: bool) -> Vec<Vec<Literal>> {
        match self.graph.node(id) {
            Node::AnyOf(parts) => parts.iter().map(|part| vec![(*part, true)]).collect(),
            Node::AllOf(parts) => parts.iter().map(|part| vec![(*part, false)]).collect(),
            Node::If { test, then, otherwise } => {
                vec![vec![(*test, true), (*then, holds)], vec![(*test, false), (*otherwise, holds)]]
            }
            Node::OneOf(parts) if holds => (0..parts.len())
                .map(|one| parts.iter().enumerate().map(|(index, part)| (*part, index == one)).collect())
                .collect(),
            Node::OneOf(parts) => {
                let none = parts.iter().map(|part| (*part, false)).collect();
                let pairs = (0..parts.len()).flat_map(|second| {
                    (0..second).map(move |first| vec![(parts[first], true), (parts[second], true)])
                });
                std::iter::once(none).chain(pairs).collect()
            }
            _ => vec![vec![(id, holds)]],
        }
    }

    /// A branch in which few values are left: each is tried on what the branch is about.
    fn try_each(&mut self, branch: Branch) -> Answer {
        let mut literals = branch.done;
        literals.extend(branch.later);
        // Constants have been taken into account on the way here; what is excluded is left out in one go.
        let is_constant = |id: NodeId| matches!(self.graph.node(id), Node::Const(_));
        literals.retain(|(id, holds)| *holds || !is_constant(*id));
        let not: HashSet<Constant> = branch.leaf.not.into_iter().collect();
        let only = branch.leaf.only.unwrap_or_default().into_iter().filter(|value| !not.contains(value));
        self.first(only, |solver, constant| {
            let mut undecided = None;
            for (id, holds) in &literals {
                match solver.holds(*id, &constant.value, 0) {
                    Ok(found) if found == *holds => {}
                    Ok(_) => return Answer::None,
                    Err(why) => undecided = Some(why),
                }
            }
            match undecided {
                None => Answer::Some(constant.value),
                Some(why) => Answer::Unknown(why, Some(constant.value)),
            }
        })
    }

    fn leaf(&mut self, leaf: &Leaf) -> Answer {
        let kinds = [
            Types::NULL,
            Types::BOOLEAN,
            Types::INTEGER,
            Types::FRACTION,
            Types::STRING,
            Types::ARRAY,
            Types::OBJECT,
        ];
        self.first(kinds.into_iter().filter(|kind| leaf.types.meets(*kind)), |solver, kind| {
            let answer = match kind {
                Types::NULL => one_of(leaf, [Value::Null]),
                Types::BOOLEAN => one_of(leaf, [Value::Bool(true), Value::Bool(false)]),
                Types::INTEGER | Types::FRACTION => solver.number(leaf, kind == Types::INTEGER),
                Types::STRING => solver.string(leaf),
                Types::ARRAY => arrays::solve(solver, leaf),
                _ => objects::solve(solver, leaf),
            };
            let undecided = leaf.opaque.iter().find(|(_, types)| types.meets(kind));
            match (answer, undecided) {
                (Answer::Some(value), Some((keyword, _))) => {
                    Answer::Unknown(format!("{keyword} is not decided"), Some(value))
                }
                (answer, _) => answer,
            }
        })
    }

    fn number(&mut self, leaf: &Leaf, integer: bool) -> Answer {
        let mut constraints = number::Constraints { integer: Some(integer), ..Default::default() };
        for (id, holds) in &leaf.assertions {
            let flip =
                |bound: &number::Bound| number::Bound { at: bound.at.clone(), exclusive: !bound.exclusive };
            match (self.graph.node(*id), holds) {
                (Node::Minimum(bound), true) => constraints.at_least(bound.clone()),
                (Node::Minimum(bound), false) => constraints.at_most(flip(bound)),
                (Node::Maximum(bound), true) => constraints.at_most(bound.clone()),
                (Node::Maximum(bound), false) => constraints.at_least(flip(bound)),
                (Node::MultipleOf(step), true) => constraints.multiple_of.push(step.clone()),
                (Node::MultipleOf(step), false) => constraints.not_multiple_of.push(step.clone()),
                _ => {}
            }
        }
        let numbers = leaf.not.iter().filter_map(|not| not.value.as_number());
        constraints.not = numbers.filter_map(number::exact).collect();
        match constraints.find() {
            number::Found::Number(exact) => match number::json(&exact) {
                Some(value) => Answer::Some(value),
                None => Answer::Unknown("a number that JSON cannot write".to_owned(), None),
            },
            number::Found::None => Answer::None,
            number::Found::GaveUp => Answer::Unknown("a search among numbers".to_owned(), None),
        }
    }

    fn string(&mut self, leaf: &Leaf) -> Answer {
        let mut constraints = language::Constraints::default();
        for (id, holds) in &leaf.assertions {
            match (self.graph.node(*id), holds) {
                (Node::Pattern(pattern), holds) => constraints.patterns.push((pattern.clone(), *holds)),
                (Node::MinLength(min), true) => constraints.min_length = constraints.min_length.max(*min),
                (Node::MinLength(min), false) => at_most(&mut constraints.max_length, min.saturating_sub(1)),
                (Node::MaxLength(max), true) => at_most(&mut constraints.max_length, *max),
                (Node::MaxLength(max), false) => {
                    constraints.min_length = constraints.min_length.max(max.saturating_add(1));
                }
                _ => {}
            }
        }
        constraints.not = leaf.not.iter().filter_map(|not| not.value.as_str()).map(str::to_owned).collect();
        match constraints.find() {
            language::Found::String(string) => Answer::Some(Value::String(string)),
            language::Found::None => Answer::None,
            language::Found::GaveUp(why) => Answer::Unknown(why, None),
        }
    }

    /// Whether a node holds for a value; the reason if that is not decided.
    pub(crate) fn holds(&mut self, id: NodeId, value: &Value, depth: usize) -> Result<bool, String> {
        super::evaluate::holds(self, id, value, depth)
    }
}

/// A lower maximum.
pub(crate) fn at_most(maximum: &mut Option<u64>, value: u64) {
    *maximum = Some(maximum.map_or(value, |old| old.min(value)));
}

fn one_of<const N: usize>(leaf: &Leaf, values: [Value; N]) -> Answer {
    let left = values.into_iter().find(|value| !leaf.not.iter().any(|not| not.value == *value));
    left.map_or(Answer::None, Answer::Some)
}

/// The types whose values an assertion can refuse; `None` for what is no assertion about types.
fn assertion_types(node: &Node) -> Option<Types> {
    Some(match node {
        Node::Minimum(_) | Node::Maximum(_) | Node::MultipleOf(_) => Types::NUMBER,
        Node::MinLength(_) | Node::MaxLength(_) | Node::Pattern(_) => Types::STRING,
        Node::Properties(_)
        | Node::PropertyNames(_)
        | Node::Required(_)
        | Node::MinProperties(_)
        | Node::MaxProperties(_) => Types::OBJECT,
        Node::Items { .. }
        | Node::Contains { .. }
        | Node::MinItems(_)
        | Node::MaxItems(_)
        | Node::UniqueItems => Types::ARRAY,
        Node::Opaque { types, .. } => *types,
        _ => return None,
    })
}
