//! The small part of Markdown that descriptions and changelogs use: paragraphs, and code between backticks.

/// A piece of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Segment<'t> {
    Text(&'t str),
    Code(&'t str),
    Paragraph,
}

/// The pieces of a text. A backtick without its partner is text.
pub(super) fn segments(text: &str) -> Vec<Segment<'_>> {
    let mut segments = Vec::new();
    for (index, paragraph) in text.split("\n\n").enumerate() {
        segments.extend((index > 0).then_some(Segment::Paragraph));
        let mut rest = paragraph;
        while let Some((before, code, after)) = first_code(rest) {
            segments.push(Segment::Text(before));
            segments.push(Segment::Code(code));
            rest = after;
        }
        segments.push(Segment::Text(rest));
    }
    segments.retain(|segment| *segment != Segment::Text(""));
    segments
}

fn first_code(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('`')?;
    let (code, after) = rest.split_once('`')?;
    Some((before, code, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_and_paragraphs_are_told_from_text() {
        use Segment::{Code, Paragraph, Text};
        assert_eq!(segments("a `b` c\n\nd"), [Text("a "), Code("b"), Text(" c"), Paragraph, Text("d")]);
        assert_eq!(segments("`b`"), [Code("b")]);
        assert_eq!(segments("a ` b"), [Text("a ` b")]);
        assert!(segments("").is_empty());
    }
}
