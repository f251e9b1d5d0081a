//! Violations that somebody decided to live with for now, in a file that is committed beside the suite.
//!
//! A baseline holds no value of the data: a rule has the digests of the keys of the rows that break it, or only how many
//! there are. `name` makes the digests, `compare` holds a run to them. It finds no violation, judges nothing and writes no
//! file: `run` brings what breaks a rule, `judge` decides, `cli` writes.

mod compare;
mod name;

use std::fmt;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub use compare::{Sought, by_count};
pub use name::{Names, Secret};

/// The name of the schema of the file; nothing is read from there.
pub const SCHEMA_ID: &str = "urn:tamiz:baseline:1";

/// The version of the file; a breaking change raises it.
pub const VERSION: u32 = 1;

/// How many rows of a rule are named by their keys, unless the command line says otherwise.
pub const MOST: usize = 10_000;

/// The largest file that is read, in bytes.
pub const LARGEST: u64 = 256 << 20;

/// The violations of a suite that are known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Baseline {
    /// The version of this format.
    #[schemars(extend("const" = VERSION))]
    pub baseline: u32,
    /// The id of the suite.
    pub suite: String,
    /// What is mixed into the digests of this file, in hexadecimal.
    #[schemars(regex(pattern = "^[0-9a-f]{32}$"))]
    pub salt: String,
    /// What tells the secret that is mixed in as well from another one; none if the digests need no secret.
    pub secret: Option<Digest>,
    /// The rules that have known violations, by id.
    pub rules: Vec<Entry>,
}

/// The known violations of a rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The id of the rule.
    pub rule: String,
    /// The fingerprint of what the rule means: 16 hexadecimal digits that change with its meaning alone.
    #[schemars(regex(pattern = "^[0-9a-f]{16}$"))]
    pub definition: String,
    /// How many violations are known; a rule without any is left out.
    #[schemars(range(min = 1))]
    pub violations: u64,
    /// The columns by which the rows are named; none if they are only counted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub key: Vec<String>,
    /// The digest of the key of each row, in order; rows that share a key are there as often as there are of them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rows: Vec<Digest>,
}

/// The first 64 bits of a keyed digest, sixteen hexadecimal digits when written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub u64);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl Serialize for Digest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Digest {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let number = is_hexadecimal(&text, 16).then(|| u64::from_str_radix(&text, 16).ok()).flatten();
        number.map(Self).ok_or_else(|| D::Error::custom("a digest is 16 hexadecimal digits in small letters"))
    }
}

impl JsonSchema for Digest {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Digest".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "The first 64 bits of a keyed digest, in hexadecimal.",
            "type": "string",
            "pattern": "^[0-9a-f]{16}$",
        })
    }
}

/// Builds the JSON Schema of the file, draft 2020-12. It cannot say that rules and rows come in order and each rule once.
#[must_use]
pub fn schema() -> serde_json::Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Baseline>();
    schema.insert("$id".to_owned(), SCHEMA_ID.into());
    schema.insert("title".to_owned(), "Tamiz baseline".into());
    schema.to_value()
}

fn is_hexadecimal(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

impl Baseline {
    /// A baseline of entries in any order.
    #[must_use]
    pub fn new(suite: &str, names: &Names, entries: Vec<Entry>) -> Self {
        let mut rules: Vec<Entry> = entries.into_iter().filter(|entry| entry.violations > 0).collect();
        for entry in &mut rules {
            entry.rows.sort_unstable();
        }
        rules.sort_by(|a, b| a.rule.cmp(&b.rule));
        Self { baseline: VERSION, suite: suite.to_owned(), salt: names.salt().to_owned(), secret: names.check(), rules }
    }

    /// Reads a baseline.
    ///
    /// # Errors
    /// What is wrong with it, and where.
    pub fn read(text: &str) -> Result<Self, String> {
        let version = |document: &serde_json::Value| document.get("baseline").and_then(serde_json::Value::as_u64);
        let document: serde_json::Value =
            serde_json::from_str(text).map_err(|error| format!("it is no JSON: {error}"))?;
        match version(&document) {
            None => return Err("it is no baseline: it does not say `\"baseline\": 1`".to_owned()),
            Some(version) if version != u64::from(VERSION) => {
                return Err(format!("it has version {version}, and this program reads version {VERSION}"));
            }
            Some(_) => {}
        }
        // Once more from the text, so that a mistake has its line.
        let baseline: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        baseline.check()?;
        Ok(baseline)
    }

    fn check(&self) -> Result<(), String> {
        if !is_hexadecimal(&self.salt, name::SALT * 2) {
            return Err(format!("`salt` must be {} hexadecimal digits", name::SALT * 2));
        }
        for pair in self.rules.windows(2) {
            if pair[0].rule == pair[1].rule {
                return Err(format!("the rule `{}` is there twice; was it merged?", pair[0].rule));
            }
            if pair[0].rule > pair[1].rule {
                return Err(format!("its rules are not in order: `{}` stands too late", pair[1].rule));
            }
        }
        self.rules.iter().try_for_each(|entry| entry.check().map_err(|error| format!("rule `{}`: {error}", entry.rule)))
    }

    /// The file: indented JSON that ends in a newline, the same for the same violations.
    ///
    /// # Errors
    /// None that is known of.
    pub fn text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self).map(|text| text + "\n")
    }

    /// How many violations are known.
    #[must_use]
    pub fn violations(&self) -> u64 {
        self.rules.iter().fold(0, |sum, entry| sum.saturating_add(entry.violations))
    }

    /// How many of them are known by the keys of their rows.
    #[must_use]
    pub fn named(&self) -> u64 {
        self.rules.iter().map(|entry| entry.rows.len() as u64).sum()
    }
}

impl Entry {
    /// Whether its rows are named.
    #[must_use]
    pub const fn is_named(&self) -> bool {
        !self.key.is_empty()
    }

    fn check(&self) -> Result<(), String> {
        if !is_hexadecimal(&self.definition, 16) {
            return Err("`definition` must be 16 hexadecimal digits".to_owned());
        }
        if self.violations == 0 {
            return Err("`violations` is 0; a rule without known violations is left out".to_owned());
        }
        if !self.is_named() && !self.rows.is_empty() {
            return Err("it has `rows` and no `key`".to_owned());
        }
        if self.is_named() && self.rows.len() as u64 != self.violations {
            let (rows, violations) = (self.rows.len(), self.violations);
            return Err(format!("it has {rows} `rows`, and `violations` says {violations}; was it merged?"));
        }
        if !self.rows.is_sorted() {
            return Err("its `rows` are not in order".to_owned());
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn baseline() -> Baseline {
        let names = Names::new(&[7; 16], None);
        let entry = |rule: &str, key: &[&str], rows: &[u64], violations| Entry {
            rule: rule.to_owned(),
            definition: "0123456789abcdef".to_owned(),
            violations,
            key: key.iter().map(|&name| name.to_owned()).collect(),
            rows: rows.iter().copied().map(Digest).collect(),
        };
        Baseline::new(
            "s",
            &names,
            vec![entry("b", &["id"], &[9, 2, 2], 3), entry("a", &[], &[], 4), entry("c", &[], &[], 0)],
        )
    }

    #[test]
    fn a_baseline_comes_back_as_it_was_in_order_and_without_zeros() {
        let baseline = baseline();
        let text = baseline.text().unwrap();
        assert_eq!(Baseline::read(&text).unwrap(), baseline);
        assert_eq!(baseline.rules.iter().map(|entry| entry.rule.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(baseline.rules[1].rows, [Digest(2), Digest(2), Digest(9)]);
        assert_eq!((baseline.violations(), baseline.named()), (7, 3));
        assert!(text.contains("\n        \"0000000000000002\",\n"), "{text}");
    }

    #[test]
    fn what_is_no_baseline_is_refused_with_the_reason() {
        let text = baseline().text().unwrap();
        for (old, new, said) in [
            ("{", "<<<<<<< HEAD\n{", "no JSON"),
            ("\"baseline\": 1", "\"baseline\": 2", "version 2"),
            ("\"baseline\": 1", "\"report\": 1", "no baseline"),
            ("\"suite\"", "\"colour\": 1, \"suite\"", "unknown field `colour`"),
            ("\"violations\": 3", "\"violations\": 5", "`violations` says 5"),
            ("\"violations\": 4", "\"violations\": 0", "left out"),
            ("\"violations\": 4", "\"violations\": -4", "invalid value"),
            ("\"rule\": \"a\"", "\"rule\": \"b\"", "twice"),
            ("\"rule\": \"a\"", "\"rule\": \"z\"", "not in order"),
            ("0000000000000002", "000000000000000X", "16 hexadecimal digits"),
            ("0000000000000009", "0000000000000001", "`rows` are not in order"),
            ("0123456789abcdef", "0123", "`definition`"),
            ("\"salt\": \"", "\"salt\": \"0", "`salt`"),
            ("\"id\"\n", "\n", "no `key`"),
        ] {
            let broken = text.replacen(old, new, 1);
            assert_ne!(broken, text, "{old}");
            let error = Baseline::read(&broken).unwrap_err();
            assert!(error.contains(said), "{old} -> {new}: {error}");
        }
    }

    #[test]
    fn the_schema_takes_a_baseline_and_refuses_what_is_none() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let text = baseline().text().unwrap();
        let is_valid = |text: &str| validator.is_valid(&serde_json::from_str(text).unwrap());
        assert!(is_valid(&text));
        assert!(is_valid(
            &Baseline::new("s", &Names::new(&[7; 16], Secret::new("x").as_ref()), Vec::new()).text().unwrap()
        ));
        for (old, new) in [
            ("\"baseline\": 1", "\"baseline\": 2"),
            ("\"suite\"", "\"colour\": 1, \"suite\""),
            ("\"violations\": 4", "\"violations\": 0"),
            ("0000000000000002", "000000000000000X"),
            ("0123456789abcdef", "0123"),
            ("\"salt\": \"", "\"salt\": \"0"),
        ] {
            assert!(!is_valid(&text.replacen(old, new, 1)), "{old} -> {new}");
        }
    }
}
