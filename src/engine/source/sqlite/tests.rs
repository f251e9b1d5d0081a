//! A database read: its cells, its order, what it may be asked.

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::Int64Type;

use super::*;

fn database(folder: &tempfile::TempDir, sql: &str) -> PathBuf {
    let path = folder.path().join("a.db");
    Connection::open(&path).unwrap().execute_batch(sql).unwrap();
    path
}

fn table(path: &Path, name: &str) -> Result<File, Error> {
    File::open(path, 0, &Part::Table(name.to_owned()), &Arc::new(Progress::default()))
}

fn query(path: &Path, sql: &str, values: &[(String, Value)]) -> Result<File, Error> {
    File::open(path, 0, &Part::Query(sql.to_owned(), values.to_vec()), &Arc::new(Progress::default()))
}

/// The values of a column as text, `!` where a cell does not read.
fn cells(file: &File, column: usize, kind: Type, taken: Taken) -> Vec<String> {
    let place = Place { column, fields: Vec::new(), as_text: false };
    let wanted = Wanted { place, reading: Reading::plain(kind), taken };
    let mut found = Vec::new();
    for piece in file.pieces() {
        let read = file.read::<Error>(piece, std::slice::from_ref(&wanted), |batch| {
            for row in 0..batch.rows {
                let bad = batch.unparsed[0].as_ref().is_some_and(|bad| bad.value(row));
                let text = arrow::util::display::array_value_to_string(&batch.columns[0], row).unwrap();
                found.push(if bad { "!".to_owned() } else { text });
            }
            Ok(())
        });
        read.unwrap();
    }
    found
}

#[test]
fn a_cell_reads_as_what_it_is_stored_as() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "CREATE TABLE t (a); INSERT INTO t VALUES (1), (NULL), ('1'), (2.5), (x'31'), (''), ('2024-01-31'), ('true'), (0)",
    );
    let file = table(&path, "t").unwrap();
    let of = |kind| cells(&file, 0, kind, Taken::OfItsType).join("|");
    assert_eq!(of(Type::Integer), "1||!|!|!|!|!|!|0");
    assert_eq!(of(Type::Float), "1.0||!|2.5|!|!|!|!|0.0");
    assert_eq!(of(Type::Decimal), "1.0||1.0|2.5|!|!|!|!|0.0");
    assert_eq!(of(Type::String), "!||1|!|!||2024-01-31|true|!");
    assert_eq!(of(Type::Boolean), "true||!|!|!|!|!|true|false");
    assert_eq!(of(Type::Date), "!||!|!|!|!|2024-01-31|!|!");
    assert_eq!(cells(&file, 0, Type::Json, Taken::Shown).join("|"), "1||1|2.5|x'31'||2024-01-31|true|0");
    assert_eq!(cells(&file, 0, Type::String, Taken::AsText).join("|"), "1||1|2.5|!||2024-01-31|true|0");
}

#[test]
fn rows_of_a_table_come_in_the_order_of_their_ids_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "CREATE TABLE t (id INTEGER PRIMARY KEY, n INTEGER); WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s \
         WHERE i < 150000) INSERT INTO t SELECT i * 3, i FROM s; DELETE FROM t WHERE id % 7 = 0; \
         INSERT INTO t VALUES (-9000000000000000000, -1)",
    );
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let file = table(&path, "t").unwrap();
            let wanted = |column| Wanted {
                place: Place { column, fields: Vec::new(), as_text: false },
                reading: Reading::plain(Type::Integer),
                taken: Taken::OfItsType,
            };
            let (mut rows, mut last, mut before) = (0, i64::MIN, None);
            for piece in file.pieces() {
                let read = file.read::<Error>(piece, &[wanted(1), wanted(usize::MAX)], |batch| {
                    assert!(before.is_none_or(|before| before <= batch.first_row), "places rise");
                    before = Some(batch.first_row + batch.rows as u64);
                    for (n, id) in batch.columns[0]
                        .as_primitive::<Int64Type>()
                        .values()
                        .iter()
                        .zip(batch.columns[1].as_primitive::<Int64Type>().values())
                    {
                        assert!(*id > last && (*n < 0 || *id == n * 3));
                        last = *id;
                    }
                    rows += batch.rows;
                    Ok(())
                });
                read.unwrap();
            }
            assert_eq!(rows, 150_000 - 21_428 + 1);
        });
    }
}

#[test]
fn a_query_reads_and_does_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(&folder, "CREATE TABLE t (a INTEGER, b TEXT); INSERT INTO t VALUES (1, 'x'), (2, 'y')");
    for sql in [
        "DELETE FROM t",
        "INSERT INTO t VALUES (3, 'z') RETURNING a",
        "CREATE TABLE u (a)",
        "CREATE TEMP TABLE u (a)",
        "PRAGMA table_info(t)",
        "SELECT * FROM pragma_table_info('t')",
        "ATTACH ':memory:' AS m",
        "SELECT load_extension('x')",
        "SELECT random()",
        "WITH RECURSIVE s(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM s) SELECT i FROM s",
        "EXPLAIN SELECT a FROM t",
        "SELECT a FROM t; SELECT b FROM t",
        "SELECT nothing FROM t",
        "SELECT \"nothing\" FROM t",
        "SELECT a FROM u",
        "SELECT a, b AS a FROM t",
        "SELECT a FROM t WHERE b = :b",
        "BEGIN",
        "",
    ] {
        assert!(matches!(query(&path, sql, &[]), Err(Error::Query(_))), "{sql}");
    }
    let values = [("b".to_owned(), Value::Text("y".to_owned()))];
    let file = query(&path, "SELECT a * 10 AS z, a FROM t WHERE b = :b", &values).unwrap();
    let names: Vec<_> = file.columns().iter().map(|column| (column.name.as_str(), column.family)).collect();
    assert_eq!(names, [("z", None), ("a", Some(Type::Integer))]);
    assert_eq!(cells(&file, 0, Type::Integer, Taken::OfItsType), ["20"]);
}

#[test]
fn nothing_is_left_beside_a_database_and_what_is_in_its_wal_counts() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(&folder, "PRAGMA journal_mode = wal; CREATE TABLE t (a INTEGER); INSERT INTO t VALUES (1)");
    let beside = || {
        let mut names: Vec<_> =
            folder.path().read_dir().unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    };
    assert_eq!(beside(), ["a.db"]);
    assert_eq!(cells(&table(&path, "t").unwrap(), 0, Type::Integer, Taken::OfItsType), ["1"]);
    assert_eq!(beside(), ["a.db"]);
    let writer = Connection::open(&path).unwrap();
    writer.execute_batch("INSERT INTO t VALUES (2)").unwrap();
    let file = table(&path, "t").unwrap();
    assert_eq!(cells(&file, 0, Type::Integer, Taken::OfItsType), ["1", "2"]);
    // A writer goes on, and what is open stays what it was.
    writer.execute_batch("INSERT INTO t VALUES (3)").unwrap();
    assert_eq!(cells(&file, 0, Type::Integer, Taken::OfItsType), ["1", "2"]);
}

#[test]
fn what_is_no_database_is_told_as_such() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.db");
    std::fs::write(&path, "a,b\n1,2\n".repeat(200)).unwrap();
    assert!(table(&path, "t").err().unwrap().to_string().contains("no SQLite database"));
    std::fs::write(&path, "").unwrap();
    assert!(matches!(table(&path, "t"), Err(Error::NoTable { .. })), "no bytes are a database of no table");
}

#[test]
fn keys_are_told_by_the_names_that_their_tables_have() {
    let folder = tempfile::tempdir().unwrap();
    let path = database(
        &folder,
        "CREATE TABLE Parent (Id INTEGER PRIMARY KEY, x TEXT UNIQUE); \
         CREATE TABLE child (a INTEGER, b TEXT, c INTEGER REFERENCES parent, PRIMARY KEY (b, a), \
         FOREIGN KEY (B) REFERENCES PARENT (X)) WITHOUT ROWID; CREATE INDEX i ON child (c); \
         CREATE INDEX e ON child (c + 1); CREATE VIEW v AS SELECT a FROM child; \
         CREATE VIRTUAL TABLE f USING fts5(t)",
    );
    let file = table(&path, "child").unwrap();
    let structure = file.structure();
    assert_eq!(structure.tables, ["Parent", "child", "f", "v"]);
    let keys = structure.keys.as_ref().unwrap();
    assert_eq!(keys.primary_key, ["b", "a"]);
    let told: Vec<String> =
        keys.foreign_keys.iter().map(|key| format!("{:?} {} {:?}", key.columns, key.table, key.to)).collect();
    assert_eq!(told, ["[\"b\"] Parent [\"x\"]", "[\"c\"] Parent [\"Id\"]"]);
    let told: Vec<_> = keys.indexes.iter().map(|index| (index.name.as_str(), index.whole, index.unique)).collect();
    assert_eq!(told, [("e", false, false), ("i", true, false), ("sqlite_autoindex_child_1", true, true)]);
    assert!(file.row_ids("rowid").is_none() && table(&path, "Parent").unwrap().row_ids("rowid").is_some());
}
