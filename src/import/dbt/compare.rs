//! Queries that set two tables against each other.

use crate::import::dbt::sql;

/// A number of each of two tables, in all or by group.
pub(super) struct Sides {
    /// The expression of the tested table, and its rows: what stands after `FROM`.
    pub(super) left: (String, String),
    /// The same of the other.
    pub(super) right: (String, String),
    /// The columns of each by which rows are grouped; none if all are one group.
    pub(super) by: [Vec<String>; 2],
}

impl Sides {
    /// The pairs of numbers, `a.value` and `b.value`, for which a condition of breaking is true.
    pub(super) fn joined(&self, breaks: &str) -> String {
        let side = |(expression, rows): &(String, String), by: &[String]| {
            let columns: Vec<String> = by.iter().map(|column| sql::name(column)).collect();
            let keys = columns.iter().enumerate().map(|(place, column)| format!("{column} AS key_{place}, "));
            let keys = keys.collect::<Vec<_>>().concat();
            let group = if by.is_empty() { String::new() } else { format!(" GROUP BY {}", columns.join(", ")) };
            format!("(SELECT {keys}{expression} AS value FROM {rows}{group})")
        };
        let [left_by, right_by] = &self.by;
        let (left, right) = (side(&self.left, left_by), side(&self.right, right_by));
        let join = if left_by.is_empty() {
            format!("{left} AS a CROSS JOIN {right} AS b")
        } else {
            let on: Vec<String> = (0..left_by.len()).map(|place| format!("a.key_{place} = b.key_{place}")).collect();
            format!("{left} AS a FULL OUTER JOIN {right} AS b ON {}", on.join(" AND "))
        };
        let names = left_by.iter().map(|name| sql::name(name)).enumerate();
        let keys = names.map(|(place, name)| format!("a.key_{place} AS {name}, ")).collect::<Vec<_>>().concat();
        format!("SELECT {keys}a.value AS value, b.value AS compared FROM {join} WHERE {breaks}")
    }
}

/// The different rows that only one of two queries returns.
pub(super) fn difference(left: &str, right: &str) -> String {
    format!("SELECT * FROM ({left} EXCEPT {right}) AS a UNION ALL SELECT * FROM ({right} EXCEPT {left}) AS b")
}
