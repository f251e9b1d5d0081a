//! Data over the network: objects of S3, Google Cloud Storage and Azure, and files of web servers.
//!
//! `address` understands URLs, `bucket` and `web` speak to the two kinds of servers, `find` finds the objects that a URL
//! means, [`Object`] reads one by ranges, [`Stream`] from its start, [`Blocks`] from anywhere, `cache` keeps what was read
//! last, [`Folder`] reads and writes files of a bucket, and `retry` waits between attempts. Credentials come from the environment, which is handed in; the suite holds
//! none. Nothing starts before the first URL is read. It decodes nothing.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::future::Future;
use std::io;
use std::pin::pin;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use object_store::client::{HttpClient, HttpConnector, ReqwestConnector};
use object_store::{ClientOptions, ObjectStore};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::engine::Progress;
use crate::engine::sql::{Link, Reach};
use address::Place;
use cache::Cache;

mod address;
mod blocks;
mod bucket;
mod cache;
mod error;
mod find;
mod folder;
mod object;
mod retry;
mod stream;
mod web;

pub use blocks::Blocks;
pub use error::{Error, ErrorKind};
pub use find::find;
pub use folder::Folder;
pub use object::Object;
pub use stream::Stream;

/// How often a read is tried again if nobody says.
pub const RETRIES: u32 = 6;

/// How often it is looked whether the run is to stop, while a read waits.
const LOOK: Duration = Duration::from_millis(50);

/// What a run knows of the network before it reads.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The variables of the environment that vendors' tools read: those of [`Settings::PREFIXES`].
    pub environment: BTreeMap<String, String>,
    /// How often a request that failed for a passing reason is tried again.
    pub retries: u32,
    /// Where the connections to databases lead, by the names that suites have for them.
    pub links: BTreeMap<String, Link>,
    /// How many keys travel between engines.
    pub reach: Reach,
}

impl Settings {
    /// The beginnings of the names of the variables that are read.
    pub const PREFIXES: [&'static str; 4] = ["AWS_", "AZURE_", "GOOGLE_", "STORAGE_EMULATOR_HOST"];
}

impl Default for Settings {
    fn default() -> Self {
        Self { environment: BTreeMap::new(), retries: RETRIES, links: BTreeMap::new(), reach: Reach::default() }
    }
}

/// The values of variables are secrets.
impl fmt::Debug for Settings {
    fn fmt(&self, into: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.environment.keys().collect();
        into.debug_struct("Settings")
            .field("environment", &names)
            .field("retries", &self.retries)
            .field("links", &self.links)
            .field("reach", &self.reach)
            .finish()
    }
}

/// Connections of one run, made when they are first needed.
#[derive(Debug, Default)]
pub struct Connections {
    settings: Settings,
    progress: Arc<Progress>,
    runtime: OnceLock<Option<Threads>>,
    buckets: Mutex<HashMap<Place, Arc<dyn ObjectStore>>>,
    web: OnceLock<HttpClient>,
    cache: Mutex<Cache>,
}

/// The threads that wait for the network.
#[derive(Debug)]
struct Threads(Option<Runtime>);

impl Connections {
    /// Makes none yet; reads end when `progress` says that the run is to stop.
    #[must_use]
    pub fn new(settings: Settings, progress: Arc<Progress>) -> Self {
        Self { settings, progress, ..Self::default() }
    }

    /// Where the connections to databases lead.
    #[must_use]
    pub const fn links(&self) -> &BTreeMap<String, Link> {
        &self.settings.links
    }

    /// How many keys travel between engines.
    #[must_use]
    pub const fn reach(&self) -> Reach {
        self.settings.reach
    }

    /// Waits for something that happens on the network, or for the end of the run.
    fn wait<T>(&self, work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        let stopped = async {
            while self.progress.stopped().is_none() {
                tokio::time::sleep(LOOK).await;
            }
        };
        self.threads()?.block_on(async {
            match select(pin!(work), pin!(stopped)).await {
                Either::Left((done, _)) => done,
                Either::Right(_) => Err(Error::stopped()),
            }
        })
    }

    fn threads(&self) -> Result<&Handle, Error> {
        let start = || {
            let runtime = Builder::new_multi_thread().worker_threads(2).thread_name("tamiz-net").enable_all().build();
            runtime.ok().map(|runtime| Threads(Some(runtime)))
        };
        let threads = self.runtime.get_or_init(start).as_ref().and_then(|threads| threads.0.as_ref());
        threads.map(Runtime::handle).ok_or_else(|| Error::wrong("no thread can be started to read the network"))
    }

    /// The store of a bucket, made once.
    fn bucket(&self, place: &Place) -> Result<Arc<dyn ObjectStore>, Error> {
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(store) = buckets.get(place) {
            return Ok(Arc::clone(store));
        }
        let store = bucket::open(place, &self.settings)?;
        buckets.insert(place.clone(), Arc::clone(&store));
        Ok(store)
    }

    /// The client that speaks to web servers, made once.
    fn web(&self) -> Result<&HttpClient, Error> {
        if let Some(client) = self.web.get() {
            return Ok(client);
        }
        // Files may be large; who reads them looks at the time that the next bytes take.
        let client = ReqwestConnector::default().connect(&client_options().with_timeout_disabled());
        let client = client.map_err(|_| Error::wrong("no connection to the web can be set up"))?;
        Ok(self.web.get_or_init(|| client))
    }

    fn cache(&self) -> std::sync::MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Threads are let go without waiting for what they do: nobody wants it any more.
impl Drop for Threads {
    fn drop(&mut self) {
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// How clients connect: who they say they are, and how long they wait.
fn client_options() -> ClientOptions {
    let name = object_store::HeaderValue::from_static(concat!("tamiz/", env!("CARGO_PKG_VERSION")));
    ClientOptions::new().with_allow_http(true).with_user_agent(name)
}

impl From<Error> for io::Error {
    fn from(error: Error) -> Self {
        Self::new(error.io_kind(), error)
    }
}
