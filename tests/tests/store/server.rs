//! The server of the tests is a real one, and leaves nothing behind.

use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tiltak_producer::{Location, Store};

const LIMIT: Duration = Duration::from_secs(30);

/// The program `local-postgres`, with a temporary folder of its own, and the database it says it has.
fn local_postgres(temporary: &TempDir) -> (Child, Location) {
    // The server may run as another user, who has to get there.
    fs::set_permissions(temporary, Permissions::from_mode(0o755)).unwrap();
    let mut program = Command::new(env!("CARGO_BIN_EXE_local-postgres"))
        .env("TMPDIR", temporary.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(program.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let url = line.trim_end().strip_prefix("DATABASE_URL=").unwrap();
    (program, Location::from(url))
}

async fn assert_nothing_is_left(temporary: &TempDir, database: &Location) {
    let start = Instant::now();
    while fs::read_dir(temporary).unwrap().next().is_some() {
        assert!(start.elapsed() < LIMIT, "the data are still there");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    // A container has no data in the folder, and is removed meanwhile.
    while Store::connect(database).await.is_ok() {
        assert!(start.elapsed() < LIMIT, "the server still answers");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_local_postgres_that_is_killed_leaves_no_server_and_no_data() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut program, database) = local_postgres(&temporary);
    Store::connect(&database).await.unwrap().close().await;

    program.kill().unwrap();
    program.wait().unwrap();

    assert_nothing_is_left(&temporary, &database).await;
}

#[tokio::test]
async fn a_local_postgres_that_is_terminated_ends_well_and_leaves_nothing() {
    let temporary = tempfile::tempdir().unwrap();
    let (mut program, database) = local_postgres(&temporary);

    Command::new("kill").arg(program.id().to_string()).status().unwrap();

    assert!(program.wait().unwrap().success());
    assert_nothing_is_left(&temporary, &database).await;
}
