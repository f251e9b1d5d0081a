//! The parameters that `newer_than` and `older_than` share, and what they mean.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::bounds::Edge;
use crate::expectation::moment::{Length, RelativeDate};
use crate::expectation::{Lowered, Mistake, Said, Source};
use crate::ir::{Literal, Op, Predicate, Reading, Relative, Scalar, Type, bind};

/// A tested column and the moment it is compared with.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the fields are the parameters that suites write")]
pub(super) struct Age {
    /// The column to test.
    column: String,
    /// How long before the moment of the run the limit lies: `90s`, `24h`, `21d`, `6mo`, `18y`, or a sum as `1d12h`.
    age: Option<Length>,
    /// The limit itself: a date, `{as_of: -1w, floor: week}`, or `{column: other}` for one in each row.
    than: Option<Edge>,
}

impl Age {
    pub(super) fn columns(&self) -> Vec<String> {
        let other = match &self.than {
            Some(Edge::Column(other)) => Some(other.clone()),
            _ => None,
        };
        std::iter::once(self.column.clone()).chain(other).collect()
    }

    pub(super) fn dates(&self) -> Vec<RelativeDate> {
        let ago = self.age.map(|Length(span)| RelativeDate(Relative::ago(span)));
        ago.into_iter().chain(self.than.as_ref().and_then(Edge::relative)).collect()
    }

    /// The sentence of an expectation that asks for values later than the limit, or earlier.
    pub(super) fn sentence(&self, newer: bool, said: &Said<'_>) -> String {
        let is = if newer {
            said.lang.pick("is later than", "es posterior a")
        } else {
            said.lang.pick("is earlier than", "es anterior a")
        };
        let than = match (&self.than, self.dates().first()) {
            (Some(than), _) => than.words(said.lang),
            (None, Some(date)) => date.words(said.lang),
            (None, None) => String::new(),
        };
        // «posterior a el momento» is not how Spanish joins them.
        let joined = format!("{is} {than}").replace(" a el ", " al ");
        format!("`{}` {joined}", self.column)
    }

    /// What it means to be later than the limit, or earlier. The limit itself is neither.
    pub(super) fn lower(&self, newer: bool, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let limit = match (&self.age, &self.than) {
            (Some(Length(span)), None) => Scalar::Literal(Literal::Relative(Relative::ago(*span))),
            (None, Some(than)) => {
                if let (Edge::Value(text), Some(reading)) = (than, on.reading(&self.column)) {
                    readable(text, reading)?;
                }
                than.scalar()
            }
            (Some(_), Some(_)) => return Err(Mistake::at("than", "goes with no `age`: the limit is given once")),
            (None, None) => {
                return Err(Mistake::new("needs `age`, or `than`")
                    .help("write `age: 30d`, `than: 2024-01-01` or `than: {column: other}`"));
            }
        };
        let bad = Predicate::Compare(Scalar::column(&self.column), if newer { Op::Le } else { Op::Ge }, limit);
        Ok(Lowered::no_row(self.columns(), bad))
    }
}

/// Refuses a limit that is no value of the declared type, and a column that has no moments.
fn readable(text: &str, reading: &Reading) -> Result<(), Mistake> {
    if !matches!(reading.kind, Type::Date | Type::Timestamp) || bind::spelled(text, reading, reading.zone).is_none() {
        let kind = bind::article(reading.kind);
        return Err(Mistake::at(
            "than",
            format!("is `{text}`, which is no date or instant of a column declared as {kind}"),
        ));
    }
    Ok(())
}
