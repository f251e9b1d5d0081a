//! What a message says, whichever channel it goes to.

use std::collections::BTreeMap;
use std::time::Duration;

use bigdecimal::BigDecimal;

use crate::alert::problem::Problem;
use crate::alert::reason::Reason;
use crate::ir::Severity;
use crate::outcome::Counts;

/// What a message says.
#[derive(Clone, Debug)]
pub struct Notice {
    /// What it is about.
    pub kind: Kind,
    /// Why it is told now.
    pub reason: Reason,
    /// What a receiver knows the incident by.
    pub key: String,
    /// Where this runs.
    pub environment: Option<String>,
    /// The suite; `*` if it is about several.
    pub suite: String,
    /// The datasets.
    pub datasets: Vec<String>,
    /// The worst severity of what is wrong, or was.
    pub severity: Severity,
    /// What is wrong, the worst first.
    pub items: Vec<Item>,
    /// What is over.
    pub fixed: Vec<Fixed>,
    /// How many failures roused this one, and what is too many of them.
    pub roused: Option<Roused>,
    /// The totals of the run.
    pub counts: Option<Counts>,
    /// The page of the run, if it can be reached.
    pub page: Option<String>,
    /// The job that ran it.
    pub job: Option<String>,
    /// The id of the run.
    pub run: String,
    /// When it is told, in microseconds since 1970 UTC.
    pub at: i64,
    /// How long nothing is said again while nothing changes.
    pub repeat: Duration,
    /// How many problems a message names.
    pub limit: usize,
}

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something is wrong.
    Firing,
    /// Nothing is wrong any more.
    Resolved,
    /// So much is wrong that others are to know.
    Escalated,
    /// Somebody tries whether messages arrive.
    Test,
}

/// A problem, and whether it is news.
#[derive(Clone, Debug)]
pub struct Item {
    /// The problem.
    pub problem: Problem,
    /// Whether it was not told before.
    pub new: bool,
}

/// A problem that is over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The dataset.
    pub dataset: String,
    /// The rule, or the code of a fault.
    pub name: String,
    /// How bad it was.
    pub severity: String,
    /// Since when it was so.
    pub since: String,
}

/// What is too much.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Roused {
    /// How many failures there were.
    pub failures: u64,
    /// How many are borne.
    pub more_than: u64,
    /// Of this severity or a worse one.
    pub severity: Severity,
    /// Within so long.
    pub within: Duration,
}

/// What problems cost together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Impact {
    /// Rows, values or keys that break rules; one that breaks two counts twice.
    pub violations: u64,
    /// The estimated losses, as exact numbers, each with its currency.
    pub losses: Vec<(String, Option<String>)>,
}

impl Notice {
    /// What its problems cost together.
    #[must_use]
    pub fn impact(&self) -> Impact {
        let problems = || self.items.iter().map(|item| &item.problem);
        let mut losses: BTreeMap<Option<String>, BigDecimal> = BTreeMap::new();
        for (amount, currency) in problems().filter_map(|problem| problem.loss.as_ref()) {
            if let Ok(amount) = amount.parse::<BigDecimal>() {
                *losses.entry(currency.clone()).or_default() += amount;
            }
        }
        let losses = losses.into_iter().map(|(currency, amount)| (amount.to_plain_string(), currency)).collect();
        Impact { violations: problems().filter_map(|problem| problem.violations).sum(), losses }
    }

    /// Since when the oldest of its problems is there.
    #[must_use]
    pub fn since(&self) -> Option<&(String, u64)> {
        self.items.iter().filter_map(|item| item.problem.since.as_ref()).min()
    }

    /// What to do: the runbook of the worst problem that has one.
    #[must_use]
    pub fn runbook(&self) -> Option<&str> {
        self.items.iter().find_map(|item| item.problem.runbook.as_deref())
    }

    /// Whom to ask: every owner of its problems, once.
    #[must_use]
    pub fn owners(&self) -> Vec<&str> {
        let mut owners: Vec<&str> = Vec::new();
        for owner in self.items.iter().filter_map(|item| item.problem.owner.as_deref()) {
            if !owners.contains(&owner) {
                owners.push(owner);
            }
        }
        owners
    }

    /// Where to read more: the page of the run, or the job that ran it.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        self.page.as_deref().or(self.job.as_deref())
    }

    /// The problems that a message names, and how many it does not.
    #[must_use]
    pub fn named(&self) -> (&[Item], usize) {
        let shown = self.items.len().min(self.limit);
        (&self.items[..shown], self.items.len() - shown)
    }
}
