//! Records as large as a broker takes.

use super::*;

#[tokio::test]
async fn a_value_of_100_megabytes_is_a_row_like_any_other() {
    const BYTES: usize = 100_000_000;
    let prefix = format!("{}-", topic_name("large"));
    let name = format!("{prefix}{}", SisteTiltakstyperV3::NAME);
    let settings = [("cleanup.policy", "compact"), ("max.message.bytes", "104000000")];
    shared().create_topic(&name, 1, &settings).await.unwrap();
    let topic = TestTopic { prefix, name };
    let [(large, value), (small, other)] = golden(2).try_into().unwrap();
    let mut row: serde_json::Value = serde_json::from_str(&value).unwrap();
    row["navn"] = "x".repeat(BYTES).into();
    let row = row.to_string();
    let producer: FutureProducer = client().set("message.max.bytes", "104000000").create().unwrap();
    let record = FutureRecord::to(&topic.name).key(&large).payload(&row);
    producer.send(record, LIMIT).await.unwrap();
    topic.send(NO_PARTITION, &small, Some(&other)).await;
    // One that has no form either does not stop those who pass over it.
    let bad = format!("[{row}]");
    let (bad_key, _) = golden(3).pop().unwrap();
    producer.send(FutureRecord::to(&topic.name).key(&bad_key).payload(&bad), LIMIT).await.unwrap();

    let start = Instant::now();
    let table = Table::<SisteTiltakstyperV3>::builder(topic.connection())
        .on_poison(OnPoison::Skip)
        .start()
        .await
        .unwrap();
    table.ready(LIMIT).await.unwrap();

    assert_eq!(table.len(), 2);
    assert_eq!(table.get(&id(&large)).unwrap().navn.len(), BYTES);
    assert_eq!(table.unreadable().into_keys().collect::<Vec<_>>(), [id(&bad_key)]);
    let error = Table::<SisteTiltakstyperV3>::builder(topic.connection()).start().await.unwrap();
    let error = error.ready(LIMIT).await.unwrap_err().to_string();
    assert!(error.contains("offset 2") && error.len() < 1_000, "{}", error.len());
    assert!(start.elapsed() < LIMIT);
}
