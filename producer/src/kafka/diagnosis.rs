//! Why no connection to a broker is established. librdkafka reports to the caller only that no broker answered; the
//! cause is in the errors that it logs meanwhile.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use rdkafka::ClientContext;
use rdkafka::config::ClientConfig;
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::message::DeliveryResult;
use rdkafka::producer::{BaseProducer, Producer as _, ProducerContext};

/// How long to look. A refusal comes with the first connection.
const LIMIT: Duration = Duration::from_secs(3);
const STEP: Duration = Duration::from_millis(50);
/// How long a broker may take to answer the question whether it speaks TLS.
const PROBE_LIMIT: Duration = Duration::from_secs(1);

/// Why a TLS connection is not established.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsProblem {
    /// The broker speaks TLS, and this client does not.
    TlsExpected,
    /// This client speaks TLS, and the broker does not.
    NoTlsExpected,
    /// The broker's certificate is not signed by the CA.
    WrongCa,
    /// The broker's certificate is for another name.
    WrongName,
    /// The broker refuses the client's certificate, or requires one.
    Refused,
}

impl TlsProblem {
    /// What to do.
    pub(super) fn advice(self) -> &'static str {
        match self {
            Self::TlsExpected => {
                "it wants TLS: name the three PEM files with --ca, --certificate and --private-key (KAFKA_CA_PATH, \
                 KAFKA_CERTIFICATE_PATH, KAFKA_PRIVATE_KEY_PATH)"
            }
            Self::NoTlsExpected => {
                "it does not answer with TLS: is this its TLS port? For a connection without TLS leave out --ca, \
                 --certificate and --private-key"
            }
            Self::WrongCa => {
                "its certificate is not signed by the CA that was given: look at --ca (KAFKA_CA_PATH)"
            }
            Self::WrongName => "its certificate is for another host name: look at --brokers (KAFKA_BROKERS)",
            Self::Refused => {
                "it does not accept the client certificate: look at --certificate (KAFKA_CERTIFICATE_PATH), which has \
                 to be valid today and signed by a CA that the broker trusts"
            }
        }
    }

    /// By what librdkafka and OpenSSL say to a client with TLS. A broker that refuses a certificate sends an alert.
    fn of(code: Option<RDKafkaErrorCode>, reason: &str) -> Option<Self> {
        let says = |what: &str| reason.contains(what);
        if says("connecting to a PLAINTEXT broker listener?") || says("wrong version number") {
            Some(Self::NoTlsExpected)
        } else if says("certificate verify failed") {
            Some(Self::WrongCa)
        } else if code == Some(RDKafkaErrorCode::SSL) || says(" alert ") {
            Some(Self::Refused)
        } else {
            None
        }
    }
}

#[derive(Debug, Default)]
struct Witness(Mutex<Option<(TlsProblem, String)>>);

impl Witness {
    fn found(&self) -> MutexGuard<'_, Option<(TlsProblem, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Witness {
    fn error(&self, error: KafkaError, reason: &str) {
        if let Some(problem) = TlsProblem::of(error.rdkafka_error_code(), reason) {
            self.found().get_or_insert_with(|| (problem, reason.to_owned()));
        }
    }
}

impl ProducerContext for Witness {
    type DeliveryOpaque = ();

    fn delivery(&self, _: &DeliveryResult<'_>, (): ()) {}
}

/// What is wrong with a connection over TLS, and librdkafka's words for it; `None` when it is something else.
pub(super) fn with_tls(config: &ClientConfig) -> Option<(TlsProblem, String)> {
    let (problem, reason) = heard(config)?;
    // librdkafka says the same of a certificate that is not trusted and of one for another name.
    if problem == TlsProblem::WrongCa {
        let mut any_name = config.clone();
        any_name.set("ssl.endpoint.identification.algorithm", "none");
        if heard(&any_name).is_none_or(|(again, _)| again != TlsProblem::WrongCa) {
            return Some((TlsProblem::WrongName, reason));
        }
    }
    Some((problem, reason))
}

/// What librdkafka says while it tries to connect.
fn heard(config: &ClientConfig) -> Option<(TlsProblem, String)> {
    let client: BaseProducer<Witness> = config.create_with_context(Witness::default()).ok()?;
    let start = Instant::now();
    while start.elapsed() < LIMIT {
        // Asking makes librdkafka connect; polling makes it tell.
        let answered = client.client().fetch_metadata(None, STEP).is_ok();
        client.poll(STEP);
        let found = client.context().found().clone();
        if answered || found.is_some() {
            return found;
        }
    }
    None
}

/// Whether one of the brokers speaks TLS, which librdkafka does not say to a client without it. A server that does
/// answers a `ClientHello` (RFC 5246, section 7.4.1.2) with a handshake record or an alert; to a broker without TLS it is
/// the length of a request that is too long.
pub(super) fn speaks_tls(brokers: &str) -> bool {
    brokers.split(',').any(|broker| answers_hello(broker.trim()).unwrap_or(false))
}

fn answers_hello(broker: &str) -> io::Result<bool> {
    const HANDSHAKE: u8 = 22;
    const ALERT: u8 = 21;
    for address in broker.to_socket_addrs()? {
        let Ok(mut stream) = TcpStream::connect_timeout(&address, PROBE_LIMIT) else { continue };
        stream.set_read_timeout(Some(PROBE_LIMIT))?;
        stream.set_write_timeout(Some(PROBE_LIMIT))?;
        stream.write_all(&client_hello())?;
        let mut record = [0; 2];
        stream.read_exact(&mut record)?;
        return Ok(matches!(record, [HANDSHAKE | ALERT, 3]));
    }
    Ok(false)
}

/// The shortest one: TLS 1.2, one cipher suite, no extensions.
fn client_hello() -> Vec<u8> {
    let mut hello = vec![22, 3, 1, 0, 45, 1, 0, 0, 41, 3, 3];
    hello.extend([0; 32]);
    hello.extend([0, 0, 2, 0xc0, 0x2f, 1, 0]);
    hello
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// Whether something that answers like this speaks TLS.
    fn speaks(answer: &'static [u8]) -> bool {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let broker = listener.local_addr().unwrap().to_string();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let mut hello = [0; 50];
            stream.read_exact(&mut hello).unwrap();
            stream.write_all(answer).unwrap();
            usize::from(hello[4])
        });
        let speaks = speaks_tls(&broker);
        // The length that the record says is that which was sent.
        assert_eq!(server.join().unwrap(), 50 - 5);
        speaks
    }

    #[test]
    fn a_server_that_answers_a_hello_with_a_record_speaks_tls_and_no_other() {
        assert!(speaks(&[21, 3, 3, 0, 2, 2, 40]));
        assert!(speaks(&[22, 3, 3, 0, 1]));
        assert!(!speaks(b"HTTP/1.1 400 Bad Request"));
        assert!(!speaks(b""));
        assert!(!speaks_tls("no port"));
    }
}
