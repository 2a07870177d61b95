//! Where processes run, and networks of a run's own that can be cut.

mod host;

pub use host::Host;
