//! Looks for a JSON value that some schemas accept and others refuse, or sees that there is none.
//!
//! A question is a set of literals: nodes that have to hold, or not to hold. Its boolean part is split into branches;
//! what remains says, for each type, which values are left. A value inside an object or array is a question of the
//! same kind, so an answer "there is none" is a proof, as long as nothing was left undecided on the way.

use std::collections::{BTreeSet, HashMap, HashSet};

use num_rational::BigRational;

use crate::budget::Budget;
use crate::decimal::{self, Decimal};
use crate::evaluate;
use crate::graph::{Graph, Node, NodeId, Types};
use crate::json::Json;
use crate::question::{Answer, Leaf, Literal, Search, assertion_types, at_most, first};
use crate::{arrays, language, number, objects};

/// A search with its limits.
pub(crate) struct Solver<'g> {
    graph: &'g mut Graph,
    budget: Budget,
    /// Questions being answered, outermost first.
    open: Vec<BTreeSet<Literal>>,
    /// The outermost open question that the answer at hand rests on.
    rests_on: usize,
    answers: HashMap<BTreeSet<Literal>, Answer>,
}

const DEPTH: usize = 60;

#[derive(Clone)]
struct Branch {
    todo: Vec<Literal>,
    later: Vec<Literal>,
    done: BTreeSet<Literal>,
    leaf: Leaf,
}

impl<'g> Solver<'g> {
    pub(crate) fn new(graph: &'g mut Graph, budget: Budget) -> Self {
        Self { graph, budget, open: Vec::new(), rests_on: usize::MAX, answers: HashMap::new() }
    }
}

impl Search for Solver<'_> {
    fn graph(&mut self) -> &mut Graph {
        self.graph
    }

    fn step(&mut self) -> Result<(), String> {
        self.budget.step()
    }

    fn holds(&mut self, id: NodeId, value: &Json) -> Result<bool, String> {
        evaluate::holds(self.graph, &mut self.budget, id, value, 0)
    }

    fn solve(&mut self, literals: impl IntoIterator<Item = Literal>) -> Answer {
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
            leaf: Leaf::default(),
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
}

impl Solver<'_> {
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
            // Other alternatives name other properties, if the writer is closed.
            let is_decided = !self.graph.has_named()
                && alternatives.iter().any(|all| all.iter().all(|literal| branch.done.contains(literal)));
            if is_decided {
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
                first(self, alternatives, |solver, alternative| {
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
            Node::Const(constant) if holds => types.meets(Types::of(constant)),
            Node::Named(_) => holds,
            node if !holds => assertion_types(node).is_none_or(|set| types.meets(set)),
            _ => true,
        }
    }

    /// Takes a literal into the branch; false if it cannot hold.
    fn assert(&mut self, branch: &mut Branch, id: NodeId, holds: bool) -> bool {
        let leaf = &mut branch.leaf;
        match self.graph.node(id) {
            Node::Bool(value) => return *value == holds,
            Node::Named(_) if !holds => return false,
            Node::Types(types) => {
                leaf.types = leaf.types.and(if holds { *types } else { types.complement() });
            }
            Node::Const(constant) if holds => {
                leaf.types = leaf.types.and(Types::of(constant));
                let only = leaf.only.take().unwrap_or_else(|| vec![constant.clone()]);
                leaf.only = Some(only.into_iter().filter(|value| value == constant).collect());
            }
            Node::Const(constant) => leaf.not.push(constant.clone()),
            Node::AllOf(parts) if holds => branch.todo.extend(parts.iter().map(|part| (*part, true))),
            Node::AnyOf(parts) if !holds => branch.todo.extend(parts.iter().map(|part| (*part, false))),
            Node::AnyOf(parts) => {
                let constants: Option<Vec<Json>> = parts
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
                                let constants: HashSet<Json> = constants.into_iter().collect();
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
            Node::Unsupported { keyword, types, .. } => {
                leaf.unsupported.push((keyword.clone(), *types));
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
        let not: HashSet<Json> = branch.leaf.not.into_iter().collect();
        let only = branch.leaf.only.unwrap_or_default().into_iter().filter(|value| !not.contains(value));
        first(self, only, |solver, constant| {
            let mut undecided = None;
            for (id, holds) in &literals {
                match solver.holds(*id, &constant) {
                    Ok(found) if found == *holds => {}
                    Ok(_) => return Answer::None,
                    Err(why) => undecided = Some(why),
                }
            }
            match undecided {
                None => Answer::Some(constant),
                Some(why) => Answer::Unknown(why, Some(constant)),
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
        first(self, kinds.into_iter().filter(|kind| leaf.types.meets(*kind)), |solver, kind| {
            let answer = match kind {
                Types::NULL => one_of(leaf, [Json::Null]),
                Types::BOOLEAN => one_of(leaf, [Json::Bool(true), Json::Bool(false)]),
                Types::INTEGER | Types::FRACTION => solver.number(leaf, kind == Types::INTEGER),
                Types::STRING => solver.string(leaf),
                Types::ARRAY => arrays::solve(solver, leaf),
                _ => objects::solve(solver, leaf),
            };
            let undecided = leaf.unsupported.iter().find(|(_, types)| types.meets(kind));
            match (answer, undecided) {
                (Answer::Some(value), Some((keyword, _))) => {
                    Answer::Unknown(format!("{keyword} is not decided"), Some(value))
                }
                (answer, _) => answer,
            }
        })
    }

    fn number(&mut self, leaf: &Leaf, integer: bool) -> Answer {
        match self.number_constraints(leaf, integer).map(|constraints| constraints.find()) {
            Ok(number::Found::Number(exact)) => match Decimal::from_rational(&exact) {
                Some(number) => Answer::Some(Json::Number(number)),
                None => Answer::Unknown("a number that JSON cannot write".to_owned(), None),
            },
            Ok(number::Found::None) => Answer::None,
            Ok(number::Found::GaveUp) => Answer::Unknown("a search among numbers".to_owned(), None),
            Err(why) => Answer::Unknown(why, None),
        }
    }

    fn number_constraints(&self, leaf: &Leaf, integer: bool) -> Result<number::Constraints, String> {
        let mut constraints = number::Constraints { integer: Some(integer), ..Default::default() };
        for (id, holds) in &leaf.assertions {
            let end = |bound: &number::Bound, exclusive| {
                Ok::<_, String>(number::Bound { at: fraction(&bound.at)?, exclusive })
            };
            match (self.graph.node(*id), *holds) {
                (Node::Minimum(bound), true) => constraints.at_least(end(bound, bound.exclusive)?),
                (Node::Minimum(bound), false) => constraints.at_most(end(bound, !bound.exclusive)?),
                (Node::Maximum(bound), true) => constraints.at_most(end(bound, bound.exclusive)?),
                (Node::Maximum(bound), false) => constraints.at_least(end(bound, !bound.exclusive)?),
                (Node::MultipleOf(step), true) => constraints.multiple_of.push(fraction(step)?),
                (Node::MultipleOf(step), false) => constraints.not_multiple_of.push(fraction(step)?),
                _ => {}
            }
        }
        for not in &leaf.not {
            if let Json::Number(number) = not {
                constraints.not.push(fraction(number)?);
            }
        }
        Ok(constraints)
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
        constraints.not = leaf.not.iter().filter_map(|not| not.as_str()).map(str::to_owned).collect();
        match constraints.find(self.graph.languages()) {
            language::Found::String(string) => Answer::Some(Json::String(string)),
            language::Found::None => Answer::None,
            language::Found::GaveUp(why) => Answer::Unknown(why, None),
        }
    }
}

/// A number for the search among fractions.
fn fraction(number: &Decimal) -> Result<BigRational, String> {
    number.to_rational().ok_or_else(|| {
        let text = decimal::shortened(&number.to_string());
        format!("the number {text} has too many zeros to be searched around")
    })
}

fn one_of<const N: usize>(leaf: &Leaf, values: [Json; N]) -> Answer {
    let left = values.into_iter().find(|value| !leaf.not.iter().any(|not| not == value));
    left.map_or(Answer::None, Answer::Some)
}
