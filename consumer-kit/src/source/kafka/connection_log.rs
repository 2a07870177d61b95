//! The reason for a missing connection, from the library's log.

use std::time::{Duration, Instant};

/// What the library logs the failure of a connection as.
const CONNECTION_FAILED: &str = "FAIL";
/// What may be wrong when a broker ends a connection at the first request.
const WANTS_TLS: &str = "; it may want TLS (`Connection::from_env`, or the setting security.protocol)";
/// The library logs a failure that is the same as the last one at most so often.
const REPEAT: Duration = Duration::from_secs(30);

/// The failures of connections that were logged, as far as they may explain why there is no answer now.
///
/// The library hides a failed connection from whoever waits for an answer: it tries again, and the request times out. Its
/// log knows the reason.
#[derive(Debug, Default)]
pub(super) struct ConnectionLog {
    /// A certificate or a password was refused.
    trust: Option<ConnectionFailure>,
    /// Anything else.
    other: Option<ConnectionFailure>,
    answered: Option<Instant>,
}

/// The failure of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ConnectionFailure {
    pub(super) reason: String,
    /// Whether a certificate or a password was refused, by either side.
    pub(super) is_about_trust: bool,
    at: Instant,
}

impl ConnectionLog {
    /// The library has logged a line.
    pub(super) fn line(&mut self, now: Instant, facility: &str, message: &str) {
        if facility != CONNECTION_FAILED {
            return;
        }
        let text = message.split_once("]: ").map_or(message, |(_thread, text)| text).trim_end();
        let is_about_trust = is_about_trust(text);
        let is_cut_off = text.contains("in state APIVERSION_QUERY") && !is_about_trust;
        let advice = if is_cut_off { WANTS_TLS } else { "" };
        let kind = if is_about_trust { &mut self.trust } else { &mut self.other };
        *kind = Some(ConnectionFailure { reason: format!("{text}{advice}"), is_about_trust, at: now });
    }

    /// A broker has answered.
    pub(super) fn answered(&mut self, now: Instant) {
        self.answered = Some(now);
    }

    /// Why there is no answer now, if the log knows: a failure since the last answer, or one so recent that the library
    /// would not have logged it again.
    ///
    /// With several brokers the failures of all of them are logged. A refused certificate is preferred: it does not pass
    /// by itself, and one broker that is away does not keep a client from the others.
    pub(super) fn reason(&self, now: Instant) -> Option<&ConnectionFailure> {
        let is_current = |it: &&ConnectionFailure| {
            self.answered.is_none_or(|answered| it.at >= answered) || now.duration_since(it.at) < REPEAT
        };
        let other = self.other.as_ref().filter(is_current);
        let trust = self.trust.as_ref().filter(is_current);
        let trust = trust.filter(|it| other.is_none_or(|other| other.at < it.at + 2 * REPEAT));
        trust.or(other)
    }
}

/// The library tells of a failed handshake as of any lost connection, with OpenSSL's words: a broker that refuses sends an
/// alert, which may come after the handshake (TLS 1.3). A connection that is lost during the handshake is a broker that
/// stops, or a listener without TLS.
fn is_about_trust(text: &str) -> bool {
    let says = |words: &str| text.contains(words);
    says("certificate verify failed")
        || says("SSL alert number")
        || says("SASL authentication error")
        || (says("SSL handshake failed") && !says("Disconnected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const REFUSED: &str = "[thrd:kafka:9092/bootstrap]: kafka:9092/bootstrap: Connect to ipv4#10.0.0.1:9092 failed: \
                           Connection refused (after 0ms in state CONNECT)";
    const ALERT: &str =
        "[thrd:ssl://kafka:9093/1]: ssl://kafka:9093/1: SSL alert number 45 (after 3ms in state UP)";
    const SECOND: Duration = Duration::from_secs(1);

    fn reason(log: &ConnectionLog, now: Instant) -> Option<&str> {
        log.reason(now).map(|it| it.reason.as_str())
    }

    #[test]
    fn a_failure_is_told_without_the_name_of_the_librarys_thread() {
        let (mut log, now) = (ConnectionLog::default(), Instant::now());
        log.line(now, "FAIL", REFUSED);
        log.line(now, "CONFWARN", "something else");
        assert!(reason(&log, now).unwrap().starts_with("kafka:9092/bootstrap: Connect to"));
        assert!(!log.reason(now).unwrap().is_about_trust);
    }

    #[test]
    fn a_refused_certificate_is_preferred_to_a_broker_that_is_away_unless_it_is_long_ago() {
        let (mut log, now) = (ConnectionLog::default(), Instant::now());
        log.line(now, "FAIL", ALERT);
        log.line(now + SECOND, "FAIL", REFUSED);
        assert!(log.reason(now + SECOND).unwrap().is_about_trust);
        log.line(now + 90 * SECOND, "FAIL", REFUSED);
        assert!(!log.reason(now + 90 * SECOND).unwrap().is_about_trust);
    }

    #[test]
    fn a_failure_before_the_last_answer_explains_nothing() {
        let (mut log, now) = (ConnectionLog::default(), Instant::now());
        log.line(now, "FAIL", REFUSED);
        log.answered(now + SECOND);
        assert_eq!(reason(&log, now + 3_600 * SECOND), None);
        log.line(now + 3_601 * SECOND, "FAIL", ALERT);
        assert!(reason(&log, now + 3_700 * SECOND).unwrap().contains("alert number 45"));
    }

    #[test]
    fn a_failure_that_the_library_would_not_log_again_still_counts_after_an_answer() {
        let (mut log, now) = (ConnectionLog::default(), Instant::now());
        log.line(now, "FAIL", REFUSED);
        log.answered(now + SECOND);
        assert!(reason(&log, now + 29 * SECOND).is_some());
        assert_eq!(reason(&log, now + 31 * SECOND), None);
    }

    #[test]
    fn a_broker_that_stops_during_a_handshake_refuses_no_certificate() {
        let (mut log, now) = (ConnectionLog::default(), Instant::now());
        let lost = "ssl://kafka:9093/1: SSL handshake failed: Disconnected: connection reset by peer: connecting to a \
                    PLAINTEXT broker listener? (after 5ms in state SSL_HANDSHAKE)";
        log.line(now, "FAIL", lost);
        assert!(!log.reason(now).unwrap().is_about_trust);
        let refused = "ssl://kafka:9093/1: SSL handshake failed: error:0A000086:SSL routines::certificate verify \
                       failed: broker certificate could not be verified";
        log.line(now, "FAIL", refused);
        assert!(log.reason(now).unwrap().is_about_trust);
    }

    #[test]
    fn a_broker_that_ends_the_connection_at_the_first_request_may_want_tls() {
        let (mut log, now) = (ConnectionLog::default(), Instant::now());
        log.line(now, "FAIL", "kafka:9093: Disconnected (after 1ms in state APIVERSION_QUERY)");
        assert!(reason(&log, now).unwrap().contains("it may want TLS"));
    }
}
