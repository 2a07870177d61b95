//! What a search is asked, and what it answers.

use crate::graph::{Graph, Node, NodeId, Types};
use crate::json::Json;

/// A node that has to hold (`true`) or not to hold.
pub(crate) type Literal = (NodeId, bool);

/// What the search found.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// This value.
    Some(Json),
    /// There is none.
    None,
    /// It is not known whether there is one, and why; perhaps this one.
    Unknown(String, Option<Json>),
}

/// What is left of a branch when its boolean part is done.
#[derive(Debug, Clone)]
pub(crate) struct Leaf {
    pub(crate) types: Types,
    /// The only values that are left.
    pub(crate) only: Option<Vec<Json>>,
    /// Values that are not allowed.
    pub(crate) not: Vec<Json>,
    /// Assertions about one type.
    pub(crate) assertions: Vec<Literal>,
    /// Keywords that are not decided.
    pub(crate) unsupported: Vec<(String, Types)>,
}

impl Default for Leaf {
    /// Any value.
    fn default() -> Self {
        Self {
            types: Types::ALL,
            only: None,
            not: Vec::new(),
            assertions: Vec::new(),
            unsupported: Vec::new(),
        }
    }
}

/// A search that the solvers of the types ask about what is inside their values.
pub(crate) trait Search {
    fn graph(&mut self) -> &mut Graph;

    /// Counts a step; the reason to give up, if a limit is passed.
    fn step(&mut self) -> Result<(), String>;

    /// A value for which each literal holds.
    fn solve(&mut self, literals: impl IntoIterator<Item = Literal>) -> Answer;

    /// Whether a node holds for a value; the reason if that is not decided.
    fn holds(&mut self, id: NodeId, value: &Json) -> Result<bool, String>;
}

/// The first of the alternatives that gives a value.
pub(crate) fn first<S: ?Sized, T>(
    search: &mut S,
    alternatives: impl IntoIterator<Item = T>,
    mut solve: impl FnMut(&mut S, T) -> Answer,
) -> Answer {
    let mut best = Answer::None;
    for alternative in alternatives {
        match solve(search, alternative) {
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

/// A lower maximum.
pub(crate) fn at_most(maximum: &mut Option<u64>, value: u64) {
    *maximum = Some(maximum.map_or(value, |old| old.min(value)));
}

/// The types whose values an assertion can refuse; `None` for what is no assertion about types.
pub(crate) fn assertion_types(node: &Node) -> Option<Types> {
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
        Node::Unsupported { types, .. } => *types,
        _ => return None,
    })
}
