//! The words for what SQL has and conditions do not, and what to use in its place.

use sqlparser::ast::Expr;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, Whitespace};

use crate::diagnostic::nearest;

/// What is wrong, and what to do.
pub(super) type Refusal = (String, Option<String>);

/// The functions of conditions.
pub(super) const FUNCTIONS: [&str; 22] = [
    "abs",
    "ceil",
    "ceiling",
    "coalesce",
    "date_trunc",
    "extract",
    "floor",
    "greatest",
    "least",
    "length",
    "lower",
    "nullif",
    "regexp_like",
    "replace",
    "round",
    "substr",
    "substring",
    "trim",
    "upper",
    "cast",
    "case",
    "interval",
];

/// Functions of many rows or of none of ours, and what to use in their place.
const OTHERS: [(&[&str], &str, &str); 14] = [
    (&["count"], "an aggregate", "use the expectation `row_count`, or `distinct_count` on a column"),
    (&["sum"], "an aggregate", "use the expectation `sum`"),
    (&["avg", "mean"], "an aggregate", "use the expectation `mean`"),
    (&["min"], "an aggregate", "use the expectation `min`; for the least value of a row, `least`"),
    (&["max"], "an aggregate", "use the expectation `max`; for the greatest value of a row, `greatest`"),
    (&["median"], "an aggregate", "use the expectation `median`"),
    (
        &["stddev", "stddev_samp", "stddev_pop", "variance", "var_samp", "var_pop"],
        "an aggregate",
        "use the expectation `stddev` or `variance`",
    ),
    (
        &["percentile_cont", "percentile_disc", "quantile", "approx_quantile"],
        "an aggregate",
        "use the expectation `quantile`",
    ),
    (
        &["array_agg", "string_agg", "listagg", "any_value", "bool_and", "bool_or", "every"],
        "an aggregate",
        "use the expectation `query`",
    ),
    (
        &["row_number", "rank", "dense_rank"],
        "a window function",
        "use the expectation `unique` or `sequential`, or `query`",
    ),
    (
        &["lag", "lead", "first_value", "last_value", "ntile"],
        "a window function",
        "use the expectation `increasing` or `no_gaps`, or `query`",
    ),
    (
        &[
            "now",
            "current_date",
            "current_timestamp",
            "current_time",
            "localtime",
            "localtimestamp",
            "getdate",
            "today",
        ],
        "a reading of the clock",
        "write `:as_of`, the one now of a run",
    ),
    (&["ifnull", "nvl", "isnull"], "no function here", "write `coalesce(x, y)`"),
    (&["if", "iif", "decode"], "no function here", "write `CASE WHEN … THEN … ELSE … END`"),
];

/// Why a token has no place in a condition, if it has none.
pub(super) fn token(token: &Token, next: Option<&Token>, first: bool) -> Option<Refusal> {
    let (message, help) = match token {
        Token::Word(word) if word.keyword == Keyword::SELECT && first => {
            ("a whole SELECT is no condition".to_owned(), "use the expectation `query`")
        }
        Token::Word(word) if word.keyword == Keyword::SELECT => (
            "subqueries are not part of conditions".to_owned(),
            "use the expectation `foreign_key` for values of another dataset, or `query` for a whole SELECT",
        ),
        Token::Word(word) if word.keyword == Keyword::OVER && next == Some(&Token::LParen) => (
            "windows (`OVER`) are not part of conditions".to_owned(),
            "use an expectation such as `unique`, `increasing` or `sequential`, or `query`",
        ),
        Token::Word(word) if word.value.is_empty() => {
            ("the name is empty".to_owned(), "write a column between the quotes")
        }
        admitted if is_admitted(admitted) => return None,
        Token::Whitespace(Whitespace::SingleLineComment { .. } | Whitespace::MultiLineComment(_)) => (
            "comments are not part of conditions".to_owned(),
            "write a YAML comment, `# …`: in folded text the rest of the condition would be lost in this one",
        ),
        Token::SemiColon => ("`;` is not part of conditions".to_owned(), "a condition is one expression, without `;`"),
        other => (format!("`{other}` is not part of conditions"), instead_of(other)?),
    };
    Some((message, Some(help.to_owned()).filter(|help| !help.is_empty())))
}

fn is_admitted(token: &Token) -> bool {
    matches!(
        token,
        Token::Word(_)
            | Token::Number(_, false)
            | Token::SingleQuotedString(_)
            | Token::Eq
            | Token::Neq
            | Token::Lt
            | Token::LtEq
            | Token::Gt
            | Token::GtEq
            | Token::Plus
            | Token::Minus
            | Token::Mul
            | Token::Div
            | Token::Mod
            | Token::StringConcat
            | Token::LParen
            | Token::RParen
            | Token::Comma
            | Token::Period
            | Token::Colon
    )
}

/// What to write in place of a sign.
fn instead_of(token: &Token) -> Option<&'static str> {
    Some(match token {
        Token::Whitespace(_) | Token::EOF => return None,
        Token::DoubleColon => "write `CAST(x AS type)`",
        Token::Arrow | Token::LongArrow | Token::HashArrow | Token::HashLongArrow | Token::AtArrow | Token::ArrowAt => {
            "name a field inside a structure by its path, `event.position`"
        }
        Token::DoubleEq | Token::Assignment => "write `=`",
        Token::Spaceship => "write `IS NOT DISTINCT FROM`",
        Token::Overlap => "write `AND`",
        Token::Pipe => "write `OR`, or `||` to join texts",
        Token::ExclamationMark => "write `NOT`",
        Token::DuckIntDiv => "write `floor(a / b)`",
        Token::Tilde | Token::TildeAsterisk | Token::ExclamationMarkTilde | Token::ExclamationMarkTildeAsterisk => {
            "write `regexp_like(x, 'pattern')`, or use the expectation `matches`"
        }
        Token::DoubleTilde | Token::DoubleTildeAsterisk | Token::ExclamationMarkDoubleTilde => "write `LIKE`",
        Token::Placeholder(_) => "write a variable as `:name`",
        Token::LBracket | Token::RBracket => "lists have no place here; a list to compare with is `IN (…)`",
        Token::Char('`') => "a name goes in double quotes",
        Token::Char('‘' | '’' | '“' | '”' | '«' | '»') => "write straight quotes: 'text', \"name\"",
        Token::NationalStringLiteral(_) | Token::HexStringLiteral(_) | Token::DollarQuotedString(_) => {
            "text goes in single quotes"
        }
        _ => "",
    })
}

/// Why a function is not known, by its name.
pub(super) fn function(name: &str) -> Refusal {
    let lower = name.to_lowercase();
    match OTHERS.iter().find(|(names, ..)| names.contains(&lower.as_str())) {
        Some((_, what @ "no function here", help)) => (format!("`{name}` is {what}"), Some((*help).to_owned())),
        Some((_, what, help)) => {
            (format!("`{name}` is {what}, which is not part of conditions"), Some((*help).to_owned()))
        }
        None => {
            let help = match (lower.as_str(), nearest(name, FUNCTIONS)) {
                ("concat", _) => "write `a || b`".to_owned(),
                ("char_length" | "len" | "character_length", _) => "did you mean `length`?".to_owned(),
                (_, Some(near)) => format!("did you mean `{near}`?"),
                (_, None) => format!("the functions are {}", FUNCTIONS[..19].join(", ")),
            };
            (format!("unknown function `{name}`"), Some(help))
        }
    }
}

/// Why an expression that parses has no place in a condition.
pub(super) fn expression(expression: &Expr) -> Refusal {
    let (what, help) = match expression {
        Expr::RLike { .. } | Expr::SimilarTo { .. } => {
            ("RLIKE, REGEXP and SIMILAR TO are", "write `regexp_like(x, 'pattern')`, or use the expectation `matches`")
        }
        Expr::IsUnknown(_) | Expr::IsNotUnknown(_) => ("IS UNKNOWN is", "write `(…) IS NULL`"),
        Expr::IsJson { .. } => ("IS JSON is", "use the expectation `parseable: json`"),
        Expr::AnyOp { .. } | Expr::AllOp { .. } => ("ANY and ALL are", "write `IN (…)`"),
        Expr::InUnnest { .. } | Expr::Array(_) => ("lists are", "write `IN (…)`"),
        Expr::InSubquery { .. } | Expr::Exists { .. } | Expr::Subquery(_) => {
            ("subqueries are", "use the expectation `foreign_key`, or `query` for a whole SELECT")
        }
        Expr::AtTimeZone { .. } => ("AT TIME ZONE is", "set `timezone` in the suite; instants are compared in UTC"),
        Expr::Collate { .. } => ("COLLATE is", "text compares by its characters; `lower(x)` puts case aside"),
        Expr::Wildcard(_) | Expr::QualifiedWildcard(..) => ("`*` alone is", "name a column"),
        Expr::Tuple(_) => ("lists of values in parentheses are", "compare the columns one by one, joined with AND"),
        Expr::Position { .. } => ("POSITION is", "write `x LIKE '%…%'`"),
        Expr::Overlay { .. } => ("OVERLAY is", "write `substr(…) || …`"),
        Expr::Convert { .. } => ("CONVERT is", "write `CAST(x AS type)`"),
        Expr::Interval(_) => {
            ("an interval by itself is", "add it to a date, or take it from one: `fecha + INTERVAL '3' DAY`")
        }
        Expr::JsonAccess { .. } | Expr::CompoundFieldAccess { .. } => {
            ("this way into a value is", "name a field inside a structure by its path, `event.position`")
        }
        _ => ("this is", "`tamiz explain expression` says what is"),
    };
    (format!("{what} not part of conditions"), Some(help.to_owned()))
}
