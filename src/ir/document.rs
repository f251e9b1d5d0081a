//! JSON Schemas that texts are held to.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use jsonschema::error::ValidationErrorKind;
use serde_json::Value as Json;

/// A JSON Schema, compiled.
///
/// Two of them are the same if they say the same. `format` in it is a remark, as drafts since 2019-09 have it; a `$ref` leads
/// nowhere but into the schema itself and to the meta-schemas of its drafts.
#[derive(Clone)]
pub struct JsonSchema(Arc<Compiled>);

struct Compiled {
    text: String,
    validator: jsonschema::Validator,
}

impl JsonSchema {
    /// Compiles a schema of the draft that its `$schema` names, else of 2020-12.
    ///
    /// # Errors
    /// What is wrong with it, as a lowercase fragment.
    pub fn new(schema: &Json) -> Result<Self, String> {
        let wrong = |error: &jsonschema::ValidationError<'_>| match (error.kind(), error.instance_path().as_str()) {
            (ValidationErrorKind::Referencing(error), _) => {
                format!("has a `$ref` that leads out of it, and nothing is fetched: {error}")
            }
            (_, "") => format!("is no JSON Schema: {error}"),
            (_, path) => format!("is no JSON Schema: {error}, at `{path}`"),
        };
        jsonschema::options().offline().should_validate_formats(false).build(schema).map_or_else(
            |error| Err(wrong(&error)),
            |validator| Ok(Self(Arc::new(Compiled { text: schema.to_string(), validator }))),
        )
    }

    /// Whether a text is JSON that conforms to it.
    #[must_use]
    pub fn holds(&self, text: &str) -> bool {
        serde_json::from_str(text).is_ok_and(|document: Json| self.0.validator.is_valid(&document))
    }

    /// Why a text does not conform: the first place in it that is wrong, and what is wrong there.
    #[must_use]
    pub fn why_not(&self, text: &str) -> Option<String> {
        match serde_json::from_str::<Json>(text) {
            Err(error) => Some(format!("it is not JSON: {error}")),
            Ok(document) => self.0.validator.iter_errors(&document).next().map(|error| {
                let message: String = error.to_string().chars().take(LONGEST).collect();
                match error.instance_path().as_str() {
                    "" => message,
                    path => format!("{path}: {message}"),
                }
            }),
        }
    }
}

/// How many characters of a message are told; it may quote the whole document.
const LONGEST: usize = 300;

impl PartialEq for JsonSchema {
    fn eq(&self, other: &Self) -> bool {
        self.0.text == other.0.text
    }
}

impl Eq for JsonSchema {}

impl Hash for JsonSchema {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.text.hash(state);
    }
}

impl fmt::Debug for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JsonSchema({})", self.0.text)
    }
}

impl fmt::Display for JsonSchema {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.text)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn person() -> JsonSchema {
        let age = json!({"type": "integer", "minimum": 0});
        let contact = json!({"type": "string", "format": "email"});
        JsonSchema::new(&json!({"type": "object", "required": ["age"], "properties": {"age": age, "mail": contact}}))
            .unwrap()
    }

    #[test]
    fn a_text_conforms_or_says_where_it_does_not() {
        assert!(person().holds(r#"{"age": 3, "other": null}"#));
        assert!(!person().holds(r#"{"age": -1}"#));
        assert_eq!(person().why_not(r#"{"age": -1}"#).as_deref(), Some("/age: -1 is less than the minimum of 0"));
        assert_eq!(person().why_not("{}").as_deref(), Some("\"age\" is a required property"));
        assert!(person().why_not("{'age': 1}").is_some_and(|why| why.starts_with("it is not JSON")));
        assert_eq!(person().why_not(r#"{"age": 3}"#), None);
    }

    #[test]
    fn a_format_is_a_remark_in_every_draft() {
        assert!(person().holds(r#"{"age": 3, "mail": "nobody"}"#));
        let old = json!({"$schema": "http://json-schema.org/draft-07/schema#", "type": "string", "format": "email"});
        assert!(JsonSchema::new(&old).unwrap().holds("\"nobody\""));
    }

    #[test]
    fn the_draft_is_the_one_it_names() {
        // A number of items was a list of schemas once.
        let items = json!([{"type": "integer"}]);
        let old =
            JsonSchema::new(&json!({"$schema": "http://json-schema.org/draft-07/schema#", "items": items})).unwrap();
        assert!(!old.holds("[\"a\"]"));
        assert!(JsonSchema::new(&json!({"items": items})).is_err());
        let four =
            json!({"$schema": "http://json-schema.org/draft-04/schema#", "minimum": 1, "exclusiveMinimum": true});
        assert!(!JsonSchema::new(&four).unwrap().holds("1"));
    }

    #[test]
    fn what_is_no_schema_is_told() {
        let wrong = JsonSchema::new(&json!({"type": "integr"})).unwrap_err();
        assert!(wrong.starts_with("is no JSON Schema: ") && wrong.contains("/type"), "{wrong}");
        assert!(JsonSchema::new(&json!({"pattern": "("})).is_err());
        assert!(JsonSchema::new(&json!(true)).is_ok());
    }

    #[test]
    fn nothing_is_fetched() {
        for reference in ["https://example.com/a.json", "a.json", "file:///etc/passwd", "/etc/passwd"] {
            let wrong = JsonSchema::new(&json!({"properties": {"a": {"$ref": reference}}})).unwrap_err();
            assert!(wrong.starts_with("has a `$ref` that leads out of it"), "{wrong}");
        }
        for schema in [
            json!({"$defs": {"a": {"type": "integer"}}, "$ref": "#/$defs/a"}),
            json!({"$id": "https://example.com/a", "$defs": {"b": {"$id": "b", "type": "integer"}}, "$ref": "b"}),
            json!({"$ref": "https://json-schema.org/draft/2020-12/schema"}),
        ] {
            assert!(JsonSchema::new(&schema).is_ok(), "{schema}");
        }
    }
}
