//! The line to a server: one connection of HTTP/2, made when it is needed and again when it was lost, and calls over it.
//!
//! Encrypted with the authorities of the system, or with those that are given. Each call carries the token and the headers of
//! the address. Calls are not repeated here.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use hyper::body::Incoming;
use hyper::client::conn::http2::{Builder, SendRequest};
use hyper::http::Uri;
use hyper::http::uri::PathAndQuery;
use hyper::{Request, Response};
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo};
use prost::Message;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Mutex;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tonic::body::Body;
use tonic::client::Grpc;
use tonic::metadata::{Ascii, MetadataKey, MetadataMap, MetadataValue};
use tonic::{Status, Streaming};
use tonic_prost::ProstCodec;
use tower::{Service, ServiceExt};

use super::Settings;
use super::address::Address;
use super::error::{Error, ErrorKind};
use super::message::{SERVICE, UserContext};

/// The largest message that is taken; servers cut results into batches of 4 MB, but one row may be as large as it likes.
const LARGEST: usize = 128 << 20;

/// The most bytes of headers, in which servers say what is wrong with a statement.
const HEADERS: u32 = 64 << 10;

/// When an idle connection is asked whether its other end is still there, and how often.
///
/// By TCP: servers of gRPC hang up on who asks by HTTP/2 more often than every five minutes.
const IDLE: Duration = Duration::from_secs(30);
const ASKED: Duration = Duration::from_secs(10);

/// A line to a server, and the session that all calls are of.
pub(super) struct Line {
    pub(super) address: Address,
    pub(super) session: String,
    pub(super) agent: String,
    /// The name that the server gives the session, which changes with the server.
    there: OnceLock<String>,
    connect: Duration,
    origin: Uri,
    headers: MetadataMap,
    tls: Option<TlsConnector>,
    sender: Mutex<Option<SendRequest<Body>>>,
}

impl Line {
    /// A line that is not connected yet.
    pub(super) fn new(address: &Address, settings: &Settings, session: String) -> Result<Self, Error> {
        let scheme = if address.encrypts { "https" } else { "http" };
        let origin = format!("{scheme}://{}:{}", address.host, address.port).parse();
        Ok(Self {
            address: address.clone(),
            session,
            agent: settings.agent.clone(),
            there: OnceLock::new(),
            connect: settings.connect,
            origin: origin.map_err(|_| Error::wrong("the address names no host that can be asked"))?,
            headers: headers(address, &settings.agent)?,
            tls: if address.encrypts { Some(tls(settings.authorities.as_deref())?) } else { None },
            sender: Mutex::new(None),
        })
    }

    /// Who asks.
    pub(super) fn user(&self) -> UserContext {
        let user = self.address.user.clone().unwrap_or_default();
        UserContext { user_id: user.clone(), user_name: user }
    }

    /// What the server called the session, if it was said.
    pub(super) fn there(&self) -> Option<String> {
        self.there.get().cloned()
    }

    /// Holds the session to be the one that was begun.
    ///
    /// # Errors
    /// If it is another one, which knows nothing of what was set.
    pub(super) fn hold(&self, there: &str) -> Result<(), Error> {
        if there.is_empty() || self.there.get_or_init(|| there.to_owned()) == there {
            return Ok(());
        }
        Err(Error::wrong("the server has lost the session; was it started again?"))
    }

    /// Calls, and waits so long for the answer.
    pub(super) async fn ask<Q, A>(&self, method: &str, question: Q, patience: Duration) -> Result<A, Error>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let asked = async {
            let mut calls = self.calls().await?;
            let told = calls.unary(self.request(question), path(method)?, ProstCodec::<Q, A>::default()).await;
            Ok(told.map_err(|status| self.error(&status))?.into_inner())
        };
        match timeout(patience, asked).await {
            Ok(told) => told,
            Err(_) => {
                // Who does not answer is not asked on the same line again.
                self.hang_up().await;
                Err(slow(patience))
            }
        }
    }

    /// Calls, for a stream of answers.
    pub(super) async fn open<Q, A>(&self, method: &str, question: Q) -> Result<Streaming<A>, Error>
    where
        Q: Message + 'static,
        A: Message + Default + 'static,
    {
        let mut calls = self.calls().await?;
        let told = calls.server_streaming(self.request(question), path(method)?, ProstCodec::<Q, A>::default()).await;
        Ok(told.map_err(|status| self.error(&status))?.into_inner())
    }

    /// What a status means here.
    pub(super) fn error(&self, status: &Status) -> Error {
        Error::status(status, &self.address)
    }

    /// Makes a new connection for the next call; streams that are open go on.
    async fn hang_up(&self) {
        *self.sender.lock().await = None;
    }

    fn request<Q>(&self, question: Q) -> tonic::Request<Q> {
        let mut request = tonic::Request::new(question);
        *request.metadata_mut() = self.headers.clone();
        request
    }

    async fn calls(&self) -> Result<Grpc<Requests>, Error> {
        let requests = Requests(self.sender().await?);
        Ok(Grpc::with_origin(requests, self.origin.clone()).max_decoding_message_size(LARGEST))
    }

    async fn sender(&self) -> Result<SendRequest<Body>, Error> {
        let mut held = self.sender.lock().await;
        if let Some(sender) = held.as_ref().filter(|sender| !sender.is_closed()) {
            return Ok(sender.clone());
        }
        let made = timeout(self.connect, self.dial()).await.map_err(|_| slow(self.connect))??;
        Ok(held.insert(made).clone())
    }

    async fn dial(&self) -> Result<SendRequest<Body>, Error> {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(IDLE));
        tcp.set_keepalive_interval(Some(ASKED));
        let stream = tcp.oneshot(self.origin.clone()).await.map_err(|error| Error::connection(&error))?;
        let Some(tls) = &self.tls else { return greet(stream.into_inner()).await };
        let host = self.address.host.trim_start_matches('[').trim_end_matches(']').to_owned();
        let name = ServerName::try_from(host).map_err(|_| Error::wrong("the host has no name that TLS knows"))?;
        let stream = tls.connect(name, stream.into_inner()).await;
        greet(stream.map_err(|error| Error::connection(&error))?).await
    }
}

/// A connection, as a service that `tonic` calls.
struct Requests(SendRequest<Body>);

impl Service<Request<Body>> for Requests {
    type Response = Response<Incoming>;
    type Error = hyper::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        Box::pin(self.0.send_request(request))
    }
}

/// Begins to speak HTTP/2.
async fn greet(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static) -> Result<SendRequest<Body>, Error> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder.max_header_list_size(HEADERS);
    let greeted = builder.handshake(TokioIo::new(stream)).await;
    let (sender, connection) = greeted.map_err(|error| Error::connection(&error))?;
    // It ends with those who ask over it, and what goes wrong is told to them.
    tokio::spawn(async move { drop(connection.await) });
    Ok(sender)
}

fn path(method: &str) -> Result<PathAndQuery, Error> {
    format!("/{SERVICE}/{method}").parse().map_err(|_| Error::wrong("there is no such call"))
}

fn slow(patience: Duration) -> Error {
    Error::new(ErrorKind::Slow, format!("the server did not answer within {} s", patience.as_secs_f32()))
}

/// The headers of every call.
fn headers(address: &Address, agent: &str) -> Result<MetadataMap, Error> {
    let mut headers = MetadataMap::new();
    let mut add = |name: &str, value: &str| {
        let wrong = || Error::wrong(format!("`{name}` cannot be sent as a header"));
        let name = MetadataKey::<Ascii>::from_bytes(name.as_bytes()).map_err(|_| wrong())?;
        let mut value = MetadataValue::<Ascii>::try_from(value).map_err(|_| wrong())?;
        value.set_sensitive(true);
        headers.insert(name, value);
        Ok(())
    };
    add("user-agent", agent)?;
    if let Some(token) = &address.token {
        add("authorization", &format!("Bearer {token}"))?;
    }
    address.headers.iter().try_for_each(|(name, value)| add(name, value))?;
    Ok(headers)
}

/// What encrypts, with some authorities or those of the system.
fn tls(authorities: Option<&[u8]>) -> Result<TlsConnector, Error> {
    let mut roots = RootCertStore::empty();
    match authorities {
        Some(pem) => {
            for certificate in CertificateDer::pem_slice_iter(pem) {
                let wrong = |why: String| Error::wrong(format!("the authorities cannot be read: {why}"));
                let certificate = certificate.map_err(|error| wrong(error.to_string()))?;
                roots.add(certificate).map_err(|error| wrong(error.to_string()))?;
            }
            if roots.is_empty() {
                return Err(Error::wrong("the authorities that are given hold no certificate"));
            }
        }
        None => drop(roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs)),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| Error::wrong(error.to_string()))?;
    let mut config = builder.with_root_certificates(roots).with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(TlsConnector::from(Arc::new(config)))
}
