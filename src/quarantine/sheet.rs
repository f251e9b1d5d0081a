//! What the rows of a quarantine hold: the columns of the source, and what is said beside them of an invalid row.

use arrow::array::{Array, ArrayRef};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use serde::Serialize;
use serde_json::Value as Json;

use crate::dataset::Kind;
use crate::engine::local::{Invalid, Local, Original, OriginalColumn, Sifted, Width};
use crate::ir::Type;
use crate::outcome::Fault;
use crate::quarantine::cell::{Cells, Spelling};
use crate::quarantine::{Masking, Named, Order, RESERVED};

/// The digits of the widest decimal.
const DIGITS: u8 = 38;

/// What the rows of a dataset hold.
pub(super) struct Sheet<'a> {
    pub(super) original: Original,
    pub(super) format: Kind,
    pub(super) columns: Vec<Column>,
    pub(super) rules: &'a [Named],
    malformed: &'a Named,
    pub(super) run: &'a str,
    lang: crate::lang::Lang,
    masks: Option<&'a dyn Masking>,
}

/// A column of the sheet.
pub(super) struct Column {
    pub(super) name: String,
    /// The type that all files store it with, if they do.
    pub(super) stored: Option<DataType>,
    /// The type of its values in Parquet from text; none for text.
    pub(super) read: Option<DataType>,
    /// Whether it is masked in invalid rows as a whole.
    pub(super) masked: bool,
}

/// What is said of an invalid row.
pub(super) struct Beside<'a> {
    pub(super) row: u64,
    pub(super) source: &'a str,
    pub(super) line: Option<u64>,
    pub(super) failures: Vec<Failure<'a>>,
    /// The text of a record that could not be taken apart; none if it may not be shown.
    pub(super) raw: Option<String>,
}

/// A rule that a row breaks.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Failure<'a> {
    pub(super) rule: &'a str,
    pub(super) severity: &'a str,
    pub(super) column: Option<String>,
    pub(super) message: String,
}

impl<'a> Sheet<'a> {
    pub(super) fn new(engine: &Local, order: &'a Order<'_>) -> Result<Self, Fault> {
        let dataset = order.sieve.dataset;
        let original = engine.original(dataset)?;
        if let Some(reserved) = original.columns.iter().find(|column| column.name.starts_with(RESERVED)) {
            let message = format!(
                "`{dataset}` has a column `{}`, and names that begin with `{RESERVED}` are those of a quarantine; to check one \
                 again, use --replay",
                reserved.name
            );
            return Err(Fault { code: "reserved_column".to_owned(), message, caused_by: None });
        }
        let format = order.format.unwrap_or(match original.kind {
            Kind::Csv => Kind::Csv,
            Kind::Json | Kind::Ndjson => Kind::Ndjson,
            _ => Kind::Parquet,
        });
        let masked = |name: &str, stored: &Option<DataType>| {
            let stored = stored.as_ref().unwrap_or(&DataType::Utf8);
            order.masks.is_some_and(|masks| masks_inside(masks, name, stored))
        };
        let mut columns = Vec::with_capacity(original.columns.len());
        for column in &original.columns {
            let stored = common(column)?;
            let masked = masked(&column.name, &stored);
            columns.push(Column { name: column.name.clone(), stored, read: None, masked });
        }
        let mut sheet = Self {
            original,
            format,
            columns,
            rules: &order.rules,
            malformed: &order.malformed,
            run: &order.run.run_id,
            lang: order.lang,
            masks: order.masks,
        };
        if sheet.is_typed() && format == Kind::Parquet {
            sheet.read_types(engine, order)?;
        }
        Ok(sheet)
    }

    /// Whether columns are needed as they read, too.
    pub(super) fn is_typed(&self) -> bool {
        match self.format {
            Kind::Parquet => self.original.kind.is_spelled(),
            Kind::Ndjson => matches!(self.original.kind, Kind::Csv | Kind::Excel | Kind::Sqlite),
            _ => false,
        }
    }

    /// Whether the source is text, whose records may be malformed and have lines.
    pub(super) fn is_text(&self) -> bool {
        self.original.kind.is_text()
    }

    /// The columns that are masked in invalid rows.
    pub(super) fn masked(&self) -> Vec<String> {
        self.columns.iter().filter(|column| column.masked).map(|column| column.name.clone()).collect()
    }

    /// Finds the types in which Parquet holds what is written as text: a decimal wide enough for all, and text where a cell
    /// that does not read may be among the valid.
    fn read_types(&mut self, engine: &Local, order: &Order<'_>) -> Result<(), Fault> {
        let place = |name: &str| engine.schema(order.sieve.dataset).ok().and_then(|schema| schema.place(name));
        let mut asked = Vec::new();
        let mut places = Vec::new();
        for (index, column) in self.original.columns.iter().enumerate() {
            let reading = column.reading.as_ref().filter(|_| self.columns[index].stored.is_none());
            let reading = reading.filter(|reading| !matches!(reading.kind, Type::Object | Type::List));
            if let (Some(reading), Some(place)) = (reading, place(&column.name)) {
                asked.push((place, reading.clone()));
                places.push(index);
            }
        }
        let cells = order.sieve.remedy.and_then(|remedy| remedy.cells.as_ref());
        let widths = engine.widths(order.sieve.dataset, &asked, cells)?;
        for ((index, (_, reading)), width) in places.into_iter().zip(&asked).zip(widths) {
            let column = &mut self.columns[index];
            let held = |rule: &&Named| rule.is_type && rule.columns == [column.name.clone()];
            let invalid = self.rules.iter().find(held).is_some();
            if !width.unparsed || invalid {
                column.read = read_type(reading.kind, width);
            }
        }
        Ok(())
    }

    /// What the texts of a column are in one file.
    pub(super) fn spelling(&self, column: usize, file: usize) -> Spelling {
        let original = &self.original.columns[column];
        Spelling::of(self.original.kind, original.beside.get(file).copied().unwrap_or(true))
    }

    /// The cells of each column of some rows.
    pub(super) fn cells<'s>(&self, sifted: &'s Sifted) -> Vec<Cells<'s>> {
        let columns = sifted.stored.iter().enumerate();
        columns.map(|(column, array)| Cells::new(array, self.spelling(column, sifted.file))).collect()
    }

    /// The cell of an invalid row as it may be shown; the outer none if it may be shown as it is.
    #[expect(clippy::option_option, reason = "a cell shown as it is is not one that is dropped")]
    pub(super) fn mask(&self, column: usize, cell: &Cells<'_>, row: usize) -> Result<Option<Option<Json>>, ArrowError> {
        let Some(masks) = self.masks else { return Ok(None) };
        let Column { name, masked, .. } = &self.columns[column];
        let mut json = String::new();
        cell.json(row, &mut json)?;
        let value: Json = serde_json::from_str(&json).unwrap_or(Json::Null);
        let shown = shown(masks, name, &value);
        Ok((shown.as_ref() != Some(&value) || *masked).then_some(shown))
    }

    /// The text of a cell as a change log may show it.
    pub(super) fn text_shown(&self, column: &str, text: Option<&str>) -> Json {
        let value = text.map_or(Json::Null, Json::from);
        match self.masks {
            Some(masks) if !value.is_null() => shown(masks, column, &value).unwrap_or(Json::Null),
            _ => value,
        }
    }

    /// The names of what is said beside an invalid row.
    pub(super) fn beside_names(&self) -> impl Iterator<Item = &'static str> {
        let of_text = self.is_text();
        let all = ["_tamiz_row", "_tamiz_source", "_tamiz_line", "_tamiz_failures", "_tamiz_run_id", "_tamiz_raw"];
        all.into_iter().filter(move |name| of_text || !matches!(*name, "_tamiz_line" | "_tamiz_raw"))
    }

    /// Whether some cell of an invalid row may not be shown, so that it cannot be written as it stands.
    pub(super) fn hides(&self, cells: &[Cells<'_>], row: usize) -> Result<bool, ArrowError> {
        for (column, cell) in cells.iter().enumerate() {
            if self.mask(column, cell, row)?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether the cells of a column may be masked one by one.
    pub(super) fn looks_at(&self, column: &Column) -> bool {
        let is_text = matches!(column.stored, Some(DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View));
        self.masks.is_some() && is_text
    }

    /// Whether something in a record may not be shown, so that none of its text may.
    pub(super) fn hides_text(&self) -> bool {
        self.masks.is_some() && self.columns.iter().any(|column| column.masked)
    }

    /// What is said of an invalid row.
    pub(super) fn beside<'s>(&'s self, sifted: &Sifted, invalid: &'s Invalid) -> Beside<'s> {
        let named = |rule: &'s Named, message: String| Failure {
            rule: &rule.rule,
            severity: &rule.severity,
            column: (!rule.columns.is_empty()).then(|| rule.columns.join(", ")),
            message,
        };
        let malformed = invalid.malformed.iter().map(|said| named(self.malformed, said.get(self.lang).to_owned()));
        let broken = invalid.rules.iter().map(|rule| &self.rules[*rule]).map(|rule| named(rule, rule.message.clone()));
        let records = sifted.records.as_ref().and_then(|records| arrow::array::AsArray::as_string_view_opt(records));
        let raw = records.filter(|records| invalid.malformed.is_some() && !records.is_null(invalid.row));
        Beside {
            row: sifted.first_row + invalid.row as u64,
            source: &self.original.files[sifted.file],
            line: sifted.lines.as_ref().and_then(|lines| lines.of(invalid.row)),
            failures: malformed.chain(broken).collect(),
            raw: raw.filter(|_| !self.hides_text()).map(|records| records.value(invalid.row).to_owned()),
        }
    }
}

/// A value as it may be shown, what lies in objects and lists each by its path.
fn shown(masks: &dyn Masking, path: &str, value: &Json) -> Option<Json> {
    if masks.masks(path) {
        return masks.show(path, value);
    }
    Some(match value {
        Json::Object(fields) => fields
            .iter()
            .filter_map(|(name, value)| Some((name.clone(), shown(masks, &format!("{path}.{name}"), value)?)))
            .collect(),
        Json::Array(items) => items.iter().filter_map(|item| shown(masks, path, item)).collect(),
        other if masks.gives_away(path, other) => return None,
        other => other.clone(),
    })
}

/// Whether something inside a stored column is masked.
fn masks_inside(masks: &dyn Masking, path: &str, stored: &DataType) -> bool {
    masks.masks(path)
        || match stored {
            DataType::Struct(fields) => {
                fields.iter().any(|field| masks_inside(masks, &format!("{path}.{}", field.name()), field.data_type()))
            }
            DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
                masks_inside(masks, path, item.data_type())
            }
            _ => false,
        }
}

/// The type that holds what all files store of a column; none where it is text.
fn common(column: &OriginalColumn) -> Result<Option<DataType>, Fault> {
    let mut all = column.stored.iter().flatten();
    let Some(first) = all.next() else { return Ok(None) };
    let mut wanted = first.clone();
    for other in all {
        wanted = wider(&wanted, other).ok_or_else(|| Fault {
            code: "type_mismatch".to_owned(),
            message: format!("the files store `{}` as {wanted} and as {other}, which no one type holds", column.name),
            caused_by: None,
        })?;
    }
    // A file whose folder says it, or that does not have it, is no reason to lose the type.
    Ok(Some(wanted))
}

/// The type that holds the values of two, if there is one.
fn wider(one: &DataType, other: &DataType) -> Option<DataType> {
    use DataType::{Decimal128, Float64, Int64, LargeUtf8, Timestamp, UInt64, Utf8, Utf8View};
    if one == other {
        return Some(one.clone());
    }
    let is_text = |kind: &DataType| matches!(kind, Utf8 | LargeUtf8 | Utf8View);
    if is_text(one) && is_text(other) {
        return Some(LargeUtf8);
    }
    let unsigned = *one == UInt64 || *other == UInt64;
    match (one, other) {
        (one, other) if one.is_integer() && other.is_integer() => {
            Some(if unsigned { Decimal128(20, 0) } else { Int64 })
        }
        (one, other) if one.is_floating() && other.is_floating() => Some(Float64),
        (Decimal128(p, s), Decimal128(q, t)) => {
            let scale = *s.max(t);
            let whole = (i16::from(*p) - i16::from(*s)).max(i16::from(*q) - i16::from(*t));
            let digits = u8::try_from(whole + i16::from(scale)).ok().filter(|digits| *digits <= DIGITS)?;
            Some(Decimal128(digits, scale))
        }
        (Timestamp(_, zone), Timestamp(_, other)) if zone.is_some() == other.is_some() => {
            Some(Timestamp(arrow::datatypes::TimeUnit::Microsecond, zone.clone()))
        }
        _ => None,
    }
}

/// The type of Parquet for values of a type; none for text.
fn read_type(kind: Type, width: Width) -> Option<DataType> {
    Some(match kind {
        Type::Object | Type::List => return None,
        Type::String | Type::Json => DataType::Utf8,
        Type::Integer => DataType::Int64,
        Type::Decimal => {
            // Numbers too large and too fine for one scale stay text.
            let digits = width.whole.checked_add(width.scale).filter(|digits| *digits <= DIGITS)?;
            DataType::Decimal128(digits.max(1), i8::try_from(width.scale).ok()?)
        }
        Type::Float => DataType::Float64,
        Type::Boolean => DataType::Boolean,
        Type::Date => DataType::Date32,
        Type::Timestamp => DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, Some("UTC".into())),
        Type::Time => DataType::Time64(arrow::datatypes::TimeUnit::Microsecond),
    })
}

/// An array in another type, for a column that is null in a file or stored otherwise there.
pub(super) fn as_type(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef, ArrowError> {
    if array.data_type() == wanted {
        return Ok(std::sync::Arc::clone(array));
    }
    if array.null_count() == array.len() {
        return Ok(arrow::array::new_null_array(wanted, array.len()));
    }
    let options = arrow::compute::CastOptions { safe: false, ..Default::default() };
    arrow::compute::cast_with_options(array, wanted, &options)
}
