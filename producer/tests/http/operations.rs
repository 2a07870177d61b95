//! The document, and what operators do.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Method, StatusCode};
use serde_json::json;
use tiltak_producer::commands::SetApentForPamelding;
use tiltak_producer::domain::Moment;
use tiltak_producer::kafka_outbox::{BatchLimits, OutboxRecord, RecordValidator};
use tiltak_producer::publish::OutgoingRecord;
use tiltak_producer::{CommandService, TraceParent};

use super::Setup;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

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
