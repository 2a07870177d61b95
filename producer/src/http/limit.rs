//! A time limit for answers, also when the database does not answer.

use std::time::Duration;

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::problem::Problem;

/// How long an answer may take: longer than the database has for a statement or to wait for a lock. A server that is gone
/// without a word, with its machine or the network, is missed by TCP only after many minutes.
const LIMIT: Duration = Duration::from_secs(35);
/// What takes as long as there is to publish again.
const RELAST: &str = "/relast";

pub(super) async fn answer_in_time(request: Request, next: Next) -> Response {
    if request.uri().path().starts_with(RELAST) {
        return next.run(request).await;
    }
    let answer = tokio::time::timeout(LIMIT, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let why = "the database has not answered in time; it is not known whether the change was made";
        Problem::unavailable(why).into_response()
    })
}
