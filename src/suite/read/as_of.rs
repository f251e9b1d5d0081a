//! The one "now" of a run: given, written, taken from the data, or the clock; and variables made of it.

use std::collections::HashSet;
use std::fmt::Write as _;

use chrono::format::{Item, StrftimeItems};
use chrono::{DateTime, Utc};

use crate::diagnostic::{Code, nearest};
use crate::ir::calendar::Part;
use crate::ir::name::nfc;
use crate::ir::relative::FLOORS;
use crate::ir::time::{Pattern, Zone};
use crate::ir::{Literal, Reading, Relative, Type, Value};
use crate::suite::pii::Pii;
use crate::suite::read::{Draft, Reader};
use crate::suite::variables::Known;
use crate::suite::yaml::{Entry, Node};
use crate::suite::{AsOf, keys};

/// Reads a "now": an instant, or a date, whose first moment in the zone it is.
#[must_use]
pub fn parse_as_of(text: &str, zone: Zone) -> Option<i64> {
    let reading = Reading { zone, ..Reading::plain(Type::Timestamp) };
    reading.read_timestamp(text).or_else(|| reading.read_date(text).map(|day| zone.start_of(day)))
}

impl Reader<'_> {
    /// Reads the "now": the command line's, else the suite's, else the clock's.
    pub(super) fn as_of(&mut self, node: Option<&Node>) -> AsOf {
        let given = self.request.as_of.and_then(|text| parse_as_of(text, self.timezone));
        // The suite's own is read in any case, so that its mistakes are told.
        let own = node.and_then(|node| self.own_as_of(node));
        given.map(AsOf::At).or(own).unwrap_or(AsOf::At(self.request.now))
    }

    /// Finds zone and "now" before the values of the suite are filled in, for variables made of them.
    ///
    /// What is wrong with either is told when they are read for good.
    pub(super) fn settle_now(&mut self, root: &Node) {
        let told = self.diagnostics.len();
        let env = self.request.env;
        let filled = |key: &str, this: &Self| {
            let mut node = root.get(key).cloned();
            if let Some(node) = &mut node {
                this.variables.fill_tree(node, env, &HashSet::new(), &mut |_, _| {});
            }
            node
        };
        let (zone, now) = (filled("timezone", self), filled("as_of", self));
        self.timezone = self.timezone_of(zone.as_ref());
        self.now = self.as_of(now.as_ref());
        self.diagnostics.truncate(told);
    }

    fn own_as_of(&mut self, node: &Node) -> Option<AsOf> {
        if node.entries().is_some() {
            self.check_keys(node, keys::AS_OF, "`as_of`");
            let Some(newest) = node.get("newest") else {
                self.error(Code::MissingKey, node.span.clone(), "`newest` is missing").help =
                    Some("write `as_of: {newest: dataset.column}`, a date or an instant".to_owned());
                return None;
            };
            let text = self.text(newest)?;
            return match text.split_once('.') {
                Some((dataset, column)) if !dataset.is_empty() && !column.is_empty() => {
                    Some(AsOf::Newest { dataset: dataset.to_owned(), column: nfc(column) })
                }
                _ => {
                    self.error(Code::BadValue, newest.span.clone(), format!("`{text}` is no column of a dataset"))
                        .help = Some("write `newest: dataset.column`".to_owned());
                    None
                }
            };
        }
        let text = self.text(node)?;
        let read = parse_as_of(&text, self.timezone);
        if read.is_none() {
            self.error(Code::BadValue, node.span.clone(), format!("`{text}` is no date and no instant")).help =
                Some("write `2025-06-30`, `2025-06-30T12:00:00Z` or `{newest: dataset.column}`".to_owned());
        }
        read.map(AsOf::At)
    }

    /// Looks whether the "now" can be read from where the suite says.
    pub(super) fn check_newest(&mut self, node: Option<&Node>, drafts: &[&Draft<'_>]) {
        let Some(newest) = node.and_then(|node| node.get("newest")) else { return };
        let Some((dataset, column)) = newest.text().and_then(|text| text.split_once('.')) else { return };
        let span = newest.span.clone();
        let Some(draft) = drafts.iter().find(|draft| draft.data.name == dataset) else {
            let near = nearest(dataset, drafts.iter().map(|draft| draft.data.name.as_str()));
            let help = near.map(|near| format!("did you mean `{near}`?"));
            self.error(Code::UnknownName, span, format!("this suite has no dataset `{dataset}`")).help = help;
            return;
        };
        let kind = draft.data.column(&nfc(column)).and_then(|column| column.reading.as_ref()).map(|it| it.kind);
        if let Some(kind) = kind.filter(|kind| !matches!(kind, Type::Date | Type::Timestamp)) {
            let message = format!("`{column}` is declared as {kind}, and `as_of` is a date or an instant");
            self.error(Code::BadValue, span, message);
        } else if draft.condition.asks_the_time() {
            let message = format!("the `where` of `{dataset}` hangs on `as_of`, which is read from it");
            self.error(Code::Conflict, span, message).help =
                Some("read it from a dataset whose `where` does not name it".to_owned());
        } else if draft.pii.iter().any(|(name, pii)| *name == nfc(column) && *pii != Pii::None) {
            let message = format!("`{column}` is personal data, and `as_of` is told in every report");
            self.error(Code::Conflict, span, message).help = Some("read it from another column".to_owned());
        }
    }

    /// Reads a variable that is a date relative to the "now".
    pub(super) fn date_variable(&mut self, entry: &Entry, given: Option<&str>) {
        let name = &entry.key;
        let read = self.date_of(entry).and_then(|(moment, format)| {
            let known = self.known(entry, moment, format.as_deref(), given)?;
            Some((moment, known))
        });
        match read {
            Some((moment, known)) => self.variables.set_date(name, moment, known),
            None => self.variables.set_unsound(name, Type::Date),
        }
    }

    fn date_of(&mut self, entry: &Entry) -> Option<(Relative, Option<String>)> {
        let node = &entry.value;
        self.check_keys(node, keys::VARIABLE, "a variable");
        if let Some(default) = node.get("default") {
            self.error(Code::Conflict, default.span.clone(), "`default` does not go with `as_of`");
            return None;
        }
        let Some(move_node) = node.get("as_of") else {
            self.error(Code::MissingKey, node.span.clone(), "`as_of` is missing").help =
                Some("write `{as_of: -1d, floor: day}`".to_owned());
            return None;
        };
        let filled = |this: &mut Self, node: &Node| {
            let text = this.text(node)?;
            match this.variables.fill(&text, this.request.env) {
                Ok(filled) => Some(filled.text),
                Err(wrong) => {
                    this.error(Code::BadVariable, node.span.clone(), wrong.message).help = wrong.help;
                    None
                }
            }
        };
        let text = filled(self, move_node)?;
        let moment = match Relative::parse(&text) {
            Ok(moment) => moment,
            Err(wrong) => {
                self.error(Code::BadValue, move_node.span.clone(), format!("`as_of` {wrong}"));
                return None;
            }
        };
        let floor = match node.get("floor") {
            None => None,
            Some(node) => {
                let word = self.one_of(node, &FLOORS.map(Part::name))?;
                FLOORS.into_iter().find(|part| part.name() == word)
            }
        };
        let mut moment = moment.cut(floor);
        if let Some(node) = node.get("type") {
            let word = self.one_of(node, &[Type::Date.name(), Type::Timestamp.name()])?;
            moment.kind = if word == Type::Date.name() { Type::Date } else { Type::Timestamp };
        }
        let format = match node.get("format") {
            None => None,
            Some(node) => {
                let text = filled(self, node)?;
                if StrftimeItems::new(&text).any(|item| matches!(item, Item::Error)) {
                    self.error(Code::BadValue, node.span.clone(), format!("`{text}` is no pattern of a date")).help =
                        Some("the letters are those of strftime: `%Y-%m-%d`, `%Y/%m/%d/%H`".to_owned());
                    return None;
                }
                Some(text)
            }
        };
        Some((moment, format))
    }

    /// The value and text of a date variable; none inside where the "now" comes from the data, none outside if it is wrong.
    #[expect(clippy::option_option, reason = "no value yet is not the same as a mistake")]
    fn known(
        &mut self,
        entry: &Entry,
        moment: Relative,
        format: Option<&str>,
        given: Option<&str>,
    ) -> Option<Option<Known>> {
        let zone = self.timezone;
        let value = match (given, &self.now) {
            (Some(text), _) => {
                let reading = Reading { zone, ..Reading::plain(moment.kind) };
                let pattern = format.and_then(|format| Pattern::new(format).ok());
                let formatted = pattern.map(|pattern| Reading { parse: vec![pattern], ..reading.clone() });
                let value = reading.read(text).or_else(|| formatted?.read(text));
                if value.is_none() {
                    let message = format!("`{text}` is no {}, which `{}` is", moment.kind, entry.key);
                    self.error(Code::BadVariable, entry.key_span.clone(), message);
                }
                value?
            }
            (None, AsOf::Newest { .. }) => return Some(None),
            (None, AsOf::At(now)) => {
                let value = moment.value(*now, zone, moment.kind);
                if value.is_none() {
                    self.error(Code::BadValue, entry.value.span.clone(), "the date is out of range");
                }
                value?
            }
        };
        let text = match format {
            None => value.to_string(),
            Some(format) => formatted(&value, format, zone)?,
        };
        Some(Some(Known { value: Literal::Value(value), text }))
    }
}

/// A date or instant by a pattern of strftime, as a clock of the zone shows it.
fn formatted(value: &Value, format: &str, zone: Zone) -> Option<String> {
    let micros = match value {
        Value::Date(day) => zone.start_of(*day),
        Value::Timestamp(micros) => *micros,
        _ => return None,
    };
    let time: DateTime<Utc> = DateTime::from_timestamp_micros(micros)?;
    let mut text = String::new();
    write!(text, "{}", time.with_timezone(&zone.0).format(format)).ok()?;
    Some(text)
}
