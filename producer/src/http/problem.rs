//! Errors as RFC 9457 problem details.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use schemars::JsonSchema;
use serde::Serialize;
use tiltak_schema::decode::Diagnosis;

use kafka_outbox::OutboxError;

use crate::commands::CommandError;
use crate::domain::rules::{BrokenRule, Rule};
use crate::store::StoreError;

/// The statuses of problems, with what the document says of them and the header that goes with them. A path that does not
/// exist and a method that it does not take are of no operation: 404 and 405.
pub(super) const DOCUMENTED: [(StatusCode, &str, Option<&str>); 11] = [
    (StatusCode::BAD_REQUEST, "The path, a header or the body does not have its form", None),
    (StatusCode::UNAUTHORIZED, "No token, or another one", Some("WWW-Authenticate")),
    (StatusCode::NOT_FOUND, "The entity is not there, or one that it refers to", None),
    (StatusCode::REQUEST_TIMEOUT, "The body did not come in time", None),
    (StatusCode::CONFLICT, "The entity is there already, or another change came in between", None),
    (
        StatusCode::PRECONDITION_FAILED,
        "The entity has another version than If-Match or If-None-Match demands",
        None,
    ),
    (StatusCode::PAYLOAD_TOO_LARGE, "The body has too many bytes", None),
    (StatusCode::UNSUPPORTED_MEDIA_TYPE, "The body is not said to be JSON", None),
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        "The change breaks a rule, which `rule` names and `detail` says what was found of, or what it leads to cannot be published",
        None,
    ),
    (StatusCode::INTERNAL_SERVER_ERROR, "A bug; the cause is in the log", None),
    (StatusCode::SERVICE_UNAVAILABLE, "The database cannot be used now", Some("Retry-After")),
];

/// A problem (RFC 9457). Quotes nothing of the request's body.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Problem {
    /// What kind of problem; `about:blank` when the status says it all.
    #[serde(rename = "type")]
    kind: &'static str,
    /// The kind, for people.
    title: &'static str,
    /// The HTTP status.
    status: u16,
    /// What is wrong this time.
    detail: String,
    /// Name of the rule that is broken.
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<Rule>,
    /// Where in the body (RFC 6901).
    #[serde(skip_serializing_if = "Option::is_none")]
    pointer: Option<String>,
}

impl Problem {
    fn new(status: StatusCode, kind: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        let detail = detail.into();
        Self { kind, title, status: status.as_u16(), detail, rule: None, pointer: None }
    }

    /// One that has no more to it than its status.
    pub(super) fn of(status: StatusCode, detail: impl Into<String>) -> Self {
        Self::new(status, "about:blank", status.canonical_reason().unwrap_or("Error"), detail)
    }

    pub(super) fn bad_request(detail: impl Into<String>) -> Self {
        Self::of(StatusCode::BAD_REQUEST, detail)
    }

    /// A body that is JSON, but not of the right form.
    pub(super) fn body(diagnosis: Diagnosis) -> Self {
        Self::at(
            diagnosis,
            StatusCode::BAD_REQUEST,
            "urn:tiltak:problem:body",
            "The body does not have the form that it should",
        )
    }

    /// A body of the right form with a text that readers of the topics could not store.
    pub(super) fn text(diagnosis: Diagnosis) -> Self {
        Self::at(
            diagnosis,
            StatusCode::UNPROCESSABLE_ENTITY,
            "urn:tiltak:problem:text",
            "The body has a text that cannot be published",
        )
    }

    fn at(
        Diagnosis { pointer, expected, found }: Diagnosis,
        status: StatusCode,
        kind: &'static str,
        title: &'static str,
    ) -> Self {
        let place = if pointer.is_empty() { "the body".to_owned() } else { format!("at {pointer}") };
        let detail = format!("{place}: expected {expected}, found {found}");
        Self { pointer: Some(pointer), ..Self::new(status, kind, title, detail) }
    }

    pub(super) fn not_found(entity: &str, id: impl std::fmt::Display) -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "urn:tiltak:problem:unknown-entity",
            "There is no such entity",
            format!("there is no {entity} {id}"),
        )
    }

    pub(super) fn stale(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::PRECONDITION_FAILED,
            "urn:tiltak:problem:stale-version",
            "The entity has another version",
            detail,
        )
    }

    pub(super) fn unavailable(detail: impl Into<String>) -> Self {
        Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "urn:tiltak:problem:unavailable",
            "Not available now",
            detail,
        )
    }

    /// One whose cause is for the log alone.
    fn internal(cause: &dyn std::error::Error) -> Self {
        tracing::error!(error = %cause, "a request failed");
        Self::of(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the cause is in the log, under the trace of this request",
        )
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = Response::new(Body::from(serde_json::to_vec(&self).unwrap_or_default()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(RETRY_AFTER, HeaderValue::from_static("5"));
            }
            _ => {}
        }
        response
    }
}

impl From<CommandError> for Problem {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Rule(BrokenRule { rule, found }) => Self {
                rule: Some(rule),
                ..Self::new(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    "urn:tiltak:problem:broken-rule",
                    "The change breaks a rule",
                    found,
                )
            },
            CommandError::NotFound { entity, id } => Self::not_found(entity, id),
            CommandError::Exists { .. } => Self::new(
                StatusCode::CONFLICT,
                "urn:tiltak:problem:exists",
                "There is one with this id already",
                error.to_string(),
            ),
            CommandError::Stale { .. } => Self::stale(error.to_string()),
            CommandError::Publish(cause) => Self::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "urn:tiltak:problem:unpublishable",
                "What the change would lead to cannot be published",
                cause.to_string(),
            ),
            CommandError::Store(error) => error.into(),
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match &error {
            StoreError::Concurrent { .. } => Self::new(
                StatusCode::CONFLICT,
                "urn:tiltak:problem:concurrent",
                "Another change came in between",
                error.to_string(),
            ),
            _ if error.is_passing() => {
                tracing::warn!(%error, "the database cannot do what a request asked for");
                Self::unavailable(format!(
                    "the database cannot be used now: {}. The change was not made, unless the connection was lost in its \
                     last moment: read the entity before you try again, or name the version in If-Match",
                    error.reason()
                ))
            }
            _ => Self::internal(&error),
        }
    }
}

impl From<OutboxError> for Problem {
    fn from(error: OutboxError) -> Self {
        match error {
            OutboxError::NotParked(change) => Self::not_found("parked change", change),
            OutboxError::Waits { .. } => Self::new(
                StatusCode::CONFLICT,
                "urn:tiltak:problem:waits",
                "The change waits behind another",
                error.to_string(),
            ),
            other => StoreError::from(other).into(),
        }
    }
}

/// No route.
pub(super) async fn no_route() -> Problem {
    Problem::of(StatusCode::NOT_FOUND, "there is nothing at this path; /openapi.json says what there is")
}

/// A route, but not with this method.
pub(super) async fn no_method() -> Problem {
    Problem::of(
        StatusCode::METHOD_NOT_ALLOWED,
        "this path does not take this method; the header Allow says which",
    )
}
