#![doc = include_str!("../README.md")]

mod decimal;
mod json;
mod parse;

mod dialect;
mod document;

mod circular;
mod evaluated;
mod graph;
mod reader;
mod writer;

mod budget;
mod question;
mod solve;

mod arrays;
mod language;
mod number;
mod objects;

mod emitted;
mod evaluate;
mod judge;
mod refusal;
mod witness;

use std::time::{Duration, Instant};

use regexsolver::execution_profile::ExecutionProfileBuilder;
use serde_json::Value;

use budget::Budget;
use document::{Document, Fault};
use graph::{Graph, NodeId};
use judge::Judge;
use question::{Answer, Literal, Search};
use reader::Reading;
use solve::Solver;

pub use decimal::{Decimal, DecimalError};
pub use json::{Json, Object};
pub use parse::NoJson;
pub use witness::Witness;

/// How two schemas are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The writer emits the properties that its schema names, wherever it names them, and no others, as one does that
    /// writes from a type. A schema without `properties` is not that of a type, and stays open.
    pub closed_writer: bool,
    /// `format` is an assertion, and not an annotation.
    pub assert_format: bool,
    /// How long the search may take, when the schemas have been compiled.
    pub limit: Duration,
}

impl Default for Options {
    /// An open writer, formats as annotations, half a second.
    fn default() -> Self {
        Self { closed_writer: false, assert_format: false, limit: Duration::from_millis(500) }
    }
}

/// Whether everything that is valid under schema A is valid under schema B.
#[derive(Debug, Clone, PartialEq)]
pub enum Verdict {
    /// It is: proved.
    Contained {
        /// Because A accepts nothing at all, which is nearly always a mistake.
        vacuously: bool,
    },
    /// It is not: this document is valid under A and invalid under B.
    NotContained(Witness),
    /// It could not be decided.
    Unknown {
        /// What stood in the way.
        reason: String,
    },
}

/// A schema that cannot be compared.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("schema {which}{at}: {reason}", at = if pointer.is_empty() { String::new() } else { format!(" at {pointer}") })]
pub struct BadSchema {
    /// `a` or `b`.
    pub which: &'static str,
    /// Where in the schema (RFC 6901); empty for the whole.
    pub pointer: String,
    /// What is wrong there.
    pub reason: String,
}

impl Verdict {
    /// Whether the answer is [`Verdict::Contained`].
    pub fn is_contained(&self) -> bool {
        matches!(self, Self::Contained { .. })
    }
}

/// Compares what two schemas accept: `a` is the writer's, `b` the reader's.
///
/// A number in a [`Value`] is the one that it prints. A double from 2^53 on may have lost digits when it was read, so
/// that the answer is unknown: [`compare_json`] takes schemas with all their digits.
///
/// # Example: a required property that the writer does not promise
///
/// ```
/// use json_schema_containment::{Options, Verdict, compare};
/// use serde_json::json;
///
/// let a = json!({"type": "object", "properties": {"name": {"type": "string"}}});
/// let b = json!({"type": "object", "required": ["name"]});
/// let Verdict::NotContained(witness) = compare(&a, &b, &Options::default())? else { unreachable!() };
/// assert_eq!(witness.document.to_string(), "{}");
/// assert_eq!(witness.keyword, "required");
/// assert!(compare(&b, &json!(true), &Options::default())?.is_contained());
/// # Ok::<(), json_schema_containment::BadSchema>(())
/// ```
///
/// # Errors
/// A schema that is none: an unknown keyword, type or dialect, a `$ref` that leads nowhere or out of the document, a
/// pattern that is none.
pub fn compare(a: &Value, b: &Value, options: &Options) -> Result<Verdict, BadSchema> {
    match (Json::from_value(a), Json::from_value(b)) {
        (Ok(a), Ok(b)) => compare_json(&a, &b, options),
        (Err(reason), _) | (_, Err(reason)) => Ok(Verdict::Unknown { reason }),
    }
}

/// Compares what two schemas with exact numbers accept: see [`compare`].
///
/// # Errors
/// As [`compare`].
pub fn compare_json(a: &Json, b: &Json, options: &Options) -> Result<Verdict, BadSchema> {
    let milliseconds = u64::try_from(options.limit.as_millis()).unwrap_or(u64::MAX);
    let profile =
        ExecutionProfileBuilder::new().execution_timeout(milliseconds).max_number_of_states(5_000).build();
    let a = Side::new("a", a, options)?;
    let b = Side::new("b", b, options)?;
    let deadline = Instant::now() + options.limit;
    Ok(profile.run(|| Comparison::new(a, b, options, deadline).verdict()))
}

/// One of the two schemas.
struct Side<'s> {
    schema: &'s Json,
    document: Document<'s>,
    judge: Judge,
}

impl<'s> Side<'s> {
    fn new(which: &'static str, schema: &'s Json, options: &Options) -> Result<Self, BadSchema> {
        let bad = |fault: Fault| BadSchema { which, pointer: fault.pointer, reason: fault.reason };
        let document = Document::new(schema).map_err(bad)?;
        let judge = Judge::new(schema, &document, options.assert_format).map_err(bad)?;
        Ok(Self { schema, document, judge })
    }

    fn read(&mut self, graph: &mut Graph, reading: Reading) -> Result<(), String> {
        self.judge.root = Some(reader::read(graph, &self.document, reading)?);
        Ok(())
    }
}

/// How long it is looked whether a schema accepts anything.
const TO_SEE_EMPTINESS: Duration = Duration::from_millis(100);
/// How long candidates are tried when the time of the search is used up.
const TO_TRY: Duration = Duration::from_millis(200);

struct Comparison<'s> {
    a: Side<'s>,
    b: Side<'s>,
    graph: Graph,
    closed_writer: bool,
    deadline: Instant,
    /// Why the schemas could not be read.
    unread: Option<String>,
}

impl<'s> Comparison<'s> {
    fn new(mut a: Side<'s>, mut b: Side<'s>, options: &Options, deadline: Instant) -> Self {
        let mut graph = Graph::default();
        let reading = Reading { assert_format: options.assert_format, closed: false };
        let closed_writer = options.closed_writer;
        let read_a = a.read(&mut graph, Reading { closed: closed_writer, ..reading });
        let read_b = b.read(&mut graph, reading);
        let unread = read_a.and(read_b).err();
        Self { a, b, graph, closed_writer, deadline, unread }
    }

    fn verdict(mut self) -> Verdict {
        let is_circular = circular::is_circular(&self.graph);
        if self.is_same() {
            let vacuously = !is_circular && self.accepts_nothing(self.a.judge.root);
            return Verdict::Contained { vacuously };
        }
        if is_circular {
            let reason =
                "a $ref leads back to itself about the same value, which JSON Schema leaves undefined";
            return Verdict::Unknown { reason: reason.to_owned() };
        }
        let (reason, candidate) = match (&self.unread, self.a.judge.root, self.b.judge.root) {
            (None, Some(a), Some(b)) => match self.solve(&[(a, true), (b, false)], self.deadline) {
                Answer::None => return Verdict::Contained { vacuously: self.accepts_nothing(Some(a)) },
                Answer::Some(document) => {
                    ("a document that was found could not be confirmed".to_owned(), Some(document))
                }
                Answer::Unknown(reason, document) => (reason, document),
            },
            (Some(reason), ..) => (reason.clone(), None),
            _ => ("a schema could not be read".to_owned(), None),
        };
        let end = self.deadline + TO_TRY;
        let candidates = witness::candidates(self.a.schema, self.b.schema);
        let mut candidates = candidate.into_iter().chain(candidates).take_while(|_| Instant::now() < end);
        if let Some(document) = candidates.find(|it| self.is_witness(it)) {
            let refuses_everything = self.accepts_nothing(self.b.judge.root);
            let is_witness = |document: &Json| self.is_witness(document);
            let refusal_of = |document: &Json| self.b.judge.refusal(&self.graph, document);
            return Verdict::NotContained(Witness::new(document, is_witness, refusal_of, refuses_everything));
        }
        if self.every_document_is_read() {
            return Verdict::Contained { vacuously: false };
        }
        Verdict::Unknown { reason }
    }

    /// One schema is the other, so that whatever it means it means twice.
    fn is_same(&self) -> bool {
        self.a.schema == self.b.schema
    }

    fn solve(&mut self, literals: &[Literal], deadline: Instant) -> Answer {
        let budget = Budget::new(deadline);
        Solver::new(&mut self.graph, budget).solve(literals.iter().copied())
    }

    fn accepts_nothing(&mut self, root: Option<NodeId>) -> bool {
        let deadline = self.deadline.min(Instant::now() + TO_SEE_EMPTINESS);
        self.unread.is_none()
            && root.is_some_and(|root| matches!(self.solve(&[(root, true)], deadline), Answer::None))
    }

    fn is_witness(&self, document: &Json) -> bool {
        // The crate is fast, and most documents are none.
        self.a.judge.by_crate(document) != Some(false)
            && self.b.judge.by_crate(document) != Some(true)
            && self.a.judge.accepts(&self.graph, document) == Some(true)
            && (!self.closed_writer || self.a.judge.emits(&self.graph, document))
            && self.b.judge.accepts(&self.graph, document) == Some(false)
    }

    /// Whether A spells all documents that it accepts, and B accepts them. They are tried while there is time.
    fn every_document_is_read(&self) -> bool {
        let is_read = |document: &Json| {
            Instant::now() < self.deadline
                && (self.a.judge.accepts(&self.graph, document) == Some(false)
                    || self.b.judge.accepts(&self.graph, document) == Some(true))
        };
        witness::finite(self.a.schema).is_some_and(|all| all.iter().all(is_read))
    }
}
