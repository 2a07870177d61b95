//! The output folder of the site.

use std::collections::BTreeSet;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail, ensure};

/// The marker file: it shows that this command wrote the folder, and lists the other files, one path a line.
const MARKER: &str = ".contracts-site";

/// A file of the site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// Its path in the folder, with `/`.
    pub path: String,
    /// The content of the file.
    pub text: String,
}

/// Writes a site to a folder that does not exist, is empty, or has only an earlier site. The files are written to a second folder, which
/// then replaces the first one. So no page is half-written or from another run.
///
/// # Errors
/// The folder has files that are not of a site, or a file cannot be written. The folder stays unchanged in both cases.
pub fn write(folder: &Path, pages: &[Page]) -> anyhow::Result<()> {
    // `folder` may end in `..` or be a link; what is replaced is what it leads to.
    let folder = match fs::canonicalize(folder) {
        Ok(folder) => folder,
        Err(error) if error.kind() == io::ErrorKind::NotFound => folder.to_owned(),
        Err(error) => return Err(error).with_context(|| format!("cannot look into {}", folder.display())),
    };
    refuse_other_files(&folder)?;
    let parent = match folder.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let beside = || {
        fs::create_dir_all(parent)?;
        let beside = tempfile::Builder::new().prefix(".contracts-site-").tempdir_in(parent)?;
        let new = beside.path().join("new");
        for page in pages {
            let path = new.join(&page.path);
            fs::create_dir_all(path.parent().unwrap_or(&new))?;
            fs::write(path, &page.text)?;
        }
        let paths: String = pages.iter().map(|page| page.path.clone() + "\n").collect();
        fs::write(new.join(MARKER), paths)?;
        replace(&folder, &new, &beside.path().join("old"))
    };
    beside().with_context(|| format!("cannot write {}", folder.display()))
}

/// Replaces the folder with `new`. If that fails, the folder stays unchanged.
fn replace(folder: &Path, new: &Path, old: &Path) -> io::Result<()> {
    if !folder.try_exists()? {
        return fs::rename(new, folder);
    }
    fs::rename(folder, old)?;
    fs::rename(new, folder).inspect_err(|_| {
        // The error that is told is the first one.
        let _ = fs::rename(old, folder);
    })
}

fn refuse_other_files(folder: &Path) -> anyhow::Result<()> {
    let shown = folder.display();
    if !folder.try_exists().with_context(|| format!("cannot look into {shown}"))? {
        return Ok(());
    }
    ensure!(folder.is_dir(), "{shown} is a file; name a folder with --out");
    let files = files_in(folder, Path::new("")).with_context(|| format!("cannot look into {shown}"))?;
    let marker = fs::read_to_string(folder.join(MARKER)).unwrap_or_default();
    let known: BTreeSet<PathBuf> = marker.lines().map(PathBuf::from).chain([MARKER.into()]).collect();
    if let Some(other) = files.iter().find(|path| !known.contains(*path)) {
        bail!(
            "{shown} has a file that is not of an earlier site, {}; name an empty or a new folder with --out",
            other.display()
        );
    }
    Ok(())
}

/// The files below a folder, by their relative paths. A symbolic link counts as a file.
fn files_in(root: &Path, inside: &Path) -> io::Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(root.join(inside))? {
        let entry = entry?;
        let path = inside.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            files.extend(files_in(root, &path)?);
        } else {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(path: &str) -> Page {
        Page { path: path.to_owned(), text: path.to_owned() }
    }

    #[test]
    fn a_site_takes_the_place_of_an_earlier_one_with_other_pages() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("a/site");
        write(&folder, &[page("index.html"), page("topic/a.html")]).unwrap();
        write(&folder, &[page("index.html"), page("topic/b.html")]).unwrap();
        let files = files_in(&folder, Path::new("")).unwrap();
        assert_eq!(files, [MARKER, "index.html", "topic/b.html"].map(PathBuf::from));
        assert_eq!(fs::read_dir(place.path().join("a")).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_folder_with_a_file_of_somebody_else_is_refused_and_stays() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("site");
        write(&folder, &[page("index.html")]).unwrap();
        fs::write(folder.join("CNAME"), "x").unwrap();
        let error = write(&folder, &[page("new.html")]).unwrap_err().to_string();
        assert!(error.contains("has a file that is not of an earlier site, CNAME; name an empty"), "{error}");
        assert!(folder.join("index.html").exists() && !folder.join("new.html").exists());
    }

    #[test]
    fn an_empty_folder_is_written_to_and_a_file_is_refused() {
        let place = tempfile::tempdir().unwrap();
        write(place.path(), &[page("index.html")]).unwrap();
        let file = place.path().join("index.html");
        let error = write(&file, &[]).unwrap_err().to_string();
        assert!(error.ends_with("is a file; name a folder with --out"), "{error}");
    }
}
