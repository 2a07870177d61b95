//! The site: what stands on its pages, and what the command does with the folder.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use serde_json::Value;
use support::{copy, other_team, run, spoil};
use tempfile::TempDir;
use tiltak_contracts::command::site::{Page, Site};
use tiltak_contracts::report::site::pages;
use tiltak_contracts::rule;
use tiltak_contracts::source::Repository;

/// The files of a site, by their paths.
fn site(folder: &Path) -> BTreeMap<String, String> {
    let site = Site::load(&Repository::find(folder).unwrap(), None).unwrap();
    pages(&site).unwrap().into_iter().map(|Page { path, text }| (path, text)).collect()
}

/// The sites of this repository and of another team's.
static SITES: LazyLock<[BTreeMap<String, String>; 2]> = LazyLock::new(|| {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    [site(here), site(&here.join("tests/other-team"))]
});

/// The pages among the files of a site.
fn web_pages(site: &BTreeMap<String, String>) -> impl Iterator<Item = (&String, &String)> {
    site.iter().filter(|(_, text)| text.starts_with("<!DOCTYPE html>"))
}

/// The other team's repository, with texts of its files in the place of others.
fn spoilt(texts: &[(&str, &str, &str)]) -> TempDir {
    let folder = other_team();
    for (file, old, new) in texts {
        spoil(&folder, file, old, new);
    }
    folder
}

/// The values of an attribute on a page, as they are meant.
fn attributes(page: &str, name: &str) -> Vec<String> {
    let before = format!(" {name}=\"");
    let values = page.split(&before).skip(1).filter_map(|rest| rest.split_once('"'));
    values.map(|(value, _)| value.replace("&#38;", "&").replace("%2A", "*")).collect()
}

#[test]
fn every_link_leads_to_a_page_and_a_place_that_are_there() {
    for site in SITES.iter() {
        let mut links = 0;
        for (path, page) in web_pages(site) {
            let links_of_page = ["href", "src"].into_iter().flat_map(|name| attributes(page, name));
            for link in links_of_page {
                let (target, place) = link.split_once('#').unwrap_or((&link, ""));
                let folder = path.rsplit_once('/').map_or("", |(folder, _)| folder);
                let target = match target.strip_prefix("../") {
                    _ if target.is_empty() => path.clone(),
                    Some(target) => target.to_owned(),
                    None if folder.is_empty() => target.to_owned(),
                    None => format!("{folder}/{target}"),
                };
                let ids = attributes(site.get(&target).unwrap_or_else(|| panic!("{path}: {link}")), "id");
                assert!(place.is_empty() || ids.iter().any(|id| id == place), "{path}: {link}");
                links += 1;
            }
        }
        assert!(links > 50, "only {links} links were looked at");
    }
}

#[test]
fn an_id_is_on_a_page_once() {
    for (path, page) in SITES.iter().flatten() {
        let ids = attributes(page, "id");
        assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{path}: {ids:?}");
    }
}

#[test]
fn no_page_is_near_a_megabyte_and_none_names_a_place_on_the_network() {
    for (path, page) in SITES.iter().flatten() {
        assert!(page.len() < 500_000, "{path}: {} bytes", page.len());
        let leads_out = |link: &String| link.contains("://") || link.starts_with("//");
        let links = ["href", "src", "action", "data"].map(|name| attributes(page, name));
        assert_eq!(links.iter().flatten().find(|link| leads_out(link)), None, "{path}");
        assert!(!page.contains("url("), "{path}");
    }
}

#[test]
fn two_runs_write_the_same() {
    let again = site(Path::new(env!("CARGO_MANIFEST_DIR")));
    let differing: Vec<_> = again.iter().filter(|(path, text)| SITES[0].get(*path) != Some(text)).collect();
    assert!(differing.is_empty() && again.len() == SITES[0].len(), "{differing:#?}");
}

#[test]
fn every_field_reader_and_rule_has_its_place_and_is_found_by_the_search() {
    let [site, _] = &*SITES;
    let index = site["indeks.js"].strip_prefix("window.INDEKS = ").unwrap().trim_end_matches(";\n");
    let index: Vec<Value> = serde_json::from_str(index).unwrap();
    let found: BTreeSet<_> = index.iter().map(|entry| entry["side"].as_str().unwrap()).collect();
    let ids = attributes(&site["regler.html"], "id");
    for rule in rule::all() {
        assert!(ids.iter().any(|id| id == rule.id), "{}", rule.id);
        assert!(found.contains(format!("regler.html#{}", rule.id).as_str()), "{}", rule.id);
    }
    for place in [
        "topic/siste-tiltakstyper-v3.html#/tiltakskode",
        "topic/siste-tiltakstyper-v3.html#/deltakerRegistreringInnhold/innholdselementer/*/tekst",
        "topic/datavarehus-tiltak-v1.html",
        "konsument/amt-deltaker.html",
    ] {
        let (page, id) = place.split_once('#').unwrap_or((place, "innhold"));
        assert!(found.contains(place), "{place}");
        assert!(attributes(&site[page], "id").iter().any(|it| it == id), "{place}");
    }
    let by_value = index.iter().find(|entry| entry["ord"].as_str().unwrap().contains("JOBBKLUBB")).unwrap();
    assert_eq!(by_value["navn"], "tiltakskode");
}

#[test]
fn a_field_shows_what_it_is_who_reads_it_and_since_when() {
    let [site, _] = &*SITES;
    let page = &site["topic/siste-tiltaksgjennomforinger-v2.html"];
    let field = page.split("id=\"/status\"").nth(1).unwrap().split("</li>").next().unwrap();
    for part in [
        "GjennomforingStatus",
        "alltid med",
        "Gjennomføringens status.",
        "<code>AVBRUTT</code>",
        "siden 2.0.0",
        "konsument/amt-deltaker.html",
    ] {
        assert!(field.contains(part), "{part} in {field}");
    }
}

#[test]
fn what_another_team_writes_is_text_and_never_markup() {
    let hostile = r#"<script>alert(1)</script> \"quoted\" & 'so' `<b>`"#;
    let folder = spoilt(&[
        ("topics/orders-v1/value.schema.json", "An order as it stands.", hostile),
        ("topics/orders-v1/1.0.0/value.schema.json", "An order as it stands.", hostile),
        ("topics/orders-v1/topic.toml", "team-checkout", "<img src=x onerror=alert(1)>"),
        ("topics/orders-v1/CHANGELOG.md", "The first version.", "<script>alert(2)</script>"),
        ("topics/orders-v1/examples/valid/orders.ndjson", r#"\"A-1\""#, r#"\"</code><script>\""#),
        ("readers/warehouse.toml", "the warehouse's own declaration", "<script>alert(3)</script>"),
    ]);
    let hash = |path: &str| {
        use sha2::{Digest, Sha256};
        let text = fs::read_to_string(folder.path().join("contracts").join(path)).unwrap();
        Sha256::digest(text).iter().fold(String::new(), |hash, byte| hash + &format!("{byte:02x}"))
    };
    let released = folder.path().join("contracts/topics/orders-v1/released.toml");
    let text = fs::read_to_string(&released).unwrap();
    let old = text.split("value-sha256 = \"").nth(1).unwrap().split('"').next().unwrap();
    fs::write(&released, text.replace(old, &hash("topics/orders-v1/1.0.0/value.schema.json"))).unwrap();

    for (path, page) in web_pages(&site(folder.path())) {
        // Two scripts of ours in the head, and no other tag that was made of a text.
        assert_eq!(page.matches("<script").count(), 2, "{path}");
        assert!(!page.contains("<img") && !page.contains("<b>"), "{path}");
    }
    let page = &site(folder.path())["topic/orders-v1.html"];
    assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62; &#34;quoted&#34;"), "{page}");
}

#[test]
fn another_teams_contracts_are_shown_with_what_they_say_themselves() {
    let [_, site] = &*SITES;
    let page = &site["topic/orders-v1.html"];
    for part in [
        "An order as it stands.",
        "The number of the order, the same as the key.",
        "The order was removed, with all that is known of the customer.",
        "newsletter",
        "id=\"/lines/*/article\"",
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(site["index.html"].contains("What the shop tells other teams"));
}

#[test]
fn what_is_not_released_is_shown_with_what_the_gate_says() {
    let renamed = ("topics/orders-v1/value.schema.json", r#""note":"#, r#""remark":"#);
    let page = &site(spoilt(&[renamed]).path())["topic/orders-v1.html"];
    let newest = page.split("<section class=\"versjon\">").nth(1).unwrap();
    for part in [
        "Ikke utgitt ennå",
        "regler.html#field-renamed",
        "heter nå /remark",
        "trenger den nye topic-en orders-v2",
    ] {
        assert!(newest.contains(part), "{part} in {newest}");
    }
}

#[test]
fn a_break_that_was_decided_on_is_shown_with_its_reason() {
    let reason = "\n[[intended-break]]\nversion = \"1.1.0\"\nrule = \"type-changed\"\npointer = \"/lines/*/count\"\nreason = \"counts are halves now\"\ndate = \"2026-12-01\"\nreaders-told = [\"warehouse\"]\n";
    let folder = spoilt(&[(
        "topics/orders-v1/value.schema.json",
        r#""type": "integer", "minimum": 1"#,
        r#""type": "string""#,
    )]);
    let path = folder.path().join("contracts/topics/orders-v1/topic.toml");
    let text = fs::read_to_string(&path).unwrap() + reason;
    fs::write(&path, text).unwrap();
    let page = &site(folder.path())["topic/orders-v1.html"];
    assert!(page.contains("Tilsiktet brudd, besluttet 2026-12-01: counts are halves now."), "{page}");
}

#[test]
fn the_command_writes_the_site_and_writes_it_again() {
    let folder = copy();
    for _ in 0..2 {
        let outcome = run(folder.path(), &["site", "--out", "site"], "");
        assert_eq!((outcome.status, outcome.err.as_str()), (Some(0), ""));
        assert!(outcome.out.ends_with(" files; open site/index.html\n"), "{}", outcome.out);
    }
    let outcome = run(folder.path(), &["site", "--out", "one", "--topic", "siste-tiltakstyper-v3"], "");
    assert_eq!(outcome.status, Some(0));
    assert!(folder.path().join("one/topic/siste-tiltakstyper-v3.html").exists());
    assert!(!folder.path().join("one/topic/datavarehus-tiltak-v1.html").exists());
    let outcome = run(folder.path(), &["site", "--out", "site", "--format", "json"], "");
    let written: Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(written["written"][0], "index.html");
}

#[test]
fn a_folder_with_other_files_is_refused_in_one_sentence_and_stays() {
    let folder = copy();
    fs::create_dir(folder.path().join("site")).unwrap();
    fs::write(folder.path().join("site/notes.txt"), "mine").unwrap();
    let outcome = run(folder.path(), &["site", "--out", "site"], "");
    assert_eq!(outcome.status, Some(2));
    let refused =
        "has a file that is not of an earlier site, notes.txt; name an empty or a new folder with --out\n";
    assert!(outcome.err.ends_with(refused), "{}", outcome.err);
    assert_eq!(fs::read_dir(folder.path().join("site")).unwrap().count(), 1);
}

#[test]
fn what_cannot_be_is_refused_with_what_to_do() {
    let folder = copy();
    for (arguments, said) in [
        (&["site"][..], "--out <DIR>"),
        (&["site", "--out", "a", "--out", "b"], "'--out <DIR>' cannot be used multiple times"),
        (&["site", "--out", "a", "--topic", "orders"], "there is no topic \"orders\"; the topics are siste-"),
        (&["site", "--out", "contracts/TOPICS.md"], "is a file; name a folder with --out"),
    ] {
        let outcome = run(folder.path(), arguments, "");
        assert_eq!(outcome.status, Some(2), "{arguments:?}");
        assert!(outcome.err.contains(said), "{arguments:?}: {}", outcome.err);
    }
    assert!(!folder.path().join("a").exists());
}
