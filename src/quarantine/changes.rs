//! `changes.ndjson`: what repairs changed in the valid rows, an object a cell.
//!
//! Each names its row and source as the invalid rows do, the column, the text before and after as it may be shown, and the
//! repairs that changed it, in order. A row that a `dedupe` kept has an object without a column.

use std::io::Write as _;

use serde_json::json;

use crate::engine::local::Sifted;
use crate::outcome::{Fault, QuarantineFile, RepairCount, Text};
use crate::quarantine::Order;
use crate::quarantine::folder::{Folder, HashedFile, cannot_write};
use crate::quarantine::sheet::Sheet;

/// The changes of some rows: the lines of the log, and how many there are of each kind.
pub(super) struct Changes {
    lines: String,
    count: u64,
    kinds: Vec<(Option<String>, &'static str)>,
}

/// The log on its way.
pub(super) struct Log {
    file: HashedFile,
    count: u64,
    /// How often each repair of a column, or each `dedupe`, changed something, in the order of the columns.
    kinds: Vec<(Option<String>, &'static str, u64)>,
}

impl Changes {
    /// The changes of some rows as they may be shown.
    pub(super) fn of(sheet: &Sheet<'_>, sifted: &Sifted) -> Self {
        let mut changes = Self { lines: String::new(), count: 0, kinds: Vec::new() };
        for change in &sifted.changes {
            let text = |text: &Option<String>| match &change.column {
                Some(column) => sheet.text_shown(column, text.as_deref()),
                None => serde_json::Value::Null,
            };
            let line = json!({
                "row": sifted.first_row + change.row as u64,
                "line": sifted.lines.as_ref().and_then(|lines| lines.of(change.row)),
                "source": sheet.original.files[sifted.file],
                "column": change.column,
                "before": text(&change.before),
                "after": text(&change.after),
                "repair": change.repairs,
                "run_id": sheet.run,
            });
            changes.lines += &(line.to_string() + "\n");
            changes.count += 1;
            changes.kinds.extend(change.repairs.iter().map(|repair| (change.column.clone(), *repair)));
        }
        changes
    }
}

impl Log {
    /// Begins the log of a dataset that has repairs.
    pub(super) fn begin(folder: &Folder, order: &Order<'_>) -> Result<Option<Self>, Fault> {
        if order.sieve.remedy.is_none() {
            return Ok(None);
        }
        Ok(Some(Self { file: folder.file("changes.ndjson")?, count: 0, kinds: Vec::new() }))
    }

    pub(super) fn add(&mut self, changes: &Changes, order: &Order<'_>) -> Result<(), Fault> {
        self.file.write_all(changes.lines.as_bytes()).map_err(|error| cannot_write(order.to, &error))?;
        self.count += changes.count;
        for (column, repair) in &changes.kinds {
            match self.kinds.iter_mut().find(|(of, known, _)| of == column && known == repair) {
                Some((.., count)) => *count += 1,
                None => self.kinds.push((column.clone(), repair, 1)),
            }
        }
        Ok(())
    }

    /// Ends the log, and says what was repaired: columns in their order, then rows.
    pub(super) fn finish(
        mut self,
        sheet: &Sheet<'_>,
        order: &Order<'_>,
    ) -> Result<(QuarantineFile, Vec<RepairCount>), Fault> {
        let place =
            |column: &Option<String>| sheet.columns.iter().position(|known| Some(&known.name) == column.as_ref());
        self.kinds.sort_by_key(|(column, repair, _)| (place(column).unwrap_or(usize::MAX), *repair));
        let said = self.kinds.into_iter().map(|(column, repair, count)| RepairCount {
            sentence: sentence(order, column.as_deref(), repair),
            column,
            repair: repair.to_owned(),
            count,
        });
        let said = said.collect();
        Ok((self.file.finish(self.count)?, said))
    }
}

/// What a repair does, in words.
fn sentence(order: &Order<'_>, column: Option<&str>, repair: &str) -> Text {
    let Some(repairs) = order.repairs else { return Text::of(|_| repair.to_owned()) };
    Text::of(|lang| {
        let said: Vec<String> = match column {
            Some(column) => {
                let own = repairs.of(column).iter().filter(|known| known.name() == repair);
                own.map(|known| known.sentence(lang)).collect()
            }
            None => repairs.dedupe.iter().map(|dedupe| dedupe.sentence(lang)).collect(),
        };
        said.join("; ")
    })
}
