//! Encodings of text by the labels people give them.
//!
//! The labels are those of the WHATWG Encoding Standard <https://encoding.spec.whatwg.org/#names-and-labels>, and the
//! spellings of Python: `latin-1`, `utf_8`, `utf-8-sig`. The tables are those of that standard too, but for two things that
//! a browser forgives and a check of data must not:
//!
//! * What is called ISO 8859 has no characters in the bytes 0x80 to 0x9F, as in that norm. WHATWG reads `latin-1` by the
//!   table of `windows-1252`, where 0x80 is `€`; where such a byte stands in a file that is said to be Latin-1, what was said
//!   is wrong, and the byte is an error.
//! * What is called ASCII has no characters from 0x80 on.
//!
//! How bytes become text is the matter of readers.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{UTF_8, UTF_16BE, UTF_16LE, WINDOWS_874, WINDOWS_1252, WINDOWS_1254};

/// An encoding of text that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Encoding {
    table: &'static encoding_rs::Encoding,
    only: Only,
}

/// Which bytes an encoding has characters for, of those of its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Only {
    All,
    Iso,
    Ascii,
    /// As `All`, in the order of bytes that the file turns out to be in.
    EitherOrder,
}

/// Labels that stand for ISO 8859 without saying so by its number or by the name Latin.
const ISO: [&str; 6] = ["l1", "l5", "cp819", "ibm819", "iso-ir-100", "iso-ir-148"];

impl Encoding {
    /// Names of encodings that people write, out of which a suggestion is made.
    pub const NAMES: [&str; 43] = [
        "utf-8",
        "utf-16",
        "utf-16le",
        "utf-16be",
        "latin-1",
        "latin-2",
        "latin-9",
        "us-ascii",
        "iso-8859-1",
        "iso-8859-2",
        "iso-8859-3",
        "iso-8859-4",
        "iso-8859-5",
        "iso-8859-6",
        "iso-8859-7",
        "iso-8859-8",
        "iso-8859-9",
        "iso-8859-10",
        "iso-8859-13",
        "iso-8859-14",
        "iso-8859-15",
        "iso-8859-16",
        "windows-1250",
        "windows-1251",
        "windows-1252",
        "windows-1253",
        "windows-1254",
        "windows-1255",
        "windows-1256",
        "windows-1257",
        "windows-1258",
        "windows-874",
        "cp1252",
        "macintosh",
        "ibm866",
        "koi8-r",
        "koi8-u",
        "gbk",
        "gb18030",
        "big5",
        "euc-jp",
        "shift_jis",
        "euc-kr",
    ];

    /// UTF-8.
    pub const UTF_8: Self = Self::of_table(UTF_8);

    /// UTF-16 with the low byte first.
    pub const UTF_16_LE: Self = Self::of_table(UTF_16LE);

    /// UTF-16 with the high byte first.
    pub const UTF_16_BE: Self = Self::of_table(UTF_16BE);

    /// An encoding whose every byte is read by a table of WHATWG.
    #[must_use]
    pub const fn of_table(table: &'static encoding_rs::Encoding) -> Self {
        Self { table, only: Only::All }
    }

    /// The encoding of a label, in letters of any case; none if no such encoding is read.
    #[must_use]
    pub fn of_label(label: &str) -> Option<Self> {
        let label = label.trim().to_ascii_lowercase();
        let plain = label.replace('_', "-").replace("latin-", "latin").replace("utf-16-", "utf-16");
        let plain = match plain.as_str() {
            "utf-8-sig" => "utf-8",
            "latin7" => "iso-8859-13",
            "latin8" => "iso-8859-14",
            "latin9" => "iso-8859-15",
            "latin10" => "iso-8859-16",
            plain => plain,
        };
        let (table, label) = [label.as_str(), plain].into_iter().find_map(|label| {
            encoding_rs::Encoding::for_label_no_replacement(label.as_bytes()).map(|table| (table, label))
        })?;
        let iso =
            ["iso-8859", "iso8859", "iso_8859", "latin", "csisolatin"].iter().any(|start| label.starts_with(start));
        let only = match label {
            "utf-16" => Only::EitherOrder,
            "ascii" | "us-ascii" | "ansi_x3.4-1968" => Only::Ascii,
            label if iso || ISO.contains(&label) => Only::Iso,
            _ => Only::All,
        };
        Some(Self { table, only })
    }

    /// The table of its characters.
    #[must_use]
    pub const fn table(self) -> &'static encoding_rs::Encoding {
        self.table
    }

    /// The bytes that a text begins with so that its order of bytes is known, where the name of the encoding does not say it.
    #[must_use]
    pub const fn mark(self) -> &'static [u8] {
        if self.is_of_either_order() { &[0xff, 0xfe] } else { &[] }
    }

    /// Writes a text in it, without a mark; UTF-16 of either order has the low byte first.
    ///
    /// # Errors
    /// The first character that it does not have.
    pub fn write(self, text: &str) -> Result<Cow<'_, [u8]>, char> {
        if self.table == UTF_16LE {
            return Ok(text.encode_utf16().flat_map(u16::to_le_bytes).collect());
        }
        if self.table == UTF_16BE {
            return Ok(text.encode_utf16().flat_map(u16::to_be_bytes).collect());
        }
        match self.table.encode(text) {
            (bytes, _, false) if !self.is_narrow() || bytes.iter().all(|byte| self.has(*byte)) => Ok(bytes),
            _ => Err(text.chars().find(|char| !self.spells(*char)).unwrap_or(char::REPLACEMENT_CHARACTER)),
        }
    }

    /// Whether it has a character.
    fn spells(self, char: char) -> bool {
        let mut buffer = [0; 4];
        let (bytes, _, missing) = self.table.encode(char.encode_utf8(&mut buffer));
        !missing && bytes.iter().all(|byte| self.has(*byte))
    }

    /// Whether a byte may stand in it, for all that is known without its neighbours.
    #[must_use]
    pub const fn has(self, byte: u8) -> bool {
        match self.only {
            Only::All | Only::EitherOrder => true,
            Only::Iso => !matches!(byte, 0x80..=0x9f),
            Only::Ascii => byte.is_ascii(),
        }
    }

    /// Whether it has fewer characters than its table.
    #[must_use]
    pub const fn is_narrow(self) -> bool {
        matches!(self.only, Only::Iso | Only::Ascii)
    }

    /// Whether the order of its bytes is not said.
    #[must_use]
    pub const fn is_of_either_order(self) -> bool {
        matches!(self.only, Only::EitherOrder)
    }

    /// Its name, in small letters.
    #[must_use]
    pub fn name(self) -> String {
        match self.only {
            Only::Ascii => "us-ascii".to_owned(),
            Only::EitherOrder => "utf-16".to_owned(),
            Only::Iso if self.table == WINDOWS_1252 => "iso-8859-1".to_owned(),
            Only::Iso if self.table == WINDOWS_1254 => "iso-8859-9".to_owned(),
            Only::Iso if self.table == WINDOWS_874 => "iso-8859-11".to_owned(),
            Only::Iso | Only::All => self.table.name().to_ascii_lowercase(),
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(label: &str) -> Option<String> {
        Encoding::of_label(label).map(Encoding::name)
    }

    #[test]
    fn a_label_is_that_of_whatwg_or_of_python() {
        for (label, wanted) in [
            ("utf-8", "utf-8"),
            ("UTF8", "utf-8"),
            ("utf_8", "utf-8"),
            ("utf-8-sig", "utf-8"),
            ("utf-16", "utf-16"),
            ("UTF-16LE", "utf-16le"),
            ("utf_16_be", "utf-16be"),
            ("latin-1", "iso-8859-1"),
            ("latin1", "iso-8859-1"),
            ("Latin_1", "iso-8859-1"),
            ("l1", "iso-8859-1"),
            ("iso-8859-1", "iso-8859-1"),
            ("iso8859_15", "iso-8859-15"),
            ("latin-9", "iso-8859-15"),
            ("latin5", "iso-8859-9"),
            ("cp1252", "windows-1252"),
            ("windows-1252", "windows-1252"),
            ("us-ascii", "us-ascii"),
            ("shift_jis", "shift_jis"),
            ("ISO_8859-7:1987", "iso-8859-7"),
        ] {
            assert_eq!(name(label).as_deref(), Some(wanted), "{label}");
        }
        for label in ["", "utf-32", "latin", "cp850", "iso-2022-kr", "replacement", "utf-7"] {
            assert_eq!(name(label), None, "{label}");
        }
    }

    #[test]
    fn what_is_called_iso_or_ascii_has_no_other_bytes() {
        let has = |label: &str, byte| Encoding::of_label(label).unwrap().has(byte);
        assert!(has("cp1252", 0x80) && has("windows-1252", 0x9f) && has("utf-8", 0x80));
        assert!(!has("latin-1", 0x80) && !has("iso-8859-15", 0x9f) && !has("latin5", 0x85));
        assert!(has("latin-1", 0xa0) && has("latin-1", 0x7f) && has("iso-ir-100", 0xff));
        assert!(!has("ascii", 0x80) && has("ascii", 0x7f));
    }

    #[test]
    fn text_is_written_as_it_was_read_or_not_at_all() {
        let write = |label: &str, text: &str| Encoding::of_label(label).unwrap().write(text).map(Cow::into_owned);
        assert_eq!(write("utf-8", "a€").unwrap(), "a€".as_bytes());
        assert_eq!(write("windows-1252", "a€ñ").unwrap(), [b'a', 0x80, 0xf1]);
        assert_eq!(write("utf-16", "añ").unwrap(), [b'a', 0, 0xf1, 0]);
        assert_eq!(write("utf-16be", "añ").unwrap(), [0, b'a', 0, 0xf1]);
        assert_eq!(write("shift_jis", "名").unwrap(), [0x96, 0xbc]);
        assert_eq!(
            [write("latin-1", "añ€"), write("ascii", "añ"), write("cp1252", "a名")],
            [Err('€'), Err('ñ'), Err('名')]
        );
    }

    #[test]
    fn every_name_that_is_suggested_is_read() {
        assert!(Encoding::NAMES.iter().all(|name| Encoding::of_label(name).is_some()));
    }
}
