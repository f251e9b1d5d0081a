//! `tamiz serve`: the site and the API over HTTP, and checks that are asked for.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::cli::config::ConfigArgs;
use crate::cli::stop::Watch;
use crate::cli::{Language, complain, suites, team, world};
use crate::error::{Error, Exit};
use crate::lang::Lang;
use crate::serve::access::SHORTEST;
use crate::serve::listen::Listener;
use crate::serve::{Access, Checks, Follower, Order, Served, router};
use crate::team::Stop;

/// The variable that holds the token.
const TOKEN: &str = "TAMIZ_TOKEN";

/// Of how many of the newest runs of each suite the records are fetched before anybody asks for them.
const RECORDS: usize = 20;

/// How long checks that are under way may take to end once the server stops.
const PATIENCE: Duration = Duration::from_secs(10);

/// Serve the reports, an API and checks over HTTP, until SIGINT or SIGTERM.
///
/// Without a token it is for this machine alone, and starts nothing. With one, in TAMIZ_TOKEN or as `serve: {token: {env: NAME}}`
/// in tamiz.yaml, all but /healthz asks for it: as a bearer's, or as the password that a browser asks for.
#[derive(Args)]
#[command(after_help = "Examples:\n  tamiz serve\n  TAMIZ_TOKEN=… tamiz serve rules --listen 0.0.0.0:8700")]
#[expect(clippy::doc_markdown, reason = "the text of --help has no backticks")]
pub(super) struct Serve {
    /// Suites that may be checked from here: files, or folders that hold some.
    #[arg(value_name = "SUITE")]
    paths: Vec<PathBuf>,
    /// The address that it listens on; another than this machine's own needs a token.
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:8700")]
    listen: SocketAddr,
    /// The folder that reports and history are kept in.
    #[arg(long, value_name = "DIR", default_value = "reports")]
    reports: PathBuf,
    /// How many checks may wait for their turn.
    #[arg(long, value_name = "N", default_value_t = 16)]
    queue: usize,
    /// How many checks may be under way at once, of different suites.
    #[arg(long, value_name = "N", default_value_t = 1)]
    at_once: usize,
    #[command(flatten)]
    config: ConfigArgs,
    /// The language that pages of the server open in.
    #[arg(long, value_enum, default_value_t)]
    lang: Language,
}

impl Serve {
    pub(super) fn run(self) -> Result<Exit, Error> {
        let suites = match self.suites()? {
            Ok(suites) => suites,
            Err(exit) => return Ok(exit),
        };
        let token = match self.token()? {
            Ok(token) => token,
            Err(exit) => return Ok(exit),
        };
        if token.as_ref().is_some_and(|token| token.len() < SHORTEST) {
            return Err(Error::Usage(format!("the token has fewer than {SHORTEST} characters")));
        }
        if token.is_none() && !self.listen.ip().is_loopback() {
            return Err(Error::Usage(format!(
                "`{}` is open to other machines, and there is no token; set {TOKEN}",
                self.listen
            )));
        }
        let wrong = |error: std::io::Error| Error::Usage(format!("--listen {}: {error}", self.listen));
        let listener = Listener::bind(self.listen).map_err(wrong)?;
        let address = listener.address().map_err(wrong)?;
        let lang: Lang = self.lang.into();
        let watch = Watch::begin(None, lang);
        let follower = match self.follower(&watch, lang)? {
            Ok(follower) => follower.map(Arc::new),
            Err(exit) => return Ok(exit),
        };
        let checks = Checks::begin(self.queue, self.at_once, world::now, self.start(&suites)?);
        let served = Served {
            reports: self.reports.clone(),
            suites: Arc::new(suites),
            access: Arc::new(Access::new(token.as_deref())),
            checks: Arc::clone(&checks),
            follower: follower.clone(),
            lang,
        };
        if let Some(follower) = &follower {
            follower.begin();
        }
        complain::say(&format!("tamiz: {} http://{address}\n", lang.pick("serving at", "sirviendo en")));
        let stop = async {
            while watch.stopped().is_none() {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        };
        listener.serve(router(served), stop).map_err(wrong)?;
        checks.close(PATIENCE);
        if let Some(follower) = &follower {
            follower.end();
        }
        complain::say(&format!("tamiz: {}\n", lang.pick("stopped", "parado")));
        Ok(Exit::Passed)
    }

    /// The suites that may be checked, by their ids; mistakes of suites are told, as a check would.
    fn suites(&self) -> Result<Result<BTreeMap<String, PathBuf>, Exit>, Error> {
        if self.paths.is_empty() {
            return Ok(Ok(BTreeMap::new()));
        }
        let args = crate::cli::SuiteArgs { paths: self.paths.clone(), vars: Vec::new(), sources: Vec::new() };
        let found = suites::read(&args, None)?;
        if found.complain() {
            return Ok(Err(Exit::Invalid));
        }
        let suites = found.suites.into_iter().map(|suite| (suite.id.clone(), suite.source.path.clone()));
        Ok(Ok(suites.collect()))
    }

    /// What keeps the folder at what the history of the team is, if there is one.
    fn follower(&self, watch: &Watch, lang: Lang) -> Result<Result<Option<Follower>, Exit>, Error> {
        let config = match self.config.read_here()?.or_complain() {
            Ok(config) => config,
            Err(exit) => return Ok(Err(exit)),
        };
        let progress = Arc::clone(watch.progress());
        let stop: Stop = Arc::new(move || progress.stopped().is_some());
        let Some(team) = team::lazy(config.as_deref(), &self.reports, &stop)? else { return Ok(Ok(None)) };
        let reports = self.reports.clone();
        Ok(Ok(Some(Follower::new(team, move |team| team::follow(team, &reports, RECORDS, lang)))))
    }

    /// The token: of the environment, or of `tamiz.yaml`.
    fn token(&self) -> Result<Result<Option<String>, Exit>, Error> {
        if let Some(token) = world::said(TOKEN) {
            return Ok(Ok(Some(token)));
        }
        let config = match self.config.read_here()?.or_complain() {
            Ok(config) => config,
            Err(exit) => return Ok(Err(exit)),
        };
        let Some(token) = config.and_then(|config| config.serve.token) else { return Ok(Ok(None)) };
        let exposed = token.expose().map_err(|why| Error::Usage(format!("`token` of `serve`: {why}")))?;
        Ok(Ok(Some(exposed.to_owned())))
    }

    /// Makes the processes of checks: this program, in this folder.
    fn start(
        &self,
        suites: &BTreeMap<String, PathBuf>,
    ) -> Result<impl Fn(&Order) -> Command + Send + Sync + 'static, Error> {
        let program = world::program().map_err(|error| Error::Usage(format!("this program is not found: {error}")))?;
        let (suites, reports, config) = (suites.clone(), self.reports.clone(), self.config.path());
        Ok(move |order: &Order| {
            let mut command = Command::new(&program);
            command.args(["check", "--quiet", "--log-format", "json", "--log-level", "debug"]);
            command.arg("--reports").arg(&reports);
            if let Some(config) = &config {
                command.arg("--config").arg(config);
            }
            for (name, value) in &order.vars {
                command.arg(format!("--var={name}={value}"));
            }
            for (name, value) in &order.labels {
                command.arg(format!("--label={name}={value}"));
            }
            command.args(order.as_of.iter().map(|time| format!("--as-of={time}")));
            command.arg("--").args(suites.get(&order.suite));
            // What is for this server alone is not for the check.
            command.env_remove(TOKEN);
            command
        })
    }
}
