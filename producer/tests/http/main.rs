//! The HTTP interface over an SQLite database: what it takes, what it refuses, and how it says so.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests may fail as tests do")]

mod access;
mod entities;
mod metrics;
mod operations;
mod preconditions;
mod refusals;
mod running;

use std::sync::LazyLock;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use serde_json::Value;
use tempfile::TempDir;
use tiltak_producer::domain::kodeverk::GjennomforingStatus;
use tiltak_producer::domain::{Gjennomforing, Kind, Moment};
use tiltak_producer::kafka::Cluster;
use tiltak_producer::kafka_outbox::OutboxRecord;
use tiltak_producer::service::{App, Config, Token};
use tiltak_producer::{CommandService, Location, Selection, Store, http, seed};
use tower::ServiceExt as _;

const TOKEN: &str = "a-token-for-the-tests";

struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    text: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap()
    }

    fn header(&self, name: &str) -> &str {
        self.headers.get(name).unwrap_or_else(|| panic!("no {name}: {}", self.text)).to_str().unwrap()
    }

    /// The problem, which has the status of the answer.
    fn problem(&self) -> Value {
        assert_eq!(self.header("content-type"), "application/problem+json", "{}", self.text);
        let problem = self.json();
        assert_eq!(problem["status"], self.status.as_u16());
        problem
    }
}

/// The interface over a seeded database.
struct Setup {
    folder: TempDir,
    store: Store,
    router: Router,
}

impl Setup {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("tiltak.db")).await.unwrap();
        let now = Moment::at(jiff::Timestamp::now()).unwrap();
        let options = seed::Options { scale: 60, ..seed::Options::default() };
        seed::load(&store, &options, now, |_| {}).await.unwrap();
        let app = App::new(config(folder.path().join("tiltak.db").as_path().into()).token);
        app.connected(CommandService::new(store.clone()));
        Self { folder, store, router: http::router(app) }
    }

    async fn send(&self, method: &str, path: &str, body: impl Into<Body>) -> Answer {
        self.send_with(method, path, &[], body).await
    }

    async fn send_with(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut all =
            vec![("authorization", "Bearer a-token-for-the-tests"), ("content-type", "application/json")];
        all.retain(|(name, _)| !headers.iter().any(|(given, _)| given == name));
        all.extend(headers.iter().filter(|(_, value)| !value.is_empty()));
        let answer = ask(&self.router, method, path, &all, body).await;
        assert_documented(method, path, answer.status);
        answer
    }

    /// One under an avtale that may be edited.
    async fn editable(&self) -> Gjennomforing {
        let mut tx = self.store.begin().await.unwrap();
        let all = tx.gjennomforinger(Selection::All, None, u32::MAX).await.unwrap();
        let mut all = all.into_iter().map(|aggregate| aggregate.gjennomforing);
        all.find(|it| it.kind == Kind::Avtale && it.status == GjennomforingStatus::Gjennomfores).unwrap()
    }

    async fn outbox(&self) -> Vec<OutboxRecord> {
        self.store.outbox().records(u32::MAX).await.unwrap()
    }
}

/// A status that the document does not have for an operation fails the test that gets it.
fn assert_documented(method: &str, path: &str, status: StatusCode) {
    static DOCUMENT: LazyLock<Value> = LazyLock::new(http::openapi);
    let is_at = |template: &&String| {
        let (mut given, mut parts) = (path.split('/'), template.split('/'));
        let same = parts.all(|part| given.next().is_some_and(|given| part.starts_with('{') || part == given));
        same && given.next().is_none()
    };
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let Some(operations) = paths.keys().find(is_at).map(|template| &paths[template]) else { return };
    if let Some(operation) = operations.get(method.to_ascii_lowercase()) {
        let is_documented = operation["responses"].get(status.as_str()).is_some();
        assert!(is_documented, "{method} {path}: {status} is not in the document");
    }
}

fn config(database: Location) -> Config {
    Config {
        token: Some(Token::new(TOKEN).unwrap()),
        listen: ([127, 0, 0, 1], 0).into(),
        // Nobody listens there.
        ..Config::new(database, Cluster::new("127.0.0.1:1"))
    }
}

async fn ask(
    router: &Router,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = router.clone().oneshot(request.body(body.into()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    let text = String::from_utf8(to_bytes(body, usize::MAX).await.unwrap().to_vec()).unwrap();
    Answer { status: parts.status, headers: parts.headers, text }
}
