//! `cargo contracts validate`: whatever the input is, every line is accounted for, in order.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Cursor, Read, Write};
use std::num::NonZeroUsize;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use insta::assert_snapshot;
use proptest::prelude::*;
use serde_json::json;
use tiltak_contracts::command::validate::{self, LONGEST_LINE, LineFinding, LineProblem, Report, Totals};
use tiltak_contracts::line::Line;
use tiltak_contracts::{Contract, tree};

const TOPIC: &str = "siste-tiltakstyper-v3";

/// The golden messages of the topic.
fn golden() -> Vec<Line> {
    let text = tree::embedded(&format!("{TOPIC}/examples/valid/golden.ndjson")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn start(arguments: &[&str]) -> Child {
    Command::new(env!("CARGO_BIN_EXE_contracts"))
        .args(["validate", TOPIC])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// What is printed for an input.
fn printed(arguments: &[&str], input: &[u8]) -> String {
    let mut child = start(arguments);
    let mut stdin = child.stdin.take().unwrap();
    // Written while the output is read: a pipe holds little.
    let output = std::thread::scope(|scope| {
        scope.spawn(move || stdin.write_all(input).unwrap());
        child.wait_with_output().unwrap()
    });
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_line_of_kcat_is_read_as_it_is_and_its_findings_name_partition_and_offset() {
    let Line { key, value } = golden().remove(0);
    let kcat = |offset: u64, topic: &str, key: Option<&str>, payload: Option<&str>| {
        json!({
            "topic": topic, "partition": 1, "offset": offset, "tstype": "create", "ts": 1_700_000_000_000_u64,
            "broker": 0, "headers": ["traceparent", "00-1", "empty", null], "key": key, "payload": payload,
        })
    };
    let mut input = String::new();
    for line in [
        kcat(10, TOPIC, Some(&key), value.as_deref()),
        kcat(11, TOPIC, Some(&key), None),
        kcat(12, TOPIC, Some(&key), Some("{\"id\": 1}")),
        kcat(13, TOPIC, None, None),
        kcat(14, "datavarehus-tiltak-v1", Some(&key), value.as_deref()),
        kcat(15, "Kari Nordmann", Some(&key), value.as_deref()),
    ] {
        writeln!(input, "{line}").unwrap();
    }
    assert_snapshot!(printed(&[], input.as_bytes()), @r##"
    line 3: siste-tiltakstyper-v3, partition 1, offset 12, key "23c52a19-a4b1-45b0-a093-4860a0b6336d": value at /id: expected a UUID of 36 lower-case characters, found a number (refused by schema and type)
    line 4: siste-tiltakstyper-v3, partition 1, offset 13: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: no key, which every record of a compacted topic has
    line 5: siste-tiltakstyper-v3, partition 1, offset 14: expected a record of this topic, found one of datavarehus-tiltak-v1
    line 6: siste-tiltakstyper-v3, partition 1, offset 15: expected a record of this topic, found one of another
    siste-tiltakstyper-v3 3.0.1: 6 records, 2 upserts, 1 tombstones: 2 valid, 4 invalid
    "##);
    assert_snapshot!(printed(&["--format", "json"], input.as_bytes()), @r##"
    {"line":3,"partition":1,"offset":12,"key":"23c52a19-a4b1-45b0-a093-4860a0b6336d","part":"value","pointer":"/id","expected":"a UUID of 36 lower-case characters","found":"a number","refusedBy":"schema-and-type"}
    {"line":4,"partition":1,"offset":13,"key":null,"reason":"expected {\"key\": …, \"value\": …} or a line of `kcat -J`, with a string or null as value or payload, found: no key, which every record of a compacted topic has"}
    {"line":5,"partition":1,"offset":14,"key":null,"reason":"expected a record of this topic, found one of datavarehus-tiltak-v1"}
    {"line":6,"partition":1,"offset":15,"key":null,"reason":"expected a record of this topic, found one of another"}
    {"records":6,"upserts":2,"tombstones":1,"valid":2,"invalid":4}
    "##);
}

#[test]
fn a_line_that_can_be_read_in_two_ways_is_refused_with_the_reason() {
    let input = r#"
{"key":"k","value":null,"payload":null}
{"key":"k","value":"{}","payload":null}
{"key":"k","value":null,"value":"{}"}
{"key":"k","key":"l","payload":null}
{"key":"k"}
{"value":null}
{"key":null,"value":null}
{"key":"k","payload":null,"payload_error":"no such schema"}
{"key":"k","value":{"navn":"Kari"}}
[1]
"#;
    let printed = printed(&[], input.as_bytes());
    assert!(!printed.contains("Kari"), "a payload's content is not printed");
    assert_snapshot!(printed, @r##"
    line 2: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: both a value and a payload
    line 3: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: both a value and a payload
    line 4: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: another shape, at column 31
    line 5: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: another shape, at column 16
    line 6: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: neither a value nor a payload
    line 7: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: no key, which every record of a compacted topic has
    line 8: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: no key, which every record of a compacted topic has
    line 9: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: another shape, at column 41
    line 10: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: another shape, at column 19
    line 11: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: another shape, at column 1
    siste-tiltakstyper-v3 3.0.1: 10 records, 0 upserts, 0 tombstones: 0 valid, 10 invalid
    "##);
}

#[test]
fn bytes_that_are_not_utf_8_are_a_finding_and_the_lines_around_them_are_checked() {
    let line = serde_json::to_vec(&golden()[0]).unwrap();
    let bad = [&line[..20], b"\xff\xfe", &line[20..]].concat();
    let input = [&line[..], &bad, &line].join(&b'\n');
    assert_snapshot!(printed(&[], &input), @r##"
    line 2: siste-tiltakstyper-v3: expected UTF-8, found a byte that is not, at column 21
    siste-tiltakstyper-v3 3.0.1: 3 records, 2 upserts, 0 tombstones: 2 valid, 1 invalid
    "##);
}

#[test]
fn what_few_readers_of_json_take_is_a_finding_wherever_it_stands() {
    let Line { key, value } = golden().remove(0);
    let value = value.unwrap();
    // The type passes over a property that it does not know.
    let with = |more: &str| format!("{},\"more\":{more}}}", value.strip_suffix('}').unwrap());
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    let mut input = String::new();
    for value in [value.clone(), with(&deep(10_000)), deep(10_000), "{\"id\":".repeat(10_000), with("1e400")]
    {
        writeln!(input, "{}", json!({"key": key, "value": value})).unwrap();
    }
    writeln!(input, r#"{{"key":{key:?},"value":{}}}"#, deep(10_000)).unwrap();
    writeln!(input, r#"{{"key":{key:?},"payload":null,"headers":{}}}"#, deep(10_000)).unwrap();
    assert_snapshot!(printed(&[], input.as_bytes()), @r##"
    line 2: siste-tiltakstyper-v3, key "23c52a19-a4b1-45b0-a093-4860a0b6336d": value at /more: expected no such property, or another form of it, found an array (refused by type)
    line 3: siste-tiltakstyper-v3, key "23c52a19-a4b1-45b0-a093-4860a0b6336d": value: expected an object, found an array (refused by schema and type)
    line 4: siste-tiltakstyper-v3, key "23c52a19-a4b1-45b0-a093-4860a0b6336d": value: expected JSON, found EOF while parsing a value at line 1 column 60000 (refused by type)
    line 5: siste-tiltakstyper-v3, key "23c52a19-a4b1-45b0-a093-4860a0b6336d": value at /more: expected no such property, or another form of it, found a number with a fraction or an exponent (refused by type)
    line 6: siste-tiltakstyper-v3: expected {"key": …, "value": …} or a line of `kcat -J`, with a string or null as value or payload, found: another shape, at column 54
    siste-tiltakstyper-v3 3.0.1: 7 records, 5 upserts, 1 tombstones: 2 valid, 5 invalid
    "##);
}

/// The lines of a file of cases, as the input of `validate`.
fn cases(name: &str) -> &'static str {
    match name {
        "arrays" => include_str!("../../schema/tests/cases/arrays-for-objects.ndjson"),
        "integers" => include_str!("../../schema/tests/cases/integers.ndjson"),
        _ => include_str!("../../schema/tests/cases/spelling-and-order.ndjson"),
    }
}

/// The findings about a topic's lines, each with its line number.
fn findings(topic: &str, lines: &str) -> Vec<(u64, String)> {
    let contract = Arc::new(Contract::of_topic(topic).unwrap());
    let mut findings: Vec<LineFinding> = Vec::new();
    let input = Cursor::new(lines.to_owned().into_bytes());
    validate::run(&contract, input, NonZeroUsize::MIN, &mut findings).unwrap();
    let said = |finding: LineFinding| match finding.problem {
        LineProblem::Record(problem) => (finding.line, problem.to_string()),
        LineProblem::NoRecord { reason } => (finding.line, reason),
    };
    findings.into_iter().map(said).collect()
}

#[test]
fn an_array_in_place_of_an_object_is_refused_by_schema_and_type() {
    let found = |line, place: &str| {
        (line, format!("value{place}: expected an object, found an array (refused by schema and type)"))
    };
    let expected = [found(2, ""), found(3, " at /deltakerRegistreringInnhold")];
    assert_eq!(findings("siste-tiltakstyper-v3", cases("arrays")), expected);
}

#[test]
fn an_integer_in_another_spelling_is_refused_as_spelled_differently() {
    let found = |line, found: &str, by: &str| {
        let expected = "an integer from -2147483648 to 2147483647";
        (line, format!("value at /antallPlasser: expected {expected}, found {found} (refused by {by})"))
    };
    let spelled_differently = |line| found(line, "one that is spelled differently", "type");
    assert_eq!(
        findings("siste-tiltaksgjennomforinger-v2", cases("integers")),
        [
            spelled_differently(2),
            spelled_differently(3),
            spelled_differently(4),
            found(5, "a number with a fraction or an exponent", "schema and type"),
        ]
    );
}

#[test]
fn a_time_in_another_spelling_is_refused_as_spelled_differently() {
    let Line { key, value } = golden().remove(0);
    let value: serde_json::Value = serde_json::from_str(&value.unwrap()).unwrap();
    for time in ["2026-01-31T09:00:07.014000", "2026-01-31T09:00:00", "2026-01-31t09:00"] {
        let mut value = value.clone();
        value["oppdatertTidspunkt"] = json!(time);
        let line = json!({"key": key, "value": value.to_string()}).to_string();
        let (_, finding) = findings(TOPIC, &line).remove(0);
        assert!(finding.starts_with("value at /oppdatertTidspunkt: expected a local date-time"), "{finding}");
        assert!(finding.contains("found one that is spelled differently"), "{finding}");
    }
}

#[test]
fn odd_content_of_an_unknown_property_is_refused_alike_wherever_the_discriminator_stands() {
    let findings = findings("siste-tiltaksgjennomforinger-v2", cases("spelling and order"));
    assert_eq!(findings.len(), 12);
    for pair in findings.chunks(2) {
        assert_eq!(pair[0].1, pair[1].1);
        assert!(pair[0].1.starts_with("value at /ny: expected no such property"), "{}", pair[0].1);
    }
}

#[test]
fn a_line_that_is_an_array_of_the_members_is_no_record() {
    let line = json!(["k", null, null, TOPIC, 0, 1, null, null, null, null]);
    let (_, finding) = findings(TOPIC, &line.to_string()).remove(0);
    assert!(finding.ends_with("found: another shape, at column 1"), "{finding}");
}

#[test]
fn of_a_key_that_is_far_too_long_the_beginning_is_named() {
    let printed = printed(&[], json!({"key": "ø".repeat(1_000_000), "value": null}).to_string().as_bytes());
    assert!(printed.starts_with(&format!("line 1: {TOPIC}, key \"{}…\": key: expected", "ø".repeat(100))));
    assert!(printed.len() < 1_000);
}

#[test]
fn a_line_of_100_mb_is_passed_over_in_little_memory_and_what_follows_is_checked_without_waiting_for_the_end()
{
    const MEGABYTES: usize = 100;
    let start_time = Instant::now();
    let mut child = start(&["--jobs", "1"]);
    let mut input = child.stdin.take().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);

    let line = serde_json::to_vec(&golden()[0]).unwrap();
    input.write_all(&[&line[..], b"\n{\"key\":\""].concat()).unwrap();
    for _ in 0..MEGABYTES {
        input.write_all(&vec![b'x'; 1_000_000]).unwrap();
    }
    input.write_all(b"\"}\nno JSON\n").unwrap();

    let bytes = MEGABYTES * 1_000_000 + "{\"key\":\"\"}".len();
    assert_eq!(
        output.next().unwrap(),
        format!("line 2: {TOPIC}: expected a line of at most {LONGEST_LINE} bytes, found one of {bytes}")
    );
    assert!(output.next().unwrap().starts_with("line 3: "));
    if let Some(peak) = peak_memory(&child) {
        assert!(peak < 90_000, "{peak} kB");
    }
    input.write_all(&line).unwrap();
    drop(input);
    let totals = "4 records, 2 upserts, 0 tombstones: 2 valid, 2 invalid";
    assert_eq!(output.next().unwrap(), format!("{TOPIC} 3.0.1: {totals}"));
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert!(start_time.elapsed() < Duration::from_secs(20), "{:?}", start_time.elapsed());
}

/// The largest memory that a process has had in use, in kB, where the system tells.
fn peak_memory(child: &Child) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn a_value_of_megabytes_in_which_everything_is_wrong_is_one_finding_in_bounded_memory() {
    let text = tree::embedded("datavarehus-tiltak-v1/examples/valid/golden.ndjson").unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Line>(line).unwrap());
    let set = "\"utdanninger\":[";
    let Line { key, value } =
        lines.into_iter().find(|line| line.value.as_deref().unwrap().contains(set)).unwrap();
    let wrong = format!("{set}{}", "0,".repeat(500_000));
    let value = value.unwrap().replace(set, &wrong);
    let contract = Contract::of_topic("datavarehus-tiltak-v1").unwrap();
    let start = Instant::now();
    // Neither with the type's words nor, when the key keeps the type from reading the value, with the schema's.
    for (key, place) in [(key.as_str(), "/utdanningslop/utdanninger/0"), ("no key", "")] {
        let findings = contract.check(key, Some(&value));
        assert_eq!(findings.last().unwrap().pointer, place);
        assert_eq!(findings.last().unwrap().part, "value");
    }
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_ends_it_at_once_also_while_it_waits_for_input() {
    use std::os::unix::process::ExitStatusExt;

    // What was started in the background by a script ignores the signal, and so does what it starts.
    let mut child = Command::new("env")
        .args(["--default-signal=INT", env!("CARGO_BIN_EXE_contracts"), "validate", TOPIC])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(b"no JSON\n").unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    output.read_line(&mut String::new()).unwrap();
    let sent = Instant::now();
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let ended = loop {
        match child.try_wait().unwrap() {
            Some(status) => break Some(status),
            None if sent.elapsed() > Duration::from_secs(5) => break None,
            None => std::thread::sleep(Duration::from_millis(5)),
        }
    };
    let _ = child.kill();
    assert_eq!(ended.and_then(|status| status.signal()), Some(2));
}

/// Findings as they are printed with `--format json`, and the totals.
#[derive(Default, Debug, PartialEq)]
struct Printed(String);

impl Report for Printed {
    fn finding(&mut self, finding: &LineFinding) -> anyhow::Result<()> {
        Ok(writeln!(self.0, "{}", serde_json::to_string(finding)?)?)
    }
}

fn checked(input: impl Read + Send + 'static, jobs: usize) -> (Printed, Totals) {
    let contract = Arc::new(Contract::of_topic(TOPIC).unwrap());
    let mut printed = Printed::default();
    let totals = validate::run(&contract, input, NonZeroUsize::new(jobs).unwrap(), &mut printed).unwrap();
    (printed, totals)
}

#[test]
fn when_the_report_fails_the_run_ends_without_waiting_for_more_input() {
    struct Fails;
    impl Report for Fails {
        fn finding(&mut self, _: &LineFinding) -> anyhow::Result<()> {
            anyhow::bail!("nobody reads it")
        }
    }
    /// Gives a line, and then nothing for ever.
    struct Waits(Cursor<&'static [u8]>);
    impl Read for Waits {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.read(buffer)? {
                0 => loop {
                    std::thread::park();
                },
                some => Ok(some),
            }
        }
    }
    let contract = Arc::new(Contract::of_topic(TOPIC).unwrap());
    let input = Waits(Cursor::new(b"no JSON\n"));
    let error = validate::run(&contract, input, NonZeroUsize::MIN, &mut Fails).unwrap_err();
    assert_eq!(error.to_string(), "nobody reads it");
}

#[test]
fn an_input_that_cannot_be_read_to_the_end_is_an_error_after_the_findings_before_it() {
    struct Breaks;
    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::ConnectionReset.into())
        }
    }
    let contract = Arc::new(Contract::of_topic(TOPIC).unwrap());
    let mut findings: Vec<LineFinding> = Vec::new();
    let input = Cursor::new(b"no JSON\n").chain(Breaks);
    validate::run(&contract, input, NonZeroUsize::MIN, &mut findings).unwrap_err();
    assert_eq!(findings.len(), 1);
}

/// Gives the input in pieces of these lengths, over and over.
struct Pieces {
    input: Cursor<Vec<u8>>,
    lengths: std::iter::Cycle<std::vec::IntoIter<usize>>,
}

impl Read for Pieces {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.lengths.next().unwrap().min(buffer.len());
        self.input.read(&mut buffer[..length])
    }
}

fn line() -> impl Strategy<Value = Vec<u8>> {
    let valid = prop::sample::select(golden()).prop_map(|line| serde_json::to_vec(&line).unwrap());
    let tombstone = prop::sample::select(golden()).prop_map(|line| {
        json!({"key": line.key, "payload": null, "partition": 0, "offset": 1}).to_string().into_bytes()
    });
    let wrong_value =
        (prop::sample::select(golden()), any::<prop::sample::Index>()).prop_map(|(line, index)| {
            let mut value = line.value.unwrap();
            let at = index.index(value.len());
            value.truncate((0..=at).rev().find(|at| value.is_char_boundary(*at)).unwrap());
            json!({"key": line.key, "value": value}).to_string().into_bytes()
        });
    let other_key = prop::sample::select(golden())
        .prop_map(|line| json!({"key": "x", "value": line.value}).to_string().into_bytes());
    let bytes = prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![4 => valid, 1 => tombstone, 2 => wrong_value, 1 => other_key, 1 => bytes]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn the_output_is_the_same_for_any_number_of_jobs_and_any_pieces_of_the_input(
        lines in prop::collection::vec(line(), 0..200),
        lengths in prop::collection::vec(1_usize..4_000, 1..20),
    ) {
        let input = lines.join(&b'\n');
        let whole = checked(Cursor::new(input.clone()), 1);
        let pieces = || Pieces { input: Cursor::new(input.clone()), lengths: lengths.clone().into_iter().cycle() };
        prop_assert_eq!(&checked(pieces(), 1), &whole);
        prop_assert_eq!(&checked(pieces(), 4), &whole);
        let totals = whole.1;
        prop_assert_eq!(totals.valid + totals.invalid, totals.records);
    }
}

#[test]
fn the_command_prints_the_same_bytes_for_few_and_many_jobs() {
    let mut input = Vec::new();
    for (index, mut line) in golden().into_iter().cycle().take(6_000).enumerate() {
        if index % 7 == 0 {
            line.value = line.value.map(|value| value.replacen("\"navn\":", "\"name\":", 1));
        }
        serde_json::to_writer(&mut input, &line).unwrap();
        input.push(b'\n');
    }
    for arguments in [&[][..], &["--format", "json"]] {
        let with = |jobs: &str| printed(&[arguments, &["--jobs", jobs]].concat(), &input);
        let one = with("1");
        assert!(one.lines().count() > 800);
        assert_eq!(one, with("4"));
        assert_eq!(one, with("1000000000"));
    }
}
