//! The operations of the interface: one list, from which both the router and the OpenAPI document are made.

use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, on};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::answer::Versioned;
use super::problem::Problem;
use crate::service::App;

/// What the document says of an operation.
pub(super) struct Operation {
    method: Method,
    path: &'static str,
    summary: &'static str,
    body: Option<MakeSchema>,
    gives: Gives,
    takes_version: bool,
}

type MakeSchema = fn(&mut SchemaGenerator) -> Schema;

enum Gives {
    Nothing,
    Json(MakeSchema),
    /// An entity, with its version in the header ETag.
    Entity(MakeSchema),
    /// A new entity, with its version and where it is.
    Created,
    /// One that may have been made or changed.
    Upserted,
    Text(&'static str),
}

impl Operation {
    fn new(method: Method, path: &'static str, summary: &'static str) -> Self {
        Self { method, path, summary, body: None, gives: Gives::Nothing, takes_version: false }
    }

    pub(super) fn get(path: &'static str, summary: &'static str) -> Self {
        Self::new(Method::GET, path, summary)
    }

    pub(super) fn post(path: &'static str, summary: &'static str) -> Self {
        Self::new(Method::POST, path, summary)
    }

    pub(super) fn put(path: &'static str, summary: &'static str) -> Self {
        Self::new(Method::PUT, path, summary)
    }

    pub(super) fn delete(path: &'static str, summary: &'static str) -> Self {
        Self::new(Method::DELETE, path, summary)
    }

    pub(super) fn takes<T: JsonSchema>(self) -> Self {
        Self { body: Some(SchemaGenerator::subschema_for::<T>), ..self }
    }

    pub(super) fn gives<T: JsonSchema>(self) -> Self {
        Self { gives: Gives::Json(SchemaGenerator::subschema_for::<T>), ..self }
    }

    pub(super) fn gives_text(self, media: &'static str) -> Self {
        Self { gives: Gives::Text(media), ..self }
    }

    pub(super) fn entity<T: JsonSchema>(self) -> Self {
        Self { gives: Gives::Entity(SchemaGenerator::subschema_for::<T>), ..self }
    }

    pub(super) fn creates(self) -> Self {
        Self { gives: Gives::Created, ..self }
    }

    pub(super) fn upserts(self) -> Self {
        Self { gives: Gives::Upserted, takes_version: true, ..self }
    }

    /// Takes `If-Match`, and gives the version that the entity then has.
    pub(super) fn changes(self) -> Self {
        Self {
            gives: Gives::Entity(SchemaGenerator::subschema_for::<Versioned>),
            takes_version: true,
            ..self
        }
    }

    /// Takes `If-Match`, and gives nothing.
    pub(super) fn removes(self) -> Self {
        Self { takes_version: true, ..self }
    }

    fn document(&self, schemas: &mut SchemaGenerator) -> Value {
        let mut operation = json!({
            "operationId": self.id(),
            "summary": self.summary,
            "tags": [self.path.split('/').nth(1).unwrap_or_default()],
            "parameters": self.parameters(),
            "responses": self.responses(schemas),
        });
        if let Some(body) = self.body {
            operation["requestBody"] =
                json!({ "required": true, "content": content("application/json", &body(schemas)) });
        }
        if super::is_public(self.path) {
            operation["security"] = json!([]);
        }
        operation
    }

    /// `POST /avtaler/{id}/avbryt` is `post-avtaler-id-avbryt`.
    fn id(&self) -> String {
        let words = self.path.split(['/', '{', '}', '.']).filter(|word| !word.is_empty());
        let method = self.method.as_str().to_ascii_lowercase();
        [method.as_str()].into_iter().chain(words).collect::<Vec<_>>().join("-")
    }

    fn parameters(&self) -> Vec<Value> {
        let names = self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
        let mut parameters: Vec<Value> = names
            .map(|name| {
                let schema = match name {
                    "id" => json!({ "type": "string", "format": "uuid" }),
                    "change" => json!({ "type": "integer" }),
                    _ => json!({ "type": "string" }),
                };
                json!({ "name": name, "in": "path", "required": true, "schema": schema })
            })
            .collect();
        if self.takes_version {
            parameters.push(json!({
                "name": "If-Match", "in": "header", "required": false, "schema": { "type": "string" }, "example": "\"3\"",
                "description": "The version that is to be changed, as the header ETag has it. Another one is not changed: 412.",
            }));
        }
        if matches!(self.gives, Gives::Upserted) {
            parameters.push(json!({
                "name": "If-None-Match", "in": "header", "required": false, "schema": { "const": "*" },
                "description": "Makes a new one, and changes none that is there: 412.",
            }));
        }
        parameters
    }

    fn responses(&self, schemas: &mut SchemaGenerator) -> Value {
        let etag = json!({ "description": "The version, in quotes", "schema": { "type": "string" } });
        let location = json!({ "description": "Where it is", "schema": { "type": "string" } });
        let version = schemas.subschema_for::<Versioned>();
        let changed = json!({
            "description": "Changed", "headers": { "ETag": etag }, "content": content("application/json", &version),
        });
        let created = json!({
            "description": "Made", "headers": { "ETag": etag, "Location": location },
            "content": content("application/json", &version),
        });
        let mut responses = match &self.gives {
            Gives::Nothing => json!({ "204": { "description": "Done" } }),
            Gives::Json(schema) => {
                json!({ "200": { "description": "Done", "content": content("application/json", &schema(schemas)) } })
            }
            Gives::Entity(schema) => json!({ "200": {
                "description": "Done", "headers": { "ETag": etag }, "content": content("application/json", &schema(schemas)),
            } }),
            Gives::Created => json!({ "201": created }),
            Gives::Upserted => json!({ "200": changed, "201": created }),
            Gives::Text(media) => {
                json!({ "200": { "description": "Done", "content": { *media: { "schema": { "type": "string" } } } } })
            }
        };
        let problem = schemas.subschema_for::<Problem>();
        responses["default"] = json!({ "description": "A problem (RFC 9457)", "content": content("application/problem+json", &problem) });
        responses
    }
}

fn content(media: &str, schema: &Schema) -> Value {
    json!({ media: { "schema": schema } })
}

/// The operations with their handlers.
#[derive(Default)]
pub(super) struct Operations {
    all: Vec<Operation>,
    router: Router<App>,
}

impl Operations {
    pub(super) fn add<H: Handler<T, App>, T: 'static>(mut self, operation: Operation, handler: H) -> Self {
        // Every method that an operation can have is one that axum knows.
        let filter = MethodFilter::try_from(operation.method.clone()).unwrap_or(MethodFilter::GET);
        self.router = self.router.route(operation.path, on(filter, handler));
        self.all.push(operation);
        self
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
        for operation in &self.all {
            let path = paths.entry(operation.path).or_insert_with(|| json!({}));
            path[operation.method.as_str().to_ascii_lowercase()] = operation.document(&mut schemas);
        }
        json!({
            "openapi": "3.1.1",
            "info": {
                "title": "tiltak-producer",
                "version": env!("CARGO_PKG_VERSION"),
                "description": "Changes of what Tiltaksadministrasjon publishes on its topics.",
            },
            "paths": paths,
            "components": {
                "schemas": schemas.take_definitions(true),
                "securitySchemes": { "token": { "type": "http", "scheme": "bearer" } },
            },
            "security": [{ "token": [] }],
        })
    }
}
