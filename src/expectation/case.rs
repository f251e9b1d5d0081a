use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::case::Case as Kind;
use crate::ir::test::Test;
use crate::ir::{Predicate, Scalar};

/// The letters of every value are written in one case.
///
/// Letters are those of Unicode in any script; digits, signs and letters without case fit any, so that `123` is both `upper`
/// and `lower`. Of a column that is not text, its text is tested. Nulls are left out; an empty string holds for `upper`,
/// `lower`, `title` and `sentence`, and is no name of a program.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Case {
    /// The column to test.
    column: String,
    /// The case.
    #[serde(rename = "as")]
    case: Word,
}

/// How letters are written.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Word {
    /// No small letter: `LOS ÁNGELES`.
    Upper,
    /// No capital: `los ángeles`.
    Lower,
    /// Each word begins with a capital and has no other: `Los Ángeles`; after an apostrophe either may stand.
    Title,
    /// The first letter is a capital and no other is: `¿Qué tal?`.
    Sentence,
    /// Small letters and digits in groups between single underscores: `user_id`.
    Snake,
    /// Capitals and digits in groups between single underscores: `MAX_SIZE`.
    Constant,
    /// Small letters and digits in groups between single hyphens: `user-id`.
    Kebab,
    /// One word that begins with a small letter: `userId`.
    Camel,
    /// One word that begins with a capital: `UserId`.
    Pascal,
}

impl Word {
    const fn case(self) -> Kind {
        match self {
            Self::Upper => Kind::Upper,
            Self::Lower => Kind::Lower,
            Self::Title => Kind::Title,
            Self::Sentence => Kind::Sentence,
            Self::Snake => Kind::Snake,
            Self::Constant => Kind::Constant,
            Self::Kebab => Kind::Kebab,
            Self::Camel => Kind::Camel,
            Self::Pascal => Kind::Pascal,
        }
    }
}

impl Expectation for Case {
    const NAME: &'static str = "case";
    const EXAMPLE: &'static str = "{column: country, as: upper}";
    const MAIN: Option<&'static str> = Some("as");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let lang = said.lang;
        let written = match self.case {
            Word::Upper => lang.pick("is written in capitals", "está en mayúsculas"),
            Word::Lower => lang.pick("is written in small letters", "está en minúsculas"),
            Word::Title => lang.pick("begins each word with a capital", "empieza cada palabra con mayúscula"),
            Word::Sentence => lang.pick("has one capital, its first letter", "tiene una sola mayúscula, la primera letra"),
            Word::Snake => lang.pick("is written in snake_case", "está en snake_case"),
            Word::Constant => lang.pick("is written in CONSTANT_CASE", "está en CONSTANT_CASE"),
            Word::Kebab => lang.pick("is written in kebab-case", "está en kebab-case"),
            Word::Camel => lang.pick("is written in camelCase", "está en camelCase"),
            Word::Pascal => lang.pick("is written in PascalCase", "está en PascalCase"),
        };
        format!("`{}` {written}", self.column)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let bad = Predicate::Test(Test::Case(self.case.case()), Scalar::column(&self.column)).negate();
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
