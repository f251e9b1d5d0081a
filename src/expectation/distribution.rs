//! The distribution that a column is held against, as suites write it.
//!
//! Either `expected`, with a weight for each value or bin, or `against`, the values of another column. What it means is in
//! `ir::statistic`.

use bigdecimal::num_bigint::Sign;
use bigdecimal::{BigDecimal, One, Zero};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{Number, Spelled};
use crate::expectation::{Mistake, Source};
use crate::ir::statistic::{Apart, Bins, Distribution};
use crate::ir::value::read_decimal;
use crate::ir::{Evaluated, Literal, Predicate, Reading, Scalar, Type, bind};
use crate::lang::Lang;

/// The share of each value or bin.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// The values.
    values: Option<Vec<Spelled>>,
    /// The edges of bins next to each other, rising; `-.inf` and `.inf` may be the first and the last. A bin holds its lower
    /// edge and not its upper one; the last holds both.
    bins: Option<Vec<Spelled>>,
    /// The share of each value, or of each bin; all together, with `tail_weights`, they are 1.
    weights: Vec<Number>,
    /// The shares below the first bin and above the last.
    tail_weights: Option<Vec<Number>>,
}

/// How the values of two columns are told apart.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Cut {
    /// By so many quantiles of the other column.
    Quantiles(u32),
    /// By the edges of bins.
    Edges(Vec<Spelled>),
    /// Each different value by itself.
    Word(Word),
}

/// Each different value by itself.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub(super) enum Word {
    /// Each different value by itself.
    Values,
}

/// The parameters that say what a column is held against.
pub(super) struct Given<'a> {
    pub(super) column: &'a str,
    pub(super) expected: Option<&'a Expected>,
    pub(super) against: Option<&'a str>,
    pub(super) bins: Option<&'a Cut>,
}

impl Given<'_> {
    /// The distribution they mean.
    ///
    /// # Errors
    /// What is wrong with them.
    pub(super) fn distribution(&self, on: &Source<'_>) -> Result<Distribution, Mistake> {
        match (self.expected, self.against) {
            (Some(expected), None) if self.bins.is_none() => expected.distribution(self.column, on),
            (Some(_), None) => {
                Err(Mistake::at("bins", "goes with `against`")
                    .help("put the `bins` inside `expected`, with their weights"))
            }
            (None, Some(against)) => {
                let apart = match self.bins {
                    None => Apart::ByType,
                    Some(Cut::Word(Word::Values)) => Apart::Values,
                    Some(Cut::Quantiles(count)) if *count < 2 => {
                        return Err(Mistake::at("bins", "are fewer than two: nothing could differ"));
                    }
                    Some(Cut::Quantiles(count)) => Apart::Quantiles(*count),
                    Some(Cut::Edges(edges)) => Apart::Bins(bins(edges, self.column, on)?),
                };
                sample(against, apart, on)
            }
            (Some(_), Some(_)) => {
                Err(Mistake::at("against", "goes with no `expected`: a column is held to one or the other"))
            }
            (None, None) => Err(Mistake::new("needs `expected`, or `against`")
                .help("`expected: {values: [a, b], weights: [0.6, 0.4]}`, or `against: dataset.column`")),
        }
    }

    /// What the column is held against, in words.
    pub(super) fn words(&self, lang: Lang) -> String {
        match self.against {
            Some(against) => format!("`{against}`"),
            None => lang.pick("the expected distribution", "la distribución esperada").to_owned(),
        }
    }
}

/// The distribution of the values of another column.
pub(super) fn sample(against: &str, apart: Apart, on: &Source<'_>) -> Result<Distribution, Mistake> {
    let Some((dataset, column)) = against.split_once('.') else {
        let help = format!("write `against: {against}.column`");
        return Err(Mistake::at("against", "names no column: it is `dataset.column`").help(help));
    };
    let at = |mistake: Mistake| Mistake { parameter: Some("against".to_owned()), ..mistake };
    let rows = (on.rows_of)(dataset).map_err(at)?;
    let rows = Evaluated {
        dataset: rows.dataset,
        scope: Predicate::all([Predicate::Malformed.negate(), rows.condition]),
        unparsed: Predicate::Unparsed(column.to_owned()),
        missing: Predicate::is_null(column),
    };
    Ok(Distribution::Sample { rows, of: Scalar::column(column), apart })
}

impl Expected {
    fn distribution(&self, column: &str, on: &Source<'_>) -> Result<Distribution, Mistake> {
        let weights: Vec<BigDecimal> = self.weights.iter().map(|Number(weight)| weight.clone()).collect();
        let tails: Vec<BigDecimal> = self.tail_weights.iter().flatten().map(|Number(weight)| weight.clone()).collect();
        if let Some(weight) = weights.iter().chain(&tails).find(|weight| weight.sign() == Sign::Minus) {
            return Err(Mistake::at("weights", format!("hold {}, which is no share", weight.to_plain_string())));
        }
        let sum: BigDecimal = weights.iter().chain(&tails).sum();
        // As `numpy.allclose` has it: shares are often rounded.
        if (&sum - BigDecimal::one()).abs() > BigDecimal::new(1001.into(), 8) {
            let message = format!("come to {} together, not to 1", sum.normalized().to_plain_string());
            return Err(Mistake::at("weights", message).help("divide each by their sum"));
        }
        let as_many = |wanted: usize, of: &str| {
            let message = format!("are {}, and there are {wanted} {of}", weights.len());
            if weights.len() == wanted { Ok(()) } else { Err(Mistake::at("weights", message)) }
        };
        match (&self.values, &self.bins) {
            (Some(values), None) => {
                as_many(values.len(), "values")?;
                if self.tail_weights.is_some() {
                    return Err(Mistake::at("tail_weights", "go with `bins`: values have no tails"));
                }
                if values.contains(&Spelled::Null) {
                    return Err(
                        Mistake::at("values", "hold null, and nulls are left out").help("`null_share` counts nulls")
                    );
                }
                let twice = (1..values.len()).find(|place| values[..*place].contains(&values[*place]));
                if let Some(place) = twice {
                    return Err(Mistake::at("values", format!("hold `{}` twice", values[place].words(Lang::En))));
                }
                Ok(Distribution::Values(values.iter().map(Spelled::literal).zip(weights).collect()))
            }
            (None, Some(edges)) => {
                let bins = bins(edges, column, on)?;
                as_many(bins.count(), "bins")?;
                let tails = match <[BigDecimal; 2]>::try_from(tails) {
                    Ok(_) if bins.from_below || bins.to_above => {
                        return Err(Mistake::at("tail_weights", "go with bins of finite ends")
                            .help("the weight of a bin that reaches to infinity is its own"));
                    }
                    Ok(tails) => Some(tails),
                    Err(_) if self.tail_weights.is_none() => None,
                    Err(_) => {
                        return Err(Mistake::at("tail_weights", "are two: below the first bin, and above the last"));
                    }
                };
                Ok(Distribution::Bins { bins, weights, tails })
            }
            _ => Err(Mistake::at("expected", "holds `values`, or `bins`, with their `weights`")),
        }
    }
}

/// Bins by their edges.
fn bins(edges: &[Spelled], column: &str, on: &Source<'_>) -> Result<Bins, Mistake> {
    let wrong = |message: &str| Mistake::at("bins", message);
    let mut finite = Vec::with_capacity(edges.len());
    let mut open = [false; 2];
    let last = edges.len().saturating_sub(1);
    for (place, edge) in edges.iter().enumerate() {
        match (edge, infinite(edge)) {
            (_, Some(Sign::Minus)) if place == 0 => open[0] = true,
            (_, Some(Sign::Plus)) if place == last => open[1] = true,
            (_, Some(_)) => return Err(wrong("hold an infinity that is no end")),
            (Spelled::Null, None) => return Err(wrong("hold null")),
            (edge, None) => finite.push(edge),
        }
    }
    if edges.len() < 2 {
        return Err(wrong("need two edges, for one bin"));
    }
    let known = on.reading(column).cloned();
    for pair in finite.windows(2) {
        if let [Spelled::Text(low), Spelled::Text(high)] = pair {
            let read = |text: &str| match &known {
                Some(reading) => bind::spelled(text, reading, on.zone),
                None => [Type::Decimal, Type::Float, Type::Date, Type::Timestamp]
                    .into_iter()
                    .find_map(|kind| bind::spelled(text, &Reading::plain(kind), on.zone)),
            };
            let (from, to) = (read(low), read(high));
            let rise = from.zip(to).and_then(|(from, to)| from.compare(&to));
            if rise.is_none_or(std::cmp::Ordering::is_ge) {
                return Err(wrong(&format!("do not rise: `{high}` does not lie after `{low}`")));
            }
        }
    }
    let edges = finite.into_iter().map(Spelled::literal).collect::<Vec<Literal>>();
    Ok(Bins { edges, from_below: open[0], to_above: open[1] })
}

/// The sign of an infinity, if the text is one.
fn infinite(edge: &Spelled) -> Option<Sign> {
    let Spelled::Text(text) = edge else { return None };
    let (sign, rest) = match text.strip_prefix('-') {
        Some(rest) => (Sign::Minus, rest),
        None => (Sign::Plus, text.strip_prefix('+').unwrap_or(text)),
    };
    ["inf", ".inf", "infinity"].contains(&rest.to_ascii_lowercase().as_str()).then_some(sign)
}

/// The least p-value that holds, if one is given.
pub(super) fn least_p(min_p: Option<&Number>) -> Result<Option<BigDecimal>, Mistake> {
    let Some(Number(p)) = min_p else { return Ok(None) };
    if p.sign() == Sign::Minus || *p > BigDecimal::one() {
        return Err(Mistake::at("min_p", format!("is {}, and a chance lies between 0 and 1", p.to_plain_string())));
    }
    Ok(Some(p.clone()))
}

/// What a rule with a least p-value asks for, in words, with its verb.
pub(super) fn asked(min_p: Option<&Number>, said: &crate::expectation::Said<'_>) -> String {
    let p = min_p.map(|Number(p)| {
        let of = said.lang.pick("has a p-value of at least", "tiene un valor p de al menos");
        format!("{of} {}", p.to_plain_string())
    });
    let bounds = (!said.limits.is_empty()).then(|| said.limits.verb_phrase(said.lang));
    let parts: Vec<String> = bounds.into_iter().chain(p).collect();
    if parts.is_empty() { said.limits.verb_phrase(said.lang) } else { said.lang.list(&parts) }
}

/// The same without a verb, if anything is asked for.
pub(super) fn wanted(min_p: Option<&Number>, said: &crate::expectation::Said<'_>) -> Option<String> {
    let p = min_p.map(|Number(p)| {
        let of = said.lang.pick("a p-value of at least", "un valor p de al menos");
        format!("{of} {}", p.to_plain_string())
    });
    let bounds = (!said.limits.is_empty()).then(|| said.limits.phrase(said.lang));
    let parts: Vec<String> = bounds.into_iter().chain(p).collect();
    (!parts.is_empty()).then(|| said.lang.list(&parts))
}

/// A share held out: from 0 to 1.
pub(super) fn holdout(name: &str, share: Option<&Number>) -> Result<BigDecimal, Mistake> {
    let share = share.map_or_else(BigDecimal::zero, |Number(share)| share.clone());
    if share.sign() == Sign::Minus || share > BigDecimal::one() {
        return Err(Mistake::at(name, format!("is {}, and a share lies between 0 and 1", share.to_plain_string())));
    }
    Ok(share)
}

/// A bound below which the number never lies, which no data could keep.
pub(super) fn not_negative(on: &Source<'_>) -> Result<(), Mistake> {
    let edges = [("max", &on.limits.max), ("strict_max", &on.limits.strict_max)];
    let negative = |text: &str| read_decimal(text).is_some_and(|number| number.sign() == Sign::Minus);
    for (key, edge) in edges {
        if let Some(crate::expectation::bounds::Edge::Value(text)) = edge
            && negative(text)
        {
            return Err(Mistake::at(key, format!("is {text}, and the number is never below 0")));
        }
    }
    Ok(())
}
