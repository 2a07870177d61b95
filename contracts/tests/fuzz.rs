//! Fuzz targets, on the stable toolchain. As tests they run for a second each; `BOLERO_RANDOM_TEST_TIME_MS` says how
//! long, and a failure prints the `BOLERO_RANDOM_SEED` that repeats it. What a target begins with is in `__fuzz__`.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::BTreeSet;
use std::io::Cursor;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use bolero::check;
use serde_json::json;
use tiltak_contracts::command::validate::{self, LineFinding, LineProblem, Totals};
use tiltak_contracts::reader::Declarations;
use tiltak_contracts::{Contract, TopicFile};

#[test]
fn a_topic_file_is_read_or_refused_in_words() {
    check!(name = "topic_file").for_each(|input: &[u8]| {
        if let Err(error) = TopicFile::parse(&String::from_utf8_lossy(input)) {
            assert!(!error.to_string().is_empty());
        }
    });
}

#[test]
fn a_declaration_is_read_or_refused_in_words_and_judged_without_a_panic() {
    check!(name = "readers").for_each(|input: &[u8]| match Declarations::parse([("app", &*String::from_utf8_lossy(input))], &tiltak_schema::topics().map(|topic| topic.name)) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(readers) => {
            let contract = json!({
                "type": "object", "required": ["id", "status"],
                "properties": {"id": {"type": "string"}, "status": {"enum": ["A", "B"]}, "tall": {"type": "integer"}}
            });
            for topic in tiltak_schema::topics() {
                readers.breakages(topic.name, Some(&contract), &contract);
            }
        }
    });
}

/// The totals add up, every line with a finding is counted, and the number of jobs makes no difference. The first byte
/// chooses the topic and the jobs.
#[test]
fn any_lines_are_validated_and_counted() {
    check!(name = "validate").for_each(|input: &[u8]| {
        let Some((choice, lines)) = input.split_first() else { return };
        let contracts = contracts();
        let contract = &contracts[usize::from(*choice) % contracts.len()];

        let (findings, totals) = run(contract, lines, 1);
        assert_eq!(totals.valid + totals.invalid, totals.records);
        assert!(totals.upserts + totals.tombstones <= totals.records);
        let blank = |line: &&[u8]| line.trim_ascii().is_empty();
        let records = lines.split(|byte| *byte == b'\n').filter(|line| !blank(line)).count();
        assert_eq!(totals.records, records as u64);
        assert!(findings.is_sorted_by_key(|finding| finding.line));
        let invalid: BTreeSet<u64> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(totals.invalid, invalid.len() as u64);
        for finding in &findings {
            let shown = match &finding.problem {
                LineProblem::Record(finding) => finding.to_string(),
                LineProblem::NoRecord { reason } => reason.clone(),
            };
            assert!(!shown.is_empty());
        }
        let jobs = usize::from(*choice) / contracts.len() % 4;
        if jobs > 1 {
            assert_eq!((findings, totals), run(contract, lines, jobs));
        }
    });
}

fn run(contract: &Arc<Contract>, lines: &[u8], jobs: usize) -> (Vec<LineFinding>, Totals) {
    let mut findings = Vec::new();
    let jobs = NonZeroUsize::new(jobs).unwrap();
    let totals = validate::run(contract, Cursor::new(lines.to_vec()), jobs, &mut findings).unwrap();
    (findings, totals)
}

fn contracts() -> &'static [Arc<Contract>] {
    static CONTRACTS: OnceLock<Vec<Arc<Contract>>> = OnceLock::new();
    CONTRACTS.get_or_init(|| {
        let topics = tiltak_schema::topics().into_iter();
        topics.map(|topic| Arc::new(Contract::of_topic(topic.name).unwrap())).collect()
    })
}
