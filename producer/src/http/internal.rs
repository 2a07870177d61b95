//! Health, status and metrics, for the platform: they need no token.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, State};
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, json};

use super::answer::Answer;
use super::description::{Answers, Description, Extracts};
use super::operation::{Operation, Operations};
use super::problem::Problem;
use super::public::{ALIVE, METRICS, READY, STATUS};
use crate::app::{App, ExpositionFormat, Status};

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::get(ALIVE, "The process answers"), is_alive)
        .add(Operation::get(READY, "A change can be taken in: the database can be written"), is_ready)
        .add(Operation::get(STATUS, "What the service does: the relay, and what waits"), status)
        .add(Operation::get(METRICS, "Metrics for Prometheus"), metrics)
}

struct Alive;

struct Ready;

/// The metrics in a format, as text.
struct Metrics(ExpositionFormat, String);

/// The headers that say what the client wants.
struct Accept(HeaderMap);

async fn is_alive() -> Alive {
    Alive
}

async fn is_ready(State(app): State<App>) -> Result<Ready, Problem> {
    app.check_ready().await.map(|()| Ready).map_err(Problem::unavailable)
}

async fn status(State(app): State<App>) -> Answer<Status> {
    Answer(app.status().await)
}

/// In OpenMetrics if the client prefers it to plain text, else in the Prometheus text format.
async fn metrics(State(app): State<App>, Accept(headers): Accept) -> Metrics {
    let open_metrics = quality(&headers, &[ExpositionFormat::OPEN_METRICS]);
    let plain = quality(&headers, &["text/plain", "text/*"]);
    let format = if open_metrics > 0.0 && open_metrics >= plain {
        ExpositionFormat::OpenMetrics
    } else {
        ExpositionFormat::Prometheus
    };
    Metrics(format, app.render_metrics(format).await)
}

/// The highest quality that `Accept` names for one of these media ranges (RFC 9110, section 12.5.1); 0 for none.
fn quality(headers: &HeaderMap, ranges: &[&str]) -> f32 {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let elements = values.flat_map(|value| value.split(',')).map(|element| {
        let mut parts = element.split(';').map(str::trim);
        let range = parts.next().unwrap_or_default().to_ascii_lowercase();
        let q = parts.find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")));
        (range, q.map_or(1.0, |q| q.parse().unwrap_or(0.0)))
    });
    elements.filter(|(range, _)| ranges.contains(&range.as_str())).map(|(_, q)| q).fold(0.0, f32::max)
}

impl IntoResponse for Alive {
    fn into_response(self) -> Response {
        "alive\n".into_response()
    }
}

impl IntoResponse for Ready {
    fn into_response(self) -> Response {
        "ready\n".into_response()
    }
}

impl IntoResponse for Metrics {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, self.0.content_type())], self.1).into_response()
    }
}

impl FromRequestParts<App> for Accept {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Infallible> {
        Ok(Self(parts.headers.clone()))
    }
}

impl Extracts for Accept {
    fn describe(_: &mut Description<'_>) {}
}

impl Extracts for State<App> {
    fn describe(_: &mut Description<'_>) {}
}

impl Answers for Alive {
    fn describe(description: &mut Description<'_>) {
        text(description, &["text/plain"]);
    }
}

impl Answers for Ready {
    fn describe(description: &mut Description<'_>) {
        text(description, &["text/plain"]);
        description.problems(&[StatusCode::SERVICE_UNAVAILABLE]);
    }
}

impl Answers for Metrics {
    fn describe(description: &mut Description<'_>) {
        text(description, &["text/plain", ExpositionFormat::OPEN_METRICS]);
    }
}

fn text(description: &mut Description<'_>, media: &[&str]) {
    let content: Map<_, _> =
        media.iter().map(|it| ((*it).to_owned(), json!({ "schema": { "type": "string" } }))).collect();
    description.response(StatusCode::OK, json!({ "description": "Done", "content": content }));
}
