//! Where events of `OpenLineage` go over HTTP, and what the environment says of them: the variables of its clients.

use url::Url;

use crate::cli::post::with_path;
use crate::cli::{complain, world};
use crate::lang::Lang;
use crate::report::openlineage::{Context, NAMESPACE, Parent};

/// The path of a server if nobody says.
const ENDPOINT: &str = "api/v1/lineage";

/// The variable that says which run this one is a part of.
const PARENT: &str = "OPENLINEAGE_PARENT_ID";

/// What events need beside records; the namespace of the project holds where the environment names none.
pub(super) fn context(namespace: Option<&str>) -> Context {
    let named = || namespace.map_or_else(|| NAMESPACE.to_owned(), str::to_owned);
    Context {
        folder: world::folder().to_string_lossy().into_owned(),
        namespace: world::said("OPENLINEAGE_NAMESPACE").unwrap_or_else(named),
        parent: world::said(PARENT).and_then(|text| Parent::read(&text)),
    }
}

/// Says that the environment names a parent that is none.
pub(super) fn complain_of_parent(lang: Lang) {
    if world::said(PARENT).is_some_and(|text| Parent::read(&text).is_none()) {
        let wrong = lang.pick(
            "is not `namespace/job/run` with the UUID of a run, so events name no parent",
            "no es `namespace/job/run` con el UUID de una ejecución: los eventos no nombran padre",
        );
        complain::say(&format!("tamiz: {PARENT} {wrong}\n"));
    }
}

/// The address that events are posted to: one without a path takes that of the environment, or the usual one.
pub(super) fn address(url: &Url) -> Url {
    with_path(url, world::said("OPENLINEAGE_ENDPOINT").as_deref().unwrap_or(ENDPOINT))
}

/// The token that lets one in.
pub(super) fn token() -> Option<String> {
    world::said("OPENLINEAGE_API_KEY")
}
