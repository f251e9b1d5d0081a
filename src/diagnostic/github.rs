//! Mistakes and findings as workflow commands of GitHub Actions, which mark lines of a pull request.
//!
//! A step shows ten commands of each kind and drops the rest without a word, so that from the tenth on they are counted in
//! one. What people wrote is escaped: a message cannot become a command of its own.

use crate::diagnostic::{Diagnostic, Level};

/// Writes mistakes, then findings, a line each.
#[must_use]
pub fn render(diagnostics: &[Diagnostic]) -> String {
    let of = |level: Level| diagnostics.iter().filter(move |one| one.level == level);
    let mut text = String::new();
    for (level, command) in [(Level::Error, "error"), (Level::Note, "warning")] {
        let all: Vec<&Diagnostic> = of(level).collect();
        let shown = if all.len() > MOST { MOST - 1 } else { all.len() };
        for diagnostic in &all[..shown] {
            text += &line(command, diagnostic);
        }
        if let Some(first) = all.get(shown) {
            let rest = all.len() - shown;
            let title = property(&format!("{rest} more"));
            let place = property(&first.at().path());
            text += &format!("::{command} file={place},title={title}::{rest} more; `tamiz lint` lists them all\n");
        }
    }
    text
}

/// How many commands of a kind a step shows.
const MOST: usize = 10;

fn line(command: &str, diagnostic: &Diagnostic) -> String {
    let (place, region) = (diagnostic.at(), diagnostic.at().region());
    let mut properties = vec![format!("file={}", property(&place.path())), format!("line={}", region.start.0)];
    // Columns are taken only where the stretch has no second line, and it never has.
    properties.push(format!("col={}", region.start.1));
    if region.end.1 > region.start.1 {
        properties.push(format!("endColumn={}", region.end.1));
    }
    let title = format!("{}: {}", diagnostic.code.text(), diagnostic.code.title());
    properties.push(format!("title={}", property(&title)));
    format!("::{command} {}::{}\n", properties.join(","), data(&diagnostic.whole()))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::diagnostic::{Code, SourceText};

    fn finding(path: &str, message: &str) -> Diagnostic {
        let source = Arc::new(SourceText { path: path.into(), text: "a: b\nc: d\n".to_owned() });
        Diagnostic {
            level: Level::Note,
            code: Code::NeverFails,
            message: message.to_owned(),
            source,
            span: 5..6,
            label: None,
            help: None,
            other: None,
        }
    }

    #[test]
    fn what_people_wrote_cannot_become_a_command() {
        let line = render(&[finding("a,b:c.yaml", "100%\n::error::x")]);
        let title = "title=T0204%3A A rule that holds whatever the data are";
        assert_eq!(
            line,
            format!("::warning file=a%2Cb%3Ac.yaml,line=2,col=1,endColumn=2,{title}::100%25%0A::error::x\n")
        );
    }

    #[test]
    fn the_tenth_command_counts_the_rest() {
        let many: Vec<Diagnostic> = (0..12).map(|_| finding("s.yaml", "x")).collect();
        let text = render(&many);
        assert_eq!(text.lines().count(), 10);
        assert!(text.ends_with("title=3 more::3 more; `tamiz lint` lists them all\n"), "{text}");
        assert_eq!(render(&many[..10]).lines().count(), 10);
        assert!(!render(&many[..10]).contains("more"));
    }
}
