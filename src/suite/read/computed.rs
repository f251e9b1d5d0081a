//! Columns that are computed: `producto: {sql: "CAST(replace(producto_id, 'prod', '') AS INTEGER)", type: integer}`.
//!
//! The expression may name columns of the file and other computed ones, whose expressions are put in their place; a column
//! that would be computed from itself is a mistake. `:as_of` is refused, for columns are made before the "now" is known.
//! No cell of a file is read for such a column, so what is said of cells does not go with it.

use std::collections::HashMap;

use crate::dataset::Column;
use crate::diagnostic::Code;
use crate::ir::bind::{Scope, Unbound};
use crate::ir::computed::computed;
use crate::ir::name::nfc;
use crate::ir::{Reading, Scalar};
use crate::suite::condition;
use crate::suite::read::Reader;
use crate::suite::yaml::{Entry, Node};

/// Keys of a column that are about cells of a file.
const OF_CELLS: [&str; 5] = ["parse", "trim", "missing", "optional", "repair"];

impl Reader<'_> {
    /// Reads the expressions of the columns of a dataset.
    pub(super) fn computed(&mut self, declared: &[Entry], columns: &mut [Column]) {
        let mut nodes: HashMap<String, &Node> = HashMap::new();
        let mut written: HashMap<String, Scalar> = HashMap::new();
        for entry in declared {
            let Some(node) = entry.value.get("sql") else { continue };
            for key in OF_CELLS {
                if let Some(other) = entry.value.entries().unwrap_or(&[]).iter().find(|entry| entry.key == key) {
                    let message = format!("`{key}` is about cells of a file, and this column is computed");
                    self.error(Code::Conflict, other.key_span.clone(), message).help =
                        Some(format!("say it of a column that `sql` names, and leave `{key}` out here"));
                }
            }
            if let Some(scalar) = self.expression(node) {
                nodes.insert(nfc(&entry.key), node);
                written.insert(nfc(&entry.key), scalar);
            }
        }
        let readings: HashMap<String, Option<Reading>> =
            columns.iter().map(|column| (column.name.clone(), column.reading.clone())).collect();
        for column in columns {
            let Some(node) = nodes.get(&column.name) else { continue };
            match resolved(&column.name, &written, &mut Vec::new()) {
                Ok(scalar) => {
                    self.check_type(node, &scalar, column.reading.as_ref(), &readings);
                    column.sql = Some(scalar);
                }
                Err(cycle) => {
                    let message = format!("`{}` is computed from itself: {}", column.name, cycle.join(" → "));
                    self.error(Code::Conflict, node.span.clone(), message);
                }
            }
        }
    }

    /// Reads SQL that is an expression with a value.
    fn expression(&mut self, node: &Node) -> Option<Scalar> {
        let text = self.text(node)?;
        let variables = self.variables.all();
        let context = condition::Context { variables: &variables, zone: self.timezone };
        match condition::parse_value(&text, context) {
            Ok(scalar) if scalar.asks_the_time() => {
                self.error(Code::BadCondition, node.span.clone(), "`:as_of` cannot stand in the `sql` of a column")
                    .help =
                    Some("use it in the rule: `expression`, `where`, or one of the expectations about time".to_owned());
                None
            }
            Ok(scalar) => Some(scalar),
            Err(mistakes) => {
                for mistake in mistakes {
                    let span = self.inside(node, &mistake.range);
                    self.error(Code::BadCondition, span, mistake.message).help = mistake.help;
                }
                None
            }
        }
    }

    /// Tells types that do not go together, where all that an expression names is declared.
    fn check_type(
        &mut self,
        node: &Node,
        scalar: &Scalar,
        declared: Option<&Reading>,
        readings: &HashMap<String, Option<Reading>>,
    ) {
        let column = |name: &str| readings.get(name).cloned().flatten();
        let scope = Scope { column: &column, as_of: None, zone: self.timezone };
        if let Err(Unbound::Types(message)) = computed(scalar, declared, &scope) {
            self.error(Code::BadCondition, node.span.clone(), message).help =
                Some("`CAST(… AS type)` takes a value to a type; it is null where it does not read as one".to_owned());
        }
    }
}

/// The expression of a computed column over columns of the file, or the way by which it comes back to itself.
fn resolved(column: &str, written: &HashMap<String, Scalar>, route: &mut Vec<String>) -> Result<Scalar, Vec<String>> {
    route.push(column.to_owned());
    let mut inner: HashMap<String, Scalar> = HashMap::new();
    let mut named: Vec<&str> = Vec::new();
    written[column].columns(&mut |name| named.push(name));
    for name in named.into_iter().filter(|name| written.contains_key(*name)) {
        if route.iter().any(|known| known == name) {
            return Err(route.iter().cloned().chain([name.to_owned()]).collect());
        }
        inner.insert(name.to_owned(), resolved(name, written, route)?);
    }
    route.pop();
    Ok(written[column].mapped(&|name| inner.get(name).cloned().unwrap_or_else(|| Scalar::column(name))))
}

#[cfg(test)]
mod tests {
    use crate::suite::read::{mistakes, read_files};

    fn suite(columns: &str) -> String {
        format!("tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n    columns:\n{columns}")
    }

    fn wrong(columns: &str) -> Vec<(u64, String)> {
        mistakes(&[("s.yaml", &suite(columns))]).into_iter().map(|(_, line, message)| (line, message)).collect()
    }

    #[test]
    fn a_computed_column_may_use_another() {
        let text = suite("      c: {sql: b * 2}\n      b: {sql: a + 1}\n      a: {type: integer}\n");
        let suite = read_files(&[("s.yaml", &text)]).unwrap();
        let columns = &suite.datasets[0].data.columns;
        assert_eq!(columns[0].sql.as_ref().unwrap().to_string(), "((a + 1) * 2)");
        assert_eq!(columns[2].sql, None);
        let exists: Vec<&str> = suite
            .rules
            .iter()
            .filter(|rule| rule.expectation == "column_exists")
            .map(|rule| rule.id.as_str())
            .collect();
        assert_eq!(exists, ["d.a.column_exists"], "a computed column is none of the file");
    }

    #[test]
    fn what_cannot_be_computed_is_told_at_its_place() {
        for (columns, line) in [
            ("      a: {sql: a + 1}\n", 7),
            ("      a: {sql: b}\n      b: {sql: a}\n", 7),
            ("      a: {type: integer}\n      b: {sql: sum(a)}\n", 8),
            ("      a: {type: integer}\n      b: {sql: a ||}\n", 8),
            ("      a: {type: integer}\n      b: {sql: a + 1, type: string}\n", 8),
            ("      a: {type: string}\n      b: {sql: a + 1}\n", 8),
            ("      b: {sql: a, type: date, parse: '%d'}\n", 7),
            ("      b: {sql: ':as_of'}\n", 7),
            ("      b: {sql: a, optional: true}\n", 7),
        ] {
            let told = wrong(columns);
            assert!(!told.is_empty() && told.iter().all(|(at, _)| *at >= line), "{columns}: {told:?}");
            assert_eq!(told[0].0, line, "{columns}: {told:?}");
        }
    }
}
