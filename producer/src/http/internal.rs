//! Health and metrics: without a token, for the platform.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::IntoResponse;

use super::answer::Answer;
use super::operation::{Operation, Operations};
use super::problem::Problem;
use crate::service::{App, ExpositionFormat, Status};

const ALIVE: &str = "/internal/isalive";
const READY: &str = "/internal/isready";
const METRICS: &str = "/metrics";
const STATUS: &str = "/internal/status";
pub(super) const PATHS: [&str; 4] = [ALIVE, READY, STATUS, METRICS];

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
        .add(Operation::get(METRICS, "Metrics for Prometheus").gives_text("text/plain"), metrics)
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

/// In OpenMetrics if the client prefers it to plain text, else in the Prometheus text format.
async fn metrics(State(app): State<App>, headers: HeaderMap) -> impl IntoResponse {
    let open_metrics = quality(&headers, &[ExpositionFormat::OPEN_METRICS]);
    let plain = quality(&headers, &["text/plain", "text/*"]);
    let format = if open_metrics > 0.0 && open_metrics >= plain {
        ExpositionFormat::OpenMetrics
    } else {
        ExpositionFormat::Prometheus
    };
    ([(CONTENT_TYPE, format.content_type())], app.render_metrics(format).await)
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
