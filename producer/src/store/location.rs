//! The location of a database.

use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;

use sqlx::any::AnyConnectOptions;

use super::StoreError;

/// The location of a database: a file (SQLite), or a `postgres://` URL.
///
/// What is shown of it, also by `Debug`, holds no password.
///
/// # Example: a password is not shown
///
/// ```
/// use tiltak_producer::Location;
///
/// let location = Location::from("postgres://tiltak:secret@db.internal:5432/tiltak?sslmode=require");
/// assert_eq!(location.to_string(), "postgres://tiltak@db.internal:5432/tiltak");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Location(pub(super) Kind);

#[derive(Clone, PartialEq, Eq)]
pub(super) enum Kind {
    File(PathBuf),
    Url(String),
}

impl From<OsString> for Location {
    fn from(text: OsString) -> Self {
        match text.into_string() {
            Ok(url) if url.contains("://") => Self(Kind::Url(url)),
            Ok(file) => Self(Kind::File(file.into())),
            Err(file) => Self(Kind::File(file.into())),
        }
    }
}

impl From<&str> for Location {
    fn from(text: &str) -> Self {
        OsString::from(text).into()
    }
}

impl From<&Path> for Location {
    fn from(file: &Path) -> Self {
        Self(Kind::File(file.to_owned()))
    }
}

impl fmt::Display for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Kind::File(file) => file.display().fmt(out),
            Kind::Url(url) => match options(url) {
                Ok(options) => shown(options).fmt(out),
                Err(_) => out.write_str("the URL of the database"),
            },
        }
    }
}

impl fmt::Debug for Location {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, out)
    }
}

/// The parameters that sqlx knows, besides `options[…]`.
const PARAMETERS: [&str; 18] = [
    "application_name",
    "dbname",
    "host",
    "hostaddr",
    "options",
    "password",
    "port",
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "ssl-mode",
    "ssl-root-cert",
    "sslcert",
    "sslkey",
    "sslmode",
    "sslrootcert",
    "statement-cache-capacity",
    "user",
];

/// Reads a `postgres://` URL.
///
/// # Errors
/// Another scheme; a parameter that sqlx does not know, whose value it would write to the log; a URL that cannot be read, or is likely to be read in another way than it is meant: a password with
/// a `/`, `?` or `#` of its own ends the address before its `@`, and a piece of it would pass for a port.
pub(super) fn options(url: &str) -> Result<AnyConnectOptions, StoreError> {
    let options = AnyConnectOptions::from_str(url).map_err(|cause| StoreError::Url(cause.to_string()))?;
    let read = &options.database_url;
    if !matches!(read.scheme(), "postgres" | "postgresql") {
        return Err(StoreError::Url(format!("expected postgres://, found {}://", read.scheme())));
    }
    if read.fragment().is_some() || read.path().contains('@') || read.query().unwrap_or("").contains('@') {
        return Err(StoreError::Url("special characters in it have to be percent-encoded".to_owned()));
    }
    let known =
        |name: &str| PARAMETERS.contains(&name) || (name.starts_with("options[") && name.ends_with(']'));
    if let Some((name, _)) = read.query_pairs().find(|(name, _)| !known(name)) {
        return Err(StoreError::Url(format!("there is no parameter {name}")));
    }
    Ok(options)
}

/// The URL with what says where the database is, and nothing else.
fn shown(options: AnyConnectOptions) -> String {
    let mut url = options.database_url;
    let kept: Vec<String> = url
        .query_pairs()
        .filter(|(name, _)| matches!(&**name, "host" | "hostaddr" | "port" | "dbname" | "user"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    // Refused only by a URL without a host, which has no password either.
    let _ = url.set_password(None);
    url.set_query(if kept.is_empty() { None } else { Some(kept.join("&")) }.as_deref());
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_of_a_url_is_where_it_is() {
        for (url, expected) in [
            ("postgres://u:secret@host/db", "postgres://u@host/db"),
            ("postgresql://u:secret@host:6432/db?sslkey=secret", "postgresql://u@host:6432/db"),
            ("postgres://u:secret@%2Frun%2Fpg/db", "postgres://u@%2Frun%2Fpg/db"),
            ("postgres:///db?host=/run/pg&user=u&password=secret", "postgres:///db?host=/run/pg&user=u"),
        ] {
            assert_eq!(Location::from(url).to_string(), expected);
        }
    }

    #[test]
    fn a_url_that_may_be_meant_otherwise_is_refused_and_not_shown() {
        for url in [
            "postgres://u:12/secret@host/db",
            "postgres://u:12?secret@host/db",
            "postgres://u:12#secret@host/db",
            "postgres://u:secret@host:port/db",
            "mysql://u:secret@host/db",
            "postgres://u@host/db?pasword=secret",
            "postgres://u:secret@",
        ] {
            let location = Location::from(url);
            assert_eq!(format!("{location} {location:?}").matches("secret").count(), 0, "{url}");
            let error = options(url).unwrap_err().to_string();
            assert!(!error.contains("secret") && !error.contains("12"), "{error}");
        }
    }

    #[test]
    fn what_is_no_url_is_a_file() {
        assert_eq!(Location::from("data/tiltak.db"), Location::from(Path::new("data/tiltak.db")));
    }
}
