//! Splitting the input into batches of whole lines, each within the memory that is set aside for it.

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

/// Longest line that is checked, in bytes: 16 MiB.
///
/// Brokers take records up to `message.max.bytes`, which Kafka sets to 1 MiB; a line is that record with escapes. A
/// longer line is a finding, and is passed over without being held. Checking a line takes up to fifty times its length
/// in memory, when it is nothing but small objects.
pub const LONGEST_LINE: usize = 16 << 20;

/// What is read at once: enough lines to be worth handing to another thread.
const CHUNK: usize = 256 << 10;

/// A piece of the input.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Batch {
    /// Whole lines.
    Lines {
        /// The number of the first line.
        first: u64,
        /// The lines, with their line breaks. The last line of the input may have none.
        text: Vec<u8>,
    },
    /// A line of more than [`LONGEST_LINE`] bytes.
    TooLong {
        /// The number of the line.
        line: u64,
        /// The length of the line, without the line break.
        bytes: u64,
    },
}

/// Reads the input batch by batch.
///
/// A batch ends with the last line break of what is there, so that lines that arrive slowly are not kept waiting.
pub(super) struct Batches<R> {
    input: BufReader<R>,
    next_line: u64,
}

impl<R: Read> Batches<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: BufReader::with_capacity(CHUNK, input), next_line: 1 }
    }

    /// The next batch; `None` at the end of the input.
    ///
    /// # Errors
    /// The input cannot be read.
    pub(super) fn next(&mut self) -> io::Result<Option<Batch>> {
        let mut text = Vec::new();
        loop {
            let chunk = fill(&mut self.input)?;
            let is_end = chunk.is_empty();
            let line_break = chunk.iter().rposition(|byte| *byte == b'\n');
            let taken = line_break.map_or(chunk.len(), |at| at + 1);
            text.extend_from_slice(&chunk[..taken]);
            self.input.consume(taken);
            if is_end && text.is_empty() {
                return Ok(None);
            }
            if is_end || line_break.is_some() {
                let first = self.next_line;
                self.next_line += text.iter().map(|byte| u64::from(*byte == b'\n')).sum::<u64>();
                return Ok(Some(Batch::Lines { first, text }));
            }
            if text.len() > LONGEST_LINE {
                let begun = text.len() as u64;
                drop(text);
                let bytes = begun + self.pass_over()?;
                self.next_line += 1;
                return Ok(Some(Batch::TooLong { line: self.next_line - 1, bytes }));
            }
        }
    }

    /// Reads to the end of the line, and says how much that was without the line break.
    fn pass_over(&mut self) -> io::Result<u64> {
        let mut passed = 0;
        loop {
            let chunk = fill(&mut self.input)?;
            let line_break = chunk.iter().position(|byte| *byte == b'\n');
            let length = line_break.unwrap_or(chunk.len());
            let is_end = chunk.is_empty() || line_break.is_some();
            passed += length as u64;
            self.input.consume(length + usize::from(line_break.is_some()));
            if is_end {
                return Ok(passed);
            }
        }
    }
}

/// What is there, or what arrives next; nothing at the end.
fn fill<R: Read>(input: &mut BufReader<R>) -> io::Result<&[u8]> {
    loop {
        match input.fill_buf() {
            Ok(_) => return Ok(input.buffer()),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives at most so many bytes at a time.
    struct Slow<'a>(&'a [u8], usize);

    impl Read for Slow<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buffer.len());
            self.0.read(&mut buffer[..most])
        }
    }

    fn all(input: impl Read) -> Vec<Batch> {
        let mut batches = Batches::new(input);
        std::iter::from_fn(|| batches.next().unwrap()).collect()
    }

    fn lines(first: u64, text: &str) -> Batch {
        Batch::Lines { first, text: text.as_bytes().to_vec() }
    }

    #[test]
    fn an_empty_input_has_no_batch() {
        assert_eq!(all(io::empty()), []);
    }

    #[test]
    fn a_batch_has_whole_lines_and_the_last_line_needs_no_break() {
        assert_eq!(all(&b"a\n\nb"[..]), [lines(1, "a\n\n"), lines(3, "b")]);
        assert_eq!(
            all(Slow(b"aa\nbb\n\ncc\nd", 4)),
            [lines(1, "aa\n"), lines(2, "bb\n\n"), lines(4, "cc\n"), lines(5, "d")]
        );
    }

    #[test]
    fn what_has_arrived_is_not_kept_waiting_for_more() {
        struct Once(bool);
        impl Read for Once {
            fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
                assert!(!std::mem::replace(&mut self.0, true), "a second read");
                buffer[..2].copy_from_slice(b"a\n");
                Ok(2)
            }
        }
        assert_eq!(Batches::new(Once(false)).next().unwrap(), Some(lines(1, "a\n")));
    }

    #[test]
    fn a_line_that_is_too_long_is_passed_over_and_its_length_is_told() {
        let long = LONGEST_LINE as u64 * 3 + 1;
        let input = (&b"a\n"[..]).chain(io::repeat(b'x').take(long)).chain(&b"\nb\n"[..]);
        assert_eq!(all(input), [lines(1, "a\n"), Batch::TooLong { line: 2, bytes: long }, lines(3, "b\n")]);
        assert_eq!(all(io::repeat(b'x').take(long)), [Batch::TooLong { line: 1, bytes: long }]);
    }

    #[test]
    fn a_read_that_a_signal_interrupts_is_done_again_and_any_other_error_is_told() {
        struct Fails(Vec<ErrorKind>);
        impl Read for Fails {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(self.0.pop().unwrap().into())
            }
        }
        let error =
            Batches::new(Fails(vec![ErrorKind::TimedOut, ErrorKind::Interrupted])).next().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::TimedOut);
    }
}
