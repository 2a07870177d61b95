//! Records that a topic would not take are refused before they are made, with their size and the limit.

use rdkafka::admin::{AdminOptions, AlterConfig, ResourceSpecifier};
use tempfile::TempDir;
use tiltak_producer::{AvtaleDetails, GjennomforingDetails};

use super::killed::Process;
use super::*;

const V2: &str = SisteTiltaksgjennomforingerV2::NAME;
/// Kafka's default of `max.message.bytes`.
const DEFAULT: &str = "1048588";

/// Sends the details of an entity with another name, and gives status and body of the answer.
async fn rename(http: &Http, path: &str, details: &impl serde::Serialize, length: usize) -> (u16, String) {
    let mut details = serde_json::to_value(details).unwrap();
    details["navn"] = json!("x".repeat(length));
    let headers = format!("authorization: Bearer {TOKEN}\r\n");
    http.send("PUT", path, &headers, &details.to_string()).await
}

/// What is said of a record that is too large, in a database that has room for it.
async fn names_of_any_length(http: &Http, store: &Store, gjennomforing: &Gjennomforing) {
    http.until_relay("publishing").await;
    let details = GjennomforingDetails::of(gjennomforing).unwrap();
    let avtale = gjennomforing.avtale.unwrap();
    let avtale = store.begin().await.unwrap().avtale(avtale).await.unwrap().unwrap();
    let avtale_details = AvtaleDetails::of(&avtale);
    let one = format!("/gjennomforinger/{}", gjennomforing.id);
    let other = format!("/avtaler/{}", avtale.id);
    let refused = |(status, text): (u16, String)| {
        assert_eq!(status, 422, "{text}");
        assert!(text.contains("max.message.bytes") && text.contains(DEFAULT), "{text}");
        assert!(!text.contains("xxxx"), "it quotes no value: {text}");
    };

    let (status, text) = rename(http, &one, &details, 1_000_100).await;
    assert_eq!(status, 200, "the topic takes it: {text}");
    refused(rename(http, &one, &details, 1_048_100).await);
    // Each alone is taken, and both are in one record.
    assert_eq!(rename(http, &one, &details, 600_000).await.0, 200);
    refused(rename(http, &other, &avtale_details, 600_000).await);
    assert_eq!(rename(http, &one, &details, 20).await.0, 200);
    let (status, text) = rename(http, &other, &avtale_details, 600_000).await;
    assert_eq!(status, 200, "{text}");
    refused(rename(http, &one, &details, 600_000).await);

    http.until_measured("tiltak_producer_outbox_pending_records 0").await;
    let status = http.status().await;
    assert_eq!((&status["relay"]["state"], &status["parkedChanges"]), (&json!("publishing"), &json!(0)));
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_too_long_for_a_record_are_refused_on_postgres() {
    let setup = Setup::new().await;
    setup.cluster.create_topics().await.unwrap();
    let serving = setup.serve().await;
    let store = Store::connect(&Location::from(setup.database.url().as_str())).await.unwrap();
    names_of_any_length(&serving, &store, &setup.gjennomforing).await;
    store.close().await;
    serving.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn names_that_are_too_long_for_a_record_are_refused_on_sqlite() {
    let folder: TempDir = tempfile::tempdir().unwrap();
    let location = Location::from(folder.path().join("tiltak.db").as_path());
    let gjennomforing = seeded(&location).await;
    let cluster = Cluster::new(shared().bootstrap_servers()).with_prefix(format!("{}-", topic_name("large")));
    cluster.create_topics().await.unwrap();
    let serving = Serving::start(config(location.clone(), cluster)).await;
    let store = Store::connect(&location).await.unwrap();
    names_of_any_length(&serving, &store, &gjennomforing).await;
    store.close().await;
    serving.stop().await;
}

/// In processes of their own: a process learns the limits of one cluster.
#[tokio::test(flavor = "multi_thread")]
async fn the_limit_is_that_of_the_topic_for_the_one_that_publishes_and_for_the_one_that_stands_by() {
    let setup = Setup::new().await;
    setup.cluster.create_topics().await.unwrap();
    let topic = setup.cluster.topic(V2);
    let settings = AlterConfig::new(ResourceSpecifier::Topic(&topic))
        .set("cleanup.policy", "compact")
        .set("max.message.bytes", "2000");
    let options = AdminOptions::new().request_timeout(Some(LIMIT));
    shared().admin().alter_configs(&[settings], &options).await.unwrap()[0].as_ref().unwrap();

    let url = setup.database.url();
    let first = Process::start(&url, &setup.cluster, &setup.prefix).await;
    first.http.until_relay("publishing").await;
    let second = Process::start(&url, &setup.cluster, &setup.prefix).await;
    second.http.until_relay("standing-by").await;
    let details = GjennomforingDetails::of(&setup.gjennomforing).unwrap();
    let path = format!("/gjennomforinger/{}", setup.gjennomforing.id);
    for process in [&first, &second] {
        // Until it knows; letters that are all the same are taken, since they are compressed.
        until(async || {
            let (status, text) = rename(&process.http, &path, &details, 3_000).await;
            assert!(status == 200 || text.contains("the topic takes 2000"), "{status}: {text}");
            (status == 422).then_some(())
        })
        .await;
        assert_eq!(rename(&process.http, &path, &details, 20).await.0, 200);
    }
    first.http.until_measured("tiltak_producer_outbox_pending_records 0").await;
    assert_eq!(first.http.status().await["parkedChanges"], 0);
}
