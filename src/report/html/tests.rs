//! What every page must keep, whatever the data.

use std::fs;

use super::*;
use crate::outcome::{Outcome, RunStatus, Text};
use crate::report::sample;

fn listed() -> Vec<Listed> {
    let first = Listed::of(&sample::report(), "2026-11-21T101503Z_ventas_1f0c9a");
    let good = Listed {
        id: "0197c0de-0000-7000-8000-0000000000aa".to_owned(),
        folder: "2026-11-22T060000Z_pagos_aa01bb".to_owned(),
        suite: "pagos".to_owned(),
        title: Some("Pagos <b>".to_owned()),
        started_at: "2026-11-22T06:00:00Z".to_owned(),
        status: RunStatus::Passed,
        counts: crate::outcome::Counts { rules: 31, passed: 31, rows_read: 6_001_215, ..Default::default() },
        reason: Text { en: "All 31 rules hold.".to_owned(), es: "Las 31 reglas se cumplen.".to_owned() },
        exit_code: 0,
        duration_ms: 1_840,
    };
    let older = Listed {
        started_at: "2026-11-20T06:00:00Z".to_owned(),
        folder: "2026-11-20T060000Z_pagos_aa01cc".to_owned(),
        status: RunStatus::Aborted,
        ..good.clone()
    };
    vec![older, first, good]
}

fn pages() -> [String; 2] {
    [page(&sample::report(), Lang::En).unwrap(), index(&listed(), Lang::Es).unwrap()]
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
    for page in pages() {
        assert_eq!(page.matches("<h1").count(), 1);
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
    for page in pages() {
        assert_nested(&page);
    }
}

#[test]
fn an_id_stands_once() {
    for page in pages() {
        let mut ids: Vec<&str> = page.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }
}

#[test]
fn a_page_loads_nothing_and_runs_nothing() {
    for page in pages() {
        assert!(page.contains("default-src 'none'"));
        for loads in ["<script", "<img", "<iframe", "<object", "@import", "url(", "href=\"javascript"] {
            assert!(!page.contains(loads), "{loads}");
        }
        // Data holds no `<`, so this looks at the inside of every tag and of nothing else.
        for tag in page.split('<').skip(1).map(|piece| piece.split('>').next().unwrap()) {
            assert!(![" src=", " style=", " on"].iter().any(|attribute| tag.contains(attribute)), "{tag}");
        }
        let page = page.replace("&#x2f;", "/");
        for link in page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            let known = link.starts_with('#') || link.starts_with("https://") || link.starts_with("runs/");
            assert!(known || link == "data:,", "{link}");
        }
    }
    let page = page(&sample::report(), Lang::En).unwrap().replace("&#x2f;", "/");
    assert!(page.contains("href=\"https://wiki.example/ventas#producto\""));
}

#[test]
fn no_cell_becomes_markup() {
    let page = page(&sample::report(), Lang::En).unwrap();
    for cell in sample::hostile() {
        assert!(!page.contains(&cell));
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;&#x2f;script&gt;"));
    assert!(!page.contains(['\u{1b}', '\u{202e}', '\u{2066}']));
    assert!(page.contains("\\u{202e}"));
}

#[test]
fn no_text_of_the_record_becomes_markup() {
    let count =
        |page: &str| tags(page).iter().filter(|(name, _)| !["code", "a", "span"].contains(&name.as_str())).count();
    let harmless = page(&sample::all_text_is("a"), Lang::En).unwrap();
    for text in sample::hostile() {
        let report = sample::all_text_is(&text);
        let listed = index(&[Listed::of(&report, &text)], Lang::En).unwrap();
        let page = page(&report, Lang::En).unwrap();
        assert_eq!(count(&page), count(&harmless), "{text}");
        for page in [page, listed] {
            assert_nested(&page);
            assert!(!page.contains(['\u{1b}', '\u{202e}', '\u{2066}']));
        }
    }
}

#[test]
fn both_languages_are_in_the_page() {
    for page in pages() {
        let count = |code: &str| page.matches(&format!("<span lang=\"{code}\">")).count();
        assert!(count("en") > 10);
        assert_eq!(count("en"), count("es"));
    }
    let opens = |lang: Lang, id: &str| {
        page(&sample::report(), lang).unwrap().contains(&format!("id=\"{id}\" autocomplete=\"off\" checked"))
    };
    assert!(opens(Lang::En, "en") && !opens(Lang::En, "es"));
    assert!(opens(Lang::Es, "es") && !opens(Lang::Es, "en"));
}

#[test]
fn what_must_be_acted_on_comes_first() {
    let page = page(&sample::report(), Lang::En).unwrap();
    let at = |id: &str| page.find(&format!("<section id=\"{id}\">")).unwrap();
    let order = ["failed", "error", "warned", "passed", "skipped", "data", "provenance"].map(at);
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
fn suites_show_their_newest_run_and_runs_are_newest_first() {
    let index = index(&listed(), Lang::En).unwrap();
    let links: Vec<&str> = index.split("href=\"runs/").skip(1).map(|rest| rest.split('/').next().unwrap()).collect();
    assert_eq!(
        links,
        [
            "2026-11-21T101503Z_ventas_1f0c9a",
            "2026-11-22T060000Z_pagos_aa01bb",
            "2026-11-22T060000Z_pagos_aa01bb",
            "2026-11-21T101503Z_ventas_1f0c9a",
            "2026-11-20T060000Z_pagos_aa01cc",
        ]
    );
}

#[test]
fn an_index_without_runs_says_so() {
    assert!(index(&[], Lang::En).unwrap().contains("No run yet."));
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
    assert!(page(&report, Lang::En).unwrap().len() < 1_000_000);
}

/// Writes the pages where a person can look at them: `TAMIZ_PAGES=/tmp cargo test --lib pages_to_look_at -- --ignored`.
#[test]
#[ignore = "writes files to look at"]
fn pages_to_look_at() {
    let folder = std::path::PathBuf::from(option_env!("TAMIZ_PAGES").unwrap_or("target"));
    for lang in Lang::ALL {
        fs::write(folder.join(format!("page-{}.html", lang.code())), page(&sample::report(), lang).unwrap()).unwrap();
        fs::write(folder.join(format!("index-{}.html", lang.code())), index(&listed(), lang).unwrap()).unwrap();
    }
}
