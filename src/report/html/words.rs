//! The catalogue of words: everything that a page says and the record does not, in both languages.

use crate::diff::Transition;
use crate::outcome::{DecidedBy, Text};
use crate::report::moment::Age;

/// Words by the name that templates call them, in English and Spanish; in the order of their names.
pub(super) const WORDS: &[(&str, &str, &str)] = &[
    ("against_run_of", "Against the run of", "Respecto a la ejecución del"),
    ("all_rules", "All rules", "Todas las reglas"),
    ("all_rules_caption", "All rules, failures first", "Todas las reglas, primero las que fallan"),
    ("all_suites", "All suites", "Todas las suites"),
    ("and", "and", "y"),
    ("as_csv", "as CSV", "en CSV"),
    ("as_written", "As written", "Definición"),
    ("at_least", "at least", "al menos"),
    ("auto", "As the system", "Como el sistema"),
    ("before_newest", "before the newest run", "antes de la última ejecución"),
    ("began", "Began", "Inicio"),
    ("breaker", "Circuit breaker", "Interruptor de datos"),
    ("breaker_changes", "Its last changes", "Sus últimos cambios"),
    ("breaking_rows", "Rows that break the rule", "Filas que incumplen la regla"),
    ("breaking_share", "Breaking", "Incumplen"),
    ("by_dimension", "Score by dimension", "Puntuación por dimensión"),
    ("by_group", "By group, the worst first", "Por grupo, el peor primero"),
    ("caused_by", "Caused by", "Causado por"),
    ("changes_of_state", "Changes of state", "Cambios de estado"),
    ("column", "Column", "Columna"),
    ("columns", "Columns", "Columnas"),
    ("columns_of", "Columns of", "Columnas de"),
    ("columns_with_rule", "Columns that a rule tests", "Columnas que alguna regla comprueba"),
    (
        "comes_from_record",
        "Everything here comes from report.json of this run and the history of its suite.",
        "Todo lo que hay aquí sale del report.json de esta ejecución y del historial de su suite.",
    ),
    ("command", "Command", "Orden"),
    ("commit", "Commit", "Commit"),
    ("comparison", "Comparison", "Comparación"),
    ("computed", "computed", "calculada"),
    ("coverage", "Coverage", "Cobertura"),
    (
        "coverage_caption",
        "Columns that a rule tests, by dataset",
        "Columnas que alguna regla comprueba, por conjunto de datos",
    ),
    ("dark", "Dark", "Oscuro"),
    ("data", "Data", "Datos"),
    ("data_as_of", "Data as of", "Datos a fecha de"),
    ("data_checks", "Data checks", "Controles de datos"),
    ("dataset", "Dataset", "Conjunto de datos"),
    ("day_by_day", "Day by day", "Día a día"),
    (
        "days_mean",
        "A week a column from Monday down, days of UTC, each by its worst run.",
        "Una semana por columna desde el lunes, días UTC, cada uno según su peor ejecución.",
    ),
    ("days_not_passed", "Days that did not pass", "Días no superados"),
    ("decided_by", "Decided by", "Decidido por"),
    ("definition", "Definition", "Definición"),
    ("difference", "Difference", "Diferencia"),
    ("dimension", "Dimension", "Dimensión"),
    ("downloads", "Downloads", "Descargas"),
    ("earlier", "Earlier run", "Ejecución anterior"),
    ("ended", "Ended", "Fin"),
    ("error", "error", "error"),
    ("error_rules", "Could not be evaluated", "No se pudieron evaluar"),
    ("evaluated", "Evaluated", "Evaluadas"),
    ("excluded", "Excluded", "Excluidas"),
    ("exit_code", "Exit code", "Código de salida"),
    ("expected", "Expected", "Esperado"),
    ("failed_in", "Failed in", "Falló en"),
    ("failed_rules", "Failed", "Fallan"),
    ("failing_since", "Failing since", "Falla desde"),
    ("fails_from", "fails from", "falla desde"),
    ("file", "File", "Archivo"),
    ("files", "Files", "Archivos"),
    ("files_of", "Files of", "Archivos de"),
    ("found", "Found", "Resultado"),
    ("gate", "Gate", "Umbral"),
    ("group", "Group", "Grupo"),
    ("groups", "by group", "por grupo"),
    (
        "heat_caption",
        "What became of each rule in the last runs, the oldest on the left",
        "Qué fue de cada regla en las últimas ejecuciones, la más antigua a la izquierda",
    ),
    ("id", "Id", "Id"),
    ("impact", "Impact", "Impacto"),
    ("in_scope", "In scope", "En alcance"),
    ("in_the_data", "In the data", "En los datos"),
    ("inferred", "inferred", "inferido"),
    ("invalid", "Invalid", "Inválidas"),
    ("invocation", "Invocation", "Invocación"),
    ("key", "key", "clave"),
    ("label", "Label", "Etiqueta"),
    ("language", "Language", "Idioma"),
    ("last_passed", "Last passed", "Superada por última vez"),
    ("last_runs", "Last runs", "Últimas ejecuciones"),
    ("later", "Later run", "Ejecución posterior"),
    ("light", "Light", "Claro"),
    ("limit", "Limit", "Límite"),
    ("line", "Line", "Línea"),
    ("machine", "Machine", "Máquina"),
    ("malformed", "Malformed", "Mal formadas"),
    ("masked", "masked", "enmascarada"),
    ("masked_by_name", "by its name", "por su nombre"),
    ("masked_by_value", "by a value of it", "por un valor suyo"),
    ("masked_computed", "computed from a masked column", "calculada de una columna enmascarada"),
    ("masked_declared", "by the suite", "por la suite"),
    ("masked_no_samples", "no value is shown", "no se muestra ningún valor"),
    ("mean_of", "mean of", "media de"),
    ("modified", "Modified", "Modificado"),
    ("more", "more", "más"),
    ("more_in_record", "more, in report.json", "más, en report.json"),
    ("muted_until", "muted until", "silenciada hasta el"),
    ("never_fails", "never fails", "nunca falla"),
    ("newer_runs", "Newer runs", "Ejecuciones más recientes"),
    ("newest_run", "Newest run", "Última ejecución"),
    ("newest_runs", "Newest runs", "Ejecuciones recientes"),
    ("newest_runs_caption", "The newest runs of all suites", "Las ejecuciones más recientes de todas las suites"),
    (
        "no_longer_kept",
        "The record of this run is not kept here; this is what its history says.",
        "El registro de esta ejecución no se conserva aquí; esto es lo que dice su historial.",
    ),
    ("no_network", "This page asks no network for anything.", "Esta página no pide nada a ninguna red."),
    ("no_reason", "The record does not say why.", "El registro no dice por qué."),
    ("no_rule_on", "No rule on", "Sin reglas:"),
    ("no_run_yet", "No run yet.", "Aún no hay ejecuciones."),
    ("no_value", "No value, left out", "Sin valor, aparte"),
    ("not_in_run", "not in this run", "no está en esta ejecución"),
    ("not_passed_since", "Not passed since", "Sin superar desde"),
    ("not_read", "not read", "sin leer"),
    ("not_written", "Rows were not written", "No se escribieron filas"),
    (
        "nothing_changed",
        "Nothing changed: the same rules came to the same.",
        "Nada ha cambiado: las mismas reglas dieron lo mismo.",
    ),
    ("nulls", "Nulls", "Nulos"),
    ("nulls_of", "nulls of", "nulos de"),
    ("observed", "Observed", "Observado"),
    ("of", "of", "de"),
    ("older_runs", "Older runs", "Ejecuciones anteriores"),
    ("oldest_known", "in the oldest run known here", "en la ejecución más antigua conocida aquí"),
    ("oldest_left", "the oldest run on the left", "la ejecución más antigua a la izquierda"),
    ("only_rows", "Only rows", "Solo filas"),
    ("only_rules", "Only rules", "Solo reglas"),
    ("other_schema", "other columns or types", "otras columnas o tipos"),
    (
        "other_suite_file",
        "The two runs read different versions of the suite file.",
        "Las dos ejecuciones leyeron versiones distintas del archivo de la suite.",
    ),
    (
        "overdue_since",
        "No run when one was expected: overdue since",
        "Sin ejecución cuando se esperaba: con retraso desde",
    ),
    ("owner", "Owner", "Responsable"),
    ("page", "page", "página"),
    ("passed_lower", "passed", "superadas"),
    ("place", "Where you are", "Dónde está"),
    ("provenance", "Where this comes from", "De dónde sale esto"),
    ("quarantine_is_in", "Valid and invalid rows are in", "Las filas válidas e inválidas están en"),
    ("ran", "Ran", "Ejecutado"),
    ("redefined", "redefined", "redefinida"),
    ("reordered", "columns in another order", "columnas en otro orden"),
    ("repaired", "Repaired", "Reparadas"),
    ("retry_helps", "a retry may help", "reintentar puede servir"),
    ("row_index", "Row, from 0", "Fila, desde 0"),
    ("rows", "Rows", "Filas"),
    ("rows_by_run", "Rows by run", "Filas por ejecución"),
    ("rows_lower", "rows", "filas"),
    ("rows_of", "rows of", "filas de"),
    ("rows_read", "Rows read", "Filas leídas"),
    ("rule", "Rule", "Regla"),
    ("rules", "Rules", "Reglas"),
    ("rules_by_run", "Rules by run", "Reglas por ejecución"),
    ("rules_left_out", "Rules left out", "Reglas excluidas"),
    ("rules_that_hold", "Rules that hold", "Reglas que se cumplen"),
    ("run", "Run", "Ejecución"),
    ("runbook", "What to do", "Qué hacer"),
    ("runs", "Runs", "Ejecuciones"),
    ("runs_by_month", "All runs, by month", "Todas las ejecuciones, por mes"),
    ("runs_caption", "Runs, the newest first", "Ejecuciones, la más reciente primero"),
    ("runs_every", "Usually runs every", "Suele ejecutarse cada"),
    ("runs_every_lower", "it usually runs every", "suele ejecutarse cada"),
    ("runs_of", "Runs of", "Ejecuciones de"),
    ("runs_that_passed", "Runs that passed", "Ejecuciones superadas"),
    ("samples", "rows that break it", "filas que la incumplen"),
    ("schema_timeline", "Columns over time", "Columnas a lo largo del tiempo"),
    ("scores_caption", "Rules that hold, by dimension of quality", "Reglas que se cumplen, por dimensión de calidad"),
    (
        "scores_mean",
        "Rules that hold, of those that could be evaluated.",
        "Reglas que se cumplen, de las que se pudieron evaluar.",
    ),
    ("share", "Share", "Proporción"),
    ("since", "since", "desde"),
    ("size", "Size", "Tamaño"),
    ("skip_link", "Skip to the results", "Ir a los resultados"),
    ("skipped_rules", "Skipped", "Sin evaluar"),
    (
        "some_selected",
        "At least one of the runs asked for some of the rules only.",
        "Al menos una de las ejecuciones pidió solo algunas reglas.",
    ),
    ("state", "State", "Estado"),
    ("suite", "Suite", "Suite"),
    ("suite_file", "Suite file", "Archivo de la suite"),
    ("tags", "Tags", "Etiquetas"),
    ("theme", "Colours", "Colores"),
    ("time_to_repair", "Time to repair", "Tiempo hasta repararse"),
    ("timezone", "Timezone", "Zona horaria"),
    ("took", "Took", "Duración"),
    ("top_values", "Most frequent values among them", "Valores más frecuentes entre ellas"),
    ("trends", "Trends", "Tendencias"),
    ("two_runs_of", "Two runs of", "Dos ejecuciones de"),
    ("type", "Type", "Tipo"),
    ("unparsed", "unparsed", "ilegibles"),
    ("unparsed_out", "Unparsed, left out", "Ilegibles, aparte"),
    ("unparsed_rows", "Unparsed", "Ilegibles"),
    ("valid", "Valid", "Válidas"),
    ("value", "Value", "Valor"),
    ("variable", "Variable", "Variable"),
    ("verdict", "Verdict", "Veredicto"),
    ("violations", "Violations", "Incumplimientos"),
    (
        "warned_means",
        "These rules do not hold, at a level below the gate or while muted.",
        "Estas reglas no se cumplen, con un nivel por debajo del umbral o mientras están silenciadas.",
    ),
    ("warned_rules", "Warned", "Avisos"),
    ("what_changed", "What changed", "Qué ha cambiado"),
    ("what_is_wrong", "What is wrong", "Qué falla"),
    ("where_it_is", "Where", "Dónde"),
    ("whole_comparison", "the whole comparison", "la comparación completa"),
    ("without_value", "no value", "sin valor"),
];

/// Nouns after a number: the name that templates call them, one and many in English, one and many in Spanish.
pub(super) const NOUNS: &[(&str, [&str; 2], [&str; 2])] = &[
    ("column", ["column", "columns"], ["columna", "columnas"]),
    ("more_group", ["more group", "more groups"], ["grupo más", "grupos más"]),
    ("more_row", ["more row", "more rows"], ["fila más", "filas más"]),
    ("row", ["row", "rows"], ["fila", "filas"]),
    ("rule", ["rule", "rules"], ["regla", "reglas"]),
    ("run", ["run", "runs"], ["ejecución", "ejecuciones"]),
    ("time", ["time", "times"], ["vez", "veces"]),
];

/// Names a dimension of quality; one nobody knows keeps its name.
pub(super) fn dimension(name: &str) -> Text {
    let es = match name {
        "completeness" => "completitud",
        "uniqueness" => "unicidad",
        "validity" => "validez",
        "consistency" => "coherencia",
        "timeliness" => "actualidad",
        "volume" => "volumen",
        "integrity" => "integridad",
        other => other,
    };
    Text { en: name.to_owned(), es: es.to_owned() }
}

/// Says which step gave the answer.
pub(super) fn decided_by(step: DecidedBy) -> Text {
    let (en, es) = match step {
        DecidedBy::Facts => ("names and types alone", "solo nombres y tipos"),
        DecidedBy::Footer => ("the metadata of the file", "los metadatos del archivo"),
        DecidedBy::Dictionary => ("the dictionary pages", "las páginas de diccionario"),
        DecidedBy::State => ("an earlier run", "una ejecución anterior"),
        DecidedBy::Keys => ("the key columns", "las columnas clave"),
        DecidedBy::Scan => ("reading the rows", "la lectura de las filas"),
        DecidedBy::Engine => ("the database", "la base de datos"),
    };
    Text { en: en.to_owned(), es: es.to_owned() }
}

/// Says what became of so many rules between two runs; words that go after the number too.
pub(super) fn transition(transition: Transition, rules: u64) -> Text {
    let (en, one, many) = match transition {
        Transition::NewlyFailing => ("newly failing", "empieza a fallar", "empiezan a fallar"),
        Transition::NewlyInError => ("newly in error", "ahora con error", "ahora con error"),
        Transition::StillFailing => ("still failing", "sigue fallando", "siguen fallando"),
        Transition::StillInError => ("still in error", "sigue con error", "siguen con error"),
        Transition::NowSkipped => ("now skipped", "ahora sin evaluar", "ahora sin evaluar"),
        Transition::Fixed => ("fixed", "corregida", "corregidas"),
        Transition::EvaluatedAgain => ("evaluated again", "evaluada de nuevo", "evaluadas de nuevo"),
        Transition::NowAccepted => ("now in the baseline", "ahora en la línea base", "ahora en la línea base"),
        Transition::StillAccepted => ("still in the baseline", "sigue en la línea base", "siguen en la línea base"),
        Transition::New => ("new", "nueva", "nuevas"),
        Transition::Removed => ("removed", "eliminada", "eliminadas"),
        Transition::LeftOut => ("left out of one run", "fuera de una ejecución", "fuera de una ejecución"),
        Transition::StillPassing => ("still passing", "sigue cumpliéndose", "siguen cumpliéndose"),
        Transition::StillSkipped => ("still skipped", "sigue sin evaluar", "siguen sin evaluar"),
    };
    Text { en: en.to_owned(), es: if rules == 1 { one } else { many }.to_owned() }
}

/// Says how old data are.
pub(super) fn age(age: Age) -> Text {
    Text::of(|lang| match age {
        Age::Hours(0) => lang.pick("less than an hour old", "hace menos de una hora").to_owned(),
        Age::Hours(hours) => {
            let word = lang.plural(hours, ("hour", "hora"), ("hours", "horas"));
            lang.pick("{} old", "hace {}").replace("{}", &format!("{hours} {word}"))
        }
        Age::Days(days) => lang.pick("{} days old", "hace {} días").replace("{}", &lang.count(days)),
    })
}

/// Names a month, `2026-11`; text that is none comes back as it is.
pub(super) fn month(name: &str) -> Text {
    const NAMES: [(&str, &str); 12] = [
        ("January", "enero"),
        ("February", "febrero"),
        ("March", "marzo"),
        ("April", "abril"),
        ("May", "mayo"),
        ("June", "junio"),
        ("July", "julio"),
        ("August", "agosto"),
        ("September", "septiembre"),
        ("October", "octubre"),
        ("November", "noviembre"),
        ("December", "diciembre"),
    ];
    let of = |name: &str| {
        let (year, month) = name.split_once('-')?;
        let (en, es) = NAMES.get(month.parse::<usize>().ok()?.checked_sub(1)?)?;
        Some(Text { en: format!("{en} {year}"), es: format!("{es} de {year}") })
    };
    of(name).unwrap_or_else(|| Text::of(|_| name.to_owned()))
}
