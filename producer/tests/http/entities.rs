//! What an entity is made, read and changed with.

use std::time::Duration;

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use super::Setup;

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
