//! `row_condition` as a `where`: conditions of 1.9, clauses of `col("…")`, queries of pandas, SQL of Spark.
//!
//! Each is read into one [`tree`], which `sql` writes. pandas knows two truths and SQL three, so that what pandas says of a
//! missing value is written out: `x != 1` keeps the row without `x`, and so does `x IS DISTINCT FROM 1`. What cannot be read
//! is refused with its reason; a rule is never widened to all rows.

mod clause;
mod object;
mod pandas;
mod sql;
mod token;
mod tree;

use serde_json::Value as Json;

use crate::import::gx::types::Types;
use crate::ir::time::Zone;
use crate::suite::condition;
use sql::Logic;

/// What becomes of a condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// SQL that means the same, with what is to be said of it.
    Sql(String, Option<String>),
    /// It cannot be said, and the reason.
    Unsupported(String),
    /// Great Expectations refuses it; what stands in its place, which is no SQL, so that nobody takes it for one.
    Refused(String),
}

/// Translates a condition.
pub(super) fn translate(given: &Json, parser: Option<&str>, types: &Types) -> Found {
    let text = match given {
        Json::String(text) => text.trim(),
        Json::Object(_) => return written(object::read(given), Logic::Three, types),
        other => return Found::Refused(format!("row_condition {other}")),
    };
    match parser {
        Some("pandas") => written(pandas::read(text, pandas::Dialect::Pandas), Logic::Two, types),
        Some("python") => written(pandas::read(text, pandas::Dialect::Python), Logic::Two, types),
        Some("great_expectations" | "great_expectations__experimental__") => {
            written(clause::read(text), Logic::Three, types)
        }
        Some("spark") => plain(text),
        Some(other) => Found::Refused(format!("condition_parser {other}: {text}")),
        None => Found::Refused(format!("no condition_parser: {text}")),
    }
}

fn written(tree: Result<tree::Condition, String>, logic: Logic, types: &Types) -> Found {
    // What is passed through is in the language of the engine: SQL, or a query of pandas.
    if let Ok(tree::Condition::Raw(raw)) = &tree {
        return match plain(raw) {
            Found::Unsupported(_) => written(pandas::read(raw, pandas::Dialect::Pandas), Logic::Two, types),
            found => found,
        };
    }
    let sql = tree.and_then(|tree| sql::write(&tree, logic, types));
    match sql {
        Ok((sql, remark)) => match plain(&sql) {
            Found::Sql(sql, _) => Found::Sql(sql, remark),
            other => other,
        },
        Err(reason) => Found::Unsupported(format!("its row_condition: {reason}")),
    }
}

/// SQL as it is, if it is a condition of suites.
fn plain(sql: &str) -> Found {
    match condition::parse(sql, condition::Context { variables: &[], zone: Zone::UTC }) {
        Ok(_) => Found::Sql(sql.to_owned(), None),
        Err(mistakes) => {
            let reason = mistakes.first().map_or("it cannot be read", |mistake| mistake.message.as_str());
            Found::Unsupported(format!("its row_condition: {reason}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::ir::Type;

    fn types() -> Types {
        let columns = [("x", Type::Integer), ("w", Type::Float), ("y", Type::String), ("ok", Type::Boolean)];
        Types::of(Some(columns.map(|(name, kind)| (name.to_owned(), Some(kind))).to_vec()))
    }

    fn sql(text: &str, parser: &str) -> String {
        match translate(&json!(text), Some(parser), &types()) {
            Found::Sql(sql, _) => sql,
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn a_query_of_pandas_means_the_same_in_sql() {
        for (query, wanted) in [
            ("x!=1 & w!=6", "x IS DISTINCT FROM 1 AND w IS DISTINCT FROM 6"),
            ("(x == 5) & (y == \"e\")", "x = 5 AND y = 'e'"),
            ("x > 2 and w < 10 or ok", "(x > 2 AND w < 10) OR ok"),
            ("x > 2 | w < 10 & not ok", "x > 2 OR (w < 10 AND (NOT ok OR ok IS NULL))"),
            ("not (x > 2 and y == 'a')", "(x <= 2 OR x IS NULL) OR y IS DISTINCT FROM 'a'"),
            ("x in [1, 2] and y not in ('a', \"it's\")", "x IN (1, 2) AND (y NOT IN ('a', 'it''s') OR y IS NULL)"),
            ("`the name`.notnull() & x.isna()", "\"the name\" IS NOT NULL AND x IS NULL"),
            ("1 < x <= 3", "x > 1 AND x <= 3"),
            ("x == [1, 2]", "x IN (1, 2)"),
            ("x + w * 2 > 10", "x + w * 2 > 10"),
            ("y.str.startswith('a_')", "y LIKE 'a\\_%' ESCAPE '\\'"),
            ("~(x.isnull() | (w >= -1.5))", "x IS NOT NULL AND (w < -1.5 OR w IS NULL)"),
        ] {
            assert_eq!(sql(query, "pandas"), wanted, "{query}");
        }
    }

    #[test]
    fn text_and_numbers_are_told_apart_where_types_are_known() {
        assert_eq!(sql("x == \"1\"", "pandas"), "FALSE");
        assert_eq!(sql("x == \"1\" or w > 2", "pandas"), "w > 2");
        assert_eq!(sql("x != \"1\"", "pandas"), "TRUE");
        assert_eq!(sql("y == 9", "pandas"), "y = '9'");
        assert_eq!(sql("y in [9, 'a']", "pandas"), "y IN ('9', 'a')");
        assert_eq!(sql("x in [9, 'a']", "pandas"), "x IN (9)");
    }

    #[test]
    fn python_binds_signs_tighter() {
        assert_eq!(sql("(x > 2) & (w < 1)", "python"), "x > 2 AND w < 1");
        assert!(sql("x > 2 & w < 1", "python").starts_with("Unsupported"));
    }

    #[test]
    fn a_clause_keeps_the_logic_of_sql() {
        for (clause, wanted) in [
            ("col(\"x\") != 5", "x <> 5"),
            ("col(\"y\") == \"s\"", "y = 's'"),
            ("col('y').notNull()", "y IS NOT NULL"),
            ("col(\"day\") >= date(\"2020-01-31\")", "day >= DATE '2020-01-31'"),
        ] {
            assert_eq!(sql(clause, "great_expectations"), wanted, "{clause}");
        }
    }

    #[test]
    fn a_condition_of_1_9_is_read() {
        let given = json!({"type": "or", "conditions": [
            {"type": "comparison", "column": {"name": "x"}, "operator": "IN", "parameter": [1, 2]},
            {"type": "and", "conditions": [
                {"type": "nullity", "column": {"name": "y"}, "is_null": false},
                {"type": "comparison", "column": {"name": "w"}, "operator": "<=", "parameter": 0.5}]}]});
        let wanted = "x IN (1, 2) OR (y IS NOT NULL AND w <= 0.5)";
        assert_eq!(translate(&given, None, &types()), Found::Sql(wanted.to_owned(), None));
        let raw = json!({"type": "pass_through", "pass_through_filter": "x == 1"});
        assert_eq!(translate(&raw, None, &types()), Found::Sql("x = 1".to_owned(), None));
    }

    #[test]
    fn what_cannot_be_said_is_refused_with_its_reason() {
        for query in ["x.foo() > 1", "x ==", "@limit > x", "index > 0", "x > 1 extra", "f(x) == 1", "x == 'a", "x"] {
            assert!(matches!(translate(&json!(query), Some("pandas"), &types()), Found::Unsupported(_)), "{query}");
        }
        assert!(matches!(translate(&json!("x == 1"), Some("bad_parser"), &types()), Found::Refused(_)));
        assert!(matches!(translate(&json!("x == 1"), None, &types()), Found::Refused(_)));
    }

    #[test]
    fn sql_of_spark_stands_as_it_is() {
        assert_eq!(sql("x > 1 AND y LIKE 'a%'", "spark"), "x > 1 AND y LIKE 'a%'");
        assert!(sql("rank() OVER () > 1", "spark").starts_with("Unsupported"));
    }
}
