use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use serde_json::json;

use super::*;
use crate::commands::{COMMANDS, EnkeltplassDetails, GjennomforingDetails, TiltakstypeDetails};
use crate::domain::{ArenaData, Ventetid};
use crate::strict_json;

#[test]
fn every_operation_of_the_document_has_an_id_of_its_own_and_no_reference_leads_nowhere() {
    let document = openapi();
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
    let mut ids: Vec<_> =
        operations.map(|(_, operation)| operation["operationId"].as_str().unwrap()).collect();
    let count = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), count);
    let text = document.to_string();
    for reference in text.split("\"$ref\":\"#").skip(1) {
        let pointer = reference.split('"').next().unwrap();
        assert!(document.pointer(pointer).is_some(), "{pointer}");
    }
}

#[test]
fn every_command_is_executed_by_an_operation() {
    let document = openapi();
    let operations =
        document["paths"].as_object().unwrap().values().flat_map(|path| path.as_object().unwrap());
    let executed: BTreeSet<&str> =
        operations.filter_map(|(_, operation)| operation["x-command"].as_str()).collect();
    assert_eq!(executed, COMMANDS.iter().copied().collect());
}

/// A change of the interface shows in review as a change of the document.
#[test]
fn the_committed_document_is_the_one_that_is_offered() {
    let committed = include_str!("../../openapi.json");
    assert!(
        committed == openapi_text(),
        "producer/openapi.json is not the document of this interface; rewrite it: \
         cargo run -p tiltak-producer -- openapi > openapi.new && mv openapi.new producer/openapi.json"
    );
}

#[test]
fn every_part_of_a_path_that_varies_is_a_parameter() {
    let document = openapi();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, operation) in operations.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().unwrap();
            let mut named: Vec<_> = parameters
                .iter()
                .filter(|parameter| parameter["in"] == "path")
                .map(|parameter| format!("{{{}}}", parameter["name"].as_str().unwrap()))
                .collect();
            let parts: Vec<_> = path.split('/').filter(|part| part.starts_with('{')).collect();
            named.sort_by_key(|name| path.find(name.as_str()));
            assert_eq!(named, parts, "{method} {path}");
        }
    }
}

/// Whether a body is valid by the schema of a component, and is read.
fn judged<T: DeserializeOwned>(component: &str, body: &str) -> (bool, bool) {
    let document = openapi();
    let schema = json!({
        "$ref": format!("#/components/schemas/{component}"), "components": document["components"],
    });
    let by_document = jsonschema::is_valid(&schema, &serde_json::from_str(body).unwrap());
    let read = strict_json::read::<T>(body.as_bytes()).is_ok();
    (by_document, read && strict_json::check_texts(body.as_bytes()).is_ok())
}

#[test]
fn the_document_and_the_reader_agree_on_what_a_body_is() {
    fn check<T: DeserializeOwned>(component: &str, cases: &[(&str, bool)]) {
        for (body, expected) in cases {
            assert_eq!(judged::<T>(component, body), (*expected, *expected), "{component} {body}");
        }
    }
    let gjennomforing = |change: &str| {
        let with = r#"{"navn":"A","oppstart":"LOPENDE","pameldingType":"DIREKTE_VEDTAK","startDato":"2026-01-01",
            "antallPlasser":1,"deltidsprosent":100"#;
        format!("{with}{change}}}")
    };
    let of = |change: &str, body: &str| gjennomforing("").replacen(change, body, 1);
    check::<GjennomforingDetails>(
        "GjennomforingDetails",
        &[
            (&gjennomforing(""), true),
            (&gjennomforing(r#","sluttDato":null,"oppmoteSted":null"#), true),
            (&gjennomforing(r#","oppmoteSted":"""#), true),
            (&gjennomforing(r#","oppmoteSted":"a\u0000b""#), false),
            (&gjennomforing(r#","ukjent":1"#), false),
            (&of("\"A\"", "\"\""), false),
            (&of("\"A\"", "\" \u{a0}\u{2003}\""), false),
            (&of("\"A\"", "\" \u{200b} \""), true),
            (&of("\"A\"", "\"\\u001c\""), true),
            (&of("\"A\"", "null"), false),
            (&of(":1,", ":1.0,"), true),
            (&of(":1,", ":10e-1,"), true),
            (&of(":1,", ":1.5,"), false),
            (&of(":1,", ":\"1\","), false),
            (&of(":1,", ":2147483647,"), true),
            (&of(":1,", ":2147483648,"), false),
            (&of("2026-01-01", "26-01-01"), false),
            ("[]", false),
        ],
    );
    check::<Ventetid>(
        "Ventetid",
        &[
            (r#"{"antall":4294967295,"enhet":"UKE"}"#, true),
            (r#"{"antall":-1,"enhet":"UKE"}"#, false),
            (r#"{"antall":1,"enhet":"DAG"}"#, false),
            (r#"[1,"UKE"]"#, false),
        ],
    );
    check::<ArenaData>("ArenaData", &[("{}", true), (r#"{"nummer":{"aar":2026}}"#, false)]);
    check::<TiltakstypeDetails>(
        "TiltakstypeDetails",
        &[(
            r#"{"navn":"A","tiltakskode":"AVKLARING","system":"ARENA","egenskaper":[],
                "innsatsgrupper":["JOBBE_DELVIS","JOBBE_DELVIS"]}"#,
            true,
        )],
    );
    check::<EnkeltplassDetails>(
        "EnkeltplassDetails",
        &[
            (r#"{"oppstart":"ENKELTPLASS","pameldingType":"DIREKTE_VEDTAK"}"#, true),
            (r#"{"oppstart":"ENKELTPLASS","pameldingType":"DIREKTE_VEDTAK","navn":null}"#, true),
            (r#"{"oppstart":"ENKELTPLASS","pameldingType":"DIREKTE_VEDTAK","navn":" "}"#, false),
        ],
    );
    let ids = r#"{"ids":["11111111-1111-4111-8111-111111111111"]}"#;
    check::<relast::Which>(
        "Which",
        &[
            (ids, true),
            (r#"{"all":true}"#, true),
            (r#"{"all":false}"#, false),
            (r#"{"all":true,"ids":[]}"#, false),
            (r#"{"ids":["11111111-1111-4111-8111-11111111111A"]}"#, false),
            ("{}", false),
        ],
    );
}
