//! `freshness` checks: how long ago the newest value was.
//!
//! Soda passes an age that is exactly the threshold, as `max_age` does, and fails a column without a value, as here.

use crate::import::draft::{Rule, Value};
use crate::import::sodacl::book::{Book, Made};
use crate::import::sodacl::levels::Levels;
use crate::import::sodacl::metric::Subject;
use crate::import::sodacl::sql;
use crate::import::sodacl::threshold::{Bound, Domain, Pass};

/// Makes the rule of a freshness check.
///
/// # Errors
/// A threshold that is no length of time, or that asks for old values.
pub(super) fn make(
    book: &Book<'_>,
    subject: &Subject<'_>,
    column: &str,
    now: Option<&str>,
    pass: Option<&Pass>,
) -> Result<Made, String> {
    subject.options.only(&[])?;
    let levels = Levels::read(pass, subject.options, Domain::Value)?;
    let made = of_ages(subject, &book.column(&subject.dataset, column), &levels, |bound| match bound {
        Bound::Text(text) => Ok(text.replace(' ', "")),
        Bound::Number(number) => Err(format!("`{number}` says no unit; write `{number}d`, `{number}h` or `{number}m`")),
    })?;
    Ok(match now {
        Some(name) if !sql::is_now(name) => {
            made.differing(format!("Soda takes the moment from the variable `{name}`; give it with --as-of"))
        }
        _ => made,
    })
}

/// The rule of ages at each level, each spelled as a length of time.
///
/// # Errors
/// What `spell` says, or if it asks for old values.
pub(super) fn of_ages(
    subject: &Subject<'_>,
    column: &str,
    levels: &Levels,
    spell: impl Fn(&Bound) -> Result<String, String>,
) -> Result<Made, String> {
    let mut ages = Vec::new();
    for (level, pass) in &levels.each {
        let edge = pass.tolerance().ok_or("freshness has a greatest age, and this asks for more")?;
        let age = spell(&edge.value)?;
        ages.push((*level, if age.contains('$') { Value::Raw(age) } else { Value::Word(age) }));
    }
    let rule = Rule::new("freshness");
    let rule = match ages.as_slice() {
        [(level, age)] => super::levels::graded(rule.with("max_age", age.clone()), *level),
        several => {
            let each = several
                .iter()
                .map(|(level, age)| (level.name().to_owned(), Value::Map(vec![("max_age".to_owned(), age.clone())])));
            rule.with("levels", Value::Map(each.collect()))
        }
    };
    Ok(Made::one(Some(column), subject.filtered(rule)))
}
