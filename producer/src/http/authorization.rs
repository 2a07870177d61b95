//! The check of the bearer token (RFC 6750), for everything but health and metrics.

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::problem::Problem;
use super::public::is_public;
use crate::app::App;

pub(super) async fn check(State(app): State<App>, request: Request, next: Next) -> Response {
    if is_public(request.uri().path()) || is_allowed(&app, &request) {
        return next.run(request).await;
    }
    let detail = match app.token() {
        Some(_) => "expected Authorization: Bearer with the token of this service",
        None => "no token is configured, so nobody may use the interface",
    };
    Problem::of(StatusCode::UNAUTHORIZED, detail).into_response()
}

fn is_allowed(app: &App, request: &Request) -> bool {
    let given = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = given.and_then(|value| value.split_once(' '));
    let given = given.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
    app.token().zip(given).is_some_and(|(token, (_, given))| token.is(given.trim()))
}
