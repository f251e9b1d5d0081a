//! What more rules cost: 1, 10 and 100 of them on the same columns of one Parquet file, through the library.
//!
//! `cargo bench --bench rules`. A hundred rules should cost less than twice ten, for the rows are read once.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};

use arrow::array::{ArrayRef, Float64Array, Int64Array, RecordBatch, StringArray};
use parquet::arrow::ArrowWriter;
use tamiz::engine::Progress;
use tamiz::engine::remote::Settings;
use tamiz::ir::Severity;
use tamiz::mask::Policy;
use tamiz::record::Gate;
use tamiz::run::{self, Samples, World};
use tamiz::suite::{self, Suite};

const ROWS: i64 = 1_000_000;

static DATA: LazyLock<(tempfile::TempDir, PathBuf)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder for the data");
    let path = folder.path().join("rows.parquet");
    write(&path).expect("a file of rows");
    (folder, path)
});

fn main() {
    divan::main();
}

#[divan::bench(args = [1, 10, 100], sample_count = 10)]
fn rules(bencher: divan::Bencher<'_, '_>, count: usize) {
    let suite = suite_of(count, &DATA.1);
    bencher.bench(|| {
        let request = run::Request {
            earlier: None,
            states: None,
            suite: &suite,
            selected: &|_| true,
            selection: None,
            gate: Gate { fail_on: Some(Severity::Error), allow_empty: false, skip_code: None },
            samples: Samples::None,
            policy: Policy::Open,
            memory: None,
            distrust_statistics: false,
            progress: Arc::new(Progress::default()),
            quarantine: None,
            remote: Settings::default(),
        };
        run::run(&request, World { clock: &|| 0, run: run::blank(&suite) })
    });
}

fn write(path: &Path) -> Result<(), Box<dyn std::error::Error>> {
    let id: ArrayRef = Arc::new((0..ROWS).collect::<Int64Array>());
    #[expect(clippy::cast_precision_loss, reason = "any float will do")]
    let price: ArrayRef = Arc::new((0..ROWS).map(|row| (row % 1000) as f64 / 8.0).collect::<Float64Array>());
    let words = ["alfa", "beta", "gamma", "delta"];
    let word: ArrayRef =
        Arc::new(StringArray::from_iter_values((0..ROWS).zip(words.iter().cycle()).map(|(_, word)| word)));
    let batch = RecordBatch::try_from_iter([("id", id), ("price", price), ("word", word)])?;
    let mut writer = ArrowWriter::try_new(File::create(path)?, batch.schema(), None)?;
    writer.write(&batch)?;
    writer.close()?;
    Ok(())
}

/// A suite of so many different rules on three columns, all of which hold.
fn suite_of(count: usize, path: &Path) -> Suite {
    let mut text = format!("tamiz: 1\nsuite: bench\ndatasets:\n  rows:\n    source: {}\n    expect:\n", path.display());
    for rule in 0..count {
        text += &match rule % 4 {
            0 => format!(
                "      - between: {{column: id, min: {}, id: r{rule}}}\n",
                -1 - i64::try_from(rule).unwrap_or(0)
            ),
            1 => format!("      - between: {{column: price, max: {}, id: r{rule}}}\n", 125 + rule),
            2 => {
                format!("      - in_set: {{column: word, values: [alfa, beta, gamma, delta, w{rule}], id: r{rule}}}\n")
            }
            _ => format!("      - expression: {{sql: \"id + {rule} >= 0\", id: r{rule}}}\n"),
        };
    }
    let request = suite::Request {
        path: "bench.yaml".as_ref(),
        text,
        vars: &[],
        sources: &[],
        env: &|_| None,
        as_of: None,
        now: 0,
        read: &|path| std::fs::read_to_string(path),
    };
    match suite::read(request) {
        Ok(suite) => suite,
        Err(mistakes) => panic!("{mistakes:?}"),
    }
}
