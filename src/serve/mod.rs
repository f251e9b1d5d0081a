//! The site and an API over HTTP: pages as they lie in the folder of reports, the history as JSON, and checks that are started.
//!
//! `follow` keeps the folder at what the history of a team is; `access` says who may ask for what, `pages` hands out files, `api` answers questions of the history, `checks` is the queue of
//! checks that were asked for, `openapi` describes all of it, and `listen` is the server itself with its limits. Nothing is
//! evaluated or rendered here: a check is another process, and pages are those that runs have written.

pub mod access;
pub mod api;
pub mod checks;
pub mod follow;
pub mod listen;
pub mod openapi;
mod pages;
mod question;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{Method, StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use crate::lang::Lang;

pub use access::Access;
pub use checks::{Checks, Order};
pub use follow::Follower;

/// The largest body that is read.
const BODY: usize = 64 << 10;

/// What a server serves.
#[derive(Clone)]
pub struct Served {
    /// The folder of reports.
    pub reports: PathBuf,
    /// The suites that may be checked: their files by their ids.
    pub suites: Arc<BTreeMap<String, PathBuf>>,
    /// Who may ask for what.
    pub access: Arc<Access>,
    /// The checks that were asked for.
    pub checks: Arc<Checks>,
    /// The history of a team that the folder follows, if there is one.
    pub follower: Option<Arc<Follower>>,
    /// The language that pages of the server open in.
    pub lang: Lang,
}

/// Everything that is answered.
pub fn router(served: Served) -> Router {
    let api = Router::new()
        .route("/runs", get(api::runs))
        .route("/runs/{id}", get(api::run))
        .route("/suites", get(api::suites))
        .route("/rules/{id}/trend", get(api::trend))
        .route("/summary", get(api::summary))
        .route("/check", post(checks::ask))
        .route("/checks", get(checks::list))
        .route("/checks/{id}", get(checks::one))
        .route("/checks/{id}/stop", post(checks::stop))
        .route("/checks/{id}/events", get(checks::events))
        .fallback(async |uri: Uri| {
            api::Refusal::new(StatusCode::NOT_FOUND, format!("there is nothing at {}", uri.path()))
        })
        .method_not_allowed_fallback(async |method: Method| {
            api::Refusal::new(StatusCode::METHOD_NOT_ALLOWED, format!("{method} is not answered here"))
        });
    Router::new()
        .nest("/api", api)
        .route("/api", get(pages::api))
        .route("/openapi.json", get(openapi::document))
        .route("/checks", get(pages::checks))
        .route("/checks.js", get(pages::checks_script))
        .route("/server.css", get(pages::server_style))
        .route("/assets/tamiz.css", get(pages::style))
        .route("/assets/tamiz.js", get(pages::script))
        .route("/assets/tamiz.svg", get(pages::icon))
        .route("/metrics", get(api::metrics))
        .route("/readyz", get(api::ready))
        .fallback(pages::file)
        .layer(from_fn_with_state(served.clone(), access::guard))
        // It says that the process answers, to whoever asks.
        .route("/healthz", get(async || "ok\n"))
        .layer(DefaultBodyLimit::max(BODY))
        .with_state(served)
}
