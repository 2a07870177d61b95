//! A topic in memory that the fixtures have filled. With a broker it would be `Connection::from_env()?`.

use tiltak_consumer_kit::MemoryLog;
use tiltak_consumer_kit::fixtures::{Fixture, Generator, partition_of};

pub(crate) fn filled<T: Fixture>(keys: u32, records: usize) -> Result<MemoryLog, Box<dyn std::error::Error>> {
    let log = MemoryLog::of::<T>();
    let partitions = i32::try_from(log.watermarks().len())?;
    for line in Generator::new(1).keys(keys).records::<T>().take(records) {
        let value = line.value.as_deref().map(str::as_bytes);
        log.append(partition_of(&line.key, partitions), line.key.as_bytes(), value)?;
    }
    Ok(log)
}
