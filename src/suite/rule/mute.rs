//! `mute`: a rule that is evaluated and reported, and neither gates nor alerts until a day has passed.
//!
//! Both keys are asked for: a mute without an end is a rule that nobody looks at again, one without a reason is a rule that
//! nobody dares to wake. A muted rule that cannot be evaluated is an error all the same.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, Level};
use crate::ir::{Reading, Type};
use crate::suite::rule::Context;
use crate::suite::yaml::Node;
use crate::suite::{Mute, keys};

impl Context<'_, '_, '_> {
    /// Reads `mute`, and keeps a remark for when its day has passed.
    pub(super) fn mute(&mut self, common: &HashMap<&str, &Node>) -> Option<Mute> {
        let node = *common.get("mute")?;
        self.reader.map(node, "mute")?;
        self.reader.check_keys(node, keys::MUTE, "`mute`");
        let mut given = Vec::new();
        for key in keys::MUTE {
            if let Some(value) = node.get(key) {
                given.push((self.reader.text(value)?, value.span.clone()));
            } else {
                let message = format!("`mute` has no `{key}`");
                self.reader.error(Code::MissingKey, node.span.clone(), message).help =
                    Some("write `mute: {until: 2026-12-31, reason: …}`".to_owned());
            }
        }
        let [(until, at), (reason, reason_at)] = given.as_slice() else { return None };
        if reason.trim().is_empty() {
            self.reader.error(Code::BadValue, reason_at.clone(), "`mute` wants a reason that people can read");
        }
        let Some(day) = Reading::plain(Type::Date).read_date(until) else {
            self.reader.error(Code::BadValue, at.clone(), format!("`{until}` is no date")).help =
                Some("write the last day of the mute: `until: 2026-12-31`".to_owned());
            return None;
        };
        self.reader.mutes.push((
            day,
            Diagnostic {
                level: Level::Note,
                code: Code::MuteEnded,
                message: format!("this mute ended with {day}; the rule gates again"),
                source: self.reader.file(at),
                span: at.clone(),
                label: None,
                help: Some("remove it, or give it a later day and a reason that still holds".to_owned()),
                other: None,
            },
        ));
        Some(Mute { until: day, reason: reason.clone() })
    }
}

#[cfg(test)]
mod tests {
    use crate::suite::read::{mistakes, read_files};

    fn suite(mute: &str) -> String {
        format!(
            "tamiz: 1\nsuite: s\ntimezone: America/Lima\ndatasets:\n  d:\n    source: d.csv\n    expect:\n      - not_null: {{column: a, mute: {mute}}}\n"
        )
    }

    #[test]
    fn both_keys_are_asked_for() {
        for wrong in [
            "{until: 2026-12-31}",
            "{reason: known}",
            "true",
            "{until: soon, reason: known}",
            "{until: 2026-12-31, reason: ''}",
        ] {
            let told = mistakes(&[("s.yaml", &suite(wrong))]);
            assert_eq!(told.len(), 1, "{wrong}: {told:?}");
        }
    }

    #[test]
    fn the_last_day_is_muted_and_the_next_one_is_remarked() {
        let suite = read_files(&[("s.yaml", &suite("{until: '2026-12-31', reason: known}"))]).unwrap();
        let rule = &suite.rules[0];
        // Five hours after midnight of UTC it is still the day before in Lima.
        let at = |text| crate::suite::parse_as_of(text, suite.timezone).unwrap();
        let muted = |now| rule.mute.as_ref().is_some_and(|mute| mute.holds(at(now), suite.timezone));
        assert!(muted("2027-01-01T04:59:59Z"));
        assert!(!muted("2027-01-01T05:00:00Z"));
        assert_eq!(suite.remarks(at("2027-01-01T04:59:59Z")).len(), 0);
        let remarks = suite.remarks(at("2027-01-01"));
        assert_eq!(remarks[0].message, "this mute ended with 2026-12-31; the rule gates again");
        assert_eq!(remarks[0].place().0, 8);
    }
}
