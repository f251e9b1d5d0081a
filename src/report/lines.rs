//! Lines for a terminal: colour, hanging indents, wrapping at words, and text that no log takes for a command.

use anstyle::Style;

use super::escape::log;

/// Text that grows line by line.
pub(super) struct Lines {
    text: String,
    color: bool,
    width: usize,
}

impl Lines {
    /// Starts an empty text for a terminal so many characters wide; narrower than 40 is taken as 40.
    pub(super) fn new(color: bool, width: usize) -> Self {
        Self { text: String::new(), color, width: width.max(40) }
    }

    /// Colours text, if there is colour at all.
    pub(super) fn paint(&self, style: Style, text: &str) -> String {
        if self.color { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    /// Adds a line as it is.
    pub(super) fn put(&mut self, line: &str) {
        self.text.push_str(line.trim_end());
        self.text.push('\n');
    }

    /// Adds an empty line, unless there is one already or nothing yet.
    pub(super) fn gap(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with("\n\n") {
            self.text.push('\n');
        }
    }

    /// Adds words after a lead, wrapped; lines that follow start under the first word.
    ///
    /// The lead may be painted, so its width in characters is told.
    pub(super) fn hang(&mut self, lead: &str, lead_width: usize, words: &str) {
        self.hang_pieces(lead, lead_width, words.split(' '), " ");
    }

    /// Adds pieces that are not taken apart, wrapped like words.
    pub(super) fn hang_pieces<'a>(
        &mut self,
        lead: &str,
        lead_width: usize,
        pieces: impl IntoIterator<Item = &'a str>,
        gap: &str,
    ) {
        let mut line = lead.to_owned();
        let mut used = lead_width;
        for (index, piece) in pieces.into_iter().enumerate() {
            let length = piece.chars().count();
            if index > 0 && used + gap.len() + length > self.width {
                self.put(&line);
                line = " ".repeat(lead_width);
                used = lead_width;
            } else if index > 0 {
                line.push_str(gap);
                used += gap.len();
            }
            line.push_str(piece);
            used += length;
        }
        self.put(&line);
    }

    /// Gives the text, with nothing in it that the log of a CI service takes for a command.
    pub(super) fn finish(self) -> String {
        log::lines(self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anstyle::AnsiColor;

    #[test]
    fn words_wrap_under_the_first() {
        let mut lines = Lines::new(false, 40);
        lines.hang("  label  ", 9, "one two three four five six seven eight nine");
        assert_eq!(lines.finish(), "  label  one two three four five six\n         seven eight nine\n");
    }

    #[test]
    fn no_line_is_a_command_to_a_log() {
        let mut lines = Lines::new(false, 40);
        lines.hang("  ", 2, "a word that fills the whole of this ::error::owned ##vso[task.complete] ##[error]");
        let text = lines.finish();
        assert!(text.contains("\n  \\u{3a}:error::owned"));
        assert!(!text.contains("##"));
    }

    #[test]
    fn there_is_colour_only_when_asked() {
        let red = AnsiColor::Red.on_default();
        assert_eq!(Lines::new(false, 80).paint(red, "a"), "a");
        assert_eq!(Lines::new(true, 80).paint(red, "a"), "\u{1b}[31ma\u{1b}[0m");
    }
}
