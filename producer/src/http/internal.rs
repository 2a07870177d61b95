//! Health and metrics: without a token, for the platform.

use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use serde_json::json;

use super::description::{Answers, Description, Extracts};
use super::operation::{Operation, Operations};
use super::problem::Problem;
use crate::service::App;

const ALIVE: &str = "/internal/isalive";
const READY: &str = "/internal/isready";
const METRICS: &str = "/metrics";
pub(super) const PATHS: [&str; 3] = [ALIVE, READY, METRICS];

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::get(ALIVE, "The process answers"), is_alive)
        .add(Operation::get(READY, "Changes can be made and are published"), is_ready)
        .add(Operation::get(METRICS, "Metrics for Prometheus"), metrics)
}

struct Alive;

struct Ready;

struct Metrics(String);

async fn is_alive() -> Alive {
    Alive
}

async fn is_ready(State(app): State<App>) -> Result<Ready, Problem> {
    app.check_ready().await.map(|()| Ready).map_err(Problem::unavailable)
}

async fn metrics(State(app): State<App>) -> Metrics {
    Metrics(app.render_metrics().await)
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
        ([(CONTENT_TYPE, OPEN_METRICS)], self.0).into_response()
    }
}

impl Extracts for State<App> {
    fn describe(_: &mut Description<'_>) {}
}

impl Answers for Alive {
    fn describe(description: &mut Description<'_>) {
        text(description, "text/plain");
    }
}

impl Answers for Ready {
    fn describe(description: &mut Description<'_>) {
        text(description, "text/plain");
        description.problems(&[StatusCode::SERVICE_UNAVAILABLE]);
    }
}

impl Answers for Metrics {
    fn describe(description: &mut Description<'_>) {
        text(description, "application/openmetrics-text");
    }
}

fn text(description: &mut Description<'_>, media: &str) {
    let content = json!({ media: { "schema": { "type": "string" } } });
    description.response(StatusCode::OK, json!({ "description": "Done", "content": content }));
}
