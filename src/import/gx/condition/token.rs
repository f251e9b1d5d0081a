//! The words and signs of Python that conditions are made of.

/// One word or sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A name or a word such as `and`.
    Name(String),
    /// A name in backticks.
    Quoted(String),
    /// A number, as spelled.
    Number(String),
    /// A text.
    Text(String),
    /// A sign.
    Sign(&'static str),
}

/// Longest first, so that `<=` is not `<`.
const SIGNS: [&str; 23] = [
    "==", "!=", "<=", ">=", "&&", "||", "<", ">", "&", "|", "~", "(", ")", "[", "]", ",", ".", "+", "-", "*", "/", "%",
    "=",
];

/// Takes a text apart.
///
/// # Errors
/// What has no meaning, as a fragment.
pub(super) fn tokens(text: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut rest = text.trim_start();
    while let Some(first) = rest.chars().next() {
        let after_value = matches!(tokens.last(), Some(Token::Name(_) | Token::Quoted(_) | Token::Sign(")" | "]")));
        let digits = first == '.' && !after_value && rest[1..].starts_with(|c: char| c.is_ascii_digit());
        let length = if first.is_ascii_digit() || digits {
            let length = number_length(rest);
            tokens.push(Token::Number(rest[..length].replace('_', "")));
            length
        } else if first.is_alphabetic() || first == '_' {
            let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            tokens.push(Token::Name(rest[..length].to_owned()));
            length
        } else if first == '`' {
            let end = rest[1..].find('`').ok_or("a backtick is not closed")?;
            tokens.push(Token::Quoted(rest[1..=end].to_owned()));
            end + 2
        } else if matches!(first, '"' | '\'') {
            let (text, length) = quoted(rest, first)?;
            tokens.push(Token::Text(text));
            length
        } else if let Some(sign) = SIGNS.into_iter().find(|sign| rest.starts_with(sign)) {
            tokens.push(Token::Sign(sign));
            sign.len()
        } else {
            return Err(format!("`{first}` is not understood"));
        };
        rest = rest[length..].trim_start();
    }
    Ok(tokens)
}

fn number_length(text: &str) -> usize {
    let mut end = 0;
    let mut before = ' ';
    for c in text.chars() {
        let goes_on = c.is_ascii_digit()
            || matches!(c, '.' | '_')
            || (matches!(c, 'e' | 'E') && before.is_ascii_digit())
            || (matches!(c, '+' | '-') && matches!(before, 'e' | 'E'));
        if !goes_on {
            break;
        }
        end += c.len_utf8();
        before = c;
    }
    end
}

/// The text in quotes at the front, and how long it is with its quotes.
fn quoted(text: &str, quote: char) -> Result<(String, usize), String> {
    let mut inside = String::new();
    let mut characters = text.char_indices().skip(1);
    while let Some((place, c)) = characters.next() {
        match c {
            c if c == quote => return Ok((inside, place + c.len_utf8())),
            '\\' => match characters.next() {
                Some((_, 'n')) => inside.push('\n'),
                Some((_, 't')) => inside.push('\t'),
                Some((_, c @ ('\\' | '"' | '\''))) => inside.push(c),
                Some((_, c)) => inside.extend(['\\', c]),
                None => break,
            },
            c => inside.push(c),
        }
    }
    Err("a quote is not closed".to_owned())
}
