//! Keys that travel between engines: of those on the two sides of a reference, the smaller set goes to where the other is.
//!
//! A table that refers to rows elsewhere gets their keys with the statement, if they are few. Else its own different keys
//! come here and are looked up there, and are never its rows. Rows of a file that refer to a long table have those of its
//! rows fetched that may be their partners, and a short one whole. Which verdict comes of it is the same.

use std::collections::HashMap;
use std::sync::Arc;

use indexmap::IndexSet;

use crate::answer::{Answer, Number, Statement};
use crate::engine::engines::{Engines, fault, referred};
use crate::engine::sql::{Held, Sent, load};
use crate::ir::value::order_of_rows;
use crate::ir::{Measure, Parent, Predicate, Type, Value};
use crate::outcome::Fault;
use crate::plan::{Plan, Visit};

/// What the measures of tables come to that ask for no more, by dataset.
pub(super) type Known = HashMap<String, HashMap<Measure, Result<(Number, Arc<Statement>), Fault>>>;

/// Keys, with how many rows have each.
type Counted = Vec<(Vec<Value>, u64)>;

/// The different keys of the other side of a reference; none if there are too many to be sent.
type Keys = Option<Vec<Vec<Value>>>;

impl Engines {
    /// The references of tables to what does not live where they do.
    fn abroad<'p>(&self, plan: &'p Plan) -> Vec<(&'p String, &'p Measure, &'p Parent)> {
        let own = plan.datasets.iter().filter(|(name, _)| self.sql.described(name).is_ok());
        let all = own.flat_map(|(name, visits)| visits.values().flatten().map(move |measure| (name, measure)));
        let abroad = all.filter_map(|(name, measure)| match measure {
            Measure::Orphans(_, _, parent) if !self.sql.are_together(name, &parent.dataset) => {
                Some((name, measure, parent))
            }
            _ => None,
        });
        abroad.collect()
    }

    /// Has the statements on tables speak of the keys of others, without asking for any.
    pub(super) fn speak(&mut self, plan: &Plan) {
        for (name, measure, parent) in self.abroad(plan) {
            self.hand(name, measure, parent, None);
        }
    }

    /// Sends keys to where tables are held to them, or has theirs come here.
    pub(super) fn send(&mut self, plan: &Plan) -> Known {
        let mut known = Known::new();
        let abroad = self.abroad(plan);
        let parents: IndexSet<&Parent> = abroad.iter().map(|(_, _, parent)| *parent).collect();
        let keys = self.keys_of(&parents);
        for (name, measure, parent) in abroad {
            let answer = match keys.get(parent).cloned().unwrap_or(Ok(None)) {
                Ok(Some(keys)) if load(&keys, keys.len()) == keys.len() => {
                    self.hand(name, measure, parent, Some(keys));
                    continue;
                }
                Ok(_) => self.look_up(name, measure),
                Err(fault) => Err(Fault { caused_by: Some(parent.dataset.clone()), ..fault }),
            };
            if let Some(answer) = answer.transpose() {
                known.entry(name.clone()).or_default().insert(measure.clone(), answer);
            }
        }
        known
    }

    /// Gives a measure the keys of the other side, or none that are only spoken of.
    fn hand(&mut self, name: &str, measure: &Measure, parent: &Parent, keys: Keys) {
        match self.kinds(parent) {
            Ok(kinds) => self.sql.send(name, measure, Ok(Sent { kinds, keys, breaking: false })),
            Err(fault) => self.refuse(name, measure, parent, &fault.message),
        }
    }

    /// Says why a measure gets no keys.
    fn refuse(&mut self, name: &str, measure: &Measure, parent: &Parent, why: &str) {
        let what = format!("what it holds to the rows of `{}`, which live elsewhere ({why}),", parent.dataset);
        self.sql.send(name, measure, Err(what));
    }

    /// The types of the keys of the other side of a reference.
    fn kinds(&self, parent: &Parent) -> Result<Vec<Type>, Fault> {
        let schema = self.schema(&parent.dataset)?;
        let kind = |name: &String| {
            let reading = schema.column(name).and_then(|column| column.reading.as_ref());
            reading.map(|reading| reading.kind).ok_or_else(|| fault("not_computable", "keys without a type"))
        };
        parent.keys.iter().map(kind).collect()
    }

    /// The different keys of the other sides of references: those of files in one read of each.
    fn keys_of<'p>(&mut self, parents: &IndexSet<&'p Parent>) -> HashMap<&'p Parent, Result<Keys, Fault>> {
        let most = self.reach.sent;
        let mut here = Plan::default();
        let mut found = HashMap::new();
        for parent in parents {
            if self.sql.has(&parent.dataset) {
                let keys = self.sql.keys(&parent.dataset, &parent.keys, &parent.scope, most);
                found.insert(
                    *parent,
                    match keys {
                        Err(fault) if unsaid(&fault) => Ok(None),
                        keys => keys.map(|held| held.map(|held| bare(held.keys))),
                    },
                );
            } else {
                let visits = here.datasets.entry(parent.dataset.clone()).or_default();
                visits.entry(Visit::Scan).or_default().insert(different(&parent.keys, &parent.scope));
            }
        }
        let answers = self.local.measure(&here);
        for parent in parents.iter().filter(|parent| !self.sql.has(&parent.dataset)) {
            let keys = groups(answers.get(&parent.dataset), &different(&parent.keys, &parent.scope), most);
            found.insert(*parent, keys.map(|keys| keys.map(bare)));
        }
        found
    }

    /// Has the keys of a table come here, and looks them up on the other side; none if there are too many of them, or they
    /// are told apart otherwise there.
    fn look_up(&mut self, name: &str, measure: &Measure) -> Result<Option<(Number, Arc<Statement>)>, Fault> {
        let Measure::Orphans(keys, rows, parent) = measure else { return Ok(None) };
        let most = self.reach.asked;
        let held = match self.sql.keys(name, keys, rows, most) {
            Err(fault) if unsaid(&fault) => {
                self.refuse(name, measure, parent, &fault.message);
                return Ok(None);
            }
            held => held?,
        };
        let Some(Held { kinds, keys, statement }) = held else {
            let why = format!("more than {} keys, or very long ones, beside more than {most} here", self.reach.sent);
            self.refuse(name, measure, parent, &why);
            return Ok(None);
        };
        let own: Vec<Vec<Value>> = keys.iter().map(|(key, _)| key.clone()).collect();
        let has: Vec<bool> = if self.sql.has(&parent.dataset) {
            match self.sql.partners(parent, (&own, &kinds), self.reach.sent) {
                Err(fault) if unsaid(&fault) => {
                    self.refuse(name, measure, parent, &fault.message);
                    return Ok(None);
                }
                there => {
                    let there = there?;
                    let null_is_no_key = |key: &[Value]| !parent.null_safe && key.iter().any(Value::is_null);
                    own.iter().map(|key| !null_is_no_key(key) && there.contains(key)).collect()
                }
            }
        } else {
            self.local.partners(parent, &own)?
        };
        let mut breaking: Counted =
            keys.into_iter().zip(has).filter(|(_, has)| *has != parent.wanted).map(|(key, _)| key).collect();
        let count = breaking.iter().map(|(_, rows)| rows).sum();
        // Rows are shown of the keys that most of them have.
        breaking.sort_by(|(one, rows), (other, more)| more.cmp(rows).then_with(|| order_of_rows(one, other)));
        let mut shown = bare(breaking);
        shown.truncate(load(&shown, self.reach.sent));
        self.sql.send(name, measure, Ok(Sent { kinds, keys: Some(shown), breaking: true }));
        Ok(Some((Number::Count(count), statement)))
    }

    /// Conditions on the rows of a long table that are all that some measures of files are held to; none if it is fetched
    /// whole.
    ///
    /// # Errors
    /// What the engine of the table says.
    pub(super) fn partners_alone(&mut self, here: &Plan, table: &str) -> Result<Option<Vec<Predicate>>, Fault> {
        let mut references = Vec::new();
        for (name, visits) in &here.datasets {
            for measure in visits.values().flatten().filter(|measure| referred(measure).contains(&table)) {
                let inner = if let Measure::Grouped(_, inner) = measure { inner } else { measure };
                match inner {
                    Measure::Orphans(keys, rows, parent) if !self.sql.has(name) => {
                        references.push((name, different(keys, rows), parent));
                    }
                    _ => return Ok(None),
                }
            }
        }
        if here.datasets.contains_key(table)
            || self.sql.file(table).is_some()
            || !self.sql.is_longer(table, self.reach.whole)?
        {
            return Ok(None);
        }
        let mut asked = Plan::default();
        for (name, measure, _) in &references {
            let visits = asked.datasets.entry((*name).clone()).or_default();
            visits.entry(Visit::Scan).or_default().insert(measure.clone());
        }
        let answers = self.local.measure(&asked);
        let mut some = Vec::new();
        let mut left = self.reach.asked;
        for (name, measure, parent) in references {
            let Ok(Some(keys)) = groups(answers.get(name), &measure, left) else { return Ok(None) };
            left -= keys.len();
            let Measure::Grouped(columns, _) = &measure else { return Ok(None) };
            let schema = self.schema(name)?;
            let kind = |name: &String| schema.column(name)?.reading.as_ref().map(|reading| reading.kind);
            let Some(kinds) = columns.iter().map(kind).collect::<Option<Vec<Type>>>() else { return Ok(None) };
            match self.sql.among(parent, (&bare(keys), &kinds), self.reach.sent) {
                Err(fault) if unsaid(&fault) => return Ok(None),
                among => some.extend(among?),
            }
        }
        Ok(Some(some))
    }
}

/// Keys without their counts.
fn bare(keys: Counted) -> Vec<Vec<Value>> {
    keys.into_iter().map(|(key, _)| key).collect()
}

/// Whether an engine cannot say something, and is otherwise well.
fn unsaid(fault: &Fault) -> bool {
    fault.code == "not_computable"
}

/// The measure of the different keys of some rows.
fn different(keys: &[String], rows: &Predicate) -> Measure {
    Measure::Grouped(keys.to_vec(), Box::new(Measure::Rows(rows.clone())))
}

/// The keys that such a measure found, with how many rows have each; none if there are more than so many.
fn groups(answer: Option<&Result<Answer, Fault>>, measure: &Measure, most: usize) -> Result<Option<Counted>, Fault> {
    let found = match answer {
        Some(Ok(answer)) => answer.numbers.get(measure).cloned(),
        Some(Err(fault)) => return Err(fault.clone()),
        None => None,
    };
    match found {
        Some(Ok(Number::Groups(groups))) => {
            let counted = groups.into_iter().filter_map(|(key, number)| match number {
                Number::Count(rows) if rows > 0 => Some((key, rows)),
                _ => None,
            });
            let keys: Counted = counted.collect();
            Ok((keys.len() <= most).then_some(keys))
        }
        // More than are told apart by group.
        Some(Err(fault)) if unsaid(&fault) => Ok(None),
        Some(Err(fault)) => Err(fault),
        _ => Err(fault("internal", "a bug in tamiz: keys were not told")),
    }
}
