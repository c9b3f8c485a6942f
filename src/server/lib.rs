//! The signalling server: PeerServer's HTTP and WebSocket interface around the core's
//! [`Realm`](live_core::signal::realm::Realm), and the web app with it.
//!
//! What peers say to each other is never read here, and the realm's lock is never held across an
//! await.

mod assets;
mod http;
mod limit;
mod metrics;
mod socket;
pub mod tls;

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum_server::accept::NoDelayAcceptor;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use hyper_util::rt::TokioTimer;
use live_core::signal::realm;

pub use assets::Assets;

/// How long open requests and sockets get to end when the server stops.
const GRACE: Duration = Duration::from_millis(1_000);
/// How long a client may take to send the head of a request.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// What can be chosen about a server. The defaults are those of PeerServer's command.
#[derive(Clone, Debug)]
pub struct Options {
    /// What peers are told and how long they are remembered.
    pub realm: realm::Options,
    /// The address to listen on; every one when `None`.
    pub host: Option<String>,
    /// The port to listen on; 0 takes a free one.
    pub port: u16,
    /// Where signalling is. Slashes at both ends are added.
    pub path: String,
    /// Whether to tell everyone who is here.
    pub allow_discovery: bool,
    /// Whether a reverse proxy says in `X-Forwarded-For` who connects.
    pub proxied: bool,
    /// The origins whose pages may ask; all when empty.
    pub cors: Vec<String>,
    /// With what to serve HTTPS; HTTP when `None`.
    pub tls: Option<Tls>,
    /// How many sockets one address may open per minute. Loopback is exempt: whoever is there
    /// needs no keeping out, and it is also where a local reverse proxy comes from.
    pub connects_per_minute: u32,
    /// The web app.
    pub assets: Assets,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            realm: realm::Options::default(),
            host: None,
            port: 9000,
            path: "/".into(),
            allow_discovery: false,
            proxied: false,
            cors: Vec::new(),
            tls: None,
            // A household, a school or an office may well share one address, and everyone there
            // may reload the page.
            connects_per_minute: 60,
            assets: Assets::embedded(),
        }
    }
}

/// Where the certificate comes from.
#[derive(Clone, Debug)]
pub enum Tls {
    /// Make one for this start of the server.
    SelfSigned,
    /// Read it from PEM files.
    Files {
        /// The certificate, with its chain.
        cert: PathBuf,
        /// Its private key.
        key: PathBuf,
    },
}

/// Why a server does not start or stops by itself.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address cannot be listened on.
    #[error("cannot listen on {host} port {port}: {source}")]
    Bind {
        /// The host asked for.
        host: String,
        /// The port asked for.
        port: u16,
        /// What the system says.
        source: io::Error,
    },
    /// The path cannot be served.
    #[error("the path {0:?} is taken or has other characters than A-Z a-z 0-9 . _ ~ - and /")]
    Path(String),
    /// An origin is not a header value.
    #[error("{0:?} is not an origin")]
    Origin(String),
    /// The certificate cannot be made or read.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// The listener failed.
    #[error("the listener failed: {0}")]
    Serve(#[from] io::Error),
}

/// A server that listens but does not answer until it [`run`](Self::run)s.
pub struct Server {
    listener: TcpListener,
    addr: SocketAddr,
    tls: Option<RustlsConfig>,
    hub: Arc<socket::Hub>,
    router: Router,
}

impl Server {
    /// Starts to listen.
    pub fn bind(options: Options) -> Result<Self, Error> {
        let tls = options.tls.as_ref().map(tls::config).transpose()?;
        let hub = Arc::new(socket::Hub::new(options.realm.clone()));
        let router = http::router(&options, Arc::clone(&hub))?;
        let listener = listen(options.host.as_deref(), options.port).map_err(|source| {
            let host = options.host.unwrap_or_else(|| "any address".into());
            let port = options.port;
            Error::Bind { host, port, source }
        })?;
        listener.set_nonblocking(true)?;
        let addr = listener.local_addr()?;
        Ok(Self { listener, addr, tls, hub, router })
    }

    /// Where it listens.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The address to open in a browser on this machine.
    pub fn url(&self) -> String {
        let scheme = self.scheme();
        let (ip, port) = (self.addr.ip(), self.addr.port());
        if ip.is_unspecified() || ip.is_loopback() {
            return format!("{scheme}://localhost:{port}/");
        }
        format!("{scheme}://{}/", self.addr)
    }

    /// The addresses to open on other machines of the network.
    pub fn network_urls(&self) -> Vec<String> {
        if !self.addr.ip().is_unspecified() {
            return Vec::new();
        }
        let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
        let ips = interfaces.iter().map(|interface| interface.ip());
        // IPv6 addresses are many and change; a browser that can reach one can use the other.
        ips.filter(|ip| ip.is_ipv4() && !ip.is_loopback())
            .map(|ip| format!("{}://{ip}:{}/", self.scheme(), self.addr.port()))
            .collect()
    }

    /// Serves until `stop` is ready; then closes every socket and returns within two seconds.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let handle = axum_server::Handle::new();
        let service = (self.router).into_make_service_with_connect_info::<SocketAddr>();
        let server = axum_server::from_tcp(self.listener)?.handle(handle.clone());
        let serve = async {
            // The two servers differ in type only.
            if let Some(tls) = self.tls {
                let acceptor = RustlsAcceptor::new(tls).acceptor(NoDelayAcceptor);
                let mut server = server.acceptor(acceptor);
                limit_head(&mut server);
                server.serve(service).await
            } else {
                let mut server = server.acceptor(NoDelayAcceptor);
                limit_head(&mut server);
                server.serve(service).await
            }
        };
        let stopping = async {
            stop.await;
            handle.graceful_shutdown(Some(GRACE));
            self.hub.close_all();
            // What ends is `serve`.
            std::future::pending().await
        };
        tokio::select! {
            served = serve => served?,
            () = stopping => {}
            () = self.hub.tick() => {}
        }
        // Sockets are no longer part of their HTTP connections, so they are waited for here.
        let _ = tokio::time::timeout(GRACE, self.hub.all_closed()).await;
        Ok(())
    }

    fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

fn limit_head<A>(server: &mut axum_server::Server<SocketAddr, A>) {
    let mut http1 = server.http_builder().http1();
    http1.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME);
}

fn listen(host: Option<&str>, port: u16) -> io::Result<TcpListener> {
    match host {
        Some(host) => TcpListener::bind((host, port)),
        // Both IPv6 and IPv4, where there is IPv6.
        None => TcpListener::bind(("::", port)).or_else(|_| TcpListener::bind(("0.0.0.0", port))),
    }
}
