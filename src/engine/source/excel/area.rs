//! Ranges of cells as people write them: `B3:F200`, `B:F`, `3:200`, with `$` or without.
//!
//! A corner may leave out its row or its column, which then is the first or last one that is used.

/// The rows and columns of the largest sheet that Excel holds.
pub(super) const LARGEST: (u32, u32) = (1_048_576, 16_384);

/// A rectangle of cells; both ends are in it, rows and columns count from 0.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) top: Option<u32>,
    pub(super) left: Option<u32>,
    pub(super) bottom: Option<u32>,
    pub(super) right: Option<u32>,
}

impl Area {
    /// Reads a range, and the sheet it names in front of itself, if it does.
    pub(super) fn read(text: &str) -> Option<(Option<String>, Self)> {
        let text = text.trim();
        // LibreOffice writes `$Sheet.$A$1:.$B$2`, Excel `'A sheet'!$A$1:$B$2`.
        let (sheet, range) = match text.rsplit_once('!') {
            Some((sheet, range)) => (Some(unquoted(sheet)), range.to_owned()),
            None => match text.split(':').next().and_then(|first| first.rsplit_once('.')) {
                Some((sheet, _)) => (Some(unquoted(sheet)), text[sheet.len()..].replace('.', "")),
                None => (None, text.to_owned()),
            },
        };
        let (first, last) = range.split_once(':').unwrap_or((&range, &range));
        let ((top, left), (bottom, right)) = (corner(first)?, corner(last)?);
        let ordered = |low: Option<u32>, high: Option<u32>| match (low, high) {
            (Some(low), Some(high)) => (Some(low.min(high)), Some(low.max(high))),
            other => other,
        };
        let ((top, bottom), (left, right)) = (ordered(top, bottom), ordered(left, right));
        Some((sheet, Self { top, left, bottom, right }))
    }

    /// Whether a cell is in it.
    pub(super) fn holds(&self, row: u32, column: u32) -> bool {
        self.top.is_none_or(|top| row >= top)
            && self.bottom.is_none_or(|bottom| row <= bottom)
            && self.left.is_none_or(|left| column >= left)
            && self.right.is_none_or(|right| column <= right)
    }
}

/// What a cell is called: `B3`.
pub(super) fn cell_name(row: u32, column: u32) -> String {
    let (mut letters, mut left) = (Vec::new(), column + 1);
    while left > 0 {
        let digit = u8::try_from((left - 1) % 26).unwrap_or(0);
        letters.push(char::from(b'A' + digit));
        left = (left - 1) / 26;
    }
    format!("{}{}", letters.into_iter().rev().collect::<String>(), row + 1)
}

fn unquoted(sheet: &str) -> String {
    let sheet = sheet.strip_prefix('$').unwrap_or(sheet);
    match sheet.strip_prefix('\'').and_then(|sheet| sheet.strip_suffix('\'')) {
        Some(inner) => inner.replace("''", "'"),
        None => sheet.to_owned(),
    }
}

/// The row and the column of a corner, those that it names.
fn corner(text: &str) -> Option<(Option<u32>, Option<u32>)> {
    let text = text.replace('$', "");
    let letters = text.bytes().take_while(u8::is_ascii_alphabetic).count();
    let (column, row) = text.split_at(letters);
    let column = match column {
        "" => None,
        letters => {
            let number = letters
                .to_ascii_uppercase()
                .bytes()
                .try_fold(0_u32, |sum, letter| sum.checked_mul(26)?.checked_add(u32::from(letter - b'A') + 1))?;
            Some(number.checked_sub(1).filter(|column| *column < LARGEST.1)?)
        }
    };
    let row = match row {
        "" => None,
        digits if digits.bytes().all(|digit| digit.is_ascii_digit()) => {
            Some(digits.parse::<u32>().ok()?.checked_sub(1).filter(|row| *row < LARGEST.0)?)
        }
        _ => return None,
    };
    (row.is_some() || column.is_some()).then_some((row, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Option<String>, [Option<u32>; 4])> {
        Area::read(text).map(|(sheet, area)| (sheet, [area.top, area.left, area.bottom, area.right]))
    }

    #[test]
    fn ranges_read_as_excel_writes_them() {
        let all = |top, left, bottom, right| [Some(top), Some(left), Some(bottom), Some(right)];
        assert_eq!(read("B3:F200"), Some((None, all(2, 1, 199, 5))));
        assert_eq!(read("$f$200:$B$3"), Some((None, all(2, 1, 199, 5))));
        assert_eq!(read("AA1"), Some((None, all(0, 26, 0, 26))));
        assert_eq!(read("B:F"), Some((None, [None, Some(1), None, Some(5)])));
        assert_eq!(read("3:200"), Some((None, [Some(2), None, Some(199), None])));
        assert_eq!(read("B3:F"), Some((None, [Some(2), Some(1), None, Some(5)])));
        assert_eq!(read("'Año ''24'!$A$1:$B$2"), Some((Some("Año '24".to_owned()), all(0, 0, 1, 1))));
        assert_eq!(read("$Hoja1.$A$1:.$B$2"), Some((Some("Hoja1".to_owned()), all(0, 0, 1, 1))));
        assert_eq!(read("XFD1048576"), Some((None, all(1_048_575, 16_383, 1_048_575, 16_383))));
        for none in ["", "ventas", "A0:B2", "A1:B2:C3", "XFE1", "A1048577", "1A:B2", ":", "Añ1"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn cells_have_names() {
        assert_eq!(
            [cell_name(0, 0), cell_name(2, 25), cell_name(9, 26), cell_name(0, 16_383)],
            ["A1", "Z3", "AA10", "XFD1"]
        );
    }
}
