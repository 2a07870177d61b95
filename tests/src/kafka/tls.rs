//! A certificate authority for tests, its certificates, and a TLS listener that trusts only this authority.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use anyhow::{Context, Result, ensure};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair};

/// The host name of the listener. Certificates for an IP address are checked differently by different libraries.
const HOST: &str = "localhost";
/// The settings of authorization. A resource without an ACL is open to everybody (see [`Broker::allow`](super::Broker::allow)). A client
/// without TLS may do everything. The principal of a TLS client is `User:CN=` and its name.
const AUTHORIZER: &str = "authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
allow.everyone.if.no.acl.found=true
super.users=User:ANONYMOUS";

/// A certificate authority of a test.
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// The three files of a client.
#[derive(Debug, Clone)]
pub struct PemFiles {
    /// The certificate of the authority that has to sign the broker's certificate.
    pub ca: PathBuf,
    /// The client's certificate.
    pub certificate: PathBuf,
    /// Its private key.
    pub private_key: PathBuf,
}

impl Authority {
    /// Makes a new authority.
    ///
    /// # Errors
    ///
    /// If no key can be made.
    pub fn new(name: &str) -> Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        Ok(Self { issuer: CertifiedIssuer::self_signed(params, KeyPair::generate()?)? })
    }

    /// Writes the files of a client called `name` into a folder.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn client(&self, folder: &Path, name: &str) -> Result<PemFiles> {
        self.client_of(folder, name, None)
    }

    /// Writes the same files as [`Authority::client`], with a certificate that expires after the given time.
    ///
    /// # Errors
    ///
    /// If the folder cannot be written.
    pub fn client_for(&self, folder: &Path, name: &str, lifetime: Duration) -> Result<PemFiles> {
        self.client_of(folder, name, Some(lifetime))
    }

    fn client_of(&self, folder: &Path, name: &str, lifetime: Option<Duration>) -> Result<PemFiles> {
        let (certificate, key) = self.signed(name, vec![], lifetime)?;
        let write = |ending: &str, text: &str| -> Result<PathBuf> {
            let path = folder.join(format!("{name}.{ending}"));
            fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
            Ok(path)
        };
        Ok(PemFiles {
            ca: write("ca.crt", &self.issuer.pem())?,
            certificate: write("crt", &certificate)?,
            private_key: write("key", &key)?,
        })
    }

    /// A certificate and its private key.
    fn signed(&self, name: &str, hosts: Vec<String>, lifetime: Option<Duration>) -> Result<(String, String)> {
        let mut params = CertificateParams::new(hosts)?;
        if let Some(lifetime) = lifetime {
            let end = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH)? + lifetime;
            params.not_after = rcgen::date_time_ymd(1970, 1, 1) + end;
        }
        params.distinguished_name.push(DnType::CommonName, name);
        let key = KeyPair::generate()?;
        Ok((params.signed_by(&key, &self.issuer)?.pem(), key.serialize_pem()))
    }

    /// Adds a TLS listener on `port` to the properties of a broker, and writes the files of the listener into its folder.
    pub(super) fn with_listener(&self, properties: &str, folder: &Path, port: u16) -> Result<String> {
        let (certificate, key) = self.signed("broker", vec![HOST.to_owned()], None)?;
        let (keystore, truststore) = (folder.join("broker.pem"), folder.join("authority.pem"));
        fs::write(&keystore, format!("{key}{certificate}"))?;
        fs::write(&truststore, self.issuer.pem())?;
        let mut added = 0;
        let mut lines: Vec<String> = properties
            .lines()
            .map(|line| {
                let more = match line.split_once('=') {
                    Some(("listeners", _)) => format!(",TLS://127.0.0.1:{port}"),
                    Some(("advertised.listeners", _)) => format!(",TLS://{HOST}:{port}"),
                    Some(("listener.security.protocol.map", _)) => ",TLS:SSL".to_owned(),
                    _ => return line.to_owned(),
                };
                added += 1;
                format!("{line}{more}")
            })
            .collect();
        ensure!(added == 3, "the properties have {added} lines for a listener, expected 3");
        lines.push(format!(
            "{AUTHORIZER}
listener.name.tls.ssl.client.auth=required
listener.name.tls.ssl.keystore.type=PEM
listener.name.tls.ssl.keystore.location={}
listener.name.tls.ssl.truststore.type=PEM
listener.name.tls.ssl.truststore.location={}
",
            keystore.display(),
            truststore.display()
        ));
        Ok(lines.join("\n"))
    }
}
