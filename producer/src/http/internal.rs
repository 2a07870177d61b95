//! Health and metrics: without a token, for the platform.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::answer::Answer;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use crate::service::{App, Status};

const ALIVE: &str = "/internal/isalive";
const READY: &str = "/internal/isready";
const METRICS: &str = "/metrics";
const STATUS: &str = "/internal/status";
pub(super) const PATHS: [&str; 4] = [ALIVE, READY, STATUS, METRICS];

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::get(ALIVE, "The process answers").gives_text("text/plain"), is_alive)
        .add(
            Operation::get(READY, "A change can be taken in: the database can be written")
                .gives_text("text/plain"),
            is_ready,
        )
        .add(
            Operation::get(STATUS, "What the service does: the relay, and what waits").gives::<Status>(),
            status,
        )
        .add(
            Operation::get(METRICS, "Metrics for Prometheus").gives_text("application/openmetrics-text"),
            metrics,
        )
}

async fn is_alive() -> &'static str {
    "alive\n"
}

async fn is_ready(State(app): State<App>) -> Result<&'static str, Problem> {
    app.check_ready().await.map(|()| "ready\n").map_err(Problem::unavailable)
}

async fn status(State(app): State<App>) -> Answer<Status> {
    Answer(app.status().await)
}

async fn metrics(State(app): State<App>) -> impl IntoResponse {
    ([(CONTENT_TYPE, OPEN_METRICS)], app.render_metrics().await)
}
