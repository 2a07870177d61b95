//! Decoding on all cores.

use std::sync::mpsc::channel;
use std::sync::{Mutex, PoisonError};

use tiltak_schema::topic::Topic;

use crate::table::core::bootstrap::{Decoded, Pending, PendingRows, TOGETHER, fetch};
use crate::table::core::rows::Rows;

/// Fewer rows than this are decoded by one thread.
const FEW: usize = 1_000;
/// Rows that a thread takes at once, and whose bytes are given back at once.
const SHARE: usize = 8 * TOGETHER;

/// Decodes all of a partition's rows, on the cores there are. The bytes of each are given back as it is done. `empty` is
/// what the rows are put into.
pub(super) fn decode_all<T: Topic>(partition: i32, rows: PendingRows<T>, empty: &Rows<T>) -> Decoded<T> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if rows.len() < FEW { 1 } else { cores };
    let mut whole = empty.alike();
    whole.reserve(rows.len());
    let each = rows.len() / threads;
    let rest = Mutex::new(rows.into_iter());
    // Each takes as much as it gets to: the one that gives the bytes back has less time to decode.
    let shares = || {
        std::iter::from_fn(|| {
            let mut rest = rest.lock().unwrap_or_else(PoisonError::into_inner);
            let share: Vec<_> = rest.by_ref().take(SHARE).collect();
            (!share.is_empty()).then_some(share)
        })
    };
    std::thread::scope(|scope| {
        let (done, undone) = channel();
        let threads: Vec<_> = (1..threads)
            .map(|_| {
                let done = done.clone();
                let done = move |bytes| drop(done.send(bytes));
                let mut own = empty.alike();
                own.reserve(each);
                scope.spawn(move || decode_shares::<T>(partition, shares(), own, done))
            })
            .collect();
        drop(done);
        // Bytes are given back by the thread that they were made by: the other ones would wait for it, and it for them.
        let mut decoded = decode_shares::<T>(partition, shares(), whole, |bytes| {
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

/// Decodes rows. `done` is given the bytes of each share.
fn decode_shares<T: Topic>(
    partition: i32,
    shares: impl Iterator<Item = Vec<(T::Key, Pending)>>,
    rows: Rows<T>,
    mut done: impl FnMut(Vec<Vec<u8>>),
) -> Decoded<T> {
    let mut decoded = Decoded::new(rows);
    for share in shares {
        let mut bytes = Vec::with_capacity(share.len());
        let mut share = share.into_iter();
        while !share.as_slice().is_empty() {
            fetch(share.as_slice().iter().take(TOGETHER).map(|(_, pending)| pending));
            for (key, pending) in share.by_ref().take(TOGETHER) {
                bytes.extend(decoded.add(partition, key, pending));
            }
        }
        done(bytes);
    }
    decoded
}
