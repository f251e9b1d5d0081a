//! Whether the reader of suites takes a rule: a trial before it is written.
//!
//! An importer that translates by form alone cannot know whether SQL of another tool, a pattern or a name is read here. The
//! reader knows, so it is asked, with the datasets and columns of the draft around the rule.

use std::path::Path;

use crate::import::draft::{Draft, Rule};
use crate::import::write;
use crate::suite;

/// Why the reader refuses a rule, if it does: the message of its first diagnostic.
pub(super) fn fault(draft: &Draft, dataset: &str, column: Option<&str>, rule: &Rule) -> Option<String> {
    let mut trial = draft.clone();
    for dataset in trial.datasets.values_mut() {
        dataset.rules.clear();
        dataset.columns.values_mut().for_each(|column| column.rules.clear());
    }
    trial.dataset(dataset).expect(column, rule.clone());
    let text = write::write(&trial);
    let none = |_: &Path| Err(std::io::ErrorKind::NotFound.into());
    let request = suite::Request {
        path: Path::new("trial.yaml"),
        text,
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: 0,
        read: &none,
    };
    suite::read(request).err().and_then(|mistakes| mistakes.into_iter().next()).map(|mistake| mistake.message)
}
