//! The resource enkeltplass, for creating and editing. It is read as a gjennomføring.

use super::gjennomforing::location;
use super::operation::{Operation, Operations};
use crate::commands::{CreateEnkeltplass, EditEnkeltplass};

pub(super) fn operations(all: Operations) -> Operations {
    all.create(Operation::post("/enkeltplasser", "Make an enkeltplass"), |new: &CreateEnkeltplass| {
        location(new.id)
    })
    .change(Operation::put("/enkeltplasser/{id}", "Change the details"), |id, details| {
        EditEnkeltplass { id, details }
    })
}
