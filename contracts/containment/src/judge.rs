//! Whether a document is valid under a schema, by two judges that share nothing: the graph, and the `jsonschema` crate.
//!
//! The crate has every keyword, and doubles for numbers; the graph has exact numbers, and not every keyword. Each
//! decides what it can, and where they disagree nothing is decided.

use std::time::{Duration, Instant};

use jsonschema::Validator;
use jsonschema::error::ValidationErrorKind;

use crate::budget::Budget;
use crate::document::{Document, Fault};
use crate::emitted;
use crate::evaluate;
use crate::graph::{Graph, NodeId};
use crate::json::Json;
use crate::refusal::{self, Refusal};

/// How long the graph may take for one document. A document takes microseconds: this much only so that a machine that is busy
/// does not leave one unconfirmed.
const FOR_A_DOCUMENT: Duration = Duration::from_millis(500);

pub(crate) struct Judge {
    validator: Validator,
    /// The validator has the numbers of the schema.
    is_exact: bool,
    /// The schema in the graph, if it could be read.
    pub(crate) root: Option<NodeId>,
}

impl Judge {
    /// # Errors
    /// The schema is none by the meta-schema of its dialect.
    pub(crate) fn new(schema: &Json, document: &Document<'_>, assert_format: bool) -> Result<Self, Fault> {
        let (value, is_exact) = schema.to_value();
        let validator = jsonschema::options()
            .with_draft(document.dialect().draft())
            .with_retriever(Offline)
            .should_validate_formats(assert_format)
            .build(&value)
            .map_err(|error| Fault {
                pointer: error.instance_path().to_string(),
                reason: match error.kind() {
                    ValidationErrorKind::Format { format } => format!("this is no {format}"),
                    _ => error.to_string(),
                },
            })?;
        Ok(Self { validator, is_exact, root: None })
    }

    /// Whether the schema accepts a document, if that is decided.
    pub(crate) fn accepts(&self, graph: &Graph, document: &Json) -> Option<bool> {
        match (self.by_crate(document), self.by_graph(graph, document)) {
            (Some(one), Some(other)) => (one == other).then_some(one),
            (one, other) => one.or(other),
        }
    }

    /// What the crate says of a document, if it has all numbers as they are.
    pub(crate) fn by_crate(&self, document: &Json) -> Option<bool> {
        let value = self.is_exact.then(|| document.to_value()).filter(|(_, is_exact)| *is_exact);
        value.map(|(value, _)| self.validator.is_valid(&value))
    }

    fn by_graph(&self, graph: &Graph, document: &Json) -> Option<bool> {
        let mut budget = Budget::new(Instant::now() + FOR_A_DOCUMENT);
        evaluate::holds(graph, &mut budget, self.root?, document, 0).ok()
    }

    /// Where and by which keyword the schema refuses a document.
    pub(crate) fn refusal(&self, graph: &Graph, document: &Json) -> Refusal {
        let value = self.is_exact.then(|| document.to_value()).filter(|(_, is_exact)| *is_exact);
        let by_crate = value.and_then(|(value, _)| {
            let error = self.validator.iter_errors(&value).next()?;
            let missing = match error.kind() {
                ValidationErrorKind::Required { property } => property.as_str().map(str::to_owned),
                _ => None,
            };
            let pointer = error.instance_path().to_string();
            Some(Refusal { pointer, keyword: error.kind().keyword().to_owned(), missing })
        });
        by_crate.unwrap_or_else(|| {
            let mut budget = Budget::new(Instant::now() + FOR_A_DOCUMENT);
            self.root.map(|root| refusal::find(graph, &mut budget, root, document)).unwrap_or_default()
        })
    }

    /// Whether a closed writer with this schema emits a document that it accepts.
    pub(crate) fn emits(&self, graph: &Graph, document: &Json) -> bool {
        let mut budget = Budget::new(Instant::now() + FOR_A_DOCUMENT);
        self.root
            .is_some_and(|root| emitted::is_emitted(graph, &mut budget, &[root], document, 0) == Ok(true))
    }
}

/// Schemas are read from the document at hand alone.
struct Offline;

impl jsonschema::Retrieve for Offline {
    fn retrieve(
        &self,
        uri: &jsonschema::Uri<String>,
    ) -> Result<serde_json::Value, Box<dyn std::error::Error + Send + Sync>> {
        Err(format!("the $ref leads out of the file, to {uri}").into())
    }
}
