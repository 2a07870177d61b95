//! The identity of the program that decodes a table's rows. A row that one program could decode may fail in another.

use tiltak_schema::topic::Topic;

/// Names this program, as its file was when it was written, and the type that values are decoded to. `None` if that is not
/// known, as when the file was replaced since.
#[cfg(target_os = "linux")]
pub(super) fn program<T: Topic>() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;

    // The time of a file's last change cannot be set, unlike that of its content.
    let file = std::fs::metadata(std::env::current_exe().ok()?).ok()?;
    Some(format!(
        "{:?} of {} {} {}.{:09} {}.{:09}",
        std::any::TypeId::of::<T>(),
        file.ino(),
        file.len(),
        file.mtime(),
        file.mtime_nsec(),
        file.ctime(),
        file.ctime_nsec(),
    ))
}

/// Elsewhere the path may lead to another file than the one that runs.
#[cfg(not(target_os = "linux"))]
pub(super) fn program<T: Topic>() -> Option<String> {
    None
}
