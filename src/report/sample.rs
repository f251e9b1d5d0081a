//! A run with something of everything, and cells written by somebody who means harm; for tests.

use indexmap::IndexMap;
use serde_json::{Value, json};

use crate::outcome::{
    ByLevel, Ci, Column, Counts, Dataset, DecidedBy, Dialect, Fault, File, Impact, KnownBy, Location, Outcome, Report,
    Run, RunStatus, Sample, Selection, Setting, Status, Text, Threshold, TopValue, VERSION, Verdict,
};

/// Cells that try to be something else: markup, a command for a CI log, a terminal escape, turned text, too long.
pub(super) fn hostile() -> [String; 6] {
    [
        "<script>alert(1)</script>".to_owned(),
        "\"><img src=https://evil.example/x.png>".to_owned(),
        "::error::owned\n::error::twice".to_owned(),
        "##vso[task.complete]\u{1b}[2J\u{1b}[31mred".to_owned(),
        "abc\u{202e}cba\u{2066}".to_owned(),
        "x".repeat(5_000),
    ]
}

/// A failed run of the suite `ventas`.
pub(crate) fn report() -> Report {
    let results = results();
    let of = |status: Status| results.iter().filter(|outcome| outcome.status == status).count() as u64;
    let gating = results.iter().filter(|outcome| outcome.gating).count() as u64;
    let counts = Counts {
        rules: results.len() as u64,
        passed: of(Status::Passed),
        failed: of(Status::Failed),
        error: of(Status::Error),
        skipped: of(Status::Skipped),
        gating,
        muted: 0,
        known: 0,
        by_level: ByLevel { info: 0, warning: 2, error: 1, critical: 1 },
        rows_read: 10_530,
        bytes_read: 612_344,
        datasets: 4,
    };
    let verdict = Verdict {
        status: RunStatus::Failed,
        exit_code: 1,
        retryable: false,
        warnings: of(Status::Failed) - gating,
        reason: text(
            "2 of 14 rules failed at or above `error`, and 2 could not be evaluated.",
            "2 de 14 reglas fallan con nivel `error` o superior, y 2 no se pudieron evaluar.",
        ),
        fail_on: "error".to_owned(),
    };
    Report { report: VERSION, run: run(), verdict, counts, datasets: datasets(), results, breaker: None }
}

/// The same run, with every text and every name in it replaced.
pub(super) fn all_text_is(text: &str) -> Report {
    const WORDS: [&str; 3] = ["status", "decided_by", "by"];
    fn replace(value: &mut Value, text: &str) {
        match value {
            Value::String(old) => text.clone_into(old),
            Value::Array(items) => items.iter_mut().for_each(|item| replace(item, text)),
            Value::Object(fields) => fields
                .iter_mut()
                .filter(|(name, _)| !WORDS.contains(&name.as_str()))
                .for_each(|(_, field)| replace(field, text)),
            _ => {}
        }
    }
    let mut record = serde_json::to_value(report()).unwrap();
    replace(&mut record, text);
    let mut report: Report = serde_json::from_value(record).unwrap();
    for sample in report.results.iter_mut().flat_map(|outcome| &mut outcome.samples) {
        sample.values = sample.values.drain(..).map(|(name, value)| (format!("{text}{name}"), value)).collect();
    }
    report.run.vars = IndexMap::from([(text.to_owned(), text.to_owned())]);
    report.run.labels = report.run.vars.clone();
    report
}

/// An outcome that passed, to build others from.
pub(super) fn passed(id: &str, expectation: &str, columns: &[&str], en: &str, es: &str) -> Outcome {
    let dataset = id.split('.').next().unwrap_or_default().to_owned();
    Outcome {
        id: id.to_owned(),
        expectation: expectation.to_owned(),
        dataset,
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        params: serde_json::Map::new(),
        condition: None,
        threshold: Vec::new(),
        severity: "error".to_owned(),
        level: None,
        status: Status::Passed,
        gating: false,
        muted: None,
        sentence: text(en, es),
        message: text("All 5,407 values hold.", "Los 5.407 valores cumplen."),
        description: None,
        dimension: "validity".to_owned(),
        evaluated: Some(5_407),
        missing: Some(0),
        unparsed: Some(0),
        violations: Some(0),
        baseline: None,
        violation_share: Some(0.0),
        observed: None,
        expected: None,
        details: None,
        samples: Vec::new(),
        groups_evaluated: None,
        groups_failed: None,
        groups: Vec::new(),
        evidence: None,
        top_values: Vec::new(),
        decided_by: Some(DecidedBy::Scan),
        engine: Some("local".to_owned()),
        statement: None,
        location: Location { file: "rules/ventas.yaml".to_owned(), line: 40 + id.len() as u64, column: 13 },
        reason: None,
        error: None,
        owner: None,
        runbook: None,
        impact: None,
        tags: vec!["ventas".to_owned()],
        meta: None,
    }
}

fn results() -> Vec<Outcome> {
    let mut results = vec![
        passed(
            "productos.producto_id.unique",
            "unique",
            &["producto_id"],
            "No `producto_id` occurs twice.",
            "Ningún `producto_id` se repite.",
        ),
        passed(
            "ventas.venta_id.unique",
            "unique",
            &["venta_id"],
            "No `venta_id` occurs twice.",
            "Ningún `venta_id` se repite.",
        ),
        passed(
            "ventas.venta_id.not_null",
            "not_null",
            &["venta_id"],
            "Every row has a `venta_id`.",
            "Toda fila tiene `venta_id`.",
        ),
        passed(
            "ventas.precio.non_negative",
            "non_negative",
            &["precio"],
            "No `precio` is negative.",
            "Ningún `precio` es negativo.",
        ),
        passed(
            "inventario.stock.non_negative",
            "non_negative",
            &["stock"],
            "No `stock` is negative.",
            "Ningún `stock` es negativo.",
        ),
    ];
    results.extend([row_count(), foreign_key(), amounts(), future(), mean()]);
    results.extend(blocked());
    results.extend(left_out());
    results
}

fn row_count() -> Outcome {
    Outcome {
        evaluated: Some(5_500),
        violations: None,
        violation_share: None,
        observed: Some(json!(5_500)),
        expected: Some("at least 1".to_owned()),
        message: text("It has 5,500 rows.", "Tiene 5.500 filas."),
        decided_by: Some(DecidedBy::Facts),
        ..passed(
            "ventas.row_count",
            "row_count",
            &[],
            "`ventas` has at least 1 row.",
            "`ventas` tiene al menos 1 fila.",
        )
    }
}

fn future() -> Outcome {
    Outcome {
        violations: Some(1_479),
        violation_share: Some(1_479.0 / 5_407.0),
        severity: "warning".to_owned(),
        level: Some("warning".to_owned()),
        status: Status::Failed,
        message: text(
            "1,479 of 5,407 dates lie after 2025-06-30.",
            "1.479 de 5.407 fechas son posteriores al 2025-06-30.",
        ),
        observed: Some(json!(1_479)),
        expected: Some("0".to_owned()),
        unparsed: Some(93),
        dimension: "timeliness".to_owned(),
        samples: vec![place(2, 1, &[("fecha", json!("2025-12-01"))]), place(9, 8, &[("fecha", json!("2025-11-20"))])],
        ..passed(
            "ventas.fecha.not_in_future",
            "not_in_future",
            &["fecha"],
            "No `fecha` lies in the future.",
            "Ninguna `fecha` está en el futuro.",
        )
    }
}

fn blocked() -> [Outcome; 2] {
    ["cliente_id", "pais"].map(|column| Outcome {
        status: Status::Error,
        message: text("It could not be evaluated.", "No se pudo evaluar."),
        evaluated: None,
        missing: None,
        unparsed: None,
        violations: None,
        violation_share: None,
        decided_by: None,
        error: Some(Fault {
            code: "source_missing".to_owned(),
            message: "data/clientes.csv does not exist; check `source` or pass --source clientes=PATH".to_owned(),
            caused_by: Some("clientes".to_owned()),
        }),
        ..passed(
            &format!("clientes.{column}.not_null"),
            "not_null",
            &[column],
            &format!("Every row has a `{column}`."),
            &format!("Toda fila tiene `{column}`."),
        )
    })
}

fn left_out() -> [Outcome; 2] {
    ["almacen", "zona"].map(|column| Outcome {
        status: Status::Skipped,
        message: text("It was not evaluated.", "No se evaluó."),
        evaluated: None,
        violations: None,
        violation_share: None,
        reason: Some("the column is optional and the file does not have it".to_owned()),
        ..passed(
            &format!("inventario.{column}.not_null"),
            "not_null",
            &[column],
            &format!("Every row has a `{column}`."),
            &format!("Toda fila tiene `{column}`."),
        )
    })
}

fn foreign_key() -> Outcome {
    Outcome {
        params: json!({"to": "productos.producto_id"}).as_object().cloned().unwrap_or_default(),
        condition: Some("estado <> 'anulada'".to_owned()),
        level: Some("error".to_owned()),
        status: Status::Failed,
        gating: true,
        message: text(
            "524 of 5,407 values of `producto_id` are not in `productos.producto_id`.",
            "524 de 5.407 valores de `producto_id` no están en `productos.producto_id`.",
        ),
        description: Some(text(
            "A sale of a product nobody knows cannot be booked.",
            "Una venta de un producto desconocido no se puede contabilizar.",
        )),
        dimension: "integrity".to_owned(),
        missing: Some(0),
        unparsed: Some(93),
        violations: Some(524),
        violation_share: Some(524.0 / 5_407.0),
        observed: Some(json!(524)),
        expected: Some("0".to_owned()),
        samples: (0..10u32)
            .map(|row| {
                let line = u64::from(17 + row * 10);
                place(line, line - 1, &[("producto_id", json!(11))])
            })
            .collect(),
        top_values: vec![TopValue { values: IndexMap::from([("producto_id".to_owned(), json!(11))]), count: 524 }],
        decided_by: Some(DecidedBy::Keys),
        owner: Some("datos@empresa.example".to_owned()),
        runbook: Some("https://wiki.example/ventas#producto".to_owned()),
        impact: Some(Impact { rows: 524, loss: Some("12500.50".to_owned()), currency: Some("EUR".to_owned()) }),
        ..passed(
            "ventas.producto_id.foreign_key",
            "foreign_key",
            &["producto_id"],
            "Every `producto_id` is in `productos.producto_id`.",
            "Todo `producto_id` está en `productos.producto_id`.",
        )
    }
}

fn amounts() -> Outcome {
    let [script, image, command, escape, turned, long] = hostile();
    let cells = [script.clone(), image, command, escape, turned, long];
    Outcome {
        params: json!({"sql": "total = cantidad * precio"}).as_object().cloned().unwrap_or_default(),
        threshold: vec![
            Threshold { level: "warning".to_owned(), limit: "0".to_owned() },
            Threshold { level: "critical".to_owned(), limit: "0.1%".to_owned() },
        ],
        severity: "critical".to_owned(),
        level: Some("critical".to_owned()),
        status: Status::Failed,
        gating: true,
        message: text(
            "6 of 6,000,000 rows break `total = cantidad * precio`; the first has <b>\u{1b}[1mbold\u{1b}[0m</b>.",
            "6 de 6.000.000 filas incumplen `total = cantidad * precio`; la primera tiene <b>\u{1b}[1mbold\u{1b}[0m</b>.",
        ),
        dimension: "consistency".to_owned(),
        evaluated: Some(6_000_000),
        missing: Some(12),
        violations: Some(6),
        violation_share: Some(1e-6),
        observed: Some(json!(6)),
        expected: Some("0".to_owned()),
        samples: cells
            .iter()
            .enumerate()
            .map(|(row, cell)| Sample {
                line: None,
                ..place(
                    0,
                    row as u64,
                    &[
                        ("total", json!(12.5)),
                        ("cantidad", json!("2.50")),
                        ("precio", Value::Null),
                        ("nota", json!(cell)),
                    ],
                )
            })
            .collect(),
        top_values: vec![TopValue { values: IndexMap::from([("nota".to_owned(), json!(script))]), count: 3 }],
        owner: Some("<Equipo & datos>".to_owned()),
        runbook: Some("javascript:alert(document.domain)".to_owned()),
        ..passed(
            "ventas.total_cuadra",
            "expression",
            &["total", "cantidad", "precio", "nota"],
            "In every row `total = cantidad * precio`.",
            "En toda fila `total = cantidad * precio`.",
        )
    }
}

fn mean() -> Outcome {
    Outcome {
        severity: "warning".to_owned(),
        level: Some("warning".to_owned()),
        status: Status::Failed,
        message: text("The mean of `stock` is 3.25.", "La media de `stock` es 3,25."),
        evaluated: Some(4_900),
        unparsed: Some(100),
        violations: None,
        violation_share: None,
        observed: Some(json!(3.25)),
        expected: Some("between 10 and 500".to_owned()),
        ..passed(
            "inventario.stock.mean",
            "mean",
            &["stock"],
            "The mean of `stock` is between 10 and 500.",
            "La media de `stock` está entre 10 y 500.",
        )
    }
}

fn place(line: u64, row: u64, values: &[(&str, Value)]) -> Sample {
    Sample {
        file: Some("examples/ventas/data/ventas.csv".to_owned()),
        line: Some(line),
        row_index: Some(row),
        key: IndexMap::from([("venta_id".to_owned(), json!(row))]),
        values: values.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect(),
        dataset: None,
        other: None,
        reason: None,
    }
}

fn datasets() -> Vec<Dataset> {
    let dataset = |name: &str, status: Status, rows: u64, unparsed: u64| {
        let path = format!("examples/ventas/data/{name}.csv");
        Dataset {
            name: name.to_owned(),
            title: None,
            description: None,
            owner: None,
            source: path.clone(),
            from: None,
            format: Some("csv".to_owned()),
            status,
            files: vec![File {
                path,
                rows: Some(rows),
                bytes: rows * 58,
                modified_at: Some("2025-06-30T04:12:00Z".to_owned()),
                dialect: Some(Dialect {
                    encoding: Setting { value: "windows-1252".to_owned(), by: KnownBy::Detected },
                    byte_order_mark: false,
                    delimiter: Setting { value: ";".to_owned(), by: KnownBy::Declared },
                    quote: Setting { value: Some("\"".to_owned()), by: KnownBy::Assumed },
                    header: Setting { value: true, by: KnownBy::Assumed },
                    line_ends: Some("CRLF".to_owned()),
                    decimal: Setting { value: ",".to_owned(), by: KnownBy::Declared },
                    thousands: None,
                }),
            }],
            rows: Some(rows),
            rows_in_scope: Some(rows),
            rows_unparsed: Some(unparsed),
            rows_malformed: Some(0),
            columns: [("id", "integer", false), ("nombre", "string", true), ("precio", "decimal", false)]
                .map(|(name, kind, inferred)| Column {
                    name: name.to_owned(),
                    kind: Some(kind.to_owned()),
                    inferred,
                    computed: false,
                    nulls: (!inferred).then_some(0),
                    masked: None,
                })
                .to_vec(),
            bytes: Some(rows * 58),
            modified_at: Some("2025-06-30T04:12:00Z".to_owned()),
            fingerprint: Some("9f2c".to_owned()),
            quarantine: None,
        }
    };
    let mut ventas = dataset("ventas", Status::Failed, 5_500, 93);
    ventas.title = Some("Ventas <diarias>".to_owned());
    ventas.description = Some("One row a line of a receipt.".to_owned());
    ventas.rows_in_scope = Some(5_407);
    ventas.rows_malformed = Some(2);
    let mut clientes = dataset("clientes", Status::Error, 0, 0);
    clientes.rows = None;
    clientes.rows_in_scope = None;
    clientes.rows_unparsed = None;
    clientes.rows_malformed = None;
    clientes.bytes = None;
    clientes.modified_at = None;
    clientes.files.clear();
    clientes.columns.clear();
    vec![
        dataset("productos", Status::Passed, 10, 0),
        clientes,
        ventas,
        dataset("inventario", Status::Failed, 5_000, 100),
    ]
}

fn run() -> Run {
    Run {
        id: "0197c0de-7a3b-7c4e-9d21-5e8f2a1f0c9a".to_owned(),
        suite: "ventas".to_owned(),
        title: Some("Ventas diarias".to_owned()),
        description: Some("What must hold before the sales tables are loaded.".to_owned()),
        owner: Some("datos@empresa.example".to_owned()),
        runbook: Some("https://wiki.example/ventas".to_owned()),
        tags: vec!["ventas".to_owned(), "diario".to_owned()],
        suite_file: "rules/ventas.yaml".to_owned(),
        suite_sha256: "4f1c7d0e9b8a6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e1f0a9b8c7d6e5f4a3b2c1d".to_owned(),
        started_at: "2026-11-21T10:15:03.112Z".to_owned(),
        finished_at: "2026-11-21T10:15:03.160Z".to_owned(),
        duration_ms: 48,
        as_of: "2025-06-30T00:00:00Z".to_owned(),
        timezone: "UTC".to_owned(),
        tamiz_version: "0.1.0".to_owned(),
        host: Some("runner-7".to_owned()),
        ci: Some(Ci {
            provider: "github".to_owned(),
            commit: Some("a1b2c3d4e5f6".to_owned()),
            branch: Some("main".to_owned()),
            url: Some("https://ci.example/jobs/42".to_owned()),
        }),
        vars: IndexMap::from([("data".to_owned(), "../examples/ventas/data".to_owned())]),
        invocation: "0197c0de-7a3b-7c4e-9d21-000000000001".to_owned(),
        labels: IndexMap::from([("team".to_owned(), "ventas".to_owned())]),
        command: ["tamiz", "check", "rules/ventas.yaml", "--exclude", "tag:slow"].map(str::to_owned).to_vec(),
        selection: Some(Selection { select: Vec::new(), exclude: vec!["tag:slow".to_owned()] }),
    }
}

fn text(en: &str, es: &str) -> Text {
    Text { en: en.to_owned(), es: es.to_owned() }
}
