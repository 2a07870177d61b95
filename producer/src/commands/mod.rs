//! The commands of staff and operators, as data: one file for each kind, and one executor.
//!
//! [`CommandService`] executes a [`Command`] in one transaction. It loads the [`Aggregate`] and locks it, checks the
//! [`Precondition`], lets the command decide its [`Effect`], writes the effect with its records, and commits. After a
//! conflict it does all of this again. The records are built in the transaction, so a state that cannot be published
//! cannot be saved either.

mod aggregate;
mod arrangor;
mod avtale;
mod command;
mod enkeltplass;
mod error;
mod gjennomforing;
mod kategorisering;
mod precondition;
mod relast;
mod removal;
mod service;
mod status;
mod tiltakstype;
mod unpublished;

use crate::domain::{Avtale, GjennomforingAggregate};

pub use aggregate::{ArrangorSlot, AvtaleVacancy, EnkeltplassVacancy, GjennomforingVacancy, TiltakstypeSlot};
pub use arrangor::UpsertArrangor;
pub(crate) use avtale::due;
pub use avtale::{
    AvtaleDetails, CancelAvtale, CreateAvtale, EditAvtale, EditAvtalePersonvern, EditAvtalePrismodell,
    EditAvtaleVeilederinfo, EndAvtale, FANOUT_DELAY,
};
pub use command::{Aggregate, Command, Effect, Listed, StoredEntity};
pub use enkeltplass::{CreateEnkeltplass, EditEnkeltplass, EnkeltplassDetails};
pub use error::CommandError;
pub use gjennomforing::{
    CreateGjennomforing, EditGjennomforing, EditGjennomforingVeilederinfo, GjennomforingDetails,
    SetApentForPamelding, SetArenaData, SetStengt, SetTilgjengeligForArrangor,
};
pub use kategorisering::SetKategorisering;
pub use precondition::{Precondition, Versions};
pub use relast::Relast;
pub use removal::RemoveGjennomforing;
pub(crate) use service::BATCH;
pub use service::CommandService;
pub use status::{CancelGjennomforing, EndGjennomforing, ReopenGjennomforing};
pub use tiltakstype::{TiltakstypeDetails, UpsertTiltakstype};
pub use unpublished::{RemoveKontaktperson, SetPublisert, SetVentetid};

command::commands! {
    TiltakstypeSlot, |it| (it.id, it.details.tiltakskode) => { UpsertTiltakstype }
    ArrangorSlot, |it| it.organisasjonsnummer.clone() => { UpsertArrangor }
    AvtaleVacancy, |it| (it.id, it.tiltakstype) => { CreateAvtale }
    Avtale, |it| it.id => {
        EditAvtale EditAvtalePersonvern EditAvtaleVeilederinfo EditAvtalePrismodell CancelAvtale EndAvtale
    }
    GjennomforingVacancy, |it| (it.id, it.avtale) => { CreateGjennomforing }
    EnkeltplassVacancy, |it| (it.id, it.tiltakstype) => { CreateEnkeltplass }
    GjennomforingAggregate, |it| it.id => {
        EditGjennomforing EditGjennomforingVeilederinfo SetApentForPamelding SetStengt SetTilgjengeligForArrangor
        SetArenaData SetKategorisering EndGjennomforing CancelGjennomforing ReopenGjennomforing EditEnkeltplass
        SetPublisert SetVentetid RemoveKontaktperson RemoveGjennomforing
    }
}
