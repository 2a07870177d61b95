//! The text of a `topic.toml`: it is read or refused in words, and never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tiltak_contracts::TopicFile;

fuzz_target!(|text: &str| {
    if let Err(error) = TopicFile::parse(text) {
        assert!(!error.to_string().is_empty());
    }
});
