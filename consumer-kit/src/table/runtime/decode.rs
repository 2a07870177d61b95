//! Decoding on all cores.

use std::sync::mpsc::channel;

use tiltak_schema::topic::Topic;

use crate::table::core::bootstrap::{Decoded, Pending, PendingRows, TOGETHER, fetch};
use crate::table::core::rows::Rows;

/// Fewer rows than this are decoded by one thread.
const FEW: usize = 1_000;
/// Values whose bytes are given back at once.
const BACK_AT_ONCE: usize = 256;

/// Decodes all of a partition's rows, on the cores there are. The bytes of each are given back as it is done. `empty` is
/// what the rows are put into.
pub(super) fn decode_all<T: Topic>(partition: i32, rows: PendingRows<T>, empty: &Rows<T>) -> Decoded<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    if cores == 1 || rows.len() < FEW {
        return decode_share::<T>(partition, rows.into_iter().collect(), empty.alike(), drop);
    }
    let share = rows.len().div_ceil(cores);
    let mut whole = empty.alike();
    whole.reserve(rows.len());
    let mut rest: Vec<_> = rows.into_iter().collect();
    let mut shares = Vec::new();
    while !rest.is_empty() {
        shares.push(rest.split_off(rest.len().saturating_sub(share)));
    }
    drop(rest);
    std::thread::scope(|scope| {
        let own = shares.pop().unwrap_or_default();
        let (done, undone) = channel();
        let threads: Vec<_> = shares
            .into_iter()
            .map(|share| {
                let done = done.clone();
                let done = move |bytes| drop(done.send(bytes));
                scope.spawn(move || decode_share::<T>(partition, share, empty.alike(), done))
            })
            .collect();
        drop(done);
        // Bytes are given back by the thread that they were made by: the other ones would wait for it, and it for them.
        let mut decoded = decode_share::<T>(partition, own, whole, |bytes| {
            drop(bytes);
            undone.try_iter().for_each(drop);
        });
        undone.into_iter().for_each(drop);
        for thread in threads {
            let other = thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            // Each key is in one share.
            decoded.rows.absorb(other.rows, |_| false);
            decoded.tombstones.extend(other.tombstones);
            decoded.undecodable.extend(other.undecodable);
        }
        decoded
    })
}

/// Decodes rows. `done` is given their bytes, some hundred at a time.
fn decode_share<T: Topic>(
    partition: i32,
    share: Vec<(T::Key, Pending)>,
    mut rows: Rows<T>,
    mut done: impl FnMut(Vec<Vec<u8>>),
) -> Decoded<T> {
    let mut bytes = Vec::with_capacity(BACK_AT_ONCE);
    rows.reserve(share.len());
    let mut decoded = Decoded::new(rows);
    let mut share = share.into_iter();
    while !share.as_slice().is_empty() {
        fetch(share.as_slice().iter().take(TOGETHER).map(|(_, pending)| pending));
        for (key, pending) in share.by_ref().take(TOGETHER) {
            bytes.extend(decoded.add(partition, key, pending));
        }
        if bytes.len() >= BACK_AT_ONCE {
            done(std::mem::replace(&mut bytes, Vec::with_capacity(BACK_AT_ONCE)));
        }
    }
    done(bytes);
    decoded
}
