//! What is refused, at which place and in which words.

use super::{double_quoted, mistakes};

macro_rules! refuses {
    ($($name:ident: $($sql:literal => $wanted:literal)+)+) => {
        $(#[test] fn $name() { $(assert_eq!(mistakes($sql), [$wanted], "\n{}", $sql);)+ })+
    };
}

refuses! {
    a_condition_is_read_to_its_end:
        "a > 1 b" => "b: the condition is complete before `b` (join conditions with AND or OR; a name with spaces or signs goes in double quotes)"
        "a > 1; DROP TABLE x" => ";: `;` is not part of conditions (a condition is one expression, without `;`)"
        "a = 'x' 'y'" => "'y': the condition is complete before `'y'` (a `'` inside text is doubled)"
        "a > 1)" => "): the condition is complete before `)` (a condition is one expression)"
        "a > 1 -- b" => "-- b: comments are not part of conditions (write a YAML comment, `# …`: in folded text the rest of the condition would be lost in this one)"
        "a > 1 AND" => "D: the condition ends where an expression should follow"
        "a > > 1" => ">: expected an expression, not `>`"
        "(a > 1" => "1: the condition ends where `)` should follow"
        "CASE WHEN a THEN b" => "b: the condition ends where `END` should follow"
        "a IS 5" => "5: expected NULL, TRUE, FALSE or DISTINCT FROM after IS, not `5`"
        "" => ": the condition is empty"
        "a = 'x" => "'x: the quote is not closed (close the text with `'`; a `'` inside it is doubled)"
        "a = \"x" => "\"x: the quote is not closed (close the name with `\"`; a `\"` inside it is doubled)"

    rows_are_not_put_together:
        "count(*) > 1" => "count: `count` is an aggregate, which is not part of conditions (use the expectation `row_count`, or `distinct_count` on a column)"
        "SUM(a) > 1" => "SUM: `SUM` is an aggregate, which is not part of conditions (use the expectation `sum`)"
        "row_number() OVER (PARTITION BY a) = 1" => "OVER: windows (`OVER`) are not part of conditions (use an expectation such as `unique`, `increasing` or `sequential`, or `query`)"
        "lag(a) > 1" => "lag: `lag` is a window function, which is not part of conditions (use the expectation `increasing` or `no_gaps`, or `query`)"
        "a IN (SELECT b FROM c)" => "SELECT: subqueries are not part of conditions (use the expectation `foreign_key` for values of another dataset, or `query` for a whole SELECT)"
        "SELECT a FROM b" => "SELECT: a whole SELECT is no condition (use the expectation `query`)"

    signs_of_other_dialects_are_named:
        "a::integer > 1" => "::: `::` is not part of conditions (write `CAST(x AS type)`)"
        "a ->> 'x' = 'y'" => "->>: `->>` is not part of conditions (name a field inside a structure by its path, `event.position`)"
        "a == 1" => "==: `==` is not part of conditions (write `=`)"
        "a <=> b" => "<=>: `<=>` is not part of conditions (write `IS NOT DISTINCT FROM`)"
        "a ~ 'x'" => "~: `~` is not part of conditions (write `regexp_like(x, 'pattern')`, or use the expectation `matches`)"
        "a && b" => "&&: `&&` is not part of conditions (write `AND`)"
        "! a" => "!: `!` is not part of conditions (write `NOT`)"
        "a = ?" => "?: `?` is not part of conditions (write a variable as `:name`)"
        "a = N'x'" => "N'x': `N'x'` is not part of conditions (text goes in single quotes)"
        "a = ‘x" => "‘: `‘` is not part of conditions (write straight quotes: 'text', \"name\")"

    what_parses_and_has_no_meaning_here_is_named:
        "a IS UNKNOWN" => "a: IS UNKNOWN is not part of conditions (write `(…) IS NULL`)"
        "a SIMILAR TO 'x'" => "a SIMILAR TO 'x': RLIKE, REGEXP and SIMILAR TO are not part of conditions (write `regexp_like(x, 'pattern')`, or use the expectation `matches`)"
        "a = ANY(b)" => "a = ANY(b: ANY and ALL are not part of conditions (write `IN (…)`)"
        "(a, b) = 1" => "a, b: lists of values in parentheses are not part of conditions (compare the columns one by one, joined with AND)"
        "a COLLATE x = 'b'" => "a COLLATE x: COLLATE is not part of conditions (text compares by its characters; `lower(x)` puts case aside)"
        "TRY_CAST(a AS integer) = 1" => "a: this way to cast is not part of conditions (write `CAST(x AS type)`; it is null where x does not read as the type)"
        "EXTRACT(year FROM a) = INTERVAL '1' DAY" => "'1': an interval by itself is not part of conditions (add it to a date, or take it from one: `fecha + INTERVAL '3' DAY`)"
        "a XOR b" => "a XOR b: `XOR` is not part of conditions"
        "a = TIME '10:00'" => "'10:00': `TIME '…'` is not part of conditions (write DATE '…', TIMESTAMP '…', or CAST('…' AS type))"
        "a.'b' = 1" => "'b': text in single quotes is no name (a name goes in double quotes)"
        "a LIKE ANY ('x')" => "a LIKE ANY ('x': this is not part of conditions (`tamiz explain expression` says what is)"

    functions_that_are_none_are_named_with_the_nearest:
        "lenght(a) > 1" => "lenght: unknown function `lenght` (did you mean `length`?)"
        "len(a) > 1" => "len: unknown function `len` (did you mean `length`?)"
        "concat(a, b) = 'x'" => "concat: unknown function `concat` (write `a || b`)"
        "nvl(a, 0) > 1" => "nvl: `nvl` is no function here (write `coalesce(x, y)`)"
        "a > now()" => "now: `now` is a reading of the clock, which is not part of conditions (write `:as_of`, the one now of a run)"
        "a > current_date" => "current_date: `current_date` is a reading of the clock, which is not part of conditions (write `:as_of`, the one now of a run)"
        "abs(a, b) > 1" => "abs: abs takes 1 value, not 2"
        "lower(1) = 'x'" => "lower: lower takes text, not a value of type integer"
        "round(a, 1.5) > 1" => "round: round takes an integer for the decimals, not a value of type decimal"
        "substr(a, 1, -1) = ''" => "a, 1, -1: substr cannot take fewer than no characters"
        "abs(DISTINCT a) > 1" => "abs: `abs` takes plain values only"
        "abs(*) > 1" => "abs: `abs` takes plain values only"
        "trim(BOTH 'x' FROM a) = ''" => "'x' FROM a: trim takes one value (`trim(x)` takes the spaces on both sides off; `replace` takes out other text)"
        "floor(a, 2) > 1" => "a: floor and ceil take one value (`round(x, 2)` rounds to so many decimals)"
        "extract(century FROM a) = 1" => "a: unknown part of a date `century` (the parts are year, quarter, month, week, day, dow, hour, minute, second)"
        "date_trunc('mont', a) = a" => "'mont': unknown part of a date `mont` (did you mean `month`?)"
        "date_trunc('dow', a) = a" => "date_trunc: date_trunc cannot cut to the day of the week"
        "regexp_like(a, b)" => "b: the pattern of regexp_like must be text in single quotes"
        "regexp_like(a, '(')" => "'(': the pattern cannot be read: unclosed group"

    null_is_never_compared:
        "a = NULL" => "NULL: `= NULL` is never true (write `IS NULL`)"
        "a <> NULL" => "NULL: `<> NULL` is never true (write `IS NOT NULL`)"
        "a IN (1, NULL)" => "NULL: NULL in a list is equal to nothing (leave it out, and add `OR … IS NULL` if a null may be there)"
        "a BETWEEN NULL AND 1" => "NULL: no value lies between NULL and another (write `>=` or `<=` for one end alone)"
        "CASE a WHEN NULL THEN 1 END = 1" => "NULL: NULL is equal to nothing (write `CASE WHEN x IS NULL THEN …`)"

    a_value_is_no_condition:
        "precio + 1" => "precio + 1: this is a value, not a condition (compare it with something, as in `… > 0`)"
        "'x'" => "'x': this is a value, not a condition (compare it with something, as in `… > 0`)"
        "a > 1 AND length(b)" => "length(b: this is a value, not a condition (compare it with something, as in `… > 0`)"
        ":entorno" => ":entorno: this is a value, not a condition (compare it with something, as in `… > 0`)"

    a_word_of_the_language_is_no_column:
        "a > 1 AND AND" => "AND: expected a value, not `AND` (a column of this name goes in double quotes: \"AND\")"
        "end > 1" => "end: expected a value, not `end` (a column of this name goes in double quotes: \"end\")"
        "\"\" > 1" => "\"\": the name is empty (write a column between the quotes)"

    values_that_cannot_be_are_refused:
        "a = DATE '2024-02-30'" => "'2024-02-30': `2024-02-30` is no date (write it as DATE '2024-01-31')"
        "a = 1e999" => "1e999: `1e999` is out of range: a number has up to 38 digits"
        "5 = 'x'" => "'x': `x` does not read as integer"
        ":as_of > 'ayer'" => "'ayer': `ayer` does not read as date or timestamp"
        "a > :entrono" => ":entrono: unknown variable `:entrono` (did you mean `:entorno`?)"
        "a > :lejos" => ":lejos: unknown variable `:lejos` (declare it: `vars: {lejos: …}`)"
        "a > :nada" => ":nada: the variable `nada` has no value"
        "CAST(a AS intger) > 1" => "a: CAST does not take the type `intger` (did you mean `integer`?)"
        "CAST(a AS decimal(10,2)) > 1" => "a: CAST does not take the type `decimal(10,2)` (leave the size out; `round(x, 2)` rounds a number)"
        "CAST(a AS varchar(3)) = 'x'" => "a: CAST does not take the type `varchar(3)` (leave the length out; `substr` cuts text)"
        "a LIKE b" => "b: the pattern of LIKE must be text in single quotes"
        "a LIKE 'x!' ESCAPE '!'" => "'x!': `!` escapes only `%`, `_` and itself"
        "a LIKE 'x' ESCAPE 'ab'" => "'ab': ESCAPE takes one character"
        "'2024-01-31' + INTERVAL '1' DAY > a" => "'2024-01-31': interval takes a date or timestamp, not a value of type string (write a date as DATE '2024-01-31')"
        "'2024' + 1 > a" => "'2024': `+` takes numbers, not text (write the number without quotes, or a date as DATE '…')"
        "DATE '2024-01-31' + INTERVAL '1' HOUR > a" => "'1': a date has no part of a day to move by"
        "a + INTERVAL '1' CENTURY > b" => "'1': the interval cannot be read (write `INTERVAL '3' DAY` or `INTERVAL '3 days'`; the units are year, quarter, month, week, day, hour, minute, second)"
        "a + INTERVAL '3' > b" => "'3': the interval cannot be read (write `INTERVAL '3' DAY` or `INTERVAL '3 days'`; the units are year, quarter, month, week, day, hour, minute, second)"
}

#[test]
fn every_mistake_is_reported_in_the_order_of_the_text() {
    let all = mistakes("lenght(a) > :nadie\n  AND cuonta = NULL\n  OR sum(á) > '1' + 2");
    let said: Vec<_> = all.iter().map(|mistake| mistake.split(" (").next().unwrap()).collect();
    assert_eq!(
        said,
        [
            "lenght: unknown function `lenght`",
            ":nadie: unknown variable `:nadie`",
            "NULL: `= NULL` is never true",
            "sum: `sum` is an aggregate, which is not part of conditions",
            "'1': `+` takes numbers, not text",
        ]
    );
}

#[test]
fn names_in_double_quotes_are_found_with_their_places() {
    let sql = "á = 'x' AND\n estado = \"anulada\" OR \"b\".\"c\" > 1";
    let found: Vec<_> = double_quoted(sql).into_iter().map(|(name, range)| (name, &sql[range])).collect();
    let wanted = [("anulada", "\"anulada\""), ("b", "\"b\""), ("c", "\"c\"")];
    assert_eq!(found, wanted.map(|(name, place)| (name.to_owned(), place)));
    assert_eq!(double_quoted("a = 'x"), []);
}
