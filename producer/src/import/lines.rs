//! Reading NDJSON line by line. Lines that are too long are skipped, and not kept in memory.

use std::io::{self, BufRead, ErrorKind};

/// The longest line, in bytes: 256 KiB. An entity has a few kilobytes, and its records, with the name of its avtale,
/// have to fit into a Kafka record: 1 MB, unless brokers are configured otherwise.
pub const LONGEST_LINE: usize = 256 << 10;

const BOM: &[u8] = b"\xef\xbb\xbf";

/// A line that is not empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1.
    pub number: u64,
    /// The text of the line, without line break and byte-order mark; or why it cannot be read.
    pub text: Result<Vec<u8>, Unreadable>,
}

/// A line that was skipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unreadable {
    /// Its length in bytes, which is more than [`LONGEST_LINE`].
    pub bytes: u64,
}

/// Reads NDJSON line by line. A line break is LF or CR LF, and may be missing at the end. Lines of white space are
/// skipped, and a byte-order mark at the beginning is ignored.
#[derive(Debug)]
pub struct Lines<R> {
    input: R,
    number: u64,
    bytes: u64,
}

impl<R: BufRead> Lines<R> {
    /// A reader of the lines of an input.
    pub fn new(input: R) -> Self {
        Self { input, number: 0, bytes: 0 }
    }

    /// How much of the input was read so far, in bytes.
    pub fn bytes_read(&self) -> u64 {
        self.bytes
    }

    /// The next line; `None` at the end.
    ///
    /// # Errors
    /// The input cannot be read.
    pub fn next_line(&mut self) -> io::Result<Option<Line>> {
        while let Some((mut text, bytes)) = self.raw()? {
            self.number += 1;
            let number = self.number;
            if bytes > LONGEST_LINE as u64 {
                return Ok(Some(Line { number, text: Err(Unreadable { bytes }) }));
            }
            if number == 1 && text.starts_with(BOM) {
                text.drain(..BOM.len());
            }
            if !text.iter().all(u8::is_ascii_whitespace) {
                if text.last() == Some(&b'\r') {
                    text.pop();
                }
                return Ok(Some(Line { number, text: Ok(text) }));
            }
        }
        Ok(None)
    }

    /// A line without its LF, and its length; the text of one that is too long is cut off.
    fn raw(&mut self) -> io::Result<Option<(Vec<u8>, u64)>> {
        let (mut text, mut length, mut any) = (Vec::new(), 0_u64, false);
        loop {
            let chunk = match self.input.fill_buf() {
                Ok(chunk) => chunk,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            if chunk.is_empty() {
                return Ok(any.then_some((text, length)));
            }
            any = true;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let content = &chunk[..end.unwrap_or(chunk.len())];
            length += content.len() as u64;
            if length <= LONGEST_LINE as u64 {
                text.extend_from_slice(content);
            } else {
                text = Vec::new();
            }
            let taken = end.map_or(chunk.len(), |end| end + 1);
            self.input.consume(taken);
            self.bytes += taken as u64;
            if end.is_some() {
                return Ok(Some((text, length)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use super::*;

    fn read(input: &[u8]) -> Vec<(u64, Result<String, u64>)> {
        // Each line comes in pieces.
        let mut lines = Lines::new(BufReader::with_capacity(3, input));
        let mut read = Vec::new();
        while let Some(Line { number, text }) = lines.next_line().unwrap() {
            let text = text.map(|text| String::from_utf8(text).unwrap()).map_err(|long| long.bytes);
            read.push((number, text));
        }
        assert_eq!(lines.bytes_read(), input.len() as u64);
        read
    }

    #[test]
    fn line_breaks_empty_lines_and_a_byte_order_mark_are_no_content() {
        let found = read(b"\xef\xbb\xbf{\"a\":1}\r\n\n  \r\nb\nlast");
        let line = |number, text: &str| (number, Ok(text.to_owned()));
        assert_eq!(found, [line(1, "{\"a\":1}"), line(4, "b"), line(5, "last")]);
        assert_eq!(read(b""), []);
        assert_eq!(read(b"\n\r\n"), []);
        assert_eq!(read(b"\xef\xbb\xbf\n"), []);
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_the_next_one_is_read() {
        let mut input = vec![b'x'; LONGEST_LINE + 1];
        input.extend(b"\nnext\n");
        input.extend(vec![b'y'; LONGEST_LINE]);
        let found = read(&input);
        assert_eq!(found[0], (1, Err(LONGEST_LINE as u64 + 1)));
        assert_eq!(found[1], (2, Ok("next".to_owned())));
        assert_eq!(found[2].1.as_ref().unwrap().len(), LONGEST_LINE);
    }
}
