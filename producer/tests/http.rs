//! The HTTP interface over an SQLite database: what it takes, what it refuses, and how it says so.
#![expect(clippy::unwrap_used, clippy::panic, reason = "the helpers of tests may fail as tests do")]

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tiltak_producer::commands::SetApentForPamelding;
use tiltak_producer::domain::kodeverk::GjennomforingStatus;
use tiltak_producer::domain::{Gjennomforing, Kind, Moment};
use tiltak_producer::kafka::Cluster;
use tiltak_producer::kafka_outbox::{BatchLimits, OutboxRecord, RecordValidator};
use tiltak_producer::publish::OutgoingRecord;
use tiltak_producer::service::{App, Config, Service, ServiceError, Token};
use tiltak_producer::{CommandService, Location, Selection, Store, TraceParent, http, seed};
use tokio::sync::oneshot;
use tower::ServiceExt as _;

const TOKEN: &str = "a-token-for-the-tests";
const LIMIT: Duration = Duration::from_secs(30);
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

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
        let mut all = all.into_iter().map(|joined| joined.gjennomforing);
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

#[tokio::test]
async fn what_is_read_can_be_changed_and_sent_back_and_a_stale_version_is_refused() {
    let setup = Setup::new().await;
    let path = format!("/gjennomforinger/{}", setup.editable().await.id);
    let read = setup.send("GET", &path, Body::empty()).await;
    let version = read.header("etag").to_owned();
    assert_eq!((read.status, version.as_str()), (StatusCode::OK, "\"1\""));
    let mut details = read.json()["details"].clone();
    details["antallPlasser"] = json!(41);

    let changed = setup.send_with("PUT", &path, &[("if-match", &version)], details.to_string()).await;
    assert_eq!((changed.status, changed.header("etag")), (StatusCode::OK, "\"2\""), "{}", changed.text);
    assert_eq!(changed.json(), json!({ "version": 2 }));
    assert_eq!(setup.send("GET", &path, Body::empty()).await.json()["details"], details);

    let before = setup.outbox().await;
    for stale in [version.as_str(), "W/\"2\"", "\"another\""] {
        let refused = setup.send_with("PUT", &path, &[("if-match", stale)], details.to_string()).await;
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{stale}");
        assert_eq!(refused.problem()["type"], "urn:tiltak:problem:stale-version");
    }
    let unreadable = setup.send_with("PUT", &path, &[("if-match", "2")], details.to_string()).await;
    assert_eq!(unreadable.problem()["status"], 400);
    assert_eq!(setup.outbox().await, before);
}

#[tokio::test]
async fn what_is_made_is_where_the_answer_says_and_is_not_made_twice() {
    let setup = Setup::new().await;
    let tiltakstype = setup.editable().await.tiltakstype.to_string();
    let path = "/arrangorer/974760673";
    assert_eq!(setup.send("PUT", path, r#"{"navn":"Ny AS"}"#).await.status, StatusCode::NO_CONTENT);
    assert_eq!(setup.send("GET", path, Body::empty()).await.json(), json!({ "navn": "Ny AS" }));
    let new = json!({
        "id": "11111111-1111-4111-8111-111111111111",
        "tiltakstype": tiltakstype,
        "details": {
            "navn": "Ny avtale", "arrangor": "974760673", "startDato": "2026-01-01", "sluttDato": null, "regioner": ["0300"],
        },
    });

    let made = setup.send("POST", "/avtaler", new.to_string()).await;
    assert_eq!(made.status, StatusCode::CREATED, "{}", made.text);
    let read = setup.send("GET", made.header("location"), Body::empty()).await;
    assert_eq!(read.json()["details"], new["details"]);
    assert_eq!(read.header("etag"), made.header("etag"));

    let again = setup.send("POST", "/avtaler", new.to_string()).await;
    assert_eq!(
        (again.status, &again.problem()["type"]),
        (StatusCode::CONFLICT, &json!("urn:tiltak:problem:exists"))
    );

    let path = format!("/tiltakstyper/{tiltakstype}");
    let details = setup.send("GET", &path, Body::empty()).await.json()["details"].to_string();
    let changed = setup.send("PUT", &path, details.clone()).await;
    assert_eq!((changed.status, changed.header("etag")), (StatusCode::OK, "\"2\""));
    let new_only = setup.send_with("PUT", &path, &[("if-none-match", "*")], details).await;
    assert_eq!(new_only.status, StatusCode::PRECONDITION_FAILED);
}

#[tokio::test]
async fn every_entity_is_shown_while_a_change_holds_it() {
    let setup = Setup::new().await;
    let one = setup.editable().await;
    let mut change = setup.store.begin().await.unwrap();
    change.gjennomforing(one.id).await.unwrap();
    for path in [
        format!("/gjennomforinger/{}", one.id),
        format!("/avtaler/{}", one.avtale.unwrap()),
        format!("/tiltakstyper/{}", one.tiltakstype),
        format!("/arrangorer/{}", one.arrangor),
    ] {
        let answer =
            tokio::time::timeout(Duration::from_secs(5), setup.send("GET", &path, Body::empty())).await;
        assert_eq!(answer.unwrap().status, StatusCode::OK, "{path}");
    }
}

#[tokio::test]
async fn a_precondition_is_held_against_the_version_that_is_stored() {
    let setup = Setup::new().await;
    let tiltakstype = format!("/tiltakstyper/{}", setup.editable().await.tiltakstype);
    let details = setup.send("GET", &tiltakstype, Body::empty()).await.json()["details"].to_string();
    let (match_, none_match) = ("if-match", "if-none-match");
    let (there, new) = ("/arrangorer/974760673", "/arrangorer/974760674");
    let navn = r#"{"navn":"Ny AS"}"#;
    for (path, body, headers, status) in [
        (&*tiltakstype, &*details, &[(match_, "\"8\", \"1\"")][..], 200),
        (&tiltakstype, &details, &[(match_, "\"8\""), (match_, "W/\"1\", \"2\"")], 200),
        (&tiltakstype, &details, &[(match_, "*")], 200),
        (&tiltakstype, &details, &[(match_, "\"+4\"")], 412),
        (&tiltakstype, &details, &[(match_, "W/\"4\"")], 412),
        (&tiltakstype, &details, &[(match_, "\"-1\", \"0\", \"3\"")], 412),
        (&tiltakstype, &details, &[(match_, "4")], 400),
        (&tiltakstype, &details, &[(none_match, "*")], 412),
        (&tiltakstype, &details, &[(none_match, "W/\"4\"")], 412),
        (&tiltakstype, &details, &[(none_match, "\"3\"")], 200),
        (&tiltakstype, &details, &[(match_, "\"5\""), (none_match, "*")], 412),
        (there, navn, &[(match_, "*")], 412),
        (there, navn, &[(none_match, "*")], 204),
        (there, navn, &[(none_match, "*")], 412),
        (there, navn, &[(match_, "*")], 204),
        (there, navn, &[(match_, "\"1\"")], 412),
        (new, navn, &[(match_, "*, 1")], 400),
    ] {
        let answer = setup.send_with("PUT", path, headers, body.to_owned()).await;
        assert_eq!(answer.status.as_u16(), status, "{path} {headers:?} {}", answer.text);
    }
    assert_eq!(setup.send("GET", &tiltakstype, Body::empty()).await.header("etag"), "\"5\"");
}

#[tokio::test]
async fn if_match_makes_no_entity_that_is_not_there() {
    let setup = Setup::new().await;
    let tiltakstype = setup.editable().await.tiltakstype;
    let stored = setup.send("GET", &format!("/tiltakstyper/{tiltakstype}"), Body::empty()).await;
    let mut details = stored.json()["details"].clone();
    details["tiltakskode"] = json!("STUDIESPESIALISERING");
    details["system"] = json!("ARENA");
    let path = "/tiltakstyper/11111111-1111-4111-8111-111111111111";
    for tag in ["*", "\"0\"", "\"1\""] {
        let refused = setup.send_with("PUT", path, &[("if-match", tag)], details.to_string()).await;
        assert_eq!(refused.status, StatusCode::PRECONDITION_FAILED, "{tag} {}", refused.text);
        assert!(
            refused.problem()["detail"].as_str().unwrap().contains("it is not there"),
            "{}",
            refused.text
        );
        assert_eq!(setup.send("GET", path, Body::empty()).await.status, StatusCode::NOT_FOUND, "{tag}");
    }
}

#[tokio::test]
async fn a_broken_rule_is_named_and_nothing_is_written() {
    let setup = Setup::new().await;
    let path = format!("/gjennomforinger/{}/gjenapne", setup.editable().await.id);
    let before = setup.outbox().await;
    let refused = setup.send("POST", &path, r#"{"sluttDato":"2030-01-01"}"#).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let problem = refused.problem();
    assert_eq!(problem["type"], "urn:tiltak:problem:broken-rule");
    assert!(problem["rule"].is_string(), "{problem}");
    assert_eq!(setup.outbox().await, before);
}

#[tokio::test]
async fn every_bad_request_is_a_problem_that_quotes_nothing_of_the_body() {
    let setup = Setup::new().await;
    let edit = format!("/gjennomforinger/{}", setup.editable().await.id);
    let (apent, stengt) = (format!("{edit}/apent-for-pamelding"), format!("{edit}/stengt"));
    let missing = "/gjennomforinger/11111111-1111-4111-8111-111111111111";
    let two_megabytes = format!("\"{}\"", "x".repeat(2 << 20));
    let json = "application/json";
    for (method, path, kind, body, status, says) in [
        ("GET", "/nowhere", json, "", 404, "/openapi.json"),
        ("PATCH", &edit, json, "", 405, "Allow"),
        ("GET", missing, json, "", 404, "there is no gjennomføring"),
        ("GET", "/gjennomforinger/secret", json, "", 400, "the id in the path"),
        ("POST", "/parked/9/retry", json, "", 404, "parked change 9"),
        ("PUT", &apent, "", r#"{"apent":true}"#, 415, "application/json"),
        ("PUT", &apent, "text/plain", r#"{"apent":true}"#, 415, "application/json"),
        ("PUT", &apent, json, "", 400, "found none"),
        ("PUT", &apent, json, "secret", 400, "line 1 column 1"),
        (
            "PUT",
            &apent,
            json,
            r#"{"apent":"secret"}"#,
            400,
            "at /apent: expected a boolean, found a string of 6",
        ),
        ("PUT", &apent, json, r#"{"apent":true} secret"#, 400, "line 1 column 16"),
        ("PUT", &apent, json, "{}", 400, "at /apent: expected a value, found nothing"),
        ("PUT", &apent, json, r#"{"apent":true,"apen":1}"#, 400, "at /apen: expected no such property"),
        ("PUT", &apent, json, &two_megabytes, 413, "1048576"),
        (
            "PUT",
            &stengt,
            json,
            r#"[{"fra":"2026-01-01","til":"2026-01-02","beskrivelse":"","~/":1}]"#,
            400,
            "at /0/~0~1: expected no such property",
        ),
        ("PUT", &stengt, json, r#"[{"fra":"secret","til":"2026-01-02","beskrivelse":""}]"#, 400, "at /0/fra"),
        ("POST", "/relast/gjennomforinger", json, r#"{"all":false}"#, 400, "at /all: expected true"),
        (
            "POST",
            "/relast/gjennomforinger",
            json,
            r#"{"all":true,"ids":[]}"#,
            400,
            "expected an object with one of ids",
        ),
        ("POST", "/relast/gjennomforinger", json, r#"{"ids":null}"#, 400, "at /ids: expected an array"),
        ("POST", "/relast/gjennomforinger", json, r#"{"tiltakskode":"SECRET"}"#, 400, "/tiltakskode"),
        (
            "POST",
            "/relast/gjennomforinger",
            json,
            "[null,null,null,true]",
            400,
            "expected an object with one of ids",
        ),
        ("PUT", "/arrangorer/974760673", json, r#"["secret"]"#, 400, "the body: expected an object"),
        ("PUT", &stengt, json, r#"[["2026-01-01","2026-01-02","secret"]]"#, 400, "at /0: expected an object"),
    ] {
        let answer = setup.send_with(method, path, &[("content-type", kind)], body.to_owned()).await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path} {}", answer.text);
        let problem = answer.problem();
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains(says), "{method} {path}: {detail}");
        assert!(!answer.text.to_lowercase().contains("secret"), "{detail}");
    }
}

/// Of each text of each body that has one.
#[tokio::test]
async fn text_that_readers_cannot_store_is_refused_with_its_place_and_nothing_is_written() {
    let setup = Setup::new().await;
    let one = setup.editable().await;
    let gjennomforing = format!("/gjennomforinger/{}", one.id);
    let avtale = format!("/avtaler/{}", one.avtale.unwrap());
    let tiltakstype = format!("/tiltakstyper/{}", one.tiltakstype);
    let details = async |path: &str| setup.send("GET", path, Body::empty()).await.json()["details"].clone();
    let (of_gjennomforing, of_avtale) = (details(&gjennomforing).await, details(&avtale).await);
    let mut of_tiltakstype = details(&tiltakstype).await;
    of_tiltakstype["deltakerRegistreringInnhold"] =
        json!({ "ledetekst": "x", "innholdselementer": [{ "tekst": "x", "innholdskode": "x" }] });
    let info = json!({ "beskrivelse": "x", "kontaktpersoner": ["x"] });
    let before = setup.outbox().await;
    let arrangor = "/arrangorer/974760673".to_owned();
    let stengt = json!([{ "fra": "2026-01-01", "til": "2026-01-02", "beskrivelse": "x" }]);
    for (path, body, texts) in [
        (arrangor, json!({ "navn": "x" }), &["/navn"][..]),
        (gjennomforing.clone(), of_gjennomforing, &["/navn", "/oppmoteSted"]),
        (format!("{gjennomforing}/veilederinfo"), info, &["/beskrivelse", "/kontaktpersoner/0"]),
        (format!("{gjennomforing}/stengt"), stengt, &["/0/beskrivelse"]),
        (avtale.clone(), of_avtale, &["/navn"]),
        (format!("{avtale}/veilederinfo"), json!({ "beskrivelse": "x" }), &["/beskrivelse"]),
        (format!("{avtale}/prismodell"), json!({ "prisbetingelser": "x" }), &["/prisbetingelser"]),
        (
            tiltakstype,
            of_tiltakstype,
            &[
                "/navn",
                "/arenaKode",
                "/deltakerRegistreringInnhold/ledetekst",
                "/deltakerRegistreringInnhold/innholdselementer/0/tekst",
                "/deltakerRegistreringInnhold/innholdselementer/0/innholdskode",
            ],
        ),
    ] {
        let names = texts.iter().filter(|pointer| pointer.ends_with("/navn")).map(|pointer| (pointer, " "));
        for (pointer, text) in texts.iter().map(|pointer| (pointer, "secret\0")).chain(names) {
            let mut body = body.clone();
            *body.pointer_mut(pointer).unwrap() = json!(text);
            let refused = setup.send("PUT", &path, body.to_string()).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {pointer} {}", refused.text);
            let problem = refused.problem();
            assert_eq!(
                (&problem["type"], &problem["pointer"]),
                (&json!("urn:tiltak:problem:text"), &json!(pointer))
            );
            assert!(!refused.text.contains("secret"), "{}", refused.text);
        }
    }
    assert_eq!(setup.outbox().await, before);
}

#[tokio::test]
async fn only_health_and_metrics_are_given_without_the_token() {
    let setup = Setup::new().await;
    for path in ["/openapi.json", "/parked", "/nowhere", "/internal", "/metrics/more"] {
        for token in ["", "Bearer wrong", "Bearer a-token-for-the-test", "Basic a-token-for-the-tests"] {
            let refused = setup.send_with("GET", path, &[("authorization", token)], Body::empty()).await;
            assert_eq!(refused.status, StatusCode::UNAUTHORIZED, "{path} {token}");
            assert_eq!(refused.header("www-authenticate"), "Bearer");
            refused.problem();
        }
    }
    for path in ["/internal/isalive", "/metrics"] {
        assert_eq!(ask(&setup.router, "GET", path, &[], Body::empty()).await.status, StatusCode::OK);
    }
    let lower_case = [("authorization", "bearer a-token-for-the-tests")];
    assert_eq!(setup.send_with("GET", "/parked", &lower_case, Body::empty()).await.status, StatusCode::OK);
}

#[tokio::test]
async fn without_a_token_nobody_may_use_the_interface_and_it_is_not_offered_to_others() {
    let here = Config { token: None, ..config("unused".into()) };
    let router = http::router(App::new(here.token.clone()));
    let refused = ask(&router, "GET", "/parked", &[("authorization", "Bearer ")], Body::empty()).await;
    assert_eq!(refused.status, StatusCode::UNAUTHORIZED);

    let everywhere = Config { listen: ([0, 0, 0, 0], 0).into(), ..here };
    let error = Service::bind(everywhere).await.unwrap_err();
    assert!(matches!(error, ServiceError::NoToken(_)), "{error}");
}

/// Sends each method to each path of the document. What there is answers something else than "no such method".
#[tokio::test]
async fn the_document_and_the_router_have_the_same_operations() {
    let setup = Setup::new().await;
    let document = setup.send("GET", "/openapi.json", Body::empty()).await.json();
    assert_eq!(document["openapi"], "3.1.1");
    for (path, operations) in document["paths"].as_object().unwrap() {
        let url = path.replace(['{', '}'], "");
        for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let described = operations.get(method.as_str().to_ascii_lowercase()).is_some();
            let answer = setup.send(method.as_str(), &url, Body::empty()).await;
            assert_eq!(answer.status != StatusCode::METHOD_NOT_ALLOWED, described, "{method} {path}");
            assert!(!answer.text.contains("nothing at this path"), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn the_records_of_a_change_carry_the_trace_of_its_request() {
    let setup = Setup::new().await;
    let path = format!("/gjennomforinger/{}/apent-for-pamelding", setup.editable().await.id);
    let caller = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let mut traces = Vec::new();
    for header in [caller.as_str(), "00-not-a-trace-01", ""] {
        let answer = setup.send_with("PUT", &path, &[("traceparent", header)], r#"{"apent":false}"#).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        let outbox = setup.outbox().await;
        let last = outbox.last().unwrap();
        let of_change = outbox.iter().filter(|row| row.change == last.change);
        assert!(of_change.clone().count() >= 2 && of_change.clone().all(|row| row.headers == last.headers));
        traces.push(last.headers.get("traceparent").unwrap().to_owned());
    }
    assert!(traces[0].starts_with(&format!("00-{TRACE}-")) && traces[0].ends_with("-01"), "{traces:?}");
    assert_ne!(*traces[0], *caller, "a step of its own");
    let of = |text: &str| TraceParent::parse(text).unwrap().trace_id().to_owned();
    assert!(of(&traces[1]) != of(&traces[2]) && of(&traces[1]) != TRACE);
    let now = Moment::at(jiff::Timestamp::now()).unwrap();
    let id = setup.editable().await.id;
    CommandService::new(setup.store.clone())
        .execute(SetApentForPamelding { id, apent: true }, now)
        .await
        .unwrap();
    assert_eq!(
        setup.outbox().await.last().unwrap().headers.get("traceparent"),
        None,
        "made without a request"
    );
}

#[tokio::test]
async fn a_relast_is_asked_for_and_what_is_parked_is_seen_and_thrown_away() {
    let setup = Setup::new().await;
    let one = setup.editable().await;
    let before = setup.outbox().await.len();
    let relast = setup.send("POST", "/relast/gjennomforinger", json!({ "ids": [one.id] }).to_string()).await;
    assert_eq!(relast.json(), json!({ "count": 1 }));
    assert!(setup.outbox().await.len() > before);
    let all = setup.send("POST", "/relast/gjennomforinger", r#"{"all":true}"#).await;
    assert_eq!(all.json(), json!({ "count": 60 }));
    assert_eq!(
        setup.send("POST", "/relast/tiltakstyper", Body::empty()).await.json(),
        json!({ "count": 18 })
    );

    let mut tx = setup.store.begin().await.unwrap();
    let value = Some("secret".to_owned());
    tx.enqueue([OutgoingRecord { topic: "siste-tiltakstyper-v3", key: "k".to_owned(), value }]);
    tx.commit().await.unwrap();
    let refuse = |record: &OutboxRecord| match record.key.as_str() {
        "k" => Err("it is poison".to_owned()),
        _ => Ok(()),
    };
    let validator: Arc<dyn RecordValidator> = Arc::new(refuse);
    let lease = setup.store.outbox().acquire("the test").await.unwrap();
    lease.next_batch(&BTreeSet::new(), 0, BatchLimits::default(), &validator).await.unwrap();

    let parked = setup.send("GET", "/parked", Body::empty()).await.json();
    assert_eq!(parked[0]["reason"], "it is poison");
    assert_eq!(parked[0]["records"], json!([{ "topic": "siste-tiltakstyper-v3", "key": "k" }]));
    let path = format!("/parked/{}/discard", parked[0]["change"]);
    assert_eq!(setup.send("POST", &path, Body::empty()).await.status, StatusCode::NO_CONTENT);
    assert_eq!(setup.send("GET", "/parked", Body::empty()).await.json(), json!([]));
}

#[tokio::test]
async fn the_metrics_say_what_waits_and_how_requests_were_answered() {
    let setup = Setup::new().await;
    let path = format!("/gjennomforinger/{}/apent-for-pamelding", setup.editable().await.id);
    setup.send("PUT", &path, r#"{"apent":false}"#).await;
    setup.send("GET", "/somewhere/else", Body::empty()).await;
    let metrics = ask(&setup.router, "GET", "/metrics", &[], Body::empty()).await;
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let waiting = setup.outbox().await.len();
    for line in [
        format!("tiltak_producer_outbox_pending_records {waiting}"),
        "tiltak_producer_parked_changes 0".to_owned(),
        "tiltak_producer_database_up 1".to_owned(),
        "tiltak_producer_checkpoint 0".to_owned(),
        "tiltak_producer_relay_publishing 0".to_owned(),
        "tiltak_producer_kafka_transaction_duration_seconds_count 0".to_owned(),
        "tiltak_producer_http_requests_total{method=\"PUT\",route=\"/gjennomforinger/{id}/apent-for-pamelding\",\
         status=\"200\"} 1"
            .to_owned(),
        "tiltak_producer_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1".to_owned(),
    ] {
        assert!(metrics.text.lines().any(|it| it == line), "{line}\n{}", metrics.text);
    }
    let oldest = metrics
        .text
        .lines()
        .find_map(|line| line.strip_prefix("tiltak_producer_outbox_oldest_pending_age_seconds "));
    assert!(oldest.unwrap().parse::<f64>().unwrap() > 0.0);
}

#[tokio::test]
async fn the_metrics_come_in_the_format_that_the_client_prefers() {
    let router = http::router(App::new(config("unused".into()).token));
    // What Prometheus 3 sends.
    let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                      application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
    for (accept, open_metrics) in [
        (prometheus, true),
        ("application/openmetrics-text", true),
        ("Application/OpenMetrics-Text; version=1.0.0, */*", true),
        ("text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.2", false),
        ("application/openmetrics-text;q=0", false),
        ("application/openmetrics-text; q=high", false),
        ("text/plain", false),
        ("*/*", false),
        ("", false),
    ] {
        let metrics = ask(&router, "GET", "/metrics", &[("accept", accept)], Body::empty()).await;
        let media = metrics.header("content-type").split(';').next().unwrap();
        assert_eq!(media == "application/openmetrics-text", open_metrics, "{accept}: {media}");
        assert_eq!(metrics.text.ends_with("# EOF\n"), open_metrics, "{accept}");
    }
}

#[tokio::test]
async fn without_a_database_the_service_is_alive_and_not_ready_and_refuses_changes() {
    let router = http::router(App::new(config("unused".into()).token));
    let alive = ask(&router, "GET", "/internal/isalive", &[], Body::empty()).await;
    assert_eq!(alive.status, StatusCode::OK);
    let ready = ask(&router, "GET", "/internal/isready", &[], Body::empty()).await;
    assert_eq!(ready.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(ready.problem()["detail"], "the database: it has not answered yet");
    let token = [("authorization", "Bearer a-token-for-the-tests"), ("content-type", "application/json")];
    let refused = ask(&router, "PUT", "/arrangorer/974760673", &token, r#"{"navn":"A"}"#).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(refused.headers.contains_key("retry-after"));
    refused.problem();
}

#[tokio::test]
async fn a_database_that_goes_away_makes_the_service_not_ready_and_its_changes_are_refused() {
    let setup = Setup::new().await;
    let path = format!("/gjennomforinger/{}/apent-for-pamelding", setup.editable().await.id);
    setup.store.close().await;
    let refused = setup.send("PUT", &path, r#"{"apent":false}"#).await;
    assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE, "{}", refused.text);
    assert_eq!(refused.problem()["type"], "urn:tiltak:problem:unavailable");
    let ready = ask(&setup.router, "GET", "/internal/isready", &[], Body::empty()).await;
    assert!(ready.problem()["detail"].as_str().unwrap().starts_with("the database: "), "{}", ready.text);
    assert_eq!(ask(&setup.router, "GET", "/metrics", &[], Body::empty()).await.status, StatusCode::OK);
}

/// Without a broker: what is under way when the service is to stop is finished, and no more is taken.
#[tokio::test(flavor = "multi_thread")]
async fn a_service_without_a_broker_takes_changes_and_finishes_them_when_it_is_to_stop() {
    let setup = Setup::new().await;
    let gjennomforing = setup.editable().await;
    let service =
        Service::bind(config(setup.folder.path().join("tiltak.db").as_path().into())).await.unwrap();
    let address = service.address();
    let (stop, stopped) = oneshot::channel::<()>();
    let running = tokio::spawn(service.run(async move { drop(stopped.await) }));

    // Ready: what it takes in waits. That nothing is published is told elsewhere.
    let status = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        loop {
            let answer =
                exchange(address, "GET /internal/status HTTP/1.1\r\nhost: it\r\nconnection: close\r\n\r\n");
            if answer.contains("no Kafka broker answers at 127.0.0.1:1") {
                return answer;
            }
            assert!(start.elapsed() < LIMIT, "{answer}");
            std::thread::sleep(Duration::from_millis(50));
        }
    });
    let status = status.await.unwrap();
    assert!(status.contains("\"ready\":true") && status.contains("\"state\":\"trying-again\""), "{status}");

    let head = |length: usize| {
        format!(
            "PUT /gjennomforinger/{}/apent-for-pamelding HTTP/1.1\r\nhost: it\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n",
            gjennomforing.id
        )
    };
    // Not one of the hundred megabytes is sent, and the answer is there.
    let too_large = head(100 << 20);
    let answer = tokio::task::spawn_blocking(move || exchange(address, &too_large)).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");

    let before = setup.outbox().await.len();
    let begun = format!("{}{{\"apent\":", head(15));
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(LIMIT)).unwrap();
    connection.write_all(begun.as_bytes()).unwrap();
    // The connection is taken: one that came after it was answered.
    tokio::task::spawn_blocking(move || {
        exchange(address, "GET /internal/isalive HTTP/1.1\r\nhost: it\r\nconnection: close\r\n\r\n")
    })
    .await
    .unwrap();
    stop.send(()).unwrap();
    let closed = tokio::task::spawn_blocking(move || {
        let start = Instant::now();
        while TcpStream::connect(address).is_ok() {
            assert!(start.elapsed() < LIMIT);
            std::thread::sleep(Duration::from_millis(20));
        }
    });
    closed.await.unwrap();
    let answer = tokio::task::spawn_blocking(move || {
        connection.write_all(b"false}").unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer
    });
    assert!(answer.await.unwrap().starts_with("HTTP/1.1 200 "));
    tokio::time::timeout(LIMIT, running).await.unwrap().unwrap().unwrap();
    assert!(setup.outbox().await.len() > before);
}

/// Sends a text and reads until the server closes, or has sent a whole problem.
fn exchange(address: SocketAddr, request: &str) -> String {
    let mut connection = TcpStream::connect(address).unwrap();
    connection.set_read_timeout(Some(LIMIT)).unwrap();
    connection.write_all(request.as_bytes()).unwrap();
    let (mut answer, mut piece) = (Vec::new(), [0; 4096]);
    loop {
        let read = connection.read(&mut piece).unwrap();
        answer.extend_from_slice(&piece[..read]);
        if read == 0 || answer.ends_with(b"}") {
            return String::from_utf8(answer).unwrap();
        }
    }
}
