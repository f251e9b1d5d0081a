//! `include`: files that add variables, templates and datasets to a suite.
//!
//! A file is read once, however many routes lead to it. What it adds stands after what was there before, and a name given
//! twice is a mistake, for nobody could tell which one holds. It opens no file itself: the request says how.

use std::ops::Range;
use std::path::PathBuf;

use crate::dataset::tidy;
use crate::diagnostic::{Code, SourceText};
use crate::suite::keys;
use crate::suite::read::Reader;
use crate::suite::yaml::{self, Content, Entry, Node};

/// The keys whose entries an included file adds.
const ADDED: [&str; 3] = ["vars", "templates", "datasets"];

impl Reader<'_> {
    /// Reads the files that a suite includes, and puts what they add into it.
    pub(super) fn include(&mut self, root: &mut Node) {
        self.included_by(&root.clone(), root, &mut Vec::new());
    }

    /// Takes in what a file includes; `route` are the paths of the files that lead to it.
    fn included_by(&mut self, file: &Node, root: &mut Node, route: &mut Vec<PathBuf>) {
        let Some(node) = file.get("include") else { return };
        route.push(tidy(&self.sources.find(&file.span).0.path));
        let mut seen: Vec<&str> = Vec::new();
        for item in node.as_list() {
            let Some(said) = self.text(item) else { continue };
            if seen.iter().any(|known| *known == said) {
                self.error(Code::Duplicate, item.span.clone(), format!("`{said}` is included twice"));
                continue;
            }
            seen.extend(item.text());
            if let Some(included) = self.included_file(&said, &item.span, route) {
                for key in ADDED {
                    if let Some(added) = included.get(key) {
                        self.add(key, added, root);
                    }
                }
                self.included_by(&included, root, route);
            }
        }
        route.pop();
    }

    /// Reads one included file; none if it was read before or is no such file.
    fn included_file(&mut self, said: &str, span: &Range<usize>, route: &[PathBuf]) -> Option<Node> {
        if said.contains("${") {
            self.error(Code::BadVariable, span.clone(), "`${…}` cannot stand in `include`").help =
                Some("the files say which variables there are; write the path out".to_owned());
            return None;
        }
        let path = self.folder(span).join(said);
        if self.sources.holds(&path) {
            if route.contains(&tidy(&path)) {
                self.error(Code::Conflict, span.clone(), format!("`{said}` is included by way of itself")).help =
                    Some("move what both files need to a third".to_owned());
            }
            return None;
        }
        let text = match (self.request.read)(&path) {
            Ok(text) => text,
            Err(error) => {
                let shown = path.display();
                self.error(Code::Unreadable, span.clone(), format!("cannot read `{shown}`: {error}")).help =
                    Some("the path starts at the folder of the file that says it".to_owned());
                return None;
            }
        };
        let read = yaml::read(&text);
        let base = self.sources.add(SourceText { path, text });
        let (mut node, faults) = match read {
            Ok((node, faults)) => (Some(node), faults),
            Err(faults) => (None, faults),
        };
        faults.into_iter().for_each(|fault| self.fault(fault.moved(base)));
        if let Some(node) = &mut node {
            node.shift(base);
        }
        node.filter(|node| self.is_fragment(node))
    }

    /// Whether an included file is a map, with the keys that it may have.
    fn is_fragment(&mut self, node: &Node) -> bool {
        if node.entries().is_none() {
            let message = format!("an included file is a map of keys, and this is {}", node.kind());
            self.error(Code::Syntax, node.span.clone(), message);
            return false;
        }
        let of_suites = |entry: &Entry| {
            let key = entry.key.as_str();
            keys::SUITE.contains(&key) && !keys::INCLUDED.contains(&key)
        };
        let (misplaced, others): (Vec<Entry>, Vec<Entry>) =
            node.entries().unwrap_or(&[]).iter().cloned().partition(of_suites);
        for entry in misplaced {
            let message = format!("`{}` belongs in the suite, not in a file that it includes", entry.key);
            self.error(Code::UnknownKey, entry.key_span, message).help =
                Some(format!("an included file may have: {}", keys::INCLUDED.join(", ")));
        }
        let others = Node { span: node.span.clone(), content: Content::Map(others) };
        self.check_keys(&others, keys::INCLUDED, "an included file");
        if node.get("tamiz").is_some() {
            self.version(node);
        }
        true
    }

    /// Adds the entries of a map to the one of the same key.
    fn add(&mut self, key: &str, added: &Node, root: &mut Node) {
        let Some(more) = self.map(added, key).map(<[Entry]>::to_vec) else { return };
        if root.get(key).is_none_or(Node::is_null)
            && let Content::Map(entries) = &mut root.content
        {
            entries.retain(|entry| entry.key != key);
            let value = Node { span: added.span.clone(), content: Content::Map(Vec::new()) };
            entries.push(Entry { key: key.to_owned(), key_span: added.span.clone(), value });
        }
        // What is no map is told when it is read.
        let Some(Content::Map(known)) = root.get_mut(key).map(|node| &mut node.content) else { return };
        for entry in more {
            match known.iter().find(|other| other.key == entry.key) {
                Some(first) => {
                    let first = self.location(&first.key_span);
                    let message = format!("the name `{}` is given twice under `{key}`", entry.key);
                    self.error(Code::Duplicate, entry.key_span, message).help =
                        Some(format!("it is given first at {}:{}:{}", first.file, first.line, first.column));
                }
                None => known.push(entry),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use crate::suite::read::{mistakes, read_files};

    const SUITE: &str = "tamiz: 1\nsuite: s\ninclude: common/a.yaml\nvars: {one: 1}\ndatasets:\n  d: {source: d.csv}\n";

    #[test]
    fn paths_start_at_the_folder_of_the_file_that_says_them() {
        let a = "include: b.yaml\ndatasets:\n  e: {source: '${two}.csv', expect: [row_count: {min: 1}]}\n";
        let suite =
            read_files(&[("s.yaml", SUITE), ("common/a.yaml", a), ("common/b.yaml", "vars: {two: 2}\n")]).unwrap();
        let places = suite.datasets.iter().flat_map(|dataset| &dataset.data.source.places);
        let paths: Vec<String> = places.map(ToString::to_string).collect();
        assert_eq!(paths, ["d.csv", "common/2.csv"]);
        let rule = suite.rules.iter().find(|rule| rule.builtin.is_none()).unwrap();
        assert_eq!((rule.location.file.as_str(), rule.location.line, rule.location.column), ("common/a.yaml", 3, 38));
        assert_eq!(suite.included.len(), 2);
    }

    #[test]
    fn a_name_given_twice_is_told_at_the_second_place() {
        let a = "vars: {one: 2}\ndatasets:\n  d: {source: e.csv}\n";
        let told = mistakes(&[("s.yaml", SUITE), ("common/a.yaml", a)]);
        let places: Vec<(&str, u64)> = told.iter().map(|(file, line, _)| (file.as_str(), *line)).collect();
        assert_eq!(places, [("common/a.yaml", 1), ("common/a.yaml", 3)], "{told:?}");
    }

    #[test]
    fn a_file_that_is_not_there_or_is_no_fragment_is_a_mistake_at_its_place() {
        assert!(mistakes(&[("s.yaml", SUITE)])[0].2.contains("cannot read `common/a.yaml`"));
        let told = mistakes(&[("s.yaml", SUITE), ("common/a.yaml", "suite: t\ntamiz: 2\ndataset: {}\n")]);
        assert_eq!(told.iter().map(|(_, line, _)| *line).collect::<Vec<_>>(), [1, 2, 3], "{told:?}");
        let told = mistakes(&[("s.yaml", SUITE), ("common/a.yaml", "- a\n")]);
        assert!(told[0].2.contains("a map of keys"), "{told:?}");
        let told = mistakes(&[("s.yaml", SUITE), ("common/a.yaml", "x-a: 1\nvars: {a: [}\n")]);
        assert_eq!((told[0].0.as_str(), told[0].1), ("common/a.yaml", 2), "{told:?}");
    }

    #[test]
    fn a_cycle_is_a_mistake_and_two_routes_to_one_file_are_none() {
        let cycle = [
            ("s.yaml", SUITE),
            ("common/a.yaml", "include: ../common/b.yaml\n"),
            ("common/b.yaml", "include: a.yaml\n"),
        ];
        let told = mistakes(&cycle);
        assert_eq!((told.len(), told[0].0.as_str()), (1, "common/../common/b.yaml"), "{told:?}");
        let both = SUITE.replace("common/a.yaml", "[common/a.yaml, common/b.yaml]");
        let files =
            [("s.yaml", both.as_str()), ("common/a.yaml", "include: b.yaml\n"), ("common/b.yaml", "vars: {two: 2}\n")];
        assert_eq!(mistakes(&files), []);
    }

    #[test]
    fn what_it_says_is_part_of_the_digest() {
        let digest = |text: &str| read_files(&[("s.yaml", SUITE), ("common/a.yaml", text)]).unwrap().sha256();
        assert_ne!(digest("vars: {two: 2}\n"), digest("vars: {two: 3}\n"));
        let line = |text: &str| {
            use sha2::{Digest, Sha256};
            Sha256::digest(text.as_bytes()).iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
        };
        let a = "vars: {two: 2}\n";
        assert_eq!(digest(a), line(&format!("{}\n{}\n", line(SUITE), line(a))));
    }
}
