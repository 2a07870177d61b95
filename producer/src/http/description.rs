//! The description of an operation in the OpenAPI document, read off its handler's signature. Each argument and
//! answer type describes itself, so the document cannot differ from the code.

use std::collections::BTreeMap;

use axum::handler::Handler;
use axum::http::StatusCode;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::problem::{DOCUMENTED, Problem};
use crate::app::App;

/// What the document says of an operation.
pub(super) struct Description<'s> {
    schemas: &'s mut SchemaGenerator,
    /// The names of the parts of the path that vary.
    path: Vec<&'static str>,
    parameters: Vec<Value>,
    body: Option<Value>,
    responses: BTreeMap<u16, Value>,
}

impl<'s> Description<'s> {
    pub(super) fn new(path: &'static str, schemas: &'s mut SchemaGenerator) -> Self {
        let path = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')).collect();
        Self { schemas, path, parameters: Vec::new(), body: None, responses: BTreeMap::new() }
    }

    pub(super) fn schema<T: JsonSchema>(&mut self) -> Schema {
        self.schemas.subschema_for::<T>()
    }

    /// The part of the path that varies with this index.
    pub(super) fn path_parameter<T: JsonSchema>(&mut self, index: usize) {
        let name = self.path.get(index).copied().unwrap_or_default();
        let schema = self.schema::<T>();
        self.parameters.push(json!({ "name": name, "in": "path", "required": true, "schema": schema }));
    }

    pub(super) fn header(&mut self, name: &str, description: &str, schema: &Value) {
        self.parameters.push(json!({
            "name": name, "in": "header", "required": false, "description": description, "schema": schema,
        }));
    }

    pub(super) fn body<T: JsonSchema>(&mut self) {
        let schema = self.schema::<T>();
        self.body =
            Some(json!({ "required": true, "content": { "application/json": { "schema": schema } } }));
    }

    pub(super) fn response(&mut self, status: StatusCode, response: Value) {
        self.responses.insert(status.as_u16(), response);
    }

    pub(super) fn problems(&mut self, statuses: &[StatusCode]) {
        for status in statuses {
            let problem = json!({ "$ref": format!("#/components/responses/{}", status.as_u16()) });
            self.response(*status, problem);
        }
    }

    /// Parameters, body and responses of the document.
    pub(super) fn into_members(self) -> Map<String, Value> {
        let Self { parameters, body, responses, .. } = self;
        let mut members = Map::new();
        members.insert("parameters".to_owned(), parameters.into());
        members.extend(body.map(|body| ("requestBody".to_owned(), body)));
        let responses = responses.into_iter().map(|(status, response)| (status.to_string(), response));
        members.insert("responses".to_owned(), Value::Object(responses.collect()));
        members
    }
}

/// The problems that an operation can answer with, by their status.
pub(super) fn problem_responses(schemas: &mut SchemaGenerator) -> Value {
    let schema = schemas.subschema_for::<Problem>();
    let responses = DOCUMENTED.map(|(status, description, header)| {
        let mut response = json!({
            "description": description, "content": { "application/problem+json": { "schema": schema } },
        });
        if let Some(header) = header {
            response["headers"] = json!({ header: { "schema": { "type": "string" } } });
        }
        (status.as_u16().to_string(), response)
    });
    Value::Object(responses.into_iter().collect())
}

/// What a handler takes from a request.
pub(super) trait Extracts {
    /// Adds what a request has to have for it, and the problems of one that has not.
    fn describe(description: &mut Description<'_>);
}

/// What a handler answers with.
pub(super) trait Answers {
    /// Adds the answer to what goes well.
    fn describe(description: &mut Description<'_>);
}

impl<T: Answers> Answers for Result<T, Problem> {
    fn describe(description: &mut Description<'_>) {
        T::describe(description);
    }
}

/// A handler whose signature describes it. `T` is as [`Handler`] has it.
pub(super) trait Described<T>: Handler<T, App> {
    /// Adds all that the signature says.
    fn describe(description: &mut Description<'_>);
}

macro_rules! described {
    ($($part:ident)*) => {
        impl<F, M, $($part,)* A, R> Described<(M, $($part,)*)> for F
        where
            F: FnOnce($($part),*) -> A + Handler<(M, $($part,)*), App>,
            A: Future<Output = R>,
            R: Answers,
            $($part: Extracts,)*
        {
            fn describe(description: &mut Description<'_>) {
                $($part::describe(description);)*
                R::describe(description);
            }
        }
    };
}

described! {}
described! { P1 }
described! { P1 P2 }
described! { P1 P2 P3 }
described! { P1 P2 P3 P4 }
described! { P1 P2 P3 P4 P5 }
