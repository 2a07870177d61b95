//! What each solver decides: each row is a pair, and its answer.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use json_schema_containment::{Json, Options, Verdict, compare_json};

/// `=` is contained, `!` is not contained, `?` is unknown.
fn check(rows: &[(&str, char, &str)]) {
    let mut wrong = Vec::new();
    for (a, expected, b) in rows {
        let [a, b] = [a, b].map(|text| Json::parse(text).unwrap());
        let found = match compare_json(&a, &b, &Options::default()).unwrap() {
            Verdict::Contained { .. } => '=',
            Verdict::NotContained(_) => '!',
            Verdict::Unknown { .. } => '?',
        };
        if found != *expected {
            wrong.push(format!("{a} {b}: expected {expected}, found {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn booleans() {
    check(&[
        (r#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, '=', r#"{"type":["string","null"]}"#),
        (r#"{"allOf":[{"minimum":1},{"maximum":3},{"type":"integer"}]}"#, '=', r#"{"enum":[1,2,3]}"#),
        (r#"{"enum":[1,2,3]}"#, '!', r#"{"type":"integer","maximum":2}"#),
        (
            r#"{"oneOf":[{"minimum":1},{"maximum":3}],"type":"number"}"#,
            '=',
            r#"{"not":{"minimum":1,"maximum":3}}"#,
        ),
        (r#"{"oneOf":[{"minimum":1},{"maximum":3},{"const":2}],"type":"number"}"#, '!', r#"{"minimum":3}"#),
        (
            r#"{"if":{"type":"string"},"then":{"minLength":2},"else":{"type":"null"}}"#,
            '=',
            r#"{"type":["string","null"]}"#,
        ),
        (r#"{"if":{"type":"string"},"then":{"minLength":2}}"#, '!', r#"{"type":"string"}"#),
        (r#"{"not":{"type":["object","array"]},"enum":[1,{},[]]}"#, '=', r#"{"const":1}"#),
        (r#"{"not":{"not":{"type":"string"}}}"#, '=', r#"{"type":"string"}"#),
        (r#"{"not":{"allOf":[{"type":"string"},{"minLength":1}]},"type":"string"}"#, '=', r#"{"const":""}"#),
        (r#"{"type":"boolean"}"#, '=', r#"{"enum":[true,false]}"#),
        (r#"{"type":"boolean","not":{"const":true}}"#, '=', r#"{"const":false}"#),
    ]);
}

#[test]
fn numbers() {
    check(&[
        (r#"{"type":"integer","exclusiveMinimum":0}"#, '=', r#"{"minimum":1}"#),
        (r#"{"type":"number","exclusiveMinimum":0}"#, '!', r#"{"minimum":1}"#),
        (r#"{"multipleOf":6}"#, '=', r#"{"multipleOf":3}"#),
        (r#"{"multipleOf":3}"#, '!', r#"{"multipleOf":6}"#),
        (r#"{"allOf":[{"multipleOf":4},{"multipleOf":6}]}"#, '=', r#"{"multipleOf":12}"#),
        (r#"{"allOf":[{"multipleOf":4},{"multipleOf":6}]}"#, '!', r#"{"multipleOf":24}"#),
        (r#"{"type":"integer","not":{"multipleOf":2},"minimum":1,"maximum":4}"#, '=', r#"{"enum":[1,3]}"#),
        (
            r#"{"type":"integer","not":{"anyOf":[{"multipleOf":2},{"multipleOf":3}]},"minimum":2,"maximum":4}"#,
            '=',
            "false",
        ),
        (r#"{"type":"number","minimum":1,"maximum":1}"#, '=', r#"{"const":1}"#),
        (
            r#"{"type":"number","not":{"type":"integer"},"multipleOf":0.5,"minimum":0,"maximum":1}"#,
            '=',
            r#"{"const":0.5}"#,
        ),
    ]);
}

#[test]
fn strings() {
    check(&[
        (r#"{"pattern":"^[0-9]{4}$"}"#, '=', r#"{"pattern":"^[0-9]+$"}"#),
        (r#"{"pattern":"^[0-9]+$"}"#, '!', r#"{"pattern":"^[0-9]{4}$"}"#),
        (r#"{"pattern":"^a"}"#, '=', r#"{"pattern":"a"}"#),
        (r#"{"type":"string","pattern":"^[ab]{2}$"}"#, '=', r#"{"minLength":2,"maxLength":2}"#),
        (r#"{"minLength":3}"#, '=', r#"{"minLength":2}"#),
        (r#"{"minLength":2}"#, '!', r#"{"minLength":3}"#),
        (r#"{"type":"string","pattern":"^(a|b)$","not":{"const":"a"}}"#, '=', r#"{"const":"b"}"#),
        (r#"{"type":"string","not":{"pattern":"a"}}"#, '!', r#"{"pattern":"b"}"#),
        (r#"{"type":"string","pattern":"(a)\\1"}"#, '?', r#"{"pattern":"^b$"}"#),
    ]);
}

#[test]
fn arrays() {
    check(&[
        (
            r#"{"prefixItems":[{"type":"string"}],"items":{"type":"null"}}"#,
            '=',
            r#"{"items":{"type":["string","null"]}}"#,
        ),
        (r#"{"items":{"type":["string","null"]}}"#, '!', r#"{"prefixItems":[{"type":"string"}]}"#),
        (r#"{"type":"array","contains":{"type":"null"},"minContains":2}"#, '=', r#"{"minItems":2}"#),
        (
            r#"{"type":"array","contains":{"type":"null"},"maxContains":1,"items":{"type":"null"}}"#,
            '=',
            r#"{"maxItems":1}"#,
        ),
        (r#"{"type":"array","contains":{"type":"null"},"maxContains":1}"#, '!', r#"{"maxItems":1}"#),
        (r#"{"type":"array","items":{"enum":[1,2]},"uniqueItems":true}"#, '=', r#"{"maxItems":2}"#),
        (r#"{"type":"array","items":{"enum":[1,2]}}"#, '!', r#"{"uniqueItems":true}"#),
        (r#"{"type":"array","maxItems":1}"#, '=', r#"{"uniqueItems":true}"#),
        (
            r#"{"type":"array","prefixItems":[{"const":1},{"const":2}],"maxItems":2}"#,
            '=',
            r#"{"uniqueItems":true}"#,
        ),
        (r#"{"type":"array","items":false}"#, '=', r#"{"const":[]}"#),
        (r#"{"const":[1,2]}"#, '!', r#"{"not":{"contains":{"const":2}}}"#),
        (r#"{"type":"array","minItems":100}"#, '?', r#"{"maxItems":2}"#),
    ]);
}

#[test]
fn objects() {
    check(&[
        (
            r#"{"type":"object","required":["a"],"properties":{"a":{"type":"string"}}}"#,
            '=',
            r#"{"minProperties":1}"#,
        ),
        (r#"{"additionalProperties":{"type":"string"}}"#, '=', r#"{"properties":{"a":{"type":"string"}}}"#),
        (r#"{"properties":{"a":{"type":"string"}}}"#, '!', r#"{"additionalProperties":{"type":"string"}}"#),
        (
            r#"{"patternProperties":{"^a":{"type":"string"}}}"#,
            '=',
            r#"{"properties":{"ab":{"type":"string"}}}"#,
        ),
        (
            r#"{"patternProperties":{"^ab":{"type":"string"}}}"#,
            '!',
            r#"{"patternProperties":{"^a":{"type":"string"}}}"#,
        ),
        (
            r#"{"patternProperties":{"^a":{"type":"string"},"b$":{"type":"null"}}}"#,
            '=',
            r#"{"properties":{"ab":false}}"#,
        ),
        (r#"{"type":"object","propertyNames":{"enum":["a","b"]}}"#, '=', r#"{"maxProperties":2}"#),
        (r#"{"type":"object","propertyNames":{"pattern":"^.$"},"minProperties":3}"#, '!', "false"),
        (r#"{"type":"object","propertyNames":{"maxLength":0}}"#, '=', r#"{"maxProperties":1}"#),
        (r#"{"dependentRequired":{"a":["b"],"b":["c"]}}"#, '=', r#"{"dependentRequired":{"a":["c"]}}"#),
        (r#"{"dependentRequired":{"a":["b"]}}"#, '!', r#"{"dependentRequired":{"b":["a"]}}"#),
        (r#"{"type":"object","additionalProperties":false}"#, '=', r#"{"const":{}}"#),
        (r#"{"type":"object","minProperties":100}"#, '?', r#"{"maxProperties":2}"#),
    ]);
}

#[test]
fn schemas_that_refer_to_themselves() {
    let tree = r##"{"type":"object","properties":{"left":{"$ref":"#"},"right":{"$ref":"#"},"value":{"type":"integer"}}}"##;
    let wider = r##"{"properties":{"left":{"$ref":"#"},"right":{"$ref":"#"},"value":{"type":"number"}}}"##;
    let endless = r##"{"type":"object","properties":{"next":{"$ref":"#"}},"required":["next"]}"##;
    let even = r##"{"$ref":"#/$defs/e","$defs":{"e":{"type":["array"],"items":{"$ref":"#/$defs/o"}},"o":{"type":["array","null"],"items":{"$ref":"#/$defs/e"}}}}"##;
    let any = r##"{"type":["array","null"],"items":{"$ref":"#"}}"##;
    check(&[
        (tree, '=', wider),
        (wider, '!', tree),
        (endless, '=', "false"),
        (even, '=', any),
        (any, '!', even),
        (r##"{"$ref":"#"}"##, '?', "false"),
    ]);
}
