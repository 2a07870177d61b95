//! Over TLS, against a broker that lets in only clients with a certificate of its authority, and not to everything.
#![expect(clippy::panic, clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

mod producer;
mod producer_rights;
mod reader;
mod rights;
mod source;

use std::path::Path;
use std::sync::OnceLock;
use std::time::Duration;

use tempfile::TempDir;
use tiltak_consumer_kit::Connection;
use tiltak_tests::kafka::{Authority, Broker, PemFiles};

const LIMIT: Duration = Duration::from_mins(1);

/// The broker of this test binary, and who signs certificates for it.
struct Secured {
    authority: Authority,
    broker: Broker,
    folder: TempDir,
}

impl Secured {
    fn servers(&self) -> String {
        self.broker.tls_servers().unwrap()
    }

    fn client(&self, name: &str) -> PemFiles {
        self.authority.client(self.folder.path(), name).unwrap()
    }
}

fn secured() -> &'static Secured {
    static SECURED: OnceLock<Secured> = OnceLock::new();
    SECURED.get_or_init(|| {
        let authority = Authority::new("the broker's authority").unwrap();
        let broker = Broker::start_with_tls(&authority).unwrap();
        Secured { authority, broker, folder: tempfile::tempdir().unwrap() }
    })
}

/// The connection that a reader gets from the environment of nais.
fn tls_connection(files: &PemFiles) -> Connection {
    connection_to(&secured().servers(), files)
}

fn connection_to(servers: &str, files: &PemFiles) -> Connection {
    let path = |path: &Path| Some(path.to_str().unwrap().to_owned());
    let variables = |name: &str| match name {
        "KAFKA_BROKERS" => Some(servers.to_owned()),
        "KAFKA_CA_PATH" => path(&files.ca),
        "KAFKA_CERTIFICATE_PATH" => path(&files.certificate),
        "KAFKA_PRIVATE_KEY_PATH" => path(&files.private_key),
        _ => None,
    };
    Connection::from_variables(variables).unwrap()
}
