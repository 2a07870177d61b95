//! `tiltak-producer import`: entities from a file of NDJSON.

use std::fs::File;
use std::io::{self, BufRead, BufReader, BufWriter, IsTerminal as _, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use indicatif::{ProgressBar, ProgressStyle};
use tiltak_producer::import::{Importer, Line, Lines, Options, Report};
use tiltak_producer::{CommandService, Store};
use tokio::sync::mpsc;

use crate::cli::Import;

/// Lines to a transaction.
const BATCH_LINES: usize = 300;
/// Bytes of lines to a transaction, about.
const BATCH_BYTES: usize = 8 << 20;
/// Some lines were refused, or not looked at any more.
const SOME_REFUSED: u8 = 1;
/// The import could not run, or not to its end.
const COULD_NOT_RUN: u8 = 2;

pub(crate) async fn run(import: Import) -> ExitCode {
    match import_all(&import).await {
        Ok(report) => {
            if report.refused > 0 || report.stopped {
                SOME_REFUSED.into()
            } else {
                ExitCode::SUCCESS
            }
        }
        Err(error) => {
            eprintln!("tiltak-producer: {error:#}");
            COULD_NOT_RUN.into()
        }
    }
}

async fn import_all(import: &Import) -> Result<Report> {
    let (input, length) = open(&import.file)?;
    let mut refused = import.refused.as_deref().map(|path| refused_file(path, &import.file)).transpose()?;
    let store = Store::connect(&import.database.database).await?;
    let Import { update, no_publish, dry_run, .. } = *import;
    let options = Options { update, publish: !no_publish, dry_run };
    let mut importer = Importer::new(CommandService::new(store.clone()), options, crate::now()?);
    let mut report = Report { dry_run, ..Report::default() };
    let bar = progress(length);
    let stop = crate::stop_signal()?;
    tokio::pin!(stop);
    let mut batches = batches(input);
    let outcome = loop {
        let batch = tokio::select! {
            // Else a fast reader would never let it be heard.
            biased;
            () = &mut stop => {
                report.stopped = true;
                break Ok(());
            }
            batch = batches.recv() => batch,
        };
        let Some(batch) = batch else { break Ok(()) };
        match take(&mut importer, batch, &mut report, import, refused.as_mut(), &bar).await {
            Ok(bytes) => bar.set_position(bytes),
            Err(error) => break Err(error),
        }
    };
    // What a dry run has looked at is undone before the database is closed.
    drop(importer);
    store.close().await;
    bar.finish_and_clear();
    if let Some((_, file)) = &mut refused {
        file.flush().context("the file of refused lines cannot be written")?;
    }
    if import.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        println!("{report}");
    }
    outcome.map(|()| report)
}

/// Takes a batch in, shows what is refused, and says how many bytes were read by then.
async fn take(
    importer: &mut Importer,
    batch: io::Result<Batch>,
    report: &mut Report,
    import: &Import,
    mut refused: Option<&mut (PathBuf, BufWriter<File>)>,
    bar: &ProgressBar,
) -> Result<u64> {
    let file = import.file.display();
    let Batch { lines, bytes_read } = batch.with_context(|| format!("{file}: cannot be read"))?;
    let after = report.last_line;
    let outcomes =
        importer.import(&lines).await.with_context(|| format!("{file}: stopped after line {after}"))?;
    for (line, outcome) in lines.iter().zip(&outcomes) {
        report.add(outcome);
        report.last_line = line.number;
        let Err(refusal) = outcome else { continue };
        bar.suspend(|| eprintln!("{file}:{}: {refusal}", line.number));
        if let (Some((path, refused)), Ok(text)) = (&mut refused, &line.text) {
            let written = refused.write_all(text).and_then(|()| refused.write_all(b"\n"));
            written.with_context(|| format!("{}: cannot be written", path.display()))?;
        }
    }
    Ok(bytes_read)
}

/// The input, and its length if that is known.
fn open(path: &Path) -> Result<(Box<dyn Read + Send>, Option<u64>)> {
    if path == Path::new("-") {
        return Ok((Box::new(io::stdin()), None));
    }
    let file = File::open(path).with_context(|| format!("{}: cannot be read", path.display()))?;
    let about = file.metadata().with_context(|| format!("{}: cannot be read", path.display()))?;
    ensure!(!about.is_dir(), "{}: is a folder, expected a file of NDJSON", path.display());
    Ok((Box::new(file), about.is_file().then_some(about.len())))
}

fn refused_file(path: &Path, input: &Path) -> Result<(PathBuf, BufWriter<File>)> {
    let same = match (path.canonicalize(), input.canonicalize()) {
        (Ok(path), Ok(input)) => path == input,
        _ => false,
    };
    ensure!(!same, "{}: --refused would overwrite the file that is imported", path.display());
    let file = File::create(path).with_context(|| format!("{}: cannot be written", path.display()))?;
    Ok((path.to_owned(), BufWriter::new(file)))
}

struct Batch {
    lines: Vec<Line>,
    bytes_read: u64,
}

/// The lines in batches, read by a thread of its own: input that does not come must not keep Ctrl-C waiting.
fn batches(input: Box<dyn Read + Send>) -> mpsc::Receiver<io::Result<Batch>> {
    let (sender, receiver) = mpsc::channel(1);
    std::thread::spawn(move || {
        let mut lines = Lines::new(BufReader::with_capacity(1 << 16, input));
        loop {
            let batch = batch(&mut lines);
            let is_end = match &batch {
                Ok(batch) => batch.lines.is_empty(),
                Err(_) => false,
            };
            let failed = batch.is_err();
            if is_end || sender.blocking_send(batch).is_err() || failed {
                return;
            }
        }
    });
    receiver
}

fn batch(lines: &mut Lines<impl BufRead>) -> io::Result<Batch> {
    let (mut batch, mut bytes) = (Vec::new(), 0);
    while batch.len() < BATCH_LINES && bytes < BATCH_BYTES {
        let Some(line) = lines.next_line()? else { break };
        bytes += line.text.as_ref().map_or(0, Vec::len);
        batch.push(line);
    }
    Ok(Batch { lines: batch, bytes_read: lines.bytes_read() })
}

fn progress(length: Option<u64>) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let (bar, template) = match length {
        Some(length) => (ProgressBar::new(length), "{bar:30} {bytes}/{total_bytes} {eta}"),
        None => (ProgressBar::new_spinner(), "{spinner} {bytes}"),
    };
    bar.with_style(ProgressStyle::with_template(template).unwrap_or(ProgressStyle::default_bar()))
}
