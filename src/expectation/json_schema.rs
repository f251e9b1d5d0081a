use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value as Json;

use crate::expectation::parameter::{Document, quoted};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::document::JsonSchema as Compiled;
use crate::ir::test::Test;
use crate::ir::{Predicate, Scalar, name};

/// Every value is a JSON document that conforms to a JSON Schema.
///
/// Of a column of text (or of type `json`) each value is read as a document, and one that is not JSON breaks the rule; Great
/// Expectations calls that an error of the whole. A column of objects or lists is taken as it is; of stored structures a
/// null is a property that is not there. Of a column of another type its text is read. Without `column`, in the list of a
/// dataset of JSON, each record is a document. Nulls are left out; samples say what is wrong, and where in the document.
///
/// The schema stands in a file of JSON or YAML, relative to the suite, or in the suite as a map under `schema`. Its draft is
/// the one its `$schema` names, from 4 to 2020-12, which is the default. `format` in it is a remark, as the standard has it
/// since 2019-09; use the expectation `format`. A `$ref` leads nowhere but into the schema itself: nothing is fetched.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct ConformsTo {
    /// The column to test; without it, each record of the dataset.
    column: Option<String>,
    /// The path of the schema, or the schema itself.
    schema: Document,
}

impl Expectation for ConformsTo {
    const NAME: &'static str = "json_schema";
    const EXAMPLE: &'static str = "{column: payload, schema: {type: object, required: [id]}}";
    const MAIN: Option<&'static str> = Some("schema");
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Validity;

    fn columns(&self) -> Vec<String> {
        self.column.iter().cloned().collect()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let lang = said.lang;
        let what = match &self.column {
            Some(column) => format!("`{column}`"),
            None => format!("{} `{}`", lang.pick("each record of", "cada registro de"), said.dataset),
        };
        let conforms = lang.pick("is JSON that conforms to", "es JSON que cumple");
        match &self.schema {
            Document::Path(path) => {
                let path = quoted(std::slice::from_ref(path)).concat();
                format!("{what} {conforms} {} {path}", lang.pick("the schema", "el esquema"))
            }
            Document::Inline(schema) => match title(schema) {
                Some(title) => format!("{what} {conforms} {} «{title}»", lang.pick("the schema", "el esquema")),
                None => format!("{what} {conforms} {}", lang.pick("its schema", "su esquema")),
            },
        }
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let at = |wrong: String| Mistake::at("schema", wrong);
        let schema = match &self.schema {
            Document::Path(path) => {
                let found = (on.document)(path).map_err(at)?;
                Compiled::new(&found).map_err(|wrong| at(format!("(`{path}`) {wrong}")))?
            }
            Document::Inline(schema) => Compiled::new(schema).map_err(at)?,
        };
        let of = self.column.clone().unwrap_or_else(|| name::document(""));
        let bad = Predicate::Test(Test::Conforms(schema), Scalar::Column(of)).negate();
        Ok(Lowered::no_row(self.columns(), bad))
    }
}

fn title(schema: &Json) -> Option<&str> {
    schema.get("title").and_then(Json::as_str)
}
