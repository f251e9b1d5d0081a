//! What every page must keep, whatever the data.

use std::fs;

use super::*;
use crate::history::Calendar;
use crate::outcome::{Outcome, Report, RunStatus, Status, Text};
use crate::report::sample;

/// The newest runs of a suite, of which the sample is the last; a rule began to fail some runs ago.
fn past(runs: usize) -> Past {
    let mut past = Past::default();
    for number in 0..runs {
        let mut report = sample::report();
        let day = 1 + number % 28;
        report.run.id = format!("0197c0de-0000-7000-8000-0000{number:08x}");
        report.run.started_at = format!("2026-{:02}-{day:02}T10:15:03Z", 1 + number / 28);
        if number + 4 < runs {
            for outcome in report.results.iter_mut().filter(|outcome| outcome.gating) {
                (outcome.status, outcome.gating, outcome.level) = (Status::Passed, false, None);
                (outcome.violations, outcome.violation_share) = (Some(0), Some(0.0));
            }
            report.verdict.status = RunStatus::Passed;
        }
        if number == runs / 2 {
            report.datasets[0].columns.pop();
        }
        past.push_report(&report, RUNS);
    }
    let newest = sample::report();
    past.push_report(&newest, RUNS);
    past
}

/// When the pages are made: a month after the newest run.
fn now() -> DateTime<Utc> {
    DateTime::parse_from_rfc3339("2026-12-22T00:00:00Z").unwrap().to_utc()
}

fn overview(past: &Past) -> Overview {
    let runs: Vec<RunLine> = past.runs.iter().map(|run| run.run.clone()).collect();
    let mut good = runs.clone();
    for run in &mut good {
        run.suite = "pagos".to_owned();
        run.title = Some("Pagos <b>".to_owned());
        run.status = RunStatus::Passed;
    }
    Overview {
        recent: runs.clone(),
        suites: [good, runs].map(|runs| Standing { runs, calendar: past.calendar().clone() }).to_vec(),
        now: now(),
        months: vec!["2026-11".to_owned(), "2026-10".to_owned()],
    }
}

fn before() -> Report {
    let mut before = sample::report();
    before.results.pop();
    before.results[0].status = Status::Failed;
    before.run.started_at = "2026-11-20T10:15:03Z".to_owned();
    before.run.selection = None;
    before.datasets[0].columns.pop();
    before.datasets[0].rows = Some(7);
    before
}

/// One page of each kind, named.
fn pages_of(report: &Report) -> Vec<(&'static str, String)> {
    let mut past = past(12);
    past.push_report(report, RUNS);
    let before = before();
    let compared = crate::diff::of(&before, report);
    let around = Around { past: Some(&past), changes: Some((&compared, "earlier")) };
    let lines: Vec<RunLine> = past.runs.iter().map(|run| run.run.clone()).collect();
    let of_month = Month { name: "2026-11", runs: &lines, page: 1, all: lines.len() };
    let record = |_: &RunLine| Some(before.clone());
    let id = report.results.iter().find(|outcome| outcome.gating).map_or("", |outcome| outcome.id.as_str());
    vec![
        ("alone", page(report, Lang::En).unwrap()),
        ("alone-past", run(report, around, Layout::Alone, Lang::Es).unwrap()),
        ("run", run(report, around, Layout::Site, Lang::En).unwrap()),
        ("index", index(&overview(&past), Lang::Es).unwrap()),
        ("month", month(&of_month, Lang::En).unwrap()),
        ("lost", lost(&lines[0], Lang::En).unwrap()),
        ("suite", suite(&past, &record, Some(breaker()), now(), Lang::En).unwrap()),
        ("rule", rule(&past, id, Some(report), Lang::En).unwrap()),
        ("diff", diff(&compared, Some(("earlier", "later")), Layout::Site, Lang::En).unwrap()),
        ("diff-alone", diff(&compared, None, Layout::Alone, Lang::Es).unwrap()),
    ]
}

fn pages() -> Vec<(&'static str, String)> {
    pages_of(&sample::report())
}

/// Tags in order: name, and whether it closes.
fn tags(html: &str) -> Vec<(String, bool)> {
    html.split('<')
        .skip(1)
        .filter(|piece| piece.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '/'))
        .filter(|piece| !piece.split('>').next().unwrap().ends_with('/'))
        .map(|piece| {
            let name = piece.trim_start_matches('/');
            let name = name.split(|letter: char| !letter.is_ascii_alphanumeric()).next().unwrap();
            (name.to_owned(), piece.starts_with('/'))
        })
        .collect()
}

#[test]
fn a_page_has_one_heading_of_the_first_rank() {
    for (name, page) in pages() {
        assert!(page.starts_with("<!doctype html>"), "{name}: {}", &page[..40]);
        assert_eq!(page.matches("<h1").count(), 1, "{name}");
    }
}

/// Panics unless every tag that opens closes, in order.
fn assert_nested(page: &str) {
    let mut open = Vec::new();
    for (name, closes) in tags(page) {
        if closes {
            assert_eq!(open.pop().as_deref(), Some(name.as_str()), "still open: {open:?}");
        } else if !["meta", "link", "input", "br"].contains(&name.as_str()) {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn tags_close_in_order() {
    for (_, page) in pages() {
        assert_nested(&page);
    }
}

#[test]
fn an_id_stands_once() {
    for (name, page) in pages() {
        let mut ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{name}");
        for anchor in page.split("href=\"#").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let found = ids.binary_search(&anchor).is_ok();
            assert!(found || ["passed", "skipped"].contains(&anchor), "{name}: nothing is called {anchor}");
        }
    }
}

/// What stands between the tags of a page: without its own style and script.
fn without_own_code(page: &str) -> String {
    page.replace(STYLE, "").replace(SCRIPT, "")
}

#[test]
fn a_page_asks_for_nothing_but_the_files_of_the_site() {
    for (name, page) in pages() {
        assert!(page.contains("default-src 'none'"), "{name}");
        let alone = name.contains("alone");
        let page = without_own_code(&page);
        for loads in ["<img", "<iframe", "<object", "@import", "url(", "href=\"javascript", "'unsafe-inline'"] {
            assert!(!page.contains(loads), "{name}: {loads}");
        }
        // Data holds no `<`, so this looks at the inside of every tag and of nothing else.
        for tag in page.split('<').skip(1).map(|piece| piece.split('>').next().unwrap()) {
            assert!(![" style=", " on"].iter().any(|attribute| tag.contains(attribute)), "{name}: {tag}");
            if let Some(source) = tag.split(" src=\"").nth(1) {
                assert!(source.ends_with("assets/tamiz.js\"") && !alone, "{name}: {tag}");
            }
        }
        assert_eq!(page.matches("<script").count(), 1, "{name}");
        assert_eq!(page.matches("<style").count(), usize::from(alone), "{name}");
        for link in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let inside = ["#", "../", "runs/", "suites/", "assets/", "index.html", "runs-", "rules/", "report."];
            let known = link.starts_with("https://") || link == "#" || inside.iter().any(|way| link.starts_with(way));
            assert!(known || link.starts_with("data:image/svg+xml,"), "{name}: {link}");
            assert!(!alone || !link.contains(".html"), "{name}: {link} leads beside the only file");
        }
    }
    let page = page(&sample::report(), Lang::En).unwrap();
    assert!(page.contains("href=\"https://wiki.example/ventas#producto\""));
}

#[test]
fn the_policy_of_a_page_that_stands_alone_names_its_own_code() {
    let page = page(&sample::report(), Lang::En).unwrap();
    assert!(page.contains(&format!("style-src 'sha256-{}'", digest(STYLE))));
    assert!(page.contains(&format!("<style>{STYLE}</style>")));
    assert!(page.contains(&format!("<script>{SCRIPT}</script>")));
    // The digest of nothing, which every tool knows.
    assert_eq!(digest(""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}

#[test]
fn style_and_script_keep_their_budgets() {
    assert!(STYLE.len() <= 15 * 1024, "{}", STYLE.len());
    assert!(SCRIPT.len() <= 8_000, "{}", SCRIPT.len());
    assert!(!STYLE.contains("</") && !SCRIPT.contains("</"));
}

#[test]
fn no_cell_becomes_markup() {
    let page = page(&sample::report(), Lang::En).unwrap();
    for cell in sample::hostile() {
        assert!(!page.contains(&cell));
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;"));
    assert!(!page.contains(['\u{1b}', '\u{202e}', '\u{2066}']));
    assert!(page.contains("\\u{202e}"));
}

#[test]
fn no_text_of_the_record_becomes_markup() {
    let count = |page: &str| {
        tags(&without_own_code(page))
            .iter()
            .filter(|(name, _)| !["code", "a", "span", "time"].contains(&name.as_str()))
            .count()
    };
    let harmless = pages_of(&sample::all_text_is("a"));
    for text in sample::hostile() {
        for ((name, page), (_, calm)) in pages_of(&sample::all_text_is(&text)).into_iter().zip(&harmless) {
            assert_eq!(count(&page), count(calm), "{name}: {text}");
            assert_nested(&page);
            assert!(!page.contains(['\u{1b}', '\u{202e}', '\u{2066}']), "{name}");
        }
    }
}

#[test]
fn both_languages_are_in_the_page() {
    for (name, page) in pages() {
        let count = |code: &str| page.matches(&format!("<span lang=\"{code}\">")).count();
        assert!(count("en") > 10, "{name}");
        assert_eq!(count("en"), count("es"), "{name}");
    }
    let opens = |lang: Lang, id: &str| {
        let page = page(&sample::report(), lang).unwrap();
        page.contains(&format!("<html lang=\"{}\">", lang.code()))
            && page.contains(&format!("id=\"{id}\" autocomplete=\"off\" checked"))
    };
    assert!(opens(Lang::En, "en") && !opens(Lang::En, "es"));
    assert!(opens(Lang::Es, "es") && !opens(Lang::Es, "en"));
}

#[test]
fn the_catalogue_has_every_word_in_both_languages_and_none_that_is_idle() {
    const TEMPLATES: [&str; 12] = [
        include_str!("base.html"),
        include_str!("parts.html"),
        include_str!("run.html"),
        include_str!("index.html"),
        include_str!("lost.html"),
        include_str!("month.html"),
        include_str!("suite.html"),
        include_str!("rule.html"),
        include_str!("diff.html"),
        include_str!("checks.html"),
        include_str!("api.html"),
        include_str!("nothing.html"),
    ];
    let letters = |text: &str| text.split(|c: char| !(c.is_ascii_lowercase() || c == '_')).next().unwrap().to_owned();
    let after = |mark: &str| -> Vec<String> {
        TEMPLATES.iter().flat_map(|text| text.split(mark).skip(1).map(letters)).collect()
    };
    let mut used: Vec<String> = ["{{ w.", "(w.", " w.", "plain."].iter().flat_map(|mark| after(mark)).collect();
    used.extend(["auto", "light", "dark"].map(str::to_owned));
    for name in &used {
        assert!(words::WORDS.iter().any(|(known, _, _)| known == name), "`{name}` is not in the catalogue");
    }
    for (name, en, es) in words::WORDS {
        assert!(!en.is_empty() && !es.is_empty(), "`{name}` is empty");
        assert!(used.iter().any(|known| known == name), "no template says `{name}`");
    }
    assert!(words::WORDS.is_sorted_by_key(|(name, _, _)| *name), "the catalogue is in the order of its names");
    for noun in after("many(\"") {
        assert!(words::NOUNS.iter().any(|(known, _, _)| *known == noun), "`{noun}` is no noun of the catalogue");
    }
}

#[test]
fn what_must_be_acted_on_comes_first() {
    let page = page(&sample::report(), Lang::En).unwrap();
    let at = |id: &str| page.find(&format!("<section id=\"{id}\">")).unwrap();
    let order = ["failed", "error", "warned", "rules", "skipped", "data", "provenance"].map(at);
    assert!(order.is_sorted());
}

#[test]
fn the_numbers_of_the_run_are_on_the_page() {
    let page = page(&sample::report(), Lang::En).unwrap();
    for said in ["524", "1,479", "1.479", "9.69 %", "9,69 %", "&lt; 0.01 %", "12,500.50", "5,407", ">17<"] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn a_mute_is_told_with_its_day_and_reason() {
    let mut report = sample::report();
    let warned = report.results.iter_mut().find(|rule| rule.level.is_some() && !rule.gating).unwrap();
    warned.muted = Some(crate::outcome::Muted { until: "2026-12-31".to_owned(), reason: "known <b>".to_owned() });
    let page = page(&report, Lang::En).unwrap();
    for said in ["muted until", "silenciada hasta el", "2026-12-31", "known &lt;b&gt;"] {
        assert!(page.contains(said), "{said}");
    }
}

#[test]
fn suites_that_need_attention_come_first_and_runs_are_newest_first() {
    let past = past(3);
    let index = index(&overview(&past), Lang::En).unwrap();
    let links = |mark: &str| -> Vec<String> {
        index.split(mark).skip(1).map(|rest| rest.split(['/', '"']).next().unwrap().to_owned()).collect()
    };
    assert_eq!(links("<h2><a href=\"suites/"), ["ventas", "pagos"]);
    let runs = links("<a href=\"runs/");
    let folders: Vec<String> = past.runs.iter().rev().map(|run| run.run.folder.clone()).collect();
    assert_eq!(runs[..folders.len()], folders);
    assert!(index.contains("Not passed since") && index.contains("4 runs"));
    assert!(index.contains("href=\"runs-2026-10.html\""));
}

#[test]
fn an_index_without_runs_says_so() {
    assert!(super::index(&Overview::default(), Lang::En).unwrap().contains("No run yet."));
}

#[test]
fn the_page_of_a_run_says_what_changed() {
    let (_, page) = pages().remove(2);
    for said in ["What changed", "<strong>1</strong> <span lang=\"en\">new</span>", "corregida"] {
        assert!(page.contains(said), "{said}");
    }
    assert!(page.contains("href=\"../../diff/earlier--"));
}

#[test]
fn a_suite_says_how_its_days_went_and_whether_a_run_is_overdue() {
    let mut past = past(12);
    let record = |_: &RunLine| None;
    let newest = past.newest().unwrap().run.clone();
    for day in 23..29 {
        let mut run = newest.clone();
        run.started_at = format!("2026-11-{day}T10:15:03Z");
        run.selected = false;
        run.status = if day == 25 { RunStatus::Passed } else { RunStatus::Failed };
        past.push(crate::history::PastRun { run, rules: Vec::new() }, 6);
    }
    let page = |now: &str| {
        let now = DateTime::parse_from_rfc3339(now).unwrap().to_utc();
        suite(&past, &record, None, now, Lang::En).unwrap()
    };
    let early = page("2026-12-01T10:15:02Z");
    assert!(early.contains("id=\"days\"") && early.contains("2026-11-27: ✗ 1"), "{early}");
    assert!(early.contains("Usually runs every") && early.contains("24 h"));
    assert!(early.contains("Last passed") && early.contains("3 d") && early.contains("Time to repair"));
    assert!(!early.contains("overdue since"));
    assert!(page("2026-12-01T10:15:03Z").contains("overdue since"));
    let overview = Overview {
        suites: vec![Standing {
            runs: past.runs.iter().map(|run| run.run.clone()).collect(),
            calendar: past.calendar().clone(),
        }],
        now: DateTime::parse_from_rfc3339("2026-12-02T00:00:00Z").unwrap().to_utc(),
        ..Overview::default()
    };
    assert!(index(&overview, Lang::Es).unwrap().contains("con retraso desde"));
}

#[test]
fn what_went_wrong_has_a_sentence_in_both_languages_and_its_own_words_in_english() {
    let mut report = sample::report();
    let page = page(&report, Lang::Es).unwrap();
    assert!(page.contains(
        "<h3><span lang=\"en\">The data are not there.</span><span lang=\"es\">Los datos no están.</span></h3>"
    ));
    assert!(page.contains("<p class=\"message\" lang=\"en\">data/clientes.csv"), "{page}");
    report
        .results
        .iter_mut()
        .filter_map(|rule| rule.error.as_mut())
        .for_each(|fault| fault.code = "of_the_future".to_owned());
    let page = super::page(&report, Lang::Es).unwrap();
    assert!(page.contains("of_the_future") && page.contains("<p class=\"message\" lang=\"en\">data/clientes.csv"));
}

#[test]
fn a_rule_page_shows_its_limit_and_every_run() {
    let past = past(12);
    let report = sample::report();
    let page = rule(&past, "ventas.total_cuadra", Some(&report), Lang::En).unwrap();
    assert_eq!(page.matches("href=\"../../../runs/").count(), 13 + 1, "13 runs, and since when");
    assert!(page.contains("class=\"limit\""));
    assert!(rules_shown(&past).contains(&"ventas.producto_id.foreign_key"));
    assert!(!rules_shown(&past).contains(&"ventas.venta_id.unique"));
}

#[test]
fn a_month_of_many_runs_has_parts_whose_names_stay() {
    let line = past(0).runs[0].run.clone();
    let runs = vec![line; Month::ROWS];
    let part = |page| Month { name: "2026-11", runs: &runs, page, all: 3 * Month::ROWS };
    assert_eq!(
        [1, 2, 3].map(|page| part(1).file(page)),
        ["runs-2026-11-1.html", "runs-2026-11-2.html", "runs-2026-11.html"]
    );
    let page = |page, all| month(&Month { all, ..part(page) }, Lang::En).unwrap();
    assert_eq!(page(1, 450).matches("<tr><td>").count(), 150);
    assert!(page(1, 450).len() < 300_000);
    assert_eq!(page(1, 450), page(1, 9_000), "it leads to the second part by its name");
    assert_ne!(page(1, 300), page(1, 450), "it leads to the newest part");
}

#[test]
fn of_the_pages_of_a_month_few_change_when_runs_come() {
    let first = |before, new| Month::first_changed(before, before + new, before);
    assert_eq!([first(0, 1), first(149, 1), first(150, 1), first(151, 1)], [1, 1, 1, 2]);
    assert_eq!([first(300, 1), first(301, 1), first(9_000, 1), first(9_000, 400)], [1, 3, 59, 59]);
    assert_eq!(Month::first_changed(310, 311, 299), 2, "a run that began before others and ended after them");
    assert_eq!(Month::first_changed(310, 311, 0), 1);
}

#[test]
fn the_index_of_five_hundred_runs_stays_under_three_hundred_kilobytes() {
    let runs: Vec<RunLine> = past(500).runs.iter().map(|run| run.run.clone()).collect();
    let suites = vec![Standing { runs: runs.clone(), calendar: Calendar::default() }; 20];
    let recent = runs.iter().cycle().take(100).cloned().collect();
    let overview = Overview { suites, recent, months: vec!["2026-11".to_owned(); 24], now: now() };
    let length = index(&overview, Lang::En).unwrap().len();
    assert!(length < 300_000, "{length}");
}

#[test]
fn a_record_with_nothing_in_it_makes_a_page() {
    let mut report = sample::report();
    report.results.clear();
    report.datasets.clear();
    report.counts = crate::outcome::Counts::default();
    assert!(page(&report, Lang::En).unwrap().contains("<h1>Ventas diarias</h1>"));
}

#[test]
fn five_hundred_rules_stay_under_a_megabyte() {
    let mut report = sample::report();
    let pattern = std::mem::take(&mut report.results);
    // One rule in ten fails, with ten samples; the others pass.
    let failed: &Outcome = pattern.iter().find(|outcome| outcome.samples.len() == 10).unwrap();
    let passed = &pattern[0];
    for number in 0..500 {
        let mut outcome = if number % 10 == 0 { failed.clone() } else { passed.clone() };
        outcome.id = format!("{}.{number}", outcome.id);
        report.results.push(outcome);
    }
    let mut past = Past::default();
    (0..RUNS).for_each(|_| past.push_report(&report, RUNS));
    let around = Around { past: Some(&past), changes: None };
    for layout in [Layout::Alone, Layout::Site] {
        let length = run(&report, around, layout, Lang::En).unwrap().len();
        assert!(length < 1_000_000, "{length}");
    }
}

/// Writes the pages where a person can look at them: `TAMIZ_PAGES=/tmp cargo test --lib pages_to_look_at -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn pages_to_look_at() {
    let folder = std::path::PathBuf::from(option_env!("TAMIZ_PAGES").unwrap_or("target"));
    for (name, page) in pages() {
        fs::write(folder.join(format!("{name}.html")), page).unwrap();
    }
}

/// A breaker that somebody tripped who means harm.
fn breaker() -> Breaker {
    let text = Text { en: sample::hostile().join(" "), es: sample::hostile().join(" ") };
    let now = crate::outcome::Breaker {
        tripped: true,
        failures: 3,
        after: Some(3),
        since: Some("2026-11-22T10:00:00Z".to_owned()),
        held: false,
        reason: Some(text.clone()),
        sentence: text.clone(),
    };
    Breaker { now, changes: vec![("2026-11-22T10:00:00Z".to_owned(), text)] }
}
