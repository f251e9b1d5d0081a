//! Expectations about how values are distributed.

use serde_json::Value as Json;

use crate::import::draft::{Rule, Value};
use crate::import::gx::subject::{Answer, Subject, scalar};
use crate::suite::quote;

pub(super) fn z_score(subject: &mut Subject<'_>) -> Answer {
    let threshold = subject.value("threshold")?;
    let one_sided = (subject.flag("double_sided") == Some(false)).then_some(false);
    let rule = Rule::new("z_score").with_some("max", threshold).with_some("two_sided", one_sided);
    let made = subject.under_column(rule);
    Ok(vec![subject.computing(made)])
}

pub(super) fn outliers(subject: &mut Subject<'_>) -> Answer {
    let method = subject.text("method").filter(|method| *method != "iqr");
    // The factor is 1.5 for both of its methods.
    let factor = subject.value("multiplier")?.or_else(|| method.map(|_| Value::word("1.5")));
    let factor = factor.filter(|factor| method.is_some() || *factor != Value::word("1.5"));
    let rule = Rule::new("no_outliers").with_some("method", method.map(Value::text)).with_some("factor", factor);
    let made = subject.under_column(rule);
    Ok(vec![subject.computing(made)])
}

pub(super) fn kl_divergence(subject: &mut Subject<'_>) -> Answer {
    if subject.flag("bucketize_data") == Some(false) {
        return Err("bucketize_data: false compares values as they are".to_owned());
    }
    // Bounds on the number itself do nothing there.
    subject.json("min_value");
    subject.json("max_value");
    let held = |key: &str| subject.value(key).map(|held| held.filter(|held| *held != Value::word("0")));
    let rule = Rule::new("kl_divergence");
    let rule = match subject.json("partition_object") {
        // Without a partition the data are compared with themselves.
        None => {
            let column = subject.text("column").unwrap_or_default();
            let column = if column.contains('.') { quote::sql_name(column) } else { column.to_owned() };
            rule.with("against", Value::text(format!("{}.{column}", subject.dataset)))
        }
        Some(partition) => rule.with("expected", distribution(partition)),
    };
    let rule = rule
        .with_some("tail_holdout", held("tail_weight_holdout")?)
        .with_some("inner_holdout", held("internal_weight_holdout")?)
        .with_some("max", subject.value("threshold")?);
    Ok(vec![subject.under_column(rule)])
}

/// A partition, its parts in the order people read them.
fn distribution(partition: &Json) -> Value {
    let Some(entries) = partition.as_object() else { return Value::of_json(partition) };
    let order = ["values", "bins", "weights", "tail_weights"];
    let parts = order.iter().filter_map(|key| Some((*key, entries.get(*key)?)));
    let others =
        entries.iter().filter(|(key, _)| !order.contains(&key.as_str())).map(|(key, part)| (key.as_str(), part));
    Value::Map(parts.chain(others).map(|(key, part)| (key.to_owned(), numbers(part))).collect())
}

/// Data, with the infinities that JSON lacks.
fn numbers(part: &Json) -> Value {
    match part {
        Json::Array(items) => Value::List(items.iter().map(numbers).collect()),
        Json::String(text) if matches!(text.as_str(), ".inf" | "-.inf" | ".nan") => Value::word(text.clone()),
        other => scalar(other),
    }
}

pub(super) fn removed(_: &mut Subject<'_>) -> Answer {
    Err("it was withdrawn from Great Expectations and has no successor; see kl_divergence, ks and chi_square"
        .to_owned())
}
