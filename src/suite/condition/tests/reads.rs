//! What is read, and as what.

use super::shown;

macro_rules! reads {
    ($($name:ident: $($sql:literal => $wanted:literal)+)+) => {
        $(#[test] fn $name() { $(assert_eq!(shown($sql), $wanted, "\n{}", $sql);)+ })+
    };
}

reads! {
    names_are_plain_or_in_double_quotes:
        "cantidad > 0" => "(> cantidad i:0)"
        "año = 2024 AND Ñandú_2 = 1" => "(and (= año i:2024) (= Ñandú_2 i:1))"
        "an\u{303}o = 1" => "(= año i:1)"
        r#""Precio (€)" > 0"# => "(> Precio (€) i:0)"
        r#""di""jo" > 0"# => r#"(> di"jo i:0)"#
        "event_data.position > 1" => "(> event_data.position i:1)"
        r#"event."a b".c = 1"# => "(= event.a b.c i:1)"
        r#""a.b".c = 1"# => r#"(= "a.b".c i:1)"#
        r#""a.b" = 1"# => "(= a.b i:1)"
        "date > 1 AND day > 1 AND timestamp > 1 AND interval > 1 AND user > 1 AND value > 1 AND type > 1 AND floor > 1"
            => "(and (> date i:1) (> day i:1) (> timestamp i:1) (> interval i:1) (> user i:1) (> value i:1) (> type i:1) (> floor i:1))"
        r#""end" > "AND""# => "(> end AND)"
        "a.end > 1" => "(> a.end i:1)"

    and_or_and_not_join:
        "a > 1 AND b > 1 AND c > 1" => "(and (> a i:1) (> b i:1) (> c i:1))"
        "a > 1 OR b > 1 AND c > 1" => "(or (> a i:1) (and (> b i:1) (> c i:1)))"
        "(a > 1 OR b > 1) AND c > 1" => "(and (or (> a i:1) (> b i:1)) (> c i:1))"
        "a > 1 and not b > 1" => "(and (> a i:1) (not (> b i:1)))"
        "NOT (a OR b)" => "(not (or (holds a) (holds b)))"
        "activo" => "(holds activo)"
        "NOT activo" => "(not (holds activo))"
        "TRUE" => "true"
        "NOT false" => "true"
        ":activo" => "true"

    comparisons_give_text_the_type_of_the_other_side:
        "a = 1 AND a <> 1 AND a != 1 AND a < 1 AND a <= 1 AND a > 1 AND a >= 1"
            => "(and (= a i:1) (<> a i:1) (<> a i:1) (< a i:1) (<= a i:1) (> a i:1) (>= a i:1))"
        "estado <> 'anulada'" => "(<> estado 'anulada')"
        "'anulada' = estado" => "(= 'anulada' estado)"
        "estado = ('it''s')" => "(= estado 'it's')"
        "lower(estado) = 'x'" => "(= (lower estado) 'x')"
        "'a' = 'b'" => "(= s:a s:b)"
        "estado = \"anulada\"" => "(= estado anulada)"
        ":entorno = 'prod'" => "(= s:prod s:prod)"
        ":dia > '2024-01-01'" => "(> d:2024-01-31 d:2024-01-01)"
        ":as_of > '2024-01-01'" => "(> :as_of d:2024-01-01)"
        ":as_of > '2024-07-01 10:00'" => "(> :as_of t:2024-07-01T08:00:00Z)"
        "activo = TRUE" => "(= activo b:true)"
        "(a > 1) = (b > 1)" => "(= ?(> a i:1) ?(> b i:1))"

    numbers_are_exact:
        "a = 1.10" => "(= a d:1.10)"
        "a = .5" => "(= a d:0.5)"
        "a = 1e3" => "(= a f:1000)"
        "a = -1" => "(= a i:-1)"
        "a = +1" => "(= a i:1)"
        "a = -9223372036854775808" => "(= a i:-9223372036854775808)"
        "a = 9223372036854775808" => "(= a d:9223372036854775808)"
        "a = -b" => "(= a (- i:0 b))"

    arithmetic_binds_as_in_sql:
        "total = cantidad * precio" => "(= total (* cantidad precio))"
        "a + b * c - d / e % 2 > 0" => "(> (- (+ a (* b c)) (% (/ d e) i:2)) i:0)"
        "(a + b) * c > 0" => "(> (* (+ a b) c) i:0)"
        "a - -1 > 0" => "(> (- a i:-1) i:0)"
        "a || '-' || b = 'x-y'" => "(= (|| a s:- b) 'x-y')"

    lists_hold_values:
        "a IN (1, 2)" => "(in a i:1 i:2)"
        "estado NOT IN ('a', 'b')" => "(not (in estado 'a' 'b'))"
        "a IN (-1, :dia)" => "(in a i:-1 d:2024-01-31)"
        "a IN (1, b)" => "(or (in a i:1) (= a b))"
        "'x' IN (a, 'y')" => "(or (in s:x s:y) (= 'x' a))"
        ":entorno IN ('prod', 'pre')" => "(in s:prod s:prod s:pre)"

    between_is_two_comparisons:
        "a BETWEEN 1 AND 2 AND b" => "(and (>= a i:1) (<= a i:2) (holds b))"
        "fecha NOT BETWEEN '2024-01-01' AND :dia" => "(not (and (>= fecha '2024-01-01') (<= fecha d:2024-01-31)))"
        "'b' BETWEEN a AND c" => "(and (>= 'b' a) (<= 'b' c))"

    like_takes_a_pattern:
        "a LIKE 'x%'" => "(like a x% None false)"
        "a NOT ILIKE '%x_'" => "(not (like a %x_ None true))"
        "a LIKE '10!%' ESCAPE '!'" => "(like a 10!% Some('!') false)"
        "a LIKE :entorno" => "(like a prod None false)"
        "regexp_like(a, '^x+$')" => "(matches a ^x+$ false)"
        "NOT regexp_like(a, 'x', 'i')" => "(not (matches a x true))"

    nulls_are_asked_for_by_name:
        "a IS NULL" => "(null a)"
        "a IS NOT NULL" => "(not (null a))"
        "a + b IS NULL" => "(null (+ a b))"
        "(a > 1) IS NULL" => "(unknown (> a i:1))"
        "NOT a IS NULL" => "(not (null a))"
        "a IS TRUE" => "(and (holds a) (not (unknown (holds a))))"
        "a > 1 IS NOT TRUE" => "(or (not (> a i:1)) (unknown (> a i:1)))"
        "a IS FALSE" => "(and (not (holds a)) (not (unknown (not (holds a)))))"
        "a IS NOT FALSE" => "(or (holds a) (unknown (not (holds a))))"
        "a IS NOT DISTINCT FROM b"
            => "(or (and (null a) (null b)) (and (not (null a)) (not (null b)) (= a b)))"
        "a IS DISTINCT FROM 'x'" => "(not (and (not (null a)) (= a 'x')))"
        "'x' IS NOT DISTINCT FROM a" => "(and (not (null a)) (= 'x' a))"
        "a IS DISTINCT FROM NULL" => "(not (null a))"

    case_chooses:
        "CASE WHEN a > 1 THEN b ELSE c END = 'x'" => "(= (case (> a i:1) b c) 'x')"
        "CASE a WHEN 'x' THEN 1 WHEN 'y' THEN 2 END > 1" => "(> (case (= a 'x') i:1 (= a 'y') i:2 null) i:1)"
        "CASE WHEN a > 1 THEN b > 1 ELSE TRUE END" => "(holds (case (> a i:1) ?(> b i:1) b:true))"
        "coalesce(a, FALSE)" => "(holds (coalesce a b:false))"

    casts_take_our_types_and_those_of_sql:
        "CAST(a AS integer) > 1" => "(> (cast a integer) i:1)"
        "CAST(a AS bigint) > CAST(a AS int)" => "(> (cast a integer) (cast a integer))"
        "CAST(a AS varchar) = CAST(a AS string)" => "(= (cast a string) (cast a string))"
        "CAST(a AS numeric) = CAST(a AS decimal)" => "(= (cast a decimal) (cast a decimal))"
        "CAST(a AS double precision) = CAST(a AS float)" => "(= (cast a float) (cast a float))"
        "CAST(a AS date) = CAST(a AS timestamp)" => "(= (cast a date) (cast a timestamp))"
        "CAST(a AS boolean)" => "(holds (cast a boolean))"
        "CAST(a AS time) = '10:00'" => "(= (cast a time) '10:00')"

    functions_are_called_by_name:
        "abs(a) + ROUND(b, 2) + floor(c) + ceil(d) + ceiling(e) > 0"
            => "(> (+ (+ (+ (+ (abs a) (round b i:2)) (floor c)) (ceil d)) (ceil e)) i:0)"
        "least(a, b, 1) < greatest(a, b)" => "(< (least a b i:1) (greatest a b))"
        "length(trim(a)) = length(upper(b))" => "(= (length (trim a)) (length (upper b)))"
        "substr(a, 1, 2) = substring(b FROM 2)" => "(= (substr a i:1 i:2) (substr b i:2))"
        "replace(a, '.', '') = nullif(b, '')" => "(= (replace a s:. s:) (nullif b s:))"
        "extract(year FROM fecha) = 2024" => "(= (extract year fecha) i:2024)"
        "extract(dow FROM :as_of) = 0" => "(= (extract dow :as_of) i:0)"
        "date_trunc('month', fecha) = fecha" => "(= (date_trunc month fecha) fecha)"

    dates_move_by_intervals:
        "fecha > DATE '2024-01-31'" => "(> fecha d:2024-01-31)"
        "creado > TIMESTAMP '2024-07-01 10:00:00'" => "(> creado t:2024-07-01T08:00:00Z)"
        "fecha + INTERVAL '3' DAY > a" => "(> (shift 0mo 259200000000us fecha) a)"
        "fecha - INTERVAL '3 days' > a" => "(> (shift 0mo -259200000000us fecha) a)"
        "INTERVAL 1 MONTH + fecha > a" => "(> (shift 1mo 0us fecha) a)"
        "fecha + INTERVAL '1 year 2 months -1 week' > a" => "(> (shift 14mo -604800000000us fecha) a)"
        "fecha + INTERVAL '1' QUARTER > a" => "(> (shift 3mo 0us fecha) a)"
        "DATE '2024-01-31' + INTERVAL '1' MONTH > a" => "(> d:2024-02-29 a)"
        "a > :as_of - INTERVAL '1' DAY - INTERVAL '2' HOURS" => "(> a :as_of - 93600 s)"
        "a > :as_of - INTERVAL '1' MONTH" => "(> a (shift -1mo 0us :as_of))"

    variables_keep_their_type:
        "a > :tolerancia" => "(> a d:0.01)"
        "a = :dia" => "(= a d:2024-01-31)"
        "a < :as_of" => "(< a :as_of)"
        "a < :semana" => "(< a date_trunc_week(:as_of - 7 days))"
}
