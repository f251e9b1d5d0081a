//! The one file in a zip archive, read as a stream.
//!
//! Folders, and files whose names start with `.` or `_` (or stand in `__MACOSX`), are no data. The stream ends well only
//! if it has the length and the checksum that the archive states. The name of an entry is only shown and looked at for its
//! ending: nothing is ever written under it. Passwords, and archives of several data files, are refused.

use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use zip::{CompressionMethod, ZipArchive};

/// How many entries an error names.
const NAMED: usize = 8;

/// Whether bytes that begin like this are a zip archive.
pub(super) fn is_zip(head: &[u8]) -> bool {
    head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06")
}

/// Whether an archive is a workbook of Excel or `LibreOffice`, by what is in it.
///
/// # Errors
/// If it cannot be read as an archive.
pub fn is_workbook(file: impl Read + Seek) -> io::Result<bool> {
    Ok(holds_workbook(&ZipArchive::new(file).map_err(broken)?))
}

/// The name of the one data file of an archive.
///
/// # Errors
/// If the archive cannot be read, or does not hold exactly one data file.
pub fn only_name(file: impl Read + Seek) -> io::Result<String> {
    let archive = ZipArchive::new(file).map_err(broken)?;
    Ok(only_entry(&archive)?.1)
}

/// The content of the one data file of an archive.
///
/// # Errors
/// If the archive cannot be read, does not hold exactly one data file, or holds it in a way that is not read.
pub(super) fn only_file<R: Read + Seek + Send + 'static>(file: R) -> io::Result<Box<dyn Read + Send>> {
    let mut archive = ZipArchive::new(file).map_err(broken)?;
    let (index, name) = only_entry(&archive)?;
    let entry = archive.by_index_raw(index).map_err(broken)?;
    if entry.encrypted() {
        return Err(io::Error::other(format!("its entry `{name}` is encrypted; no password is read")));
    }
    let start = entry.data_start().ok_or_else(|| io::Error::other(format!("its entry `{name}` went missing")))?;
    let stated = Stated { length: entry.size(), digest: entry.crc32() };
    let (compressed, method) = (entry.compressed_size(), entry.compression());
    drop(entry);
    let mut file = archive.into_inner();
    file.seek(SeekFrom::Start(start))?;
    let raw = BufReader::with_capacity(1 << 16, file.take(compressed));
    let content: Box<dyn Read + Send> = match method {
        CompressionMethod::STORE => Box::new(raw),
        CompressionMethod::DEFLATE => Box::new(flate2::bufread::DeflateDecoder::new(raw)),
        CompressionMethod::BZIP2 => Box::new(bzip2::bufread::BzDecoder::new(raw)),
        CompressionMethod::ZSTD => Box::new(zstd::stream::read::Decoder::with_buffer(raw)?),
        other => {
            let message = format!("its entry `{name}` is compressed in a way that is not read ({other})");
            return Err(io::Error::other(message));
        }
    };
    Ok(Box::new(Entry { content, read: 0, digest: flate2::Crc::new(), stated }))
}

fn holds_workbook<R: Read + Seek>(archive: &ZipArchive<R>) -> bool {
    let parts = ["xl/workbook.xml", "xl/workbook.bin", "content.xml"];
    parts.iter().any(|part| archive.index_for_name(part).is_some())
}

/// The number and the name of the one data file.
fn only_entry<R: Read + Seek>(archive: &ZipArchive<R>) -> io::Result<(usize, String)> {
    if holds_workbook(archive) {
        return Err(io::Error::other("it is a workbook; say `format: excel`"));
    }
    let mut found = Vec::new();
    for index in 0..archive.len() {
        let entry = archive.by_index_data(index).map_err(broken)?;
        let name = entry.name().map_err(broken)?.into_owned();
        if !entry.is_dir() && is_data(&name) {
            found.push((index, name));
        }
    }
    if archive.has_duplicate_names() {
        return Err(io::Error::other("its archive has two entries of one name; which is meant cannot be told"));
    }
    let all: Vec<&str> = found.iter().map(|(_, name)| name.as_str()).collect();
    match found.as_slice() {
        [only] => Ok(only.clone()),
        [] => Err(io::Error::other("its archive holds no data file")),
        [..] => {
            let more = if all.len() > NAMED { format!(", and {} more", all.len() - NAMED) } else { String::new() };
            let named = all.iter().take(NAMED).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            Err(io::Error::other(format!(
                "its archive holds {} files, and one is read: {named}{more}; unpack it, and name the files",
                all.len()
            )))
        }
    }
}

/// Whether an entry of a name is meant to be read, as files of a folder are.
fn is_data(name: &str) -> bool {
    let parts = Path::new(name).components().map(|part| part.as_os_str().to_string_lossy());
    parts.into_iter().all(|part| part == ".." || !part.starts_with(['.', '_']))
}

fn broken(error: impl std::fmt::Display) -> io::Error {
    io::Error::other(format!("its zip archive is broken or cut off ({error})"))
}

/// What an archive says of an entry.
struct Stated {
    length: u64,
    digest: u32,
}

/// An entry, held to what the archive says of it.
struct Entry {
    content: Box<dyn Read + Send>,
    read: u64,
    digest: flate2::Crc,
    stated: Stated,
}

impl Read for Entry {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.content.read(into)?;
        self.read += length as u64;
        self.digest.update(&into[..length]);
        let ends = length == 0 && !into.is_empty();
        if self.read > self.stated.length || (ends && self.read < self.stated.length) {
            let message = format!("an entry of {} bytes has {} or more", self.stated.length, self.read);
            return Err(io::Error::new(io::ErrorKind::InvalidData, message));
        }
        if ends && self.digest.sum() != self.stated.digest {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "an entry does not fit its checksum"));
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write};

    use super::*;

    fn zip(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in entries {
            let options = zip::write::SimpleFileOptions::default().compression_method(CompressionMethod::DEFLATE);
            writer.start_file(*name, options).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn read(bytes: &[u8]) -> Result<String, String> {
        let mut text = String::new();
        let mut content = only_file(Cursor::new(bytes.to_vec())).map_err(|error| error.to_string())?;
        content.read_to_string(&mut text).map_err(|error| error.to_string())?;
        Ok(text)
    }

    #[test]
    fn the_one_file_is_read_whatever_stands_beside_it() {
        let beside = zip(&[("data/", ""), ("data/a.csv", "x\n1\n"), ("__MACOSX/data/._a.csv", "?"), (".b", "?")]);
        assert_eq!(read(&beside).unwrap(), "x\n1\n");
        assert_eq!(only_name(Cursor::new(beside)).unwrap(), "data/a.csv");
        // A name that leads elsewhere is a name like others: nothing is written.
        assert_eq!(read(&zip(&[("../../etc/a.csv", "x\n1\n")])).unwrap(), "x\n1\n");
    }

    #[test]
    fn several_files_or_none_are_told() {
        let said = read(&zip(&[("a.csv", "x"), ("b.csv", "y")])).unwrap_err();
        assert_eq!(said, "its archive holds 2 files, and one is read: `a.csv`, `b.csv`; unpack it, and name the files");
        assert_eq!(read(&zip(&[])).unwrap_err(), "its archive holds no data file");
    }

    #[test]
    fn an_archive_cut_or_changed_anywhere_is_an_error() {
        let text = (0..2000_u32).fold(String::new(), |text, n| text + &format!("{}\n", n.wrapping_mul(2_654_435_761)));
        let whole = zip(&[("a.csv", &text)]);
        assert_eq!(read(&whole).unwrap(), text);
        for end in (0..whole.len()).step_by(97) {
            assert!(read(&whole[..end]).is_err(), "cut at {end}");
        }
        for place in (40..whole.len() / 2).step_by(211) {
            let mut changed = whole.clone();
            changed[place] ^= 0x10;
            assert!(read(&changed).is_err(), "changed at {place}");
        }
    }
}
