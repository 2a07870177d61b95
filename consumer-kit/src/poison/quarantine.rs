//! The quarantine folder.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tiltak_schema::decode::DecodeError;

use super::dead_letters::hex;
use crate::error::Kind;
use crate::source::RecordRef;

/// A folder that records are written to: see [`OnPoison::Quarantine`](super::OnPoison::Quarantine).
pub(crate) struct Quarantine {
    folder: PathBuf,
    /// Files were written whose names may not be on the disk yet.
    is_dirty: AtomicBool,
}

impl Quarantine {
    pub(super) fn open(folder: PathBuf) -> Result<Self, Kind> {
        let quarantine = Self { folder, is_dirty: AtomicBool::new(false) };
        if quarantine.folder.is_dir() {
            return Ok(quarantine);
        }
        let cause = io::Error::new(io::ErrorKind::NotFound, "there is no such folder");
        Err(quarantine.error(cause))
    }

    pub(super) fn put(&self, topic: &str, record: &RecordRef<'_>, cause: &DecodeError) -> Result<(), Kind> {
        self.is_dirty.store(true, Ordering::Relaxed);
        self.write_record(topic, record, cause).map_err(|cause| self.error(cause))
    }

    /// Makes sure that what was put is there after a power failure too.
    pub(super) fn flush(&self) -> Result<(), Kind> {
        if !self.is_dirty.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        File::open(&self.folder).and_then(|folder| folder.sync_all()).map_err(|cause| self.error(cause))
    }

    fn write_record(&self, topic: &str, record: &RecordRef<'_>, cause: &DecodeError) -> io::Result<()> {
        let name = format!("{topic}.{}.{}", record.partition, record.offset);
        let reason = serde_json::json!({
            "topic": topic,
            "partition": record.partition,
            "offset": record.offset,
            "timestamp": record.timestamp,
            "key": record.key.map(String::from_utf8_lossy),
            "keyHex": record.key.map(hex),
            "valueBytes": record.value.map(<[u8]>::len),
            "pointer": cause.pointer(),
            "expected": cause.expected(),
            "found": cause.found(),
        });
        let value = format!("{name}.value");
        match record.value {
            Some(bytes) => self.write(&value, bytes)?,
            // There may be one of an earlier topic of this name.
            None => match fs::remove_file(self.folder.join(value)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            },
        }
        self.write(&format!("{name}.json"), reason.to_string().as_bytes())
    }

    /// Under its name there is the whole file or none.
    fn write(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let unfinished = self.folder.join(format!(".{name}.unfinished"));
        let mut file = File::create(&unfinished)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, self.folder.join(name))
    }

    fn error(&self, cause: io::Error) -> Kind {
        let place = self.folder.display().to_string();
        Kind::Quarantine { place, problem: cause.to_string(), cause: Arc::new(cause) }
    }
}

#[cfg(test)]
mod tests {
    use tiltak_schema::decode;
    use tiltak_schema::tiltakstype_v3::SisteTiltakstyperV3;

    use super::*;

    fn put(folder: &std::path::Path, key: Option<&[u8]>, value: Option<&[u8]>) -> serde_json::Value {
        let cause = decode::optional_key::<SisteTiltakstyperV3>(None).unwrap_err();
        let quarantine = Quarantine::open(folder.to_owned()).unwrap();
        let record = RecordRef { partition: 0, offset: 7, timestamp: 1, key, value };
        quarantine.put("my-topic", &record, &cause).unwrap();
        quarantine.flush().unwrap();
        serde_json::from_slice(&fs::read(folder.join("my-topic.0.7.json")).unwrap()).unwrap()
    }

    #[test]
    fn a_tombstone_has_no_value_file_and_an_empty_value_an_empty_one() {
        let folder = tempfile::tempdir().unwrap();
        let value = folder.path().join("my-topic.0.7.value");

        assert_eq!(put(folder.path(), Some(b"k"), Some(b""))["valueBytes"], 0);
        assert_eq!(fs::read(&value).unwrap(), b"");

        assert_eq!(put(folder.path(), Some(b"k"), None)["valueBytes"], serde_json::Value::Null);
        assert!(!value.exists());
    }

    #[test]
    fn no_key_is_null_and_an_empty_or_binary_key_is_told_byte_for_byte() {
        let folder = tempfile::tempdir().unwrap();
        let key = |key| {
            let reason = put(folder.path(), key, Some(b"v"));
            (reason["key"].clone(), reason["keyHex"].clone())
        };
        assert_eq!(key(None), (serde_json::Value::Null, serde_json::Value::Null));
        assert_eq!(key(Some(b"")), ("".into(), "".into()));
        assert_eq!(key(Some(b"\xff")), ("\u{fffd}".into(), "ff".into()));
    }

    #[test]
    fn a_folder_that_is_not_there_is_an_error_with_the_cause() {
        let folder = tempfile::tempdir().unwrap();
        let kind = Quarantine::open(folder.path().join("gone")).err().unwrap();
        let error = crate::Error::from(kind);
        assert!(error.is_quarantine());
        assert!(std::error::Error::source(&error).unwrap().is::<io::Error>());
    }
}
