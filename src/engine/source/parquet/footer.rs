//! The footer of a file: weighed, and then decoded by the library.
//!
//! The library makes room for as many children of a column as a footer says, and goes as deep. What is neither in the bytes
//! of the footer nor within reason is refused before.

use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

use super::thrift::{Met, Structure, Thrift};
use crate::engine::source::input::Chunks;
use crate::engine::source::library;

/// Bytes behind the footer: its length and the mark of the format.
const TAIL: u64 = 8;

/// How deep columns may stand inside each other.
const DEEPEST: usize = 64;

/// Bytes of the longest value in a column whose values are all of one length.
const LONGEST: i64 = 16 << 20;

/// Reads the footer of a file.
///
/// # Errors
/// What is wrong with it, in words.
pub(super) fn read(file: &Chunks) -> Result<ParquetMetaData, String> {
    let size = file.len();
    let bytes = |start, length: u64| {
        let length = usize::try_from(length).map_err(|error| error.to_string())?;
        file.get_bytes(start, length).map_err(|error| error.to_string())
    };
    let before = size.checked_sub(TAIL).ok_or("it is too short to have a footer")?;
    let tail = bytes(before, TAIL)?;
    let (length, mark) = tail.split_first_chunk::<4>().ok_or("it is too short to have a footer")?;
    match mark {
        b"PAR1" => {}
        b"PARE" => return Err("its footer is encrypted".to_owned()),
        _ => return Err("it does not end with its footer, so its end is missing".to_owned()),
    }
    let length = u64::from(u32::from_le_bytes(*length));
    let start = before.checked_sub(length).ok_or("its footer is longer than the file")?;
    let footer = bytes(start, length)?;
    weigh(&footer).map_err(|error| format!("its footer is broken: {error}"))?;
    library::ask(|| ParquetMetaDataReader::decode_metadata(&footer))
}

/// One node of the schema, as the footer lists them: each before its children.
#[derive(Default)]
struct Element {
    /// The number of the physical type, and the length of its values.
    kind: i64,
    length: i64,
    children: i64,
}

/// The number of the physical type whose values are all of one length.
const FIXED_LENGTH: i64 = 7;

/// Refuses a footer that the library could not bear.
fn weigh(footer: &[u8]) -> Result<(), String> {
    let mut elements: Vec<Element> = Vec::new();
    Thrift::new(footer, footer.len() as u64).read(Structure::Footer, &mut |met| match met {
        Met::Structure(Structure::SchemaElement) => elements.push(Element::default()),
        Met::Number(Structure::SchemaElement, field, number) => {
            let Some(element) = elements.last_mut() else { return };
            match field {
                1 => element.kind = number,
                2 => element.length = number,
                5 => element.children = number,
                _ => {}
            }
        }
        _ => {}
    })?;
    // How many children are still to come, from the root inwards.
    let mut open = vec![1];
    for (index, element) in elements.iter().enumerate() {
        while open.last() == Some(&0) {
            open.pop();
        }
        *open.last_mut().ok_or("its schema has several roots")? -= 1;
        let left = i64::try_from(elements.len() - index - 1).unwrap_or(i64::MAX);
        if !(0..=left).contains(&element.children) {
            return Err(format!("its schema says {} children where {left} are left", element.children));
        }
        if element.children > 0 {
            open.push(element.children);
        }
        if open.len() > DEEPEST {
            return Err(format!("its columns stand more than {DEEPEST} deep inside each other"));
        }
        if element.kind == FIXED_LENGTH && element.length > LONGEST {
            return Err(format!("a column has values of {} bytes, more than {} MiB", element.length, LONGEST >> 20));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A footer whose schema has these numbers of children, one node after the other.
    fn schema(children: &[u8]) -> Vec<u8> {
        let nodes = children.iter().flat_map(|children| [0x48, 1, b'x', 0x15, children << 1, 0]);
        let length = u8::try_from(children.len()).unwrap();
        [0x15, 2, 0x19, 0xfc, length].into_iter().chain(nodes).chain([0]).collect()
    }

    #[test]
    fn a_schema_is_one_tree_of_what_it_lists() {
        assert_eq!(weigh(&schema(&[2, 0, 1, 0])), Ok(()));
        assert!(weigh(&schema(&[4, 0, 0])).unwrap_err().contains("4 children where 2 are left"));
        assert!(weigh(&schema(&[1, 0, 0])).unwrap_err().contains("several roots"));
        assert!(weigh(&schema(&[63; 1])).unwrap_err().contains("children"));
    }

    #[test]
    fn columns_stand_only_so_deep() {
        let deep = |levels: usize| weigh(&schema(&[vec![1; levels], vec![0]].concat()));
        assert_eq!(deep(DEEPEST - 1), Ok(()));
        assert!(deep(DEEPEST).unwrap_err().contains("deep"));
    }
}
