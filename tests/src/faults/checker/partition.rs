//! The check that each record is on the partition that the Java client gives its key.

use super::Verdict;
use crate::faults::record::OnTopic;

/// The partitions of each of the four topics (`schema/WIRE.md`, section 1).
const PARTITIONS: i32 = 2;

/// Looks for records on a wrong partition.
pub(super) fn check(records: &[OnTopic], verdict: &mut Verdict) {
    for record in records {
        if record.partition != partition_of(record.key.as_bytes()) {
            verdict.count(|it| &mut it.misplaced, || format!("misplaced: {}", super::place(record)));
        }
    }
}

/// The partition that the Java client gives a key: Kafka's `Utils.toPositive(Utils.murmur2(key)) % partitions`. The checker has
/// its own implementation, because it shares no code with the product.
pub(super) fn partition_of(key: &[u8]) -> i32 {
    i32::from_ne_bytes((murmur2(key) & 0x7fff_ffff).to_ne_bytes()) % PARTITIONS
}

/// MurmurHash2 with Kafka's seed (`org.apache.kafka.common.utils.Utils.murmur2`).
fn murmur2(data: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const M: u32 = 0x5bd1_e995;
    let length = u32::try_from(data.len()).unwrap_or(u32::MAX);
    let (words, rest) = data.as_chunks::<4>();
    let mut hash = words.iter().fold(SEED ^ length, |hash, word| {
        let word = u32::from_le_bytes(*word).wrapping_mul(M);
        hash.wrapping_mul(M) ^ (word ^ (word >> 24)).wrapping_mul(M)
    });
    for (place, byte) in rest.iter().enumerate().rev() {
        hash ^= u32::from(*byte) << (8 * place);
    }
    if !rest.is_empty() {
        hash = hash.wrapping_mul(M);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(M);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_the_one_of_the_java_client() {
        // The cases of Kafka's own UtilsTest.
        let cases: [(&str, i32); 5] = [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
        ];
        for (text, expected) in cases {
            assert_eq!(i32::from_ne_bytes(murmur2(text.as_bytes()).to_ne_bytes()), expected, "{text}");
        }
    }
}
