//! Where spans of OpenTelemetry go, and what the environment says of them: the variables of its own programs.

use url::Url;

use crate::cli::post::with_path;
use crate::cli::world;
use crate::report::otlp::{Context, Parent, pairs};

/// The path of a collector that takes spans.
const PATH: &str = "v1/traces";

/// What spans need beside records.
pub(super) fn context() -> Context {
    let mut resource = world::said("OTEL_RESOURCE_ATTRIBUTES").map(|text| pairs(&text)).unwrap_or_default();
    if let Some(name) = world::said("OTEL_SERVICE_NAME") {
        resource.retain(|(key, _)| key != "service.name");
        resource.push(("service.name".to_owned(), name));
    }
    Context { resource, parent: world::said("TRACEPARENT").and_then(|text| Parent::read(&text)) }
}

/// The address that spans are posted to: one without a path is that of a collector.
pub(super) fn address(url: &Url) -> Url {
    with_path(url, PATH)
}

/// What is said beside spans, such as what lets one in.
pub(super) fn headers() -> Vec<(String, String)> {
    let named = world::said("OTEL_EXPORTER_OTLP_TRACES_HEADERS").or_else(|| world::said("OTEL_EXPORTER_OTLP_HEADERS"));
    named.map(|text| pairs(&text)).unwrap_or_default()
}
