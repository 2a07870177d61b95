//! A state folder on a file system that is full.

use super::*;

/// What the child reads: brokers, prefix, and the folder that has become a file system of its own.
const FULL_DISK_CHILD: &str = "KIT_FULL_DISK_CHILD";

/// In a process with a file system of 3 MB, which [`a_full_disk_stops_the_table_until_there_is_room_and_nothing_is_lost`]
/// starts; nothing by itself.
#[tokio::test]
async fn a_child_fills_its_disk() {
    let Ok(settings) = std::env::var(FULL_DISK_CHILD) else { return };
    let [brokers, prefix, folder] = settings.lines().collect::<Vec<_>>().try_into().unwrap();
    let connection = Connection::new(brokers).topic_prefix(prefix);
    let builder = || Table::<SisteTiltakstyperV3>::builder(connection.clone()).state_folder(folder);
    let table = ready(builder()).await;
    assert_eq!(table.len(), 1);
    println!("\nready");

    // Who started this process sends more than there is room for.
    let error = tokio::time::timeout(LIMIT, table.failed()).await.unwrap();
    assert!(error.is_store(), "{error}");
    assert!(error.to_string().contains("make room there or use another folder"), "{error}");
    assert!(error.to_string().contains(folder), "{error}");
    assert!(table.barrier(LIMIT).await.unwrap_err().is_store());
    assert!(table.health().is_failed());
    assert_eq!(table.get(&id(0)).unwrap().navn, "var der", "what was there stays");
    drop(table);

    // A table that goes on from there stops in the same way, at its start or when it reads on.
    let error = match builder().start().await {
        Ok(table) => tokio::time::timeout(LIMIT, table.failed()).await.unwrap(),
        Err(error) => error,
    };
    assert!(error.is_store() && error.to_string().contains("make room there"), "{error}");

    let room = Command::new("mount").args(["-o", "remount,size=64m", folder]).status().unwrap();
    assert!(room.success());
    let table = ready(builder()).await;
    assert_eq!(table.started(), &Start::Resumed);
    let start = Instant::now();
    while table.len() < 40 {
        assert!(start.elapsed() < LIMIT, "{} rows", table.len());
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    println!("\ndone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_the_table_until_there_is_room_and_nothing_is_lost() {
    let topic = TestTopic::create(1, &[("cleanup.policy", "compact")]).await;
    let (key, value) = numbered(0, "var der");
    topic.send(&key, Some(&value)).await;
    let folder = topic.folder.path();
    let settings = format!("{}\n{}\n{}", shared().bootstrap_servers(), topic.prefix, folder.display());
    // A mount that only this process and its children see.
    let mut child = Command::new("unshare")
        .args(["--map-root-user", "--mount", "sh", "-c"])
        .arg(r#"mount -t tmpfs -o size=3m tmpfs "$1" && shift && exec "$@""#)
        .arg("sh")
        .arg(folder)
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "full_disk::a_child_fills_its_disk", "--nocapture"])
        .env(FULL_DISK_CHILD, settings)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line == "ready"));

    for number in 1..40 {
        let (key, value) = numbered(number, &"x".repeat(200_000));
        topic.send(&key, Some(&value)).await;
    }
    let rest: Vec<String> = lines.collect();

    assert!(child.wait().unwrap().success(), "{rest:#?}");
    assert!(rest.iter().any(|line| line == "done"), "{rest:#?}");
}
