//! What each change writes to the database, and which records it gives: a file an entity.

mod avtale;
mod enkeltplass;
mod fanout;
mod gjennomforing;
mod jobs;
mod kategorisering;
mod relast;
mod removal;
pub(crate) mod setup;
mod status;
mod tiltakstype;
mod unpublished;
mod versions;
