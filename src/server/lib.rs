//! The signalling server: PeerServer's HTTP and WebSocket interface around the core's
//! [`Realm`](live_core::signal::realm::Realm), and the web app with it.
//!
//! The server never reads the payloads that peers exchange, and never holds the realm's lock across
//! an await.

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

/// How long open requests and sockets may take to end when the server stops.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(1_000);
/// How long a client may take to send a request's headers.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);

/// The server's configuration. The defaults are those of PeerServer's command.
#[derive(Clone, Debug)]
pub struct Options {
    /// The signalling key, time-outs and limits.
    pub realm: realm::Options,
    /// The address to listen on; all interfaces when `None`.
    pub host: Option<String>,
    /// The port to listen on; 0 picks a free one.
    pub port: u16,
    /// The path of the signalling interface. Slashes at both ends are optional.
    pub path: String,
    /// Whether `<path>/<key>/peers` lists the registered ids.
    pub allow_discovery: bool,
    /// Whether to trust the client address that a reverse proxy adds to `X-Forwarded-For`.
    pub proxied: bool,
    /// The origins that CORS allows; all when empty.
    pub cors: Vec<String>,
    /// The certificate for HTTPS; plain HTTP when `None`.
    pub tls: Option<Tls>,
    /// How many sockets one address may open per minute. Loopback is exempt, because local
    /// processes are trusted and a local reverse proxy connects from there.
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
            // A household, a school or an office may share one address.
            connects_per_minute: 60,
            assets: Assets::embedded(),
        }
    }
}

/// The source of the certificate.
#[derive(Clone, Debug)]
pub enum Tls {
    /// A self-signed certificate, made at every start.
    SelfSigned,
    /// PEM files.
    Files {
        /// The certificate chain.
        cert: PathBuf,
        /// The private key.
        key: PathBuf,
    },
}

/// Why a server failed to start or stopped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The address or the port is not available.
    #[error("cannot listen on {host} port {port}: {source}")]
    Bind {
        /// The requested host.
        host: String,
        /// The requested port.
        port: u16,
        /// The system's error.
        source: io::Error,
    },
    /// The signalling path is not possible.
    #[error("the path {0:?} is taken or has other characters than A-Z a-z 0-9 . _ ~ - and /")]
    Path(String),
    /// A CORS origin is not a valid header value.
    #[error("{0:?} is not an origin")]
    Origin(String),
    /// The certificate cannot be generated or read.
    #[error(transparent)]
    Tls(#[from] tls::Error),
    /// The listener failed.
    #[error("the listener failed: {0}")]
    Serve(#[from] io::Error),
}

/// A bound server. It accepts connections once it [`run`](Self::run)s.
pub struct Server {
    listener: TcpListener,
    addr: SocketAddr,
    tls: Option<RustlsConfig>,
    hub: Arc<socket::Hub>,
    router: Router,
}

impl Server {
    /// Binds the listener.
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

    /// The bound address.
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// The URL to open in a browser on this machine.
    pub fn url(&self) -> String {
        let scheme = self.scheme();
        let (ip, port) = (self.addr.ip(), self.addr.port());
        if ip.is_unspecified() || ip.is_loopback() {
            return format!("{scheme}://localhost:{port}/");
        }
        format!("{scheme}://{}/", self.addr)
    }

    /// The URLs to open on other machines of the local network.
    pub fn network_urls(&self) -> Vec<String> {
        if !self.addr.ip().is_unspecified() {
            return Vec::new();
        }
        let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
        let ips = interfaces.iter().map(|interface| interface.ip());
        // IPv4 only: a machine has several IPv6 addresses, some temporary.
        ips.filter(|ip| ip.is_ipv4() && !ip.is_loopback())
            .map(|ip| format!("{}://{ip}:{}/", self.scheme(), self.addr.port()))
            .collect()
    }

    /// Serves until `stop` completes, then closes every socket and returns within two seconds.
    pub async fn run(self, stop: impl Future<Output = ()>) -> Result<(), Error> {
        let handle = axum_server::Handle::new();
        let service = (self.router).into_make_service_with_connect_info::<SocketAddr>();
        let server = axum_server::from_tcp(self.listener)?.handle(handle.clone());
        let serve = async {
            // The branches only differ in the acceptor's type.
            if let Some(tls) = self.tls {
                let acceptor = RustlsAcceptor::new(tls).acceptor(NoDelayAcceptor);
                let mut server = server.acceptor(acceptor);
                limit_header_time(&mut server);
                server.serve(service).await
            } else {
                let mut server = server.acceptor(NoDelayAcceptor);
                limit_header_time(&mut server);
                server.serve(service).await
            }
        };
        let stopping = async {
            stop.await;
            handle.graceful_shutdown(Some(SHUTDOWN_GRACE));
            self.hub.close_all();
            // `serve` completes after the graceful shutdown.
            std::future::pending().await
        };
        tokio::select! {
            served = serve => served?,
            () = stopping => {}
            () = self.hub.tick() => {}
        }
        // Upgraded connections do not belong to the HTTP server any more.
        let _ = tokio::time::timeout(SHUTDOWN_GRACE, self.hub.all_closed()).await;
        Ok(())
    }

    fn scheme(&self) -> &'static str {
        if self.tls.is_some() { "https" } else { "http" }
    }
}

fn limit_header_time<A>(server: &mut axum_server::Server<SocketAddr, A>) {
    let mut http1 = server.http_builder().http1();
    http1.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT);
}

fn listen(host: Option<&str>, port: u16) -> io::Result<TcpListener> {
    match host {
        Some(host) => TcpListener::bind((host, port)),
        // `::` accepts IPv4 as well; the fallback is for systems without IPv6.
        None => TcpListener::bind(("::", port)).or_else(|_| TcpListener::bind(("0.0.0.0", port))),
    }
}
