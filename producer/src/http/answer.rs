//! What handlers answer.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::Version;

/// The version that an entity then has.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Version")]
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

/// JSON.
pub(super) struct Answer<T>(pub(super) T);

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        // Nothing that is answered has keys that are no strings, or numbers that are no numbers.
        let body = serde_json::to_vec(&self.0).unwrap_or_default();
        with(Response::new(Body::from(body)), CONTENT_TYPE, "application/json")
    }
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
