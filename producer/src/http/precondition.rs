//! The headers `If-Match` and `If-None-Match` (RFC 9110, sections 13.1.1 and 13.1.2).

use axum::http::header::{HeaderMap, HeaderName, IF_MATCH, IF_NONE_MATCH};

use super::problem::Problem;
use crate::commands::{Precondition, Versions};
use crate::domain::Version;

/// A list of entity tags, as a regular expression.
pub(super) const ENTITY_TAGS: &str = r#"^(W/)?"[!#-~]*"( *, *(W/)?"[!#-~]*")*$"#;

/// What a request demands of the entity as it is stored.
///
/// # Errors
/// 400: a header that is neither `*` nor a list of entity tags.
pub(super) fn precondition(headers: &HeaderMap) -> Result<Precondition, Problem> {
    Ok(Precondition {
        // A weak tag matches nothing where versions are compared strongly.
        if_match: versions(headers, &IF_MATCH, |tag| !tag.is_weak)?,
        if_none_match: versions(headers, &IF_NONE_MATCH, |_| true)?,
    })
}

/// The versions that a header names: its lines are one list. Tags of no version match none.
fn versions(
    headers: &HeaderMap,
    name: &HeaderName,
    matches: fn(&EntityTag<'_>) -> bool,
) -> Result<Option<Versions>, Problem> {
    let lines: Vec<&[u8]> = headers.get_all(name).iter().map(|line| line.as_bytes().trim_ascii()).collect();
    match lines[..] {
        [] => return Ok(None),
        [b"*"] => return Ok(Some(Versions::Any)),
        _ => {}
    }
    let malformed = || {
        Problem::bad_request(format!(
            "the header {name} takes * or entity tags as the header ETag has them, in quotes and separated by commas: \
             \"3\""
        ))
    };
    let list = lines.join(&b',');
    let tags = entity_tags(&list).ok_or_else(malformed)?;
    let versions = tags.iter().filter(|tag| matches(tag)).filter_map(EntityTag::version);
    Ok(Some(Versions::OneOf(versions.collect())))
}

/// An entity tag (RFC 9110, section 8.8.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct EntityTag<'t> {
    is_weak: bool,
    /// What stands between the quotes.
    opaque: &'t [u8],
}

impl EntityTag<'_> {
    /// The version whose tag this is, byte for byte.
    fn version(&self) -> Option<Version> {
        let version = Version::new(str::from_utf8(self.opaque).ok()?.parse().ok()?);
        (version >= Version::FIRST && version.to_string().as_bytes() == self.opaque).then_some(version)
    }
}

/// The tags of a list that has at least one, and may have empty members (RFC 9110, section 5.6.1.2).
fn entity_tags(mut list: &[u8]) -> Option<Vec<EntityTag<'_>>> {
    let mut tags = Vec::new();
    loop {
        list = list.trim_ascii_start();
        if let Some(rest) = list.strip_prefix(b",") {
            list = rest;
            continue;
        }
        if list.is_empty() {
            return (!tags.is_empty()).then_some(tags);
        }
        let (is_weak, quoted) = list.strip_prefix(b"W/").map_or((false, list), |quoted| (true, quoted));
        let text = quoted.strip_prefix(b"\"")?;
        let opaque = &text[..text.iter().position(|byte| *byte == b'"')?];
        if opaque.iter().any(|byte| matches!(byte, 0..=b' ' | 0x7f)) {
            return None;
        }
        tags.push(EntityTag { is_weak, opaque });
        list = text[opaque.len() + 1..].trim_ascii_start();
        if !list.is_empty() && !list.starts_with(b",") {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    /// The precondition of these lines of a header.
    fn read(name: &HeaderName, lines: &[&str]) -> Option<Precondition> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(name, HeaderValue::from_str(line).unwrap());
        }
        precondition(&headers).ok()
    }

    fn one_of(versions: &[i64]) -> Versions {
        Versions::OneOf(versions.iter().copied().map(Version::new).collect())
    }

    #[test]
    fn if_match_names_the_versions_of_its_strong_tags() {
        let cases: [(&[&str], Option<Versions>); 15] = [
            (&[], None),
            (&["*"], Some(Versions::Any)),
            (&[" * "], Some(Versions::Any)),
            (&["\"17\""], Some(one_of(&[17]))),
            (&["\"1\", \"2\""], Some(one_of(&[1, 2]))),
            (&["\"1\",\"2\""], Some(one_of(&[1, 2]))),
            (&["\"1\"", "\"2\" , \"3\""], Some(one_of(&[1, 2, 3]))),
            (&[", \"1\",, \"2\" ,"], Some(one_of(&[1, 2]))),
            (&["W/\"1\", \"2\""], Some(one_of(&[2]))),
            (&["W/\"1\""], Some(one_of(&[]))),
            // Other tags than those of versions, byte for byte.
            (&["\"+17\"", "\"017\"", "\"-1\"", "\"0\"", "\"17.0\"", "\"\""], Some(one_of(&[]))),
            (&["\"99999999999999999999\""], Some(one_of(&[]))),
            (&["\"a,b\", \"4\""], Some(one_of(&[4]))),
            (&["\"æ\", \"4\""], Some(one_of(&[4]))),
            (&["\"*\""], Some(one_of(&[]))),
        ];
        for (lines, if_match) in cases {
            let expected = Precondition { if_match, if_none_match: None };
            assert_eq!(read(&IF_MATCH, lines), Some(expected), "{lines:?}");
        }
    }

    #[test]
    fn if_none_match_names_the_versions_of_its_weak_tags_too() {
        let read = |line| read(&IF_NONE_MATCH, &[line]).unwrap().if_none_match;
        assert_eq!(read("*"), Some(Versions::Any));
        assert_eq!(read("W/\"1\", \"2\""), Some(one_of(&[1, 2])));
    }

    #[test]
    fn what_is_no_list_of_entity_tags_is_refused() {
        for lines in [
            &[""][..],
            &[","],
            &["17"],
            &["\"17"],
            &["17\""],
            &["w/\"17\""],
            &["W/17"],
            &["W/ \"17\""],
            &["\"1\" \"2\""],
            &["\"1\"; \"2\""],
            &["\"1 7\""],
            &["*, \"1\""],
            &["*", "*"],
            &["\"1\"", "2"],
        ] {
            assert_eq!(read(&IF_MATCH, lines), None, "{lines:?}");
            assert_eq!(read(&IF_NONE_MATCH, lines), None, "{lines:?}");
        }
    }
}
