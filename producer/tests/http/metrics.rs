//! `/metrics`.

use axum::body::Body;
use tiltak_producer::http;
use tiltak_producer::service::App;

use super::{Setup, ask, config};

#[tokio::test]
async fn the_metrics_say_what_waits_and_how_requests_were_answered() {
    let setup = Setup::new().await;
    let path = format!("/gjennomforinger/{}/apent-for-pamelding", setup.editable().await.id);
    setup.send("PUT", &path, r#"{"apent":false}"#).await;
    setup.send("GET", "/somewhere/else", Body::empty()).await;
    let metrics = ask(&setup.router, "GET", "/metrics", &[], Body::empty()).await;
    assert_eq!(metrics.header("content-type"), "text/plain; version=0.0.4; charset=utf-8");
    let waiting = setup.outbox().await.len();
    for line in [
        format!("tiltak_producer_outbox_pending_records {waiting}"),
        "tiltak_producer_parked_changes 0".to_owned(),
        "tiltak_producer_database_up 1".to_owned(),
        "tiltak_producer_checkpoint 0".to_owned(),
        "tiltak_producer_relay_publishing 0".to_owned(),
        "tiltak_producer_kafka_transaction_duration_seconds_count 0".to_owned(),
        "tiltak_producer_http_requests_total{method=\"PUT\",route=\"/gjennomforinger/{id}/apent-for-pamelding\",\
         status=\"200\"} 1"
            .to_owned(),
        "tiltak_producer_http_requests_total{method=\"GET\",route=\"none\",status=\"404\"} 1".to_owned(),
    ] {
        assert!(metrics.text.lines().any(|it| it == line), "{line}\n{}", metrics.text);
    }
    let oldest = metrics
        .text
        .lines()
        .find_map(|line| line.strip_prefix("tiltak_producer_outbox_oldest_pending_age_seconds "));
    assert!(oldest.unwrap().parse::<f64>().unwrap() > 0.0);
}

#[tokio::test]
async fn the_metrics_come_in_the_format_that_the_client_prefers() {
    let router = http::router(App::new(config("unused".into()).token));
    // What Prometheus 3 sends.
    let prometheus = "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.5,\
                      application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.2,*/*;q=0.1";
    for (accept, open_metrics) in [
        (prometheus, true),
        ("application/openmetrics-text", true),
        ("Application/OpenMetrics-Text; version=1.0.0, */*", true),
        ("text/plain;version=0.0.4;q=0.9, application/openmetrics-text;q=0.2", false),
        ("application/openmetrics-text;q=0", false),
        ("application/openmetrics-text; q=high", false),
        ("text/plain", false),
        ("*/*", false),
        ("", false),
    ] {
        let metrics = ask(&router, "GET", "/metrics", &[("accept", accept)], Body::empty()).await;
        let media = metrics.header("content-type").split(';').next().unwrap();
        assert_eq!(media == "application/openmetrics-text", open_metrics, "{accept}: {media}");
        assert_eq!(metrics.text.ends_with("# EOF\n"), open_metrics, "{accept}");
    }
}
