//! The traits of commands and of the states that they are decided on, and the effects that they may have.

use super::CommandError;
use crate::domain::rules::BrokenRule;
use crate::domain::{Arrangor, Avtale, GjennomforingAggregate, Moment, Tiltakstype, Version};
use crate::store::Transaction;

/// A change of an entity, as data.
///
/// When you add a command: 1. write its type and its decision, 2. add it to the list in [`super`], which does not compile
/// without the other, 3. add an HTTP operation and a step of the property test of the laws: a test of each says so otherwise.
pub trait Command: Listed + Send + Sync {
    /// What the command does to an entity in this state at this moment. A pure function: no input or output.
    ///
    /// # Errors
    /// The rule that is broken.
    fn decide(&self, state: Self::Aggregate, now: Moment) -> Result<Effect, BrokenRule>;
}

/// A command in the list of all commands.
pub trait Listed {
    /// The name of the type.
    const NAME: &'static str;
    /// What the command is decided on.
    type Aggregate: Aggregate;

    /// Which aggregate is loaded.
    fn key(&self) -> <Self::Aggregate as Aggregate>::Key;
}

/// The state that a command is decided on.
pub trait Aggregate: Sized + Send {
    /// Which aggregate it is.
    type Key: Send;

    /// Loads the state and locks it until the end of the transaction.
    ///
    /// # Errors
    /// An entity that is not there, or one that is there and should be new; those of [`StoreError`](crate::StoreError).
    fn load(tx: &mut Transaction, key: Self::Key) -> impl Future<Output = Result<Self, CommandError>> + Send;

    /// The entity as the database has it.
    fn stored(&self) -> StoredEntity;
}

/// An entity as the database has it: kind, id and version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredEntity {
    /// The kind of entity, as a word for people.
    pub entity: &'static str,
    /// The id of the entity.
    pub id: String,
    /// The version of the entity; `None` if it is not stored.
    pub version: Option<Version>,
}

/// The effect of a command on the database and the topics.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// No effect: the stored entity, in this version, already is as the command wants it.
    Unchanged(Version),
    /// A gjennomføring is saved and published.
    PublishGjennomforing(Box<GjennomforingAggregate>),
    /// A gjennomføring is saved and published, and its kategorisering is saved or removed.
    PublishKategorisering(Box<GjennomforingAggregate>),
    /// A gjennomføring is saved; nothing that changed is on a topic.
    SaveGjennomforing(Box<GjennomforingAggregate>),
    /// A gjennomføring is removed, with tombstones.
    RemoveGjennomforing(Box<GjennomforingAggregate>),
    /// An avtale is saved and fans out later; refused if a gjennomføring under it could not be published then.
    PublishAvtale(Avtale),
    /// An avtale is saved and fans out later; nothing that changed is in a payload.
    FanOutAvtale(Avtale),
    /// An avtale is saved, and does not fan out.
    SaveAvtale(Avtale),
    /// A tiltakstype is saved; a relast publishes it.
    SaveTiltakstype(Tiltakstype),
    /// An arrangør is saved.
    SaveArrangor(Arrangor),
}

/// The list of all commands: what each is decided on, and by which key that is loaded.
macro_rules! commands {
    ($($aggregate:ty, $key:expr => { $($name:ident)* })*) => {
        /// The names of all commands.
        pub const COMMANDS: &[&str] = &[$($(stringify!($name)),*),*];

        $($(
            impl $crate::commands::Listed for $name {
                const NAME: &'static str = stringify!($name);
                type Aggregate = $aggregate;

                fn key(&self) -> <$aggregate as $crate::commands::Aggregate>::Key {
                    let key: fn(&Self) -> _ = $key;
                    key(self)
                }
            }
        )*)*
    };
}

pub(super) use commands;
