//! What a database says of itself, held against what is expected of it.

use crate::answer::{Index, Keys, Structure};
use crate::ir::{IndexExpected, KeysExpected, Reference, TablesExpected};
use crate::judge::ColumnDifferences;
use crate::outcome::Fault;

/// A key or index of a table that is not as expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyDifference {
    /// The primary key is another one, or none.
    PrimaryKey {
        /// Its columns.
        found: Vec<String>,
        /// Those expected.
        wanted: Vec<String>,
    },
    /// A reference is missing.
    NoReference(Reference),
    /// A reference was not expected.
    FurtherReference(Reference),
    /// An index is missing.
    NoIndex(IndexExpected),
    /// An index is one of different values where it should not be, or is none where it should.
    OtherIndex(IndexExpected, Index),
    /// An index was not expected.
    FurtherIndex(Index),
}

/// How the tables of a database differ from those expected.
pub(super) fn tables(expected: &TablesExpected, structure: Option<&Structure>) -> Result<ColumnDifferences, Fault> {
    let Some(structure) = structure else { return Err(no_database(&expected.dataset, "tables")) };
    let found = &structure.tables;
    Ok(ColumnDifferences {
        missing: expected.names.iter().filter(|name| !found.contains(name)).cloned().collect(),
        unexpected: found.iter().filter(|name| expected.exact && !expected.names.contains(name)).cloned().collect(),
        reordered: false,
        found: found.clone(),
    })
}

/// How the keys and indexes of a table differ from those expected.
pub(super) fn keys(
    dataset: &str,
    expected: &KeysExpected,
    structure: Option<&Structure>,
) -> Result<Vec<KeyDifference>, Fault> {
    let Some(structure) = structure else { return Err(no_database(dataset, "keys and indexes")) };
    let Some(found) = &structure.keys else {
        let message = format!("`{dataset}` is no table of its database, and nothing else has keys; name the `table`");
        return Err(Fault { code: "not_computable".to_owned(), message, caused_by: None });
    };
    let mut wrong = Vec::new();
    if let Some(wanted) = &expected.primary_key
        && sorted(wanted) != sorted(&found.primary_key)
    {
        wrong.push(KeyDifference::PrimaryKey { found: found.primary_key.clone(), wanted: wanted.clone() });
    }
    if let Some(wanted) = &expected.foreign_keys {
        references(wanted, expected.exact, found, &mut wrong);
    }
    if let Some(wanted) = &expected.indexes {
        indexes(wanted, expected.exact, found, &mut wrong);
    }
    Ok(wrong)
}

fn references(wanted: &[Reference], exact: bool, found: &Keys, wrong: &mut Vec<KeyDifference>) {
    let same = |one: &Reference, other: &Reference| one.table == other.table && pairs(one) == pairs(other);
    let missing = wanted.iter().filter(|wanted| !found.foreign_keys.iter().any(|own| same(own, wanted)));
    wrong.extend(missing.cloned().map(KeyDifference::NoReference));
    let further = found.foreign_keys.iter().filter(|own| exact && !wanted.iter().any(|wanted| same(own, wanted)));
    wrong.extend(further.cloned().map(KeyDifference::FurtherReference));
}

/// The primary key is an index of different values on its columns, be there a tree of its own for it or not.
fn indexes(wanted: &[IndexExpected], exact: bool, found: &Keys, wrong: &mut Vec<KeyDifference>) {
    let by_key = |wanted: &IndexExpected| {
        !found.primary_key.is_empty() && wanted.columns == found.primary_key && wanted.unique != Some(false)
    };
    for wanted in wanted.iter().filter(|wanted| !by_key(wanted)) {
        let alike = || found.indexes.iter().filter(|own| own.whole && own.columns == wanted.columns);
        let fits = |own: &Index| wanted.unique.is_none_or(|unique| unique == own.unique);
        match alike().next() {
            Some(_) if alike().any(fits) => {}
            Some(own) => wrong.push(KeyDifference::OtherIndex(wanted.clone(), own.clone())),
            None => wrong.push(KeyDifference::NoIndex(wanted.clone())),
        }
    }
    let named = |own: &Index| own.whole && wanted.iter().any(|wanted| wanted.columns == own.columns);
    let further = found.indexes.iter().filter(|own| exact && !own.of_primary_key && !named(own));
    wrong.extend(further.cloned().map(KeyDifference::FurtherIndex));
}

fn pairs(reference: &Reference) -> Vec<(&String, &String)> {
    let mut pairs: Vec<_> = reference.columns.iter().zip(&reference.to).collect();
    pairs.sort();
    pairs
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    names
}

fn no_database(dataset: &str, what: &str) -> Fault {
    let message = format!("`{dataset}` is read from files, which have no {what}; they are known of a database alone");
    Fault { code: "not_computable".to_owned(), message, caused_by: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    fn found() -> Structure {
        let index = |name: &str, columns: &[&str], unique, whole| Index {
            name: name.to_owned(),
            columns: names(columns),
            unique,
            whole,
            of_primary_key: false,
        };
        let keys = Keys {
            primary_key: names(&["b", "a"]),
            foreign_keys: vec![Reference {
                columns: names(&["a", "c"]),
                table: "t".to_owned(),
                to: names(&["x", "y"]),
            }],
            indexes: vec![
                index("i", &["a"], false, true),
                index("u", &["c"], true, true),
                index("p", &["d"], true, false),
            ],
        };
        Structure { tables: names(&["s", "t"]), keys: Some(keys) }
    }

    fn none() -> KeysExpected {
        KeysExpected { primary_key: None, foreign_keys: None, indexes: None, exact: false }
    }

    fn wrong(expected: &KeysExpected) -> usize {
        keys("d", expected, Some(&found())).unwrap().len()
    }

    #[test]
    fn a_primary_key_is_a_set_of_columns() {
        for (wanted, differences) in [(&["a", "b"][..], 0), (&["b", "a"], 0), (&["a"], 1), (&[], 1)] {
            assert_eq!(wrong(&KeysExpected { primary_key: Some(names(wanted)), ..none() }), differences);
        }
    }

    #[test]
    fn references_are_pairs_of_columns() {
        let to = |columns: &[&str], to: &[&str]| {
            let reference = Reference { columns: names(columns), table: "t".to_owned(), to: names(to) };
            KeysExpected { foreign_keys: Some(vec![reference]), exact: true, ..none() }
        };
        assert_eq!(wrong(&to(&["c", "a"], &["y", "x"])), 0);
        // One is missing, and another one is there.
        assert_eq!(wrong(&to(&["a", "c"], &["y", "x"])), 2);
        assert_eq!(wrong(&KeysExpected { foreign_keys: Some(Vec::new()), ..none() }), 0);
        assert_eq!(wrong(&KeysExpected { foreign_keys: Some(Vec::new()), exact: true, ..none() }), 1);
    }

    #[test]
    fn an_index_is_of_its_columns_in_order_and_of_all_rows() {
        let on = |columns: &[&str], unique| KeysExpected {
            indexes: Some(vec![IndexExpected { columns: names(columns), unique }]),
            ..none()
        };
        for (columns, unique, differences) in [
            (&["a"][..], None, 0),
            (&["a"], Some(false), 0),
            (&["a"], Some(true), 1),
            (&["c"], Some(true), 0),
            (&["d"], None, 1),
            (&["b", "a"], Some(true), 0),
            (&["a", "b"], Some(true), 1),
            (&["b", "a"], Some(false), 1),
        ] {
            assert_eq!(wrong(&on(columns, unique)), differences, "{columns:?} {unique:?}");
        }
        let exact = KeysExpected { exact: true, ..on(&["a"], None) };
        assert_eq!(wrong(&exact), 2);
    }

    #[test]
    fn files_have_neither_tables_nor_keys() {
        assert_eq!(keys("d", &none(), None).unwrap_err().code, "not_computable");
        assert!(keys("d", &none(), Some(&Structure::default())).is_err());
        let expected = TablesExpected { dataset: "d".to_owned(), names: names(&["t", "u"]), exact: true };
        assert!(tables(&expected, None).is_err());
        let differences = tables(&expected, Some(&found())).unwrap();
        assert_eq!((differences.missing, differences.unexpected), (names(&["u"]), names(&["s"])));
    }
}
