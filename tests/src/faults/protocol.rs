//! The protocol between a run and its processes (lines on standard input and output), and the waiting for a server that is down.

use std::ffi::OsString;
use std::io::BufRead as _;
use std::time::Duration;

use serde_json::Value;
use tiltak_producer::{Location, Store};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::event::now;

/// The environment variable that names the database, whose URL holds a password.
pub(super) const DATABASE: &str = "FAULTS_DATABASE";
/// The line that a relay prints when it has begun.
pub(super) const READY: &str = "ready";
/// The exit code of a relay that another one has replaced.
pub(super) const TAKEN_OVER: u8 = 3;
/// The time that a process has to end after its standard input has ended. Then it exits at once.
const GRACE: Duration = Duration::from_secs(5);
/// The time to wait for a server that is down.
pub(super) const AGAIN: Duration = Duration::from_millis(200);

/// Opens the database, and waits until it answers.
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

/// Prints a line for the run, with the time.
pub(super) fn say(what: &Value) {
    println!("{}", serde_json::json!({ "at": now(), "what": what }));
}

/// The lines of standard input. Soon after standard input ends, the process ends too.
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
