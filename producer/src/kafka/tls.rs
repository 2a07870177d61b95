//! TLS to Kafka with a client certificate: three PEM files, as nais mounts them.

use std::fmt;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use rdkafka::config::ClientConfig;

/// More than any chain of certificates has. A file that is larger is something else.
const MAX_FILE: u64 = 1024 * 1024;

/// The PEM files of TLS with a client certificate. The files have been read, and contain PEM of the right kind.
///
/// They are read again by each new Kafka client. Neither `Debug` nor an error holds what is in them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tls {
    ca: String,
    certificate: String,
    private_key: String,
}

/// One of the three files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TlsFile {
    /// The certificates of the authorities that the brokers' certificates are signed by.
    Ca,
    /// The client's certificate, with those between it and the authority.
    Certificate,
    /// The client's private key, not encrypted.
    PrivateKey,
}

impl TlsFile {
    /// The command-line flag that names the file.
    pub fn flag(self) -> &'static str {
        match self {
            Self::Ca => "--ca",
            Self::Certificate => "--certificate",
            Self::PrivateKey => "--private-key",
        }
    }

    /// The environment variable that names the file, as nais sets it.
    pub fn variable(self) -> &'static str {
        match self {
            Self::Ca => "KAFKA_CA_PATH",
            Self::Certificate => "KAFKA_CERTIFICATE_PATH",
            Self::PrivateKey => "KAFKA_PRIVATE_KEY_PATH",
        }
    }

    fn pem_labels(self) -> &'static [&'static str] {
        match self {
            Self::Ca | Self::Certificate => {
                &["-----BEGIN CERTIFICATE-----", "-----BEGIN TRUSTED CERTIFICATE-----"]
            }
            Self::PrivateKey => &[
                "-----BEGIN PRIVATE KEY-----",
                "-----BEGIN RSA PRIVATE KEY-----",
                "-----BEGIN EC PRIVATE KEY-----",
            ],
        }
    }
}

impl fmt::Display for TlsFile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ca => "CA",
            Self::Certificate => "certificate",
            Self::PrivateKey => "private key",
        })
    }
}

/// Why the PEM files cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// Only some of the three files are given.
    #[error(
        "TLS to Kafka takes three PEM files, and the {missing} is not named: give {} or {}, or none of the three",
        missing.flag(),
        missing.variable()
    )]
    Missing {
        /// The first file that is not given.
        missing: TlsFile,
    },
    /// A file that cannot be read.
    #[error("{}: the {file} for Kafka ({}, {}) cannot be read: {cause}", path.display(), file.flag(), file.variable())]
    Unreadable {
        /// Which of the three files.
        file: TlsFile,
        /// The path of the file.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// A file does not contain what it should.
    #[error("{}: the {file} for Kafka ({}, {}) is {found}, expected {expected}", path.display(), file.flag(), file.variable())]
    Content {
        /// Which of the three files.
        file: TlsFile,
        /// The path of the file.
        path: PathBuf,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
}

impl Tls {
    /// Checks and takes these files.
    ///
    /// # Errors
    /// A file that is not there, cannot be read or is not PEM of its kind; a private key that is encrypted.
    pub fn new(ca: &Path, certificate: &Path, private_key: &Path) -> Result<Self, TlsError> {
        Ok(Self {
            ca: checked(TlsFile::Ca, ca)?,
            certificate: checked(TlsFile::Certificate, certificate)?,
            private_key: checked(TlsFile::PrivateKey, private_key)?,
        })
    }

    /// Checks and takes the files that are given: all three, or none, which means no TLS.
    ///
    /// # Errors
    /// One or two that are named; those of [`Tls::new`].
    ///
    /// # Example: half of it is a mistake
    /// ```
    /// use std::path::Path;
    /// use tiltak_producer::kafka::Tls;
    ///
    /// assert_eq!(Tls::from_files(None, None, None)?, None);
    /// assert!(Tls::from_files(Some(Path::new("ca.crt")), None, None).is_err());
    /// # Ok::<(), tiltak_producer::kafka::TlsError>(())
    /// ```
    pub fn from_files(
        ca: Option<&Path>,
        certificate: Option<&Path>,
        private_key: Option<&Path>,
    ) -> Result<Option<Self>, TlsError> {
        let missing = match (ca, certificate, private_key) {
            (None, None, None) => return Ok(None),
            (Some(ca), Some(certificate), Some(private_key)) => {
                return Self::new(ca, certificate, private_key).map(Some);
            }
            (None, ..) => TlsFile::Ca,
            (_, None, _) => TlsFile::Certificate,
            (.., None) => TlsFile::PrivateKey,
        };
        Err(TlsError::Missing { missing })
    }

    /// The settings of librdkafka. The broker's certificate has to be for the name that it is reached by.
    pub(super) fn apply(&self, config: &mut ClientConfig) {
        config
            .set("security.protocol", "ssl")
            .set("ssl.ca.location", &self.ca)
            .set("ssl.certificate.location", &self.certificate)
            .set("ssl.key.location", &self.private_key)
            .set("ssl.endpoint.identification.algorithm", "https");
    }
}

/// The path, when the file has what it should have.
fn checked(file: TlsFile, path: &Path) -> Result<String, TlsError> {
    let content = |expected, found| TlsError::Content { file, path: path.to_owned(), expected, found };
    let unreadable = |cause| TlsError::Unreadable { file, path: path.to_owned(), cause };
    let name = path.to_str().ok_or_else(|| content("a path in UTF-8", "at another path"))?;
    let mut text = Vec::new();
    let opened = std::fs::File::open(path).map_err(unreadable)?;
    opened.take(MAX_FILE + 1).read_to_end(&mut text).map_err(unreadable)?;
    let expected = match file {
        TlsFile::Ca | TlsFile::Certificate => "PEM with -----BEGIN CERTIFICATE-----",
        TlsFile::PrivateKey => "PEM with -----BEGIN PRIVATE KEY-----, not encrypted",
    };
    if text.is_empty() {
        return Err(content(expected, "empty"));
    }
    if text.len() as u64 > MAX_FILE {
        return Err(content(expected, "more than 1 MiB long"));
    }
    let text = String::from_utf8_lossy(&text);
    if file == TlsFile::PrivateKey
        && (text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED"))
    {
        return Err(content(expected, "encrypted"));
    }
    if !file.pem_labels().iter().any(|label| text.contains(label)) {
        return Err(content(
            expected,
            if text.contains("-----BEGIN ") { "PEM of another kind" } else { "no PEM" },
        ));
    }
    Ok(name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

    /// What is said of three files with this content.
    fn refusal(ca: &str, certificate: &str, key: &str) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let paths = [("ca", ca), ("certificate", certificate), ("key", key)].map(|(name, text)| {
            let path = folder.path().join(name);
            std::fs::write(&path, text).unwrap();
            path
        });
        let text = Tls::new(&paths[0], &paths[1], &paths[2]).err()?.to_string();
        Some(text.replace(folder.path().to_str().unwrap(), ""))
    }

    #[test]
    fn three_pem_files_are_taken_and_what_is_something_else_is_named() {
        assert_eq!(refusal(CERTIFICATE, CERTIFICATE, KEY), None);
        let said = |ca, certificate, key| refusal(ca, certificate, key).unwrap();
        assert_eq!(
            said("", CERTIFICATE, KEY),
            "/ca: the CA for Kafka (--ca, KAFKA_CA_PATH) is empty, expected PEM with -----BEGIN CERTIFICATE-----"
        );
        assert!(said(CERTIFICATE, "0\u{82}", KEY).contains("certificate for Kafka (--certificate, "));
        assert!(said(CERTIFICATE, "0\u{82}", KEY).contains("is no PEM"));
        assert!(said(CERTIFICATE, CERTIFICATE, CERTIFICATE).contains("is PEM of another kind"));
        let encrypted = KEY.replace("PRIVATE", "ENCRYPTED PRIVATE");
        assert!(said(CERTIFICATE, CERTIFICATE, &encrypted).contains("is encrypted"));
        let huge = " ".repeat(1024 * 1024 + 1);
        assert!(said(CERTIFICATE, CERTIFICATE, &huge).contains("more than 1 MiB"));
    }

    #[test]
    fn a_file_that_is_not_there_is_named_with_its_variable() {
        let error = Tls::new(Path::new("no/ca.crt"), Path::new("c"), Path::new("k")).unwrap_err().to_string();
        assert!(
            error.starts_with("no/ca.crt: the CA for Kafka (--ca, KAFKA_CA_PATH) cannot be read: "),
            "{error}"
        );
    }

    #[test]
    fn one_or_two_of_the_three_are_not_enough() {
        let path = Some(Path::new("x"));
        let missing = |ca, certificate, key| match Tls::from_files(ca, certificate, key) {
            Err(TlsError::Missing { missing }) => missing,
            other => panic!("{other:?}"),
        };
        assert_eq!(missing(None, path, path), TlsFile::Ca);
        assert_eq!(missing(path, None, path), TlsFile::Certificate);
        assert_eq!(missing(path, path, None), TlsFile::PrivateKey);
        assert_eq!(missing(None, None, path), TlsFile::Ca);
    }
}
