//! How a message says it, in English and Spanish: plain lines without the markup of any channel.
//!
//! All text is harmless and on one line; a channel escapes it for its own markup.

use crate::alert::notice::{Fixed, Item, Kind, Notice};
use crate::ir::Severity;
use crate::ir::duration::Duration;
use crate::lang::{Lang, to_the_minute};
use crate::report::{cut, line};

/// The longest line of a problem.
const LONGEST: usize = 600;

/// One line that says the worst.
#[must_use]
pub fn headline(notice: &Notice, lang: Lang) -> String {
    let subject = subject(notice);
    let told = match notice.kind {
        Kind::Test => lang.pick("a test; nothing is wrong", "una prueba; no ocurre nada").to_owned(),
        Kind::Resolved => lang.pick("resolved", "resuelto").to_owned(),
        Kind::Escalated => roused(notice, lang),
        Kind::Firing => wrong(notice, lang),
    };
    cut(&line(&format!("{subject}: {told}")), 250)
}

/// What it is about: `[prod] ventas · pedidos`.
#[must_use]
pub fn subject(notice: &Notice) -> String {
    let environment = notice.environment.as_ref().map(|name| format!("[{name}] ")).unwrap_or_default();
    let datasets: Vec<&str> = notice.datasets.iter().map(String::as_str).filter(|name| !name.is_empty()).collect();
    let suite = if notice.suite == "*" { "tamiz" } else { notice.suite.as_str() };
    let datasets = if datasets.is_empty() { String::new() } else { format!(" · {}", datasets.join(", ")) };
    line(&format!("{environment}{suite}{datasets}")).into_owned()
}

fn wrong(notice: &Notice, lang: Lang) -> String {
    let of = |status: &str| notice.items.iter().filter(|item| item.problem.status == status).count() as u64;
    let mut parts = Vec::new();
    let failed = of("failed");
    if failed > 0 {
        let rules = lang.plural(failed, ("rule failed", "regla falla"), ("rules failed", "reglas fallan"));
        let worst = severity(notice.severity, lang);
        parts.push(match (failed, lang) {
            (1, _) => format!("{} {rules} ({worst})", lang.count(failed)),
            (_, Lang::En) => format!("{} {rules} (worst: {worst})", lang.count(failed)),
            (_, Lang::Es) => format!("{} {rules} (la peor: {worst})", lang.count(failed)),
        });
    }
    let unknown: u64 = notice
        .items
        .iter()
        .filter(|item| item.problem.status == "error")
        .map(|item| item.problem.rules.len().max(1) as u64)
        .sum();
    if unknown > 0 {
        let one = ("rule could not be evaluated", "regla no se pudo evaluar");
        let many = ("rules could not be evaluated", "reglas no se pudieron evaluar");
        parts.push(format!("{} {}", lang.count(unknown), lang.plural(unknown, one, many)));
    }
    parts.join(", ")
}

fn roused(notice: &Notice, lang: Lang) -> String {
    let Some(roused) = notice.roused else { return String::new() };
    let (count, level) = (lang.count(roused.failures), severity(roused.severity, lang));
    let within = duration(roused.within);
    match lang {
        Lang::En => format!("{count} failures at {level} or worse within {within} (more than {})", roused.more_than),
        Lang::Es => format!("{count} fallos de nivel {level} o peor en {within} (más de {})", roused.more_than),
    }
}

/// The word for a severity.
#[must_use]
pub const fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Info => lang.pick("info", "informativo"),
        Severity::Warning => lang.pick("warning", "aviso"),
        Severity::Error => lang.pick("error", "error"),
        Severity::Critical => lang.pick("critical", "crítico"),
    }
}

/// What is to know of it, as labels and words.
#[must_use]
pub fn facts(notice: &Notice, lang: Lang) -> Vec<(&'static str, String)> {
    let mut facts = Vec::new();
    let mut put = |en, es, words: String| facts.push((lang.pick(en, es), cut(&line(&words), LONGEST)));
    if let Some(counts) = &notice.counts {
        let words = match lang {
            Lang::En => format!(
                "{} passed, {} failed, {} not evaluated, {} skipped",
                lang.count(counts.passed),
                lang.count(counts.failed),
                lang.count(counts.error),
                lang.count(counts.skipped)
            ),
            Lang::Es => format!(
                "{} cumplidas, {} falladas, {} sin evaluar, {} omitidas",
                lang.count(counts.passed),
                lang.count(counts.failed),
                lang.count(counts.error),
                lang.count(counts.skipped)
            ),
        };
        put("Rules", "Reglas", words);
    }
    if let Some((since, runs)) = notice.since() {
        let runs =
            format!("{} {}", lang.count(*runs), lang.plural(*runs, ("run", "ejecución"), ("runs", "ejecuciones")));
        put("Since", "Desde", format!("{} ({runs})", to_the_minute(since)));
    }
    let impact = notice.impact();
    if impact.violations > 0 {
        let one = ("violation", "incumplimiento");
        let many = ("violations", "incumplimientos");
        let mut words =
            vec![format!("{} {}", lang.count(impact.violations), lang.plural(impact.violations, one, many))];
        words.extend(impact.losses.iter().map(|(amount, currency)| loss(amount, currency.as_deref(), lang)));
        put("Impact", "Impacto", words.join(", "));
    }
    let owners = notice.owners();
    if !owners.is_empty() {
        put("Owner", "Responsable", owners.join(", "));
    }
    facts
}

fn loss(amount: &str, currency: Option<&str>, lang: Lang) -> String {
    let about = lang.pick("an estimated loss of", "una pérdida estimada de");
    format!("{about} {} {}", lang.decimal(amount), currency.unwrap_or_default()).trim_end().to_owned()
}

/// What is said of a problem beside its name and severity.
#[must_use]
pub fn item(item: &Item, lang: Lang) -> String {
    let problem = &item.problem;
    let expected = problem.expected.get(lang).trim_end_matches('.');
    let found = problem.found.get(lang).trim_end_matches('.');
    let mut told = if expected.is_empty() || problem.status == "error" {
        found.to_owned()
    } else {
        format!("{expected}: {found}")
    };
    let mut more = Vec::new();
    if problem.rules.len() > 1 {
        let count = problem.rules.len() as u64;
        more.push(match lang {
            Lang::En => format!("{} rules hang on it", lang.count(count)),
            Lang::Es => format!("{} reglas dependen de ello", lang.count(count)),
        });
    }
    if let (Some(violations), Some(evaluated)) = (problem.violations, problem.evaluated)
        && evaluated > 0
    {
        // Most sentences say it already.
        let share = lang.share(violations, evaluated);
        more.extend((!told.contains(&share)).then_some(share));
    }
    more.extend(problem.loss.as_ref().map(|(amount, currency)| loss(amount, currency.as_deref(), lang)));
    more.push(if item.new { lang.pick("new", "nuevo") } else { lang.pick("still", "continúa") }.to_owned());
    if let Some((since, runs)) = problem.since.as_ref().filter(|(_, runs)| *runs > 1) {
        let word = lang.pick("runs since", "ejecuciones desde");
        more.push(format!("{} {word} {}", lang.count(*runs), to_the_minute(since)));
    }
    told += &format!(" ({})", more.join("; "));
    cut(&line(&told), LONGEST)
}

/// How many problems a message does not name.
#[must_use]
pub fn rest(count: usize, lang: Lang) -> String {
    let count = lang.count(count as u64);
    match lang {
        Lang::En => format!("… and {count} more; see the report"),
        Lang::Es => format!("… y {count} más; véase el informe"),
    }
}

/// What is over.
#[must_use]
pub fn fixed(fixed: &Fixed, lang: Lang) -> String {
    let word = lang.pick("was wrong since", "fallaba desde");
    cut(&line(&format!("{word} {}", to_the_minute(&fixed.since))), LONGEST)
}

/// What is said below everything.
#[must_use]
pub fn foot(notice: &Notice, lang: Lang) -> String {
    let mut parts = vec![format!("{} {}", lang.pick("run", "ejecución"), notice.run)];
    if notice.kind == Kind::Firing {
        let every = duration(notice.repeat);
        parts.push(match lang {
            Lang::En => format!("repeated every {every} while nothing changes"),
            Lang::Es => format!("se repite cada {every} mientras nada cambie"),
        });
    }
    line(&parts.join(" · ")).into_owned()
}

/// The words on buttons: the report, the job, the runbook; each with its address, none that is not of the web.
#[must_use]
pub fn links(notice: &Notice, lang: Lang) -> Vec<(&'static str, String)> {
    let report = notice.page.as_deref().map(|page| (lang.pick("Report", "Informe"), page));
    let job = notice.job.as_deref().map(|job| (lang.pick("Job", "Trabajo"), job));
    let runbook = notice.runbook().map(|runbook| (lang.pick("Runbook", "Guía"), runbook));
    let links = [report, job, runbook].into_iter().flatten();
    links.filter(|(_, link)| crate::report::is_web_link(link)).map(|(word, link)| (word, link.to_owned())).collect()
}

fn duration(length: std::time::Duration) -> String {
    Duration::of_micros(u64::try_from(length.as_micros()).unwrap_or(u64::MAX)).to_string()
}
