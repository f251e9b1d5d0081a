//! Any bytes as Parquet: the footer, the schema, and the first rows of each column; what a file says it has, it gives.

use arrow::array::Array;

use super::world::Disk;
use tamiz::engine::source::Place;
use tamiz::engine::source::parquet::{Error, File, Part};
use tamiz::ir::{Reading, Type};

/// How many parts of a file are read, and how many of its columns.
const PARTS: usize = 4;
const COLUMNS: usize = 12;

/// Reads any bytes.
pub(crate) fn hold(bytes: &[u8]) {
    let on_disk = Disk::holding(bytes);
    let Ok(file) = File::open(on_disk.path(), 0) else { return };
    let parts = file.all_parts();
    let row_groups: Vec<usize> = (0..file.row_groups().len()).collect();
    if parts.len() <= 1000 {
        let _ = file.parts(&row_groups, 3);
    }
    let columns = file.columns();
    let mut request = Vec::new();
    for (column, (name, family, stored)) in columns.iter().enumerate().take(COLUMNS) {
        assert!(!stored.is_empty());
        let _ = file.find(std::slice::from_ref(name));
        let place = Place { column, fields: Vec::new(), as_text: false };
        request.push((place.clone(), Reading::plain(family.unwrap_or(Type::String))));
        for row_group in row_groups.iter().copied().take(PARTS) {
            let _ = file.statistics(&place, row_group);
            if let Ok(Some(dictionary)) = file.dictionary(&place, row_group, 1 << 20) {
                assert_eq!(dictionary.null_count(), 0, "an entry of a dictionary is a value");
            }
        }
        request.push((place.clone(), Reading::as_stored()));
        if matches!(family, Some(Type::Object | Type::List)) {
            request.push((Place { as_text: true, ..place }, Reading::plain(Type::Json)));
        }
    }
    for part in parts.iter().copied().take(PARTS) {
        let _ = (read(&file, part, &[]), read(&file, part, &request));
        // One by one, so that a broken column hides no other; and a type that it has not.
        for (place, _) in request.iter().filter(|(_, reading)| reading.as_stored) {
            let as_said = [(place.clone(), Reading::as_stored())];
            let other = [(place.clone(), Reading::plain(Type::Date))];
            if read(&file, part, &as_said).is_ok() {
                let _ = read(&file, part, &other);
            }
        }
    }
}

/// Reads a part, at most so many of its batches.
fn read(file: &File, part: Part, request: &[(Place, Reading)]) -> Result<(), Option<Error>> {
    let mut next = None;
    let mut left = 8;
    file.read::<Stop>(part, request, |batch| {
        assert_eq!(batch.columns.len(), request.len());
        assert!(batch.columns.iter().all(|column| column.len() == batch.rows), "a column has a value for each row");
        assert!(next.is_none_or(|next| next == batch.first_row), "no row is skipped");
        next = Some(batch.first_row + batch.rows as u64);
        left -= 1;
        if left == 0 { Err(Stop(None)) } else { Ok(()) }
    })
    .map_err(|stop| stop.0)
}

struct Stop(Option<Error>);

impl From<Error> for Stop {
    fn from(error: Error) -> Self {
        Self(Some(error))
    }
}
