//! Kinds of schemas that are easily answered wrongly: each row is a pair, and what its answer has to be.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use json_schema_containment::{Json, Options, Verdict, compare_json};

fn answer(a: &str, b: &str, closed_writer: bool) -> String {
    let options = Options { closed_writer, ..Options::default() };
    let (a, b) = (Json::parse(a).unwrap(), Json::parse(b).unwrap());
    match compare_json(&a, &b, &options) {
        Ok(Verdict::Contained { vacuously: false }) => "contained".to_owned(),
        Ok(Verdict::Contained { vacuously: true }) => "A accepts nothing".to_owned(),
        Ok(Verdict::NotContained(witness)) if witness.refuses_everything => "B accepts nothing".to_owned(),
        Ok(Verdict::NotContained(_)) => "not contained".to_owned(),
        Ok(Verdict::Unknown { reason }) => format!("unknown: {reason}"),
        Err(error) => format!("error: {error}"),
    }
}

/// Every row whose answer does not begin with what is expected.
fn check(closed_writer: bool, rows: &[(&str, &str, &str)]) {
    let wrong: Vec<String> = rows
        .iter()
        .map(|(a, b, expected)| (answer(a, b, closed_writer), a, b, expected))
        .filter(|(answer, _, _, expected)| !answer.starts_with(**expected))
        .map(|(answer, a, b, expected)| format!("{a}\n{b}\n  expected {expected}, found {answer}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A document with a definition `x`, referred to at `p` beside other keywords.
fn referring(definition: &str, beside: &str) -> String {
    format!(
        r##"{{"$id":"urn:same","$defs":{{"x":{definition}}},"properties":{{"p":{{"$ref":"#/$defs/x",{beside}}}}}}}"##
    )
}

#[test]
fn what_a_reference_leads_to_is_compared_and_not_how_it_is_spelt() {
    let names = |text: &str| format!(r#"{{"properties":{{{text}}}}}"#);
    let (one, two) = (names(r#""a":true"#), names(r#""a":true,"b":true"#));
    for (a, b, beside, expected) in [
        (two.as_str(), one.as_str(), r#""unevaluatedProperties":false"#, "not contained"),
        (&one, &two, r#""unevaluatedProperties":false"#, "contained"),
        (&one, &two, r##""not":{"$ref":"#/$defs/x","unevaluatedProperties":false}"##, "not contained"),
        (
            r#"{"prefixItems":[true,true]}"#,
            r#"{"prefixItems":[true]}"#,
            r#""unevaluatedItems":false"#,
            "not contained",
        ),
        (
            r#"{"prefixItems":[true]}"#,
            r#"{"prefixItems":[true,true]}"#,
            r#""unevaluatedItems":false"#,
            "contained",
        ),
        (
            r#"{"contains":{"type":"string"}}"#,
            r#"{"contains":{"type":["string","null"]}}"#,
            r#""unevaluatedItems":false"#,
            "contained",
        ),
        (
            r#"{"contains":{"type":["string","null"]}}"#,
            r#"{"contains":{"type":"string"}}"#,
            r#""unevaluatedItems":false"#,
            "not contained",
        ),
        (r#"{"type":"string"}"#, r#"{"type":"number"}"#, r#""$comment":"same""#, "not contained"),
        (
            r#"{"anyOf":[{"properties":{"a":{"type":"null"}},"required":["a"]},true]}"#,
            r#"{"properties":{"a":true}}"#,
            r#""unevaluatedProperties":false"#,
            "contained",
        ),
    ] {
        let rows = (referring(a, beside), referring(b, beside));
        check(false, &[(&rows.0, &rows.1, expected)]);
    }
}

#[test]
fn unevaluated_is_decided_by_what_holds() {
    let by_type = r#"{"type":"object","properties":{"k":{"enum":["a","b"]}},"required":["k"],
        "if":{"properties":{"k":{"const":"a"}}},"then":{"properties":{"x":true}},"else":{"properties":{"y":true}},
        "unevaluatedProperties":false}"#;
    check(
        false,
        &[
            (by_type, r#"{"maxProperties":2}"#, "contained"),
            (by_type, r#"{"properties":{"z":false}}"#, "contained"),
            (by_type, r#"{"not":{"properties":{"k":{"const":"b"}},"required":["x"]}}"#, "contained"),
            (by_type, r#"{"not":{"required":["y"]}}"#, "not contained"),
            (
                r#"{"dependentSchemas":{"a":{"properties":{"b":true}}},"properties":{"a":true},"unevaluatedProperties":false}"#,
                r#"{"dependentRequired":{"b":["a"]}}"#,
                "contained",
            ),
            (
                r#"{"oneOf":[{"required":["a"],"properties":{"a":true}},{"required":["b"],"properties":{"b":true}}],"unevaluatedProperties":false}"#,
                r#"{"type":["object","string","number","array","null","boolean"],"maxProperties":1}"#,
                "contained",
            ),
            (
                r#"{"allOf":[{"properties":{"a":true},"unevaluatedProperties":false},{"properties":{"b":true}}]}"#,
                r#"{"properties":{"b":false}}"#,
                "contained",
            ),
            (
                r#"{"not":{"not":{"properties":{"a":true}}},"unevaluatedProperties":false}"#,
                r#"{"maxProperties":0}"#,
                "contained",
            ),
            (
                r#"{"unevaluatedProperties":{"type":"string"},"properties":{"a":true}}"#,
                r#"{"additionalProperties":{"type":"string"},"properties":{"a":true}}"#,
                "contained",
            ),
            (
                r#"{"unevaluatedItems":{"type":"string"},"allOf":[{"prefixItems":[true]}]}"#,
                r#"{"prefixItems":[true],"items":{"type":"string"}}"#,
                "contained",
            ),
        ],
    );
}

#[test]
fn dynamic_references_lead_to_the_outermost_anchor() {
    let list = |item: &str| {
        format!(
            r##"{{"$id":"urn:root","$ref":"urn:list","$defs":{{"i":{{"$dynamicAnchor":"item",{item}}},
            "l":{{"$id":"urn:list","items":{{"$dynamicRef":"#item"}},"$defs":{{"any":{{"$dynamicAnchor":"item"}}}}}}}}}}"##
        )
    };
    let (strings, numbers) = (list(r#""type":"string""#), list(r#""type":"number""#));
    check(
        false,
        &[
            (&strings, &numbers, "not contained"),
            (&strings, r#"{"items":{"type":"string"}}"#, "contained"),
            (r#"{"items":{"type":"string"}}"#, &strings, "contained"),
            (r#"{"items":{"type":"number"}}"#, &strings, "not contained"),
        ],
    );
}

#[test]
fn ids_and_anchors_mean_what_they_mean_in_their_own_document() {
    let by_anchor = |types: &str| {
        format!(r##"{{"$id":"urn:x","$ref":"#y","$defs":{{"a":{{"$anchor":"y","type":"{types}"}}}}}}"##)
    };
    let embedded = |types: &str| {
        format!(
            r#"{{"$id":"https://example.com/a","$ref":"b","$defs":{{"b":{{"$id":"b","$ref":"c"}},"c":{{"$id":"c","type":"{types}"}}}}}}"#
        )
    };
    check(
        false,
        &[
            (&by_anchor("string"), &by_anchor("null"), "not contained"),
            (&by_anchor("integer"), &by_anchor("number"), "contained"),
            (&embedded("string"), &embedded("null"), "not contained"),
            (&embedded("integer"), &embedded("number"), "contained"),
            (
                r#"{"$defs":{"a":{"$id":"x","type":"string"},"b":{"$id":"x"}}}"#,
                "true",
                "error: schema a at /$defs/b: two schemas have the $id",
            ),
            (
                r#"{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}"#,
                "true",
                "error: schema a at /$defs/b: two schemas have the anchor",
            ),
        ],
    );
}

#[test]
fn numbers_are_compared_as_mathematics_has_them() {
    check(
        false,
        &[
            (r#"{"const":18446744073709551616}"#, r#"{"const":18446744073709551617}"#, "not contained"),
            (r#"{"const":18446744073709551616}"#, r#"{"const":1.8446744073709551616e19}"#, "contained"),
            (
                r#"{"type":"integer","maximum":18446744073709551617}"#,
                r#"{"maximum":18446744073709551616}"#,
                "not contained",
            ),
            (
                r#"{"type":"integer","exclusiveMaximum":18446744073709551617}"#,
                r#"{"maximum":18446744073709551616}"#,
                "contained",
            ),
            (r#"{"const":9007199254740993.0}"#, r#"{"const":9007199254740993}"#, "contained"),
            (r#"{"const":0.1}"#, r#"{"const":0.10000000000000000001}"#, "not contained"),
            (r#"{"const":0.1}"#, r#"{"maximum":0.10000000000000000001}"#, "contained"),
            (r#"{"const":0.10000000000000000001}"#, r#"{"maximum":0.1}"#, "not contained"),
            (r#"{"const":1.0}"#, r#"{"type":"integer"}"#, "contained"),
            (r#"{"const":-0.0}"#, r#"{"const":0}"#, "contained"),
            (r#"{"enum":[1,1e0]}"#, r#"{"const":1.0}"#, "contained"),
            (r#"{"const":[1.0,{"a":-0}]}"#, r#"{"const":[1,{"a":0.0}]}"#, "contained"),
            (r#"{"const":1e400}"#, r#"{"type":"integer"}"#, "contained"),
            (r#"{"const":1e400}"#, r#"{"maximum":1e399}"#, "not contained"),
            (r#"{"maximum":1e399}"#, r#"{"maximum":1e400}"#, "contained"),
            (r#"{"const":1e-400}"#, r#"{"exclusiveMinimum":0}"#, "contained"),
            (r#"{"const":1e1000000000}"#, r#"{"multipleOf":7}"#, "not contained"),
            (r#"{"const":1e1000000000}"#, r#"{"multipleOf":8}"#, "contained"),
            (r#"{"maximum":1e1000000000}"#, r#"{"maximum":1e1000000001}"#, "unknown: the number 1e100000000"),
            (r#"{"multipleOf":0.1}"#, r#"{"multipleOf":0.01}"#, "contained"),
            (r#"{"multipleOf":0.01}"#, r#"{"multipleOf":0.1}"#, "not contained"),
            (r#"{"multipleOf":0.3}"#, r#"{"multipleOf":0.1}"#, "contained"),
            (
                r#"{"multipleOf":0.000000000000000000003}"#,
                r#"{"multipleOf":0.000000000000000000001}"#,
                "contained",
            ),
            (r#"{"multipleOf":1e-400}"#, r#"{"multipleOf":1e-401}"#, "contained"),
            (r#"{"type":"integer","multipleOf":0.5}"#, r#"{"multipleOf":1}"#, "contained"),
            (r#"{"type":"number","multipleOf":1.0}"#, r#"{"type":"integer"}"#, "contained"),
            (
                r#"{"type":"integer","minimum":9007199254740992,"maximum":9007199254740993}"#,
                r#"{"enum":[9007199254740992,9007199254740993]}"#,
                "contained",
            ),
            (r#"{"minLength":2.0}"#, r#"{"minLength":2}"#, "contained"),
            (r#"{"minLength":1e1}"#, r#"{"minLength":9}"#, "contained"),
            (
                r#"{"type":"string","minLength":36893488147419103232}"#,
                r#"{"type":"string","minLength":36893488147419103233}"#,
                "unknown",
            ),
            (
                r#"{"items":{"const":18446744073709551617},"uniqueItems":true}"#,
                r#"{"maxItems":1}"#,
                "contained",
            ),
        ],
    );
    assert!(
        Json::parse("1e99999999999999999999").unwrap_err().reason.contains("1e99999"),
        "the number is named"
    );
}

#[test]
fn a_witness_with_a_number_that_no_double_holds_says_where_it_is_refused() {
    let a = r#"{"type":"object","properties":{"a/b":{"items":{"type":"integer"}}}}"#;
    let b = r#"{"properties":{"a/b":{"items":{"not":{"const":18446744073709551617}}}}}"#;
    let (a, b) = (Json::parse(a).unwrap(), Json::parse(b).unwrap());
    let Verdict::NotContained(witness) = compare_json(&a, &b, &Options::default()).unwrap() else {
        unreachable!()
    };
    assert_eq!(witness.document.to_string(), r#"{"a/b":[18446744073709551617]}"#);
    assert_eq!((witness.pointer.as_str(), witness.keyword.as_str()), ("/a~1b/0", "not"));
}

#[test]
fn each_schema_is_read_in_its_own_dialect() {
    const OLD: &str = r#""$schema":"http://json-schema.org/draft-07/schema#""#;
    let old = |text: &str| if text.is_empty() { format!("{{{OLD}}}") } else { format!("{{{OLD},{text}}}") };
    for (a, b, expected) in [
        (old(""), old(r#""dependencies":{"a":["b"]}"#), "not contained"),
        (
            old(r#""dependencies":{"a":["b"]}"#),
            r#"{"dependentRequired":{"a":["b"]}}"#.to_owned(),
            "contained",
        ),
        (
            old(r#""dependencies":{"a":{"minProperties":2}}"#),
            r#"{"dependentSchemas":{"a":{"minProperties":2}}}"#.to_owned(),
            "contained",
        ),
        (
            old(
                r##""properties":{"p":{"$ref":"#/definitions/s","maxLength":3}},"definitions":{"s":{"type":"string"}}"##,
            ),
            r#"{"properties":{"p":{"maxLength":3}}}"#.to_owned(),
            "not contained",
        ),
        (
            old(r##""$ref":"#/definitions/s","type":"null","definitions":{"s":{"type":"string"}}"##),
            r#"{"type":"string"}"#.to_owned(),
            "contained",
        ),
        (
            old(r#""items":[{"type":"string"}]"#),
            r#"{"prefixItems":[{"type":"string"}]}"#.to_owned(),
            "contained",
        ),
        (
            r#"{"prefixItems":[true],"items":false}"#.to_owned(),
            old(r#""items":[true],"additionalItems":false"#),
            "contained",
        ),
        (
            old(r#""items":true,"additionalItems":false"#),
            r#"{"type":["array","null"],"maxItems":9}"#.to_owned(),
            "not contained",
        ),
        (old(r#""additionalItems":false"#), r#"{"maxItems":0}"#.to_owned(), "not contained"),
        (
            old(r##""$ref":"#s","definitions":{"s":{"$id":"#s","type":"string"}}"##),
            r#"{"type":"string"}"#.to_owned(),
            "contained",
        ),
        (
            old(r#""if":{"type":"string"},"then":{"minLength":1}"#),
            r#"{"minLength":1}"#.to_owned(),
            "contained",
        ),
        (old(r#""contains":{"type":"null"},"type":"array""#), r#"{"minItems":1}"#.to_owned(), "contained"),
        (
            old(r#""contains":true,"minContains":0"#),
            "true".to_owned(),
            "error: schema a: \"minContains\" is no keyword of JSON Schema draft-07",
        ),
        (
            r#"{"dependencies":{"a":["b"]}}"#.to_owned(),
            "true".to_owned(),
            "error: schema a: \"dependencies\" is no keyword of JSON Schema 2020-12",
        ),
        (
            r#"{"$schema":"http://json-schema.org/draft-04/schema#"}"#.to_owned(),
            "true".to_owned(),
            "error: schema a: the dialect \"http://json-schema.org/draft-04/schema#\"",
        ),
        (
            r#"{"$schema":"https://json-schema.org/draft/2019-09/schema"}"#.to_owned(),
            "true".to_owned(),
            "error: schema a: the dialect",
        ),
        (
            r#"{"$schema":"https://json-schema.org/draft/2020-12/schema#","type":"null"}"#.to_owned(),
            r#"{"type":"null"}"#.to_owned(),
            "contained",
        ),
        (
            format!(
                r#"{{"$ref":"urn:old","$defs":{{"o":{{"$id":"urn:old",{OLD},"items":[{{"type":"string"}}]}}}}}}"#
            ),
            r#"{"prefixItems":[{"type":"string"}]}"#.to_owned(),
            "contained",
        ),
        (
            format!(r#"{{"not":{{{OLD}}}}}"#),
            "true".to_owned(),
            "error: schema a at /not: a schema of dialect draft-07",
        ),
    ] {
        check(false, &[(&a, &b, expected)]);
    }
}

#[test]
fn a_closed_writer_emits_what_its_schema_names_wherever_it_names_it() {
    let id = r#""type":"object","properties":{"id":{"type":"string"}}"#;
    let no_kind = r#"{"properties":{"kind":{"type":"integer"}}}"#;
    for (more, b, expected) in [
        (r#""required":["id","kind"]"#, no_kind, "not contained"),
        (r#""required":["id"]"#, no_kind, "contained"),
        (r#""dependentRequired":{"id":["kind"]}"#, no_kind, "not contained"),
        (r#""dependentSchemas":{"id":{"required":["kind"]}}"#, no_kind, "not contained"),
        (r#""if":{"required":["id"]},"then":{"required":["kind"]}"#, no_kind, "not contained"),
        (r#""if":{"required":["id"]},"else":{"required":["kind"]}"#, no_kind, "not contained"),
        (r#""allOf":[{"required":["kind"]}]"#, no_kind, "not contained"),
        (r#""allOf":[{"properties":{"kind":{"type":"integer"}}}]"#, no_kind, "contained"),
        (r#""allOf":[{"allOf":[{"required":["kind"]}]}]"#, no_kind, "not contained"),
        (r#""anyOf":[{"required":["kind"]},{"required":["id"]}]"#, no_kind, "not contained"),
        (r#""oneOf":[{"required":["kind"]},{"required":["id"]}]"#, no_kind, "not contained"),
        (r##""$ref":"#/$defs/x","$defs":{"x":{"required":["kind"]}}"##, no_kind, "not contained"),
        (
            r##""$ref":"#/$defs/x","$defs":{"x":{"properties":{"kind":{"type":"integer"}}}}"##,
            no_kind,
            "contained",
        ),
        (r#""patternProperties":{"^ki":{"type":"string"}}"#, no_kind, "not contained"),
        (r#""patternProperties":{"^ki":{"type":"integer"}}"#, no_kind, "contained"),
        (r#""patternProperties":{"^x":true},"required":["kind"]"#, no_kind, "not contained"),
        (
            r#""patternProperties":{"^x":true},"required":["kind"]"#,
            r#"{"properties":{"y":false}}"#,
            "contained",
        ),
        (r#""minProperties":2"#, "false", "A accepts nothing"),
        (r#""minProperties":2,"patternProperties":{"^x":true}"#, "false", "B accepts nothing"),
        (r#""not":{"required":["kind"]}"#, no_kind, "contained"),
        (r#""additionalProperties":{"type":"string"}"#, no_kind, "not contained"),
        (r#""additionalProperties":false,"required":["kind"]"#, no_kind, "A accepts nothing"),
    ] {
        check(true, &[(&format!("{{{id},{more}}}"), b, expected)]);
    }
}

#[test]
fn several_schemas_of_one_object_of_a_closed_writer_name_its_properties_together() {
    let nested = r#"{"type":"object","allOf":[
        {"properties":{"p":{"properties":{"a":{"type":"string"}}}},"required":["p"]},
        {"properties":{"p":{"properties":{"b":{"type":"string"}},"required":["a","b"]}}}]}"#;
    let by_pattern = r#"{"properties":{"p":{"properties":{"a":true}}},"required":["p"],
        "patternProperties":{"^p":{"properties":{"b":true},"required":["a","b"]}}}"#;
    let items = r#"{"items":{"properties":{"a":true}},"contains":{"properties":{"b":true},"required":["b"]},"type":"array"}"#;
    let variants = r#"{"anyOf":[{"properties":{"a":{"type":"string"}}},{"properties":{"b":{"type":"string"}}}],"type":"object"}"#;
    check(
        true,
        &[
            (nested, "false", "B accepts nothing"),
            (nested, r#"{"properties":{"p":{"properties":{"c":false}}}}"#, "contained"),
            (nested, r#"{"properties":{"p":{"properties":{"b":{"maxLength":3}}}}}"#, "not contained"),
            (by_pattern, "false", "B accepts nothing"),
            (items, "false", "B accepts nothing"),
            (items, r#"{"items":{"properties":{"c":false}}}"#, "contained"),
            (variants, r#"{"maxProperties":1}"#, "not contained"),
            (variants, r#"{"properties":{"c":false}}"#, "contained"),
        ],
    );
}

#[test]
fn a_schema_that_accepts_nothing_is_said_to() {
    check(
        false,
        &[
            ("false", "true", "A accepts nothing"),
            (r#"{"type":"string","const":1}"#, r#"{"type":"null"}"#, "A accepts nothing"),
            (
                r#"{"type":"object","required":["a"],"additionalProperties":false}"#,
                "true",
                "A accepts nothing",
            ),
            (r#"{"type":"integer","exclusiveMinimum":0,"exclusiveMaximum":1}"#, "true", "A accepts nothing"),
            (
                r##"{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}"##,
                "true",
                "A accepts nothing",
            ),
            ("false", "false", "A accepts nothing"),
            ("true", r#"{"allOf":[{"type":"string"},{"type":"null"}]}"#, "B accepts nothing"),
            ("true", "false", "B accepts nothing"),
            (r#"{"type":"null"}"#, r#"{"type":"string"}"#, "not contained"),
        ],
    );
}

#[test]
fn strings_may_have_any_character() {
    check(
        false,
        &[
            (r#"{"type":"string","pattern":"^\\n$","minLength":1}"#, "false", "B accepts nothing"),
            (r#"{"type":"string","maxLength":1}"#, r#"{"pattern":"^.?$"}"#, "not contained"),
            (r#"{"type":"string"}"#, r#"{"pattern":"^(?!\\s*$).+"}"#, "not contained"),
            (r#"{"type":"string","minLength":2,"pattern":"^😀+$"}"#, r#"{"minLength":2}"#, "contained"),
            (r#"{"type":"string","maxLength":1,"pattern":"^😀+$"}"#, r#"{"const":"😀"}"#, "contained"),
            (r#"{"pattern":"^[0-9]$"}"#, r#"{"pattern":"^\\d$"}"#, "contained"),
            (r#"{"type":"string","pattern":"^\\d$"}"#, r#"{"pattern":"^[0-9]$"}"#, "contained"),
        ],
    );
}
