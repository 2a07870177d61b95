//! What is refused, and how it is said.

use axum::body::Body;
use axum::http::StatusCode;
use serde_json::json;

use super::Setup;

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
    let [apent, stengt, ventetid] =
        ["apent-for-pamelding", "stengt", "ventetid"].map(|part| format!("{edit}/{part}"));
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
        ("PUT", &ventetid, json, r#"{"antall":1,"enhet":{"UKE":null}}"#, 400, "at /enhet: expected a string"),
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
