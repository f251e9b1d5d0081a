//! Text of strangers does nothing in any output: the readers find the document that they find with plain text.

use serde_json::{Value as Json, json};
use tamiz::lang::Lang;
use tamiz::outcome::Report;
use tamiz::report::{
    azure, escape, github, gitlab, html, json as record, junit, markdown, ndjson, openlineage, prometheus, sarif,
    summary_line, tap, text,
};

use super::readers::{self, read, read_strictly};
use super::sample;

/// What somebody who means harm writes into a cell, a name or a file.
const HOSTILE: [&str; 17] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>'",
    "::error::owned\n::add-mask::e\n  ::stop-commands::x",
    "##vso[task.complete result=Succeeded;]done ##[error]a ##teamcity[buildStatus text='x']",
    "\u{1b}[2J\u{1b}[31mred\u{9b}31m\u{7}\u{7f}\u{8}\u{1b}]0;title\u{7}",
    "abc\u{202e}cba\u{2066}\u{200b}\u{feff}\u{e0041}",
    "a\0b\u{1}\u{b}\u{ffff}\u{fffe}\r\r\n\t",
    "]]>&amp;<![CDATA[ <!-- -- --> &#0; <?x ?> <!DOCTYPE a>",
    "| a | b\n|---|---|\n| c \\| d \\\\| e",
    "@team #12 https://evil.example/a www.evil.example !7 a@evil.example :tada:",
    "`code` ``` ```` `@team`` `#1```@x",
    "[a](javascript:alert(1)) ![x](https://evil.example/x.png) *b* _c_ ~~d~~ $e$ <https://evil.example>",
    "# ok 1 - x # SKIP y # TODO z\nBail out! z\nnot ok 3\n1..0\n  ---\n  ...",
    "'\"\\ %0A%3A%2C%25 %AZP25 ;]; code=x;",
    "</details></td></table></testcase></system-out>\n\n# heading\n\n- [ ] task\n    code\n",
    "https://evil.example/\u{202e}x ${{ secrets.A }} $(id) `id` {{7*7}} \\u0022",
    "\u{a0}::error::\u{2028}::error::\u{85}::error::\u{3000}\n\u{3000}::error::x",
];

/// A record in which every text is the same.
fn all_is(text: &str) -> Report {
    fn replace(value: &mut Json, text: &str) {
        // Words that the record chooses, and no stranger.
        const WORDS: [&str; 6] = ["status", "decided_by", "by", "level", "severity", "fail_on"];
        match value {
            Json::String(old) => text.clone_into(old),
            Json::Array(items) => items.iter_mut().for_each(|item| replace(item, text)),
            Json::Object(fields) => {
                fields.iter_mut().filter(|(name, _)| !WORDS.contains(&name.as_str())).for_each(|(_, field)| {
                    replace(field, text);
                });
            }
            _ => {}
        }
    }
    let mut record = serde_json::to_value(sample()).unwrap();
    replace(&mut record, text);
    for rule in record["results"].as_array_mut().unwrap() {
        for sample in rule["samples"].as_array_mut().unwrap() {
            sample["values"] = json!({ text: text });
        }
    }
    record["run"]["labels"] = json!({ text: text });
    record["run"]["vars"] = json!({ text: text });
    serde_json::from_value(record).unwrap()
}

/// Every output of a record, by its name.
fn outputs(report: &Report) -> Vec<(&'static str, String)> {
    let all = [report, report];
    let plain = |lang| text::Options { lang, samples: 10, ..text::Options::plain() };
    let lineage = openlineage::Context { folder: "/w".to_owned(), namespace: "n".to_owned(), parent: None };
    let mut documents = vec![
        ("json", record::render(report).unwrap()),
        ("ndjson", ndjson::render(&all).unwrap()),
        ("junit", junit::render(&all, junit::Dialect::Jenkins)),
        ("junit:gitlab", junit::render(&all, junit::Dialect::Gitlab)),
        ("sarif", sarif::render(&all, &|_| None).unwrap()),
        ("github", github::render(&all)),
        ("gitlab", gitlab::render(&all).unwrap()),
        ("azure", azure::render(&all)),
        ("tap", tap::render(&all)),
        ("summary-line", summary_line::render(&all, 1).unwrap()),
        ("prometheus", prometheus::render(&[prometheus::Told { report, last_passed: None }], true)),
        ("openlineage", openlineage::render(&all, &lineage).unwrap()),
    ];
    for lang in Lang::ALL {
        documents.push(("text", text::render(report, &plain(lang))));
        documents.push(("html", escape::html::for_log(html::page(report, lang).unwrap())));
        documents.push(("markdown", markdown::render(&all, markdown::Options { lang, limit: usize::MAX })));
    }
    documents
}

/// What a document is made of, whatever its texts are; its reader must take it.
fn shape(name: &str, document: &str) -> Json {
    let read = |reader| read(reader, document).unwrap_or_else(|fault| panic!("{name}: {fault}\n{document}"));
    let keys = |text: &str| keys(&serde_json::from_str(text).unwrap());
    match name {
        "json" | "summary-line" | "sarif" => keys(document),
        "ndjson" | "openlineage" => document.lines().map(keys).collect(),
        "prometheus" => {
            let gauges = read("prometheus");
            json!([gauges["types"], gauges["samples"].as_array().unwrap().len()])
        }
        "junit" => read_strictly(document).unwrap_or_else(|fault| panic!("{fault}\n{document}"))["elements"].take(),
        "junit:gitlab" => read("junit")["elements"].take(),
        "github" | "azure" => {
            let commands = read(name);
            let commands = commands.as_array().unwrap().iter();
            commands.map(|one| json!([one["command"], one["properties"].as_object().unwrap().len()])).collect()
        }
        "gitlab" => json!(read("gitlab")["issues"].as_array().unwrap().len()),
        "tap" => {
            let mut tap = read("tap");
            assert_eq!((&tap["mistakes"], &tap["extra"]), (&json!([]), &json!([])), "{document}");
            let points = tap["points"].as_array_mut().unwrap().iter_mut();
            let points = points.map(|one| {
                let told = |word: &Json| !matches!(word, Json::Bool(false));
                json!([one["ok"], told(&one["todo"]), told(&one["skip"]), keys_of(&one["diag"])])
            });
            json!([points.collect::<Json>(), tap["bailout"].as_array().unwrap().len()])
        }
        "text" => read("terminal"),
        "html" => {
            let page = read("html");
            let elements = page["elements"].as_array().unwrap();
            // A runbook is a link if it leads to the web, and only then.
            let mut kinds: Vec<&str> =
                elements.iter().map(|element| element.as_str().unwrap()).filter(|kind| *kind != "a").collect();
            kinds.sort_unstable();
            kinds.dedup();
            let links = page["links"].as_array().unwrap().iter().map(|link| link.as_str().unwrap());
            for link in links {
                assert!(!link.to_lowercase().trim_start().starts_with("javascript"), "{link}");
            }
            let attributes = page["attributes"].as_array().unwrap();
            assert!(attributes.iter().all(|name| !name.as_str().unwrap().starts_with("on")), "{attributes:?}");
            json!([kinds, page["scripts"], page["elements"].as_array().unwrap().iter().filter(|e| *e == "img").count()])
        }
        "markdown" => {
            let page = read("markdown");
            let known =
                ["html", "head", "body", "h2", "code", "p", "strong", "table", "thead", "tbody", "tr", "th", "td"];
            let known = [&known[..], &["br", "details", "summary"]].concat();
            for element in page["elements"].as_array().unwrap() {
                assert!(known.contains(&element.as_str().unwrap()), "{element}\n{document}");
            }
            assert_eq!((&page["attributes"], &page["links"]), (&json!([]), &json!([])), "{document}");
            let prose = page["prose"].as_str().unwrap();
            assert!(!prose.contains('@') && !prose.contains("://") && !prose.contains("#1"), "{prose}");
            page["cells"].clone()
        }
        other => panic!("no reader of {other}"),
    }
}

/// The keys of a document, without its texts.
fn keys(value: &Json) -> Json {
    match value {
        Json::Object(fields) => {
            // The keys of these are names of columns, labels and variables.
            let free = ["values", "key", "labels", "vars", "params"];
            let kept = |name: &str, value| if free.contains(&name) { json!("free") } else { keys(value) };
            fields
                .iter()
                .map(|(name, value)| (name.clone(), kept(name, value)))
                .collect::<serde_json::Map<_, _>>()
                .into()
        }
        Json::Array(items) => items.iter().map(keys).collect(),
        Json::String(_) => json!("text"),
        other => other.clone(),
    }
}

fn keys_of(value: &Json) -> Json {
    value.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>()).into_iter().flatten().collect()
}

/// Whether a character does something in a terminal or to the direction of text.
fn acts(letter: char) -> bool {
    let marks = "\u{ad}\u{61c}\u{200b}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\
                 \u{2068}\u{2069}\u{feff}\u{e0041}";
    (letter.is_control() && !matches!(letter, '\n' | '\t')) || marks.contains(letter)
}

/// Nothing in a document is a command to a terminal or to the log that it is printed in.
fn assert_harmless(name: &str, document: &str) {
    let found = document.chars().find(|letter| acts(*letter));
    assert_eq!(found, None, "{name}: {}", found.map_or(String::new(), |letter| letter.escape_unicode().to_string()));
    for (number, line) in document.lines().enumerate() {
        let own = match name {
            "azure" => line.strip_prefix("##vso[task.logissue type="),
            "github" => ["error", "warning", "notice"].iter().find_map(|kind| line.strip_prefix(&format!("::{kind} "))),
            _ => Some(line),
        };
        let rest = own.unwrap_or_else(|| panic!("{name}, line {number}: {line}"));
        let command = ["##vso[", "##[", "##teamcity["].iter().any(|command| rest.contains(command));
        assert!(
            !command && (name == "github" || !rest.trim_start().starts_with("::")),
            "{name}, line {number}: {line}"
        );
    }
}

#[test]
fn no_text_of_a_stranger_does_anything_in_any_output() {
    let plain: Vec<Json> = outputs(&all_is("plain")).iter().map(|(name, document)| shape(name, document)).collect();
    let mut faults = Vec::new();
    for hostile in HOSTILE {
        let outputs = outputs(&all_is(hostile));
        assert_eq!(outputs.len(), plain.len());
        for ((name, document), expected) in outputs.iter().zip(&plain) {
            // Every fault is told, not the first alone.
            let held = std::panic::catch_unwind(|| {
                assert_harmless(name, document);
                let read = shape(name, document);
                assert_eq!(&read, expected, "{document}");
                if *name == "sarif" {
                    readers::sarif(document);
                }
            });
            faults.extend(held.is_err().then(|| format!("{name} of {hostile:?}")));
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn values_come_back_from_the_formats_that_hold_them() {
    for hostile in HOSTILE {
        let report = all_is(hostile);
        assert_eq!(serde_json::from_str::<Report>(&record::render(&report).unwrap()).unwrap(), report);
        let lines = ndjson::render(&[&report]).unwrap();
        let first: Json = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
        assert_eq!(first["suite"], hostile);
    }
}

#[test]
fn a_text_of_a_megabyte_is_cut_where_people_read_it() {
    let long = "x".repeat(1_000_000);
    let mut report = sample();
    for rule in &mut report.results {
        rule.message.en.clone_from(&long);
        rule.message.es.clone_from(&long);
        for cell in rule.samples.iter_mut().flat_map(|sample| sample.values.values_mut()) {
            *cell = long.clone().into();
        }
    }
    report.results[0].id.clone_from(&long);
    report.run.title = Some(long.clone());
    report.verdict.reason.en.clone_from(&long);
    for (name, document) in outputs(&report) {
        if !matches!(name, "json" | "ndjson" | "html" | "text") {
            assert!(document.len() < 100_000, "{name} has {} bytes", document.len());
        }
        shape(name, &document);
    }
}
