//! Bytes as lines of NDJSON: the totals add up, every line with a finding is counted, and the number of jobs makes no
//! difference. The first byte chooses the topic and the jobs.

#![no_main]

use std::collections::BTreeSet;
use std::io::Cursor;
use std::num::NonZeroUsize;
use std::sync::{Arc, OnceLock};

use libfuzzer_sys::fuzz_target;
use tiltak_contracts::Contract;
use tiltak_contracts::command::validate::{self, LineFinding, LineProblem, Totals};

fuzz_target!(|input: &[u8]| {
    let Some((choice, lines)) = input.split_first() else { return };
    let contracts = contracts();
    let contract = &contracts[usize::from(*choice) % contracts.len()];

    let (findings, totals) = run(contract, lines, 1);
    assert_eq!(totals.valid + totals.invalid, totals.records);
    assert!(totals.upserts + totals.tombstones <= totals.records);
    let blank = |line: &&[u8]| line.trim_ascii().is_empty();
    assert_eq!(totals.records, lines.split(|byte| *byte == b'\n').filter(|line| !blank(line)).count() as u64);
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
