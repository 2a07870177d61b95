//! A process that handles events and is killed with SIGKILL.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::*;

under_both_protocols! {
    what_a_killed_process_had_not_committed_comes_again_in_order_and_nothing_is_lost
}

/// What a child reads: brokers, prefix, and the file that stands for its database.
const CHILD: &str = "EVENTS_CHILD";
const KEYS: u32 = 40;
const TIMES: u32 = 50;
/// A row of the file with its line end is 64 bytes, so that none lies across two of its pages: such a row could be
/// read, or be left by a kill, with its first half only.
const ROW: usize = 63;

/// A process that handles events until it is killed.
pub(super) fn child(topic: &TestTopic, database: &Path) -> Child {
    let settings = format!(
        "{}\n{}\n{}\n{:?}",
        shared().bootstrap_servers(),
        topic.prefix,
        database.display(),
        topic.protocol
    );
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::a_child_handles_until_it_is_killed", "--nocapture"])
        .env(CHILD, settings)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .spawn()
        .unwrap()
}

/// In the processes that [`what_a_killed_process_had_not_committed_comes_again_in_order_and_nothing_is_lost`] starts;
/// nothing by itself.
#[tokio::test]
async fn a_child_handles_until_it_is_killed() {
    let Ok(settings) = std::env::var(CHILD) else { return };
    let [brokers, prefix, database, protocol] = settings.lines().collect::<Vec<_>>().try_into().unwrap();
    let file = Arc::new(OpenOptions::new().append(true).create(true).open(database).unwrap());
    let save = move |event: Tiltakstype| {
        let file = Arc::clone(&file);
        async move {
            // Each takes a moment, so that a kill finds some under way.
            tokio::time::sleep(Duration::from_millis(2)).await;
            let row = format!("{} {} {}", event.key(), event.partition(), event.offset());
            (&*file).write_all(format!("{row:<ROW$}\n").as_bytes())
        }
    };
    let connection = Connection::new(brokers).topic_prefix(prefix);
    let connection = match protocol {
        "Classic" => connection.set("session.timeout.ms", "6000"),
        _ => connection.set("group.protocol", "consumer"),
    };
    let consumer = EventConsumer::builder(connection, prefix)
        .concurrency(4)
        .commit_interval(Duration::from_millis(50))
        .start(save)
        .await
        .unwrap();
    // It does not outlive who started it.
    let end = tokio::task::spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    end.await.unwrap().unwrap();
    drop(consumer);
}

/// What stands in the file: key, partition and offset of what was handled, as it came.
pub(super) fn handled(database: &Path) -> Vec<(String, i32, i64)> {
    let text = std::fs::read_to_string(database).unwrap_or_default();
    text.lines()
        .map(|line| {
            let [key, partition, offset] = line.split_whitespace().collect::<Vec<_>>().try_into().unwrap();
            (key.to_owned(), partition.parse().unwrap(), offset.parse().unwrap())
        })
        .collect()
}

async fn what_a_killed_process_had_not_committed_comes_again_in_order_and_nothing_is_lost(
    protocol: Protocol,
) {
    let topic = TestTopic::create(protocol, 2).await;
    topic.send_many(KEYS, TIMES);
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("handled");
    let all = (KEYS * TIMES) as usize;
    let known = || handled(&database).into_iter().map(|(_, partition, offset)| (partition, offset)).collect();

    let mut kills = Vec::new();
    let start = Instant::now();
    loop {
        let mut child = child(&topic, &database);
        let before = handled(&database).len();
        // Killed while it is at work, three times; then it may come to the end.
        let is_done = || {
            let seen: BTreeSet<(i32, i64)> = known();
            seen.len() == all || kills.len() < 3 && handled(&database).len() > before + 300
        };
        while !is_done() {
            assert!(start.elapsed() < 3 * LIMIT, "{} of {all} handled", known().len());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        child.kill().unwrap();
        child.wait().unwrap();
        if known().len() == all {
            break;
        }
        kills.push(handled(&database).len());
    }

    assert_eq!(kills.len(), 3);
    let mut keys = BTreeMap::<String, Vec<(usize, i64)>>::new();
    for (number, (key, _, offset)) in handled(&database).into_iter().enumerate() {
        keys.entry(key).or_default().push((number, offset));
    }
    assert_eq!(keys.len(), KEYS as usize);
    for (key, handled) in keys {
        for pair in handled.windows(2) {
            let [(earlier, before), (later, after)] = pair else { unreachable!() };
            let killed_between = kills.iter().any(|kill| earlier < kill && kill <= later);
            assert!(after > before || killed_between, "{key}: {after} after {before}");
        }
    }
}
