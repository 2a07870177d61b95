//! W3C Trace Context: the header that says which trace a request belongs to.

use std::fmt;

use uuid::Uuid;

/// A `traceparent` (W3C Trace Context, section 3.2).
///
/// # Example: a request belongs to the trace of its caller
/// ```
/// use tiltak_producer::TraceParent;
///
/// let caller = TraceParent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01").expect("valid");
/// let here = caller.child();
/// assert_eq!(here.trace_id(), "4bf92f3577b34da6a3ce929d0e0e4736");
/// assert!(here.to_string().ends_with("-01"));
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceParent {
    trace_id: String,
    parent_id: String,
    sampled: bool,
}

impl TraceParent {
    /// Parses a header. `None` if it is invalid: then it is ignored, and a new trace is started.
    ///
    /// A later version than 00 is read as far as 00 goes (section 3.2.4).
    pub fn parse(header: &str) -> Option<Self> {
        let (known, rest) = header.split_at_checked(55)?;
        let mut parts = known.split('-');
        let version = hex(parts.next()?, 2)?;
        let trace_id = hex(parts.next()?, 32)?;
        let parent_id = hex(parts.next()?, 16)?;
        let flags = u8::from_str_radix(hex(parts.next()?, 2)?, 16).ok()?;
        let ends_well =
            if version == "00" { rest.is_empty() } else { rest.is_empty() || rest.starts_with('-') };
        let is_zero = |id: &str| id.bytes().all(|digit| digit == b'0');
        let valid = version != "ff" && ends_well && !is_zero(trace_id) && !is_zero(parent_id);
        valid.then(|| Self {
            trace_id: trace_id.to_owned(),
            parent_id: parent_id.to_owned(),
            sampled: flags & 1 == 1,
        })
    }

    /// Starts a new trace.
    pub fn start() -> Self {
        Self { trace_id: Uuid::new_v4().simple().to_string(), parent_id: span_id(), sampled: false }
    }

    /// A child span in the same trace.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { parent_id: span_id(), ..self.clone() }
    }

    /// The id of the trace: 32 hexadecimal digits.
    pub fn trace_id(&self) -> &str {
        &self.trace_id
    }
}

impl fmt::Display for TraceParent {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "00-{}-{}-{:02x}", self.trace_id, self.parent_id, u8::from(self.sampled))
    }
}

/// Random, and never zero: a random UUID says in its first half that it is one.
fn span_id() -> String {
    let mut id = Uuid::new_v4().simple().to_string();
    id.truncate(16);
    id
}

/// So many digits, in lower case as section 3.2 demands.
fn hex(text: &str, length: usize) -> Option<&str> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    (text.len() == length && text.bytes().all(is_digit)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
    const SPAN: &str = "00f067aa0ba902b7";

    #[test]
    fn a_header_that_breaks_a_rule_of_the_specification_is_refused() {
        for header in [
            String::new(),
            format!("00-{TRACE}-{SPAN}"),
            format!("00-{TRACE}-{SPAN}-01-more"),
            format!("ff-{TRACE}-{SPAN}-01"),
            format!("01-{TRACE}-{SPAN}-01.more"),
            format!("00-{}-{SPAN}-01", TRACE.to_uppercase()),
            format!("00-{}-{SPAN}-01", "0".repeat(32)),
            format!("00-{TRACE}-{}-01", "0".repeat(16)),
            format!("00-{TRACE}-{SPAN}-0x"),
            format!("00_{TRACE}_{SPAN}_01"),
            format!("00-{TRACE}é{SPAN}-01"),
        ] {
            assert_eq!(TraceParent::parse(&header), None, "{header}");
        }
    }

    #[test]
    fn a_later_version_is_read_as_far_as_this_one_goes() {
        let read = TraceParent::parse(&format!("cc-{TRACE}-{SPAN}-ff-what-comes")).unwrap();
        assert_eq!(read.to_string(), format!("00-{TRACE}-{SPAN}-01"));
    }

    #[test]
    fn a_new_trace_and_a_step_below_it_are_valid_and_share_the_trace() {
        let start = TraceParent::start();
        let child = start.child();
        assert_eq!(TraceParent::parse(&start.to_string()), Some(start.clone()));
        assert_eq!(child.trace_id(), start.trace_id());
        assert_ne!(child, start);
    }
}
