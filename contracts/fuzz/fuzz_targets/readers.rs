//! The text of a reader's declaration: it is read or refused in words, and what it says of a contract is never a panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use serde_json::json;
use tiltak_contracts::reader::Declarations;

fuzz_target!(|text: &str| {
    match Declarations::parse([("app", text)]) {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(readers) => {
            let contract = json!({
                "type": "object", "required": ["id", "status"],
                "properties": {"id": {"type": "string"}, "status": {"enum": ["A", "B"]}, "tall": {"type": "integer"}}
            });
            for topic in tiltak_schema::topics() {
                readers.breakages(topic.name, Some(&contract), &contract);
            }
        }
    }
});
