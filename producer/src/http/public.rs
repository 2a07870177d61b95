//! The paths that take no token: those of the platform.

pub(super) const ALIVE: &str = "/internal/isalive";
pub(super) const READY: &str = "/internal/isready";
pub(super) const METRICS: &str = "/metrics";
pub(super) const STATUS: &str = "/internal/status";

/// Whether a path takes no token.
pub(super) fn is_public(path: &str) -> bool {
    [ALIVE, READY, METRICS, STATUS].contains(&path)
}
