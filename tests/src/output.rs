//! What programs say.

/// The end of what a program wrote, for an error message.
pub(crate) fn last_lines(text: &[u8]) -> String {
    const LINES: usize = 20;
    let text = String::from_utf8_lossy(text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LINES)..].join("\n")
}
