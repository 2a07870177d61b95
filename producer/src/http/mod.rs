//! The HTTP interface: changes as JSON, relast, parked changes, health and metrics.
//!
//! One file for each resource, with its operations and their handlers. To add an operation: 1. write the handler, 2.
//! add it to the `operations` of its file, from which both the router and the document at `/openapi.json` are made
//! (see `description`), 3. rewrite `producer/openapi.json` with `tiltak-producer openapi`, so that the change shows
//! in review.
//!
//! Every error is a problem (RFC 9457). Everything but health and metrics takes the bearer token.

mod answer;
mod arrangor;
mod authorization;
mod avtale;
mod description;
mod enkeltplass;
mod gjennomforing;
mod internal;
mod kategorisering;
mod limit;
mod operation;
mod parked;
mod precondition;
mod problem;
mod public;
mod relast;
mod request;
mod request_schema;
mod status;
mod tiltakstype;
mod trace;
mod unpublished;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn, from_fn_with_state, map_response};
use serde_json::Value;

use crate::app::App;
use answer::Answer;
use operation::{Operation, Operations};
pub use request::BODY_BYTES;

const DOCUMENT: &str = "/openapi.json";

/// The OpenAPI 3.1 document of the interface.
pub fn openapi() -> Value {
    operations(Arc::default()).document()
}

/// The document as it is committed: `producer/openapi.json`.
pub fn openapi_text() -> String {
    format!("{:#}\n", openapi())
}

/// The router of the interface.
pub fn router(app: App) -> Router {
    let document = Arc::new(openapi());
    operations(document)
        .router()
        .fallback(problem::no_route)
        .method_not_allowed_fallback(problem::no_method)
        .layer(DefaultBodyLimit::max(BODY_BYTES))
        .layer(from_fn(limit::answer_in_time))
        .layer(from_fn_with_state(app.clone(), authorization::check))
        .layer(from_fn_with_state(app.clone(), trace::follow))
        .layer(map_response(trace::no_sniffing))
        .with_state(app)
}

fn operations(document: Arc<Value>) -> Operations {
    let of_resources = [
        tiltakstype::operations,
        arrangor::operations,
        avtale::operations,
        gjennomforing::operations,
        status::operations,
        unpublished::operations,
        kategorisering::operations,
        enkeltplass::operations,
        relast::operations,
        parked::operations,
        internal::operations,
    ];
    let described = Operation::get(DOCUMENT, "This document");
    let all = of_resources.into_iter().fold(Operations::default(), |all, add| add(all));
    all.add(described, async move || Answer(document))
}

#[cfg(test)]
mod tests;
