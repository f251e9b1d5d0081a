//! The server itself: connections, how long they may take, and how it ends.
//!
//! A client that is slow costs a connection and nothing else: so many are held at once, the head of a request must be there in
//! seconds, its body too, and no connection lasts for ever.

use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

/// How many connections are held at once; more wait to be taken.
const CONNECTIONS: usize = 1_024;

/// How long the head of a request may take, the wait for it on a connection that was used before included.
const HEAD: Duration = Duration::from_secs(15);

/// How long a connection may last.
const CONNECTION: Duration = Duration::from_mins(30);

/// How long answers that are under way may take once the server stops.
const LAST: Duration = Duration::from_secs(5);

/// A server that has its address.
pub struct Listener(std::net::TcpListener);

impl Listener {
    /// Takes an address.
    ///
    /// # Errors
    /// An address that another process has, or that this machine does not have.
    pub fn bind(address: SocketAddr) -> std::io::Result<Self> {
        let listener = std::net::TcpListener::bind(address)?;
        listener.set_nonblocking(true)?;
        Ok(Self(listener))
    }

    /// The address that it has.
    ///
    /// # Errors
    /// What the system says.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.0.local_addr()
    }

    /// Answers until `stop` is there, and what is under way then.
    ///
    /// # Errors
    /// A system that gives no threads or sockets.
    pub fn serve(self, router: Router, stop: impl Future<Output = ()>) -> std::io::Result<()> {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(serve(self.0, router, stop))?;
        runtime.shutdown_timeout(LAST);
        Ok(())
    }
}

async fn serve(listener: std::net::TcpListener, router: Router, stop: impl Future<Output = ()>) -> std::io::Result<()> {
    let listener = TcpListener::from_std(listener)?;
    let (room, under_way) = (Arc::new(Semaphore::new(CONNECTIONS)), GracefulShutdown::new());
    let mut stop = std::pin::pin!(stop);
    loop {
        let next = std::pin::pin!(async {
            let permit = Arc::clone(&room).acquire_owned().await;
            (permit, listener.accept().await)
        });
        let (permit, stream) = match futures_util::future::select(next, &mut stop).await {
            futures_util::future::Either::Left(((permit, Ok((stream, _))), _)) => (permit, stream),
            futures_util::future::Either::Left(((_, Err(error)), _)) => {
                // One that went away before it was taken, or a lack that passes.
                tracing::debug!(%error, "a connection was not taken");
                sleep(Duration::from_millis(20)).await;
                continue;
            }
            futures_util::future::Either::Right(_) => break,
        };
        let connection = under_way.watch(connection(stream, router.clone()));
        tokio::spawn(async move {
            let _permit = permit;
            // A client that breaks the rules of HTTP, or goes away, is no fault of ours.
            let _ = timeout(CONNECTION, connection).await;
        });
    }
    drop(listener);
    let _ = timeout(LAST, under_way.shutdown()).await;
    Ok(())
}

fn connection(stream: TcpStream, router: Router) -> http1::Connection<TokioIo<TcpStream>, TowerToHyperService<Router>> {
    // An answer is small and whole: waiting for more of it helps nobody.
    let _ = stream.set_nodelay(true);
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD)
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(router))
}
