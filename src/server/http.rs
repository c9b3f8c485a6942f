//! The routes: PeerServer's HTTP interface, health, metrics, and the web app.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use live_core::id::PeerId;
use live_core::wire::limits;
use prometheus_client::registry::Registry;
use rand_core::{OsRng, TryRngCore};
use serde_json::{Map, Value};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

use crate::limit::ConnectLimiter;
use crate::socket::{Hub, Params};
use crate::{Assets, Error, Options, metrics};

/// PeerServer's description of itself.
const DESCRIPTION: &str = r#"{"name":"PeerJS Server","description":"A server side element to broker connections between PeerJS clients.","website":"https://peerjs.com/"}"#;
const JSON: (HeaderName, &str) = (header::CONTENT_TYPE, "application/json");
const NO_STORE: (HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

struct App {
    hub: Arc<Hub>,
    limiter: ConnectLimiter,
    metrics: Registry,
    assets: Assets,
    /// Where signalling is, with a slash at both ends.
    path: String,
    /// The content of `config.json`.
    config: String,
    allow_discovery: bool,
    proxied: bool,
}

/// All routes of the server.
pub(crate) fn router(options: &Options, hub: Arc<Hub>) -> Result<Router, Error> {
    let path = signalling_path(&options.path)?;
    let app = Arc::new(App {
        metrics: metrics::registry(Arc::clone(&hub)),
        hub,
        limiter: ConnectLimiter::new(options.connects_per_minute),
        assets: options.assets.clone(),
        config: config(&options.assets, &path, &options.realm.key),
        path: path.clone(),
        allow_discovery: options.allow_discovery,
        proxied: options.proxied,
    });
    let mut router = Router::new()
        .route(&format!("{path}peerjs"), get(connect))
        .route(&format!("{path}{{key}}/id"), get(new_id))
        .route(&format!("{path}{{key}}/peers"), get(peers))
        .route("/health", get("ok"))
        .route("/metrics", get(metrics))
        .route("/config.json", get(config_json))
        .fallback(get(page));
    if path != "/" {
        router = router
            .route(&path, get(description))
            .route(path.trim_end_matches('/'), get(description));
    }
    Ok(router
        .layer(middleware::from_fn_with_state(app.clone(), upgrades_only_at_peerjs))
        .layer(cors(&options.cors)?)
        .with_state(app))
}

/// `path` with a slash at both ends.
fn signalling_path(path: &str) -> Result<String, Error> {
    let inner = path.trim_matches('/');
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._~-/".contains(&b);
    let taken = ["health", "metrics", "config.json"].contains(&inner);
    if taken || inner.contains("//") || !inner.bytes().all(plain) {
        return Err(Error::Path(path.to_owned()));
    }
    Ok(if inner.is_empty() { "/".into() } else { format!("/{inner}/") })
}

/// The app's `config.json`, completed with the path and key of signalling.
fn config(assets: &Assets, path: &str, key: &str) -> String {
    let own = assets.content("config.json").unwrap_or_default();
    let mut config: Map<String, Value> = serde_json::from_slice(own).unwrap_or_default();
    config.insert("peerPath".into(), path.into());
    config.insert("peerKey".into(), key.into());
    Value::from(config).to_string()
}

/// Allows requests from these origins; from every origin if the list is empty or has a `*`.
fn cors(origins: &[String]) -> Result<CorsLayer, Error> {
    let allowed = if origins.is_empty() || origins.iter().any(|origin| origin == "*") {
        AllowOrigin::mirror_request()
    } else {
        let parse = |origin: &String| {
            let value = HeaderValue::from_str(origin);
            value.map_err(|_| Error::Origin(origin.clone()))
        };
        let origins: Result<Vec<_>, _> = origins.iter().map(parse).collect();
        AllowOrigin::list(origins?)
    };
    Ok(CorsLayer::new()
        .allow_origin(allowed)
        .allow_methods(AllowMethods::mirror_request())
        .allow_headers(AllowHeaders::mirror_request())
        .vary([header::ORIGIN]))
}

/// Answers an upgrade on any other route with 400, as PeerServer does.
async fn upgrades_only_at_peerjs(
    State(app): State<Arc<App>>,
    request: Request,
    next: Next,
) -> Response {
    let upgrade = request.headers().get(header::UPGRADE);
    let socket = upgrade.is_some_and(|value| value.as_bytes().eq_ignore_ascii_case(b"websocket"));
    let here = request.uri().path().strip_prefix(app.path.as_str()) == Some("peerjs");
    if socket && !here {
        return StatusCode::BAD_REQUEST.into_response();
    }
    next.run(request).await
}

async fn connect(
    State(app): State<Arc<App>>,
    ConnectInfo(addr): ConnectInfo<SocketAddr>,
    Query(mut query): Query<HashMap<String, String>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    let ip = client(&app, addr.ip(), &headers);
    if !app.limiter.admit(app.hub.now(), ip) {
        tracing::debug!(%ip, "too many connections");
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    let mut take = |name| query.remove(name).unwrap_or_default();
    let params = Params { id: take("id"), token: take("token"), key: take("key") };
    upgrade
        // The realm refuses frames above the limit with an error; this stops far larger ones early.
        .max_message_size(2 * limits::SIGNAL_FRAME)
        .max_frame_size(2 * limits::SIGNAL_FRAME)
        // The default of 128 KiB is too much for thousands of mostly idle sockets.
        .read_buffer_size(8 * 1024)
        .on_upgrade(move |socket| app.hub.clone().serve(socket, params))
}

/// The client's address. Only the last entry of `X-Forwarded-For` comes from our own proxy; the
/// client may have invented the others.
fn client(app: &App, ip: IpAddr, headers: &HeaderMap) -> IpAddr {
    if !app.proxied {
        return ip;
    }
    let last = headers.get_all("x-forwarded-for").iter().next_back();
    let last = last.and_then(|value| value.to_str().ok()?.rsplit(',').next());
    last.and_then(|ip| ip.trim().parse().ok()).unwrap_or(ip)
}

async fn new_id(State(app): State<Arc<App>>) -> Response {
    let mut rng = OsRng.unwrap_err();
    let id = app.hub.with_realm(|realm| {
        loop {
            let id = PeerId::random(&mut rng);
            if !realm.contains(&id) {
                return id;
            }
        }
    });
    let html = (header::CONTENT_TYPE, "text/html; charset=utf-8");
    ([html, NO_STORE], id.to_string()).into_response()
}

async fn peers(State(app): State<Arc<App>>) -> Response {
    if !app.allow_discovery {
        return (StatusCode::UNAUTHORIZED, "Unauthorized").into_response();
    }
    let ids: Value = app.hub.with_realm(|realm| realm.ids().map(PeerId::as_str).collect());
    ([JSON, NO_STORE], ids.to_string()).into_response()
}

async fn description() -> Response {
    ([JSON], DESCRIPTION).into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    match metrics::render(&app.metrics) {
        Ok(text) => ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], text).into_response(),
        Err(error) => {
            tracing::warn!(%error, "metrics cannot be encoded");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

async fn config_json(State(app): State<Arc<App>>) -> Response {
    let cache = (header::CACHE_CONTROL, "no-cache");
    ([JSON, cache], app.config.clone()).into_response()
}

/// The web app. `/` also has PeerServer's description, for clients that accept JSON only.
async fn page(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    let wants_json = |value: &HeaderValue| {
        let text = value.to_str().unwrap_or_default();
        text.contains("application/json") && !text.contains("text/html")
    };
    if path == "/" && app.path == "/" && headers.get(header::ACCEPT).is_some_and(wants_json) {
        return ([JSON, (header::VARY, "accept")], DESCRIPTION).into_response();
    }
    let mut response = app.assets.respond(&uri, &headers);
    if path == "/" {
        let vary = HeaderValue::from_static("accept");
        response.headers_mut().append(header::VARY, vary);
    }
    response
}
