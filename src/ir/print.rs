//! Conditions, expressions and measures as text, for plans and manuals.
//!
//! Reads like SQL, but is for people: nothing parses it again.

use std::fmt::{self, Display, Formatter};

use crate::ir::function::Function;
use crate::ir::{End, Fold, Follow, Interpolation, Literal, Measure, Predicate, Relative, Scalar, Spread, Value};

/// How many values of a list are shown.
const MOST: usize = 12;

impl Display for Predicate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Constant(flag) => write!(f, "{flag}"),
            Self::IsNull(of) => write!(f, "{of} is null"),
            Self::Unparsed(column) => write!(f, "{} does not parse", Name(column)),
            Self::OfType(of, types) => {
                let words: Vec<&str> = types.iter().map(|kind| kind.name()).collect();
                write!(f, "{of} is of type {}", words.join(" or "))
            }
            Self::Malformed => f.write_str("the record is malformed"),
            Self::Compare(left, op, right) => write!(f, "{left} {} {right}", op.sign()),
            Self::In(of, list) => {
                write!(f, "{of} in (")?;
                for (index, literal) in list.iter().take(MOST).enumerate() {
                    write!(f, "{}{literal}", if index > 0 { ", " } else { "" })?;
                }
                if list.len() > MOST {
                    write!(f, ", … {} in all", list.len())?;
                }
                f.write_str(")")
            }
            Self::Matches(of, regex) => {
                let how = if regex.full { "matches all of" } else { "matches" };
                write!(f, "{of} {how} /{}/{}", regex.pattern, if regex.ignore_case { "i" } else { "" })
            }
            Self::Like(of, like) => {
                write!(f, "{of} {} '{}'", if like.ignore_case { "ilike" } else { "like" }, like.pattern)
            }
            Self::Test(test, of) => write!(f, "{of} {test}"),
            Self::Leads(asset, of) => write!(f, "{of} leads to {asset}"),
            Self::Parses(wanted, of) => write!(f, "{of} reads as {wanted}"),
            Self::Multiple(of, unit) => write!(f, "{of} is a multiple of {}", unit.to_plain_string()),
            Self::Holds(of) => write!(f, "{of}"),
            Self::Unknown(inner) => write!(f, "({inner}) is unknown"),
            Self::Not(inner) => match inner.as_ref() {
                Self::IsNull(of) => write!(f, "{of} is not null"),
                Self::Unparsed(column) => write!(f, "{} parses", Name(column)),
                Self::Malformed => f.write_str("the record is well formed"),
                inner => write!(f, "not ({inner})"),
            },
            Self::And(parts) => joined(f, parts, " and "),
            Self::Or(parts) => joined(f, parts, " or "),
        }
    }
}

fn joined(f: &mut Formatter<'_>, parts: &[Predicate], word: &str) -> fmt::Result {
    for (index, part) in parts.iter().enumerate() {
        if index > 0 {
            f.write_str(word)?;
        }
        if matches!(part, Predicate::And(_) | Predicate::Or(_)) { write!(f, "({part})")? } else { write!(f, "{part}")? }
    }
    Ok(())
}

impl Display for Scalar {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name) => write!(f, "{}", Name(name)),
            Self::Literal(literal) => write!(f, "{literal}"),
            Self::Arithmetic(left, sign, right) => write!(f, "({left} {} {right})", sign.sign()),
            Self::Case(branches, otherwise) => {
                f.write_str("case")?;
                for (condition, then) in branches {
                    write!(f, " when {condition} then {then}")?;
                }
                write!(f, " else {otherwise} end")
            }
            Self::Cast(of, kind) => write!(f, "cast({of} as {kind})"),
            Self::Call(function, arguments) => {
                if let (Function::Later(way, _), [of]) = (function, arguments.as_slice()) {
                    return write!(f, "{}", way.to_string().replacen(":as_of", &of.to_string(), 1));
                }
                let name = match function {
                    Function::Extract(part) => format!("extract_{}", part.name()),
                    Function::Truncate(part) => format!("date_trunc_{}", part.name()),
                    Function::Shift { months, micros } => {
                        return write!(f, "({} + {months} months {} s)", arguments[0], micros / 1_000_000);
                    }
                    other => other.name().to_owned(),
                };
                write!(f, "{name}(")?;
                for (index, argument) in arguments.iter().enumerate() {
                    write!(f, "{}{argument}", if index > 0 { ", " } else { "" })?;
                }
                f.write_str(")")
            }
            Self::Condition(inner) => write!(f, "({inner})"),
            Self::Measured(measure, end) => {
                write!(f, "the {} end of [{measure}]", if *end == End::Low { "lower" } else { "upper" })
            }
        }
    }
}

impl Display for Literal {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Spelled(text) => f.write_str(text),
            Self::Value(value @ (Value::Text(_) | Value::Date(_) | Value::Timestamp(_) | Value::Time(_))) => {
                write!(f, "'{value}'")
            }
            Self::Value(value) => write!(f, "{value}"),
            Self::Relative(moment) => write!(f, "{moment}"),
        }
    }
}

impl Display for Relative {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if let Some(part) = self.floor {
            write!(f, "date_trunc_{}(", part.name())?;
        }
        f.write_str(":as_of")?;
        for (count, unit) in
            [(i64::from(self.months), "months"), (i64::from(self.days), "days"), (self.clock / 1_000_000, "s")]
        {
            if count != 0 {
                write!(f, " {} {} {unit}", if count < 0 { '-' } else { '+' }, count.unsigned_abs())?;
            }
        }
        f.write_str(if self.floor.is_some() { ")" } else { "" })
    }
}

impl Display for Measure {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let where_ = |condition: &Predicate| match condition {
            Predicate::Constant(true) => String::new(),
            condition => format!(" where {condition}"),
        };
        match self {
            Self::Rows(condition) => write!(f, "rows{}", where_(condition)),
            Self::Fold(fold, of, condition) => write!(f, "{fold} of {of}{}", where_(condition)),
            Self::Values(of, condition) => write!(f, "values of {of}{}", where_(condition)),
            Self::Correlation([one, other], condition) => {
                write!(f, "correlation of {one} and {other}{}", where_(condition))
            }
            Self::Order(order, condition) => {
                let strictly = |strict: &bool| if *strict { "strictly " } else { "" };
                match &order.follow {
                    Follow::Rising { strict } => write!(f, "breaks of {}increasing {}", strictly(strict), order.of)?,
                    Follow::Falling { strict } => write!(f, "breaks of {}decreasing {}", strictly(strict), order.of)?,
                    Follow::Step(next) => write!(f, "breaks of {} followed by {next}", order.of)?,
                    Follow::Apart(end) => write!(f, "overlaps of {} to {end}", order.of)?,
                }
                if !order.by.is_empty() {
                    write!(f, " by ({})", names(&order.by))?;
                }
                f.write_str(&where_(condition))
            }
            Self::Repeats(keys, condition) => write!(f, "repeats of ({}){}", names(keys), where_(condition)),
            Self::Orphans(keys, condition, parent) => write!(
                f,
                "rows whose ({}) {} {} ({}){}",
                names(keys),
                if parent.wanted { "is not in" } else { "is in" },
                parent.dataset,
                names(&parent.keys),
                where_(condition)
            ),
            Self::Pairs(pairs, condition) => {
                let by =
                    if pairs.key.is_empty() { "as wholes".to_owned() } else { format!("by ({})", names(&pairs.key)) };
                let other = &pairs.other.dataset;
                write!(f, "rows {by} against {other}, with ({}){}", names(&pairs.columns), where_(condition))
            }
            Self::Grouped(by, inner) => write!(f, "for each ({}): {inner}", names(by)),
            Self::Facts => f.write_str("columns, rows and files"),
            Self::Findings => f.write_str("structural faults"),
            Self::Query(query) => {
                let what = if query.is_value { "value" } else { "rows" };
                write!(f, "the {what} of {}", query.text(":as_of").split_whitespace().collect::<Vec<_>>().join(" "))
            }
        }
    }
}

impl Display for Fold {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Quantile(q, how) => write!(f, "quantile {} ({})", q.to_plain_string(), how.name()),
            Self::Min => f.write_str("min"),
            Self::Max => f.write_str("max"),
            Self::Sum => f.write_str("sum"),
            Self::Mean => f.write_str("mean"),
            Self::Variance => f.write_str("variance"),
            Self::Stddev => f.write_str("stddev"),
            Self::Skewness => f.write_str("skewness"),
            Self::Kurtosis => f.write_str("kurtosis"),
            Self::Range(spread, factor) => {
                let spread = match spread {
                    Spread::Stddev => "standard deviations around the mean",
                    Spread::Quartiles => "interquartile ranges around the quartiles",
                    Spread::Median => "median distances around the median",
                };
                write!(f, "range of {} {spread}", factor.to_plain_string())
            }
        }
    }
}

impl Interpolation {
    /// The word suites use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Nearest => "nearest",
            Self::Linear => "linear",
            Self::Lower => "lower",
            Self::Higher => "higher",
            Self::Midpoint => "midpoint",
        }
    }
}

fn names(keys: &[String]) -> String {
    keys.iter().map(|key| Name(key).to_string()).collect::<Vec<_>>().join(", ")
}

/// The name of a column, in double quotes where SQL would need them.
struct Name<'a>(&'a str);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let plain = !self.0.is_empty()
            && self.0.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'))
            && !self.0.starts_with(|c: char| c.is_ascii_digit());
        if plain { f.write_str(self.0) } else { write!(f, "\"{}\"", self.0.replace('"', "\"\"")) }
    }
}
