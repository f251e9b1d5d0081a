//! `repair` of a column and of a dataset: what may be done to rows that break rules, where they are quarantined.
//!
//! A list of repairs in order, each a word or a map: `[trim, {case: upper}, {parse: "%d/%m/%Y"}]`. One alone needs no list,
//! and a map may hold several. Those of a dataset are for every column that has no `repair` of its own, so they are the ones
//! that mean something for any type, and beside them stands `dedupe`, which is about rows.

use crate::dataset::Column;
use crate::diagnostic::{Code, nearest};
use crate::ir::bind::spelled;
use crate::ir::name::nfc;
use crate::ir::time::Pattern;
use crate::ir::{Reading, Type, Value};
use crate::repair::{Casing, Dedupe, Keep, Parse, Repair, Repairs};
use crate::suite::keys;
use crate::suite::read::Reader;
use crate::suite::yaml::{Entry, Node};

/// One item of a list of repairs: its word, where it stands, and what is said of it.
struct Item<'n> {
    word: &'n str,
    span: std::ops::Range<usize>,
    said: Option<&'n Node>,
}

/// Where repairs are said, of columns and of the dataset.
type Spans = Vec<(Option<String>, std::ops::Range<usize>)>;

impl Reader<'_> {
    /// Reads the repairs of a dataset and of its columns.
    pub(super) fn repairs(&mut self, dataset: &Node, declared: &[Entry], columns: &[Column]) -> (Repairs, Spans) {
        let mut repairs = Repairs::default();
        let mut spans: Spans = dataset.get("repair").map(|node| (None, node.span.clone())).into_iter().collect();
        for item in dataset.get("repair").map(|node| self.items(node)).unwrap_or_default() {
            match item.word {
                Dedupe::NAME => {
                    let dedupe = self.dedupe(&item, columns);
                    if let Some(dedupe) = dedupe {
                        if repairs.dedupe.iter().any(|known| known.keys == dedupe.keys) {
                            self.error(
                                Code::Duplicate,
                                item.span,
                                "rows that are equal in these columns have a `dedupe`",
                            );
                            continue;
                        }
                        repairs.dedupe.push(dedupe);
                    }
                }
                "trim" | "case" | "replace" => repairs.all.extend(self.repair(&item, None)),
                word if keys::REPAIR.contains(&word) => {
                    let message = format!("`{word}` hangs on the type of a column");
                    self.error(Code::Conflict, item.span, message).help =
                        Some(format!("say it there: `columns: {{price: {{type: decimal, repair: {{{word}: …}}}}}}`"));
                }
                _ => self.unknown_repair(&item, keys::DATASET_REPAIR, "a dataset"),
            }
        }
        for entry in declared {
            let Some(node) = entry.value.get("repair") else { continue };
            let column = nfc(&entry.key);
            let known = columns.iter().find(|known| known.name == column);
            let reading = known.and_then(|known| {
                let reading = known.reading.clone()?;
                Some(Reading { missing: known.missing.clone(), ..reading })
            });
            let own = self.column_repairs(node, reading.as_ref());
            spans.push((Some(column.clone()), node.span.clone()));
            repairs.columns.insert(column, own);
        }
        (repairs, spans)
    }

    fn column_repairs(&mut self, node: &Node, reading: Option<&Reading>) -> Vec<Repair> {
        let nested = reading.filter(|reading| matches!(reading.kind, Type::Object | Type::List));
        if let Some(reading) = nested {
            let message = format!("a column of type {} has no cells that could be repaired", reading.kind);
            self.error(Code::Conflict, node.span.clone(), message).help =
                Some("fields inside a structure are not repaired by this version".to_owned());
            return Vec::new();
        }
        let mut own = Vec::new();
        for item in self.items(node) {
            match item.word {
                Dedupe::NAME => {
                    self.error(Code::Conflict, item.span, "`dedupe` is about rows, and this is a column").help =
                        Some("say it of the dataset: `repair: {dedupe: {keys: [id], keep: last}}`".to_owned());
                }
                word if keys::REPAIR.contains(&word) => own.extend(self.repair(&item, reading)),
                _ => self.unknown_repair(&item, keys::REPAIR, "a column"),
            }
        }
        own
    }

    /// The items of a list, of a map, or of one word.
    fn items<'n>(&mut self, node: &'n Node) -> Vec<Item<'n>> {
        let mut items = Vec::new();
        let list = if node.entries().is_some() { std::slice::from_ref(node) } else { node.as_list() };
        for item in list {
            if let Some(entries) = item.entries() {
                items.extend(entries.iter().map(|entry| Item {
                    word: &entry.key,
                    span: entry.key_span.clone(),
                    said: Some(&entry.value).filter(|value| !value.is_null()),
                }));
            } else if let Some(word) = item.text() {
                items.push(Item { word, span: item.span.clone(), said: None });
            } else {
                let message = format!("a repair is a word or a map, and this is {}", item.kind());
                self.error(Code::BadValue, item.span.clone(), message).help =
                    Some("write `repair: trim`, or `repair: [trim, {case: upper}]`".to_owned());
            }
        }
        items
    }

    fn unknown_repair(&mut self, item: &Item<'_>, known: &[&str], of: &str) {
        let near = nearest(item.word, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let message = format!("`{}` is no repair of {of}", item.word);
        let diagnostic = self.error(Code::UnknownKey, item.span.clone(), message);
        diagnostic.label = near;
        diagnostic.help = Some(format!("repairs are {}", known.join(", ")));
    }

    fn repair(&mut self, item: &Item<'_>, reading: Option<&Reading>) -> Option<Repair> {
        let needs = |example: &str| Some(format!("write `repair: {{{example}}}`"));
        if item.word == "trim" {
            if let Some(said) = item.said
                && self.flag(said) == Some(false)
            {
                self.error(Code::BadValue, said.span.clone(), "`trim` is done where it is named").help =
                    Some("leave it out".to_owned());
            }
            return Some(Repair::Trim);
        }
        let example = match item.word {
            "case" => "case: upper",
            "replace" => "replace: {\"N/A\": null}",
            "parse" => "parse: \"%d/%m/%Y\"",
            "default" => "default: 0",
            _ => "clamp: {min: 0, max: 100}",
        };
        let Some(said) = item.said else {
            let (code, message) = match item.word {
                "default" => (Code::BadValue, "a default is a value, and null is none".to_owned()),
                word => (Code::MissingKey, format!("`{word}` says nothing")),
            };
            self.error(code, item.span.clone(), message).help = needs(example);
            return None;
        };
        match item.word {
            "case" => self.casing(said, reading),
            "replace" => self.replace(said),
            _ => {
                let Some(reading) = reading else {
                    let message = format!("`{}` needs a `type` beside it", item.word);
                    self.error(Code::Conflict, item.span.clone(), message).help =
                        Some("say what the column holds: `type: integer`".to_owned());
                    return None;
                };
                match item.word {
                    "parse" => self.further_parse(item, said, reading),
                    "default" => self.default(said, reading),
                    _ => self.clamp(item, said, reading),
                }
            }
        }
    }

    fn casing(&mut self, said: &Node, reading: Option<&Reading>) -> Option<Repair> {
        if let Some(kind) = reading.map(|reading| reading.kind).filter(|kind| kind.is_number()) {
            let message = format!("`case` is for letters, and this column is of type {kind}");
            self.error(Code::Conflict, said.span.clone(), message);
            return None;
        }
        let word = self.one_of(said, &Casing::ALL.map(Casing::name))?;
        Casing::ALL.into_iter().find(|case| case.name() == word).map(Repair::Case)
    }

    fn replace(&mut self, said: &Node) -> Option<Repair> {
        let mut pairs = Vec::new();
        for entry in self.map(said, "replace")? {
            let by = if entry.value.is_null() { None } else { Some(self.text(&entry.value)?) };
            if by.as_ref() == Some(&entry.key) {
                let message = format!("`{}` is replaced by itself", entry.key);
                self.error(Code::BadValue, entry.key_span.clone(), message);
            }
            pairs.push((entry.key.clone(), by));
        }
        if pairs.is_empty() {
            self.error(Code::MissingKey, said.span.clone(), "`replace` names nothing").help =
                Some("write `replace: {\"N/A\": null, si: sí}`".to_owned());
        }
        Some(Repair::Replace(pairs))
    }

    fn default(&mut self, said: &Node, reading: &Reading) -> Option<Repair> {
        let (value, unparsed) = if said.entries().is_some() {
            self.check_keys(said, keys::REPAIR_DEFAULT, "`default`");
            let unparsed = said.get("unparsed").and_then(|node| self.flag(node)).unwrap_or(false);
            let Some(value) = said.get("value") else {
                self.error(Code::MissingKey, said.span.clone(), "`value` is missing").help =
                    Some("write `default: {value: 0, unparsed: true}`".to_owned());
                return None;
            };
            (value, unparsed)
        } else {
            (said, false)
        };
        if value.is_null() {
            self.error(Code::BadValue, value.span.clone(), "a default is a value, and null is none");
            return None;
        }
        let read = self.value_of(value, reading)?;
        let missing = reading.missing_values().contains(&read) || reading.is_missing(value.text().unwrap_or_default());
        if missing {
            let message = format!("`{read}` stands for no value in this column");
            self.error(Code::Conflict, value.span.clone(), message).help =
                Some("`missing` says so: take another default".to_owned());
        }
        Some(Repair::Default { value: read, unparsed })
    }

    fn clamp(&mut self, item: &Item<'_>, said: &Node, reading: &Reading) -> Option<Repair> {
        if reading.kind.is_text() || !reading.kind.is_ordered() {
            let message =
                format!("`clamp` is for numbers, dates and times, and this column is of type {}", reading.kind);
            self.error(Code::Conflict, item.span.clone(), message);
            return None;
        }
        self.map(said, "clamp")?;
        self.check_keys(said, keys::REPAIR_CLAMP, "`clamp`");
        let mut end = |key| match said.get(key) {
            Some(node) => self.value_of(node, reading).map(Some),
            None => Some(None),
        };
        let (min, max) = (end("min")?, end("max")?);
        if min.is_none() && max.is_none() {
            self.error(Code::MissingKey, said.span.clone(), "`clamp` has no end").help =
                Some("write `clamp: {min: 0, max: 100}`, or one of the two".to_owned());
            return None;
        }
        if let (Some(low), Some(high)) = (&min, &max)
            && low.compare(high) == Some(std::cmp::Ordering::Greater)
        {
            let span = said.get("min").map_or_else(|| said.span.clone(), |node| node.span.clone());
            self.error(Code::BadValue, span, format!("`min` lies above `max`: {low} and {high}"));
        }
        Some(Repair::Clamp { min, max })
    }

    /// Reads a value of the type of a column.
    fn value_of(&mut self, node: &Node, reading: &Reading) -> Option<Value> {
        let text = self.text(node)?;
        let of_type = |value: &Value| value.kind() == Some(reading.kind) || reading.kind == Type::Json;
        let value = spelled(&text, reading, reading.zone).filter(of_type);
        if value.is_none() {
            let message = format!("`{text}` does not read as {}", reading.kind);
            self.error(Code::BadValue, node.span.clone(), message).help =
                Some("a repair gives values of the type of its column".to_owned());
        }
        value
    }

    /// The further ways to read a column.
    fn further_parse(&mut self, item: &Item<'_>, said: &Node, reading: &Reading) -> Option<Repair> {
        let told = self.diagnostics.len();
        let mut parse = Parse::default();
        match reading.kind {
            Type::Date | Type::Timestamp => {
                if said.entries().is_some() {
                    let message = format!("`parse` of a {} is a pattern or a list of them", reading.kind);
                    self.error(Code::BadValue, said.span.clone(), message).help =
                        Some("write `parse: [\"%d/%m/%Y\", \"%d.%m.%y\"]`".to_owned());
                    return None;
                }
                for text in said.as_list() {
                    parse.patterns.extend(self.pattern(text, reading.kind));
                }
            }
            Type::Integer | Type::Decimal | Type::Float => self.marks(said, reading.kind, &mut parse)?,
            Type::Boolean => {
                self.map(said, "parse")?;
                self.check_keys(said, keys::REPAIR_PARSE_WORDS, "`parse` of a boolean");
                parse.true_values = said.get("true_values").map(|node| self.texts(node)).unwrap_or_default();
                parse.false_values = said.get("false_values").map(|node| self.texts(node)).unwrap_or_default();
                if let Some(both) = parse.true_values.iter().find(|word| parse.false_values.contains(word)) {
                    let message = format!("`{both}` is both true and false");
                    self.error(Code::Conflict, said.span.clone(), message);
                }
            }
            kind => {
                let message = format!("`parse` is for dates, timestamps, numbers and booleans, not for {kind}");
                self.error(Code::Conflict, item.span.clone(), message);
                return None;
            }
        }
        if parse == Parse::default() && self.diagnostics.len() > told {
            return None;
        }
        if parse == Parse::default() {
            self.error(Code::MissingKey, said.span.clone(), "`parse` names no way to read");
            return None;
        }
        Some(Repair::Parse(parse))
    }

    /// The marks of numbers.
    fn marks(&mut self, said: &Node, kind: Type, parse: &mut Parse) -> Option<()> {
        self.map(said, "parse")?;
        self.check_keys(said, keys::REPAIR_PARSE_MARKS, "`parse` of a number");
        parse.decimal = said.get("decimal").and_then(|node| self.mark(node));
        parse.thousands = said.get("thousands").and_then(|node| self.mark(node));
        let point = parse.decimal.or((kind != Type::Integer).then_some('.'));
        if parse.thousands.is_some() && parse.thousands == point {
            self.error(Code::Conflict, said.span.clone(), "thousands and decimals have the same mark").help =
                Some("name both: `parse: {decimal: \",\", thousands: \".\"}`".to_owned());
        }
        Some(())
    }

    fn mark(&mut self, node: &Node) -> Option<char> {
        let text = self.text(node)?;
        let mut letters = text.chars();
        match (letters.next(), letters.next()) {
            (Some(mark), None) if !mark.is_alphanumeric() && !matches!(mark, '+' | '-') => Some(mark),
            _ => {
                let message = format!("`{text}` is no mark of numbers");
                self.error(Code::BadValue, node.span.clone(), message).help =
                    Some("one character that is neither a letter, a digit nor a sign: `,` `.` `'`".to_owned());
                None
            }
        }
    }

    fn dedupe(&mut self, item: &Item<'_>, columns: &[Column]) -> Option<Dedupe> {
        let example = "`dedupe: {keys: [sku], keep: last, by: updated_at}`";
        let Some(said) = item.said else {
            self.error(Code::MissingKey, item.span.clone(), "`dedupe` does not say which row is kept").help =
                Some(format!("write {example}, or `dedupe: first` for rows that are equal in all columns"));
            return None;
        };
        let keep = |reader: &mut Self, node: &Node| {
            let word = reader.one_of(node, &[Keep::First.name(), Keep::Last.name()])?;
            Some(if word == Keep::Last.name() { Keep::Last } else { Keep::First })
        };
        if said.entries().is_none() {
            return Some(Dedupe { keys: None, keep: keep(self, said)?, by: None });
        }
        self.check_keys(said, keys::REPAIR_DEDUPE, "`dedupe`");
        let Some(kept) = said.get("keep") else {
            self.error(Code::MissingKey, said.span.clone(), "`keep` is missing: the first row or the last").help =
                Some(format!("write {example}"));
            return None;
        };
        let keep = keep(self, kept)?;
        let keys = said.get("keys").map(|node| self.named(node, columns));
        if let (Some(node), Some([])) = (said.get("keys"), keys.as_deref()) {
            self.error(Code::BadValue, node.span.clone(), "`keys` names no column").help =
                Some("leave it out for rows that are equal in all columns".to_owned());
        }
        let by = said.get("by").and_then(|node| self.named(node, columns).pop());
        if let (Some(node), None) = (said.get("by"), &keys) {
            self.error(Code::Conflict, node.span.clone(), "rows that are equal in all columns are equal in this one")
                .help = Some(format!("name the `keys`: {example}"));
        }
        Some(Dedupe { keys, keep, by })
    }

    /// Columns that must be declared, so that a slip is told before any data are read.
    fn named(&mut self, node: &Node, columns: &[Column]) -> Vec<String> {
        let mut named = Vec::new();
        for item in node.as_list() {
            let Some(text) = self.text(item) else { continue };
            let name = nfc(&text);
            if !columns.iter().any(|column| column.name == name) {
                let near = nearest(&name, columns.iter().map(|column| column.name.as_str()));
                let near = near.map(|near| format!("did you mean `{near}`?"));
                let diagnostic =
                    self.error(Code::UnknownName, item.span.clone(), format!("no declared column is called `{name}`"));
                diagnostic.label = near;
                diagnostic.help = Some("`dedupe` names columns that are declared under `columns`".to_owned());
            }
            if named.contains(&name) {
                self.error(Code::Duplicate, item.span.clone(), format!("`{name}` is named twice"));
            }
            named.push(name);
        }
        named
    }

    /// Reads a pattern of dates.
    pub(super) fn pattern(&mut self, node: &Node, kind: Type) -> Option<Pattern> {
        let text = self.text(node)?;
        match if kind == Type::Time { Pattern::of_time(&text) } else { Pattern::new(&text) } {
            Ok(pattern) => Some(pattern),
            Err(wrong) => {
                self.error(Code::BadValue, node.span.clone(), format!("the pattern `{text}` {wrong}")).help =
                    Some("the letters are those of strptime: `%Y-%m-%d`, `%d/%m/%Y %H:%M`".to_owned());
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::suite::read::{mistakes, read_files};

    fn suite(dataset: &str, column: &str) -> String {
        format!(
            "tamiz: 1\nsuite: s\ndatasets:\n  d:\n    source: d.csv\n{dataset}    columns:\n      a: {column}\n      \
             b: {{type: string}}\n"
        )
    }

    fn read(dataset: &str, column: &str) -> Repairs {
        let found = read_files(&[("s.yaml", &suite(dataset, column))]);
        found.unwrap_or_else(|wrong| panic!("{dataset}{column}: {wrong:?}")).datasets[0].repairs.clone()
    }

    #[test]
    fn repairs_are_a_list_a_map_or_a_word() {
        let both = [Repair::Trim, Repair::Case(Casing::Upper)];
        for column in
            ["{repair: [trim, {case: upper}]}", "{repair: {trim: , case: upper}}", "{repair: [trim, case: upper]}"]
        {
            assert_eq!(read("", column).columns["a"], both, "{column}");
        }
        assert_eq!(read("", "{type: string, repair: trim}").columns["a"], [Repair::Trim]);
        assert_eq!(read("", "{type: string, repair: []}").columns["a"], []);
        assert_eq!(read("    repair: [trim, case: upper]\n", "{}").of("b"), both);
    }

    #[test]
    fn values_are_read_by_the_type_of_the_column() {
        let of = |column: &str| read("", column).columns["a"].clone();
        let decimal = |text: &str| Reading::plain(Type::Decimal).read(text);
        assert_eq!(
            of("{type: decimal, repair: {clamp: {min: 0, max: 1}, default: {value: 0.50, unparsed: true}}}"),
            [
                Repair::Clamp { min: decimal("0"), max: decimal("1") },
                Repair::Default { value: decimal("0.50").unwrap(), unparsed: true }
            ]
        );
        let [Repair::Default { value, unparsed: false }] = &of("{type: string, repair: {default: 007}}")[..] else {
            panic!("a default")
        };
        assert_eq!(*value, Value::Text("007".to_owned()));
        let [Repair::Parse(parse)] = &of("{type: date, repair: {parse: [\"%d/%m/%Y\", \"%d.%m.%y\"]}}")[..] else {
            panic!("parse")
        };
        assert_eq!(parse.patterns.len(), 2);
        let [Repair::Parse(parse)] = &of("{type: decimal, repair: {parse: {decimal: \",\", thousands: .}}}")[..] else {
            panic!("parse")
        };
        assert_eq!((parse.decimal, parse.thousands), (Some(','), Some('.')));
    }

    #[test]
    fn a_dedupe_names_its_keys_or_means_all_columns() {
        let of = |said: &str| read(&format!("    repair: {said}\n"), "{type: integer}").dedupe;
        let keys = |keys: &[&str]| Some(keys.iter().map(|key| (*key).to_owned()).collect());
        let by = Some("b".to_owned());
        assert_eq!(
            of("{dedupe: {keys: [a], keep: last, by: b}}"),
            [Dedupe { keys: keys(&["a"]), keep: Keep::Last, by }]
        );
        assert_eq!(of("[dedupe: first]"), [Dedupe { keys: None, keep: Keep::First, by: None }]);
        assert_eq!(of("[trim, {dedupe: {keys: a, keep: first}}, {dedupe: {keys: [a, b], keep: last}}]").len(), 2);
    }

    #[test]
    fn every_mistake_is_told_at_its_line() {
        for (dataset, column, line) in [
            ("", "{type: integer, repair: {default: x}}", 7),
            ("", "{type: integer, repair: {default: }}", 7),
            ("", "{type: integer, repair: {default: 1.5}}", 7),
            ("", "{type: integer, missing: 0, repair: {default: 0}}", 7),
            ("", "{type: integer, repair: {default: {unparsed: true}}}", 7),
            ("", "{type: integer, repair: {default: {value: 1, when: never}}}", 7),
            ("", "{repair: {default: 0}}", 7),
            ("", "{type: string, repair: {clamp: {min: 0}}}", 7),
            ("", "{type: boolean, repair: {clamp: {min: 0}}}", 7),
            ("", "{type: integer, repair: {clamp: {min: 5, max: 3}}}", 7),
            ("", "{type: integer, repair: {clamp: {}}}", 7),
            ("", "{type: integer, repair: {clamp: {min: 0, mix: 3}}}", 7),
            ("", "{type: integer, repair: {clamp: 3}}", 7),
            ("", "{type: integer, repair: {case: upper}}", 7),
            ("", "{type: string, repair: {case: camel}}", 7),
            ("", "{type: string, repair: case}", 7),
            ("", "{type: string, repair: {parse: \"%Y\"}}", 7),
            ("", "{type: date, repair: {parse: \"%Y\"}}", 7),
            ("", "{type: date, repair: {parse: {decimal: \",\"}}}", 7),
            ("", "{type: date, repair: parse}", 7),
            ("", "{type: decimal, repair: {parse: {thousands: .}}}", 7),
            ("", "{type: decimal, repair: {parse: {decimal: x}}}", 7),
            ("", "{type: decimal, repair: {parse: {}}}", 7),
            ("", "{type: boolean, repair: {parse: {true_values: [x], false_values: [x]}}}", 7),
            ("", "{type: string, repair: {replace: {a: a}}}", 7),
            ("", "{type: string, repair: {replace: }}", 7),
            ("", "{type: string, repair: {trim: false}}", 7),
            ("", "{type: string, repair: strip}", 7),
            ("", "{type: string, repair: [[trim]]}", 7),
            ("", "{type: string, repair: {dedupe: first}}", 7),
            ("", "{type: object, repair: trim}", 7),
            ("", "{type: string, sql: b, repair: trim}", 7),
            ("    repair: {default: 0}\n", "{}", 6),
            ("    repair: {trm: }\n", "{}", 6),
            ("    repair: dedupe\n", "{}", 6),
            ("    repair: {dedupe: {keys: [z], keep: last}}\n", "{}", 6),
            ("    repair: {dedupe: {keys: [a, a], keep: last}}\n", "{}", 6),
            ("    repair: {dedupe: {keys: [], keep: last}}\n", "{}", 6),
            ("    repair: {dedupe: {keys: [a]}}\n", "{}", 6),
            ("    repair: {dedupe: {keys: [a], keep: any}}\n", "{}", 6),
            ("    repair: {dedupe: {keep: last, by: b}}\n", "{}", 6),
            ("    repair: [{dedupe: first}, {dedupe: last}]\n", "{}", 6),
        ] {
            let told = mistakes(&[("s.yaml", &suite(dataset, column))]);
            assert_eq!(told.len(), 1, "{dataset}{column}: {told:?}");
            assert_eq!(told[0].1, line, "{dataset}{column}: {told:?}");
        }
    }
}
