//! The version that a request is for.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use super::Setup;

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
