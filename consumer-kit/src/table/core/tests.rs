use super::enumeration::{Mutant, delivery_orders};

#[test]
fn what_is_shown_does_not_depend_on_the_order_of_delivery_restarts_or_compaction() {
    let found = delivery_orders(3, None, &|_, _| {});
    assert_eq!(found.examples, Vec::<String>::new());
    assert_eq!((found.logs, found.differences), (777, 0));
    assert!(found.orders > 5_000 && found.restarts > 20_000, "{found:?}");
}

#[test]
fn tombstones_that_are_forgotten_across_partitions_are_caught() {
    assert!(delivery_orders(2, Some(Mutant::ForgottenTombstone), &|_, _| {}).differences > 0);
}

#[test]
fn a_timestamp_that_decides_within_a_partition_is_caught() {
    assert!(delivery_orders(2, Some(Mutant::TimestampDecides), &|_, _| {}).differences > 0);
}
