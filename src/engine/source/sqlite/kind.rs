//! The declared types of columns, as ours.
//!
//! SQLite lets a column be declared with any words, and takes from them only what it would rather store (the affinity). Words
//! that say more than that, such as `DATE`, are taken at it.

use crate::ir::Type;

/// The family of a declared type; none if it says nothing that rules can speak of.
///
/// Words first (`BOOLEAN`, `DATE`, `DATETIME`, `TIMESTAMP`, `TIME`, `JSON`, `DECIMAL`, `NUMERIC`), then the affinity as SQLite
/// finds it, by what the words contain: `INT`; `CHAR`, `CLOB`, `TEXT`; `REAL`, `FLOA`, `DOUB`.
pub(in crate::engine) fn family(declared: &str) -> Option<Type> {
    let upper = declared.to_ascii_uppercase();
    let first = upper.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').find(|word| !word.is_empty())?;
    let by_word = match first {
        "BOOL" | "BOOLEAN" => Some(Type::Boolean),
        "DATE" => Some(Type::Date),
        "TIME" => Some(Type::Time),
        "JSON" => Some(Type::Json),
        "DECIMAL" | "DEC" | "NUMERIC" | "NUMBER" => Some(Type::Decimal),
        word if word.starts_with("DATETIME") || word.starts_with("TIMESTAMP") => Some(Type::Timestamp),
        _ => None,
    };
    let contains = |parts: &[&str]| parts.iter().any(|part| upper.contains(part));
    by_word.or_else(|| {
        if contains(&["INT"]) {
            Some(Type::Integer)
        } else if contains(&["CHAR", "CLOB", "TEXT"]) {
            Some(Type::String)
        } else if contains(&["BLOB"]) {
            None
        } else if contains(&["REAL", "FLOA", "DOUB"]) {
            Some(Type::Float)
        } else {
            None
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_say_more_than_the_affinity() {
        let families = [
            ("INTEGER", Some(Type::Integer)),
            ("unsigned big int", Some(Type::Integer)),
            ("TINYINT(1)", Some(Type::Integer)),
            ("VARCHAR(20)", Some(Type::String)),
            ("NCHAR VARYING", Some(Type::String)),
            ("text", Some(Type::String)),
            ("DOUBLE PRECISION", Some(Type::Float)),
            ("real", Some(Type::Float)),
            ("DECIMAL(10,2)", Some(Type::Decimal)),
            ("numeric", Some(Type::Decimal)),
            ("BOOLEAN", Some(Type::Boolean)),
            ("Date", Some(Type::Date)),
            ("DATETIME", Some(Type::Timestamp)),
            ("TIMESTAMP WITH TIME ZONE", Some(Type::Timestamp)),
            ("TIME", Some(Type::Time)),
            ("JSON", Some(Type::Json)),
            ("BLOB", None),
            ("ANY", None),
            ("STRING", None),
            ("", None),
            ("()", None),
        ];
        for (declared, wanted) in families {
            assert_eq!(family(declared), wanted, "{declared}");
        }
    }
}
