//! `report.json`: the record itself, and its JSON Schema.

use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::escape;
use crate::outcome::Report;

/// The name of the schema of the record; nothing is read from there.
pub const SCHEMA_ID: &str = "urn:tamiz:report:1";

/// Renders the record as indented JSON that ends in a newline.
pub fn render(report: &Report) -> Result<String, serde_json::Error> {
    escape::json::pretty(report)
}

/// Builds the JSON Schema of the record, draft 2020-12.
#[must_use]
pub fn schema() -> Value {
    let mut schema = SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Report>();
    schema.insert("$id".to_owned(), SCHEMA_ID.into());
    schema.insert("title".to_owned(), "Tamiz report".into());
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    #[test]
    fn a_record_comes_back_as_it_was() {
        let report = sample::report();
        let text = render(&report).unwrap();
        assert!(text.ends_with("}\n"));
        assert_eq!(serde_json::from_str::<Report>(&text).unwrap(), report);
    }

    #[test]
    fn a_record_satisfies_its_schema() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let record = serde_json::to_value(sample::report()).unwrap();
        let faults: Vec<String> = validator.iter_errors(&record).map(|fault| fault.to_string()).collect();
        assert!(faults.is_empty(), "{faults:?}");
    }

    #[test]
    fn the_schema_refuses_what_is_not_a_record() {
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let mut record = serde_json::to_value(sample::report()).unwrap();
        record["verdict"]["status"] = "maybe".into();
        assert!(!validator.is_valid(&record));
    }

    #[test]
    fn the_schema_says_its_draft_and_name() {
        let schema = schema();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert_eq!(schema["$id"], SCHEMA_ID);
        assert_eq!(schema["title"], "Tamiz report");
    }
}
