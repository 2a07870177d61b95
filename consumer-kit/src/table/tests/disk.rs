//! A disk that can be full, and that forgets what was not synced when its machine dies.

use std::io;
use std::sync::{Arc, Mutex};

use redb::StorageBackend;

#[derive(Debug, Clone, Default)]
pub(super) struct Disk(Arc<Mutex<Content>>);

#[derive(Debug, Default)]
struct Content {
    now: Vec<u8>,
    /// As it was at the last sync.
    synced: Vec<u8>,
    /// What was done since.
    since: Vec<Action>,
    is_full: bool,
}

#[derive(Debug, Clone)]
enum Action {
    Length(usize),
    Write(usize, Vec<u8>),
}

impl Action {
    fn apply(&self, to: &mut Vec<u8>) {
        match self {
            Self::Length(length) => to.resize(*length, 0),
            Self::Write(at, data) => {
                let end = at + data.len();
                if to.len() < end {
                    to.resize(end, 0);
                }
                to[*at..end].copy_from_slice(data);
            }
        }
    }
}

impl Disk {
    /// What is found after a crash: what was synced, and of what was done since then some, which `luck` decides.
    pub(super) fn after_crash(&self, mut luck: u64) -> Self {
        let content = self.0.lock().unwrap();
        let mut found = content.synced.clone();
        for action in &content.since {
            luck = luck.rotate_left(7).wrapping_mul(0x9e37_79b9_7f4a_7c15);
            if luck >> 63 == 1 {
                action.apply(&mut found);
            }
        }
        let content = Content { now: found.clone(), synced: found, ..Content::default() };
        Self(Arc::new(Mutex::new(content)))
    }

    pub(super) fn set_full(&self, is_full: bool) {
        self.0.lock().unwrap().is_full = is_full;
    }

    fn act(&self, action: Action) -> io::Result<()> {
        let mut content = self.0.lock().unwrap();
        if content.is_full {
            return Err(io::ErrorKind::StorageFull.into());
        }
        action.apply(&mut content.now);
        content.since.push(action);
        Ok(())
    }
}

fn place(it: u64) -> usize {
    usize::try_from(it).unwrap()
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        Ok(self.0.lock().unwrap().now.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let content = self.0.lock().unwrap();
        let from = content.now.get(place(offset)..place(offset) + out.len());
        out.copy_from_slice(from.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        self.act(Action::Length(place(len)))
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut content = self.0.lock().unwrap();
        let Content { synced, since, .. } = &mut *content;
        since.drain(..).for_each(|action| action.apply(synced));
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        self.act(Action::Write(place(offset), data.to_vec()))
    }
}
