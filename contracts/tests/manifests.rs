//! The topics' manifests for nais.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod support;

use std::fs;
use std::path::Path;

use support::{copy, run, spoil};
use tempfile::TempDir;

const V3: &str = "producer/nais/topics/siste-tiltakstyper-v3.yaml";

/// A copy of the contracts with `nais.toml` and its manifests.
fn copy_with_nais() -> TempDir {
    let folder = copy();
    let contracts = Path::new(env!("CARGO_MANIFEST_DIR"));
    fs::copy(contracts.join("nais.toml"), folder.path().join("contracts/nais.toml")).unwrap();
    let generate = run(folder.path(), &["generate"], "");
    assert_eq!(generate.status, Some(0), "{}", generate.err);
    assert!(generate.out.contains(&format!("wrote {V3}\n")), "{}", generate.out);
    folder
}

fn read(folder: &TempDir, path: &str) -> String {
    fs::read_to_string(folder.path().join(path)).unwrap()
}

#[test]
fn a_manifest_has_the_configuration_of_the_contract_and_the_access_of_its_readers() {
    let folder = copy_with_nais();
    let text = read(&folder, "producer/nais/topics/datavarehus-tiltak-v1.yaml");
    let (_, spec) = text.split_once("spec:\n").unwrap();
    let expected = "  pool: nav-prod
  config:
    partitions: 2
    replication: 3
    cleanupPolicy: compact
    minCompactionLagMs: 1209600000
    minimumInSyncReplicas: 2
    retentionHours: 672
  acl:
    - team: team-mulighetsrommet
      application: tiltak-producer
      access: write
    - team: teamoppfolging
      application: teamoppfolging-kafka
      access: read
";
    assert_eq!(spec, expected);
    let position = read(&folder, "producer/nais/topics/tiltak-producer-checkpoint-v1.yaml");
    assert!(position.contains("    partitions: 1\n"), "{position}");
    assert!(position.contains("      access: readwrite\n"), "{position}");
    let printed = run(folder.path(), &["manifests"], "");
    assert_eq!(printed.out.matches("kind: Topic\n").count(), 5);
}

#[test]
fn a_manifest_that_is_out_of_date_is_a_finding_and_generate_mends_it() {
    let folder = copy_with_nais();
    assert_eq!(run(folder.path(), &["check"], "").status, Some(0));
    spoil(&folder, "topics/siste-tiltakstyper-v3/topic.toml", "  \"amt-deltaker\",\n", "");
    let check = run(folder.path(), &["check"], "");
    assert_eq!(check.status, Some(1));
    assert!(check.out.contains("siste-tiltakstyper-v3.yaml"), "{}", check.out);
    assert!(check.out.contains("-      application: amt-deltaker\n"), "{}", check.out);
    assert_eq!(run(folder.path(), &["generate"], "").status, Some(0));
    assert_eq!(run(folder.path(), &["check"], "").status, Some(0));
}

#[test]
fn a_reader_without_a_team_and_a_setting_that_a_manifest_cannot_say_are_named() {
    let folder = copy_with_nais();
    spoil(&folder, "nais.toml", "\"tiltakshistorikk\" = \"team-mulighetsrommet\"\n", "");
    let check = run(folder.path(), &["check"], "");
    assert_eq!(check.status, Some(2));
    assert!(
        check.err.contains("contracts/nais.toml: no team of tiltakshistorikk, which reads "),
        "{}",
        check.err
    );

    let folder = copy_with_nais();
    spoil(&folder, "nais.toml", "\"min.insync.replicas\" = \"2\"", "\"segment.bytes\" = \"1048576\"");
    let check = run(folder.path(), &["manifests"], "");
    assert_eq!(check.status, Some(2));
    assert!(check.err.contains("a manifest cannot say segment.bytes=1048576"), "{}", check.err);

    let folder = copy_with_nais();
    spoil(&folder, "nais.toml", "pool = \"nav-prod\"", "pool = \"nav\\nprod\"");
    let check = run(folder.path(), &["manifests"], "");
    assert!(check.err.contains("is no name on nais"), "{}", check.err);
}

#[test]
fn another_environment_has_its_own_pool_and_readers() {
    let folder = copy_with_nais();
    let environment = "[[environments]]\nname = \"dev\"\npool = \"nav-dev\"\nwithout = [\"amt-deltaker\"]\n\
                       also = { \"siste-tiltakstyper-v3\" = [\"mulighetsrommet-api\"] }\n";
    let path = folder.path().join("contracts/nais.toml");
    fs::write(&path, fs::read_to_string(&path).unwrap() + environment).unwrap();
    assert_eq!(run(folder.path(), &["check"], "").status, Some(1), "its manifests are not there");
    assert_eq!(run(folder.path(), &["generate"], "").status, Some(0));
    assert_eq!(run(folder.path(), &["check"], "").status, Some(0));
    let dev = read(&folder, "producer/nais/topics/dev/siste-tiltakstyper-v3.yaml");
    assert!(dev.contains("  pool: nav-dev\n") && dev.contains("application: mulighetsrommet-api\n"), "{dev}");
    assert!(!dev.contains("application: amt-deltaker\n"), "{dev}");
    let prod = read(&folder, V3);
    assert!(prod.contains("  pool: nav-prod\n") && prod.contains("application: amt-deltaker\n"), "{prod}");
    assert!(!prod.contains("application: mulighetsrommet-api\n"), "{prod}");

    spoil(
        &folder,
        "nais.toml",
        "name = \"dev\"\npool = \"nav-dev\"\nwithout = [\"amt",
        "name = \"../dev\"\npool = \"nav-dev\"\nwithout = [\"amt",
    );
    let check = run(folder.path(), &["check"], "");
    assert!(check.err.contains("is no name of an environment"), "{}", check.err);
}
