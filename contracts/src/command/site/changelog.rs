//! The `CHANGELOG.md` of a topic, read by version.

use semver::Version;

/// The list items of a version's section (`## 1.0.0 (2026-11-24)`), in their order. Empty if there is no such section.
pub(super) fn points(text: &str, version: &Version) -> Vec<String> {
    let is_section = |line: &&str| line.starts_with("## ");
    let is_of_version = |line: &str| {
        line.strip_prefix("## ").and_then(|it| it.split_whitespace().next()) == Some(&version.to_string())
    };
    let lines = text.lines().skip_while(|line| !is_of_version(line)).skip(1);
    let mut points: Vec<String> = Vec::new();
    for line in lines.take_while(|line| !is_section(line)).map(str::trim_end).filter(|line| !line.is_empty())
    {
        match (line.strip_prefix("- "), points.last_mut()) {
            (Some(point), _) => points.push(point.to_owned()),
            (None, Some(point)) if line.starts_with(' ') => {
                point.push(' ');
                point.push_str(line.trim_start());
            }
            (None, _) => points.push(line.to_owned()),
        }
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_points_of_a_version_are_found_with_their_continuations() {
        let text = "# orders\n\n## 1.1.0 (2026-01-02)\n\n- One\n  and more.\n- Two.\n\n## 1.0.0 (2026-01-01)\n\n- First.\n";
        assert_eq!(points(text, &Version::new(1, 1, 0)), ["One and more.", "Two."]);
        assert_eq!(points(text, &Version::new(1, 0, 0)), ["First."]);
        assert!(points(text, &Version::new(1, 1, 1)).is_empty());
    }
}
