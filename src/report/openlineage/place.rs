//! The names of datasets, as the naming rules of `OpenLineage` have them, so that what one tool writes and another reads is one
//! dataset: `file` and an absolute path, `s3://bucket` and a key.
//!
//! A pattern is the folder before its first star, and so is the same dataset however many files there are. A list of files is
//! the folder that holds them all. A table of a database file is named after both.

use crate::outcome::{Dataset, Report};

/// The namespace and the name of a dataset; relative paths start at `folder`.
pub(super) fn of(report: &Report, dataset: &Dataset, folder: &str) -> (String, String) {
    let files: Vec<String> = dataset.files.iter().map(|file| whole(&file.path, folder)).collect();
    if let Some((path, table)) = dataset.source.split_once(": ").filter(|_| files.len() <= 1) {
        let path = files.first().cloned().unwrap_or_else(|| whole(path, &of_suite(report, folder)));
        let (namespace, name) = split(&path);
        return (namespace, format!("{name}.{table}"));
    }
    split(&path_of(report, dataset, &files, folder))
}

fn path_of(report: &Report, dataset: &Dataset, files: &[String], folder: &str) -> String {
    let fixed = before_stars(&dataset.source);
    if let ([only], None) = (files, fixed) {
        return only.clone();
    }
    let source = fixed.unwrap_or(&dataset.source);
    // What a suite says starts at its file, and what the command line says at the folder of the command.
    let said = [whole(source, &of_suite(report, folder)), whole(source, folder)];
    let holds = |path: &&String| files.iter().all(|file| inside(file, path));
    match said.iter().find(holds) {
        Some(path) => path.clone(),
        None => common(files),
    }
}

/// The folder of the suite file.
fn of_suite(report: &Report, folder: &str) -> String {
    let file = whole(&report.run.suite_file, folder);
    file.rsplit_once('/').map_or(file.clone(), |(above, _)| above.to_owned())
}

/// The part of a pattern before its first part with a star; none of a path.
fn before_stars(path: &str) -> Option<&str> {
    // In a URL of the web a question mark begins what lets one in.
    let is_web = path.starts_with("http://") || path.starts_with("https://");
    let path = if is_web { path.split(['?', '#']).next().unwrap_or_default() } else { path };
    // What stands before the host of a URL is masked with stars.
    let host = path.find("://").map_or(0, |at| at + 3);
    let begins = if host == 0 { 0 } else { host + path[host..].find('/')? };
    let star = begins + path[begins..].find(['*', '?', '['])?;
    Some(path[..star].rfind('/').map_or("", |slash| &path[..slash]))
}

fn inside(file: &str, folder: &str) -> bool {
    file == folder || file.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/') || folder.ends_with('/'))
}

/// The folder that holds all files.
fn common(files: &[String]) -> String {
    let Some(first) = files.first() else { return String::new() };
    let mut folder = first.as_str();
    while let Some((above, _)) = folder.rsplit_once('/') {
        folder = above;
        if files.iter().all(|file| inside(file, folder)) {
            break;
        }
    }
    folder.to_owned()
}

/// An absolute path with slashes, without `.` and `..`; a URL as it is.
fn whole(path: &str, folder: &str) -> String {
    if path.contains("://") {
        return path.trim_end_matches('/').to_owned();
    }
    let path = path.replace('\\', "/");
    let is_absolute = path.starts_with('/') || path.get(1..3) == Some(":/");
    let joined = if is_absolute { path } else { format!("{}/{path}", folder.replace('\\', "/")) };
    let mut parts: Vec<&str> = Vec::new();
    for part in joined.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    let tidy = parts.join("/");
    if joined.starts_with('/') { format!("/{tidy}") } else { tidy }
}

fn split(path: &str) -> (String, String) {
    let Some((scheme, rest)) = path.split_once("://") else { return ("file".to_owned(), path.to_owned()) };
    let scheme = match scheme.to_ascii_lowercase().as_str() {
        "s3a" => "s3".to_owned(),
        "gcs" => "gs".to_owned(),
        "azure" => "az".to_owned(),
        "abfs" => "abfss".to_owned(),
        other => other.to_owned(),
    };
    let (authority, key) = rest.split_once('/').unwrap_or((rest, ""));
    let is_web = scheme.starts_with("http");
    // What lets one in is no part of a name.
    let key = if is_web { key.split(['?', '#']).next().unwrap_or_default() } else { key };
    let authority = if is_web { authority.rsplit('@').next().unwrap_or_default() } else { authority };
    (format!("{scheme}://{authority}"), if key.is_empty() { "/".to_owned() } else { key.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::sample;

    fn named(source: &str, files: &[&str]) -> (String, String) {
        let mut report = sample::report();
        report.run.suite_file = "rules/s.yaml".to_owned();
        let mut dataset = report.datasets[0].clone();
        dataset.source = source.to_owned();
        let file = dataset.files[0].clone();
        dataset.files =
            files.iter().map(|path| crate::outcome::File { path: (*path).to_owned(), ..file.clone() }).collect();
        of(&report, &dataset, "/srv/work")
    }

    fn at(namespace: &str, name: &str) -> (String, String) {
        (namespace.to_owned(), name.to_owned())
    }

    #[test]
    fn a_file_is_its_absolute_path() {
        assert_eq!(named("../data/x.csv", &["data/x.csv"]), at("file", "/srv/work/data/x.csv"));
        assert_eq!(named("../data/x.csv", &["rules/../data/./x.csv"]), at("file", "/srv/work/data/x.csv"));
        assert_eq!(named("/abs/x.csv", &["/abs/x.csv"]), at("file", "/abs/x.csv"));
        assert_eq!(named("../data/x.csv", &[]), at("file", "/srv/work/data/x.csv"));
    }

    #[test]
    fn a_pattern_is_the_same_dataset_however_many_files_there_are() {
        let one = named("../data/day=*/x.parquet", &["data/day=1/x.parquet"]);
        assert_eq!(one, at("file", "/srv/work/data"));
        assert_eq!(one, named("../data/day=*/x.parquet", &["data/day=1/x.parquet", "data/day=2/x.parquet"]));
        assert_eq!(one, named("../data/day=*/x.parquet", &[]));
        // The same by `--source`, which starts at the folder of the command.
        assert_eq!(one, named("data/*.parquet", &["data/1.parquet", "data/2.parquet"]));
    }

    #[test]
    fn a_list_is_the_folder_that_holds_all() {
        let files = ["data/a/1.csv", "data/b/2.csv"];
        assert_eq!(named("../data/a/1.csv, ../data/b/2.csv", &files), at("file", "/srv/work/data"));
    }

    #[test]
    fn an_object_is_its_bucket_and_its_key() {
        assert_eq!(named("s3://b/k/x.csv", &["s3://b/k/x.csv"]), at("s3://b", "k/x.csv"));
        assert_eq!(named("s3a://b/k/*.csv", &["s3a://b/k/1.csv", "s3a://b/k/2.csv"]), at("s3://b", "k"));
        let lake = "abfss://c@acc.dfs.core.windows.net/k/x.csv";
        assert_eq!(named(lake, &[lake]), at("abfss://c@acc.dfs.core.windows.net", "k/x.csv"));
        let signed = "https://***@h.example/k/x.csv?sig=***";
        assert_eq!(named(signed, &[signed]), at("https://h.example", "k/x.csv"));
    }

    #[test]
    fn a_table_is_named_after_its_file_and_itself() {
        assert_eq!(named("../x.db: ventas", &["x.db"]), at("file", "/srv/work/x.db.ventas"));
    }
}
