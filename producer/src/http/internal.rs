//! Health and metrics: without a token, for the platform.

use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::response::IntoResponse;

use super::operation::{Operation, Operations};
use super::problem::Problem;
use crate::service::App;

const ALIVE: &str = "/internal/isalive";
const READY: &str = "/internal/isready";
const METRICS: &str = "/metrics";
pub(super) const PATHS: [&str; 3] = [ALIVE, READY, METRICS];

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

pub(super) fn operations(all: Operations) -> Operations {
    all.add(Operation::get(ALIVE, "The process answers").gives_text("text/plain"), is_alive)
        .add(
            Operation::get(READY, "Changes can be made and are published").gives_text("text/plain"),
            is_ready,
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

async fn metrics(State(app): State<App>) -> impl IntoResponse {
    ([(CONTENT_TYPE, OPEN_METRICS)], app.render_metrics().await)
}
