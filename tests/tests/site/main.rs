//! The site of the contracts in a real browser: Chromium, driven by `tests/site/browse.mjs`.
//!
//! The browser is the installed one (`chromium`, or what the variable `CHROMIUM` names). The pictures that it takes stay in
//! `target/tmp/site/pictures`, to be looked at.
#![expect(clippy::panic, reason = "the helpers of tests may fail as tests do")]

#[path = "../languages/work.rs"]
#[allow(dead_code, reason = "shared with the tests of other languages, which need more of it")]
mod work;

use std::env;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use anyhow::{Context, Result};
use serde_json::{Value, json};
use tiltak_contracts::command::site::{self, Site};
use tiltak_contracts::report::site::pages;
use tiltak_contracts::source::Repository;
use work::{Work, require};

/// What the browser has seen.
fn seen() -> &'static Value {
    static SEEN: LazyLock<Result<Value>> = LazyLock::new(look);
    SEEN.as_ref().unwrap_or_else(|error| panic!("{error:#}"))
}

fn look() -> Result<Value> {
    let browser = env::var("CHROMIUM").unwrap_or_else(|_| "chromium".to_owned());
    require("node", "--version", 20, "Node 20 (node, npm)")?;
    require(&browser, "--version", 100, "Chromium (chromium, or CHROMIUM names another one)")?;
    let work = Work::open("site")?;
    work.packages("node_modules", "package-lock.json", &[("npm", &["ci", "--no-audit", "--no-fund"])])?;
    let repository = Repository::find(Path::new(env!("CARGO_MANIFEST_DIR")))?;
    site::write(&work.folder.join("out"), &pages(&Site::load(&repository, None)?)?)?;
    let pictures = work.folder.join("pictures");
    fs::create_dir_all(&pictures)?;
    let path = |name: &str| work.folder.join(name).display().to_string();
    let browser = which(&browser)?;
    let seen = work.run("node", &["browse.mjs", &path("out"), &browser, &path("pictures")])?;
    serde_json::from_str(&seen).with_context(|| format!("browse.mjs says {seen}"))
}

/// The path of a program: the driver of the browser looks nowhere for it.
fn which(program: &str) -> Result<String> {
    let folders = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file());
    Ok(found.with_context(|| format!("{program} is not in PATH"))?.display().to_string())
}

fn nothing(what: &str) {
    assert_eq!(seen()[what], json!([]), "{what}");
}

#[test]
fn no_page_writes_an_error_to_the_console() {
    assert!(seen()["pages"].as_array().unwrap().len() > 10);
    nothing("complaints");
}

#[test]
fn no_page_asks_the_network_for_anything() {
    nothing("requests");
}

#[test]
fn axe_finds_nothing_serious_on_any_page_in_light_and_in_dark() {
    nothing("axe");
    assert_ne!(seen()["light"], seen()["dark"]);
}

#[test]
fn no_page_is_wider_than_a_phone() {
    nothing("overflow");
}

#[test]
fn the_search_finds_a_field_by_its_name_and_by_a_value_of_it() {
    let search = &seen()["search"];
    assert_eq!(search["field"][0], "innsatsgrupper");
    assert_eq!(search["value"][0], "tiltakskode");
    assert_eq!(search["reader"][0], "amt-deltaker");
    assert_eq!(search["nothing"], json!({ "hits": [], "said": "Ingen treff" }));
}

#[test]
fn the_keyboard_alone_reaches_the_search_a_result_and_its_place() {
    let expected = json!({
        "first": "Hopp til innholdet",
        "inSearch": "sok",
        "closed": true,
        "onHit": "innsatsgrupper",
        "back": "sok",
        "landed": "topic/siste-tiltakstyper-v3.html#/innsatsgrupper",
    });
    assert_eq!(seen()["keyboard"], expected);
}

#[test]
fn a_deep_link_lands_on_its_field_and_marks_it_with_scripts_and_without() {
    let marked = |field: &str| json!({ "field": field, "visible": true, "differs": true });
    let fields = ["/tiltakskode", "/deltakerRegistreringInnhold/innholdselementer/*/tekst"];
    for what in ["links", "linksWithoutScripts"] {
        assert_eq!(seen()[what], json!(fields.map(marked)), "{what}");
    }
}

#[test]
fn everything_but_the_search_is_there_without_scripts() {
    let shown = &seen()["withoutScripts"];
    assert_eq!(shown["search"], false);
    assert_eq!(shown["fields"], 19);
    assert!(shown["examples"].as_u64().unwrap() >= 2, "{shown}");
}

#[test]
fn the_field_under_the_pointer_is_marked_in_an_example_and_said_what_it_is() {
    let example = &seen()["example"];
    assert_eq!(example["pointed"], json!(["/status"]));
    assert_eq!(example["caption"], "/status · GjennomforingStatus · alltid med · Gjennomføringens status.");
    let focused = example["focused"].as_str().unwrap();
    assert!(focused.ends_with("Arrangørens organisasjonsnummer."), "{focused}");
}

#[test]
fn what_is_printed_is_the_content_without_the_menus() {
    assert_eq!(seen()["print"], json!({ "header": false, "fields": true }));
}
