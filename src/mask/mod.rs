//! What may be shown of a value: which columns hold personal data, and how little of it leaves the run.
//!
//! Masks are put on once, between those who judge and those who record, so that no channel can forget them: the terminal, the
//! record, the page and the history are all made of what is masked already. It reads no data and words nothing.

mod cover;
mod document;
mod fault;
mod name;
mod project;
mod query;
mod show;
mod value;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use globset::GlobMatcher;

use crate::ir::name::steps;
use crate::suite::Suite;
use crate::suite::pii::{Kind, Pii, Style};

pub use project::{Column, Project};
pub use show::{Key, Mask, REDACTED};

/// Why the values of a column are masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The suite says so.
    Declared,
    /// Its name is that of personal data.
    Name(Kind),
    /// A value of it that was about to be shown looks like personal data.
    Value(Kind),
    /// It is computed from a column that is masked.
    Computed,
    /// The run shows no value at all.
    NoSamples,
}

impl Why {
    /// The word reports use.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            Self::Name(_) => "name",
            Self::Value(_) => "value",
            Self::Computed => "computed",
            Self::NoSamples => "no_samples",
        }
    }
}

/// What a column holds by its name, beside the names of the other columns of its table.
#[must_use]
pub fn by_name(column: &str, beside: &[&str]) -> Option<Kind> {
    let of_people = |name: &&str| {
        matches!(name::of(name), Some(Kind::Birth | Kind::Email | Kind::Identity | Kind::Name | Kind::Phone))
    };
    let bare = || name::is_bare(column) && beside.iter().any(of_people);
    name::of_steps(&steps(column)).or_else(|| bare().then_some(Kind::Name))
}

/// What a value is by its look.
#[must_use]
pub fn by_look(value: &serde_json::Value) -> Option<Kind> {
    value::of(value)
}

/// How much of its data a run shows.
#[derive(Clone, Debug)]
pub enum Policy {
    /// Every value: the data are none of anybody.
    Open,
    /// Every value but those of personal data, as suite and project say; with the key of digests.
    Masked(Arc<Key>, Arc<Project>),
    /// No value of a row, whatever the suite says.
    NoValues,
}

/// What columns say, by the steps of their names; none if they are not to be masked.
type Said = Vec<(Vec<String>, Option<Mask>)>;

/// What may be shown of the values of a suite's datasets.
#[derive(Clone, Debug)]
pub struct Masks {
    /// The dataset that is read, for each.
    roots: HashMap<String, String>,
    /// What columns say, by the dataset that is read.
    said: HashMap<String, Said>,
    /// Columns that the data tell to be of personal data, by the dataset that is read.
    found: BTreeMap<(String, String), Mask>,
    /// The columns of each dataset that is read.
    columns: HashMap<String, Vec<String>>,
    /// The mask of each kind that is found by name or by value; none where nothing is looked for.
    by_kind: Option<Vec<(Kind, Mask, Mask)>>,
    /// The mask of every value, in a run that shows none.
    all: Option<Mask>,
    /// What the project says of columns, whatever suites say.
    everywhere: Vec<(GlobMatcher, Mask)>,
}

impl Masks {
    /// The masks of a suite, as far as it tells itself; [`Self::know`] adds what the data tell.
    #[must_use]
    pub fn of_suite(suite: &Suite, policy: &Policy) -> Self {
        let roots = suite.datasets.iter().map(|set| (set.data.name.clone(), set.root().to_owned())).collect();
        let (said, found, columns) = (HashMap::new(), BTreeMap::new(), HashMap::new());
        let open = Self { roots, said, found, columns, by_kind: None, all: None, everywhere: Vec::new() };
        match policy {
            Policy::Open => open,
            Policy::Masked(key, project) => open.with_suite(suite, project, key, &|style| style),
            Policy::NoValues => {
                let key = Arc::new(Key::of_one_run(&[]));
                let all = Some(Mask::new(Style::Drop, None, Why::NoSamples, &key));
                Self { all, ..open.with_suite(suite, &Project::default(), &key, &|_| Style::Drop) }
            }
        }
    }

    /// Adds what a suite and its project say, each style being what the run makes of it.
    fn with_suite(self, suite: &Suite, project: &Project, key: &Arc<Key>, shown: &dyn Fn(Style) -> Style) -> Self {
        let mask = |style: Style, kind: Option<Kind>, why: Why| Mask::new(shown(style), kind, why, key);
        let style = suite.privacy.style.or(project.style).unwrap_or_default();
        let mut said: HashMap<String, Said> = HashMap::new();
        for dataset in suite.datasets.iter().filter(|dataset| dataset.from.is_none()) {
            let columns = dataset.pii.iter().map(|(column, pii)| {
                let steps = steps(column);
                match pii {
                    Pii::None => (steps, None),
                    Pii::Some { style: own, kind } => {
                        let kind = kind.or_else(|| name::of_steps(&steps));
                        (steps, Some(mask(own.unwrap_or(style), kind, Why::Declared)))
                    }
                }
            });
            said.insert(dataset.data.name.clone(), columns.collect());
        }
        let of_kind =
            |kind| (kind, mask(style, Some(kind), Why::Name(kind)), mask(style, Some(kind), Why::Value(kind)));
        let detect = project.detect.unwrap_or(suite.privacy.detect);
        let by_kind = detect.then(|| Kind::ALL.map(of_kind).to_vec());
        let everywhere = project.columns.iter().map(|column| {
            let kind = name::of_steps(&steps(column.glob.glob().glob()));
            (column.glob.clone(), mask(column.style.unwrap_or(style), kind, Why::Declared))
        });
        let mut masks = Self { said, by_kind, everywhere: everywhere.collect(), ..self };
        masks.mask_what_is_computed(suite, &mask(style, None, Why::Computed));
        masks
    }

    /// Masks columns that are computed from masked ones, unless they say themselves what they are.
    fn mask_what_is_computed(&mut self, suite: &Suite, mask: &Mask) {
        for dataset in suite.datasets.iter().filter(|dataset| dataset.from.is_none()) {
            for column in &dataset.data.columns {
                let Some(sql) = &column.sql else { continue };
                let mut of_masked = false;
                sql.columns(&mut |used| of_masked |= self.of(&dataset.data.name, used).is_some());
                let steps = steps(&column.name);
                let own = self.said.entry(dataset.data.name.clone()).or_default();
                if of_masked && !own.iter().any(|(known, _)| *known == steps) {
                    own.push((steps, Some(mask.clone())));
                }
            }
        }
    }

    /// The mask of a column, or of a field inside one by its path; none if its values may be shown.
    ///
    /// What the nearest of a column and the structures it lies in says holds; where none says anything, its name.
    #[must_use]
    pub fn of(&self, dataset: &str, column: &str) -> Option<&Mask> {
        self.own(dataset, column).or(self.all.as_ref())
    }

    /// The mask of a column for what it is itself, whatever the run shows.
    fn own(&self, dataset: &str, column: &str) -> Option<&Mask> {
        self.of_steps(self.root(dataset), &steps(column.trim_end_matches('\0')))
    }

    fn of_steps(&self, root: &str, steps: &[String]) -> Option<&Mask> {
        if let Some(said) = self.said(root, steps) {
            return said;
        }
        if let Some(mask) = self.found.get(&(root.to_owned(), steps.join("."))) {
            return Some(mask);
        }
        self.of_kind(name::of_steps(steps)?).map(|(named, _)| named)
    }

    /// What the project says of a column or of what it lies in, or else the suite.
    #[expect(clippy::option_option, reason = "a column said to be open is not one of which nothing is said")]
    fn said(&self, root: &str, steps: &[String]) -> Option<Option<&Mask>> {
        if let Some(mask) = self.everywhere(steps) {
            return Some(Some(mask));
        }
        let own = self.said.get(root)?;
        (1..=steps.len()).rev().find_map(|length| {
            let (_, mask) = own.iter().find(|(known, _)| *known == steps[..length])?;
            Some(mask.as_ref())
        })
    }

    /// What the project says of a column or of the nearest structure that it lies in.
    fn everywhere(&self, steps: &[String]) -> Option<&Mask> {
        if self.everywhere.is_empty() {
            return None;
        }
        (1..=steps.len()).rev().find_map(|length| {
            let path = steps[..length].join(".");
            self.everywhere.iter().find(|(glob, _)| glob.is_match(&path)).map(|(_, mask)| mask)
        })
    }

    /// The masks of a kind found by name, and by value.
    fn of_kind(&self, kind: Kind) -> Option<(&Mask, &Mask)> {
        let (_, named, valued) = self.by_kind.as_ref()?.iter().find(|(known, ..)| *known == kind)?;
        Some((named, valued))
    }

    /// Whether a value of a column gives somebody away by how it looks, where that is looked for and the suite says nothing of
    /// the column.
    #[must_use]
    pub fn by_value(&self, dataset: &str, column: &str, value: &serde_json::Value) -> bool {
        self.by_kind.is_some() && self.said(self.root(dataset), &steps(column)).is_none() && by_look(value).is_some()
    }

    /// The datasets that it knows of.
    #[must_use]
    pub fn datasets(&self) -> Vec<&str> {
        self.roots.keys().map(String::as_str).collect()
    }

    /// Takes note of the columns that a dataset has: a bare `name` beside what only people have is that of a person.
    pub fn know(&mut self, dataset: &str, columns: Vec<String>) {
        let root = self.root(dataset).to_owned();
        let people = columns.iter().any(|column| self.is_of_people(self.of_steps(&root, &steps(column))));
        for column in &columns {
            if let Some(mask) = self.of_bare_name(&root, &steps(column), people).cloned() {
                self.found.insert((root.clone(), column.clone()), mask);
            }
        }
        self.columns.insert(root, columns);
    }

    /// Whether a mask is of something that only people have.
    fn is_of_people(&self, mask: Option<&Mask>) -> bool {
        use Kind::{Birth, Email, Identity, Name, Phone};
        self.by_kind.is_some()
            && mask.and_then(Mask::kind).is_some_and(|kind| matches!(kind, Birth | Email | Identity | Name | Phone))
    }

    /// The mask of a bare `name` or `nombre`, if it stands beside what only people have.
    fn of_bare_name(&self, root: &str, steps: &[String], people: bool) -> Option<&Mask> {
        let bare = people && steps.last().is_some_and(|step| name::is_bare(step)) && self.said(root, steps).is_none();
        bare.then(|| self.of_kind(Kind::Name).map(|(named, _)| named)).flatten()
    }

    /// Whether any column of a dataset is masked.
    fn masks_any(&self, root: &str) -> bool {
        let said = self.said.get(root).is_some_and(|own| own.iter().any(|(_, mask)| mask.is_some()));
        let named = || self.columns.get(root).is_some_and(|own| own.iter().any(|name| self.own(root, name).is_some()));
        said || named() || self.found.keys().any(|(dataset, _)| dataset == root)
    }

    fn root<'n>(&'n self, dataset: &'n str) -> &'n str {
        self.roots.get(dataset).map_or(dataset, String::as_str)
    }
}
