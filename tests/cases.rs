//! The cases of `tests/cases`, each run as CSV, compressed too, as NDJSON, Parquet, Arrow, Avro and Excel, whole and in pieces.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use bigdecimal::BigDecimal;
use serde_json::{Value as Json, json};
use tamiz::engine::remote::Settings;
use tamiz::engine::sql::Link;
use tamiz::ir::time::Zone;
use tamiz::outcome::{Outcome, Report};
use tamiz::suite::yaml::{self, Content, Node};

use crate::check::{Way, check, check_by};
use crate::table::{Cell, Column, Layout, Table};

/// Every way of writing the data of a case.
const LAYOUTS: [Layout; 17] = [
    Layout::Csv { files: 1 },
    Layout::Csv { files: 2 },
    Layout::Csv { files: 3 },
    Layout::Gzip { files: 2 },
    Layout::Bzip2 { files: 1 },
    Layout::Zip { files: 2 },
    Layout::Excel { files: 1 },
    Layout::Avro { files: 1, group: 2 },
    Layout::Avro { files: 2, group: 1000 },
    Layout::Ndjson { files: 1 },
    Layout::Ndjson { files: 2 },
    Layout::Ipc { files: 2, group: 2 },
    Layout::Parquet { files: 1, group: 1000 },
    Layout::Parquet { files: 1, group: 1 },
    Layout::Parquet { files: 1, group: 2 },
    Layout::Parquet { files: 2, group: 2 },
    Layout::Sqlite,
];

const KEYS: [&str; 17] = [
    "case", "data", "tables", "columns", "raw", "rule", "under", "where", "as_of", "timezone", "engines", "because",
    "gives", "from", "computed", "files", "declared",
];

const GIVES: [&str; 15] = [
    "status",
    "level",
    "evaluated",
    "missing",
    "unparsed",
    "violations",
    "observed",
    "expected",
    "rows",
    "error",
    "details",
    "says",
    "groups_evaluated",
    "groups_failed",
    "failing",
];

/// One case as it stands in its file.
pub(crate) struct Case {
    name: String,
    tables: Vec<(String, Table)>,
    raw: Option<String>,
    /// The rule as YAML, its lines after the first without the indent of the case.
    rule: String,
    under: Option<String>,
    condition: Option<String>,
    /// The filter of a dataset that takes the rows of `data`, under which the rule stands then.
    from: Option<String>,
    /// Computed columns: dataset, name, `sql`, and the type if one is declared.
    computed: Vec<(String, String, String, Option<String>)>,
    /// Files beside the data, with what they hold.
    files: Vec<(String, Vec<u8>)>,
    /// What is said of columns beside their types: dataset, name, and a line of the suite.
    declared: Vec<(String, String, String)>,
    as_of: String,
    timezone: String,
    engines: Vec<String>,
    gives: Gives,
}

/// What an outcome must hold.
#[derive(Default)]
struct Gives {
    status: String,
    level: Option<String>,
    evaluated: Option<u64>,
    missing: Option<u64>,
    unparsed: Option<u64>,
    violations: Option<u64>,
    /// Outer: whether it is compared; inner: null or a spelling.
    observed: Option<Option<String>>,
    /// What the record says was expected.
    expected: Option<String>,
    rows: Option<Vec<u64>>,
    error: Option<String>,
    /// How many groups there are, and how many fail.
    groups: (Option<u64>, Option<u64>),
    /// The values of the groups that fail, one after the other.
    failing: Option<Vec<String>>,
    /// Keys of the details, each with the scalars in it.
    details: Option<Vec<(String, Vec<String>)>>,
    /// The message in English.
    says: Option<String>,
}

#[test]
fn every_case_gives_what_it_says_on_every_engine() {
    let mut runs = 0;
    let mut failures = Vec::new();
    for path in files() {
        let shown = path.strip_prefix(root()).unwrap().display().to_string();
        for case in read(&path) {
            for layout in LAYOUTS {
                if !case.engines.is_empty() && !case.engines.iter().any(|engine| layout.is_like(engine)) {
                    continue;
                }
                if !case.tables.iter().all(|(_, table)| table.fits(layout)) {
                    continue;
                }
                // Bytes given as they are stay one file.
                if case.raw.is_some() && !matches!(layout, Layout::Csv { files: 1 }) {
                    continue;
                }
                // Without a record nobody knows what keys records would have.
                if matches!(layout, Layout::Ndjson { .. }) && case.is_bare() {
                    continue;
                }
                // SQLite does not tell such columns apart.
                if matches!(layout, Layout::Sqlite) && case.has_names_alike() {
                    continue;
                }
                runs += 1;
                if let Err(said) = case.run(layout) {
                    failures.push(format!("{shown}: {} [{layout:?}]\n    {said}", case.name));
                }
            }
        }
    }
    assert!(failures.is_empty(), "{} of {runs} runs failed:\n{}", failures.len(), failures.join("\n"));
    assert!(runs > 2000, "only {runs} runs");
}

/// What became of a case whose tables lie in a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// It gives what it says, and the database worked it out.
    There,
    /// It gives what it says, worked out on rows that were fetched.
    Here,
    /// The database cannot say it, which is told.
    Refused,
}

/// What became of the cases over the tables of an engine.
#[derive(Default)]
pub(crate) struct Tally {
    there: u32,
    here: u32,
    refused: u32,
    failures: Vec<String>,
}

impl Tally {
    /// Runs a case of a file, its source allowing a fallback or not.
    pub(crate) fn run(
        &mut self,
        (path, case): (&Path, &Case),
        link: &Link,
        source: &dyn Fn(&str) -> String,
        fallbacks: &[bool],
    ) {
        for fallback in fallbacks {
            match case.run_over(link, source, *fallback) {
                // What is worked out there is so with a fallback too.
                Ok(Told::There) => self.there += u32::from(!fallback),
                Ok(Told::Refused) => self.refused += 1,
                Ok(Told::Here) => self.here += 1,
                Err(said) => {
                    let file = path.file_stem().unwrap().to_string_lossy();
                    self.failures.push(format!("{file}: {} [fallback {fallback}]\n    {said}", case.name));
                }
            }
        }
    }

    /// Holds that none gave another number, and that so many were worked out there.
    pub(crate) fn hold(&self, least: u32) {
        let Self { there, here, refused, failures } = self;
        let said = format!("{there} there, {here} here, {refused} refused, {} wrong", failures.len());
        assert!(failures.is_empty(), "{said}:\n{}", failures.join("\n"));
        assert!(*there > least, "{said}");
    }
}

/// Files beside the data: text, or after `0x` bytes in hexadecimal.
fn beside(node: Option<&Node>) -> Vec<(String, Vec<u8>)> {
    let hex = |digits: &str| -> Vec<u8> {
        (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16).unwrap()).collect()
    };
    let bytes = |text: &str| text.strip_prefix("0x").map_or_else(|| text.as_bytes().to_vec(), hex);
    let entries = node.and_then(Node::entries).unwrap_or_default();
    entries.iter().map(|entry| (entry.key.clone(), bytes(entry.value.text().unwrap()))).collect()
}

/// The files of cases.
pub(crate) fn files() -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = glob::glob(&root().join("tests/cases/**/*.yaml").display().to_string())
        .unwrap()
        .map(|path| path.unwrap())
        .collect();
    files.sort();
    files
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Reads the cases of a file.
pub(crate) fn read(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let (root, faults) = yaml::read(&text).unwrap_or_else(|faults| panic!("{}: {faults:?}", path.display()));
    assert!(faults.is_empty(), "{}: {faults:?}", path.display());
    let Content::List(items) = root.content else { panic!("{}: a list of cases", path.display()) };
    items.iter().map(|item| Case::read(item, &text)).collect()
}

impl Case {
    fn read(node: &Node, text: &str) -> Self {
        let name = scalar(node, "case").expect("every case has a name");
        for entry in node.entries().unwrap() {
            assert!(KEYS.contains(&entry.key.as_str()), "{name}: no key is called `{}`", entry.key);
        }
        let mut tables = Vec::new();
        if let Some(data) = scalar(node, "data") {
            tables.push(("data".to_owned(), table(&data)));
        }
        if let Some(header) = scalar(node, "columns") {
            tables.push(("data".to_owned(), table(&header)));
        }
        for entry in node.get("tables").and_then(Node::entries).unwrap_or_default() {
            tables.push((entry.key.clone(), table(entry.value.text().unwrap())));
        }
        let engines = match node.get("engines").map(|node| &node.content) {
            Some(Content::List(items)) => items.iter().map(|item| item.text().unwrap().to_owned()).collect(),
            _ => Vec::new(),
        };
        assert_eq!(
            engines.is_empty(),
            scalar(node, "because").is_none(),
            "{name}: `engines` and `because` go together"
        );
        Self {
            rule: rule(node.get("rule").expect("every case has a rule"), text),
            gives: Gives::read(node.get("gives").expect("every case gives something"), &name),
            raw: scalar(node, "raw"),
            under: scalar(node, "under"),
            condition: scalar(node, "where"),
            from: scalar(node, "from"),
            computed: computed(node.get("computed")),
            files: beside(node.get("files")),
            declared: declared(node.get("declared")),
            as_of: scalar(node, "as_of").unwrap_or_else(|| "2025-06-30T12:00:00Z".to_owned()),
            timezone: scalar(node, "timezone").unwrap_or_else(|| "UTC".to_owned()),
            tables,
            engines,
            name,
        }
    }

    pub(crate) fn has_no_row(&self) -> bool {
        self.raw.is_none() && self.tables[0].1.rows.is_empty()
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// The suite of the case over one file of records, which is written to a folder, and the records; none if it needs more.
    pub(crate) fn records(&self, folder: &Path) -> Option<(String, Vec<Json>)> {
        let [(name, table)] = self.tables.as_slice() else { return None };
        let elsewhere = !self.engines.is_empty() && !self.engines.iter().any(|engine| engine == "ndjson");
        let more = self.raw.is_some() || self.from.is_some() || !self.computed.is_empty() || !self.files.is_empty();
        if more || elsewhere || self.is_bare() || self.gives.error.is_some() {
            return None;
        }
        let paths = table.write(folder, name, Layout::Ndjson { files: 1 }, Zone(self.timezone.parse().ok()?));
        let (path, _) = paths.first()?;
        let text = std::fs::read_to_string(path).unwrap();
        // Validators have floats, and names as they stand: what differs there is left to the readers of data.
        let digits = |part: &str| part.bytes().filter(u8::is_ascii_digit).count() > 17;
        if text.split([',', ':', '}']).any(digits) || text.contains('\u{303}') {
            return None;
        }
        let records = text.lines().map(|line| serde_json::from_str(line).ok()).collect::<Option<_>>()?;
        Some((self.suite(&[vec![file_name(path)]]).0, records))
    }

    /// Whether a table has columns that only its rows could show.
    fn is_bare(&self) -> bool {
        let bare = |table: &Table| table.rows.is_empty() && table.columns.iter().any(|column| column.kind.is_none());
        self.tables.iter().any(|(_, table)| bare(table))
    }

    /// Whether names of columns of a table differ in their case alone.
    pub(crate) fn has_names_alike(&self) -> bool {
        self.tables.iter().any(|(_, table)| {
            let mut names: Vec<String> = table.columns.iter().map(|column| column.name.to_ascii_lowercase()).collect();
            names.sort();
            names.windows(2).any(|pair| pair[0] == pair[1])
        })
    }

    pub(crate) fn has_a_null(&self) -> bool {
        self.tables.iter().any(|(_, table)| table.rows.iter().flatten().any(|cell| *cell == Cell::Null))
    }

    pub(crate) fn status(&self) -> &str {
        &self.gives.status
    }

    /// Whether its rule goes by the order of the files.
    fn goes_by_file_order(&self) -> bool {
        let ordered = ["increasing", "decreasing", "sequential"];
        ordered.iter().any(|name| self.rule.trim_start_matches('{').starts_with(name))
            && !self.rule.contains("order_by")
    }

    /// Whether the case is about rows, and not about something that only files have.
    pub(crate) fn is_of_rows(&self) -> bool {
        const OF_FILES: [&str; 4] = ["file:", "file_exists", "image", "readable_rows"];
        let elsewhere = !self.engines.is_empty() && !self.engines.iter().any(|engine| engine == "parquet");
        let of_files = OF_FILES.iter().any(|name| self.rule.trim_start_matches('{').starts_with(name));
        !elsewhere && !of_files && self.raw.is_none() && self.files.is_empty() && !self.goes_by_file_order()
    }

    /// What makes the tables of the case in a schema of a database; none if the case is about something that files have.
    pub(crate) fn tables_in(&self, schema: &str) -> Option<String> {
        self.tables_with(schema, &Table::sql)
    }

    /// The same where decimals have as many digits as they need.
    pub(crate) fn tables_of_digits_in(&self, schema: &str) -> Option<String> {
        self.tables_with(schema, &Table::sql_of_digits)
    }

    /// The same for MariaDB.
    pub(crate) fn tables_in_mariadb(&self, schema: &str) -> Option<String> {
        self.tables_with(schema, &Table::sql_of_mariadb)
    }

    fn tables_with(&self, schema: &str, sql: &dyn Fn(&Table, &str, &str, Zone) -> Option<String>) -> Option<String> {
        if !self.is_of_rows() {
            return None;
        }
        let zone = Zone(self.timezone.parse().ok()?);
        let tables = self.tables.iter().map(|(name, table)| sql(table, schema, name, zone));
        Some(format!("CREATE SCHEMA {schema};{}", tables.collect::<Option<String>>()?))
    }

    /// Makes the tables of the case in a database of SQLite; false as above.
    pub(crate) fn tables_in_sqlite(&self, path: &Path) -> bool {
        let zone = Zone(self.timezone.parse().unwrap());
        let is_meant = self.is_of_rows() && !self.has_names_alike();
        for (name, table) in self.tables.iter().filter(|_| is_meant) {
            table.sqlite(name, &table.rows, path, zone);
        }
        is_meant && !self.tables.is_empty()
    }

    /// Writes the tables of the case to files of Parquet, and tells their paths by name; none as above.
    pub(crate) fn tables_at(&self, folder: &Path) -> Option<HashMap<String, PathBuf>> {
        let zone = Zone(self.timezone.parse().ok()?);
        let tables = self.tables.iter().filter(|_| self.is_of_rows()).map(|(name, table)| {
            let mut paths = table.write(folder, name, Layout::Parquet { files: 1, group: 1000 }, zone);
            (name.clone(), paths.swap_remove(0).0)
        });
        let tables: HashMap<String, PathBuf> = tables.collect();
        (!tables.is_empty()).then_some(tables)
    }

    /// Runs the case on tables of a connection, `source` telling of each what it is there, and says what is not as it should be.
    fn run_over(&self, link: &Link, source: &dyn Fn(&str) -> String, fallback: bool) -> Result<Told, String> {
        let folder = tempfile::tempdir().unwrap();
        let fallback_said = if fallback { ", fallback: local" } else { "" };
        let place = |name: &String| format!("connection://{}{fallback_said}", source(name));
        let sources: Vec<Vec<String>> = self.tables.iter().map(|(name, _)| vec![place(name)]).collect();
        let (suite, line) = self.suite(&sources);
        let links = [("db".to_owned(), link.clone())].into();
        let way = Way { remote: Settings { links, ..Settings::default() }, ..Way::default() };
        let path = folder.path().join("suite.yaml");
        let report = check_by(way, &path, &suite, &|_| true).map_err(|said| format!("{said}\n{suite}"))?;
        let found: Vec<&Outcome> =
            report.results.iter().filter(|outcome| outcome.location.line == line as u64).collect();
        let [outcome] = found.as_slice() else {
            return Err(format!("{} outcomes for the rule; {:?}", found.len(), ids(&report)));
        };
        if let Some(fault) = &outcome.error
            && !fallback
            && fault.code == "not_computable"
            && (fault.message.contains("cannot say") || fault.message.contains("has no files"))
        {
            return Ok(Told::Refused);
        }
        let wrong = self.gives.differences(outcome, &HashMap::new());
        if !wrong.is_empty() {
            return Err(format!("{} ({}; {:?})", wrong.join("; "), outcome.message.en, outcome.error));
        }
        Ok(if outcome.engine.as_deref() == Some("local") { Told::Here } else { Told::There })
    }

    /// Whether an engine can say what the case asks of tables whose columns are those declared; none of a case that asks them
    /// for nothing.
    pub(crate) fn is_said_by(&self, engine: &str) -> Option<bool> {
        if !self.is_of_rows() {
            return None;
        }
        let link = Link::to(format!("dry://{engine}"));
        let source = |name: &String| vec![format!("connection://table: {name}")];
        let (suite, line) = self.suite(&self.tables.iter().map(|(name, _)| source(name)).collect::<Vec<_>>());
        let way = Way {
            remote: Settings { links: [("db".to_owned(), link)].into(), ..Settings::default() },
            ..Way::default()
        };
        let report = check_by(way, Path::new("suite.yaml"), &suite, &|_| true).ok()?;
        let outcome = report.results.iter().find(|outcome| outcome.location.line == line as u64)?;
        match &outcome.error {
            Some(fault) if fault.message.contains("cannot say") => Some(false),
            // Nobody reaches it, so that is as far as it comes.
            Some(fault) => fault.message.contains("an engine that nobody reaches").then_some(true),
            None => Some(true),
        }
    }

    /// Runs the case, and says what is not as it should be.
    fn run(&self, layout: Layout) -> Result<(), String> {
        let folder = tempfile::tempdir().unwrap();
        let zone = Zone(self.timezone.parse().map_err(|error| format!("{error}"))?);
        let mut starts = HashMap::new();
        let mut sources = Vec::new();
        for (name, table) in &self.tables {
            let mut paths = Vec::new();
            match &self.raw {
                Some(raw) if name == "data" => {
                    let path = folder.path().join("data.csv");
                    std::fs::write(&path, raw).unwrap();
                    paths.push((path, 0));
                }
                _ => paths = table.write(folder.path(), name, layout, zone),
            }
            sources.push(paths.iter().map(|(path, _)| file_name(path)).collect::<Vec<_>>());
            starts.extend(paths.into_iter().map(|(path, start)| (file_name(&path), start as u64)));
        }
        for (name, bytes) in &self.files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
        }
        let (suite, line) = self.suite(&sources);
        let path = folder.path().join("suite.yaml");
        let report = check(&path, &suite, &|_| true).map_err(|said| format!("{said}\n{suite}"))?;
        let found: Vec<&Outcome> =
            report.results.iter().filter(|outcome| outcome.location.line == line as u64).collect();
        let [outcome] = found.as_slice() else {
            return Err(format!("{} outcomes for the rule; {:?}", found.len(), ids(&report)));
        };
        if matches!(layout, Layout::Sqlite) && self.goes_by_file_order() {
            let status = outcome.status;
            let is_error = status == tamiz::outcome::Status::Error;
            return if is_error { Ok(()) } else { Err(format!("rows of a database have no order, and it {status:?}")) };
        }
        let wrong = self.gives.differences(outcome, &starts);
        if wrong.is_empty() { Ok(()) } else { Err(format!("{} ({})", wrong.join("; "), outcome.message.en)) }
    }

    /// The suite of the case, and the line its rule stands on.
    fn suite(&self, sources: &[Vec<String>]) -> (String, usize) {
        let mut text = format!(
            "tamiz: 1\nsuite: case\nas_of: {}\ntimezone: {}\ndatasets:\n",
            Json::from(self.as_of.as_str()),
            Json::from(self.timezone.as_str())
        );
        let mut line = 0;
        for ((name, table), files) in self.tables.iter().zip(sources) {
            let _ = writeln!(text, "  {name}:\n    source: {}\n    may_be_empty: true", source(name, files));
            if let Some(condition) = self.condition.as_ref().filter(|_| name == "data") {
                let _ = writeln!(text, "    where: {}", Json::from(condition.as_str()));
            }
            let under = self.under.as_ref().filter(|_| name == "data");
            let said = |column: &Column| {
                let said = self.declared.iter().find(|(dataset, named, _)| dataset == name && *named == column.name);
                said.map(|(_, _, line)| line)
            };
            let declared: Vec<&Column> = table
                .columns
                .iter()
                .filter(|column| {
                    column.kind.is_some() || said(column).is_some() || under.is_some_and(|under| *under == column.name)
                })
                .collect();
            let computed: Vec<_> = self.computed.iter().filter(|(dataset, ..)| dataset == name).collect();
            if !declared.is_empty() || !computed.is_empty() {
                text += "    columns:\n";
            }
            for column in declared {
                let _ = writeln!(text, "      {}:", Json::from(column.name.as_str()));
                match column.kind {
                    Some(kind) => drop(writeln!(text, "        type: {kind}")),
                    None => text += "        optional: false\n",
                }
                if let Some(line) = said(column) {
                    let _ = writeln!(text, "        {line}");
                }
                if under.is_some_and(|under| *under == column.name) {
                    text += "        expect:\n";
                    line = text.lines().count() + 1;
                    let _ = writeln!(text, "          - {}", self.rule.replace('\n', "\n            "));
                }
            }
            for (_, column, sql, kind) in computed {
                let kind = kind.as_ref().map(|kind| format!(", type: {kind}")).unwrap_or_default();
                let _ = writeln!(text, "      {column}: {{sql: {}{kind}}}", Json::from(sql.as_str()));
            }
            if let Some(condition) = self.from.as_ref().filter(|_| name == "data") {
                let _ = writeln!(text, "  view:\n    from: data\n    where: {}", Json::from(condition.as_str()));
            }
            if name == "data" && under.is_none() {
                text += "    expect:\n";
                line = text.lines().count() + 1;
                let _ = writeln!(text, "      - {}", self.rule.replace('\n', "\n        "));
            }
        }
        (text, line)
    }
}

/// Where a dataset is: its files, or its table in a database, whose rows their ids name.
fn source(name: &str, files: &[String]) -> String {
    match files {
        [file] if file.starts_with("connection://") => {
            format!("{{connection: db, {}}}", &file["connection://".len()..])
        }
        [file] if file.ends_with(".sqlite") => {
            format!("{{sqlite: {}, table: {name}}}\n    key: [rowid]", Json::from(file.as_str()))
        }
        files => Json::from(files.to_vec()).to_string(),
    }
}

impl Gives {
    fn read(node: &Node, case: &str) -> Self {
        let entries = node.entries().unwrap();
        for entry in entries {
            assert!(GIVES.contains(&entry.key.as_str()), "{case}: nothing gives `{}`", entry.key);
        }
        let number = |key| scalar(node, key).map(|text| text.parse::<u64>().unwrap());
        Self {
            status: scalar(node, "status").unwrap(),
            level: scalar(node, "level"),
            evaluated: number("evaluated"),
            missing: number("missing"),
            unparsed: number("unparsed"),
            violations: number("violations"),
            observed: node.get("observed").map(|node| node.text().map(str::to_owned)),
            expected: scalar(node, "expected"),
            rows: node.get("rows").map(|node| match &node.content {
                Content::List(items) => items.iter().map(|item| item.text().unwrap().parse().unwrap()).collect(),
                _ => panic!("{case}: `rows` is a list"),
            }),
            error: scalar(node, "error"),
            groups: (number("groups_evaluated"), number("groups_failed")),
            failing: node.get("failing").map(texts),
            details: node.get("details").map(|node| {
                let entries = node.entries().unwrap().iter();
                entries.map(|entry| (entry.key.clone(), texts(&entry.value))).collect()
            }),
            says: scalar(node, "says"),
        }
    }

    /// What an outcome has otherwise; `starts` are the first rows of its files.
    fn differences(&self, outcome: &Outcome, starts: &HashMap<String, u64>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut hold = |name: &str, wanted: String, found: String| {
            if wanted != found {
                wrong.push(format!("{name} is {found}, not {wanted}"));
            }
        };
        let status = serde_json::to_value(outcome.status).unwrap();
        hold("status", self.status.clone(), status.as_str().unwrap_or_default().to_owned());
        if self.status == "failed" {
            let level = self.level.clone().unwrap_or_else(|| "error".to_owned());
            hold("level", level, outcome.level.clone().unwrap_or_default());
        }
        for (name, wanted, found) in [
            ("evaluated", self.evaluated, outcome.evaluated),
            ("missing", self.missing, outcome.missing),
            ("unparsed", self.unparsed, outcome.unparsed),
            ("violations", self.violations, outcome.violations),
        ] {
            if let Some(wanted) = wanted {
                hold(name, wanted.to_string(), found.map_or_else(|| "none".to_owned(), |found| found.to_string()));
            }
        }
        if let Some(wanted) = &self.observed {
            let found = outcome.observed.clone().unwrap_or(Json::Null);
            if !same(wanted.as_deref(), &found) {
                hold("observed", format!("{wanted:?}"), found.to_string());
            }
        }
        if self.error.is_some() || (outcome.error.is_some() && self.status != "error") {
            let found = outcome.error.as_ref();
            let found = found.map_or_else(|| "none".to_owned(), |fault| format!("{} ({})", fault.code, fault.message));
            let wanted = self.error.clone().unwrap_or_else(|| "none".to_owned());
            if found.split(' ').next() != Some(wanted.as_str()) {
                hold("error", wanted, found);
            }
        }
        for (name, wanted, found) in [
            ("groups_evaluated", self.groups.0, outcome.groups_evaluated),
            ("groups_failed", self.groups.1, outcome.groups_failed),
        ] {
            if let Some(wanted) = wanted {
                hold(name, wanted.to_string(), found.map_or_else(|| "none".to_owned(), |found| found.to_string()));
            }
        }
        if let Some(wanted) = &self.failing {
            let failed = outcome.groups.iter().filter(|group| group.status == tamiz::outcome::Status::Failed);
            let found: Vec<Vec<String>> = failed.map(|group| flat(&json!(group.values))).collect();
            hold("failing", format!("{wanted:?}"), format!("{:?}", found.concat()));
        }
        for (key, wanted) in self.details.iter().flatten() {
            let found = outcome.details.as_ref().map(|details| flat(&details[key])).unwrap_or_default();
            hold(key, format!("{wanted:?}"), format!("{found:?}"));
        }
        if let Some(wanted) = &self.expected {
            hold("what was expected", wanted.clone(), outcome.expected.clone().unwrap_or_default());
        }
        if let Some(wanted) = &self.says {
            hold("the message", wanted.clone(), outcome.message.en.clone());
        }
        // Rows are shown for failures only.
        let is_placed = outcome.samples.iter().all(|sample| sample.file.is_some());
        if let Some(wanted) = self.rows.as_ref().filter(|_| self.status == "failed" && !is_placed) {
            hold("the number of rows shown", wanted.len().to_string(), outcome.samples.len().to_string());
        }
        if let Some(wanted) = self.rows.as_ref().filter(|_| self.status == "failed" && is_placed) {
            let mut found: Vec<u64> = outcome
                .samples
                .iter()
                .map(|sample| {
                    let start = starts[&file_name(Path::new(sample.file.as_deref().unwrap()))];
                    start + sample.row_index.unwrap_or_else(|| sample.key["rowid"].as_u64().unwrap() - 1)
                })
                .collect();
            hold("rows", format!("{wanted:?}"), format!("{found:?}"));
            found.sort_unstable();
            let violations = outcome.violations.unwrap_or(0);
            hold("the count of samples", violations.to_string(), found.len().to_string());
        }
        wrong
    }
}

/// The scalars in a piece of a record, as text.
fn flat(json: &Json) -> Vec<String> {
    match json {
        Json::Null => vec!["null".to_owned()],
        Json::String(text) => vec![text.clone()],
        Json::Array(items) => items.iter().flat_map(flat).collect(),
        Json::Object(fields) => fields.values().flat_map(flat).collect(),
        other => vec![other.to_string()],
    }
}

/// The scalars of a list or the one scalar, as text.
fn texts(node: &Node) -> Vec<String> {
    node.as_list().iter().map(|item| item.text().unwrap_or("null").to_owned()).collect()
}

/// Whether an observed value is the one that a case spells.
fn same(wanted: Option<&str>, found: &Json) -> bool {
    let spelled = match found {
        Json::Null => return wanted.is_none(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let Some(wanted) = wanted else { return false };
    match (BigDecimal::from_str(wanted), BigDecimal::from_str(&spelled)) {
        (Ok(wanted), Ok(found)) => wanted == found,
        _ => wanted == spelled,
    }
}

/// A rule as it is written, moved to the first column.
fn rule(node: &Node, text: &str) -> String {
    let start = node.span.start;
    let column = start - text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let mut lines = text[node.span.clone()].trim_end().lines();
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |rule, line| rule + "\n" + line.get(column..).unwrap_or_default())
}

fn computed(node: Option<&Node>) -> Vec<(String, String, String, Option<String>)> {
    let datasets = node.and_then(Node::entries).unwrap_or_default();
    let columns = datasets.iter().flat_map(|dataset| {
        dataset.value.entries().unwrap().iter().map(|column| {
            let (sql, kind) = (scalar(&column.value, "sql").unwrap(), scalar(&column.value, "type"));
            (dataset.key.clone(), column.key.clone(), sql, kind)
        })
    });
    columns.collect()
}

fn declared(node: Option<&Node>) -> Vec<(String, String, String)> {
    let datasets = node.and_then(Node::entries).unwrap_or_default();
    let columns = datasets.iter().flat_map(|dataset| {
        let line = |column: &yaml::Entry| column.value.text().unwrap().to_owned();
        let columns = dataset.value.entries().unwrap().iter();
        columns.map(move |column| (dataset.key.clone(), column.key.clone(), line(column)))
    });
    columns.collect()
}

fn scalar(node: &Node, key: &str) -> Option<String> {
    node.get(key).and_then(Node::text).map(str::to_owned)
}

fn table(text: &str) -> Table {
    let mut lines = text.lines();
    let header = lines.next().unwrap_or_default();
    let columns = header.split('|').map(|column| {
        let (name, kind) =
            column.trim().split_once(':').map_or((column.trim(), None), |(name, kind)| (name, Some(kind)));
        Column { name: name.to_owned(), kind: kind.map(|kind| kind.parse().unwrap()) }
    });
    let columns: Vec<Column> = columns.collect();
    let rows: Vec<Vec<Cell>> = lines.filter(|line| !line.trim().is_empty()).map(cells).collect();
    for row in &rows {
        assert_eq!(row.len(), columns.len(), "a row of another length: {row:?}");
    }
    Table { columns, rows }
}

/// The cells of a line; bars inside double quotes are text.
fn cells(line: &str) -> Vec<Cell> {
    let (mut cells, mut cell, mut quoted, mut escaped) = (Vec::new(), String::new(), false, false);
    for c in line.chars() {
        if c == '|' && !quoted {
            cells.push(std::mem::take(&mut cell));
            continue;
        }
        if c == '"' && !escaped && (quoted || cell.trim().is_empty()) {
            quoted = !quoted;
        }
        escaped = c == '\\' && quoted && !escaped;
        cell.push(c);
    }
    cells.push(cell);
    cells.iter().map(|cell| read_cell(cell.trim())).collect()
}

fn read_cell(text: &str) -> Cell {
    if text == "~" {
        return Cell::Null;
    }
    if text.starts_with('"') {
        return Cell::Text(serde_json::from_str(text).unwrap_or_else(|error| panic!("{text}: {error}")));
    }
    Cell::Text(text.strip_prefix('!').unwrap_or(text).to_owned())
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

fn ids(report: &Report) -> Vec<(&str, u64)> {
    report.results.iter().map(|outcome| (outcome.id.as_str(), outcome.location.line)).collect()
}
