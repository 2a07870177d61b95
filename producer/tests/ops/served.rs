//! `tiltak-producer serve` as a process, without a broker.

use std::io::{BufRead as _, BufReader, Lines, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

const LIMIT: Duration = Duration::from_secs(30);
pub(crate) const TOKEN: &str = "a-token-for-the-tests";

/// A process that serves a seeded database, and its log. It is killed when it is dropped.
pub(crate) struct Served {
    process: Child,
    log: Lines<BufReader<ChildStdout>>,
    address: String,
    _folder: TempDir,
}

impl Served {
    /// Returns when the database has answered.
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let command = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_tiltak-producer"));
            command.current_dir(folder.path()).env_remove("RUST_LOG").env_remove("TILTAK_CONFIG");
            command
        };
        let seeded = command().args(["seed", "--database", "tiltak.db", "--scale", "20"]).output().unwrap();
        assert!(seeded.status.success(), "{}", String::from_utf8_lossy(&seeded.stderr));
        let mut process = command()
            .args(["serve", "--database", "tiltak.db", "--brokers", "127.0.0.1:1", "--listen", "127.0.0.1:0"])
            .args(["--log-format", "json", "--log-level", "debug"])
            .env("TILTAK_API_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stdout.take().unwrap()).lines();
        let first: Value = serde_json::from_str(&log.next().unwrap().unwrap()).unwrap();
        let address = first["address"].as_str().unwrap().to_owned();
        let served = Self { process, log, address, _folder: folder };
        let start = Instant::now();
        while !served.metrics().contains("\ntiltak_producer_database_up 1\n") {
            assert!(start.elapsed() < LIMIT, "no database");
            std::thread::sleep(Duration::from_millis(20));
        }
        served
    }

    /// The body of the answer to a request with the token.
    pub(crate) fn send(&self, method: &str, path: &str, body: &str) -> String {
        let mut connection = TcpStream::connect(&self.address).unwrap();
        connection.set_read_timeout(Some(LIMIT)).unwrap();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: it\r\nconnection: close\r\nauthorization: Bearer {TOKEN}\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.split_once("\r\n\r\n").unwrap().1.to_owned()
    }

    pub(crate) fn metrics(&self) -> String {
        self.send("GET", "/metrics", "")
    }

    /// Stops the process and gives the rest of its log.
    pub(crate) fn stop(mut self) -> Vec<Value> {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
        let lines = self.log.by_ref().map(|line| serde_json::from_str(&line.unwrap()).unwrap()).collect();
        assert!(self.process.wait().unwrap().success());
        lines
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // It may have ended.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
