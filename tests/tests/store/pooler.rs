//! A pooler between the program and the server.

use std::fs::{self, Permissions};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::str::FromStr as _;
use std::time::{Duration, Instant};

use sqlx::ConnectOptions as _;
use sqlx::postgres::PgConnectOptions;
use tempfile::TempDir;
use tiltak_producer::{Location, Store, StoreError};

use crate::TestDatabase;

const LIMIT: Duration = Duration::from_secs(20);
/// sqlx sends it, and PgBouncer refuses what it does not know.
const IGNORED: &str = "ignore_startup_parameters = extra_float_digits\n";

/// PgBouncer before a database. Dropping it ends it.
struct PgBouncer {
    process: Child,
    folder: TempDir,
    url: String,
}

impl PgBouncer {
    /// Starts one, and waits until it answers.
    ///
    /// # Panics
    /// If it is not installed. The test is never skipped.
    #[expect(clippy::expect_used, reason = "a test that has no pooler must fail, and say why")]
    fn start(database: &TestDatabase, pool_mode: &str, more: &str) -> Self {
        let program = ["/usr/sbin/pgbouncer", "/usr/bin/pgbouncer", "/usr/local/bin/pgbouncer"]
            .into_iter()
            .map(PathBuf::from)
            .find(|path| path.is_file())
            .expect("PgBouncer is not installed: install Debian's package `pgbouncer`");
        let server = PgConnectOptions::from_str(&database.url()).unwrap();
        // No password: who connects to the pooler is let in.
        let url = server.to_url_lossy();
        let password = url.password().unwrap_or_default();
        let host =
            server.get_socket().map_or(server.get_host().to_owned(), |path| path.display().to_string());
        let name = server.get_database().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let folder = tempfile::tempdir().unwrap();
        // As root it becomes another user, who has to read it.
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        let file = folder.path().join("pgbouncer.ini");
        let (user, server_port) = (server.get_username(), server.get_port());
        let settings = format!(
            "[databases]\n{name} = host={host} port={server_port} dbname={name} user={user} password={password}\n\
             [pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\nauth_type = any\n\
             pool_mode = {pool_mode}\n{more}"
        );
        fs::write(&file, settings).unwrap();
        let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
        let process = Command::new(program)
            .args(root.then_some(["-u", "nobody"]).into_iter().flatten())
            .arg(&file)
            .stdin(Stdio::null())
            .stderr(fs::File::create(folder.path().join("log")).unwrap())
            .spawn()
            .unwrap();
        let url = format!("postgres://{user}@127.0.0.1:{port}/{name}?sslmode=disable");
        Self { process, folder, url }
    }

    /// What becomes of opening the database through it, once it answers.
    async fn open(&self) -> Result<Store, StoreError> {
        let start = Instant::now();
        loop {
            match Store::connect(&Location::from(self.url.as_str())).await {
                Err(StoreError::Away { .. }) if start.elapsed() < LIMIT => {
                    tokio::time::sleep(Duration::from_millis(50)).await;
                }
                opened => {
                    let log = fs::read_to_string(self.folder.path().join("log"));
                    eprintln!("{}", log.unwrap());
                    return opened;
                }
            }
        }
    }
}

impl Drop for PgBouncer {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

#[tokio::test]
async fn pgbouncer_in_transaction_or_statement_mode_is_named_when_the_database_is_opened() {
    let database = TestDatabase::create().await;
    for mode in ["transaction", "statement"] {
        let pooler = PgBouncer::start(&database, mode, IGNORED);
        let error = pooler.open().await.unwrap_err();
        assert!(matches!(error, StoreError::TransactionPooler { .. }), "{mode}: {error}");
        assert!(error.to_string().contains("set pool_mode = session"), "{error}");
        assert!(error.is_passing(), "a service tries again");
    }
}

#[tokio::test]
async fn pgbouncer_in_session_mode_is_as_good_as_the_server() {
    let database = TestDatabase::create().await;
    let pooler = PgBouncer::start(&database, "session", IGNORED);
    let store = pooler.open().await.unwrap();
    store.check_writable().await.unwrap();
    store.begin().await.unwrap().commit().await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn what_pgbouncer_refuses_is_said() {
    let database = TestDatabase::create().await;
    let pooler = PgBouncer::start(&database, "session", "");
    let error = pooler.open().await.unwrap_err();
    assert!(error.to_string().contains("extra_float_digits"), "{error}");
}
