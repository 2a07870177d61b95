//! How a run and the processes that it starts speak with each other, and how these wait for what is away.

use std::ffi::OsString;
use std::io::BufRead as _;
use std::time::Duration;

use serde_json::Value;
use tiltak_producer::{Location, Store};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::event::now;

/// The environment variable that names the database, whose URL holds a password.
pub(super) const DATABASE: &str = "FAULTS_DATABASE";
/// What a relay says when it has begun.
pub(super) const READY: &str = "ready";
/// How a relay ends that another one has replaced.
pub(super) const TAKEN_OVER: u8 = 3;
/// After this a process that was to end ends at once.
const GRACE: Duration = Duration::from_secs(5);
/// How long to wait for what is away.
pub(super) const AGAIN: Duration = Duration::from_millis(200);

/// Opens the database, when it is there again.
pub(super) async fn open(database: OsString) -> Store {
    let location = Location::from(database);
    loop {
        match Store::connect(&location).await {
            Ok(store) => return store,
            Err(error) => eprintln!("{error}"),
        }
        tokio::time::sleep(AGAIN).await;
    }
}

/// Says something, with the time.
pub(super) fn say(what: &Value) {
    println!("{}", serde_json::json!({ "at": now(), "what": what }));
}

/// The lines of standard input. When it ends, the process does so too, if not at once then soon.
pub(super) fn commands() -> UnboundedReceiver<String> {
    let (sender, receiver) = unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            let _ = sender.send(line);
        }
        drop(sender);
        std::thread::sleep(GRACE);
        std::process::exit(0);
    });
    receiver
}
