//! The JSON log of a served process.

use serde_json::Value;

use super::Served;
use super::quoted_numbers::quoted_numbers;

#[test]
fn each_request_is_one_line_and_its_numbers_are_numbers() {
    let served = Served::start();
    served.send("PUT", "/arrangorer/974760673", r#"{"navn":"Ny AS"}"#);
    served.send("GET", "/nowhere", "");
    let log = served.stop();

    let answered: Vec<&Value> = log
        .iter()
        .filter(|line| line["message"] == "answered" && line["span"]["route"] != "/metrics")
        .collect();
    let requests: Vec<_> = answered.iter().map(|line| (&line["span"]["method"], &line["status"])).collect();
    assert_eq!(requests, [(&"PUT".into(), &204.into()), (&"GET".into(), &404.into())], "{answered:?}");
    for line in answered {
        assert!(line["duration_ms"].as_f64().unwrap() > 0.0, "{line}");
        assert_eq!(line["span"]["trace_id"].as_str().unwrap().len(), 32, "{line}");
    }
}

#[test]
fn no_line_of_the_log_has_a_number_in_quotes() {
    let served = Served::start();
    served.send("PUT", "/arrangorer/974760673", r#"{"navn":"Ny AS"}"#);
    let found: Vec<_> = served.stop().iter().flat_map(quoted_numbers).collect();
    assert!(found.is_empty(), "{found:#?}");
}
