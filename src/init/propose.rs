//! Facts about data to rules that may hold tomorrow too, and remarks on those that were left out.
//!
//! A rule must be one that a person would keep: wide enough for the next file, narrow enough for the usual accidents. What
//! is proposed here is verified afterwards; what is only a coincidence must be kept out here.

use crate::init::almost::{self, Almost};
use crate::init::draft::{Column, Dataset, Draft, Rule};
use crate::init::key::{self, Keys, Reference};
use crate::init::probe::{is_declarable, list};
use crate::init::profile::{self, Table};
use crate::init::{name, pii, quote, range};
use crate::ir::format::Format;
use crate::ir::time::midnight;
use crate::ir::{Type, Value};
use crate::lang::Lang;

/// What is known of some files.
pub(super) struct Facts<'a> {
    pub(super) tables: &'a [Table],
    pub(super) keys: &'a Keys,
    pub(super) references: &'a [Reference],
    /// The time, in microseconds since 1970 UTC; only for whether a date has come.
    pub(super) now: i64,
    pub(super) lang: Lang,
}

/// The least number of values from which a set or a share says anything.
const ENOUGH: u64 = 20;
/// How many sums of columns are proposed at most.
const SUMS: usize = 3;

impl Facts<'_> {
    /// A suite of everything that may hold.
    pub(super) fn draft(&self, name: String) -> Draft {
        Draft { name, datasets: (0..self.tables.len()).map(|place| self.dataset(place)).collect() }
    }

    fn dataset(&self, place: usize) -> Dataset {
        let (table, key) = (&self.tables[place], &self.keys[place]);
        let lang = self.lang;
        let mut columns: Vec<Column> = table.columns.iter().map(|column| self.column(place, column)).collect();
        pii::keep_quiet(table, &mut columns);
        let mut rules = Vec::new();
        let mut remarks = Vec::new();
        rules.push(Rule::new(format!("row_count: {{min: {}}}", range::least_rows(table.rows))));
        if table.rows == 0 {
            let none = lang.pick("there was no row to learn from", "no había ninguna fila de la que aprender");
            remarks.push(none.to_owned());
        }
        let names: Vec<String> = table.columns.iter().map(|column| column.name.clone()).collect();
        if names.iter().all(|name| is_declarable(name)) && !names.is_empty() {
            rules.push(Rule::new("columns: {exact: true}"));
        } else if !names.is_empty() {
            rules.push(Rule::new(format!("columns: {{names: {}, exact: true}}", list(&names))));
        }
        match key.as_slice() {
            [] if table.rows > 1 && table.columns.len() <= 40 => {
                if names.len() > 1 {
                    rules.push(Rule::new(format!("unique: {{columns: {}}}", list(&names))));
                }
                remarks.push(
                    lang.pick(
                        "no column, and no few columns together, tell the rows apart: name the `key` if you know it",
                        "ninguna columna, ni unas pocas juntas, distingue las filas: indique `key` si la conoce",
                    )
                    .to_owned(),
                );
            }
            [] | [_] => {}
            several => rules.push(Rule::new(format!("unique: {{columns: {}}}", list(several)))),
        }
        rules.extend(orders(table));
        rules.extend(products(table));
        rules.extend(sums(table));
        for column in columns.iter_mut().filter(|column| !is_declarable(&column.name)) {
            let why = lang.pick("a suite cannot declare such a name", "una suite no puede declarar ese nombre");
            column.left_out = Some(why.to_owned());
        }
        Dataset {
            name: table.source.name.clone(),
            source: table.source.place.clone(),
            null_values: table.source.null_values.clone(),
            comma: table.source.comma,
            key: key.clone(),
            may_be_empty: false,
            facts: self.shape(table),
            columns,
            rules,
            remarks,
        }
    }

    /// Rows and columns, in words.
    fn shape(&self, table: &Table) -> String {
        let lang = self.lang;
        let (rows, columns) = (table.rows, table.columns.len() as u64);
        let mut text = format!(
            "{} {}, {} {}",
            lang.count(rows),
            lang.plural(rows, ("row", "fila"), ("rows", "filas")),
            lang.count(columns),
            lang.plural(columns, ("column", "columna"), ("columns", "columnas"))
        );
        if table.malformed > 0 {
            let words = lang.pick("records that cannot be taken apart", "registros que no se pueden separar en campos");
            text += &format!("; {} {words}", lang.count(table.malformed));
        }
        text
    }

    fn column(&self, place: usize, column: &profile::Column) -> Column {
        let (table, key) = (&self.tables[place], &self.keys[place]);
        let lang = self.lang;
        let mut draft = Column {
            name: column.name.clone(),
            left_out: None,
            kind: (column.filled > 0 || table.rows == 0).then_some(column.kind),
            allow: None,
            parse: column.parse.clone(),
            pii: false,
            facts: self.seen(table, column),
            rules: Vec::new(),
            remarks: Vec::new(),
        };
        if column.filled == 0 {
            if table.rows > 0 {
                draft.kind = None;
                draft.facts = lang.pick("has no value in any row", "no tiene valor en ninguna fila").into();
            }
            return draft;
        }
        if let Some((one, other)) = column.ambiguous {
            let says = lang.pick(
                "its values read as dates in two ways; say which: type: date, parse:",
                "sus valores se leen como fechas de dos maneras; diga cuál: type: date, parse:",
            );
            draft.remarks.push(format!("{says} '{one}' / '{other}'"));
        }
        self.nearly(column, &mut draft);
        presence(table, column, &mut draft);
        let is_key = key.as_slice() == [column.name.clone()];
        if is_key {
            draft.rules.push(Rule::new("unique"));
        } else if key::is_unique(column, table)
            && table.rows >= ENOUGH
            && !matches!(column.kind, Type::Decimal | Type::Float)
        {
            if name::key_score(&column.name) > 0 {
                draft.rules.push(Rule::new("unique"));
            } else {
                let why = lang.pick("holds, but may be chance", "se cumple, pero puede ser casualidad");
                self.not_asserted(&mut draft, "unique", why);
            }
        }
        let refers = self.reference(place, column, &mut draft);
        if !refers {
            match column.kind {
                Type::String => self.text(column, is_key, &mut draft),
                Type::Integer | Type::Decimal | Type::Float => number(column, is_key, &mut draft),
                Type::Date | Type::Timestamp => self.moment(column, &mut draft),
                _ => {}
            }
        }
        draft
    }

    /// What was seen of a column, in words.
    fn seen(&self, table: &Table, column: &profile::Column) -> String {
        let lang = self.lang;
        let mut parts = Vec::new();
        match (&column.extent, column.kind, column.distinct) {
            (_, Type::String, Some(distinct)) if distinct > 0 => {
                let words = lang.plural(distinct, ("value", "valor"), ("different values", "valores distintos"));
                parts.push(format!("{} {words}", lang.count(distinct)));
            }
            (Some((least, greatest)), kind, _) if kind != Type::String => {
                let (from, to) = lang.pick(("from", "to"), ("de", "a"));
                parts.push(format!("{from} {} {to} {}", shown(least), shown(greatest)));
            }
            _ => {}
        }
        if column.nulls > 0 {
            let words = lang.pick("rows without a value", "filas sin valor");
            let of = lang.pick("of", "de");
            parts.push(format!("{} {of} {} {words}", lang.count(column.nulls), lang.count(table.rows)));
        }
        parts.join("; ")
    }

    /// What text nearly reads as: how many values may not, or why its type is not declared.
    fn nearly(&self, column: &profile::Column, draft: &mut Column) {
        let lang = self.lang;
        match &column.almost {
            Some(Almost::Reads { reading, unread: unread @ 1.., examples }) => {
                let all = column.filled + unread;
                draft.allow = Some(almost::allowance(*unread, all));
                let of = lang.pick("of", "de");
                let values = lang.pick("values do not read as", "valores no se leen como");
                let shown: Vec<String> = examples.iter().map(|text| format!("'{}'", shortened(text))).collect();
                draft.remarks.push(format!(
                    "{} {of} {} {values} {}: {}",
                    lang.count(*unread),
                    lang.count(all),
                    reading.kind,
                    shown.join(", ")
                ));
            }
            Some(Almost::Partly { kind, reads, of }) => {
                let words = lang.pick("of the values read as one", "de los valores se leen así");
                let why = format!("{} {words}", lang.share(*reads, *of));
                self.not_asserted(draft, &format!("type: {kind}"), &why);
            }
            _ => {}
        }
    }

    /// A reference to the key of another table, if there is one.
    fn reference(&self, place: usize, column: &profile::Column, draft: &mut Column) -> bool {
        let lang = self.lang;
        let own = |reference: &&Reference| reference.from == place && reference.column == column.name;
        let Some(reference) = self.references.iter().find(own) else { return false };
        let target = format!("{}.{}", self.tables[reference.to].source.name, reference.key);
        let text = format!("foreign_key: {}", quote::value(&target));
        if reference.orphans == 0 {
            draft.rules.push(Rule::new(text));
            return true;
        }
        let most = if reference.named { 2 } else { 10 };
        if reference.orphans.saturating_mul(most) < reference.filled {
            let of = lang.pick("of", "de");
            let words = lang.pick("rows have no partner there", "filas no tienen pareja allí");
            let why = format!(
                "{} {of} {} {words} ({})",
                lang.count(reference.orphans),
                lang.count(reference.filled),
                lang.share(reference.orphans, reference.filled)
            );
            self.not_asserted(draft, &text, &why);
        }
        false
    }

    fn text(&self, column: &profile::Column, is_key: bool, draft: &mut Column) {
        if let Some(values) = column.values.as_ref().filter(|values| !is_key && is_set(column, values)) {
            let rare = values.iter().filter(|(_, count)| *count < 3).count();
            if values.len() <= 12 || rare * 5 <= values.len() {
                let values: Vec<String> = values.iter().map(|(value, _)| value.to_string()).collect();
                draft.rules.push(Rule::new(format!("in_set: {}", list(&values))));
                return;
            }
            let many = self.lang.pick("of its values occur once or twice", "de sus valores aparecen una o dos veces");
            self.not_asserted(draft, "in_set", &format!("{rare} / {} {many}", values.len()));
        }
        if let Some(format) = format_of(column) {
            draft.rules.push(Rule::guess(format!("format: {format}")));
            return;
        }
        let Some((least, most)) = column.length else { return };
        let distinct = column.distinct.unwrap_or(0);
        if least == most && distinct >= 3 && column.filled >= ENOUGH {
            draft.rules.push(Rule::new(format!("length: {most}")));
        } else if least == most && distinct >= 3 {
            let few = self.lang.pick("holds, but of few values", "se cumple, pero con pocos valores");
            self.not_asserted(draft, &format!("length: {most}"), few);
        } else {
            draft.rules.push(Rule::new(format!("length: {{max: {}}}", range::most_characters(most))));
        }
        if column.nulls == 0 {
            // It asks for a value too.
            let blank = |rule: &mut Rule| *rule = Rule::guess("not_blank").or(Rule::new("not_null"));
            match draft.rules.iter_mut().find(|rule| rule.text == "not_null") {
                Some(present) => blank(present),
                None => draft.rules.push(Rule::guess("not_blank")),
            }
        }
    }

    fn moment(&self, column: &profile::Column, draft: &mut Column) {
        let Some((least, greatest)) = &column.extent else { return };
        let bound = |day: String| match column.kind {
            Type::Date => format!("'{day}'"),
            _ => format!("'{day}T00:00:00Z'"),
        };
        let come = match greatest {
            Value::Date(day) => midnight(*day) <= self.now,
            Value::Timestamp(micros) => *micros <= self.now,
            _ => return,
        };
        let min = range::first_day(least).map(bound);
        let max = range::last_day(greatest).filter(|_| !come).map(bound);
        let bounds = range::Bounds { min, strict: false, max };
        if bounds != range::Bounds::default() {
            draft.rules.push(Rule::new(format!("between: {}", bounds.text())));
        }
        if come {
            draft.rules.push(Rule::new("not_in_future"));
        } else {
            let why =
                self.lang.pick("its newest values are still to come", "sus valores más nuevos aún están por llegar");
            self.not_asserted(draft, "not_in_future", why);
        }
    }

    fn not_asserted(&self, draft: &mut Column, rule: &str, why: &str) {
        draft.remarks.push(not_asserted(self.lang, rule, why));
    }
}

/// A remark that a rule was left out, and why.
pub(super) fn not_asserted(lang: Lang, rule: &str, why: &str) -> String {
    format!("{}: {rule} ({why})", lang.pick("not asserted", "sin comprobar"))
}

/// Whether text of few values means kinds: each of them occurs many times.
fn is_set(column: &profile::Column, values: &[(Value, u64)]) -> bool {
    let distinct = values.len() as u64;
    // Many long texts are remarks, not kinds.
    let short = column.length.is_some_and(|(_, most)| most <= 40 || (most <= 80 && distinct <= 5));
    let often = if distinct <= 12 { 4 } else { 20 };
    short && column.filled >= ENOUGH && distinct <= 50 && column.filled >= often * distinct
}

/// A named format that the values may have.
fn format_of(column: &profile::Column) -> Option<&'static str> {
    let (least, greatest) = column.extent.as_ref()?;
    let ends = [least.to_string(), greatest.to_string()];
    name::formats(&column.name)
        .into_iter()
        .find(|name| Format::named(name).is_some_and(|format| ends.iter().all(|text| format.holds(text))))
}

fn number(column: &profile::Column, is_key: bool, draft: &mut Column) {
    let Some((least, greatest)) = &column.extent else { return };
    let whole = column.kind == Type::Integer;
    let zero = Value::Integer(0);
    let sign = |value: &Value| value.compare(&zero);
    if is_key {
        match sign(least) {
            Some(std::cmp::Ordering::Greater) => draft.rules.push(Rule::new("positive")),
            Some(std::cmp::Ordering::Equal) => draft.rules.push(Rule::new("non_negative")),
            _ => {}
        }
        return;
    }
    if let Some(values) = column.values.as_ref().filter(|values| whole && is_coded(column, values)) {
        let values: Vec<String> = values.iter().map(|(value, _)| value.to_string()).collect();
        draft.rules.push(Rule::new(format!("in_set: {}", list(&values))));
        return;
    }
    if name::is_year(&column.name)
        && let Some(bounds) = range::years(least, greatest)
    {
        draft.rules.push(Rule::new(format!("between: {}", bounds.text())));
        return;
    }
    let wide = range::numbers(least, greatest, whole, name::is_signed(&column.name));
    let known = name::range(&column.name).map(|range| range::Bounds {
        min: Some(range.min.to_owned()),
        strict: false,
        max: Some(range.max.to_owned()),
    });
    match (known.map(|bounds| Rule::guess(format!("between: {}", bounds.text()))), wide) {
        (Some(known), Some(wide)) => draft.rules.push(known.or(Rule::new(format!("between: {}", wide.text())))),
        (None, Some(wide)) => draft.rules.push(Rule::new(format!("between: {}", wide.text()))),
        (_, None) => {}
    }
}

/// Whether whole numbers stand for kinds: a flag, or few that often occur under a name that says so.
fn is_coded(column: &profile::Column, values: &[(Value, u64)]) -> bool {
    let distinct = values.len() as u64;
    let flag = matches!(values, [(Value::Integer(0), _), (Value::Integer(1), _)]);
    flag || (name::is_of_kinds(&column.name) && distinct <= 20 && column.filled >= ENOUGH * distinct)
}

/// Columns that begin what others end.
fn orders(table: &Table) -> Vec<Rule> {
    let mut rules = Vec::new();
    for one in &table.columns {
        for other in table.columns.iter().filter(|other| name::is_before(&one.name, &other.name)) {
            let both = one.kind == other.kind || (one.kind.is_number() && other.kind.is_number());
            let has_order = one.kind.is_number() || matches!(one.kind, Type::Date | Type::Timestamp);
            if both && has_order && one.filled.min(other.filled) > 0 {
                let nulls = if one.nulls + other.nulls > 0 { ", nulls: ignore" } else { "" };
                let (left, right) = (quote::value(&one.name), quote::value(&other.name));
                rules.push(Rule::new(format!("compare: {{left: {left}, op: '<=', right: {right}{nulls}}}")));
            }
        }
    }
    rules
}

/// `total = quantity * price`, where names say so.
fn products(table: &Table) -> Vec<Rule> {
    let of = |role| {
        table.columns.iter().filter(move |column| column.kind.is_number() && name::role(&column.name) == Some(role))
    };
    let sql = |column: &profile::Column| quote::sql_name(&column.name);
    let mut rules = Vec::new();
    for total in of(name::Role::Total) {
        for quantity in of(name::Role::Quantity) {
            for price in of(name::Role::Price) {
                let (total, quantity, price) = (sql(total), sql(quantity), sql(price));
                let rule = |condition: String| format!("expression: {{sql: {}}}", quote::scalar_in_quotes(&condition));
                let exact = Rule::guess(rule(format!("{total} = {quantity} * {price}")));
                rules.push(exact.or(Rule::guess(rule(format!("abs({total} - {quantity} * {price}) <= 0.01")))));
            }
        }
    }
    rules
}

/// Columns that are the sum of two others: the sums over all rows tell which are worth a try.
fn sums(table: &Table) -> Vec<Rule> {
    let numbers: Vec<(&profile::Column, bigdecimal::BigDecimal)> = table
        .columns
        .iter()
        .filter(|column| matches!(column.kind, Type::Integer | Type::Decimal) && column.nulls + column.unread == 0)
        .filter_map(|column| Some((column, column.sum.as_ref()?.exact()?)))
        .filter(|(_, sum)| !bigdecimal::Zero::is_zero(sum))
        .take(60)
        .collect();
    let mut rules = Vec::new();
    for (total, sum) in &numbers {
        for (index, (one, first)) in numbers.iter().enumerate() {
            for (other, second) in &numbers[index + 1..] {
                let apart = total.name != one.name && total.name != other.name;
                if apart && *sum == first + second && rules.len() < SUMS {
                    let [total, one, other] = [total, one, other].map(|column| quote::sql_name(&column.name));
                    let condition = quote::scalar_in_quotes(&format!("{total} = {one} + {other}"));
                    rules.push(Rule::guess(format!("expression: {{sql: {condition}}}")));
                }
            }
        }
    }
    rules
}

/// The beginning of a text, for a comment.
fn shortened(text: &str) -> String {
    const MOST: usize = 30;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

/// A value for a comment.
fn shown(value: &Value) -> String {
    match value {
        Value::Decimal(number) => number.normalized().to_plain_string(),
        other => other.to_string(),
    }
}

/// Whether every row must have a value, or nearly every.
fn presence(table: &Table, column: &profile::Column, draft: &mut Column) {
    const SHARES: [(u64, &str); 7] =
        [(1, "0.1%"), (5, "0.5%"), (10, "1%"), (20, "2%"), (50, "5%"), (100, "10%"), (200, "20%")];
    if column.nulls == 0 {
        draft.rules.push(Rule::new("not_null"));
        return;
    }
    // The first share at least twice that of today.
    let double = |(per_thousand, _): &&(u64, &str)| {
        u128::from(column.nulls) * 2 * 1000 <= u128::from(*per_thousand) * u128::from(table.rows)
    };
    if table.rows >= 100
        && let Some((_, share)) = SHARES.iter().find(double)
    {
        draft.rules.push(Rule::new(format!("not_null: {{allow: {share}}}")));
    }
}
