//! What opening a file takes reading all of it for, kept as its tallies are: the types that the values of text read as, and
//! the keys that the records of JSON have.

use crate::engine::local::open::OpenFile;
use crate::engine::local::states::ink::{Ink, Page};
use crate::engine::local::states::{Digest, Fingerprint, States, VERSION, digest};
use crate::engine::source::infer::{self, Guess};
use crate::engine::source::input::Input;
use crate::engine::source::{csv, json};
use crate::ir::Reading;

/// What an earlier run found when it opened files of one dataset, which are read in ways known by a digest.
#[derive(Clone, Copy)]
pub(in crate::engine::local) struct Surveys<'a> {
    pub(in crate::engine::local) states: &'a States,
    pub(in crate::engine::local) ways: Digest,
}

impl Surveys<'_> {
    /// What is asked to know what all values of a field of a file can be.
    pub(in crate::engine::local) fn of_guess(self, field: &(usize, Reading)) -> Digest {
        digest([VERSION.as_bytes(), b"type", &self.ways, format!("{field:?}").as_bytes()])
    }

    /// What all values of a field of a file can be, if that is known.
    pub(in crate::engine::local) fn guess(
        self,
        file: &OpenFile,
        csv: &csv::File,
        like: &Reading,
        question: Digest,
    ) -> Option<Guess> {
        let file = file.fingerprint.as_ref()?.digest;
        let bits = Page::new(self.states.answer(&file, &question)?).count()?;
        let guess = infer::blank(csv, like).left(u16::try_from(bits).ok()?)?;
        self.states.use_again(file, [question]);
        Some(guess)
    }

    /// Keeps what the values of some fields of a file were found to be, by question.
    pub(in crate::engine::local) fn keep_guesses(
        self,
        file: &OpenFile,
        csv: &csv::File,
        found: &[(Digest, &Reading, &Guess)],
    ) {
        let answer = |(question, like, guess): &(Digest, &Reading, &Guess)| {
            let mut ink = Ink::new(&|_| false);
            ink.count(guess.bits(&infer::blank(csv, like)).into());
            Some((*question, ink.finish().ok()?))
        };
        let answers = found.iter().filter_map(answer).collect();
        self.states.keep(&file.input, file.fingerprint.as_ref(), answers);
    }

    /// The keys of the records of a file of JSON, if they are known.
    pub(in crate::engine::local) fn keys(
        self,
        file: Option<&Fingerprint>,
        options: &json::Options<'_>,
    ) -> Option<json::Survey> {
        let file = file?.digest;
        let question = self.of_keys(options);
        let survey = read(&mut Page::new(self.states.answer(&file, &question)?), options)?;
        self.states.use_again(file, [question]);
        Some(survey)
    }

    /// Keeps the keys of the records of a file of JSON.
    pub(in crate::engine::local) fn keep_keys(
        self,
        input: &Input,
        file: Option<&Fingerprint>,
        options: &json::Options<'_>,
        found: &json::Survey,
    ) {
        if let Some(answer) = write(found) {
            self.states.keep(input, file, vec![(self.of_keys(options), answer)]);
        }
    }

    fn of_keys(self, options: &json::Options<'_>) -> Digest {
        digest([VERSION.as_bytes(), b"keys", &self.ways, format!("{options:?}").as_bytes()])
    }
}

fn write(survey: &json::Survey) -> Option<Vec<u8>> {
    let mut ink = Ink::new(&|_| false);
    ink.count(survey.columns.len() as u64);
    for (name, kinds) in &survey.columns {
        ink.blob(name.as_bytes());
        ink.count(kinds.bits().into());
    }
    survey.fields.iter().for_each(|kinds| ink.count(kinds.bits().into()));
    ink.finish().ok()
}

fn read(page: &mut Page<'_>, options: &json::Options<'_>) -> Option<json::Survey> {
    let kinds = |page: &mut Page<'_>| json::Kinds::of_bits(u16::try_from(page.count()?).ok()?);
    let mut survey = json::Survey::default();
    for _ in 0..page.length()? {
        survey.columns.push((page.text()?.to_owned(), kinds(page)?));
    }
    for _ in options.fields {
        survey.fields.push(kinds(page)?);
    }
    page.is_read().then_some(survey)
}
