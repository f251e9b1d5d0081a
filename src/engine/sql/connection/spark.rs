//! Spark, and what else speaks Spark Connect.
//!
//! Every statement is a job of the cluster. What the client knows of whole results, of time and of being stopped is its own
//! business; here errors find their words.

use std::sync::Arc;
use std::time::Duration;

use crate::answer::Structure;
use crate::engine::Progress;
use crate::engine::sql::cell::Row;
use crate::engine::sql::connection::{Batch, Connection, Link, Told, fault};
use crate::engine::sql::dialect::{self, Dialect};
use crate::engine::sql::spark::{Address, Client, Settings};
use crate::outcome::Fault;

/// A server that is reached.
pub(super) struct Spark {
    name: String,
    client: Client,
    progress: Arc<Progress>,
}

impl Spark {
    /// Begins a session.
    ///
    /// # Errors
    /// What keeps it from doing so.
    pub(super) fn connect(name: &str, url: &str, link: &Link, progress: &Arc<Progress>) -> Result<Self, Fault> {
        let wrong = |message: String| fault("source_unreadable", format!("the connection `{name}`: {message}"));
        let address = Address::parse(url, link.password.as_deref()).map_err(wrong)?;
        // As long as the run, which its own time ends.
        let statement = link.timeout.unwrap_or(Duration::from_hours(24 * 7));
        let authorities = link
            .ca
            .as_ref()
            .map(|ca| std::fs::read(ca).map_err(|error| wrong(format!("`{}` cannot be read: {error}", ca.display()))));
        let settings = Settings { statement, authorities: authorities.transpose()?, ..Settings::default() };
        progress.go_on()?;
        let client = Client::connect(&address, &settings).map_err(|error| wrong(error.to_string()))?;
        Ok(Self { name: name.to_owned(), client, progress: Arc::clone(progress) })
    }

    fn named(&self, fault: Fault) -> Fault {
        match fault.code.as_str() {
            "source_unreadable" => {
                Fault { message: format!("the connection `{}`: {}", self.name, fault.message), ..fault }
            }
            "not_computable" => Fault { message: format!("Spark: {}", fault.message), ..fault },
            _ => fault,
        }
    }
}

impl Connection for Spark {
    fn dialect(&self) -> &dyn Dialect {
        &dialect::Spark
    }

    fn word(&self) -> &'static str {
        "spark"
    }

    fn columns(&self, relation: &str, named: Option<&str>) -> Result<Vec<(String, String)>, Fault> {
        let go_on = || self.progress.go_on();
        let sql = format!("SELECT * FROM {relation} AS t LIMIT 0");
        let answered = self.client.query(&sql, &go_on, &mut |_| Ok(())).map_err(|fault| {
            let said = fault.message.to_ascii_lowercase();
            let own = |name: &str| said.contains(&name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase());
            let is_missing = named.is_some_and(own)
                && (said.contains("[table_or_view_not_found]") || said.starts_with("table not found"));
            if is_missing && fault.code == "not_computable" {
                let table = named.unwrap_or_default();
                let message = format!("the connection `{}` has no table `{table}`: {}", self.name, fault.message);
                return Fault { code: "source_missing".to_owned(), message, caused_by: None };
            }
            self.named(fault)
        })?;
        Ok(answered.columns.into_iter().map(|column| (column.name, column.kind)).collect())
    }

    fn structure(&self, _: Option<&str>) -> Result<Option<Structure>, Fault> {
        Ok(None)
    }

    fn ask(&self, sql: &str, see: &mut dyn FnMut(Vec<Row>) -> Result<(), Fault>) -> Result<Told, Fault> {
        let go_on = || self.progress.go_on();
        let answered = self.client.query(sql, &go_on, see).map_err(|fault| self.named(fault))?;
        Ok(Told { rows: answered.rows, id: Some(answered.operation_id) })
    }

    fn stream(&self, sql: &str, see: &mut dyn FnMut(Batch) -> Result<(), Fault>) -> Result<Told, Fault> {
        let go_on = || self.progress.go_on();
        let mut columns = |batch| see(Batch::Columns(batch));
        let answered = self.client.batches(sql, &go_on, &mut columns).map_err(|fault| self.named(fault))?;
        Ok(Told { rows: answered.rows, id: Some(answered.operation_id) })
    }
}
