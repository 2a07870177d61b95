//! The answers of handlers.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::{JsonSchema, Schema};
use serde::Serialize;
use serde_json::{Value, json};

use super::description::{Answers, Description};
use crate::domain::Version;

/// The version that an entity then has.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Versioned")]
pub(super) struct Versioned {
    /// How many times the entity has been written.
    version: Version,
}

/// An entity was changed.
pub(super) struct Changed(pub(super) Version);

impl IntoResponse for Changed {
    fn into_response(self) -> Response {
        tagged(self.0, Answer(Versioned { version: self.0 }).into_response())
    }
}

/// An entity was made.
pub(super) struct Created {
    /// Where it is.
    pub(super) location: String,
    pub(super) version: Version,
}

impl IntoResponse for Created {
    fn into_response(self) -> Response {
        let mut response = Changed(self.version).into_response();
        *response.status_mut() = StatusCode::CREATED;
        with(response, LOCATION, &self.location)
    }
}

/// An entity as it stands.
pub(super) struct Entity<T>(pub(super) Version, pub(super) T);

impl<T: Serialize> IntoResponse for Entity<T> {
    fn into_response(self) -> Response {
        tagged(self.0, Answer(self.1).into_response())
    }
}

/// An entity that was made or changed.
pub(super) enum Upserted {
    Created(Created),
    Changed(Changed),
}

impl IntoResponse for Upserted {
    fn into_response(self) -> Response {
        match self {
            Self::Created(created) => created.into_response(),
            Self::Changed(changed) => changed.into_response(),
        }
    }
}

/// Nothing more is to be said.
pub(super) struct Done;

impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}

/// JSON.
pub(super) struct Answer<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        // Nothing that is answered has keys that are no strings, or numbers that are no numbers.
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        with(Response::new(Body::from(body)), CONTENT_TYPE, "application/json")
    }
}

impl Answers for Changed {
    fn describe(description: &mut Description<'_>) {
        let content = json_content(&description.schema::<Versioned>());
        let response = json!({ "description": "Changed", "headers": { "ETag": etag() }, "content": content });
        description.response(StatusCode::OK, response);
    }
}

impl Answers for Created {
    fn describe(description: &mut Description<'_>) {
        let location = json!({ "description": "Where it is", "schema": { "type": "string" } });
        let content = json_content(&description.schema::<Versioned>());
        let headers = json!({ "ETag": etag(), "Location": location });
        let response = json!({ "description": "Made", "headers": headers, "content": content });
        description.response(StatusCode::CREATED, response);
    }
}

impl Answers for Upserted {
    fn describe(description: &mut Description<'_>) {
        Created::describe(description);
        Changed::describe(description);
    }
}

impl Answers for Done {
    fn describe(description: &mut Description<'_>) {
        description.response(StatusCode::NO_CONTENT, json!({ "description": "Done" }));
    }
}

impl<T: JsonSchema> Answers for Entity<T> {
    fn describe(description: &mut Description<'_>) {
        let content = json_content(&description.schema::<T>());
        let response = json!({ "description": "Done", "headers": { "ETag": etag() }, "content": content });
        description.response(StatusCode::OK, response);
    }
}

impl<T: JsonSchema> Answers for Answer<T> {
    fn describe(description: &mut Description<'_>) {
        let content = json_content(&description.schema::<T>());
        description.response(StatusCode::OK, json!({ "description": "Done", "content": content }));
    }
}

fn etag() -> Value {
    json!({ "description": "The version, in quotes", "schema": { "type": "string" } })
}

fn json_content(schema: &Schema) -> Value {
    json!({ "application/json": { "schema": schema } })
}

fn tagged(version: Version, response: Response) -> Response {
    with(response, ETAG, &format!("\"{version}\""))
}

fn with(mut response: Response, name: HeaderName, value: &str) -> Response {
    if let Ok(value) = HeaderValue::from_str(value) {
        response.headers_mut().insert(name, value);
    }
    response
}
