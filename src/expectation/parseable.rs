use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::parseable::Parseable as Wanted;
use crate::ir::{Predicate, Scalar};

/// Every value of a text column can be read as a date, a number or JSON.
///
/// For columns that stay text; where the values are wanted as such, declare the `type` instead. Spaces around a value are
/// part of it, though JSON may have them. Of a column that is not text, its text is read. Nulls are left out; an empty
/// string reads as none of them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Parseable {
    /// The column to test.
    column: String,
    /// What the text must read as.
    #[serde(rename = "as")]
    kind: Kind,
}

/// What a text can be read as.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum Kind {
    /// A day or an instant as ISO 8601 writes them, as the types `date` and `timestamp` read; `date_format` knows patterns.
    Date,
    /// A date or time in one of the many ways people write them, as Python's `dateutil` reads: `01/02/2024`, `Jan 5, 2024 10pm`;
    /// names of months and days in English. It does not tell day from month.
    AnyDate,
    /// A sign, digits with a point, an exponent; not `NaN`, nor `inf`.
    Number,
    /// A JSON document of any kind; `1` is one.
    Json,
}

impl Expectation for Parseable {
    const NAME: &'static str = "parseable";
    const EXAMPLE: &'static str = "{column: payload, as: json}";
    const MAIN: Option<&'static str> = Some("as");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let reads = match self.kind {
            Kind::Date => said.lang.pick("can be read as a date", "se puede leer como fecha"),
            Kind::AnyDate => said.lang.pick("can be read as a date of some writing", "se puede leer como fecha de alguna forma"),
            Kind::Number => said.lang.pick("can be read as a number", "se puede leer como número"),
            Kind::Json => said.lang.pick("can be read as JSON", "se puede leer como JSON"),
        };
        format!("`{}` {reads}", self.column)
    }

    fn lower(&self, _: &Source<'_>) -> Result<Lowered, Mistake> {
        let wanted = match self.kind {
            Kind::Date => Wanted::Date,
            Kind::AnyDate => Wanted::AnyDate,
            Kind::Number => Wanted::Number,
            Kind::Json => Wanted::Json,
        };
        let bad = Predicate::Parses(wanted, Scalar::column(&self.column)).negate();
        Ok(Lowered::no_row(vec![self.column.clone()], bad))
    }
}
