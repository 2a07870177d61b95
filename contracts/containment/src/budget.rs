//! How much is left of a search: steps and time.

use std::time::Instant;

/// Steps of a search.
const STEPS: usize = 300_000;

/// What a search may still cost.
#[derive(Debug)]
pub(crate) struct Budget {
    deadline: Instant,
    steps: usize,
}

impl Budget {
    pub(crate) fn new(deadline: Instant) -> Self {
        Self { deadline, steps: 0 }
    }

    /// Counts a step; the reason to give up, if a limit is passed.
    pub(crate) fn step(&mut self) -> Result<(), String> {
        self.steps += 1;
        if self.steps > STEPS {
            return Err(format!("more than {STEPS} steps"));
        }
        if self.steps.is_multiple_of(64) && Instant::now() >= self.deadline {
            return Err("the time limit".to_owned());
        }
        Ok(())
    }
}
