use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::format::Format as Form;
use crate::ir::{Predicate, Scalar};

/// Every value has a named format, from its first character to its last.
///
/// It looks at the text alone: an `email` may have the right form and belong to nobody. Spaces around a value are part of
/// it. Of a column that is not text, its text is tested. Nulls are left out; an empty string has no format.
///
/// * `email`: a mailbox of RFC 5321 at a host with a dot, in any script; no quoted names.
/// * `url`: absolute and with a host, as RFC 3986 writes it, of any scheme; the host in any script.
/// * `hostname`: labels of letters, digits and hyphens (RFC 1123); one is enough.
/// * `ipv4`, `ipv6`: the address alone, without mask, port or zone (RFC 4291).
/// * `phone_e164`: `+`, the country code and the number, at most 15 digits without spaces (ITU-T E.164).
/// * `uuid`: 36 characters with hyphens, in any case and of any version (RFC 9562).
/// * `iban`: electronic or in printed groups of four; country, length and check digits agree (ISO 13616).
/// * `credit_card`: 12 to 19 digits with Luhn's check digit, together or in groups between single spaces or hyphens (ISO/IEC 7812).
/// * `iso_date`: `2024-01-31`, a day that exists (ISO 8601).
/// * `iso_datetime`: `2024-01-31T10:00`, with or without seconds and offset (ISO 8601, RFC 3339).
/// * `iso_country`: two capital letters assigned by ISO 3166-1; `UK` is not.
/// * `iso_currency`: three capital letters of ISO 4217.
#[derive(Deserialize, JsonSchema)]
pub(super) struct Format(Named);

/// A tested column and a named format.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Named {
    /// The column to test.
    column: String,
    /// The format, such as `email`, `url` or `iso_date`.
    name: String,
}

impl Named {
    pub(super) fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    /// The sentence of an expectation that asks for the format, or for any other.
    pub(super) fn sentence(&self, wanted: bool, said: &Said<'_>) -> String {
        let has = if wanted {
            said.lang.pick("has the format", "tiene el formato")
        } else {
            said.lang.pick("never has the format", "nunca tiene el formato")
        };
        format!("`{}` {has} {}", self.column, self.name)
    }

    /// What it means to have the format, or not to.
    pub(super) fn lower(&self, wanted: bool) -> Result<Lowered, Mistake> {
        let Some(format) = Form::named(&self.name) else {
            let names = Form::ALL.map(Form::name);
            let distance = |name: &&str| strsim::damerau_levenshtein(name, &self.name);
            let near = names.into_iter().filter(|name| distance(name) <= 2).min_by_key(distance);
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the formats are {}", names.join(", ")),
            };
            return Err(Mistake::at("name", format!("is no format: `{}`", self.name)).help(help));
        };
        let has = Predicate::Test(format, Scalar::column(&self.column));
        Ok(Lowered::no_row(self.columns(), if wanted { has.negate() } else { has }))
    }
}

impl Expectation for Format {
    const NAME: &'static str = "format";
    const EXAMPLE: &'static str = "{column: contact, name: email}";
    const MAIN: Option<&'static str> = Some("name");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        self.0.columns()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        self.0.sentence(true, said)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        self.0.lower(true)
    }
}
