//! The pages under `reports` as people meet them: a browser opens, filters, sorts and reads them.
//!
//! `site.mjs` drives Chromium through the site of 64 runs and says, for each of the questions below, how much it looked at and
//! what it found wrong. Its packages of npm are installed once into the folder that `TAMIZ_BROWSER` names, or else below the
//! target folder; `TAMIZ_CHROMIUM` names the browser, or else it is `chromium`. A test that cannot have them fails.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::LazyLock;

use serde::Deserialize;
use tamiz::history::{Folder, History};

use crate::examples::root;

/// How many commands run; each checks four suites.
const COMMANDS: u32 = 16;

/// What may not come to life in a page: markup, a command, a terminal escape, a mark that turns text, a long word.
const HOSTILE: [&str; 5] = [
    "<img src=https://evil.example/x onerror='owned = 1'><script>owned = 1</script>",
    "</td></table></main><a href=\"javascript:owned=1\">::error::x</a>",
    "{{ 7 * 7 }} \u{1b}[31mred\u{1b}[0m ' onmouseover='owned=1",
    "abc\u{202e}txt.exe\u{2066} and what follows stays where it is",
    "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft",
];

/// What the browser found about one question.
#[derive(Deserialize)]
struct Found {
    looked: u32,
    faults: Vec<String>,
}

static FOUND: LazyLock<BTreeMap<String, Found>> = LazyLock::new(|| {
    let site = site();
    let folder = std::env::var_os("TAMIZ_BROWSER")
        .map_or_else(|| Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser"), PathBuf::from);
    let mut node = Command::new("node");
    node.arg(root().join("tests/browser/site.mjs")).arg(folder).arg(site).stderr(Stdio::inherit());
    node.env("TAMIZ_PROGRAM", env!("CARGO_BIN_EXE_tamiz"));
    let ran = node.output().unwrap_or_else(|error| panic!("these tests need node: {error}"));
    assert!(
        ran.status.success(),
        "the browser was not driven; are chromium and node there, and the network to install npm's?"
    );
    serde_json::from_slice(&ran.stdout).unwrap()
});

/// Holds what the browser found about a question to nothing, in at least so many looks.
fn nothing_wrong(question: &str, looks: u32) {
    let found = FOUND.get(question).unwrap_or_else(|| panic!("nobody asks about {question}"));
    assert!(found.faults.is_empty(), "{} faults\n{}", found.faults.len(), found.faults.join("\n"));
    assert!(found.looked >= looks, "{} looks, not {looks}", found.looked);
}

/// Makes the site: the program runs on data that changes, then each command is put on a day of its own.
fn site() -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser-site");
    // What an earlier test left there.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    for suite in ["avisos", "clientes", "inventario", "ventas"] {
        let file = format!("{suite}.yaml");
        fs::copy(root().join("tests/browser").join(&file), folder.join(&file)).unwrap();
    }
    for day in 0..COMMANDS {
        load(&folder, day);
        let as_of = format!("2026-10-{:02}", day + 1);
        tamiz(&folder, &["check", ".", "-q", "--reports", "ran", "--as-of", &as_of], [0, 1, 3]);
    }
    let (ran, spread) = (History::new(&folder.join("ran")), History::new(&folder.join("reports")));
    let runs = ran.runs().unwrap();
    assert_eq!(runs.len(), 64);
    for run in runs {
        let mut report = ran.record_of(&run).unwrap().unwrap();
        let day: u32 = report.run.as_of[8..10].parse().unwrap();
        // From the middle of September on, so that there are two months.
        let (month, day) = if day <= 8 { ("09", day + 22) } else { ("10", day - 8) };
        report.run.started_at.replace_range(5..10, &format!("{month}-{day:02}"));
        report.run.finished_at.replace_range(5..10, &format!("{month}-{day:02}"));
        let record = serde_json::to_string_pretty(&report).unwrap();
        spread.keep(&report, &Folder { record: &record, ..Folder::default() }).unwrap();
    }
    tamiz(&folder, &["report", "rebuild"], [0]);
    folder
}

/// Writes the data of a day: faults come, go and come again.
fn load(folder: &Path, day: u32) {
    let fails = matches!(day, 4..=6 | 13..);
    let mut sales = String::from("id,cliente,cantidad,precio,total,nota");
    sales.push_str(if day < 9 { "\n" } else { ",canal\n" });
    for row in 0..30 + 3 * day {
        let (customer, amount) = (row % 5 + 1, if fails && row % 7 == 3 { -1 } else { i64::from(row % 4) });
        let price = if day > 10 && row % 6 == 0 { 120 } else { row % 40 };
        let total = amount * i64::from(price) + i64::from(day == 15 && row % 11 == 0);
        let hostile = HOSTILE[row as usize % HOSTILE.len()].replace('"', "\"\"");
        let note = if fails && row % 3 == 0 { hostile } else { format!("pedido {row}") };
        write!(sales, "{row},{customer},{amount},{price},{total},\"{note}\"").unwrap();
        sales.push_str(if day < 9 { "\n" } else { ",web\n" });
    }
    fs::write(folder.join("ventas.csv"), sales).unwrap();
    let emails = if day % 5 == 4 { "4,\n5,\n" } else { "4,d@example.com\n5,e@example.com\n" };
    fs::write(folder.join("clientes.csv"), format!("id,email\n1,a@example.com\n2,b@example.com\n3,\n{emails}"))
        .unwrap();
    let stock = folder.join("inventario.csv");
    if day == 15 {
        fs::remove_file(stock).unwrap();
    } else {
        let rows: Vec<String> = (0..40 + day).map(|row| format!("P{row:03},{}\n", row * (day + 1))).collect();
        let rows = rows.concat();
        fs::write(stock, format!("producto,stock\n{rows}")).unwrap();
    }
}

/// Runs the program as a job of a pipeline does.
fn tamiz<const N: usize>(folder: &Path, words: &[&str], codes: [i32; N]) {
    let job = [("GITLAB_CI", "true"), ("CI", "true"), ("CI_COMMIT_SHA", "1f0c9a77e0"), ("CI_COMMIT_REF_NAME", "main")];
    let mut command = Command::new(env!("CARGO_BIN_EXE_tamiz"));
    let ran = command.current_dir(folder).args(words).env_clear().envs(job).output().unwrap();
    let code = ran.status.code().unwrap();
    assert!(codes.contains(&code), "{words:?}: {code}\n{}", String::from_utf8_lossy(&ran.stderr));
}

#[test]
fn every_page_opens_from_disk_and_asks_for_nothing_else() {
    nothing_wrong("from disk", 12);
}

#[test]
fn every_page_is_whole_under_the_policy_of_jenkins() {
    nothing_wrong("under Jenkins", 8);
}

#[test]
fn without_a_script_every_page_reads_and_language_and_theme_are_chosen() {
    nothing_wrong("without a script", 40);
}

#[test]
fn tables_are_filtered() {
    nothing_wrong("filter", 12);
}

#[test]
fn tables_are_sorted() {
    nothing_wrong("sort", 8);
}

#[test]
fn theme_and_language_are_remembered() {
    nothing_wrong("choices", 8);
}

#[test]
fn links_lead_from_the_index_to_what_changed() {
    nothing_wrong("way", 8);
}

#[test]
fn the_keyboard_reaches_everything_in_order_and_one_sees_where_it_is() {
    nothing_wrong("keyboard", 100);
}

#[test]
fn no_page_is_wider_than_a_phone() {
    nothing_wrong("phone", 20);
}

#[test]
fn axe_finds_no_violation() {
    nothing_wrong("axe", 44);
}

#[test]
fn what_strangers_wrote_stays_text() {
    nothing_wrong("strangers", 8);
}

#[test]
fn a_printed_page_holds_all_and_no_controls() {
    nothing_wrong("print", 8);
}

#[test]
fn pages_that_are_served_are_as_good_as_those_from_disk() {
    for (question, looks) in [
        ("from disk", 12),
        ("without a script", 40),
        ("filter", 12),
        ("sort", 8),
        ("choices", 8),
        ("way", 8),
        ("keyboard", 100),
        ("phone", 20),
        ("strangers", 8),
        ("print", 8),
    ] {
        nothing_wrong(&format!("served: {question}"), looks);
    }
}

#[test]
fn a_check_is_started_and_followed_in_the_browser() {
    nothing_wrong("served: checks", 8);
}

#[test]
fn pages_that_only_a_server_has_are_good_ones() {
    nothing_wrong("served: own pages", 36);
}
