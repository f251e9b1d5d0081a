use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};
use crate::ir::asset::{Asset, AssetKind};
use crate::ir::{Predicate, Scalar};

/// Every value is the path of a file that is there.
///
/// A relative path starts at `root`, and `root` at the folder of the suite, which it is if unsaid. An absolute path is taken
/// as it is; links are followed; a folder is no file, and neither is a URL. Each different path is looked at once. Nulls are
/// left out; an empty string names no file. A file that cannot be looked at makes the rule an error.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct FileExists {
    /// The column of paths.
    column: String,
    /// The folder where relative paths start; itself relative to the suite.
    root: Option<String>,
}

impl Expectation for FileExists {
    const NAME: &'static str = "file_exists";
    const EXAMPLE: &'static str = "{column: photo, root: ../photos}";
    const PLACE: Place = Place::Column;
    const DIMENSION: Dimension = Dimension::Integrity;

    fn columns(&self) -> Vec<String> {
        vec![self.column.clone()]
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let leads = said.lang.pick("is the path of a file that is there", "es la ruta de un fichero que existe");
        match &self.root {
            None => format!("`{}` {leads}", self.column),
            Some(root) => format!("`{}` {leads}, {} `{root}`", self.column, said.lang.pick("below", "dentro de")),
        }
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        Ok(leads_to(&self.column, self.root.as_deref(), AssetKind::File, on))
    }
}

/// No path in a column may lead elsewhere than to something of a kind.
pub(super) fn leads_to(column: &str, root: Option<&str>, kind: AssetKind, on: &Source<'_>) -> Lowered {
    let root = root.map_or_else(|| on.folder.to_owned(), |root| on.folder.join(root));
    let bad = Predicate::Leads(Box::new(Asset { root, kind }), Scalar::column(column)).negate();
    Lowered::no_row(vec![column.to_owned()], bad)
}
