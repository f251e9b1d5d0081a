//! What holds for every expectation of the catalogue.

use super::*;
use crate::ir::{Predicate, Query, Reading, Scalar, Type};
use serde_json::{Map, json};

/// The parameters and bounds of an example, scalars spelled as the suite reader hands them over.
fn example(definition: &Definition) -> (Json, Limits) {
    let schema = (definition.schema)();
    let Json::Object(given) = serde_yaml::from_str(definition.example).unwrap() else { panic!("no map") };
    let (mut parameters, mut limits) = (Map::new(), Map::new());
    for (key, value) in given {
        if bounds::is_key(definition.bounds, &key) {
            limits.insert(key, spelled(value));
        } else if schema["properties"][&key].to_string().contains(parameter::SPELLED) {
            parameters.insert(key, spelled(value));
        } else {
            parameters.insert(key, value);
        }
    }
    (Json::Object(parameters), serde_json::from_value(Json::Object(limits)).unwrap())
}

fn spelled(value: Json) -> Json {
    match value {
        Json::Number(_) | Json::Bool(_) => json!(value.to_string()),
        Json::Array(items) => items.into_iter().map(spelled).collect(),
        Json::Object(entries) => entries.into_iter().map(|(key, value)| (key, spelled(value))).collect(),
        other => other,
    }
}

fn lowered(definition: &Definition, parameters: Json, limits: &Limits) -> Result<crate::ir::Metric, Mistake> {
    let on = Source {
        computed: &[],
        dataset: "orders",
        is_database: true,
        condition: Predicate::TRUE,
        declared: &[("quantity".to_owned(), Some(Reading::plain(Type::Integer)))],
        optional: &[],
        limits,
        zone: crate::ir::time::Zone::UTC,
        nulls: None,
        sql: &|_| Ok(Predicate::Holds(Scalar::column("paid"))),
        rows_of: &|name| Ok(Rows { dataset: name.to_owned(), condition: Predicate::TRUE }),
        query: &|sql| {
            Ok(Query {
                pieces: vec![sql.to_owned()],
                tables: Vec::new(),
                is_value: false,
                is_ordered: false,
                outputs: None,
            })
        },
        file: &|_| Ok(json!({ "columns": { "a": "integer" } })),
        folder: std::path::Path::new(""),
        text: &|_| Ok("a\nb\n".to_owned()),
        document: &|_| Ok(json!({ "type": "object" })),
    };
    (definition.read)(parameters).unwrap().lower(&on)?.metric(&on, definition.nulls)
}

#[test]
fn names_are_unique_and_in_snake_case() {
    for (index, definition) in CATALOGUE.iter().enumerate() {
        let name = definition.name;
        assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{name}");
        assert!(CATALOGUE[..index].iter().all(|other| other.name != name), "{name}");
        assert!(find(name).is_some_and(|found| found.example == definition.example), "{name}");
    }
}

#[test]
fn every_manual_page_opens_with_a_sentence_and_describes_every_parameter() {
    for definition in CATALOGUE {
        let schema = (definition.schema)();
        let page = schema["description"].as_str().unwrap_or_default();
        let (first, rest) = page.split_once("\n\n").unwrap_or((page, ""));
        assert!(first.ends_with('.') && first.matches(". ").count() == 0, "{}: {first}", definition.name);
        assert!(!rest.is_empty(), "{} has no more to say", definition.name);
        for (key, property) in schema["properties"].as_object().into_iter().flatten() {
            let said = property["description"].as_str().unwrap_or_default();
            assert!(said.ends_with('.'), "{}.{key}: {said}", definition.name);
        }
        assert_eq!(schema["additionalProperties"], json!(false), "{}", definition.name);
    }
}

#[test]
fn the_main_parameter_is_one_of_the_parameters() {
    for definition in CATALOGUE {
        let Some(main) = definition.main else { continue };
        let bound = bounds::is_key(definition.bounds, main);
        assert!(bound || (definition.schema)()["properties"].get(main).is_some(), "{}", definition.name);
    }
}

#[test]
fn every_example_means_something() {
    for definition in CATALOGUE {
        let (parameters, limits) = example(definition);
        assert_eq!(limits.mistake(None), None, "{}", definition.name);
        let metric = lowered(definition, parameters, &limits);
        assert!(metric.is_ok(), "{}: {metric:?}", definition.name);
    }
}

#[test]
fn every_sentence_is_said_in_both_languages() {
    for definition in CATALOGUE {
        let (parameters, limits) = example(definition);
        let instance = (definition.read)(parameters).unwrap();
        let [en, es] = Lang::ALL
            .map(|lang| instance.sentence(&Said { lang, dataset: "orders", limits: &limits, nulls: definition.nulls }));
        assert_ne!(en, es);
        for sentence in [en, es] {
            let name = definition.name;
            assert!(!sentence.is_empty() && !sentence.contains(['{', '}']), "{name}: {sentence}");
            assert!(!sentence.ends_with('.') && sentence == sentence.trim(), "{name}: {sentence}");
            assert!(!sentence.contains("  "), "{name}: {sentence}");
            assert!(instance.columns().iter().all(|it| sentence.contains(&format!("`{it}`"))), "{name}: {sentence}");
        }
    }
}

#[test]
fn a_rule_tests_one_column_or_several_and_never_both() {
    let limits = Limits::default();
    for definition in CATALOGUE.iter().filter(|definition| definition.place == Place::Columns) {
        let with = |columns: Json| {
            let (Json::Object(mut parameters), _) = example(definition) else { panic!("no map") };
            parameters.remove("column");
            parameters.remove("columns");
            parameters.extend(columns.as_object().cloned().unwrap());
            lowered(definition, Json::Object(parameters), &limits)
        };
        for columns in [
            json!({}),
            json!({"column": "a", "columns": ["b"]}),
            json!({"columns": []}),
            json!({"columns": ["a", "a"]}),
        ] {
            assert!(with(columns.clone()).is_err(), "{}: {columns}", definition.name);
        }
        assert!(with(json!({"column": "a"})).is_ok(), "{}", definition.name);
    }
}

#[test]
fn parameters_that_contradict_each_other_are_refused() {
    let said = |name: &str, parameters: Json| {
        let mistake = lowered(find(name).unwrap(), parameters, &Limits::default()).unwrap_err();
        (mistake.parameter.unwrap_or_default(), mistake.message)
    };
    let at = |parameter: &str, message: &str| (parameter.to_owned(), message.to_owned());
    let set = |more: Json| {
        let mut parameters = json!({ "column": "a" });
        parameters.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
        said("in_set", parameters)
    };
    assert_eq!(set(json!({})), at("", "needs `values`, or `from` for the values of another dataset"));
    assert_eq!(set(json!({"values": ["1"], "from": "b.c"})).0, "from");
    assert_eq!(set(json!({"values": [["1"]]})), at("values", "`values` are single values for one column"));
    let several = json!({"columns": ["a", "b"], "from": "lists/shops.txt"});
    assert_eq!(said("in_set", several), at("from", "`from` goes with one column"));
    assert_eq!(set(json!({"from": "shops"})), at("from", "`from` is written `dataset.column`, not `shops`"));
    assert_eq!(set(json!({"from": "b.c", "ignore_case": true})).0, "ignore_case");
    let rows = |values: Json| said("not_in_set", json!({"columns": ["a", "b"], "values": values}));
    assert_eq!(rows(json!(["1"])), at("values", "`values` are lists where `columns` is given"));
    assert_eq!(rows(json!([["1", null, "3"]])), at("values", "`values` has a list of 3 for 2 columns"));

    let picture = |parameters: Json| {
        let mut all = json!({ "column": "a" });
        all.as_object_mut().unwrap().extend(parameters.as_object().cloned().unwrap());
        said("image", all).0
    };
    assert_eq!(picture(json!({"formats": []})), "formats");
    assert_eq!(picture(json!({"min_width": 2, "max_width": 1})), "max_width");
    assert_eq!(picture(json!({"max_size": "much"})), "max_size");
    assert_eq!(said("json_schema", json!({"schema": {"type": "integr"}})).0, "schema");

    let pattern = |pattern: Json| said("matches", json!({"column": "a", "pattern": pattern}));
    assert_eq!(pattern(json!("(a")), at("pattern", "`pattern` does not compile: unclosed group"));
    assert_eq!(pattern(json!([])), at("pattern", "`pattern` holds no pattern"));

    assert_eq!(
        said("like", json!({"column": "a", "pattern": "a\\b", "escape": "\\"})).1,
        "`pattern` is `a\\b`, where `\\` escapes nothing"
    );
    assert_eq!(said("multiple_of", json!({"column": "a", "of": "0"})), at("of", "`of` is greater than zero"));
    assert_eq!(said("outside", json!({"column": "a"})), at("", "needs a bound"));
    assert_eq!(
        said("date_format", json!({"column": "a", "pattern": "%Q"})),
        at("pattern", "`pattern` does not know `%Q`")
    );
    assert_eq!(
        said("equal_columns", json!({"columns": ["a"]})),
        at("columns", "`columns` names one column, which equals itself")
    );
    assert_eq!(said("complete_rows", json!({"columns": []})), at("columns", "`columns` names no column"));

    let format = lowered(find("format").unwrap(), json!({"column": "a", "name": "e_mail"}), &Limits::default());
    assert_eq!(format.unwrap_err().help.as_deref(), Some("did you mean `email`?"));
    assert_eq!(said("newer_than", json!({"column": "a"})), at("", "needs `age`, or `than`"));
    assert_eq!(said("older_than", json!({"column": "a", "age": "1d", "than": "2024-01-01"})).0, "than");
    assert_eq!(said("freshness", json!({})).0, "");
    assert_eq!(said("freshness", json!({"column": "a", "of": "file"})).0, "of");
    let gaps = |every: &str| said("no_gaps", json!({"column": "a", "every": every}));
    assert_eq!(gaps("fortnight").0, "every");
    assert_eq!(gaps("2d").0, "every");
    assert_eq!(gaps("7h").0, "every");
    assert_eq!(said("no_gaps", json!({"column": "a", "every": "week", "calendar": "weekdays"})).0, "calendar");
    assert_eq!(said("compare", json!({"left": "a", "op": "=", "right": "b", "tolerance": "-1"})).0, "tolerance");
    assert_eq!(said("length", json!({"column": "a"})), at("", "needs a bound"));
    assert_eq!(said("columns", json!({"names": ["a", "b", "a"]})), at("names", "`names` names `a` twice"));
}

#[test]
fn rules_about_rows_and_relations_refuse_what_has_no_meaning() {
    let said = |name: &str, parameters: Json| {
        let mistake = lowered(find(name).unwrap(), parameters, &Limits::default()).unwrap_err();
        (mistake.parameter.unwrap_or_default(), mistake.message)
    };
    for name in ["distinct_within_row", "at_least_one", "at_most_one"] {
        assert_eq!(said(name, json!({"columns": ["a"]})).0, "columns", "{name}");
        assert_eq!(said(name, json!({"columns": ["a", "a"]})).0, "columns", "{name}");
    }
    assert_eq!(said("sum_equals", json!({"columns": ["a"], "total": "1"})).0, "columns");
    assert_eq!(said("sum_equals", json!({"columns": ["a", "b"], "total": {"column": "b"}})).0, "total");
    assert_eq!(said("sum_equals", json!({"columns": ["a", "b"], "total": "1", "tolerance": "-1"})).0, "tolerance");
    // A column that the suite declares is held to its type before any data is read.
    for step in ["0", "0.5", "1d", "x"] {
        assert_eq!(said("sequential", json!({"column": "quantity", "step": step})).0, "step", "{step}");
    }
    assert_eq!(said("sequential", json!({"column": "a", "order_by": []})).0, "order_by");
    let overlaps = |by: Json| said("no_overlaps", json!({"start": "a", "end": "b", "by": by})).0;
    assert_eq!([overlaps(json!([])), overlaps(json!("b")), overlaps(json!(["c", "c"]))], ["by"; 3]);
    assert_eq!(said("no_overlaps", json!({"start": "a", "end": "a"})).0, "end");
    let aggregate = |aggregate: Json, to: &str| said("same_aggregate", json!({"aggregate": aggregate, "to": to})).0;
    assert_eq!(aggregate(json!("sum"), "other"), "aggregate");
    assert_eq!(aggregate(json!("row_count"), "other.n"), "to");
    let rows = |parameters: Json| {
        let mut all = json!({"to": "other"});
        all.as_object_mut().unwrap().extend(parameters.as_object().cloned().unwrap());
        said("same_rows", all).0
    };
    assert_eq!(rows(json!({"key": []})), "key");
    assert_eq!(rows(json!({"key": ["a", "a"]})), "key");
    assert_eq!(rows(json!({"tolerance": "1"})), "tolerance");
    assert_eq!(rows(json!({"key": "a", "columns": ["b", "a"]})), "columns");
    let unread = |name: &str, parameters: Json| (find(name).unwrap().read)(parameters).is_err();
    assert!(unread("same_rows", json!({"to": "b", "key": "a", "tolerance": "-1"})));
    assert!(unread("same_aggregate", json!({"aggregate": {"sum": "a", "min": "b"}, "to": "b"})));
}
