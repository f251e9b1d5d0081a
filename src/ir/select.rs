//! The texts of queries whose SQL is the matter of a database: which variables they name, and that they are one SELECT.
//!
//! A database holds them to reading when it is asked; here only what is plainly something else is told.

use std::ops::Range;

/// What is wrong with a text that should be one SELECT.
#[derive(Debug, PartialEq, Eq)]
pub struct Wrong {
    /// Where.
    pub range: Range<usize>,
    /// What.
    pub message: String,
    /// What to do.
    pub help: &'static str,
}

/// One SELECT, taken apart as far as its variables.
#[derive(Debug, PartialEq, Eq)]
pub struct Select {
    /// The variables that it names, with their places.
    pub named: Vec<(String, Range<usize>)>,
    /// Where it ends, a semicolon being no part of it.
    pub end: usize,
}

/// Takes a text apart that looks like one SELECT: comments, text and names in quotes hold no variables.
///
/// # Errors
/// What makes it none.
pub fn read(sql: &str) -> Result<Select, Wrong> {
    let wrong = |range: Range<usize>, message: String, help| Err(Wrong { range, message, help });
    let mut named = Vec::new();
    let mut first = None;
    let mut ended = None;
    let mut open: Vec<usize> = Vec::new();
    // Some engines take a quote after a backslash for text, so where text ends is not known here.
    let escapes = sql.contains("\\'");
    let mut at = 0;
    while let Some(c) = sql[at..].chars().next() {
        let rest = &sql[at..];
        let length = match c {
            c if c.is_ascii_whitespace() => 1,
            '-' if rest.starts_with("--") => rest.find('\n').unwrap_or(rest.len()),
            '/' if rest.starts_with("/*") => rest[2..].find("*/").map_or(rest.len(), |end| end + 4),
            ';' => {
                ended.get_or_insert(at);
                1
            }
            _ if ended.is_some() => {
                return wrong(at..sql.len(), "there are several statements".to_owned(), "write one SELECT");
            }
            '\'' | '"' | '`' => in_quotes(rest, c),
            // One that closes more would go on outside of where it is put.
            ')' if open.pop().is_none() && !escapes => {
                return wrong(at..at + 1, "this parenthesis closes nothing".to_owned(), "write one SELECT");
            }
            '(' => {
                open.push(at);
                1
            }
            '[' => in_brackets(rest),
            // A cast of some engines.
            ':' if rest.starts_with("::") => 2,
            ':' if word(&rest[1..]) > 0 => {
                let length = 1 + word(&rest[1..]);
                named.push((rest[1..length].to_owned(), at..at + length));
                length
            }
            '?' | '@' | '$' | ':' => {
                let length = 1 + word(&rest[1..]);
                let message = format!("`{}` is no variable", &rest[..length]);
                return wrong(at..at + length, message, "write a variable as `:name`");
            }
            c if c.is_alphanumeric() || c == '_' => {
                let length = word(rest);
                first.get_or_insert((rest[..length].to_owned(), at..at + length));
                length
            }
            c => c.len_utf8(),
        };
        at += length;
    }
    if let Some(at) = open.pop().filter(|_| !escapes) {
        return wrong(at..at + 1, "this parenthesis is not closed".to_owned(), "write one SELECT");
    }
    match first {
        Some((word, _)) if ["select", "with"].iter().any(|known| word.eq_ignore_ascii_case(known)) => {
            Ok(Select { named, end: ended.unwrap_or(sql.len()) })
        }
        Some((_, range)) => wrong(range, "only a SELECT reads data and changes nothing".to_owned(), "write one SELECT"),
        None => wrong(0..sql.len(), "there is no query".to_owned(), "write one SELECT"),
    }
}

/// How many bytes of letters, digits, `_` and `$` text begins with.
fn word(text: &str) -> usize {
    text.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$')).unwrap_or(text.len())
}

/// How long a name, or a list, in brackets is that begins here.
fn in_brackets(text: &str) -> usize {
    let mut depth = 0_usize;
    for (place, c) in text.char_indices() {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return place + 1;
        }
    }
    text.len()
}

/// How long text in quotes is that begins here; a quote in it stands twice.
fn in_quotes(text: &str, quote: char) -> usize {
    let mut quotes = text.match_indices(quote).map(|(place, _)| place).skip(1).peekable();
    while let Some(place) = quotes.next() {
        if quotes.peek() == Some(&(place + 1)) {
            quotes.next();
        } else {
            return place + 1;
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(sql: &str) -> Vec<String> {
        read(sql).unwrap().named.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn variables_stand_where_a_value_may() {
        assert_eq!(names("SELECT a FROM t WHERE b = :pais AND c>:días"), ["pais", "días"]);
        let hidden = "SELECT ':a', \":b\", [:c], `:d`, 'it''s :e' -- :f\n /* :g */ FROM t;";
        assert_eq!(names(hidden), [""; 0]);
        assert_eq!(names("with t as (select 1) select * from t; -- the end"), [""; 0]);
        assert_eq!(names("SELECT [upper(x[1]), :in] AS l FROM t WHERE a = :b"), ["b"]);
        assert!(read(r"SELECT 'it\'s (ok' AS a FROM t").is_ok());
        let places = read("SELECT :a").unwrap();
        assert_eq!(places.named, [("a".to_owned(), 7..9)]);
    }

    #[test]
    fn what_is_no_select_is_told_at_its_place() {
        for (sql, at) in [
            ("DELETE FROM t", "DELETE"),
            ("/* x */ PRAGMA user_version", "PRAGMA"),
            ("ATTACH 'x' AS y", "ATTACH"),
            ("SELECT 1; SELECT 2", "SELECT 2"),
            ("SELECT ?1", "?1"),
            ("SELECT @a", "@a"),
            ("SELECT 1) AS t, (SELECT 2", ")"),
            ("SELECT (1", "("),
            ("SELECT $a", "$a"),
            (" -- nothing", " -- nothing"),
        ] {
            assert_eq!(read(sql).map(|_| ()).map_err(|wrong| &sql[wrong.range]), Err(at), "{sql}");
        }
    }

    #[test]
    fn a_select_ends_before_its_semicolon_and_a_cast_is_no_variable() {
        let read = read("SELECT a::text FROM t ; -- the end").unwrap();
        assert_eq!((read.named, read.end), (vec![], 22));
    }
}
