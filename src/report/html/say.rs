//! What templates can say: words and numbers in both languages at once, and text that cannot do harm.

use std::collections::BTreeMap;

use minijinja::value::Value;
use minijinja::{Environment, Error, ErrorKind};

use super::words::{NOUNS, WORDS};
use crate::lang::Lang;
use crate::outcome::{Fault, Text};
use crate::report::{moment, value};

/// Teaches an environment the filters and functions of the pages.
///
/// | in a template | gives |
/// |---|---|
/// | `w.rows` | a word of the catalogue, in both languages |
/// | `n\|many("row")` | a number and the noun after it |
/// | `x\|say` | a sentence of the record |
/// | `x\|prose` | a sentence that is in one language |
/// | `code\|meaning` | what the code of a fault means; nothing of one that nobody knows |
/// | `n\|count`, `n\|bytes`, `n\|duration`, `n\|decimal` | a number |
/// | `share(part, whole)` | a percentage |
/// | `when(x, timezone)` | a moment |
/// | `link(x)` | whether an address may be followed |
pub(super) fn teach(environment: &mut Environment<'static>) {
    environment.set_formatter(|out, state, shown| match shown.as_str() {
        Some(text) if !shown.is_safe() => {
            minijinja::escape_formatter(out, state, &Value::from_safe_string(entities(&value::block(text))))
        }
        _ => minijinja::escape_formatter(out, state, shown),
    });
    let words: BTreeMap<&str, Value> =
        WORDS.iter().map(|(name, en, es)| (*name, both(|lang| lang.pick(*en, *es).to_owned()))).collect();
    environment.add_global("w", Value::from(words));
    environment.add_function("share", |part: u64, whole: u64| both(|lang| lang.share(part, whole)));
    environment.add_function("when", when);
    environment.add_function("link", |link: Option<&str>| link.is_some_and(value::is_web_link));
    environment.add_filter("many", many);
    environment.add_filter("say", say);
    environment.add_filter("prose", |text: &str| Value::from_safe_string(escape(text)));
    environment.add_filter("meaning", meaning);
    environment.add_filter("count", |number: u64| both(|lang| lang.count(number)));
    environment.add_filter("bytes", |number: u64| both(|lang| lang.bytes(number)));
    environment.add_filter("duration", |number: u64| both(|lang| lang.duration(number)));
    environment.add_filter("decimal", |number: &str| both(|lang| lang.decimal(number)));
}

/// The words of the catalogue in one language, for attributes, which cannot hold two.
pub(super) fn plain(lang: Lang) -> Value {
    Value::from(WORDS.iter().map(|(name, en, es)| (*name, lang.pick(*en, *es))).collect::<BTreeMap<_, _>>())
}

/// Says a text in both languages, as HTML.
pub(super) fn html(text: &Text) -> String {
    both(|lang| text.get(lang).to_owned()).to_string()
}

fn many(count: u64, name: &str) -> Result<Value, Error> {
    let Some((_, en, es)) = NOUNS.iter().find(|(known, _, _)| *known == name) else {
        return Err(Error::new(ErrorKind::InvalidOperation, format!("`{name}` is no noun of the catalogue")));
    };
    Ok(both(|lang| {
        let noun = lang.plural(count, (en[0], es[0]), (en[1], es[1]));
        format!("{} {noun}", lang.count(count))
    }))
}

/// A moment in words, that machines can read too; text that is no moment as it is.
fn when(moment: &str, timezone: &str) -> Value {
    let said = |lang| moment::in_words(moment, timezone, lang);
    let (Some(en), Some(es)) = (said(Lang::En), said(Lang::Es)) else {
        return Value::from_safe_string(escape(moment));
    };
    let shown = both(|lang| lang.pick(&en, &es).clone());
    Value::from_safe_string(format!("<time datetime=\"{}\">{shown}</time>", entities(moment)))
}

fn say(text: &Value) -> Result<Value, Error> {
    let (en, es) = (text.get_attr("en")?, text.get_attr("es")?);
    let of = |lang: Lang| lang.pick(&en, &es).as_str().unwrap_or_default().to_owned();
    Ok(both(of))
}

fn meaning(code: &str) -> Value {
    let fault = Fault { code: code.to_owned(), message: String::new(), caused_by: None };
    fault.sentence().map_or_else(|| Value::from(""), |text| both(|lang| text.get(lang).to_owned()))
}

/// Says something in both languages; once, if it is the same in both.
fn both(say: impl Fn(Lang) -> String) -> Value {
    let [en, es] = Lang::ALL.map(|lang| escape(&say(lang)));
    Value::from_safe_string(if en == es {
        en
    } else {
        format!("<span lang=\"en\">{en}</span><span lang=\"es\">{es}</span>")
    })
}

/// Escapes text for HTML, between tags and between double quotes.
fn entities(text: &str) -> String {
    let mut html = String::with_capacity(text.len() + 8);
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            _ => html.push(letter),
        }
    }
    html
}

/// Escapes text for HTML and sets what stands between backticks as code.
fn escape(text: &str) -> String {
    let text = value::block(text);
    let pieces: Vec<&str> = text.split('`').collect();
    let paired = pieces.len() % 2 == 1;
    let mut html = String::with_capacity(text.len() + 16);
    for (index, piece) in pieces.into_iter().enumerate() {
        let code = paired && index % 2 == 1;
        if code {
            html.push_str("<code>");
        } else if index > 0 && !paired {
            html.push('`');
        }
        html.push_str(&entities(piece));
        if code {
            html.push_str("</code>");
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_make_code_only_in_pairs() {
        assert_eq!(escape("a `b` <c>"), "a <code>b</code> &lt;c&gt;");
        assert_eq!(escape("a ` b"), "a ` b");
        assert_eq!(escape("`a``b`"), "<code>a</code><code>b</code>");
    }

    #[test]
    fn what_is_the_same_in_both_languages_is_said_once() {
        assert_eq!(both(|lang| lang.duration(48)).to_string(), "48 ms");
        assert_eq!(
            both(|lang| lang.count(1_479)).to_string(),
            "<span lang=\"en\">1,479</span><span lang=\"es\">1.479</span>"
        );
    }

    #[test]
    fn a_moment_is_one_for_machines_too() {
        assert_eq!(
            when("2026-11-22T10:15:03Z", "UTC").to_string(),
            "<time datetime=\"2026-11-22T10:15:03Z\"><span lang=\"en\">22 Nov 2026, 10:15 UTC</span><span lang=\"es\">22 nov 2026, 10:15 UTC</span></time>"
        );
        assert_eq!(when("unknown: <no>", "UTC").to_string(), "unknown: &lt;no&gt;");
    }
}
