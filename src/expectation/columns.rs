use schemars::JsonSchema;
use serde::Deserialize;

use crate::expectation::parameter::{capped, quoted, repeated};
use crate::expectation::{Dimension, Expectation, Lowered, Mistake, Place, Said, Source};

/// The dataset has certain columns.
///
/// Without `names` they are the columns that the suite declares, without those that it computes. Others may be there too,
/// unless `exact` is set. With `ordered` the named ones must stand in this order, whatever stands between them. Names are
/// compared exactly, case included; types are the matter of `type`. An empty list asks for no column, and holds unless
/// `exact` is set. Observed are the names found, in the order of the file if that is asked, else sorted.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Columns {
    /// The names; those that the suite declares if left out.
    names: Option<Vec<String>>,
    /// Whether no other column may be there.
    #[serde(default)]
    exact: bool,
    /// Whether they must stand in this order.
    #[serde(default)]
    ordered: bool,
}

impl Expectation for Columns {
    const NAME: &'static str = "columns";
    const EXAMPLE: &'static str = "{names: [order_id, amount], exact: true}";
    const MAIN: Option<&'static str> = Some("names");
    const PLACE: Place = Place::Table;
    const DIMENSION: Dimension = Dimension::Validity;
    const FILTERED: bool = false;

    fn columns(&self) -> Vec<String> {
        self.names.clone().unwrap_or_default()
    }

    fn sentence(&self, said: &Said<'_>) -> String {
        let names = match self.names.as_deref() {
            None => said.lang.pick("the declared columns", "las columnas declaradas").to_owned(),
            Some([name]) => format!("{} `{name}`", said.lang.pick("the column", "la columna")),
            Some(names) => format!("{} {}", said.lang.pick("the columns", "las columnas"), capped(&quoted(names))),
        };
        let exact = if self.exact { said.lang.pick(" and no others", " y ninguna más") } else { "" };
        let ordered = if self.ordered { said.lang.pick(", in that order", ", en ese orden") } else { "" };
        format!("`{}` {} {names}{exact}{ordered}", said.dataset, said.lang.pick("has", "tiene"))
    }

    fn lower(&self, on: &Source<'_>) -> Result<Lowered, Mistake> {
        let declared = on.declared.iter().map(|(name, _)| name).filter(|name| !on.computed.contains(&name.as_str()));
        let names = self.names.clone().unwrap_or_else(|| declared.cloned().collect());
        if names.is_empty() && self.names.is_none() {
            return Err(Mistake::new("needs `names`, as the dataset declares no column"));
        }
        if let Some(twice) = repeated(&names) {
            return Err(Mistake::at("names", format!("names `{twice}` twice")));
        }
        Ok(Lowered::Columns { names, exact: self.exact, ordered: self.ordered, position: None })
    }
}
