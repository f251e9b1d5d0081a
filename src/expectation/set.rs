//! The parameters that `in_set` and `not_in_set` share, and what they mean.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::moment::RelativeDate;
use crate::expectation::parameter::{Spelled, capped, key, quoted};
use crate::expectation::{Lowered, Mistake, Said, Source};
use crate::ir::function::Function;
use crate::ir::{Literal, Op, Predicate, Scalar, Type, bind};
use crate::lang::Lang;

/// Tested columns and the set their values are looked up in.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Set {
    /// The column to test.
    column: Option<String>,
    /// The columns to test together; each of `values` is then a list with one value for each of them.
    columns: Option<Vec<String>>,
    /// The values of the set; each takes the type of its column.
    values: Option<Vec<Member>>,
    /// The column that holds the set instead, as `dataset.column`, or a file of one value a line, relative to the suite.
    from: Option<String>,
    /// Whether upper and lower case are the same.
    #[serde(default)]
    ignore_case: bool,
}

/// One member of a set.
#[derive(Deserialize, JsonSchema)]
#[serde(untagged)]
enum Member {
    /// One value.
    One(Spelled),
    /// One value for each of several columns.
    Row(Vec<Spelled>),
}

impl Set {
    pub(super) fn columns(&self) -> Vec<String> {
        self.key().unwrap_or_default()
    }

    /// The sentence of an expectation that asks to be inside the set, or outside.
    pub(super) fn sentence(&self, inside: bool, said: &Said<'_>) -> String {
        let columns = said.lang.list(&quoted(&self.columns()));
        if let Some(from) = &self.from {
            let found = if inside {
                said.lang.pick("is found in", "está en")
            } else {
                said.lang.pick("is not found in", "no está en")
            };
            return format!("{columns} {found} `{from}`");
        }
        let members = self.values.as_deref().unwrap_or_default();
        if members.is_empty() {
            let none = said.lang.pick("can have no value", "no puede tener ningún valor");
            let any = said.lang.pick("can have any value", "puede tener cualquier valor");
            return format!("{columns} {}", if inside { none } else { any });
        }
        let is = match (self.columns.is_some(), inside) {
            (false, true) => said.lang.pick("is one of", "es uno de estos valores:"),
            (false, false) => said.lang.pick("is none of", "no es ninguno de estos valores:"),
            (true, true) => said.lang.pick("are together one of", "forman una de estas combinaciones:"),
            (true, false) => said.lang.pick("are together none of", "no forman ninguna de estas combinaciones:"),
        };
        let case = said.lang.pick(", ignoring case", ", sin distinguir mayúsculas");
        format!("{columns} {is} {}{}", shown(members, said.lang), if self.ignore_case { case } else { "" })
    }

    /// What it means to be inside the set, or outside.
    pub(super) fn lower(&self, inside: bool, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let keys = self.key()?;
        match (&self.values, &self.from) {
            (Some(members), None) => self.within(&keys, members, inside, on),
            (None, Some(from)) => match self.file(from, on)? {
                Some(lines) => self.within(&keys, &lines, inside, on),
                None => self.partners(keys, from, inside),
            },
            (Some(_), Some(_)) => Err(Mistake::at("from", "goes with no `values`: the set is given once")),
            (None, None) => Err(Mistake::new("needs `values`, or `from` for the values of another dataset")),
        }
    }

    /// The members that hang on the run.
    pub(super) fn dates(&self) -> Vec<RelativeDate> {
        let members = self.values.iter().flatten().flat_map(|member| match member {
            Member::One(value) => std::slice::from_ref(value),
            Member::Row(values) => values.as_slice(),
        });
        members.filter_map(Spelled::relative).collect()
    }

    fn key(&self) -> Result<Vec<String>, Mistake> {
        key(self.column.as_ref(), self.columns.as_ref())
    }

    fn within(&self, keys: &[String], members: &[Member], inside: bool, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let among =
            if self.columns.is_some() { self.rows(keys, members, on)? } else { self.values(&keys[0], members, on)? };
        let bad = |among: Predicate| if inside { among.negate() } else { among };
        let (among, null_as_value) = match among {
            Among::Known(among) => (among.clone(), among),
            Among::UnknownOfNull { among, null_is_member: true } => {
                (among.clone(), Predicate::any([Predicate::is_null(&keys[0]), among]))
            }
            Among::UnknownOfNull { among, null_is_member: false } => {
                (among.clone(), Predicate::all([Predicate::is_null(&keys[0]).negate(), among]))
            }
        };
        Ok(Lowered::NoRow { tested: keys.to_vec(), bad: bad(among), null_as_value: Some(bad(null_as_value)) })
    }

    fn values(&self, column: &str, members: &[Member], on: &Source<'_>) -> Result<Among, Mistake> {
        let mut literals = Vec::new();
        let mut null_is_member = false;
        for member in members {
            match member {
                Member::One(Spelled::Null) => null_is_member = true,
                Member::One(value) => literals.push(self.literal(value, column, on)?),
                Member::Row(_) => {
                    return Err(Mistake::at("values", "are single values for one column")
                        .help("lists as values go with `columns`"));
                }
            }
        }
        Ok(Among::UnknownOfNull { among: Predicate::In(self.scalar(column, on), literals), null_is_member })
    }

    fn rows(&self, keys: &[String], members: &[Member], on: &Source<'_>) -> Result<Among, Mistake> {
        let mut rows = Vec::new();
        for member in members {
            let Member::Row(values) = member else {
                return Err(Mistake::at("values", "are lists where `columns` is given")
                    .help(format!("write each as a list of {}, in the order of `columns`", keys.len())));
            };
            if values.len() != keys.len() {
                return Err(Mistake::at(
                    "values",
                    format!("has a list of {} for {} columns", values.len(), keys.len()),
                ));
            }
            let mut conditions = Vec::new();
            for (column, value) in keys.iter().zip(values) {
                if *value == Spelled::Null {
                    conditions.push(Predicate::is_null(column));
                    continue;
                }
                let literal = Scalar::Literal(self.literal(value, column, on)?);
                conditions.push(Predicate::is_null(column).negate());
                conditions.push(Predicate::Compare(self.scalar(column, on), Op::Eq, literal));
            }
            rows.push(Predicate::all(conditions));
        }
        Ok(Among::Known(Predicate::any(rows)))
    }

    fn partners(&self, keys: Vec<String>, from: &str, wanted: bool) -> Result<Lowered, Mistake> {
        if self.ignore_case {
            return Err(Mistake::at("ignore_case", "goes with `values` or a file, not with the values of a dataset"));
        }
        if keys.len() > 1 {
            return Err(Mistake::at("from", "goes with one column").help("use `foreign_key` for several"));
        }
        match from.split_once('.') {
            Some((dataset, column)) if !dataset.is_empty() && !column.is_empty() => {
                Ok(Lowered::Partners { keys, parent: dataset.to_owned(), parent_keys: vec![column.to_owned()], wanted })
            }
            _ => Err(Mistake::at("from", format!("is written `dataset.column`, not `{from}`"))),
        }
    }

    /// The values that a file holds, one a line; none if `from` names a column of a dataset.
    fn file(&self, from: &str, on: &Source<'_>) -> Result<Option<Vec<Member>>, Mistake> {
        let dataset = from.split_once('.').map(|(dataset, _)| dataset);
        let is_path = from.contains(['/', '\\']);
        if dataset.is_none() && !is_path {
            return Ok(None);
        }
        let unknown = match dataset {
            Some(dataset) if !is_path => match (on.rows_of)(dataset) {
                Ok(_) => return Ok(None),
                Err(unknown) => Some(unknown),
            },
            _ => None,
        };
        if self.columns.is_some() {
            return Err(Mistake::at("from", "goes with one column").help("use `foreign_key` for several"));
        }
        let text = match ((on.text)(from), unknown) {
            (Ok(text), _) => text,
            (Err(_), Some(Mistake { message, help, .. })) => {
                let message = format!("is neither a column nor a file that can be read: {message}");
                return Err(Mistake { help, ..Mistake::at("from", message) });
            }
            (Err(wrong), None) => {
                return Err(Mistake::at("from", wrong)
                    .help("write `dataset.column`, or the path of a file of one value a line, relative to the suite"));
            }
        };
        let lines = text.strip_prefix('\u{feff}').unwrap_or(&text).lines().filter(|line| !line.is_empty());
        Ok(Some(lines.map(|line| Member::One(Spelled::Text(line.to_owned()))).collect()))
    }

    fn scalar(&self, column: &str, on: &Source<'_>) -> Scalar {
        if self.folds(column, on) {
            Scalar::Call(Function::Lower, vec![Scalar::column(column)])
        } else {
            Scalar::column(column)
        }
    }

    /// A member as a literal; one that no value of a declared column can equal is a mistake, as it would never be found.
    fn literal(&self, value: &Spelled, column: &str, on: &Source<'_>) -> Result<Literal, Mistake> {
        if let (Spelled::Text(text), Some(reading)) = (value, on.reading(column))
            && bind::spelled(text, reading, reading.zone).is_none()
        {
            let kind = bind::article(reading.kind);
            let parameter = if self.from.is_some() { "from" } else { "values" };
            return Err(Mistake::at(
                parameter,
                format!("holds `{text}`, which is not {kind} as `{column}` is declared"),
            ));
        }
        if value.relative().is_some() {
            has_moments("values", column, on)?;
        }
        Ok(match value {
            Spelled::Text(text) if self.folds(column, on) => Literal::Spelled(text.to_lowercase()),
            other => other.literal(),
        })
    }

    /// Whether case is taken out of a column: numbers and dates have none.
    fn folds(&self, column: &str, on: &Source<'_>) -> bool {
        self.ignore_case && on.reading(column).is_none_or(|reading| reading.kind.is_text())
    }
}

/// Refuses a date relative to the run among the values of a column that is declared to hold none.
fn has_moments(parameter: &str, column: &str, on: &Source<'_>) -> Result<(), Mistake> {
    match on.reading(column).map(|reading| reading.kind) {
        None | Some(Type::Date | Type::Timestamp) => Ok(()),
        Some(kind) => {
            let kind = bind::article(kind);
            let message = format!("holds a date relative to the run, and `{column}` is declared as {kind}");
            Err(Mistake::at(parameter, message))
        }
    }
}

/// Values of a list as literals; a null, and what no value of a declared column can equal, is a mistake.
pub(super) fn literals(
    parameter: &str,
    values: &[Spelled],
    column: &str,
    on: &Source<'_>,
) -> Result<Vec<Literal>, Mistake> {
    let literal = |value: &Spelled| match value {
        Spelled::Null => Err(Mistake::at(parameter, "holds `null`, which is no value: nulls are left out")
            .help("to ask for nulls, put `is_null` or `not_null` beside it")),
        Spelled::Text(text) => match on.reading(column) {
            Some(reading) if bind::spelled(text, reading, reading.zone).is_none() => {
                let kind = bind::article(reading.kind);
                let said = format!("holds `{text}`, which is not {kind} as `{column}` is declared");
                Err(Mistake::at(parameter, said))
            }
            _ => Ok(value.literal()),
        },
        Spelled::Relative(_) => has_moments(parameter, column, on).map(|()| value.literal()),
    };
    values.iter().map(literal).collect()
}

/// The condition that a row's values are in the set.
enum Among {
    /// Never unknown: null is a value in it.
    Known(Predicate),
    /// Unknown of a null.
    UnknownOfNull { among: Predicate, null_is_member: bool },
}

fn shown(members: &[Member], lang: Lang) -> String {
    let words = members.iter().map(|member| match member {
        Member::One(value) => value.words(lang),
        Member::Row(values) => {
            format!("({})", values.iter().map(|value| value.words(lang)).collect::<Vec<_>>().join(", "))
        }
    });
    capped(&words.collect::<Vec<_>>())
}
