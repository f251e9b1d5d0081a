//! A suite as a data contract that people read: datasets, columns with their types, and what must hold, in sentences.
//!
//! GitHub-flavoured Markdown. What people wrote is escaped, so that it shows as they wrote it and makes no markup.

use bigdecimal::num_traits::Signed;

use crate::export::{Exported, Request};
use crate::ir::{Bound, Bounds, Limit, Severity};
use crate::lang::Lang;
use crate::suite::{About, Rule, Suite, SuiteDataset};

/// Writes the contract. It says everything, so that nothing is left unsaid.
pub(super) fn markdown(request: &Request<'_>) -> Exported {
    let (suite, lang) = (request.suite, request.lang);
    let mut text = format!("# {}\n\n", plain(suite.about.title.as_ref().unwrap_or(&suite.id)));
    about(&suite.about, lang, &mut text);
    let id = lang.pick("Suite", "Suite");
    text += &format!("{id} `{}`", suite.id);
    if let Some(severity) = suite.fail_on {
        let stops = lang.pick("; what stops a load is of severity", "; detiene una carga lo que tiene severidad");
        text += &format!("{stops} {} {}", self::severity(severity, lang), lang.pick("or worse", "o peor"));
    }
    text += ".\n";
    if request.datasets.len() > 1 {
        text += "\n";
        for dataset in &request.datasets {
            let name = &dataset.data.name;
            let title = dataset.about.title.as_ref().map(|title| format!(": {}", plain(title))).unwrap_or_default();
            text += &format!("* [`{name}`](#{name}){title}\n");
        }
    }
    for dataset in &request.datasets {
        one(suite, dataset, lang, &mut text);
    }
    Exported { text, unsaid: Vec::new() }
}

/// The owner, runbook and tags, and the description before them.
fn about(about: &About, lang: Lang, text: &mut String) {
    if let Some(description) = &about.description {
        *text += &format!("{}\n\n", plain(description.get(lang)));
    }
    let mut facts: Vec<String> = Vec::new();
    if let Some(owner) = &about.owner {
        facts.push(format!("{}: {}", lang.pick("Owner", "Responsable"), plain(owner)));
    }
    if let Some(runbook) = &about.runbook {
        facts.push(format!("{}: {}", lang.pick("What to do", "Qué hacer"), link(runbook)));
    }
    if !about.tags.is_empty() {
        let tags: Vec<String> = about.tags.iter().map(|tag| code(tag)).collect();
        facts.push(format!("{}: {}", lang.pick("Tags", "Etiquetas"), tags.join(", ")));
    }
    if !facts.is_empty() {
        *text += &format!("{}\n\n", facts.join(" · "));
    }
}

fn one(suite: &Suite, dataset: &SuiteDataset, lang: Lang, text: &mut String) {
    *text += &format!("\n## {}\n\n", dataset.data.name);
    if let Some(title) = &dataset.about.title {
        *text += &format!("**{}**\n\n", plain(title));
    }
    about(&dataset.about, lang, text);
    if let Some(skip) = &dataset.skip {
        *text += &format!("{} ({}).\n\n", lang.pick("Not checked", "No se comprueba"), code(skip));
    }
    if let Some(from) = &dataset.from {
        *text += &format!("{} `{}`.", lang.pick("Rows of", "Filas de"), from.dataset);
    } else {
        let sources: Vec<String> = dataset.data.source.spelled.iter().map(|path| code(path)).collect();
        *text += &format!("{} {}.", lang.pick("Read from", "Se lee de"), sources.join(", "));
    }
    if let Some(condition) = &dataset.where_text {
        *text += &format!(" {} {}.", lang.pick("Only rows where", "Solo las filas en que"), code(condition));
    }
    if !dataset.data.key.is_empty() {
        let key: Vec<String> = dataset.data.key.iter().map(|column| code(column)).collect();
        *text += &format!(" {} {}.", lang.pick("A row is named by", "Una fila se nombra por"), key.join(", "));
    }
    *text += "\n";
    columns(suite, dataset, lang, text);
    rules(suite, dataset, lang, text);
}

/// The columns, each with its type and what is said of it.
fn columns(suite: &Suite, dataset: &SuiteDataset, lang: Lang, text: &mut String) {
    if dataset.data.columns.is_empty() {
        return;
    }
    let never_null = |column: &str| {
        suite.rules.iter().any(|rule| {
            rule.dataset == dataset.data.name
                && matches!(rule.expectation, "not_null" | "not_blank")
                && rule.skip.is_none()
                && rule.where_text.is_none()
                && rule.severity >= Severity::Error
                && rule.columns == [column]
                && tolerance(rule, lang).is_none()
        })
    };
    let head = [
        lang.pick("Column", "Columna"),
        lang.pick("Type", "Tipo"),
        lang.pick("May be empty", "Puede faltar"),
        lang.pick("What it is", "Qué es"),
    ];
    row_of_head(&head, text);
    for column in &dataset.data.columns {
        let kind = column.reading.as_ref().map_or("", |reading| reading.kind.name());
        let mut said = Vec::new();
        if let Some((_, described)) = dataset.described.iter().find(|(name, _)| *name == column.name) {
            said.push(plain(described.get(lang)));
        }
        if column.sql.is_some() {
            said.push(lang.pick("Computed from the other columns", "Se calcula de las otras columnas").to_owned());
        }
        if dataset.optional.contains(&column.name) {
            said.push(lang.pick("The column may be absent", "La columna puede no estar").to_owned());
        }
        let empty = if never_null(&column.name) { lang.pick("no", "no") } else { lang.pick("yes", "sí") };
        row(&[code(&column.name), kind.to_owned(), empty.to_owned(), said.join(". ")], text);
    }
}

/// What must hold, in sentences.
fn rules(suite: &Suite, dataset: &SuiteDataset, lang: Lang, text: &mut String) {
    let of_it = |rule: &&Rule| rule.dataset == dataset.data.name && rule.builtin.is_none();
    let rules: Vec<&Rule> = suite.rules.iter().filter(of_it).filter(|rule| rule.expectation != "type").collect();
    let types: Vec<&Rule> = suite.rules.iter().filter(of_it).filter(|rule| rule.expectation == "type").collect();
    if !types.is_empty() {
        let tolerant: Vec<String> = types
            .iter()
            .filter_map(|rule| {
                let tolerated = tolerance(rule, lang);
                let mild = rule.severity != Severity::Error;
                (tolerated.is_some() || mild).then(|| {
                    let tolerated = tolerated.map(|text| format!(", {text}")).unwrap_or_default();
                    format!(
                        "{} ({}{tolerated})",
                        rule.columns.iter().map(|name| code(name)).collect::<String>(),
                        severity(rule.severity, lang)
                    )
                })
            })
            .collect();
        let reads =
            lang.pick("Every value reads as the type of its column", "Cada valor se lee como el tipo de su columna");
        let but = lang.pick("; otherwise judged", "; se juzgan de otro modo");
        let but = if tolerant.is_empty() { String::new() } else { format!("{but}: {}", tolerant.join(", ")) };
        *text += &format!("\n{reads}{but}.\n");
    }
    if rules.is_empty() {
        return;
    }
    let head = [
        lang.pick("What must hold", "Lo que debe cumplirse"),
        lang.pick("Severity", "Severidad"),
        lang.pick("Tolerated", "Se tolera"),
        lang.pick("Rule", "Regla"),
    ];
    row_of_head(&head, text);
    for rule in rules {
        row(
            &[
                sentence(rule, suite, dataset, lang),
                severities(rule, lang),
                tolerance(rule, lang).unwrap_or_default(),
                code(&rule.id),
            ],
            text,
        );
    }
}

/// What a rule expects, with its rows and what people say of it.
fn sentence(rule: &Rule, suite: &Suite, dataset: &SuiteDataset, lang: Lang) -> String {
    let mut said = inline(rule.sentence.get(lang));
    if let Some(condition) = &rule.where_text {
        said += &format!(", {} {}", lang.pick("where", "donde"), code(condition));
    }
    if let Some(description) = &rule.about.description {
        said = format!("{}: {said}", plain(description.get(lang)));
    }
    let mut more: Vec<String> = Vec::new();
    if let Some(skip) = rule.skip.as_ref().filter(|_| dataset.skip.is_none()) {
        more.push(format!("{} ({})", lang.pick("not checked", "no se comprueba"), code(skip)));
    }
    if let Some(mute) = &rule.mute {
        let until = lang.pick("muted until", "silenciada hasta");
        more.push(format!("{until} {}: {}", mute.until, plain(&mute.reason)));
    }
    // What is said of dataset and suite is not said again.
    let inherited = dataset.about.owner.as_ref().or(suite.about.owner.as_ref());
    if let Some(owner) = rule.about.owner.as_ref().filter(|owner| Some(*owner) != inherited) {
        more.push(format!("{} {}", lang.pick("owner", "responsable"), plain(owner)));
    }
    let inherited = dataset.about.runbook.as_ref().or(suite.about.runbook.as_ref());
    if let Some(runbook) = rule.about.runbook.as_ref().filter(|runbook| Some(*runbook) != inherited) {
        more.push(link(runbook));
    }
    let known = |tag: &&String| !dataset.about.tags.contains(tag) && !suite.about.tags.contains(tag);
    let tags: Vec<String> = rule.about.tags.iter().filter(known).map(|tag| code(tag)).collect();
    if !tags.is_empty() {
        more.push(tags.join(", "));
    }
    if more.is_empty() { said } else { format!("{said} ({})", more.join("; ")) }
}

/// The severity, or each level.
fn severities(rule: &Rule, lang: Lang) -> String {
    let levels: Vec<String> = rule.limits.iter().map(|(level, _)| severity(*level, lang).to_owned()).collect();
    levels.join(", ")
}

/// What is tolerated at each level, if anything is; of a number, what each level asks for.
fn tolerance(rule: &Rule, lang: Lang) -> Option<String> {
    let several = rule.limits.len() > 1;
    let anything = rule.limits.iter().any(|(_, limit)| match limit {
        Limit::Count(most) => *most > 0,
        Limit::Share(share) => share.is_positive(),
        Limit::Within(_) => several,
        Limit::Past(_) => false,
    });
    if !anything {
        return None;
    }
    let said = rule.limits.iter().map(|(level, limit)| {
        let what = match limit {
            Limit::Count(most) => match *most {
                0 => lang.pick("none", "ninguna").to_owned(),
                most => format!("{} {}", lang.count(most), lang.plural(most, ("row", "fila"), ("rows", "filas"))),
            },
            Limit::Share(share) => {
                let percent = (share * bigdecimal::BigDecimal::from(100)).normalized().to_plain_string();
                let percent = percent.replace('.', lang.pick(".", ","));
                format!("{percent} % {}", lang.pick("of the rows", "de las filas"))
            }
            Limit::Within(bounds) => plain(&within(bounds, lang)),
            Limit::Past(_) => lang.pick("by earlier runs", "según ejecuciones anteriores").to_owned(),
        };
        if several { format!("{}: {what}", severity(*level, lang)) } else { what }
    });
    Some(said.collect::<Vec<_>>().join("; "))
}

/// The bounds of a number.
fn within(bounds: &Bounds, lang: Lang) -> String {
    let end = |bound: &Option<Bound>, loose: (&str, &str), strict: (&str, &str)| {
        let bound = bound.as_ref()?;
        let (en, es) = if bound.strict { strict } else { loose };
        Some(format!("{} {}", lang.pick(en, es), bound.value))
    };
    let least = end(&bounds.min, ("at least", "al menos"), ("more than", "más de"));
    let most = end(&bounds.max, ("at most", "como máximo"), ("less than", "menos de"));
    let ends: Vec<String> = least.into_iter().chain(most).collect();
    if ends.is_empty() { lang.pick("any", "cualquiera").to_owned() } else { lang.list(&ends) }
}

const fn severity(severity: Severity, lang: Lang) -> &'static str {
    match severity {
        Severity::Info => lang.pick("info", "información"),
        Severity::Warning => lang.pick("warning", "aviso"),
        Severity::Error => lang.pick("error", "error"),
        Severity::Critical => lang.pick("critical", "crítica"),
    }
}

fn row_of_head(cells: &[&str], text: &mut String) {
    *text += &format!("\n| {} |\n|{}\n", cells.join(" | "), "---|".repeat(cells.len()));
}

fn row(cells: &[String], text: &mut String) {
    *text += &format!("| {} |\n", cells.join(" | "));
}

/// Text that shows as it is, on one line.
fn plain(text: &str) -> String {
    let mut shown = String::new();
    for c in text.split_whitespace().collect::<Vec<_>>().join(" ").chars() {
        if r"\`*_[]<>|#~".contains(c) {
            shown.push('\\');
        }
        shown.push(c);
    }
    shown
}

/// Text between backticks, in a cell of a table or out of it.
fn code(text: &str) -> String {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// A sentence in which names stand between backticks.
fn inline(sentence: &str) -> String {
    let parts =
        sentence.split('`').enumerate().map(|(index, part)| if index % 2 == 1 { code(part) } else { spaced(part) });
    parts.collect()
}

/// Text between names, with the spaces at its ends.
fn spaced(part: &str) -> String {
    let space = |there: bool| if there { " " } else { "" };
    let (before, after) = (part.starts_with(' '), part.ends_with(' ') && part.trim() != "");
    format!("{}{}{}", space(before), plain(part), space(after))
}

/// An address that can be followed.
fn link(address: &str) -> String {
    let safe = |c: char| !c.is_whitespace() && !r"<>|`\".contains(c);
    let address_of_a_page = ["https://", "http://"].iter().any(|scheme| address.starts_with(scheme));
    if address_of_a_page && address.chars().all(safe) { format!("<{address}>") } else { code(address) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_makes_no_markup() {
        assert_eq!(plain("a*b_c\n| <b>[x](y)"), r"a\*b\_c \| \<b\>\[x\](y)");
        assert_eq!(code("a|b"), r"`a\|b`");
        assert_eq!(code("a`b"), "`` a`b ``");
        assert_eq!(inline("`a_b` is one of x_y, `c`"), r"`a_b` is one of x\_y, `c`");
        assert_eq!(link("https://a.example/b"), "<https://a.example/b>");
    }
}
