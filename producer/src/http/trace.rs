//! Tracing and metrics of requests: each request is a span of its trace, and is counted.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use tracing::Instrument as _;

use super::public::is_public;
use crate::app::App;
use crate::log::duration_ms;
use crate::traceparent::TraceParent;

const TRACEPARENT: &str = "traceparent";
/// What counts as a route when there is none: paths are outside data, and would be counted one by one.
const NO_ROUTE: &str = "none";

pub(super) async fn follow(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let trace = trace_of(request.headers());
    let method = request.method().clone();
    let route = request.extensions().get::<MatchedPath>().map_or(NO_ROUTE, MatchedPath::as_str).to_owned();
    let span = tracing::info_span!("request", trace_id = trace.trace_id(), %method, route);
    request.extensions_mut().insert(trace);
    let start = Instant::now();
    let answer = async {
        let response = next.run(request).await;
        let (status, duration_ms) = (response.status().as_u16(), duration_ms(start.elapsed()));
        // Health and metrics are asked for often.
        if is_public(&route) && status < 400 {
            tracing::debug!(status, duration_ms, "answered");
        } else {
            tracing::info!(status, duration_ms, "answered");
        }
        response
    };
    let response = answer.instrument(span).await;
    app.metrics().request(&method, &route, response.status().as_u16(), start.elapsed());
    response
}

/// A step below the caller's, or the beginning of a trace. Two headers are none (W3C Trace Context, section 3.2).
fn trace_of(headers: &HeaderMap) -> TraceParent {
    let mut given = headers.get_all(TRACEPARENT).iter();
    let only = given.next().filter(|_| given.next().is_none());
    let caller = only.and_then(|value| TraceParent::parse(value.to_str().ok()?));
    caller.map_or_else(TraceParent::start, |caller| caller.child())
}

/// No browser is to take an answer for something else than it says.
pub(super) async fn no_sniffing(mut response: Response) -> Response {
    response.headers_mut().insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}
