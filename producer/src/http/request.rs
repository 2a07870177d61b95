//! The arguments that handlers take from a request.

use std::str::FromStr;
use std::time::Duration;

use axum::RequestExt as _;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderMap};
use axum::http::request::Parts;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::description::{Description, Extracts};
use super::precondition::{ENTITY_TAGS, precondition};
use super::problem::Problem;
use crate::app::App;
use crate::commands::{CommandService, Precondition};
use crate::domain::Moment;
use crate::store::Reader;
use crate::strict_json;
use crate::traceparent::TraceParent;

/// Largest body, in bytes.
pub const BODY_BYTES: usize = 1 << 20;
/// How long a body may take to come.
const BODY_LIMIT: Duration = Duration::from_secs(10);

fn commands(app: &App) -> Result<&CommandService, Problem> {
    let away = || Problem::unavailable("the database cannot be reached; nothing was changed");
    app.commands().ok_or_else(away)
}

/// The executor of commands, once the database is there.
pub(super) struct Commands(pub(super) CommandService);

impl FromRequestParts<App> for Commands {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let service = commands(app)?;
        let traced = parts.extensions.get::<TraceParent>().map(|trace| service.traced(trace));
        Ok(Self(traced.unwrap_or_else(|| service.clone())))
    }
}

impl Extracts for Commands {
    fn describe(description: &mut Description<'_>) {
        description.problems(&[
            StatusCode::CONFLICT,
            StatusCode::UNPROCESSABLE_ENTITY,
            StatusCode::INTERNAL_SERVER_ERROR,
            StatusCode::SERVICE_UNAVAILABLE,
        ]);
    }
}

/// Look-ups of a request that changes nothing, once the database is there.
pub(super) struct Read(pub(super) Reader);

impl FromRequestParts<App> for Read {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Problem> {
        Ok(Self(commands(app)?.store().reader()))
    }
}

impl Extracts for Read {
    fn describe(description: &mut Description<'_>) {
        description.problems(&[StatusCode::INTERNAL_SERVER_ERROR, StatusCode::SERVICE_UNAVAILABLE]);
    }
}

/// The part of the path that varies with this index.
pub(super) struct PathParam<T, const INDEX: usize = 0>(pub(super) T);

impl<T: FromStr, const INDEX: usize> FromRequestParts<App> for PathParam<T, INDEX> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        let unreadable = |_| Problem::bad_request("the path is not UTF-8");
        let all = RawPathParams::from_request_parts(parts, app).await.map_err(unreadable)?;
        let (name, value) = all.iter().nth(INDEX).unwrap_or_default();
        let malformed = |_| Problem::bad_request(format!("the {name} in the path does not have its form"));
        value.parse().map(Self).map_err(malformed)
    }
}

impl<T: JsonSchema, const INDEX: usize> Extracts for PathParam<T, INDEX> {
    fn describe(description: &mut Description<'_>) {
        description.path_parameter::<T>(INDEX);
        description.problems(&[StatusCode::BAD_REQUEST, StatusCode::NOT_FOUND]);
    }
}

/// The present.
pub(super) struct Clock(pub(super) Moment);

impl FromRequestParts<App> for Clock {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, _: &App) -> Result<Self, Problem> {
        let too_early = || Problem::unavailable("the clock of this machine is before the year 0");
        Moment::at(jiff::Timestamp::now()).map(Self).ok_or_else(too_early)
    }
}

impl Extracts for Clock {
    fn describe(description: &mut Description<'_>) {
        description.problems(&[StatusCode::SERVICE_UNAVAILABLE]);
    }
}

/// What the request demands of the version in `If-Match` and `If-None-Match`.
pub(super) struct IfMatch(pub(super) Precondition);

impl FromRequestParts<App> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Problem> {
        precondition(&parts.headers).map(Self)
    }
}

impl Extracts for IfMatch {
    fn describe(description: &mut Description<'_>) {
        let any_or_tags = json!([{ "const": "*" }, { "pattern": ENTITY_TAGS }]);
        let tags = json!({ "type": "string", "anyOf": any_or_tags, "examples": ["\"3\""] });
        description.header(
            "If-Match",
            "The version that is to be changed, as the header ETag has it; several, separated by commas; * for any that \
             is there. Another one is not changed: 412.",
            &tags,
        );
        description.header(
            "If-None-Match",
            "* makes a new one, and changes none that is there: 412. Versions that are not to be changed.",
            &tags,
        );
        description.problems(&[StatusCode::BAD_REQUEST, StatusCode::PRECONDITION_FAILED]);
    }
}

/// A JSON body.
pub(super) struct Json<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Json<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(Problem::of(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "expected Content-Type: application/json",
            ));
        }
        if says_too_much(request.headers()) {
            return Err(too_large());
        }
        let body = tokio::time::timeout(BODY_LIMIT, request.extract_with_state::<Bytes, _, _>(app));
        match body.await {
            Ok(Ok(body)) => read(&body).map(Self),
            Ok(Err(refusal)) if refusal.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
            Ok(Err(_)) => Err(Problem::bad_request("the body ended before its end")),
            Err(_) => Err(Problem::of(StatusCode::REQUEST_TIMEOUT, "the body did not come in time")),
        }
    }
}

impl<T: JsonSchema> Extracts for Json<T> {
    fn describe(description: &mut Description<'_>) {
        description.body::<T>();
        description.problems(&[
            StatusCode::BAD_REQUEST,
            // What the body refers to.
            StatusCode::NOT_FOUND,
            StatusCode::REQUEST_TIMEOUT,
            StatusCode::PAYLOAD_TOO_LARGE,
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            StatusCode::UNPROCESSABLE_ENTITY,
        ]);
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    kind.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("application/json")
}

/// Before any of it is read.
fn says_too_much(headers: &HeaderMap) -> bool {
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    length.is_some_and(|length| length > BODY_BYTES as u64)
}

fn too_large() -> Problem {
    let most = format!("a body may have {BODY_BYTES} bytes");
    Problem::of(StatusCode::PAYLOAD_TOO_LARGE, most)
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.is_empty() {
        return Err(Problem::bad_request("expected a JSON body, found none"));
    }
    let read = strict_json::read(body).map_err(Problem::body)?;
    strict_json::check_texts(body).map_err(Problem::text)?;
    Ok(read)
}
