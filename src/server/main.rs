//! The command `p2p-live`: the signalling server with the embedded web app.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use live_core::signal::realm;
use live_server::{Options, Server, Tls};
use tracing::Level;

/// P2P-Live-Web's server: PeerServer-compatible signalling and the web app.
#[derive(Parser, Debug)]
#[command(name = "p2p-live", version)]
struct Args {
    /// Port to listen on
    #[arg(short, long, env = "PORT", default_value_t = 9000)]
    port: u16,
    /// Address to listen on [default: all interfaces]
    #[arg(short = 'H', long)]
    host: Option<String>,
    /// Path of the signalling interface
    #[arg(long, env = "PEERSERVER_PATH", default_value = "/")]
    path: String,
    /// Key that clients must send
    #[arg(short, long, default_value = "peerjs")]
    key: String,
    /// Milliseconds that messages wait for an absent receiver
    #[arg(short = 't', long = "expire_timeout", alias = "expire-timeout", value_name = "MS")]
    #[arg(default_value_t = 5_000)]
    expire_timeout: u64,
    /// Milliseconds without a heartbeat after which a client is dropped
    #[arg(long = "alive_timeout", alias = "alive-timeout", value_name = "MS")]
    #[arg(default_value_t = 60_000)]
    alive_timeout: u64,
    /// Seconds for which a person's id is kept for the client that had it last; 0 for not at all
    #[arg(long = "reserve_time", alias = "reserve-time", value_name = "SECONDS")]
    #[arg(default_value_t = 120)]
    reserve_time: u64,
    /// Maximum number of clients
    #[arg(short, long = "concurrent_limit", alias = "concurrent-limit", value_name = "N")]
    #[arg(default_value_t = 5_000)]
    concurrent_limit: usize,
    /// List the connected ids to every client
    #[arg(long = "allow_discovery", alias = "allow-discovery", value_name = "BOOL")]
    #[arg(num_args = 0..=1, default_value_t = false, default_missing_value = "true")]
    allow_discovery: bool,
    /// Trust X-Forwarded-For, when running behind a reverse proxy
    #[arg(long, value_name = "BOOL")]
    #[arg(num_args = 0..=1, default_value_t = false, default_missing_value = "true")]
    proxied: bool,
    /// Origins that CORS allows [default: all]
    #[arg(long, value_name = "ORIGIN", num_args = 1..)]
    cors: Vec<String>,
    /// Private key for HTTPS, a PEM file
    #[arg(long, value_name = "FILE", requires = "sslcert")]
    sslkey: Option<PathBuf>,
    /// Certificate for HTTPS, a PEM file
    #[arg(long, value_name = "FILE", requires = "sslkey")]
    sslcert: Option<PathBuf>,
    /// HTTPS with a certificate made at start, so that pages in a LAN may capture cameras and screens
    #[arg(long = "self-signed", alias = "self_signed", conflicts_with = "sslcert")]
    self_signed: bool,
    /// Sockets per minute from one address; loopback is exempt
    #[arg(long = "connects_per_minute", alias = "connects-per-minute", value_name = "N")]
    #[arg(default_value_t = 60)]
    connects_per_minute: u32,
}

impl From<Args> for Options {
    fn from(args: Args) -> Self {
        let files = args.sslcert.zip(args.sslkey);
        let tls = match files {
            Some((cert, key)) => Some(Tls::Files { cert, key }),
            None => args.self_signed.then_some(Tls::SelfSigned),
        };
        Options {
            realm: realm::Options {
                key: args.key,
                expire_timeout: Duration::from_millis(args.expire_timeout),
                alive_timeout: Duration::from_millis(args.alive_timeout),
                concurrent_limit: args.concurrent_limit,
                reserve_time: Duration::from_secs(args.reserve_time),
                ..realm::Options::default()
            },
            host: args.host,
            port: args.port,
            path: args.path,
            allow_discovery: args.allow_discovery,
            proxied: args.proxied,
            cors: args.cors,
            tls,
            connects_per_minute: args.connects_per_minute,
            ..Options::default()
        }
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let level = std::env::var("RUST_LOG").ok();
    let level = level.and_then(|level| level.parse().ok()).unwrap_or(Level::INFO);
    tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).init();
    match serve(Args::parse().into()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("p2p-live: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn serve(options: Options) -> Result<(), live_server::Error> {
    // Every client needs a file descriptor, and many systems start with a soft limit of 1,024.
    if let Err(error) = rlimit::increase_nofile_limit(u64::MAX) {
        tracing::warn!(%error, "cannot raise the limit of open files");
    }
    let server = Server::bind(options)?;
    println!("P2P-Live-Web is at {}", server.url());
    for url in server.network_urls() {
        println!("on the network at {url}");
    }
    server.run(interrupted()).await
}

/// Completes on SIGINT or SIGTERM.
async fn interrupted() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;

    fn parse(line: &str) -> Options {
        let words = std::iter::once("p2p-live").chain(line.split_whitespace());
        Args::try_parse_from(words).unwrap().into()
    }

    #[test]
    fn flags_are_peerservers() {
        let options = parse(
            "-p 9001 -H 127.0.0.1 -k secret -t 1 -c 2 --alive_timeout 3 --path /myapp \
             --allow_discovery --proxied true --cors http://a http://b --sslkey k --sslcert c",
        );
        assert_eq!((options.port, options.host.as_deref()), (9001, Some("127.0.0.1")));
        assert_eq!(options.realm.key, "secret");
        assert_eq!(options.realm.expire_timeout, Duration::from_millis(1));
        assert_eq!(options.realm.concurrent_limit, 2);
        assert_eq!(options.realm.alive_timeout, Duration::from_millis(3));
        assert!(options.allow_discovery && options.proxied);
        assert_eq!(options.cors, ["http://a", "http://b"]);
        assert!(matches!(options.tls, Some(Tls::Files { .. })));
    }

    #[test]
    fn hyphens_do_as_well() {
        let options = parse("--alive-timeout 3 --reserve-time 0 --allow-discovery --self-signed");
        assert_eq!(options.realm.reserve_time, Duration::ZERO);
        assert_eq!(parse("--reserve_time 5").realm.reserve_time, Duration::from_secs(5));
        assert_eq!(parse("").realm.reserve_time, Duration::from_secs(120));
        assert_eq!(options.realm.alive_timeout, Duration::from_millis(3));
        assert!(options.allow_discovery && !options.proxied);
        assert!(matches!(options.tls, Some(Tls::SelfSigned)));
        assert!(Args::try_parse_from(["p2p-live", "--sslkey", "k"]).is_err());
    }
}
