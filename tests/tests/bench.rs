//! The benchmarks run, each with a little of everything. What they measure then says nothing.

use std::process::Command;

use anyhow::{Result, ensure};
use serde_json::Value;
use tiltak_tests::kafka::Broker;

fn bench(broker: &Broker, arguments: &[&str]) -> Result<Value> {
    let output = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args(arguments)
        .args(["--rounds", "1", "--json"])
        .env("TEST_KAFKA_BROKERS", broker.bootstrap_servers())
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(serde_json::from_slice(&output.stdout)?)
}

#[test]
fn the_relay_is_measured() -> Result<()> {
    let report = bench(&Broker::find()?, &["relay", "--gjennomforinger", "300", "--edits", "3"])?;
    let round = &report["rounds"][0];
    assert!(round["records"].as_u64() > Some(300) && round["ratio"].as_f64() > Some(0.0), "{report}");
    Ok(())
}

#[test]
fn a_table_and_its_going_on_are_measured() -> Result<()> {
    let report = bench(&Broker::find()?, &["bootstrap", "--records", "3000", "--keys", "1000"])?;
    assert!(report["liveKeys"].as_u64() > Some(500) && report["ratio"].as_f64() > Some(0.0), "{report}");
    assert!(report["resume"]["ratio"].as_f64() > Some(0.0), "{report}");
    Ok(())
}

#[test]
fn an_event_consumer_is_measured() -> Result<()> {
    let report = bench(&Broker::find()?, &["events", "--records", "4000"])?;
    for what in ["noOp", "waiting", "deadLetters"] {
        assert!(report[what]["ratio"].as_f64() > Some(0.0), "{what}: {report}");
    }
    Ok(())
}
