//! The text of a record that could not be taken apart, to be kept beside the rows that could.

use std::fmt::Write as _;

/// Some bytes as text without the line end after them; a byte that is no character is written as `\xNN`.
pub(super) fn text(bytes: &[u8]) -> String {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for byte in chunk.invalid() {
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
        assert_eq!(text(b"a,b\r\n"), "a,b");
        assert_eq!(text(b"\"a\nb\n"), "\"a\nb");
        assert_eq!(text("ñ,\u{0}\r".as_bytes()), "ñ,\u{0}");
        assert_eq!(text(b"Espa\xf1a,\xc3"), "Espa\\xF1a,\\xC3");
    }
}
