//! A SQLite file on a file system that is full.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tiltak_producer::publish::OutgoingRecord;
use tiltak_producer::{Store, StoreError};

/// The folder that has become a file system of its own.
const CHILD: &str = "STORE_FULL_DISK_CHILD";

fn record(bytes: usize) -> OutgoingRecord {
    OutgoingRecord { topic: "siste-tiltakstyper-v3", key: "a".to_owned(), value: Some("x".repeat(bytes)) }
}

async fn write(store: &Store, bytes: usize) -> Result<(), StoreError> {
    let mut tx = store.begin().await?;
    tx.enqueue([record(bytes)]);
    tx.commit().await
}

/// In a process with a file system of 3 MB, which [`a_full_disk_refuses_changes_until_there_is_room_and_loses_none`] starts;
/// nothing by itself.
#[tokio::test]
async fn a_child_fills_its_disk() {
    let Ok(folder) = std::env::var(CHILD) else { return };
    let store = Store::open(&Path::new(&folder).join("tiltak.db")).await.unwrap();
    let mut written = 0;
    let error = loop {
        match write(&store, 100_000).await {
            Ok(()) => written += 1,
            Err(error) => break error,
        }
        assert!(written < 100, "3 MB");
    };
    assert!(matches!(error, StoreError::DiskFull | StoreError::Disk(_)), "{error}");
    // Each further one is refused for the same reason, and not for what the first one has left behind.
    for _ in 0..5 {
        let error = write(&store, 100_000).await.unwrap_err();
        assert!(matches!(error, StoreError::DiskFull | StoreError::Disk(_)), "{error}");
        assert!(error.is_passing());
    }
    assert_eq!(store.outbox().record_count().await.unwrap(), written, "what was there can be read");
    // Not a byte is left: the service is not ready.
    let mut rest = std::fs::File::create(Path::new(&folder).join("rest")).unwrap();
    while std::io::Write::write_all(&mut rest, &[0; 512]).is_ok() {}
    let error = store.check_writable().await.unwrap_err();
    assert!(matches!(error, StoreError::DiskFull | StoreError::Disk(_)), "{error}");

    let room = Command::new("mount").args(["-o", "remount,size=64m", &folder]).status().unwrap();
    assert!(room.success());
    let start = Instant::now();
    while write(&store, 100_000).await.is_err() {
        assert!(start.elapsed() < Duration::from_secs(5), "well by itself within seconds");
    }
    store.check_writable().await.unwrap();
    assert_eq!(store.outbox().record_count().await.unwrap(), written + 1);
    store.close().await;
    println!("\ndone");
}

#[test]
fn a_full_disk_refuses_changes_until_there_is_room_and_loses_none() {
    let folder = tempfile::tempdir().unwrap();
    // A mount that only this process and its children see.
    let mut child = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c"])
        .arg(r#"mount -t tmpfs -o size=3m tmpfs "$1" && shift && exec "$@""#)
        .arg("sh")
        .arg(folder.path())
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full_disk::a_child_fills_its_disk", "--nocapture"])
        .env(CHILD, folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines: Vec<String> =
        BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok).collect();

    assert!(child.wait().unwrap().success(), "{lines:#?}");
    assert!(lines.iter().any(|line| line == "done"), "{lines:#?}");
}
