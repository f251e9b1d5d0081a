//! `tamiz history export`: the runs that are kept, as files of two tables.

use std::path::PathBuf;

use arrow::array::RecordBatch;
use clap::{Args, ValueEnum};
use parquet::arrow::ArrowWriter;
use parquet::basic::{Compression, ZstdLevel};
use parquet::file::properties::WriterProperties;

use crate::cli::history::ask::Rows;
use crate::cli::history::which::Which;
use crate::cli::history::{Here, counted};
use crate::cli::print;
use crate::error::{Error, Exit};
use crate::history::{table, write_whole};
use crate::lang::Lang;

/// Write the tables `runs` and `results` to files.
///
/// They are called `runs` and `results`, with the ending of the format, and hold the columns that `tamiz history query --help`
/// lists. Files of those names are replaced, each whole.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  tamiz history export out --format parquet\n  tamiz history export out --format csv --suite ventas --since 90d"
)]
pub(super) struct Export {
    /// The folder to write to; it is made if it is not there.
    folder: PathBuf,
    /// The format.
    #[arg(long, value_enum)]
    format: Format,
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    here: Here,
}

/// The format of a table.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Parquet, compressed.
    Parquet,
    /// RFC 4180, with a head.
    Csv,
}

impl Export {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let history = match self.here.followed(Lang::En)? {
            Ok(history) => history,
            Err(exit) => return Ok(exit),
        };
        let mut past = history.select(&self.which.filter(None), true)?;
        past.reverse();
        let wrong = |error: arrow::error::ArrowError| Error::Render(error.to_string());
        for (name, batch) in
            [("runs", table::runs(&past).map_err(wrong)?), ("results", table::results(&past).map_err(wrong)?)]
        {
            let (end, bytes) = match self.format {
                Format::Parquet => ("parquet", parquet(&batch).map_err(|error| Error::Render(error.to_string()))?),
                Format::Csv => ("csv", Rows::of(&batch).csv().into_bytes()),
            };
            let path = self.folder.join(format!("{name}.{end}"));
            write_whole(&path, &bytes, false)?;
            let rows = counted(Lang::En, batch.num_rows() as u64, ("row", ""), ("rows", ""));
            print(&format!("{} ({rows})\n", path.display()))?;
        }
        Ok(Exit::Passed)
    }
}

fn parquet(batch: &RecordBatch) -> Result<Vec<u8>, parquet::errors::ParquetError> {
    let how = WriterProperties::builder().set_compression(Compression::ZSTD(ZstdLevel::default())).build();
    let mut writer = ArrowWriter::try_new(Vec::new(), batch.schema(), Some(how))?;
    writer.write(batch)?;
    writer.into_inner()
}
