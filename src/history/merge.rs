//! Histories merged: the union of their runs by id, in the order of time.
//!
//! Merging is commutative, associative and idempotent, and loses no run. Lines are taken as they are, so what a newer version
//! wrote stays. A run whose own line is missing was torn and is none; its rules are left out.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::Deserialize;

use crate::history::backwards::RUN;

/// The lines of a run, as they are in a history file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// What the line of the run says of it.
    pub key: Key,
    /// The lines: those of its rules, and its own last.
    pub text: Vec<u8>,
}

/// What the line of any version of this program says of a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Key {
    /// When it began.
    pub started_at: String,
    /// Its id.
    pub id: String,
    /// Its folder under `runs`.
    pub folder: String,
}

/// Whose rule a line is about.
#[derive(Deserialize)]
struct Owner {
    run: String,
}

/// The runs of a history file, in the order of the file.
#[must_use]
pub fn groups(text: &[u8]) -> Vec<Group> {
    let mut groups = Vec::new();
    let mut rules: Vec<&[u8]> = Vec::new();
    for line in text.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")) {
        if !line.starts_with(RUN) {
            rules.push(line);
            continue;
        }
        let Ok(key) = serde_json::from_slice::<Key>(line) else {
            rules.clear();
            continue;
        };
        let is_own = |line: &&[u8]| serde_json::from_slice::<Owner>(line).is_ok_and(|owner| owner.run == key.id);
        let mut text: Vec<u8> = rules.drain(..).filter(is_own).collect::<Vec<_>>().concat();
        text.extend(line);
        groups.push(Group { key, text });
    }
    groups
}

/// All runs of two lists, each once, in the order of time.
///
/// Of two that have the same id and yet differ, the one that says more stays.
#[must_use]
pub fn union(one: Vec<Group>, other: Vec<Group>) -> Vec<Group> {
    let mut by_id: BTreeMap<String, Group> = BTreeMap::new();
    for group in one.into_iter().chain(other) {
        match by_id.entry(group.key.id.clone()) {
            Entry::Vacant(free) => drop(free.insert(group)),
            Entry::Occupied(mut taken) => {
                let more = |group: &Group| (group.text.len(), group.text.clone());
                if more(&group) > more(taken.get()) {
                    taken.insert(group);
                }
            }
        }
    }
    let mut groups: Vec<Group> = by_id.into_values().collect();
    groups.sort_by(|a, b| a.key.cmp(&b.key));
    groups
}

/// The text of a history file that holds these runs.
#[must_use]
pub fn text(groups: &[Group]) -> Vec<u8> {
    groups.iter().flat_map(|group| group.text.iter().copied()).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::history::sample;

    /// A history file of some runs, in any order, and what was torn at its end.
    fn file() -> impl Strategy<Value = Vec<u8>> {
        let runs = proptest::collection::vec((0_u32..40, 0_u32..3), 0..20);
        let torn = prop_oneof![
            Just(""),
            Just("{\"line\":\"run\",\"id\":"),
            Just("{\"line\":\"rule\",\"run\":\"x\",\"id\":\"y\"}\n"),
            Just("{\"line\":\"rule\",\"run\":\"x\"}\n{\"line\":\"ru"),
        ];
        (runs, torn).prop_map(|(runs, torn)| {
            let text = runs.iter().flat_map(|(run, rules)| sample::group("s", *run, *rules, |_| false));
            text.chain(torn.bytes()).collect()
        })
    }

    fn ids(groups: &[Group]) -> Vec<String> {
        groups.iter().map(|group| group.key.id.clone()).collect()
    }

    proptest! {
        #[test]
        fn merging_is_commutative_associative_and_idempotent(one in file(), two in file(), three in file()) {
            let [one, two, three] = [one, two, three].map(|text| groups(&text));
            let both = union(one.clone(), two.clone());
            prop_assert_eq!(&both, &union(two.clone(), one.clone()));
            prop_assert_eq!(&both, &union(both.clone(), two.clone()));
            prop_assert_eq!(&both, &union(both.clone(), both.clone()));
            let left = union(both, three.clone());
            prop_assert_eq!(&left, &union(one, union(two, three)));
            prop_assert_eq!(&groups(&text(&left)), &left);
        }

        #[test]
        fn merging_loses_nothing_and_doubles_nothing(one in file(), two in file()) {
            let both = union(groups(&one), groups(&two));
            let mut known = ids(&groups(&one));
            known.extend(ids(&groups(&two)));
            known.sort();
            known.dedup();
            // The ids of the sample come in the order of time.
            prop_assert_eq!(ids(&both), known);
            for group in &both {
                prop_assert!(one.windows(group.text.len()).chain(two.windows(group.text.len())).any(|text| text == group.text));
            }
        }
    }

    #[test]
    fn what_a_newer_version_wrote_stays_as_it_is() {
        let text = b"{\"line\":\"rule\",\"run\":\"a\",\"new\":1}\n{\"line\":\"run\",\"id\":\"a\",\"folder\":\"f\",\"started_at\":\"t\",\"new\":{}}\n";
        assert_eq!(super::text(&groups(text)), text);
    }
}
