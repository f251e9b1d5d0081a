use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::format::Format as Form;
use crate::ir::test::Test;
use crate::ir::{Predicate, Scalar};

/// Every value has a named format, from its first character to its last.
///
/// It looks at the text alone: an `email` may have the right form and belong to nobody. Spaces around a value are part of
/// it, and case counts where nothing is said of it. Of a column that is not text, its text is tested. Nulls are left out; an
/// empty string has no format. Check digits are always worked out.
///
/// * `email`: a mailbox of RFC 5321 at a host with a dot, in any script; no quoted names.
/// * `url`: absolute and with a host, as RFC 3986 writes it, of any scheme; the host in any script.
/// * `uri`: a scheme, a colon and what follows, in the characters of RFC 3986: `urn:…`, `mailto:…`, `file:///…`; no relative ones.
/// * `hostname`: labels of letters, digits and hyphens (RFC 1123); one is enough.
/// * `ipv4`, `ipv6`: the address alone, without mask, port or zone (RFC 4291).
/// * `mac`: six bytes as `00:1b:63:84:45:e6`, `00-1b-63-84-45-e6` or `001b.6384.45e6`, in any case.
/// * `phone_e164`: `+`, the country code and the number, at most 15 digits without spaces (ITU-T E.164).
/// * `uuid`: 36 characters with hyphens, in any case and of any version (RFC 9562).
/// * `ulid`: 26 characters of Crockford's base 32, in any case, the first at most 7.
/// * `iban`: electronic or in printed groups of four; country, length and check digits agree (ISO 13616).
/// * `bic`: 8 or 11 capitals and digits without spaces, the country of ISO 3166-1 or `XK` (ISO 9362).
/// * `credit_card`: 12 to 19 digits with Luhn's check digit, together or in groups between single spaces or hyphens (ISO/IEC 7812).
/// * `iso_date`: `2024-01-31`, a day that exists (ISO 8601).
/// * `iso_datetime`: `2024-01-31T10:00`, with or without seconds and offset (ISO 8601, RFC 3339).
/// * `iso_country`: two capital letters assigned by ISO 3166-1; `UK` is not.
/// * `iso_currency`: three capital letters of ISO 4217.
/// * `iso_language`: two small letters of ISO 639-1, or three of ISO 639-3.
/// * `isbn`: 10 digits (the last may be `X`) or 13 from 978 or 979, together or between single hyphens or spaces (ISO 2108).
/// * `ean`: a GTIN of 8, 12, 13 or 14 digits together; a row of one digit is refused.
/// * `slug`: small letters and digits of ASCII in groups between single hyphens.
/// * `semver`: Semantic Versioning 2.0.0, without a `v`.
/// * `json`: one document of any kind (RFC 8259); blanks around it are part of JSON.
/// * `base64`: the standard alphabet of RFC 4648 with its padding, on one line; many words of four letters have it too.
/// * `hex`: hexadecimal digits in any case, any number of them, without `0x`.
/// * `latitude`, `longitude`: degrees from -90 to 90, from -180 to 180, as a decimal number with a point.
/// * `nif`: a Spanish tax number of anybody: DNI (`12345678Z`), `K` `L` `M`, NIE or that of an entity; capitals, and hyphens beside
///   the letters or none.
/// * `nie`: that of a foreigner in Spain, `X1234567L` or `X-1234567-L`.
/// * `cif`: that of an entity in Spain, `A58818501` or `A-58818501`; digit or letter at its end as its kind wants.
/// * `rut`: of Chile, 7 or 8 digits and check digit, `12.345.678-5`, `12345678-5` or `123456785`; `K` in any case.
/// * `curp`: of Mexico, 18 capitals and digits together, whose day exists.
/// * `rfc`: of Mexico, 12 or 13 characters together or with hyphens or spaces around the day; the generic ones of the SAT too.
/// * `cuit`: of Argentina, and CUIL: `20-12345678-6` or 11 digits together.
/// * `cpf`: of Brazil, `529.982.247-25` or 11 digits together; a row of one digit is refused.
/// * `cnpj`: of Brazil, `11.222.333/0001-81` or 14 together; letters too, as given out since July 2026.
///
/// The formats of `SodaCL` are there under `soda.` and their names with underscores, as wide as there: no check digits, no
/// bounds of addresses, spaces around numbers, dates and times. `soda.integer`, `soda.decimal`, `soda.decimal_point`,
/// `soda.decimal_comma`, `soda.percentage`, `soda.percentage_point`, `soda.percentage_comma`, and each of these as in
/// `soda.positive_integer` and `soda.negative_integer`; `soda.money`, `soda.money_point`, `soda.money_comma` (with a currency
/// behind); `soda.date_us`, `soda.date_eu`, `soda.date_inverse`, `soda.date_iso_8601`, `soda.time_24h`, `soda.time_24h_nosec`,
/// `soda.time_12h`, `soda.time_12h_nosec`, `soda.timestamp_24h`, `soda.timestamp_12h`; `soda.uuid`, `soda.ip_address`,
/// `soda.ipv4_address`, `soda.ipv6_address`, `soda.email`, `soda.phone_number`, `soda.credit_card_number`.
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
            let distance = |name: &&str| strsim::damerau_levenshtein(name, &self.name);
            let near = Form::all().map(Form::name).filter(|name| distance(name) <= 2).min_by_key(distance);
            let ours = || Form::all().map(Form::name).filter(|name| !name.contains('.')).collect::<Vec<_>>().join(", ");
            let help = match near {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("the formats are {}, and those of SodaCL as `soda.…`", ours()),
            };
            return Err(Mistake::at("name", format!("is no format: `{}`", self.name)).help(help));
        };
        let has = Predicate::Test(Test::Format(format), Scalar::column(&self.column));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expectation::find;

    #[test]
    fn the_manual_names_every_format() {
        let schema = (find("format").unwrap().schema)();
        let manual = schema["description"].as_str().unwrap();
        for name in Form::all().map(Form::name) {
            let plain = name.replace("positive_", "").replace("negative_", "");
            assert!(manual.contains(&format!("`{plain}`")), "{name}");
        }
    }
}
