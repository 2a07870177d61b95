//! The partition of a key.

/// The partition to which Kafka's Java client sends a record with this key.
///
/// That is `Utils.toPositive(Utils.murmur2(key)) % partitions`: the hash of the key's bytes with the sign bit cleared,
/// modulo the number of partitions (`org.apache.kafka.clients.producer`: `DefaultPartitioner`, since Kafka 3.3
/// `BuiltInPartitioner.partitionForKey`). librdkafka does the same with `partitioner=murmur2_random`, which is not its
/// default. 0 if there are no partitions.
///
/// A key has one partition as long as the topic has as many: after an increase its older records stay where they are.
///
/// ```
/// use tiltak_schema::partition::partition_of;
///
/// assert_eq!(partition_of("59a64a02-efdd-471d-9529-356ff5553a5d", 2), 0);
/// ```
pub fn partition_of(key: impl AsRef<[u8]>, partitions: i32) -> i32 {
    let positive = murmur2(key.as_ref()) & 0x7fff_ffff;
    i32::try_from(positive).ok().and_then(|hash| hash.checked_rem(partitions)).unwrap_or(0)
}

/// MurmurHash2 of 32 bits (Appleby 2008) with the seed of Kafka's `org.apache.kafka.common.utils.Utils.murmur2`.
///
/// ```
/// use tiltak_schema::partition::murmur2;
///
/// // From the tests of Kafka, where the hash is a signed integer.
/// assert_eq!(murmur2(b"foobar").cast_signed(), -790_332_482);
/// ```
pub fn murmur2(bytes: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const MULTIPLIER: u32 = 0x5bd1_e995;
    const SHIFT: u32 = 24;

    // The algorithm takes the length modulo 2^32.
    let mut hash = SEED ^ u32::try_from(bytes.len() & 0xffff_ffff).unwrap_or(0);
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        let mut word = u32::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        word = (word ^ (word >> SHIFT)).wrapping_mul(MULTIPLIER);
        hash = hash.wrapping_mul(MULTIPLIER) ^ word;
    }
    if !rest.is_empty() {
        let tail = rest.iter().rev().fold(0_u32, |tail, byte| (tail << 8) | u32::from(*byte));
        hash = (hash ^ tail).wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 15)
}

#[cfg(test)]
mod tests {
    use super::{murmur2, partition_of};

    #[test]
    fn the_hash_is_that_of_the_java_client() {
        // The values of Kafka's own test of its hash (`UtilsTest.testMurmur2`).
        for (text, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(text.as_bytes()).cast_signed(), hash, "{text}");
        }
    }

    #[test]
    fn the_hash_is_that_of_librdkafka() {
        // The values of librdkafka's own test of its hash (`rdmurmur2.c`), a key of every length modulo 4 among them.
        for (text, hash) in [
            ("kafka", 0xd067_cf64),
            ("giberish123456789", 0x8f55_2b0c),
            ("1234", 0x9fc9_7b14),
            ("234", 0xe7c0_09ca),
            ("34", 0x8739_30da),
            ("4", 0x5a4b_5ca1),
            ("", 0x106e_08d9),
        ] {
            assert_eq!(murmur2(text.as_bytes()), hash, "{text}");
        }
    }

    #[test]
    fn a_negative_hash_is_made_positive_by_clearing_the_sign_bit_and_not_by_negating() {
        // -973932308 is 1173551340 without its sign bit.
        assert_eq!(partition_of("21", 1000), 340);
        assert_eq!(partition_of("21", 7), 1_173_551_340 % 7);
    }

    #[test]
    fn without_partitions_a_key_is_on_the_first() {
        assert_eq!(partition_of("21", 0), 0);
    }
}
