//! A table for a terminal: columns under their names, numbers to the right.

use anstyle::Style;

use super::lines::Lines;
use super::value;

/// A column of a table.
#[derive(Clone, Copy, Debug)]
pub struct Head<'h> {
    /// Its name.
    pub name: &'h str,
    /// Whether it holds numbers.
    pub number: bool,
}

/// The longest cell; what is beyond it is cut.
const LONGEST: usize = 60;

/// Renders rows under a head; cells are harmless and on one line, whatever they hold.
#[must_use]
pub fn render(heads: &[Head<'_>], rows: &[Vec<String>], color: bool) -> String {
    let cell = |text: &str| value::cut(&value::line(text), LONGEST);
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|text| cell(text)).collect()).collect();
    let names: Vec<String> = heads.iter().map(|head| cell(head.name)).collect();
    let width = |at: usize| {
        let cells = rows.iter().filter_map(|row| row.get(at)).chain([&names[at]]);
        cells.map(|text| text.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..heads.len()).map(width).collect();
    let line = |cells: &[String]| {
        let padded = cells.iter().zip(heads).zip(&widths).map(|((text, head), width)| {
            let gap = " ".repeat(width.saturating_sub(text.chars().count()));
            if head.number { gap + text } else { text.clone() + &gap }
        });
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let mut lines = Lines::new(color, usize::MAX);
    lines.put(&lines.paint(Style::new().bold(), &line(&names)));
    rows.iter().for_each(|row| lines.put(&line(row)));
    lines.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_stand_under_their_names_and_cells_are_harmless() {
        let heads = [Head { name: "name", number: false }, Head { name: "n", number: true }];
        let rows = [vec!["a".to_owned(), "10".to_owned()], vec!["\u{1b}[31m\nred".to_owned(), "9".to_owned()]];
        assert_eq!(render(&heads, &rows, false), "name              n\na                10\n\\u{1b}[31m\\nred   9\n");
    }
}
