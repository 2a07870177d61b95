//! Two processes on one database, of which the one that publishes is killed, or hangs.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use super::*;

/// What a child serves: database, brokers and prefix.
const CHILD: &str = "SERVICE_CHILD";
/// After which the one that stands by takes over, here and in [`config`].
const TAKEOVER: Duration = Duration::from_secs(5);
/// The time until a lease is looked at, a producer is made, and a machine that is busy has done it.
const MORE: Duration = Duration::from_secs(10);

/// A service that is a process of its own. Dropping it kills it.
pub(super) struct Process {
    child: Child,
    pub(super) http: Http,
}

impl Process {
    pub(super) async fn start(database: &str, cluster: &Cluster, prefix: &str) -> Self {
        let settings = format!("{database}\n{}\n{prefix}", cluster.brokers());
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "killed::a_child_serves_until_it_is_killed", "--nocapture"])
            .env(CHILD, settings)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stdout.take().unwrap();
        let address = spawn_blocking(move || {
            let mut lines = BufReader::new(output).lines().map_while(Result::ok);
            let address = lines.find_map(|line| line.strip_prefix("listening ").map(str::to_owned));
            address.unwrap().parse().unwrap()
        });
        Self { http: Http { address: address.await.unwrap() }, child }
    }

    fn signal(&self, name: &str) {
        tiltak_tests::signal::signal(name, &[self.child.id()]).unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// In the processes that others start; nothing by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_child_serves_until_it_is_killed() {
    let Ok(settings) = std::env::var(CHILD) else { return };
    let [database, brokers, prefix] = settings.lines().collect::<Vec<_>>().try_into().unwrap();
    let cluster = Cluster::new(brokers).with_prefix(prefix);
    let serving = Serving::start(config(Location::from(database), cluster)).await;
    println!("\nlistening {}", serving.address);
    // It does not outlive who started it.
    let end = spawn_blocking(|| std::io::copy(&mut std::io::stdin(), &mut std::io::sink()));
    end.await.unwrap().unwrap();
    std::process::exit(0);
}

#[tokio::test(flavor = "multi_thread")]
async fn when_the_one_that_publishes_is_killed_the_other_takes_over_and_says_so() {
    let setup = Setup::new().await;
    setup.cluster.create_topics().await.unwrap();
    let table = setup.table().await;
    let url = setup.database.url();
    let first = Process::start(&url, &setup.cluster, &setup.prefix).await;
    first.http.until_relay("publishing").await;
    let second = Process::start(&url, &setup.cluster, &setup.prefix).await;
    second.http.until_relay("standing-by").await;
    second.http.until_measured("tiltak_producer_relay_publishing 0").await;
    assert_eq!(second.http.set_apent(&setup, false, "").await.0, 200);
    setup.until_read(&table, false).await;

    first.signal("KILL");
    let start = Instant::now();
    assert_eq!(second.http.set_apent(&setup, true, "").await.0, 200, "it is taken in meanwhile");
    setup.until_read(&table, true).await;

    let silence = start.elapsed();
    eprintln!("visible {silence:?} after the kill");
    assert!(silence < TAKEOVER + MORE, "{silence:?}");
    second.http.until_relay("publishing").await;
    second.http.until_measured("tiltak_producer_relay_publishing 1").await;
    let traces = spawn_blocking(move || setup.traces()).await.unwrap();
    assert_eq!(traces.len(), 2, "each once: {traces:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_that_hung_while_another_took_over_says_so_and_publishes_nothing_twice() {
    let setup = Setup::new().await;
    setup.cluster.create_topics().await.unwrap();
    let table = setup.table().await;
    let url = setup.database.url();
    let first = Process::start(&url, &setup.cluster, &setup.prefix).await;
    first.http.until_relay("publishing").await;
    let second = Process::start(&url, &setup.cluster, &setup.prefix).await;
    second.http.until_relay("standing-by").await;

    // It hangs with a change at hand, or before it has seen it.
    let change = second.http.set_apent(&setup, false, "").await;
    first.signal("STOP");
    assert_eq!(change.0, 200);
    let start = Instant::now();
    assert_eq!(second.http.set_apent(&setup, true, "").await.0, 200);
    setup.until_read(&table, true).await;
    let silence = start.elapsed();
    eprintln!("visible {silence:?} after it hung");
    // A transaction that it has left open may have to be ended first.
    assert!(silence < TAKEOVER + Duration::from_secs(15) + MORE, "{silence:?}");

    first.signal("CONT");
    let start = Instant::now();
    first.http.until_relay("standing-by").await;
    eprintln!("known to the replaced one {:?} after it went on", start.elapsed());
    first.http.until_measured("tiltak_producer_relay_publishing 0").await;
    let publisher = first.http.status().await["relay"]["publisher"].clone();
    assert_eq!(publisher, format!("process {}", second.child.id()));
    assert_eq!(first.http.set_apent(&setup, false, "").await.0, 200, "it still takes changes in");
    setup.until_read(&table, false).await;
    second.http.until_relay("publishing").await;
    let traces = spawn_blocking(move || setup.traces()).await.unwrap();
    assert_eq!(traces.len(), 3, "each once: {traces:?}");
}
