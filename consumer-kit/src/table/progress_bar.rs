//! A progress bar in the terminal.

use indicatif::{ProgressBar, ProgressStyle};
use tiltak_schema::topic::Topic;

use super::builder::TableBuilder;

const TEMPLATE: &str = "{msg} {wide_bar} {human_pos}/{human_len} {elapsed}";

impl<T: Topic> TableBuilder<T> {
    /// Shows a progress bar on standard error, if that is a terminal, until the table is ready. It replaces
    /// [`TableBuilder::on_progress`]. With the feature `progress-bar`.
    #[must_use]
    pub fn progress_bar(self) -> Self {
        let bar = ProgressBar::new(0).with_message(T::NAME);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        self.on_progress(move |progress| {
            bar.set_length(progress.target);
            bar.set_position(progress.done);
            if progress.ready {
                bar.finish_and_clear();
            }
        })
    }
}
