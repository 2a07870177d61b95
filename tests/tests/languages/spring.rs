//! What `consumer-kit/jvm/kafka/README.md` shows, as it stands there: its code is compiled, and the part about Spring for Apache
//! Kafka runs as a Spring Boot application against a broker. `tests/spring` has what the README leaves to the team.

use std::fs;

use anyhow::{Context, Result, ensure};
use serde_json::Value;
use tiltak_tests::kafka::{Broker, Way};

use super::EXAMPLES;
use super::readme::{QUICK_START, blocks, compile};
use super::types::folder;
use super::work::{Work, require};

const README: &str = include_str!("../../../consumer-kit/jvm/kafka/README.md");

#[test]
fn a_listener_of_spring_gets_what_can_be_decoded_and_its_error_handler_the_place_of_what_cannot() {
    check().unwrap_or_else(|error| panic!("{error:#}"));
}

fn check() -> Result<()> {
    require("javac", "--version", 17, "a JDK, 17 or newer (Debian: default-jdk-headless)")?;
    require("mvn", "--version", 1, "Maven (Debian: maven)")?;
    let work = Work::open("spring")?;
    work.jars()?;
    let artifacts =
        ["kafka", "types-jackson"].map(|it| folder(&format!("consumer-kit/jvm/{it}/src/main/kotlin")));
    compile(
        &work,
        README,
        "consumer-kit/jvm/kafka/README.md",
        &[&artifacts[0], &artifacts[1], "Application.kt"],
    )?;
    let settings = blocks(README, "yaml").next().context("the README has no settings of Spring")?;
    fs::write(work.folder.join("classes/application.yaml"), settings.text)?;

    let broker = Broker::start(Way::from_env()?, None)?;
    let value = EXAMPLES
        .iter()
        .filter(|it| it.topic == "siste-tiltakstyper-v3" && it.valid)
        .find_map(|it| it.value.as_deref())
        .context("no example")?;
    let main = "my.application.ApplicationKt";
    let arguments = [QUICK_START, "-cp", "classes:libs/*", main, broker.bootstrap_servers(), value];
    let printed = work.run("java", &arguments)?;

    let is_of_records = |it: &&str| ["save ", "delete ", "ERROR "].iter().any(|of| it.starts_with(of));
    let seen: Vec<&str> = printed.lines().filter(is_of_records).collect();
    let json: Value = serde_json::from_str(value)?;
    let id = "59a64a02-efdd-471d-9529-356ff5553a5d";
    let place = "ERROR tiltakstyper siste-tiltakstyper-v3, partition 0, offset";
    let expected = [
        format!("save {id} {}", json["tiltakskode"].as_str().context("no tiltakskode")?),
        format!("save {id} FROM_A_LATER_VERSION unknown"),
        format!(
            "{place} 2, key {id}: the value at /navn cannot be decoded: expected a string, found a number"
        ),
        format!(
            "{place} 3, key {id}: the value cannot be decoded: com.fasterxml.jackson.core.io.JsonEOFException at line 1, column {}",
            value.len()
        ),
        format!(
            "{place} 4, no key: the key cannot be decoded: expected a UUID of 36 lower-case characters, found a string of 36 characters"
        ),
        format!("delete {id}"),
    ];
    ensure!(seen == expected, "expected\n{}\nfound\n{}", expected.join("\n"), seen.join("\n"));
    Ok(())
}
