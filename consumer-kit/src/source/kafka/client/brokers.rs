//! Clients that have lost all of their brokers.
//!
//! While the brokers of a cluster are let in again after they hung, one may answer that there are none. The library then
//! forgets those that it knows, and asks nobody any more (librdkafka's issue 5301, in 2.10.0 to 2.15.0).

use std::ffi::CString;

use rdkafka::bindings::{rd_kafka_brokers_add, rd_kafka_brokers_learned_ids, rd_kafka_mem_free};
use rdkafka::client::{Client, ClientContext};

/// Gives a client the brokers of its connection again, if it knows no others.
pub(crate) fn restore_brokers<C: ClientContext>(client: &Client<C>, brokers: &str) {
    let native = client.native_ptr();
    let mut count = 0;
    // SAFETY: the client is alive. What is returned is null or an array, to be freed by the caller.
    unsafe {
        let ids = rd_kafka_brokers_learned_ids(native, &raw mut count);
        if !ids.is_null() {
            rd_kafka_mem_free(native, ids.cast());
        }
    }
    if count == 0
        && let Ok(brokers) = CString::new(brokers)
    {
        // SAFETY: the client is alive, and the text ends with a zero. It is copied.
        unsafe { rd_kafka_brokers_add(native, brokers.as_ptr()) };
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};
    use std::time::Duration;

    use super::super::Client;
    use crate::connection::Connection;

    const TOPIC: &str = "my-topic";

    /// A broker that knows two requests of Kafka's protocol, and may say that there are no brokers.
    struct Broker {
        port: u16,
        is_empty: Arc<AtomicBool>,
    }

    impl Broker {
        fn start() -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let (port, is_empty) = (listener.local_addr().unwrap().port(), Arc::new(AtomicBool::new(false)));
            let told = Arc::clone(&is_empty);
            std::thread::spawn(move || {
                for stream in listener.incoming().map_while(Result::ok) {
                    let told = Arc::clone(&told);
                    std::thread::spawn(move || while answer(&stream, port, &told).is_ok() {});
                }
            });
            Self { port, is_empty }
        }
    }

    fn answer(mut stream: &TcpStream, port: u16, is_empty: &AtomicBool) -> std::io::Result<()> {
        let mut size = [0; 4];
        stream.read_exact(&mut size)?;
        let mut request = vec![0; usize::try_from(u32::from_be_bytes(size)).unwrap()];
        stream.read_exact(&mut request)?;
        let (key, version) = (request[..2].to_vec(), request[2..4].to_vec());
        let mut body = request[4..8].to_vec();
        match (key.as_slice(), version.as_slice()) {
            // ApiVersions: only version 0, with Metadata up to 2. UNSUPPORTED_VERSION for all others.
            ([0, 18], version) => {
                body.extend(if version == [0, 0] { [0, 0] } else { [0, 35] });
                body.extend(2_i32.to_be_bytes());
                body.extend([0, 3, 0, 0, 0, 2, 0, 18, 0, 0, 0, 0]);
            }
            // Metadata, version 2: brokers; cluster and controller; topics with their partitions.
            ([0, 3], [0, 2]) => {
                let text = |text: &str| [&[0, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat();
                let is_empty = is_empty.load(Ordering::SeqCst);
                body.extend(i32::from(!is_empty).to_be_bytes());
                if !is_empty {
                    body.extend(1_i32.to_be_bytes());
                    body.extend(text("127.0.0.1"));
                    body.extend(i32::from(port).to_be_bytes());
                    body.extend((-1_i16).to_be_bytes());
                }
                let leader: i32 = if is_empty { -1 } else { 1 };
                body.extend(text("cluster"));
                body.extend(leader.to_be_bytes());
                body.extend([0, 0, 0, 1, 0, 0]);
                body.extend(text(TOPIC));
                body.extend([0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
                body.extend(leader.to_be_bytes());
                body.extend([0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0]);
            }
            other => panic!("{other:?}"),
        }
        stream.write_all(&u32::try_from(body.len()).unwrap().to_be_bytes())?;
        stream.write_all(&body)
    }

    #[test]
    fn a_client_that_was_told_of_no_brokers_comes_back_when_there_are_some() {
        let broker = Broker::start();
        let client = Client::new(&Connection::new(format!("127.0.0.1:{}", broker.port)), TOPIC).unwrap();
        let ask = || client.any_broker(Duration::from_secs(5)).map_err(|error| error.reason);
        assert_eq!(ask(), Ok(1));

        broker.is_empty.store(true, Ordering::SeqCst);
        // The broker answers, and is forgotten.
        assert_eq!(ask(), Ok(1));
        broker.is_empty.store(false, Ordering::SeqCst);

        assert_eq!(ask(), Ok(1));
    }
}
