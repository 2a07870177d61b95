//! Where the examples read from: `KAFKA_BROKERS` (default `localhost:9092`), and the option `--topic-prefix PREFIX`.

use tiltak_consumer_kit::Connection;

pub(crate) fn connection() -> Connection {
    let brokers = std::env::var("KAFKA_BROKERS").unwrap_or_else(|_| "localhost:9092".to_owned());
    let prefix = std::env::args().skip_while(|it| it != "--topic-prefix").nth(1);
    Connection::new(brokers).topic_prefix(prefix.unwrap_or_default())
}
