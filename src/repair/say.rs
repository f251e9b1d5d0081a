//! Repairs in words, for reports.

use crate::lang::Lang;
use crate::repair::{Casing, Dedupe, Keep, Parse, Repair};

impl Repair {
    /// What it does, as a sentence without a subject and a full stop.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        match self {
            Self::Trim => lang.pick("white space around it taken off", "sin los espacios de alrededor").to_owned(),
            Self::Case(Casing::Upper) => lang.pick("written in capitals", "escrito en mayúsculas").to_owned(),
            Self::Case(Casing::Lower) => lang.pick("written in small letters", "escrito en minúsculas").to_owned(),
            Self::Case(Casing::Title) => {
                lang.pick("each word with a capital", "cada palabra con mayúscula inicial").to_owned()
            }
            Self::Replace(pairs) => {
                let none = lang.pick("null", "nulo");
                let pair = |(from, by): &(String, Option<String>)| {
                    let by = by.as_ref().map_or_else(|| none.to_owned(), |by| format!("`{by}`"));
                    lang.pick(format!("`{from}` becomes {by}").as_str(), format!("`{from}` pasa a {by}").as_str())
                        .to_owned()
                };
                lang.list(&pairs.iter().map(pair).collect::<Vec<_>>())
            }
            Self::Parse(parse) => parse.sentence(lang),
            Self::Default { value, unparsed } => {
                let (null, both) = lang.pick(
                    ("null becomes", "null and what does not read become"),
                    ("lo nulo pasa a", "lo nulo y lo ilegible pasan a"),
                );
                format!("{} `{value}`", if *unparsed { both } else { null })
            }
            Self::Clamp { min, max } => match (min, max) {
                (Some(min), Some(max)) => {
                    let (between, and) = lang.pick(("kept between", "and"), ("acotado entre", "y"));
                    format!("{between} `{min}` {and} `{max}`")
                }
                (Some(min), None) => format!("{} `{min}`", lang.pick("not below", "no menor que")),
                (None, Some(max)) => format!("{} `{max}`", lang.pick("not above", "no mayor que")),
                (None, None) => String::new(),
            },
        }
    }
}

impl Parse {
    fn sentence(&self, lang: Lang) -> String {
        let mut ways: Vec<String> = self.patterns.iter().map(|pattern| format!("`{pattern}`")).collect();
        ways.extend(self.decimal.map(|mark| format!("{} `{mark}`", lang.pick("decimals after", "decimales tras"))));
        ways.extend(self.thousands.map(|mark| format!("{} `{mark}`", lang.pick("thousands by", "millares con"))));
        let words = self.true_values.iter().chain(&self.false_values);
        ways.extend(words.map(|word| format!("`{word}`")));
        format!("{} {}", lang.pick("read by", "leído con"), lang.list(&ways))
    }
}

impl Dedupe {
    /// What it does, as a sentence without a full stop.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        let which = match self.keep {
            Keep::First => lang.pick("the first row", "la primera fila"),
            Keep::Last => lang.pick("the last row", "la última fila"),
        };
        let by = self.by.as_ref().map(|by| format!(" {} `{by}`", lang.pick("by", "por"))).unwrap_or_default();
        let of = match &self.keys {
            None => lang.pick("of equal ones is kept", "de las iguales se conserva").to_owned(),
            Some(keys) => {
                let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
                let (of, kept) = lang.pick(("of each", "is kept"), ("de cada", "se conserva"));
                format!("{of} {} {kept}", lang.list(&keys))
            }
        };
        format!("{which}{by} {of}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ir::Value;

    #[test]
    fn a_repair_is_a_sentence_in_both_languages() {
        let said = |repair: &Repair| Lang::ALL.map(|lang| repair.sentence(lang));
        assert_eq!(said(&Repair::Trim), ["white space around it taken off", "sin los espacios de alrededor"]);
        let clamp = Repair::Clamp { min: Some(Value::Integer(0)), max: Some(Value::Integer(100)) };
        assert_eq!(said(&clamp), ["kept between `0` and `100`", "acotado entre `0` y `100`"]);
        let replace = Repair::Replace(vec![("N/A".to_owned(), None), ("si".to_owned(), Some("sí".to_owned()))]);
        assert_eq!(said(&replace)[1], "`N/A` pasa a nulo y `si` pasa a `sí`");
        let comma = Repair::Parse(Parse { decimal: Some(','), ..Parse::default() });
        assert_eq!(said(&comma), ["read by decimals after `,`", "leído con decimales tras `,`"]);
    }

    #[test]
    fn the_row_that_is_kept_is_named() {
        let dedupe = Dedupe { keys: Some(vec!["sku".to_owned()]), keep: Keep::Last, by: Some("updated_at".to_owned()) };
        assert_eq!(dedupe.sentence(Lang::En), "the last row by `updated_at` of each `sku` is kept");
        assert_eq!(dedupe.sentence(Lang::Es), "la última fila por `updated_at` de cada `sku` se conserva");
        let exact = Dedupe { keys: None, keep: Keep::First, by: None };
        assert_eq!(exact.sentence(Lang::En), "the first row of equal ones is kept");
    }
}
