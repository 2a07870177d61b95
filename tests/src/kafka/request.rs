//! Requests to a broker, encoded here because the Rust bindings of librdkafka do not have them.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result};

/// The timeout of the connection, and of the answer.
const LIMIT: Duration = Duration::from_secs(5);

/// A request: key and version, as the protocol guide of Apache Kafka has them, and the fields in their order.
pub(super) struct Request(Vec<u8>);

impl Request {
    /// Starts a request with a header of version 1. It has no client id, and a fixed correlation id: there is only one answer.
    pub(super) fn new((key, version): (i16, i16)) -> Self {
        let mut request = Self(Vec::new());
        request.int16(key).int16(version).int32(0).int16(-1);
        request
    }

    pub(super) fn int8(&mut self, value: i8) -> &mut Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn int16(&mut self, value: i16) -> &mut Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn int32(&mut self, value: i32) -> &mut Self {
        self.0.extend(value.to_be_bytes());
        self
    }

    pub(super) fn string(&mut self, value: &str) -> &mut Self {
        self.int16(i16::try_from(value.len()).unwrap_or(i16::MAX));
        self.0.extend(value.as_bytes());
        self
    }

    /// Appends a compact string, as newer versions of requests have it. It must have fewer than 127 bytes.
    pub(super) fn compact_string(&mut self, value: &str) -> &mut Self {
        self.int8(i8::try_from(value.len() + 1).unwrap_or(i8::MAX));
        self.0.extend(value.as_bytes());
        self
    }

    /// Sends the request to one node, `host:port`, and returns the answer without its length.
    pub(super) fn send(&self, server: &str) -> Result<Vec<u8>> {
        let address = server.parse().with_context(|| format!("{server} is not an address"))?;
        let mut stream = TcpStream::connect_timeout(&address, LIMIT)
            .with_context(|| format!("cannot connect to {server}"))?;
        stream.set_read_timeout(Some(LIMIT))?;
        stream.write_all(&u32::try_from(self.0.len())?.to_be_bytes())?;
        stream.write_all(&self.0)?;
        let mut length = [0; 4];
        stream.read_exact(&mut length).context("the broker does not answer")?;
        let mut answer = vec![0; usize::try_from(u32::from_be_bytes(length))?];
        stream.read_exact(&mut answer)?;
        Ok(answer)
    }
}
