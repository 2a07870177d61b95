//! Random schemas and documents: the answer to a question about one document is the one of another implementation.

mod fuzz;
mod oracle;
mod schemas;

use oracle::Tally;
use schemas::{Dialect, Seeded};

/// Answers that may be unknown, in percent. A search that gives up more often proves less than it is said to.
const UNKNOWN: f64 = 3.0;

#[test]
fn one_document_is_contained_exactly_if_it_is_valid() {
    for dialect in Dialect::BOTH {
        let mut tally = Tally::default();
        for seed in 0..400 {
            oracle::ask(&mut Seeded(seed), dialect, &mut tally);
        }
        assert!(tally.wrong.is_empty(), "{dialect:?}: {}", tally.wrong.join("\n"));
        assert!(tally.unknown_percent() <= UNKNOWN, "{dialect:?}: {:.2} % unknown", tally.unknown_percent());
        assert!(tally.contained > 100 && tally.not_contained > 100, "{dialect:?}: {tally:?}");
    }
}
