//! The operations of the interface: one list, from which both the router and the OpenAPI document are made.

use std::str::FromStr;

use axum::Router;
use axum::http::{Method, StatusCode};
use axum::routing::{MethodFilter, on};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::answer::{Changed, Created};
use super::description::{Described, Description, problem_responses};
use super::problem::Problem;
use super::public::is_public;
use super::request::{Clock, Commands, IfMatch, Json, PathParam};
use super::request_schema;
use crate::app::App;
use crate::commands::Command;

/// What the document says of an operation beyond the signature of its handler.
pub(super) struct Operation {
    method: Method,
    path: &'static str,
    summary: &'static str,
    /// The name of the command that it executes, which is `x-command` in the document.
    command: Option<&'static str>,
}

impl Operation {
    pub(super) fn get(path: &'static str, summary: &'static str) -> Self {
        Self { method: Method::GET, path, summary, command: None }
    }

    pub(super) fn post(path: &'static str, summary: &'static str) -> Self {
        Self { method: Method::POST, path, summary, command: None }
    }

    pub(super) fn put(path: &'static str, summary: &'static str) -> Self {
        Self { method: Method::PUT, path, summary, command: None }
    }

    pub(super) fn delete(path: &'static str, summary: &'static str) -> Self {
        Self { method: Method::DELETE, path, summary, command: None }
    }

    /// An operation that executes a command.
    pub(super) fn executes<C: Command>(self) -> Self {
        Self { command: Some(C::NAME), ..self }
    }

    /// `POST /avtaler/{id}/avbryt` is `post-avtaler-id-avbryt`.
    fn id(&self) -> String {
        let words = self.path.split(['/', '{', '}', '.']).filter(|word| !word.is_empty());
        let method = self.method.as_str().to_ascii_lowercase();
        [method.as_str()].into_iter().chain(words).collect::<Vec<_>>().join("-")
    }
}

/// An operation, and what its handler says of it.
struct Entry {
    operation: Operation,
    describe: fn(&mut Description<'_>),
}

impl Entry {
    fn document(&self, schemas: &mut SchemaGenerator) -> Value {
        let Operation { path, summary, command, .. } = self.operation;
        let is_public = is_public(path);
        let mut description = Description::new(path, schemas);
        (self.describe)(&mut description);
        if !is_public {
            description.problems(&[StatusCode::UNAUTHORIZED]);
        }
        let mut members = Map::new();
        members.insert("operationId".to_owned(), self.operation.id().into());
        members.insert("summary".to_owned(), summary.into());
        members.insert("tags".to_owned(), json!([path.split('/').nth(1).unwrap_or_default()]));
        members.extend(command.map(|name| ("x-command".to_owned(), name.into())));
        members.extend(description.into_members());
        if is_public {
            members.insert("security".to_owned(), json!([]));
        }
        Value::Object(members)
    }
}

/// The operations with their handlers.
#[derive(Default)]
pub(super) struct Operations {
    all: Vec<Entry>,
    router: Router<App>,
}

impl Operations {
    pub(super) fn add<H: Described<T>, T: 'static>(mut self, operation: Operation, handler: H) -> Self {
        // Every method that an operation can have is one that axum knows.
        let filter = MethodFilter::try_from(operation.method.clone()).unwrap_or(MethodFilter::GET);
        self.router = self.router.route(operation.path, on(filter, handler));
        self.all.push(Entry { operation, describe: H::describe });
        self
    }

    /// Adds an operation that executes the command in the body, which makes an entity at a location.
    pub(super) fn create<C>(self, operation: Operation, location: fn(&C) -> String) -> Self
    where
        C: Command + DeserializeOwned + JsonSchema + 'static,
    {
        self.add(
            operation.executes::<C>(),
            async move |Commands(service): Commands, Clock(now): Clock, Json(command): Json<C>| {
                let location = location(&command);
                Ok::<_, Problem>(Created { version: service.execute(command, now).await?, location })
            },
        )
    }

    /// Adds an operation that executes a command, which is made from the id in the path and the body.
    pub(super) fn change<C, I, B>(self, operation: Operation, command: fn(I, B) -> C) -> Self
    where
        C: Command + 'static,
        I: FromStr + JsonSchema + Send + 'static,
        B: DeserializeOwned + JsonSchema + Send + 'static,
    {
        self.add(
            operation.executes::<C>(),
            async move |Commands(service): Commands,
                        PathParam(id): PathParam<I>,
                        IfMatch(precondition): IfMatch,
                        Clock(now): Clock,
                        Json(body): Json<B>| {
                Ok::<_, Problem>(Changed(service.execute_if(&precondition, command(id, body), now).await?))
            },
        )
    }

    /// Adds an operation that executes a command, which is made from the id in the path alone.
    pub(super) fn act<C, I>(self, operation: Operation, command: fn(I) -> C) -> Self
    where
        C: Command + 'static,
        I: FromStr + JsonSchema + Send + 'static,
    {
        self.add(
            operation.executes::<C>(),
            async move |Commands(service): Commands,
                        PathParam(id): PathParam<I>,
                        IfMatch(precondition): IfMatch,
                        Clock(now): Clock| {
                Ok::<_, Problem>(Changed(service.execute_if(&precondition, command(id), now).await?))
            },
        )
    }

    pub(super) fn router(self) -> Router<App> {
        self.router
    }

    /// The OpenAPI document, whose schemas are JSON Schema 2020-12 as the types say.
    pub(super) fn document(&self) -> Value {
        let mut schemas = SchemaSettings::draft2020_12()
            .with(|settings| settings.definitions_path = "/components/schemas".into())
            .into_generator();
        let mut paths = Map::new();
        for entry in &self.all {
            let path = paths.entry(entry.operation.path).or_insert_with(|| json!({}));
            path[entry.operation.method.as_str().to_ascii_lowercase()] = entry.document(&mut schemas);
        }
        let problems = problem_responses(&mut schemas);
        let mut document = json!({
            "openapi": "3.1.1",
            "info": {
                "title": "tiltak-producer",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Changes of what Tiltaksadministrasjon publishes on its topics. Every error is a problem \
                    (RFC 9457), but for a head of a request that is no HTTP. A property of a body that stands twice is \
                    refused. A method that a path does not take is answered with 405.",
            },
            "paths": paths,
            "components": {
                "schemas": schemas.take_definitions(true),
                "responses": problems,
                "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            },
            "security": [{ "token": [] }],
        });
        request_schema::tighten(&mut document);
        document
    }
}
