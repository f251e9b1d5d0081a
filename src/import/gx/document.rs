//! What Great Expectations keeps: suites, validation results, checkpoints and validation definitions, of 0.x and of 1.x.
//!
//! Both spellings of each key are taken wherever they stand, for files written by several versions mix them.

use std::path::{Path, PathBuf};

use serde_json::{Map, Value as Json};

use crate::diagnostic::Diagnostic;
use crate::import::{Request, document};

/// The expectations of one suite, on one asset of data.
#[derive(Clone, Debug, Default)]
pub(super) struct Asset {
    /// The name of the suite, with its dots.
    pub(super) suite: String,
    /// The name of the data asset, if the document says.
    pub(super) data: Option<String>,
    /// Notes on the suite.
    pub(super) notes: Vec<String>,
    /// What its parameters are.
    pub(super) parameters: Map<String, Json>,
    pub(super) expectations: Vec<Written>,
    /// What could not be read, and why.
    pub(super) missing: Vec<(String, String)>,
}

/// One expectation as it is written.
#[derive(Clone, Debug, Default)]
pub(super) struct Written {
    /// Its type, as spelled.
    pub(super) kind: String,
    pub(super) kwargs: Map<String, Json>,
    pub(super) description: Option<String>,
    pub(super) notes: Vec<String>,
    pub(super) severity: Option<String>,
    pub(super) meta: Map<String, Json>,
    /// Its line in the document that was given.
    pub(super) line: Option<u64>,
    /// Why the entry is no expectation, and the entry itself.
    pub(super) unread: Option<(String, Json)>,
}

/// Reads the document, and the suites it names.
///
/// # Errors
/// It is none of what Great Expectations keeps.
pub(super) fn read(request: &Request<'_>) -> Result<Vec<Asset>, Vec<Diagnostic>> {
    let text = request.source.text.trim_start();
    let root = if text.starts_with(['{', '[']) {
        document::json(&request.source)?
    } else {
        document::json_of(&document::yaml(&request.source)?)
    };
    let mut assets = Vec::new();
    gather(&root, request, &mut assets);
    assets
        .retain(|asset: &Asset| !(asset.expectations.is_empty() && asset.missing.is_empty() && asset.suite.is_empty()));
    if assets.is_empty() {
        let help = "a suite has `expectations`, a validation result has `results`, and a checkpoint has `validations` or \
                    `validation_definitions`";
        let message = "this is no suite, validation result or checkpoint of Great Expectations".to_owned();
        return Err(vec![document::mistake(&request.source, 0..0, message, Some(help.to_owned()))]);
    }
    find_lines(&request.source.text, &mut assets);
    Ok(assets)
}

fn gather(root: &Json, request: &Request<'_>, assets: &mut Vec<Asset>) {
    if let Some(several) = root.as_array() {
        // A list of expectations is a suite without a name; any other list holds documents.
        if several.iter().any(|item| item.get("kwargs").is_some()) {
            assets.push(Asset { expectations: several.iter().map(expectation).collect(), ..Asset::default() });
        } else {
            several.iter().for_each(|item| gather(item, request, assets));
        }
    } else if root.get("expectations").is_some_and(Json::is_array) {
        assets.push(suite(root));
    } else if let Some(results) = root.get("results").and_then(Json::as_array) {
        assets.push(result(root, results));
    } else if let Some(results) = root.get("run_results").or_else(|| root.get("validation_results")) {
        let of = |item: &Json| item.get("validation_result").cloned().unwrap_or_else(|| item.clone());
        let each: Vec<Json> = match results {
            Json::Object(entries) => entries.values().map(of).collect(),
            Json::Array(items) => items.iter().map(of).collect(),
            _ => Vec::new(),
        };
        each.iter().for_each(|item| gather(item, request, assets));
    } else if root.get("suite").is_some() && root.get("data").is_some() {
        assets.push(definition(root, request));
    } else {
        checkpoint(root, request, assets);
    }
}

/// A suite: `name` or `expectation_suite_name`.
fn suite(root: &Json) -> Asset {
    let list = root.get("expectations").and_then(Json::as_array);
    Asset {
        suite: text(root, &["name", "expectation_suite_name"]).unwrap_or_default(),
        data: text(root, &["data_asset_name"]),
        notes: notes(root),
        parameters: map(root, &["suite_parameters", "evaluation_parameters"]),
        expectations: list.into_iter().flatten().map(expectation).collect(),
        missing: Vec::new(),
    }
}

/// A validation result: each result holds its expectation.
fn result(root: &Json, results: &[Json]) -> Asset {
    let meta = root.get("meta").unwrap_or(&Json::Null);
    let batch = ["active_batch_definition", "batch_kwargs", "batch_spec"];
    let data = batch.iter().find_map(|key| text(meta.get(key)?, &["data_asset_name", "table"]));
    Asset {
        suite: text(root, &["suite_name"])
            .or_else(|| text(meta, &["expectation_suite_name", "suite_name"]))
            .unwrap_or_default(),
        data: data.or_else(|| text(root, &["asset_name"])),
        parameters: map(root, &["suite_parameters", "evaluation_parameters"]),
        expectations: results.iter().map(expectation_of).collect(),
        ..Asset::default()
    }
}

/// A validation definition of 1.x: a suite by its name, and data by theirs.
fn definition(root: &Json, request: &Request<'_>) -> Asset {
    let name = root.get("suite").and_then(|suite| text(suite, &["name"])).unwrap_or_default();
    let data = root.get("data").and_then(|data| text(data.get("asset")?, &["name"]));
    Asset { data, ..named(&name, request) }
}

/// A checkpoint: the validations of 0.x, or the definitions of 1.x, by name.
fn checkpoint(root: &Json, request: &Request<'_>, assets: &mut Vec<Asset>) {
    let shared = root.get("batch_request").and_then(|batch| text(batch, &["data_asset_name"]));
    let suite = text(root, &["expectation_suite_name"]);
    let parameters = map(root, &["evaluation_parameters", "suite_parameters"]);
    let mut add = |mut asset: Asset| {
        asset.parameters.extend(parameters.clone());
        assets.push(asset);
    };
    let validations = root.get("validations").and_then(Json::as_array);
    for validation in validations.into_iter().flatten() {
        let data = validation.get("batch_request").and_then(|batch| text(batch, &["data_asset_name"]));
        if let Some(name) = text(validation, &["expectation_suite_name"]).or_else(|| suite.clone()) {
            add(Asset { data: data.or_else(|| shared.clone()), ..named(&name, request) });
        }
    }
    if let (true, Some(name)) = (validations.is_none_or(Vec::is_empty), &suite) {
        add(Asset { data: shared, ..named(name, request) });
    }
    for definition in root.get("validation_definitions").and_then(Json::as_array).into_iter().flatten() {
        if definition.get("suite").is_some() {
            add(self::definition(definition, request));
        } else if let Some(name) = text(definition, &["name"]) {
            let paths = beside(&name, &["validation_definitions", "../validation_definitions", "."]);
            add(match first(&paths, request) {
                Some(root) if root.get("suite").is_some() => self::definition(&root, request),
                _ => Asset {
                    suite: name.clone(),
                    missing: vec![(format!("validation definition {name}"), not_found(&paths))],
                    ..Asset::default()
                },
            });
        }
    }
}

/// The suite of a name, read from where Great Expectations keeps it.
fn named(name: &str, request: &Request<'_>) -> Asset {
    let paths = beside(name, &["../expectations", "expectations", "../../expectations", "."]);
    match first(&paths, request) {
        Some(root) if root.get("expectations").is_some() => {
            let read = suite(&root);
            let name = if read.suite.is_empty() { name.to_owned() } else { read.suite };
            Asset { suite: name, ..read }
        }
        _ => Asset {
            suite: name.to_owned(),
            missing: vec![(format!("suite {name}"), not_found(&paths))],
            ..Asset::default()
        },
    }
}

/// Where a file of a name may lie; dots are folders in 0.x.
fn beside(name: &str, folders: &[&str]) -> Vec<PathBuf> {
    let plain = PathBuf::from(format!("{name}.json"));
    let nested = PathBuf::from(format!("{}.json", name.replace('.', "/")));
    let files = if plain == nested { vec![plain] } else { vec![plain, nested] };
    folders.iter().flat_map(|folder| files.iter().map(|file| Path::new(folder).join(file))).collect()
}

fn first(paths: &[PathBuf], request: &Request<'_>) -> Option<Json> {
    paths.iter().find_map(|path| {
        let text = (request.read)(path).ok()?;
        let source = crate::diagnostic::SourceText { path: path.clone(), text };
        document::json(&std::sync::Arc::new(source)).ok()
    })
}

fn not_found(paths: &[PathBuf]) -> String {
    let path = paths.first().map(|path| path.display().to_string()).unwrap_or_default();
    format!("no readable file of it was found: {path} and other places were tried")
}

/// The expectation of a result.
fn expectation_of(result: &Json) -> Written {
    match result.get("expectation_config").filter(|config| !config.is_null()) {
        Some(config) => expectation(config),
        None => unread(result, "it has no `expectation_config`"),
    }
}

/// An entry that is no expectation: it is told, never left out in silence.
fn unread(item: &Json, reason: &str) -> Written {
    Written { unread: Some((reason.to_owned(), item.clone())), ..Written::default() }
}

/// An expectation, or an entry that is none.
fn expectation(item: &Json) -> Written {
    let Some(kind) = text(item, &["expectation_type", "type"]) else {
        return unread(item, if item.is_object() { "it has no `type`" } else { "it is no map" });
    };
    if item.get("kwargs").is_some_and(|kwargs| !kwargs.is_object() && !kwargs.is_null()) {
        return Written { kind, ..unread(item, "its `kwargs` are no map") };
    }
    let meta = map(item, &["meta"]);
    let context = item.get("expectation_context").and_then(|context| text(context, &["description"]));
    Written {
        kind,
        kwargs: map(item, &["kwargs"]),
        description: text(item, &["description"]).or(context),
        notes: notes(item),
        severity: text(item, &["severity"]),
        meta: meta.into_iter().filter(|(key, _)| key != "notes").collect(),
        line: None,
        unread: None,
    }
}

/// Notes: text, a list of it, or `{format, content}`; of the item itself or in its `meta`.
fn notes(item: &Json) -> Vec<String> {
    let lines = |notes: &Json| -> Vec<String> {
        let notes = notes.get("content").unwrap_or(notes);
        match notes {
            Json::String(text) => vec![text.clone()],
            Json::Array(items) => items.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        }
    };
    let own = item.get("notes").map(lines).unwrap_or_default();
    let meta = item.get("meta").and_then(|meta| meta.get("notes")).map(lines).unwrap_or_default();
    own.into_iter().chain(meta).filter(|note| !note.trim().is_empty()).collect()
}

/// The first of some keys that holds text.
fn text(item: &Json, keys: &[&str]) -> Option<String> {
    keys.iter().find_map(|key| item.get(key)?.as_str()).filter(|text| !text.is_empty()).map(str::to_owned)
}

fn map(item: &Json, keys: &[&str]) -> Map<String, Json> {
    let found = keys.iter().find_map(|key| item.get(key)?.as_object().filter(|map| !map.is_empty()));
    found.cloned().unwrap_or_default()
}

/// The line of each expectation: that of the next place where its type is spelled.
fn find_lines(text: &str, assets: &mut [Asset]) {
    let mut at = 0;
    let all = assets.iter_mut().flat_map(|asset| &mut asset.expectations);
    for written in all.filter(|written| !written.kind.is_empty()) {
        if let Some(place) = text[at..].find(&format!("\"{}\"", written.kind)) {
            at += place + 1;
            written.line = Some(text[..at].matches('\n').count() as u64 + 1);
        }
    }
}
