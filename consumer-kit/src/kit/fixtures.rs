//! `fixtures`: invented records as NDJSON.

use std::io::{BufWriter, Write};

use anyhow::bail;
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::json;

use super::cli::Fixtures;
use super::{Outcome, Session};
use crate::fixtures::topics::{FixtureVisitor, with_fixture};
use crate::fixtures::{Fixture, Generator, NdjsonRecord, flawed, later};

pub(super) fn run(arguments: &Fixtures, session: &mut Session<'_>) -> anyhow::Result<Outcome> {
    struct Print<'p, 's>(&'p Fixtures, &'p mut Session<'s>);
    impl FixtureVisitor for Print<'_, '_> {
        type Output = anyhow::Result<Outcome>;
        fn visit<T: Fixture>(&mut self) -> Self::Output {
            print::<T>(self.0, self.1)
        }
    }
    with_fixture(&arguments.topic, &mut Print(arguments, session))
        .unwrap_or_else(|| bail!("there are no fixtures of {}", arguments.topic))
}

fn print<T: Fixture>(arguments: &Fixtures, session: &mut Session<'_>) -> anyhow::Result<Outcome> {
    let mut output = BufWriter::new(&mut *session.output);
    let mut runner = runner(arguments.seed);
    let (flaws, novelties) = (flawed::<T>(), later::<T>());
    let mut generator = Generator::new(arguments.seed).tombstones(arguments.tombstones.unwrap_or(0.0));
    if let Some(keys) = arguments.keys {
        generator = generator.keys(keys);
    }
    let mut valid = generator.records::<T>();
    for number in 1..=arguments.count {
        let (line, why) = if arguments.flawed {
            let it = draw(&flaws, &mut runner)?;
            (
                it.record.clone(),
                json!({ "line": number, "flaw": format!("{:?}", it.flaw), "pointer": it.pointer, "isRead": it.is_read() }),
            )
        } else if arguments.later {
            let it = draw(&novelties, &mut runner)?;
            (
                it.record,
                json!({ "line": number, "novelty": format!("{:?}", it.novelty), "pointer": it.pointer }),
            )
        } else {
            let Some(line) = valid.next() else { break };
            (line, json!(null))
        };
        if arguments.explain {
            writeln!(session.errors, "{why}")?;
        }
        write_line(&mut output, &line)?;
        if session.interrupt.is_raised() {
            break;
        }
    }
    output.flush()?;
    Ok(Outcome::Fine)
}

fn write_line(output: &mut impl Write, line: &NdjsonRecord) -> anyhow::Result<()> {
    // By way of a string: an error of the output stays one.
    let text = serde_json::to_string(line)?;
    writeln!(output, "{text}")?;
    Ok(())
}

pub(super) fn runner(seed: u64) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &bytes))
}

pub(super) fn draw<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> anyhow::Result<S::Value> {
    let tree =
        strategy.new_tree(runner).map_err(|reason| anyhow::anyhow!("no record could be made: {reason}"))?;
    Ok(tree.current())
}
