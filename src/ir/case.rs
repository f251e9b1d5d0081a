//! The cases that letters may be written in.
//!
//! Letters are those of Unicode, upper and lower as its own mappings have them; what has no case, such as digits, signs and
//! the letters of many scripts, fits any.

/// How letters are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Case {
    /// No small letter.
    Upper,
    /// No capital.
    Lower,
    /// Each word begins with a capital and has no other.
    Title,
    /// The first letter is a capital, and no other is.
    Sentence,
    /// `snake_case`.
    Snake,
    /// `CONSTANT_CASE`.
    Constant,
    /// `kebab-case`.
    Kebab,
    /// `camelCase`.
    Camel,
    /// `PascalCase`.
    Pascal,
}

impl Case {
    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Upper => "upper",
            Self::Lower => "lower",
            Self::Title => "title",
            Self::Sentence => "sentence",
            Self::Snake => "snake",
            Self::Constant => "constant",
            Self::Kebab => "kebab",
            Self::Camel => "camel",
            Self::Pascal => "pascal",
        }
    }

    /// Whether a text is written so.
    #[must_use]
    pub fn holds(self, text: &str) -> bool {
        match self {
            Self::Upper => !text.chars().any(is_small),
            Self::Lower => !text.chars().any(is_capital),
            Self::Title => text.split(|c: char| !is_of_word(c)).all(begins_with_its_capital),
            Self::Sentence => begins_with_its_capital(text),
            Self::Snake => Self::Lower.holds(text) && groups(text, '_'),
            Self::Constant => Self::Upper.holds(text) && groups(text, '_'),
            Self::Kebab => Self::Lower.holds(text) && groups(text, '-'),
            Self::Camel => is_one_word(text) && !text.starts_with(is_capital) && !text.starts_with(char::is_numeric),
            Self::Pascal => is_one_word(text) && !text.starts_with(is_small) && !text.starts_with(char::is_numeric),
        }
    }
}

/// Whether a character has a capital that it is not.
fn is_small(character: char) -> bool {
    !character.to_uppercase().eq([character])
}

/// Whether a character has a small letter that it is not.
fn is_capital(character: char) -> bool {
    !character.to_lowercase().eq([character])
}

/// Whether a character is part of a word; an apostrophe joins the parts of one.
#[must_use]
pub fn is_of_word(character: char) -> bool {
    character.is_alphanumeric()
        || matches!(character, '\'' | '’')
        || unicode_normalization::char::is_combining_mark(character)
}

/// Whether the first letter is no small one, and those after it no capitals; the one after an apostrophe may be either.
fn begins_with_its_capital(text: &str) -> bool {
    let mut letters = text.char_indices().filter(|(_, c)| c.is_alphabetic());
    // A letter that is both, as `ǅ`, is the capital of its word.
    letters.next().is_none_or(|(_, first)| !is_small(first) || is_capital(first))
        && letters.all(|(at, letter)| !is_capital(letter) || text[..at].ends_with(['\'', '’']))
}

/// Whether a text is letters and digits in groups between single separators, and begins with none of its digits.
fn groups(text: &str, separator: char) -> bool {
    text.split(separator).all(is_one_word) && !text.starts_with(char::is_numeric)
}

fn is_one_word(text: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || unicode_normalization::char::is_combining_mark(c);
    !text.is_empty() && text.chars().all(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn which<const N: usize>(case: Case, texts: [&str; N]) -> [bool; N] {
        texts.map(|text| case.holds(text))
    }

    #[test]
    fn upper_has_no_small_letter_and_lower_no_capital() {
        assert_eq!(
            which(Case::Upper, ["ÁVILA", "Nº 5".to_uppercase().as_str(), "МОСКВА", "123", "", "東京"]),
            [true; 6]
        );
        assert_eq!(which(Case::Lower, ["ávila", "nº 5", "москва", "123", "straße", "東京"]), [true; 6]);
        assert_eq!(which(Case::Lower, ["Ávila", "ñÑ", "ǅ"]), [false; 3]);
        assert_eq!(which(Case::Upper, ["STRAßE", "A b", "ǅ"]), [false; 3]);
    }

    #[test]
    fn each_word_of_a_title_has_its_capital() {
        assert_eq!(
            which(Case::Title, ["Los Ángeles", "O'Neill's", "L’Hospitalet", "24 Horas", "Castilla-La Mancha", ""]),
            [true; 6]
        );
        assert_eq!(which(Case::Title, ["los Ángeles", "Ana de la Cruz", "McDonald", "ANA"]), [false; 4]);
    }

    #[test]
    fn a_sentence_has_one_capital() {
        assert_eq!(which(Case::Sentence, ["¿Qué tal?", "Hola", "1 día", "", "東京"]), [true, true, false, true, true]);
        assert_eq!(which(Case::Sentence, ["hola", "Hola Ana", "HOLA"]), [false; 3]);
    }

    #[test]
    fn names_of_programs_have_their_cases() {
        assert_eq!(
            which(Case::Snake, ["id", "user_id2", "año", "user__id", "_id", "User_id", "2id"]),
            [true, true, true, false, false, false, false]
        );
        assert_eq!(which(Case::Constant, ["MAX_SIZE", "MAX", "Max", "MAX-SIZE"]), [true, true, false, false]);
        assert_eq!(which(Case::Kebab, ["user-id", "user_id", "-a", "a--b"]), [true, false, false, false]);
        assert_eq!(
            which(Case::Camel, ["userId", "user", "UserId", "user id", "2a"]),
            [true, true, false, false, false]
        );
        assert_eq!(which(Case::Pascal, ["UserId", "userId", "User_Id", ""]), [true, false, false, false]);
    }
}
