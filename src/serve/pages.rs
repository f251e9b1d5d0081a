//! Files of the site, and the pages that only a server has.
//!
//! Of the folder of reports only pages, records and what they need are handed out: nothing whose name begins with a dot, and no
//! file of the history, which the API answers from.

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderName, HeaderValue, Method, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use percent_encoding::percent_decode_str;
use tower::ServiceExt;
use tower_http::services::ServeDir;

use crate::lang::Lang;
use crate::report::html;
use crate::serve::api::Refusal;
use crate::serve::{Served, openapi};

/// What pages of the site may do: show themselves. Their script and style lie beside them.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// The folders and files of the site.
const SITE: [&str; 6] = ["index.html", "assets", "runs", "suites", "diff", "latest"];

/// Whether a name at the root is one of the site: those, and the pages of months.
fn is_of_the_site(name: &str) -> bool {
    SITE.contains(&name) || name.strip_prefix("runs-").is_some_and(|rest| rest.strip_suffix(".html").is_some())
}

/// A file of the site; the index for the address alone.
pub(super) async fn file(State(served): State<Served>, request: Request) -> Response {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "files are only read").into_response();
    }
    let path = percent_decode_str(request.uri().path()).decode_utf8_lossy().into_owned();
    let mut steps = path.split(['/', '\\']).filter(|step| !step.is_empty());
    let first = steps.clone().next();
    if first.is_some_and(|first| !is_of_the_site(first))
        || steps.any(|step| step.starts_with('.'))
        || path.contains('\0')
    {
        return missing(&path, served.lang);
    }
    if first.is_none() && !served.reports.join("index.html").is_file() {
        return made(html::nothing("", false, served.lang));
    }
    // A page that stands alone holds its own policy, which lets its own style and script in.
    let alone = path.ends_with("/report.html");
    let again = Request::builder().uri(request.uri().clone()).method(request.method().clone()).body(Body::empty());
    // The page of a run that another machine kept is fetched when somebody wants to see it; what was made here without its
    // record only says that there is none.
    let folder = path.strip_prefix("/runs/").and_then(|rest| Some(rest.split_once('/')?.0.to_owned()));
    let is_here = |folder: &String| served.reports.join("runs").join(folder).join("report.json").exists();
    let missing_here = folder.as_ref().is_some_and(|folder| !is_here(folder));
    let mut response = look(&served, request).await;
    if (response.status() == StatusCode::NOT_FOUND || missing_here)
        && let Some(follower) = served.follower.clone()
        && let Some(folder) = folder
        && tokio::task::spawn_blocking(move || follower.fetch(&folder)).await.unwrap_or(false)
        && let Ok(again) = again
    {
        response = look(&served, again).await;
    }
    if response.status() == StatusCode::NOT_FOUND {
        return missing(&path, served.lang);
    }
    let mut response = with_policy(response, if alone { "frame-ancestors 'none'" } else { POLICY });
    // Pages change with every run; what has not changed is told by its time.
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

/// What lies in the folder of reports.
async fn look(served: &Served, request: Request) -> Response {
    let found = ServeDir::new(&served.reports).oneshot(request).await;
    found.map_or_else(|never| match never {}, |found| found.map(Body::new))
}

/// `GET /api`: the description, for people.
pub(super) async fn api(State(served): State<Served>) -> Response {
    made(html::api(&openapi::questions(), served.lang))
}

/// `GET /checks`: checks under way, and a button for each suite.
pub(super) async fn checks(State(served): State<Served>) -> Response {
    let suites: Vec<String> = served.suites.keys().cloned().collect();
    made(html::checks(&suites, served.access.has_token(), served.lang))
}

/// `GET /checks.js`.
pub(super) async fn checks_script() -> ([(HeaderName, &'static str); 2], &'static str) {
    asset("text/javascript; charset=utf-8", html::CHECKS_SCRIPT)
}

/// `GET /server.css`.
pub(super) async fn server_style() -> ([(HeaderName, &'static str); 2], &'static str) {
    asset("text/css; charset=utf-8", html::SERVER_STYLE)
}

/// `GET /assets/tamiz.css`, which is there before any run is.
pub(super) async fn style() -> ([(HeaderName, &'static str); 2], &'static str) {
    asset("text/css; charset=utf-8", html::STYLE)
}

/// `GET /assets/tamiz.js`.
pub(super) async fn script() -> ([(HeaderName, &'static str); 2], &'static str) {
    asset("text/javascript; charset=utf-8", html::SCRIPT)
}

/// `GET /assets/tamiz.svg`.
pub(super) async fn icon() -> ([(HeaderName, &'static str); 2], &'static str) {
    asset("image/svg+xml", html::ICON)
}

const fn asset(media_type: &'static str, text: &'static str) -> ([(HeaderName, &'static str); 2], &'static str) {
    ([(CONTENT_TYPE, media_type), (X_CONTENT_TYPE_OPTIONS, "nosniff")], text)
}

fn missing(path: &str, lang: Lang) -> Response {
    let root = "../".repeat(path.trim_start_matches('/').matches('/').count());
    let mut response = made(html::nothing(&root, true, lang));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

fn made(page: Result<String, html::Error>) -> Response {
    match page {
        Ok(page) => with_policy(Html(page).into_response(), POLICY),
        Err(error) => Refusal::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}

fn with_policy(mut response: Response, policy: &'static str) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(policy));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}
