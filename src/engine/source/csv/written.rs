//! How a file is written, for the record: what was said, what was found, and what is so where nothing is said.

use super::encoding::Encoded;
use super::split::Dialect;
use super::{Header, Options};
use crate::dataset::Quote;
use crate::outcome::{self, KnownBy, Setting};

/// What is known of a file before its header is read.
pub(super) fn dialect(dialect: &Dialect, encoded: Encoded, options: &Options) -> outcome::Dialect {
    let letter = |byte: u8| char::from(byte).to_string();
    let by = |declared: bool| if declared { KnownBy::Declared } else { KnownBy::Detected };
    let name = options.encoding.filter(|said| !said.is_of_either_order()).unwrap_or(encoded.encoding).name();
    let marks = options.marks.unwrap_or_default();
    let quote = match (options.quote, dialect.quote) {
        (Quote::Unsaid, Some(b'"')) => KnownBy::Assumed,
        (said, _) => by(said != Quote::Unsaid),
    };
    let marks_by = if options.marks.is_some() { KnownBy::Declared } else { KnownBy::Assumed };
    outcome::Dialect {
        encoding: Setting { value: name, by: by(options.encoding.is_some()) },
        byte_order_mark: encoded.mark > 0,
        delimiter: Setting { value: letter(dialect.delimiter), by: by(options.delimiter.is_some()) },
        quote: Setting { value: dialect.quote.map(letter), by: quote },
        header: Setting {
            value: matches!(options.header, None | Some(Header::First)),
            by: if options.header.is_some() { KnownBy::Declared } else { KnownBy::Assumed },
        },
        line_ends: None,
        decimal: Setting { value: marks.decimal.to_string(), by: marks_by },
        thousands: marks.thousands.map(String::from),
    }
}

/// The name of the line end of a record, if it has one.
pub(super) fn line_ends(record: &[u8], dialect: &Dialect) -> Option<String> {
    let name = match (record.last(), dialect.crlf) {
        (Some(b'\r'), _) if dialect.line_end == b'\r' => "CR",
        (Some(b'\n'), true) => "CRLF",
        (Some(b'\n'), false) => "LF",
        _ => return None,
    };
    Some(name.to_owned())
}
