//! The text of a record that could not be taken apart, to be kept beside the rows that could.

use std::fmt::Write as _;

use super::transcode;

/// Some bytes as text without the line end after them; a byte that is no character is written as `\xNN`.
///
/// Those that are `transcoded` stand for one of another encoding.
pub(super) fn text(bytes: &[u8], transcoded: bool) -> String {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        let original = transcode::original(chunk.invalid()).filter(|_| transcoded);
        for byte in original.as_ref().map_or(chunk.invalid(), std::slice::from_ref) {
            // Writing to a text does not fail.
            let _ = write!(text, "\\x{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_of_a_record_can_be_told_from_its_text() {
        assert_eq!(text(b"a,b\r\n", false), "a,b");
        assert_eq!(text(b"\"a\nb\n", false), "\"a\nb");
        assert_eq!(text("ñ,\u{0}\r".as_bytes(), false), "ñ,\u{0}");
        assert_eq!(text(b"Espa\xf1a,\xc3", false), "Espa\\xF1a,\\xC3");
        assert_eq!(text(b"a\xe3\x80,\xe1\x88", true), "a\\x80,\\x08");
    }
}
