//! Text written in another case, by the mappings of Unicode.

use crate::ir::case::is_of_word;

/// How letters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Casing {
    /// In capitals.
    Upper,
    /// In small letters.
    Lower,
    /// Each word with a capital and then small letters; an apostrophe joins the parts of a word.
    Title,
}

impl Casing {
    /// Every case.
    pub const ALL: [Self; 3] = [Self::Upper, Self::Lower, Self::Title];

    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Title => "title",
        }
    }

    /// A text in this case.
    #[must_use]
    pub fn write(self, text: &str) -> String {
        match self {
            Self::Upper => text.to_uppercase(),
            Self::Lower => text.to_lowercase(),
            Self::Title => title(text),
        }
    }
}

fn title(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let (mut word, mut begun) = (String::new(), false);
    // A capital may be several letters, of which only the first stays one: `ß` is `Ss`.
    let mut push = |written: &mut String, letter: char| {
        if !is_of_word(letter) {
            begun = false;
            written.push(letter);
        } else if begun || !letter.is_alphabetic() {
            written.extend(letter.to_lowercase());
        } else {
            begun = true;
            word.clear();
            word.extend(letter.to_uppercase());
            let mut letters = word.chars();
            written.extend(letters.next());
            written.extend(letters.flat_map(char::to_lowercase));
        }
    };
    text.chars().for_each(|letter| push(&mut written, letter));
    written
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::ir::case::Case;

    #[test]
    fn letters_are_those_of_unicode() {
        assert_eq!(Casing::Upper.write("ávila straße ñ"), "ÁVILA STRASSE Ñ");
        assert_eq!(Casing::Lower.write("ÁVILA Ñ"), "ávila ñ");
        assert_eq!(Casing::Title.write("LOS ángeles"), "Los Ángeles");
        assert_eq!(Casing::Title.write("o'NEILL-gómez 24 HORAS"), "O'neill-Gómez 24 Horas");
        assert_eq!(Casing::Title.write("ßa ǆa"), "Ssa Ǆa");
        assert_eq!(Casing::Title.write(""), "");
    }

    proptest! {
        #[test]
        fn what_is_written_in_a_case_is_in_it(text in "[a-zA-ZñÑáÁßİıǆ' ’0-9_.-]{0,20}") {
            prop_assert!(Case::Upper.holds(&Casing::Upper.write(&text)));
            prop_assert!(Case::Lower.holds(&Casing::Lower.write(&text)));
            prop_assert!(Case::Title.holds(&Casing::Title.write(&text)), "{}", Casing::Title.write(&text));
        }

        #[test]
        fn writing_again_changes_nothing(text in "\\PC{0,12}") {
            for case in Casing::ALL {
                let once = case.write(&text);
                prop_assert_eq!(case.write(&once), once);
            }
        }
    }
}
