//! The command as its users meet it: what it says and how it ends.
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Exit status, standard output and standard error.
struct Outcome {
    status: Option<i32>,
    out: String,
    err: String,
}

fn run(folder: &Path, arguments: &[&str]) -> Outcome {
    run_with(folder, arguments, &[])
}

fn run_with(folder: &Path, arguments: &[&str], environment: &[(&str, &str)]) -> Outcome {
    let output = Command::new(env!("CARGO_BIN_EXE_tiltak-producer"))
        .args(arguments)
        .current_dir(folder)
        .env_remove("DATABASE_URL")
        .env_remove("KAFKA_BROKERS")
        .env_remove("TILTAK_API_TOKEN")
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    Outcome {
        status: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn seeded() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let seeded = run(folder.path(), &["seed", "--database", "tiltak.db", "--scale", "50"]);
    assert_eq!(
        (seeded.status, seeded.out.as_str()),
        (Some(0), "seeded 50 gjennomføringer\n"),
        "{}",
        seeded.err
    );
    folder
}

#[test]
fn openapi_prints_the_document_that_is_committed() {
    let printed = run(Path::new("."), &["openapi"]);
    assert_eq!((printed.status, printed.err.as_str()), (Some(0), ""));
    assert!(printed.out == include_str!("../openapi.json"), "{} bytes", printed.out.len());
}

#[test]
fn a_relast_fills_the_outbox_and_says_how_far() {
    let folder = seeded();
    let tiltakstyper = run(folder.path(), &["relast", "--database", "tiltak.db", "tiltakstyper"]);
    assert_eq!(tiltakstyper.out, "18 to be published again; 18 records in the outbox\n");

    let all = run(folder.path(), &["relast", "--database", "tiltak.db", "gjennomforinger", "--all"]);
    assert_eq!(all.status, Some(0));
    assert!(all.out.starts_with("50 to be published again; "), "{}", all.out);
}

#[test]
fn the_jobs_are_run_once_and_say_what_they_changed() {
    let folder = seeded();
    let first = run(folder.path(), &["run-jobs", "--database", "tiltak.db"]);
    assert_eq!(first.status, Some(0), "{}", first.err);
    let lines: Vec<_> = first.out.lines().collect();
    assert_eq!(lines.len(), 3, "{}", first.out);
    assert!(lines.iter().any(|line| line.starts_with("status ")), "{}", first.out);
    assert_eq!(lines[2], "fan-out: 0 gjennomføringer under 0 avtaler");

    let again = run(folder.path(), &["run-jobs", "--database", "tiltak.db"]);
    // A run may have come due in between.
    assert!(again.out.lines().count() < 3, "{}", again.out);
}

#[test]
fn wrong_arguments_end_with_status_2_and_say_what_is_expected() {
    let folder = seeded();
    let relast = ["relast", "--database", "tiltak.db", "gjennomforinger"];
    for (more, expected) in [
        (&["--nope"][..], "unexpected argument '--nope'"),
        (&[], "--all"),
        (&["--all", "--id", "59a64a02-efdd-471d-9529-356ff5553a5d"], "cannot be used with"),
        (&["--tiltakskode", "OPPFØLGING"], "expected a tiltakskode such as OPPFOLGING"),
        (&["--id", "59A64A02-efdd-471d-9529-356ff5553a5d"], "expected a UUID of 36 lower-case characters"),
    ] {
        let outcome = run(folder.path(), &[&relast[..], more].concat());
        assert_eq!(outcome.status, Some(2), "{more:?}");
        assert!(outcome.err.contains(expected), "{more:?}: {}", outcome.err);
    }
}

#[test]
fn after_the_position_is_reset_everything_can_be_put_in_the_outbox_again() {
    let folder = seeded();
    let reset = run(folder.path(), &["reset-checkpoint", "--database", "tiltak.db"]);
    assert_eq!((reset.status, reset.err.as_str()), (Some(0), ""));
    assert!(reset.out.contains("tiltak-producer relast everything"), "{}", reset.out);

    let everything = run(folder.path(), &["relast", "--database", "tiltak.db", "everything"]);
    assert_eq!((everything.status, everything.err.as_str()), (Some(0), ""));
    let all = run(folder.path(), &["relast", "--database", "tiltak.db", "gjennomforinger", "--all"]);
    let count = |out: &str| out.split(' ').next().unwrap().parse::<u32>().unwrap();
    assert!(count(&everything.out) > count(&all.out), "the tiltakstyper too: {}", everything.out);
}

#[test]
fn an_id_that_is_not_there_is_an_error_and_publishes_nothing() {
    let folder = seeded();
    let id = "59a64a02-efdd-471d-9529-356ff5553a5d";
    let outcome = run(folder.path(), &["relast", "--database", "tiltak.db", "gjennomforinger", "--id", id]);
    assert_eq!(outcome.status, Some(1));
    assert_eq!(outcome.err, format!("tiltak-producer: there is no gjennomføring {id}\n"));
}

#[test]
fn a_malformed_seed_file_is_named_with_line_and_column_and_nothing_is_seeded() {
    let folder = tempfile::tempdir().unwrap();
    let seed = ["seed", "--database", "tiltak.db", "--scale", "20", "--tiltakstyper", "typer.json"];
    for (text, expected) in [
        ("[\n  {\"tiltakskode\": 1}\n]", "tiltak-producer: typer.json:2:"),
        ("[", "tiltak-producer: typer.json:1:"),
        ("[]", "tiltak-producer: typer.json: no tiltakstype "),
    ] {
        std::fs::write(folder.path().join("typer.json"), text).unwrap();
        let outcome = run(folder.path(), &seed);
        assert_eq!(outcome.status, Some(1), "{text}");
        assert!(outcome.err.starts_with(expected), "{text}: {}", outcome.err);
        assert_eq!(outcome.err.lines().count(), 1, "{}", outcome.err);
    }
    std::fs::remove_file(folder.path().join("typer.json")).unwrap();
    let outcome = run(folder.path(), &seed);
    assert!(outcome.err.starts_with("tiltak-producer: typer.json: cannot be read: "), "{}", outcome.err);
    assert_eq!(run(folder.path(), &seed[..5]).status, Some(0), "the database is still empty");
}

#[test]
fn without_parked_changes_there_are_none_to_list_to_try_again_or_to_throw_away() {
    let folder = seeded();
    let parked =
        |more: &[&str]| run(folder.path(), &[&["parked"], more, &["--database", "tiltak.db"]].concat());
    assert_eq!(parked(&["list"]).out, "nothing is parked\n");
    assert_eq!(parked(&["list", "--json"]).out, "[]\n");
    for action in ["retry", "discard"] {
        let outcome = parked(&[action, "7"]);
        assert_eq!(
            (outcome.status, outcome.err.as_str()),
            (Some(1), "tiltak-producer: change 7 is not parked\n")
        );
        assert_eq!(parked(&[action, "seven"]).status, Some(2));
    }
}

#[test]
fn an_unreachable_broker_is_an_error_within_ten_seconds_and_the_outbox_is_kept() {
    let folder = seeded();
    run(folder.path(), &["relast", "--database", "tiltak.db", "tiltakstyper"]);
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let brokers = format!("127.0.0.1:{port}");

    let start = Instant::now();
    let relay = ["relay", "--once", "--database", "tiltak.db", "--brokers", &brokers];
    let outcome = run(folder.path(), &relay);

    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    assert_eq!(outcome.status, Some(1));
    let expected = format!("tiltak-producer: no Kafka broker answers at {brokers} within 8 s");
    assert!(outcome.err.starts_with(&expected), "{}", outcome.err);
    let again = run(folder.path(), &["relast", "--database", "tiltak.db", "tiltakstyper"]);
    assert_eq!(again.out, "18 to be published again; 36 records in the outbox\n");
}

#[test]
fn the_database_may_be_named_by_the_environment() {
    let folder = seeded();
    let outcome = run_with(folder.path(), &["relast", "tiltakstyper"], &[("DATABASE_URL", "tiltak.db")]);
    assert_eq!(outcome.out, "18 to be published again; 18 records in the outbox\n");
    assert_eq!(run(folder.path(), &["run-jobs"]).status, Some(2), "it has to be named");
}

#[test]
fn a_postgres_that_is_away_is_an_error_and_its_password_is_shown_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("postgres://tiltak:hemmelig@127.0.0.1:{port}/tiltak");
    let environment = [("DATABASE_URL", &*url), ("RUST_LOG", "trace")];

    let away = run_with(folder.path(), &["run-jobs"], &environment);
    assert_eq!(away.status, Some(1));
    let expected =
        format!("tiltak-producer: postgres://tiltak@127.0.0.1:{port}/tiltak: the PostgreSQL server cannot ");
    assert!(away.err.starts_with(&expected), "{}", away.err);

    let help = run_with(folder.path(), &["run-jobs", "--help"], &environment);
    assert!(help.out.contains("DATABASE_URL"), "{}", help.out);
    let wrong = run_with(folder.path(), &["run-jobs", "--nope"], &environment);
    assert_eq!(wrong.status, Some(2));
    let malformed =
        run(folder.path(), &["run-jobs", "--database", "postgres://tiltak:12/hemmelig@localhost/tiltak"]);
    assert_eq!(malformed.status, Some(1));
    for outcome in [away, help, wrong, malformed] {
        assert!(!outcome.out.contains("hemmelig") && !outcome.err.contains("hemmelig"), "{}", outcome.err);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "no file has the name of the URL");
}

#[test]
fn help_shows_examples_and_the_completions_are_for_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["--help"]).out.contains("Examples:\n  tiltak-producer seed"));
    let bash = run(folder.path(), &["completions", "bash"]);
    assert!(bash.out.trim_end().ends_with("tiltak-producer\nfi"), "it completes the command's own name");
}

/// Without a broker, which it is waiting for when it is told to stop.
#[test]
fn serve_logs_json_masks_what_is_secret_and_ends_well_on_sigterm() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("token"), "a-token-for-the-tests\n").unwrap();
    std::fs::write(
        folder.path().join("producer.toml"),
        "database = \"tiltak.db\"\nbrokers = \"127.0.0.1:1\"\nlisten = \"127.0.0.1:0\"\napi-token-file = \"token\"\n",
    )
    .unwrap();
    let mut serving = Command::new(env!("CARGO_BIN_EXE_tiltak-producer"))
        .args(["serve", "--config", "producer.toml", "--log-level", "debug"])
        .current_dir(folder.path())
        .env_remove("DATABASE_URL")
        .env_remove("KAFKA_BROKERS")
        .env_remove("RUST_LOG")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(serving.stdout.take().unwrap()).lines();
    let first: serde_json::Value = serde_json::from_str(&log.next().unwrap().unwrap()).unwrap();
    assert_eq!((&first["message"], &first["database"]), (&"serving".into(), &"tiltak.db".into()), "{first}");

    let pid = serving.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    let rest: Vec<String> = log.map(Result::unwrap).collect();
    assert_eq!(serving.wait().unwrap().code(), Some(0));
    // The database may have a word after it: it was being opened.
    let mut lines = rest.iter().rev().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap());
    let last = lines.find(|line| line["target"] == "tiltak_producer::service").unwrap();
    assert_eq!(last["message"], "stopped");
    assert!(!format!("{first}{rest:?}").contains("a-token-for-the-tests"));
}

#[test]
fn serve_without_a_token_is_not_offered_to_other_machines_and_a_wrong_file_is_named_with_its_line() {
    let folder = tempfile::tempdir().unwrap();
    let here = ["serve", "--database", "tiltak.db", "--brokers", "127.0.0.1:1", "--listen"];
    let everywhere = run(folder.path(), &[&here[..], &["0.0.0.0:0"]].concat());
    assert_eq!(everywhere.status, Some(1));
    assert!(everywhere.err.contains("no token is configured"), "{}", everywhere.err);
    let weak =
        run_with(folder.path(), &[&here[..], &["127.0.0.1:0"]].concat(), &[("TILTAK_API_TOKEN", "short")]);
    assert_eq!(weak.status, Some(1));
    assert!(weak.err.contains("at least 16") && !weak.err.contains("short"), "{}", weak.err);

    std::fs::write(folder.path().join("my.toml"), "# mine\nlissten = 1\n").unwrap();
    let wrong = run(folder.path(), &["run-jobs", "--config", "my.toml"]);
    assert_eq!(wrong.status, Some(2));
    assert!(wrong.err.contains("my.toml:2: unknown key lissten"), "{}", wrong.err);
}

#[test]
fn the_dockerfile_and_the_readme_name_the_rust_of_the_manifest() {
    let rust = env!("CARGO_PKG_RUST_VERSION");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (file, named) in [("Dockerfile", format!("FROM rust:{rust}-")), ("README.md", format!("Rust {rust}"))]
    {
        let text = std::fs::read_to_string(root.join(file)).unwrap();
        assert!(text.contains(&named), "{file} does not name {named:?}, the rust-version of Cargo.toml");
    }
}

#[test]
fn what_a_command_has_written_is_in_the_file_itself_when_it_has_ended() {
    let folder = seeded();
    assert!(run(folder.path(), &["relast", "--database", "tiltak.db", "tiltakstyper"]).status == Some(0));
    let others: Vec<_> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with("-wal") || name.ends_with("-shm"))
        .collect();
    assert!(others.is_empty(), "{others:?}");
}

#[test]
fn a_limit_on_the_size_of_files_is_an_error_and_does_not_kill_the_command() {
    let folder = tempfile::tempdir().unwrap();
    let seed = |scale: &str, limit: &str| {
        Command::new("bash")
            .args([
                "-c",
                &format!("ulimit -f {limit}; exec \"$@\""),
                "bash",
                env!("CARGO_BIN_EXE_tiltak-producer"),
            ])
            .args(["seed", "--database", "tiltak.db", "--scale", scale])
            .current_dir(folder.path())
            .output()
            .unwrap()
    };
    let refused = seed("2000", "300");
    let says = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert_eq!(refused.status.code(), Some(1), "{says}");
    assert!(says.contains("disk of the database"), "{says}");
    let done = seed("10", "unlimited");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
