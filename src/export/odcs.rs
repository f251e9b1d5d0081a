//! Suites as data contracts of the Open Data Contract Standard, 3.1.
//!
//! What the standard has words for takes them: types, required, unique, options of types, relationships, metrics of its
//! library, freshness. Every other rule goes whole into `quality` as a rule of the engine `tamiz`, which `tamiz import odcs`
//! takes back, so that nothing is lost between Tamiz and itself.
//!
//! Format: <https://bitol-io.github.io/open-data-contract-standard/>.

use serde_json::{Map, Value as Json, json};

use crate::dataset::Column;
use crate::expectation::{self, Place};
use crate::export::Exported;
use crate::ir::missing::Blank;
use crate::ir::time::Zone;
use crate::ir::{Reading, Severity, Type};
use crate::suite::{Builtin, IfMissing, Rule, Suite, SuiteDataset, yaml};

/// Writes a suite as a contract.
///
/// # Errors
/// What the writer of YAML refuses.
pub(super) fn odcs(suite: &Suite) -> Result<Exported, String> {
    let mut unsaid = Vec::new();
    let mut levels = Vec::new();
    let mut objects = Vec::new();
    for dataset in &suite.datasets {
        let name = &dataset.data.name;
        if let Some(from) = &dataset.from {
            unsaid.push(format!("`{name}` takes rows of `{}`; contracts have no part of a table", from.dataset));
            continue;
        }
        if dataset.where_text.is_some() {
            unsaid.push(format!("`{name}` has a `where`, which only Tamiz reads in the contract"));
        }
        let rules: Vec<&Rule> =
            suite.rules.iter().filter(|rule| rule.dataset == *name && rule.builtin.is_none()).collect();
        for rule in &rules {
            let texts = || rule.params.values().chain(rule.common.values()).filter_map(Json::as_str);
            let variable = suite.vars.keys().find(|name| texts().any(|text| text.contains(&format!(":{name}"))));
            unsaid.extend(
                variable.map(|name| format!("`{}` hangs on the variable `{name}`; contracts have none", rule.id)),
            );
        }
        let counted = |rule: &Rule| rule.builtin == Some(Builtin::NotEmpty) || rule.expectation == "row_count";
        let may_be_empty = !suite.rules.iter().any(|rule| rule.dataset == *name && counted(rule));
        objects.push(object((dataset, may_be_empty), &rules, &mut levels, &mut unsaid));
    }
    let meta = |key: &str| suite.about.meta.as_ref().and_then(|meta| meta.get(key)).and_then(Json::as_str);
    let mut contract = Map::new();
    contract.insert("apiVersion".to_owned(), json!("v3.1.0"));
    contract.insert("kind".to_owned(), json!("DataContract"));
    contract.insert("id".to_owned(), json!(meta("contract").unwrap_or(&suite.id)));
    contract.insert("name".to_owned(), json!(suite.about.title.as_ref().unwrap_or(&suite.id)));
    contract.insert("version".to_owned(), json!(meta("version").unwrap_or("1.0.0")));
    contract.insert("status".to_owned(), json!(meta("status").unwrap_or("active")));
    if let Some(description) = &suite.about.description {
        contract.insert("description".to_owned(), json!({ "purpose": description.en }));
    }
    if !suite.about.tags.is_empty() {
        contract.insert("tags".to_owned(), json!(suite.about.tags));
    }
    if let Some(owner) = &suite.about.owner {
        contract.insert("team".to_owned(), json!({ "name": owner }));
    }
    let sources = suite.datasets.iter().filter(|dataset| dataset.from.is_none());
    unsaid.extend(sources.map(|dataset| {
        format!("where `{}` is read (`{}`) stays in the suite", dataset.data.name, dataset.data.source.shown())
    }));
    if !suite.vars.is_empty() {
        let names: Vec<String> = suite.vars.keys().map(|name| format!("`{name}`")).collect();
        unsaid.push(format!("the variables {} stay in the suite; what they are now is written", names.join(", ")));
    }
    if !suite.tests.is_empty() {
        unsaid.push("the tests stay in the suite".to_owned());
    }
    if suite.timezone.0 != Zone::UTC.0 {
        let own = Map::from_iter([("timezone".to_owned(), json!(suite.timezone.0.name()))]);
        contract.extend(own_properties(&own).map(|own| ("customProperties".to_owned(), own)));
    }
    contract.insert("schema".to_owned(), Json::Array(objects));
    if !levels.is_empty() {
        contract.insert("slaProperties".to_owned(), Json::Array(levels));
    }
    Ok(Exported { text: yaml::write(&Json::Object(contract))?, unsaid })
}

fn object(
    (dataset, may_be_empty): (&SuiteDataset, bool),
    rules: &[&Rule],
    levels: &mut Vec<Json>,
    unsaid: &mut Vec<String>,
) -> Json {
    let name = &dataset.data.name;
    let mut columns: Vec<String> = dataset.data.columns.iter().map(|column| column.name.clone()).collect();
    for rule in rules {
        let mentioned = of_column(rule).filter(|column| !columns.contains(column));
        columns.extend(mentioned);
    }
    let mut properties = Vec::new();
    for column in &columns {
        let declared = dataset.data.column(column);
        if declared.is_some_and(|declared| declared.sql.is_some()) {
            unsaid.push(format!("`{name}.{column}` is computed; the contract has it as a column like others"));
        }
        let mut property = Property::new(column, declared, dataset.optional.contains(column));
        for rule in rules.iter().filter(|rule| of_column(rule).as_deref() == Some(column)) {
            property.add(rule, levels);
        }
        properties.push(property.json());
    }
    let mut quality = Vec::new();
    for rule in rules.iter().filter(|rule| of_column(rule).is_none()) {
        quality.push(row_count(rule).unwrap_or_else(|| ours(rule)));
    }
    let mut object = json!({ "name": name, "logicalType": "object" });
    if let Some(title) = &dataset.about.title {
        object["businessName"] = json!(title);
    }
    if let Some(description) = &dataset.about.description {
        object["description"] = json!(description.en);
    }
    if !dataset.about.tags.is_empty() {
        object["tags"] = json!(dataset.about.tags);
    }
    if let Some(own) = own_properties(&dataset_keys(dataset, may_be_empty)) {
        object["customProperties"] = own;
    }
    object["properties"] = Json::Array(properties);
    if !quality.is_empty() {
        object["quality"] = Json::Array(quality);
    }
    object
}

/// What only Tamiz reads in a contract: keys of a dataset or a column.
fn own_properties(keys: &Map<String, Json>) -> Option<Json> {
    (!keys.is_empty()).then(|| json!([{ "property": "tamiz", "value": keys }]))
}

/// The keys of a dataset that the standard has no words for.
fn dataset_keys(dataset: &SuiteDataset, may_be_empty: bool) -> Map<String, Json> {
    let (mut keys, mut format) = (Map::new(), Map::new());
    let data = &dataset.data;
    format.extend(data.format.kind.map(|kind| ("type".to_owned(), json!(kind.name()))));
    format.extend(data.format.delimiter.map(|byte| ("delimiter".to_owned(), json!(char::from(byte).to_string()))));
    format.extend(data.format.header.map(|header| ("header".to_owned(), json!(header))));
    format.extend(data.format.columns.as_ref().map(|columns| ("columns".to_owned(), json!(columns))));
    format.extend(data.null_values.as_ref().map(|values| ("null_values".to_owned(), json!(values))));
    let readings = || data.columns.iter().filter_map(|column| column.reading.as_ref());
    let spelled = |of: fn(&Reading) -> &Vec<String>| readings().map(of).find(|values| !values.is_empty()).cloned();
    format.extend(spelled(|reading| &reading.true_values).map(|values| ("true_values".to_owned(), json!(values))));
    format.extend(spelled(|reading| &reading.false_values).map(|values| ("false_values".to_owned(), json!(values))));
    if !format.is_empty() {
        keys.insert("format".to_owned(), Json::Object(format));
    }
    if !data.key.is_empty() {
        keys.insert("key".to_owned(), json!(data.key));
    }
    if may_be_empty {
        keys.insert("may_be_empty".to_owned(), json!(true));
    }
    let if_missing = match dataset.if_missing {
        IfMissing::Error => None,
        IfMissing::Fail => Some("fail"),
        IfMissing::Skip => Some("skip"),
    };
    keys.extend(if_missing.map(|word| ("if_missing".to_owned(), json!(word))));
    keys.extend(dataset.where_text.as_ref().map(|text| ("where".to_owned(), json!(text))));
    keys
}

/// The one column that a rule is about, if it can stand under it.
fn of_column(rule: &Rule) -> Option<String> {
    let several = ["columns", "left", "names", "start"].iter().any(|key| rule.params.contains_key(*key));
    match rule.columns.as_slice() {
        [one] if !several && rule.selected.is_none() && expectation::find(rule.expectation)?.place != Place::Table => {
            Some(one.clone())
        }
        _ => None,
    }
}

/// A property on its way.
struct Property {
    said: Map<String, Json>,
    options: Map<String, Json>,
    relationships: Vec<Json>,
    quality: Vec<Json>,
}

impl Property {
    fn new(name: &str, declared: Option<&Column>, optional: bool) -> Self {
        let mut said = Map::from_iter([("name".to_owned(), json!(name))]);
        let mut options = Map::new();
        let mut own = Map::new();
        if let Some(reading) = declared.and_then(|declared| declared.reading.as_ref()) {
            let (logical, physical) = types(reading.kind);
            said.insert("logicalType".to_owned(), json!(logical));
            said.extend(physical.map(|physical| ("physicalType".to_owned(), json!(physical))));
            let format = match reading.parse.as_slice() {
                [pattern] => java(&pattern.to_string()),
                _ => None,
            };
            if format.is_none() && !reading.parse.is_empty() {
                own.insert("parse".to_owned(), reading.parse.iter().map(ToString::to_string).collect());
            }
            if reading.trim {
                own.insert("trim".to_owned(), json!(true));
            }
            options.extend(format.map(|format| ("format".to_owned(), json!(format))));
        }
        own.extend(declared.and_then(|declared| declared.missing.as_ref()).map(|missing| {
            let values = match &missing.pattern {
                Some(Blank(pattern)) => json!({ "values": missing.spellings, "pattern": pattern.as_str() }),
                None => json!(missing.spellings),
            };
            ("missing".to_owned(), values)
        }));
        if optional {
            own.insert("optional".to_owned(), json!(true));
        }
        said.extend(own_properties(&own).map(|own| ("customProperties".to_owned(), own)));
        Self { said, options, relationships: Vec::new(), quality: Vec::new() }
    }

    /// Says a rule in the words of the standard where it has them, else whole.
    fn add(&mut self, rule: &Rule, levels: &mut Vec<Json>) {
        if rule.expectation == "type" && is_hard(rule) {
            return;
        }
        let said = is_hard(rule) && is_unsaid_otherwise(rule) && self.plainly(rule, levels).is_some();
        if !said {
            self.quality.push(ours(rule));
        }
    }

    fn plainly(&mut self, rule: &Rule, levels: &mut Vec<Json>) -> Option<()> {
        let params = &rule.params;
        let only = |allowed: &[&str]| params.keys().all(|key| allowed.contains(&key.as_str()));
        match rule.expectation {
            "not_null" => drop(self.said.insert("required".to_owned(), json!(true))),
            "unique" if params.is_empty() => drop(self.said.insert("unique".to_owned(), json!(true))),
            "length" if only(&["min", "max"]) => self.set(&[("min", "minLength"), ("max", "maxLength")], params)?,
            "between" if only(&["min", "max", "strict_min", "strict_max"]) => self.set(
                &[
                    ("min", "minimum"),
                    ("max", "maximum"),
                    ("strict_min", "exclusiveMinimum"),
                    ("strict_max", "exclusiveMaximum"),
                ],
                params,
            )?,
            "multiple_of" => self.set(&[("of", "multipleOf")], params)?,
            "matches" if only(&["pattern"]) => self.set(&[("pattern", "pattern")], params)?,
            "format" => {
                let known = ["email", "uuid", "uri", "hostname", "ipv4", "ipv6"];
                params.get("name").and_then(Json::as_str).filter(|name| known.contains(name))?;
                self.set(&[("name", "format")], params)?;
            }
            "in_set" if only(&["values"]) => {
                let values = params.get("values")?;
                self.quality
                    .push(json!({ "metric": "invalidValues", "arguments": { "validValues": values }, "mustBe": 0 }));
            }
            "foreign_key" if only(&["to"]) => {
                let to = params.get("to")?.as_str()?;
                self.relationships.push(json!({ "type": "foreignKey", "to": to }));
            }
            "freshness" if only(&["max_age"]) => {
                let age = params.get("max_age")?.as_str()?;
                let split = age.find(|c: char| !c.is_ascii_digit())?;
                let (value, unit) = age.split_at(split);
                let unit = match unit {
                    "h" | "d" | "y" => unit,
                    _ => return None,
                };
                let element = format!("{}.{}", rule.dataset, rule.columns.first()?);
                let value: u64 = value.parse().ok()?;
                levels.push(json!({ "property": "freshness", "value": value, "unit": unit, "element": element }));
            }
            _ => return None,
        }
        Some(())
    }

    /// Sets options of the type, none of which may be there yet or be more than a single value.
    fn set(&mut self, pairs: &[(&str, &str)], params: &Map<String, Json>) -> Option<()> {
        let mut options = Vec::new();
        for (param, option) in pairs {
            let Some(value) = params.get(*param) else { continue };
            if self.options.contains_key(*option) || !(value.is_string() || value.is_number()) {
                return None;
            }
            // Bounds are spelled; what is a number is one in the contract.
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let number = *option != "pattern" && !text.starts_with('0') || text == "0" || text.starts_with("0.");
            let number = number.then(|| serde_json::from_str::<serde_json::Number>(&text).ok()).flatten();
            options.push(((*option).to_owned(), number.map_or(Json::String(text), Json::Number)));
        }
        self.options.extend(options);
        Some(())
    }

    fn json(self) -> Json {
        let mut said = self.said;
        if !self.options.is_empty() {
            said.insert("logicalTypeOptions".to_owned(), Json::Object(self.options));
        }
        if !self.relationships.is_empty() {
            said.insert("relationships".to_owned(), Json::Array(self.relationships));
        }
        if !self.quality.is_empty() {
            said.insert("quality".to_owned(), Json::Array(self.quality));
        }
        Json::Object(said)
    }
}

/// Whether a rule is one that nothing softens: the standard's words for columns have no tolerance, condition or severity.
fn is_hard(rule: &Rule) -> bool {
    rule.severity == Severity::Error && rule.limits.len() == 1 && rule.skip.is_none()
}

/// Whether nothing is written beside the parameters that the standard's words would lose.
fn is_unsaid_otherwise(rule: &Rule) -> bool {
    rule.common.keys().all(|key| key == "severity")
}

/// The number of rows, as a metric of the library.
fn row_count(rule: &Rule) -> Option<Json> {
    if rule.expectation != "row_count" || !is_hard(rule) || !is_unsaid_otherwise(rule) {
        return None;
    }
    let mut said = json!({ "metric": "rowCount" });
    let [(key, value)] = rule.params.iter().collect::<Vec<_>>()[..] else { return None };
    let operator = match key.as_str() {
        "equals" => "mustBe",
        "min" => "mustBeGreaterOrEqualTo",
        "max" => "mustBeLessOrEqualTo",
        "strict_min" => "mustBeGreaterThan",
        "strict_max" => "mustBeLessThan",
        _ => return None,
    };
    let number = value.as_u64().or_else(|| value.as_str()?.parse().ok())?;
    said[operator] = json!(number);
    Some(said)
}

/// A rule as one of our engine: the item of an `expect` list.
fn ours(rule: &Rule) -> Json {
    let mut keys = rule.params.clone();
    keys.extend(rule.common.clone());
    // A condition over variables is settled: the contract has no variables.
    if keys.shift_remove("when").is_some() && rule.skip.is_some() {
        keys.insert("enabled".to_owned(), json!(false));
    }
    let mut said = json!({ "type": "custom", "engine": "tamiz" });
    if let Some(description) = &rule.about.description {
        said["description"] = json!(description.en);
    }
    said["implementation"] =
        if keys.is_empty() { json!(rule.expectation) } else { json!({ rule.expectation: Json::Object(keys) }) };
    said
}

fn types(kind: Type) -> (&'static str, Option<&'static str>) {
    match kind {
        Type::String => ("string", None),
        Type::Integer => ("integer", None),
        Type::Decimal => ("number", Some("decimal")),
        Type::Float => ("number", Some("double")),
        Type::Boolean => ("boolean", None),
        Type::Date => ("date", None),
        Type::Timestamp => ("timestamp", None),
        Type::Time => ("time", None),
        Type::Json => ("string", Some("json")),
        Type::Object => ("object", None),
        Type::List => ("array", None),
    }
}

/// A pattern of strptime in the letters of Java's `DateTimeFormatter`.
fn java(pattern: &str) -> Option<String> {
    const LETTERS: [(char, &str); 11] = [
        ('Y', "yyyy"),
        ('y', "yy"),
        ('B', "MMMM"),
        ('b', "MMM"),
        ('m', "MM"),
        ('d', "dd"),
        ('H', "HH"),
        ('I', "hh"),
        ('M', "mm"),
        ('S', "ss"),
        ('p', "a"),
    ];
    let (mut made, mut characters) = (String::new(), pattern.chars());
    while let Some(c) = characters.next() {
        match c {
            '%' => made.push_str(LETTERS.iter().find(|(letter, _)| characters.as_str().starts_with(*letter)).map(
                |(_, java)| {
                    characters.next();
                    *java
                },
            )?),
            c if c.is_alphabetic() => made.push_str(&format!("'{c}'")),
            c => made.push(c),
        }
    }
    Some(made)
}
