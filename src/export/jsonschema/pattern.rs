//! Regular expressions of Rust to those of ECMA-262, which JSON Schema uses.
//!
//! Written anew from the parsed expression, so that only what means the same is let through. `\d`, `\w` and `\s` stay as they
//! are, which people can read; they are about all scripts here and about ASCII there, and a note says so.

use regex_syntax::ast::parse::Parser;
use regex_syntax::ast::{
    AssertionKind, Ast, ClassPerl, ClassPerlKind, ClassSet, ClassSetItem, GroupKind, Literal, RepetitionKind,
    RepetitionRange,
};

/// An expression that means the same in ECMA-262, or why there is none.
pub(super) fn translated(pattern: &str) -> Result<String, String> {
    let ast = Parser::new().parse(pattern).map_err(|error| error.to_string())?;
    let mut text = String::new();
    write(&ast, &mut text).map_err(|what| format!("patterns of JSON Schema have no {what}"))?;
    Ok(text)
}

/// What means a little less there than here.
pub(super) fn note(pattern: &str) -> Option<String> {
    let mut characters = pattern.chars();
    let mut narrower = false;
    while let Some(c) = characters.next() {
        narrower |= c == '\\' && characters.next().is_some_and(|next| "dDwWsSbB".contains(next));
    }
    narrower.then(|| r"`\d`, `\w`, `\s` and `\b` know all scripts here, and in JSON Schema those of ASCII".to_owned())
}

type Written = Result<(), &'static str>;

fn write(ast: &Ast, to: &mut String) -> Written {
    match ast {
        Ast::Empty(_) => {}
        Ast::Flags(_) => return Err("flags"),
        Ast::Literal(literal) => write_literal(literal, to),
        Ast::Dot(_) => to.push('.'),
        Ast::Assertion(assertion) => to.push_str(match assertion.kind {
            AssertionKind::StartLine | AssertionKind::StartText => "^",
            AssertionKind::EndLine | AssertionKind::EndText => "$",
            AssertionKind::WordBoundary => r"\b",
            AssertionKind::NotWordBoundary => r"\B",
            _ => return Err("such boundary of words"),
        }),
        Ast::ClassUnicode(_) => return Err("classes of Unicode that all validators know"),
        Ast::ClassPerl(class) => to.push_str(perl(class)),
        Ast::ClassBracketed(class) => {
            to.push_str(if class.negated { "[^" } else { "[" });
            match &class.kind {
                ClassSet::Item(item) => write_item(item, to)?,
                ClassSet::BinaryOp(_) => return Err("intersection of classes"),
            }
            to.push(']');
        }
        Ast::Repetition(repetition) => {
            // What is repeated is a group, a class or one character: no more can stand before the sign.
            write(&repetition.ast, to)?;
            match &repetition.op.kind {
                RepetitionKind::ZeroOrOne => to.push('?'),
                RepetitionKind::ZeroOrMore => to.push('*'),
                RepetitionKind::OneOrMore => to.push('+'),
                RepetitionKind::Range(RepetitionRange::Exactly(times)) => to.push_str(&format!("{{{times}}}")),
                RepetitionKind::Range(RepetitionRange::AtLeast(least)) => to.push_str(&format!("{{{least},}}")),
                RepetitionKind::Range(RepetitionRange::Bounded(least, most)) => {
                    to.push_str(&format!("{{{least},{most}}}"));
                }
            }
            if !repetition.greedy {
                to.push('?');
            }
        }
        Ast::Group(group) => {
            match &group.kind {
                GroupKind::CaptureIndex(_) => to.push('('),
                GroupKind::CaptureName { name, .. } => to.push_str(&format!("(?<{}>", name.name)),
                GroupKind::NonCapturing(flags) if flags.items.is_empty() => to.push_str("(?:"),
                GroupKind::NonCapturing(_) => return Err("flags"),
            }
            write(&group.ast, to)?;
            to.push(')');
        }
        Ast::Alternation(all) => {
            for (index, one) in all.asts.iter().enumerate() {
                if index > 0 {
                    to.push('|');
                }
                write(one, to)?;
            }
        }
        Ast::Concat(all) => {
            for one in &all.asts {
                write(one, to)?;
            }
        }
    }
    Ok(())
}

fn write_item(item: &ClassSetItem, to: &mut String) -> Written {
    match item {
        ClassSetItem::Empty(_) => {}
        ClassSetItem::Literal(literal) => write_in_class(literal, to),
        ClassSetItem::Range(range) => {
            write_in_class(&range.start, to);
            to.push('-');
            write_in_class(&range.end, to);
        }
        ClassSetItem::Ascii(_) => return Err("POSIX classes"),
        ClassSetItem::Unicode(_) => return Err("classes of Unicode that all validators know"),
        ClassSetItem::Perl(class) => to.push_str(perl(class)),
        ClassSetItem::Bracketed(_) => return Err("classes inside classes"),
        ClassSetItem::Union(all) => {
            for one in &all.items {
                write_item(one, to)?;
            }
        }
    }
    Ok(())
}

const fn perl(class: &ClassPerl) -> &'static str {
    match (&class.kind, class.negated) {
        (ClassPerlKind::Digit, false) => r"\d",
        (ClassPerlKind::Digit, true) => r"\D",
        (ClassPerlKind::Space, false) => r"\s",
        (ClassPerlKind::Space, true) => r"\S",
        (ClassPerlKind::Word, false) => r"\w",
        (ClassPerlKind::Word, true) => r"\W",
    }
}

fn write_literal(literal: &Literal, to: &mut String) {
    if r"^$\.*+?()[]{}|/".contains(literal.c) {
        to.push('\\');
    }
    write_character(literal.c, to);
}

fn write_in_class(literal: &Literal, to: &mut String) {
    if r"\]^-[".contains(literal.c) {
        to.push('\\');
    }
    write_character(literal.c, to);
}

fn write_character(character: char, to: &mut String) {
    match character {
        '\n' => to.push_str(r"\n"),
        '\r' => to.push_str(r"\r"),
        '\t' => to.push_str(r"\t"),
        c if c.is_control() => to.push_str(&format!(r"\u{:04x}", u32::from(c))),
        c => to.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_the_same_is_written_so() {
        for (rust, ecma) in [
            (r"^[A-Z]{3}-\d{4}$", r"^[A-Z]{3}-\d{4}$"),
            (r"\A(?P<a>x|y)+?\z", r"^(?<a>x|y)+?$"),
            (r"\-\ \#a/b", r"- #a\/b"),
            (r"[^\]a\-z]", r"[^\]a\-z]"),
            (r"\x41\u{e9}", "Aé"),
        ] {
            assert_eq!(translated(rust).as_deref(), Ok(ecma), "{rust}");
        }
    }

    #[test]
    fn what_does_not_is_refused() {
        for pattern in ["(?i)a", "[[:alpha:]]", r"\pL", "[a-z&&b]", "(?x) a", r"\b{start}a"] {
            assert!(translated(pattern).is_err(), "{pattern}");
        }
    }
}
