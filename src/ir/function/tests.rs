use super::*;
use crate::ir::value::{Reading, read_decimal};

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn decimal(text: &str) -> Value {
    Value::Decimal(read_decimal(text).unwrap())
}

fn int(number: i64) -> Value {
    Value::Integer(number)
}

fn day(text: &str) -> Value {
    Reading::plain(Type::Date).read(text).unwrap()
}

fn said(function: Function, arguments: &[Value]) -> String {
    function.apply(arguments).map_or_else(|error| format!("error: {error}"), |value| value.to_string())
}

const EVERY: [Function; 19] = [
    Function::Abs,
    Function::Round,
    Function::Floor,
    Function::Ceil,
    Function::Least,
    Function::Greatest,
    Function::Length,
    Function::Lower,
    Function::Upper,
    Function::Trim,
    Function::Substr,
    Function::Replace,
    Function::Coalesce,
    Function::NullIf,
    Function::Concat,
    Function::Extract(Part::Year),
    Function::Truncate(Part::Month),
    Function::Shift { months: 1, micros: 0 },
    Function::Later(Relative::NOW, Zone::UTC),
];

#[test]
fn abs_keeps_the_type_of_its_number() {
    assert_eq!(Function::Abs.apply(&[int(-3)]), Ok(int(3)));
    assert_eq!(said(Function::Abs, &[decimal("-1.50")]), "1.50");
    assert_eq!(Function::Abs.apply(&[Value::Float(-0.5)]), Ok(Value::Float(0.5)));
    assert_eq!(said(Function::Abs, &[int(i64::MIN)]), "error: abs of -9223372036854775808 does not fit 64 bits");
}

#[test]
fn round_takes_halves_away_from_zero_exactly() {
    let round = |arguments: &[Value]| said(Function::Round, arguments);
    assert_eq!(round(&[decimal("2.5")]), "3");
    assert_eq!(round(&[decimal("-2.5")]), "-3");
    assert_eq!(round(&[decimal("1.005"), int(2)]), "1.01");
    assert_eq!(round(&[Value::Float(1.005), int(2)]), "1");
    assert_eq!(round(&[Value::Float(-2.5)]), "-3");
    assert_eq!(round(&[Value::Float(f64::INFINITY)]), "inf");
    assert_eq!(round(&[decimal("1.5"), int(i64::MAX)]), "1.5");
    assert_eq!(round(&[decimal("1.5"), int(i64::MIN)]), "0");
    assert_eq!(round(&[decimal("1250.5"), int(-2)]), "1300");
    assert_eq!(round(&[int(1250), int(-2)]), "1300");
    assert_eq!(round(&[int(1250), int(2)]), "1250");
    assert_eq!(round(&[int(49), int(-2)]), "0");
    assert!(round(&[int(i64::MAX), int(-1)]).starts_with("error: "));
    assert!(round(&[decimal(&"9".repeat(38)), int(-1)]).starts_with("error: "));
}

#[test]
fn floor_and_ceil_go_down_and_up() {
    let both = |number: &Value| [Function::Floor, Function::Ceil].map(|f| said(f, std::slice::from_ref(number)));
    assert_eq!(both(&decimal("-1.5")), ["-2", "-1"]);
    assert_eq!(both(&Value::Float(1.5)), ["1", "2"]);
    assert_eq!(both(&int(7)), ["7", "7"]);
}

#[test]
fn least_and_greatest_pass_nulls_over() {
    let both = |values: &[Value]| [Function::Least, Function::Greatest].map(|f| said(f, values));
    assert_eq!(both(&[int(2), Value::Null, decimal("1.5"), Value::Float(1.75)]), ["1.5", "2"]);
    assert_eq!(both(&[text("b"), text("a")]), ["a", "b"]);
    assert_eq!(both(&[Value::Null, Value::Null]), ["null", "null"]);
    assert!(both(&[text("b"), int(1)])[0].starts_with("error: "));
}

#[test]
fn text_is_counted_in_characters() {
    assert_eq!(said(Function::Length, &[text("añ€😀")]), "4");
    assert_eq!(said(Function::Length, &[decimal("-1.50")]), "5");
    assert_eq!(said(Function::Lower, &[text("ÁÑ")]), "áñ");
    assert_eq!(said(Function::Upper, &[text("áß")]), "ÁSS");
    assert_eq!(Function::Trim.apply(&[text("  a b\t ")]), Ok(text("a b\t")));
    assert_eq!(said(Function::Replace, &[text("aXbX"), text("X"), text("--")]), "a--b--");
    assert_eq!(said(Function::Replace, &[text("ab"), text(""), text("-")]), "ab");
    assert_eq!(said(Function::Concat, &[text("a"), int(1), Value::Boolean(true)]), "a1true");
}

#[test]
fn substr_counts_from_one_and_over_the_front() {
    let substr = |from: i64, length: i64| said(Function::Substr, &[text("añ€😀e"), int(from), int(length)]);
    assert_eq!(substr(2, 2), "ñ€");
    assert_eq!(substr(0, 3), "añ");
    assert_eq!(substr(-5, 3), "");
    assert_eq!(substr(4, 100), "😀e");
    assert_eq!(substr(9, 1), "");
    assert_eq!(substr(i64::MIN, i64::MAX), "");
    assert_eq!(substr(i64::MAX, i64::MAX), "");
    assert_eq!(substr(1, -1), "error: substr cannot take -1 characters");
    assert_eq!(said(Function::Substr, &[text("añ€"), int(3)]), "€");
    assert_eq!(said(Function::Substr, &[text("añ€"), int(-3)]), "añ€");
}

#[test]
fn coalesce_and_nullif_deal_in_nulls() {
    assert_eq!(said(Function::Coalesce, &[Value::Null, int(2), int(3)]), "2");
    assert_eq!(said(Function::Coalesce, &[Value::Null]), "null");
    assert_eq!(said(Function::NullIf, &[int(1), decimal("1.0")]), "null");
    assert_eq!(said(Function::NullIf, &[int(1), int(2)]), "1");
    assert_eq!(said(Function::NullIf, &[int(1), Value::Null]), "1");
    assert_eq!(said(Function::NullIf, &[Value::Null, int(1)]), "null");
}

#[test]
fn dates_are_taken_apart_cut_and_moved() {
    assert_eq!(said(Function::Extract(Part::Month), &[day("2024-05-31")]), "5");
    assert_eq!(said(Function::Truncate(Part::Month), &[day("2024-05-31")]), "2024-05-01");
    assert_eq!(said(Function::Shift { months: 1, micros: 0 }, &[day("2024-05-31")]), "2024-06-30");
}

#[test]
fn null_in_gives_null_out() {
    for function in EVERY {
        let nulls = vec![Value::Null; *function.arity().start()];
        assert_eq!(function.apply(&nulls), Ok(Value::Null), "{}", function.name());
    }
    assert_eq!(Function::Concat.apply(&[text("a"), Value::Null]), Ok(Value::Null));
    assert_eq!(Function::Round.apply(&[decimal("1.5"), Value::Null]), Ok(Value::Null));
}

#[test]
fn types_are_settled_before_the_values() {
    let kind = |function: Function, kinds: &[Option<Type>]| match function.kind(kinds) {
        Ok(kind) => kind.map_or("null", Type::name).to_owned(),
        Err(error) => error,
    };
    let some = Some::<Type>;
    assert_eq!(kind(Function::Abs, &[some(Type::Decimal)]), "decimal");
    assert_eq!(kind(Function::Abs, &[some(Type::String)]), "abs takes numbers, not a value of type string");
    assert_eq!(kind(Function::Abs, &[]), "abs takes 1 value, not 0");
    assert_eq!(kind(Function::Round, &[some(Type::Float), some(Type::Integer)]), "float");
    assert!(kind(Function::Round, &[some(Type::Float), some(Type::Float)]).contains("an integer for the decimals"));
    assert_eq!(kind(Function::Round, &[None; 3]), "round takes 1 or 2 values, not 3");
    assert_eq!(kind(Function::Least, &[]), "least takes at least one value");
    assert_eq!(kind(Function::Least, &[some(Type::Integer), None, some(Type::Decimal)]), "decimal");
    assert_eq!(kind(Function::Greatest, &[some(Type::Timestamp), some(Type::Date)]), "timestamp");
    assert!(kind(Function::Greatest, &[some(Type::List)]).contains("values with an order"));
    assert_eq!(kind(Function::Coalesce, &[None, None]), "null");
    assert_eq!(kind(Function::Coalesce, &[some(Type::Json), some(Type::String)]), "string");
    assert_eq!(
        kind(Function::Coalesce, &[some(Type::Date), some(Type::String)]),
        "coalesce takes values of one type, not date and string"
    );
    assert_eq!(kind(Function::NullIf, &[some(Type::Integer), some(Type::Float)]), "integer");
    assert_eq!(kind(Function::Length, &[some(Type::Date)]), "integer");
    assert!(kind(Function::Length, &[some(Type::Object)]).starts_with("length takes"));
    assert_eq!(kind(Function::Lower, &[some(Type::Json)]), "string");
    assert!(kind(Function::Lower, &[some(Type::Integer)]).starts_with("lower takes text"));
    assert_eq!(kind(Function::Substr, &[some(Type::String), some(Type::Integer)]), "string");
    assert!(kind(Function::Substr, &[some(Type::String), some(Type::String)]).contains("integers for the place"));
    assert_eq!(kind(Function::Replace, &[some(Type::String); 2]), "replace takes 3 values, not 2");
    assert_eq!(kind(Function::Concat, &[some(Type::String), some(Type::Date)]), "string");
    assert_eq!(kind(Function::Extract(Part::Hour), &[some(Type::Timestamp)]), "integer");
    assert_eq!(kind(Function::Extract(Part::Hour), &[some(Type::Date)]), "a date has no hour");
    assert_eq!(kind(Function::Truncate(Part::Week), &[some(Type::Date)]), "date");
    assert!(kind(Function::Truncate(Part::DayOfWeek), &[None]).contains("day of the week"));
    let hour = Function::Shift { months: 0, micros: 3_600_000_000 };
    assert_eq!(kind(hour, &[some(Type::Timestamp)]), "timestamp");
    assert_eq!(kind(hour, &[some(Type::Date)]), "a date has no part of a day to move by");
    assert!(kind(hour, &[some(Type::Integer)]).contains("takes a date or timestamp"));
}

#[test]
fn later_goes_by_the_clock_of_its_zone() {
    let zone = Zone("Europe/Madrid".parse().unwrap());
    let later = |way: &str, value: &Value| {
        said(Function::Later(Relative::parse(way).unwrap(), zone), std::slice::from_ref(value))
    };
    let at = |text: &str| Reading::plain(Type::Timestamp).read(text).unwrap();
    assert_eq!(later("1d", &at("2025-03-29T08:00:00Z")), at("2025-03-30T07:00:00Z").to_string());
    assert_eq!(later("-24h", &at("2025-03-30T07:00:00Z")), at("2025-03-29T07:00:00Z").to_string());
    assert_eq!(later("1mo", &day("2025-01-31")), "2025-02-28");
    assert_eq!(later("-1w", &day("2025-01-01")), "2024-12-25");
}
