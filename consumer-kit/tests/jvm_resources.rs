//! The files that `tiltak-junit` feeds to readers on the JVM are what `tiltak-kit` makes now.
#![cfg(unix)]
#![expect(clippy::unwrap_used, reason = "the helpers of tests may fail as tests do")]

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The files below a folder, by their paths in it.
fn files(folder: &Path) -> BTreeMap<PathBuf, String> {
    let mut files = BTreeMap::new();
    for topic in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(topic).unwrap().map(|entry| entry.unwrap().path()) {
            let text = fs::read_to_string(&file).unwrap();
            files.insert(file.strip_prefix(folder).unwrap().to_owned(), text);
        }
    }
    files
}

#[test]
fn the_resources_of_tiltak_junit_are_what_the_kit_makes() {
    let junit = Path::new(env!("CARGO_MANIFEST_DIR")).join("jvm/junit");
    let made = tempfile::tempdir().unwrap();
    let (bin, resources) = (made.path().join("bin"), made.path().join("resources"));
    fs::create_dir_all(&bin).unwrap();
    symlink(env!("CARGO_BIN_EXE_tiltak-kit"), bin.join("tiltak-kit")).unwrap();
    let path = env::var_os("PATH").unwrap_or_default();
    let path = env::join_paths([bin].into_iter().chain(env::split_paths(&path))).unwrap();

    let script =
        Command::new("sh").arg(junit.join("resources.sh")).arg(&resources).env("PATH", path).output();

    let script = script.unwrap();
    assert!(script.status.success(), "{script:?}");
    let (made, committed) = (files(&resources), files(&junit.join("src/main/resources/no/nav/tiltak/junit")));
    assert_eq!(made.keys().collect::<Vec<_>>(), committed.keys().collect::<Vec<_>>());
    let differing: Vec<_> = made.iter().filter(|(name, text)| committed[*name] != **text).collect();
    let differing: Vec<_> = differing.into_iter().map(|(name, _)| name).collect();
    assert!(differing.is_empty(), "{differing:?}: run consumer-kit/jvm/junit/resources.sh");
    let bytes: usize = made.values().map(String::len).sum();
    assert!(bytes < 2_000_000, "{bytes} bytes are more than a team wants in its tests");
}

#[test]
fn the_code_that_teams_are_shown_is_one_that_is_compiled_and_run() {
    let jvm = Path::new(env!("CARGO_MANIFEST_DIR")).join("jvm");
    let readme = fs::read_to_string(jvm.join("junit/README.md")).unwrap();
    let test = jvm.join("mutants/src/test/kotlin/no/nav/tiltak/mutants/ReadmeTest.kt");
    let code = fs::read_to_string(test).unwrap();
    let (_, shown) = code.split_once("\n\n").unwrap();
    assert!(readme.contains(&format!("```kotlin\n{shown}```\n")), "junit/README.md and ReadmeTest.kt differ");
}
