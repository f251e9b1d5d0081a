//! The rows that break a rule as delimited text, to lie beside the page of a run: RFC 4180 in UTF-8, lines ended by `\n`.
//!
//! `_tamiz_source`, `_tamiz_line` and `_tamiz_row` say where a row stands, as in a quarantine; the columns of the key and those
//! tested follow. Null is an empty field and empty text one in quotes. Text is harmless: what does something instead of showing
//! something is written out, and what a spreadsheet would take for a formula has an apostrophe before it.

use std::borrow::Cow;

use serde_json::Value;

use super::value;
use crate::outcome::Sample;

/// Writes rows, in their order.
#[must_use]
pub fn render(rows: &[Sample]) -> String {
    let mut names: Vec<&str> = Vec::new();
    for name in rows.iter().flat_map(|row| row.key.keys()).chain(rows.iter().flat_map(|row| row.values.keys())) {
        if !names.contains(&name.as_str()) {
            names.push(name);
        }
    }
    let has = |some: fn(&Sample) -> bool| rows.iter().any(some);
    let dataset = has(|row| row.dataset.is_some()).then_some("_tamiz_dataset");
    let reason = has(|row| row.reason.is_some()).then_some("_tamiz_reason");
    let other = has(|row| row.other.is_some()).then_some("_tamiz_other");
    let mut text = String::new();
    let head = ["_tamiz_source", "_tamiz_line", "_tamiz_row"].into_iter().chain(dataset).chain(names.iter().copied());
    record(&mut text, head.chain(reason).chain(other).map(|name| Some(Cow::Borrowed(name))));
    for row in rows {
        let number = |number: Option<u64>| number.map(|number| Cow::Owned(number.to_string()));
        let written = |text: &Option<String>| text.as_ref().map(|text| Cow::Owned(harmless(text)));
        let place = [written(&row.file), number(row.line), number(row.row_index)];
        let cells = names.iter().map(|name| row.key.get(*name).or_else(|| row.values.get(*name)).and_then(cell));
        let other_row = || serde_json::to_string(row.other.as_ref()?).ok().map(|text| Cow::Owned(harmless(&text)));
        let behind = [reason.map(|_| written(&row.reason)), other.map(|_| other_row())];
        let all = place.into_iter().chain(dataset.map(|_| written(&row.dataset))).chain(cells);
        record(&mut text, all.chain(behind.into_iter().flatten()));
    }
    text
}

/// Writes a line; none is null.
fn record<'a>(text: &mut String, cells: impl Iterator<Item = Option<Cow<'a, str>>>) {
    for (at, cell) in cells.enumerate() {
        if at > 0 {
            text.push(',');
        }
        let Some(cell) = cell else { continue };
        if cell.is_empty() || cell.contains([',', '"', '\n', '\r']) || cell.trim() != cell {
            text.push('"');
            text.push_str(&cell.replace('"', "\"\""));
            text.push('"');
        } else {
            text.push_str(&cell);
        }
    }
    text.push('\n');
}

fn cell(value: &Value) -> Option<Cow<'_, str>> {
    Some(Cow::Owned(match value {
        Value::Null => return None,
        Value::String(text) => harmless(text),
        other => harmless(&other.to_string()),
    }))
}

/// Text that does nothing where it is looked at.
fn harmless(text: &str) -> String {
    let shown = value::block(text);
    let is_formula = shown.starts_with(['=', '+', '-', '@', '\t']) && shown.parse::<f64>().is_err();
    if is_formula { format!("'{shown}") } else { shown.into_owned() }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(key: &Value, values: &Value) -> Sample {
        serde_json::from_value(json!({"file": "d.csv", "line": 3, "row_index": 1, "key": key, "values": values}))
            .unwrap()
    }

    #[test]
    fn a_row_is_a_line_with_its_place_its_key_and_its_values() {
        let row = sample(
            &json!({"id": 7}),
            &json!({"id": 7, "a,b": "x \"y\"", "n": null, "e": "", "big": "-12345678901234567890"}),
        );
        assert_eq!(
            render(&[row]),
            "_tamiz_source,_tamiz_line,_tamiz_row,id,\"a,b\",n,e,big\nd.csv,3,1,7,\"x \"\"y\"\"\",,\"\",-12345678901234567890\n"
        );
        assert_eq!(render(&[]), "_tamiz_source,_tamiz_line,_tamiz_row\n");
    }

    #[test]
    fn what_only_some_rows_have_is_a_column_of_all() {
        let mut why = sample(&json!({}), &json!({"n": 1}));
        why.reason = Some("it is odd".to_owned());
        let plain = Sample { file: None, line: None, row_index: None, ..sample(&json!({}), &json!({"m": true})) };
        let text = render(&[why, plain]);
        assert_eq!(text, "_tamiz_source,_tamiz_line,_tamiz_row,n,m,_tamiz_reason\nd.csv,3,1,1,,it is odd\n,,,,true,\n");
    }

    #[test]
    fn no_cell_does_anything() {
        let values =
            json!({"a": "=cmd|' /C calc'!A0", "b": "-1+1", "c": "-1.5", "d": "\u{1b}[31m\u{202e}x", "e": "@SUM(1)"});
        let text = render(&[sample(&json!({}), &values)]);
        assert!(text.ends_with("'=cmd|' /C calc'!A0,'-1+1,-1.5,\\u{1b}[31m\\u{202e}x,'@SUM(1)\n"), "{text}");
    }
}
