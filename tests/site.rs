//! The pages under `reports/`, as runs of the program leave them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};
use std::process::Command;

const SUITE: &str = "tamiz: 1\nsuite: s\ntitle: Ventas de hoy\ndatasets:\n  d:\n    source: d.csv\n    columns:\n      n: {type: integer, expect: [not_null, non_negative]}\n      m: {type: integer, expect: [not_null: {severity: warning}]}\n";

/// A folder with a suite, and runs of it on other data each time.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn new() -> Self {
        let place = Self { folder: tempfile::tempdir().unwrap() };
        fs::write(place.path("s.yaml"), SUITE).unwrap();
        place
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn tamiz(&self, line: &str) -> (i32, String) {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
        let ran = command.current_dir(self.folder.path()).args(line.split_whitespace()).env_clear().output().unwrap();
        (ran.status.code().unwrap(), String::from_utf8(ran.stderr).unwrap())
    }

    fn check(&self, data: &str) -> i32 {
        fs::write(self.path("d.csv"), data).unwrap();
        self.tamiz("check s.yaml -q").0
    }

    /// Four runs: one that passes, one that warns, one that fails with another column, and one that is mended.
    fn with_runs() -> Self {
        let place = Self::new();
        let runs = ["n,m\n1,2\n", "n,m\n1,2\n2,\n", "n,m,k\n-1,2,3\n,2,3\n", "n,m,k\n1,2,3\n"];
        assert_eq!(runs.map(|data| place.check(data)), [0, 0, 1, 0]);
        place
    }

    /// Every file under `reports` that is no part of the history, by its path.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let root = self.path("reports");
        let mut files = BTreeMap::new();
        let mut folders = vec![root.clone()];
        while let Some(folder) = folders.pop() {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.insert(path.strip_prefix(&root).unwrap().to_owned(), fs::read(&path).unwrap());
                }
            }
        }
        files.retain(|path, _| !path.starts_with("history") && !path.starts_with(".locks"));
        files
    }

    /// The folders of the runs, the oldest first: those of one second have names in no order.
    fn runs(&self) -> Vec<PathBuf> {
        let runs = tamiz::history::History::new(&self.path("reports")).runs().unwrap();
        runs.iter().map(|run| Path::new("runs").join(&run.folder)).collect()
    }

    fn pages(&self) -> BTreeMap<PathBuf, String> {
        let is_page = |path: &Path| path.extension().is_some_and(|extension| extension == "html");
        let pages = self.files().into_iter().filter(|(path, _)| is_page(path));
        pages.map(|(path, text)| (path, String::from_utf8(text).unwrap())).collect()
    }
}

/// The address that a link means, seen from a page, and the place in it.
fn target(page: &Path, link: &str) -> (PathBuf, Option<String>) {
    let (file, anchor) = link.split_once('#').map_or((link, None), |(file, anchor)| (file, Some(anchor.to_owned())));
    let mut path = if file.is_empty() { page.to_owned() } else { page.parent().unwrap().to_owned() };
    for step in Path::new(file).components() {
        match step {
            Component::ParentDir => assert!(path.pop(), "{link} leads out of the site"),
            Component::Normal(name) => path.push(name),
            other => panic!("{link}: {other:?}"),
        }
    }
    (path, anchor)
}

#[test]
fn every_link_of_the_site_leads_somewhere() {
    let place = Place::with_runs();
    let (files, pages) = (place.files(), place.pages());
    assert!(pages.len() >= 4 * 2 + 3 + 5, "{:?}", pages.keys());
    let mut followed = 0;
    for (page, text) in &pages {
        let links = text.split(" href=\"").chain(text.split(" src=\"").skip(1)).skip(1);
        for link in links.map(|rest| rest.split('"').next().unwrap()) {
            if link.starts_with("https://") || link.starts_with("data:") {
                continue;
            }
            let (path, anchor) = target(page, link);
            assert!(files.contains_key(&path), "{}: {link} leads nowhere", page.display());
            if let Some(anchor) = anchor.filter(|_| path.extension().is_some_and(|kind| kind == "html")) {
                let id = format!("id=\"{anchor}\"");
                let optional = path.starts_with("runs") && anchor.starts_with("rule-");
                assert!(optional || pages[&path].contains(&id) || anchor == "skipped", "{}: {link}", page.display());
            }
            followed += 1;
        }
    }
    assert!(followed > 100, "{followed}");
}

#[test]
fn a_run_leaves_the_pages_of_others_as_they_are() {
    let place = Place::with_runs();
    let before = place.files();
    place.check("n,m\n1,\n");
    let after = place.files();
    let changed: BTreeSet<String> = before
        .iter()
        .filter(|(path, text)| after.get(*path) != Some(text))
        .map(|(path, _)| path.to_string_lossy().replace('\\', "/"))
        .collect();
    let shared = |name: &String| {
        name == "index.html"
            || name.starts_with("latest/")
            || name.starts_with("suites/s/")
            || (name.starts_with("runs-") && name.ends_with(".html"))
    };
    assert!(changed.iter().all(shared), "{changed:?}");
    assert!(changed.contains("index.html") && changed.contains("suites/s/index.html"), "{changed:?}");
}

#[test]
fn rebuild_makes_every_page_as_it_was() {
    let place = Place::with_runs();
    let before = place.pages();
    for page in before.keys() {
        fs::remove_file(place.path("reports").join(page)).unwrap();
    }
    fs::remove_dir_all(place.path("reports/assets")).unwrap();
    assert_eq!(place.tamiz("report rebuild"), (0, String::new()));
    let after = place.pages();
    assert_eq!(before.keys().collect::<Vec<_>>(), after.keys().collect::<Vec<_>>());
    for (page, text) in &before {
        assert!(after[page] == *text, "{} is another", page.display());
    }
    assert!(place.path("reports/assets/tamiz.css").exists());
}

#[test]
fn rebuild_says_what_it_could_not_render() {
    let place = Place::with_runs();
    let runs = place.runs();
    fs::write(place.path("reports").join(&runs[1]).join("report.json"), "{}").unwrap();
    let (code, said) = place.tamiz("report rebuild");
    let name = runs[1].file_name().unwrap().to_str().unwrap();
    assert_eq!(code, 4, "{said}");
    assert!(said.contains("not rendered") && said.contains(name), "{said}");
    assert_eq!(place.tamiz("report rebuild --reports nowhere").0, 2);
}

#[test]
fn the_page_of_a_run_says_what_changed_since_the_one_before() {
    let place = Place::with_runs();
    let pages = place.pages();
    let runs: Vec<&String> = place.runs().iter().map(|run| &pages[&run.join("index.html")]).collect();
    let [first, _, third, fourth] = runs.as_slice() else { panic!("there are four runs") };
    assert!(!first.contains("id=\"changes\""), "nothing was before the first");
    assert!(third.contains("newly failing") && third.contains("<code>d.k</code>"), "a rule fails, a column is new");
    assert!(fourth.contains("fixed"));
}
