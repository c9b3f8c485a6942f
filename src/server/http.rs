//! What answers at which address.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::Router;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::{ConnectInfo, Query, Request, State};
use axum::http::header::{self, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode, Uri};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;
use live_core::id::PeerId;
use live_core::wire::limits;
use rand_core::{OsRng, TryRngCore};
use serde_json::{Map, Value};
use tower_http::cors::{AllowHeaders, AllowMethods, AllowOrigin, CorsLayer};

use crate::limit::Limiter;
use crate::socket::{Hub, Params};
use crate::{Assets, Error, Options, metrics};

/// What PeerServer says of itself.
const DESCRIPTION: &str = r#"{"name":"PeerJS Server","description":"A server side element to broker connections between PeerJS clients.","website":"https://peerjs.com/"}"#;
const JSON: (HeaderName, &str) = (header::CONTENT_TYPE, "application/json");
const FRESH: (HeaderName, &str) = (header::CACHE_CONTROL, "no-store");

struct App {
    hub: Arc<Hub>,
    limiter: Limiter,
    assets: Assets,
    path: String,
    config: String,
    allow_discovery: bool,
    proxied: bool,
}

/// Everything that the server answers.
pub(crate) fn router(options: &Options, hub: Arc<Hub>) -> Result<Router, Error> {
    let path = signalling_path(&options.path)?;
    let app = Arc::new(App {
        hub,
        limiter: Limiter::new(options.connects_per_minute),
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

/// The path with a slash at both ends.
fn signalling_path(path: &str) -> Result<String, Error> {
    let inner = path.trim_matches('/');
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"._~-/".contains(&b);
    let taken = ["health", "metrics", "config.json"].contains(&inner);
    if taken || inner.contains("//") || !inner.bytes().all(plain) {
        return Err(Error::Path(path.to_owned()));
    }
    Ok(if inner.is_empty() { "/".into() } else { format!("/{inner}/") })
}

/// The app's settings with where signalling is.
fn config(assets: &Assets, path: &str, key: &str) -> String {
    let own = assets.content("config.json").unwrap_or_default();
    let mut config: Map<String, Value> = serde_json::from_slice(own).unwrap_or_default();
    config.insert("peerPath".into(), path.into());
    config.insert("peerKey".into(), key.into());
    Value::from(config).to_string()
}

/// Lets the pages of these origins, or of all if there is none or a `*`, read the answers.
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

/// PeerServer answers a WebSocket anywhere else with 400.
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
        tracing::debug!(%ip, "connects too often");
        return StatusCode::TOO_MANY_REQUESTS.into_response();
    }
    let mut take = |name| query.remove(name).unwrap_or_default();
    let params = Params { id: take("id"), token: take("token"), key: take("key") };
    upgrade
        // The realm judges what is too large, and tells the sender; this is for what is larger.
        .max_message_size(2 * limits::SIGNAL_FRAME)
        .max_frame_size(2 * limits::SIGNAL_FRAME)
        // The default of 128 KiB for each of thousands of quiet sockets would be a waste.
        .read_buffer_size(8 * 1024)
        .on_upgrade(move |socket| app.hub.clone().serve(socket, params))
}

/// Who connects. Of what proxies have written only the last entry is our own proxy's.
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
    ([html, FRESH], id.to_string()).into_response()
}

async fn peers(State(app): State<Arc<App>>) -> Response {
    if !app.allow_discovery {
        return (StatusCode::UNAUTHORIZED, "Unauthorized").into_response();
    }
    let ids: Value = app.hub.with_realm(|realm| realm.ids().map(PeerId::as_str).collect());
    ([JSON, FRESH], ids.to_string()).into_response()
}

async fn description() -> Response {
    ([JSON], DESCRIPTION).into_response()
}

async fn metrics(State(app): State<Arc<App>>) -> Response {
    let content_type = (header::CONTENT_TYPE, metrics::CONTENT_TYPE);
    ([content_type], metrics::render(&app.hub.figures())).into_response()
}

async fn config_json(State(app): State<Arc<App>>) -> Response {
    let cache = (header::CACHE_CONTROL, "no-cache");
    ([JSON, cache], app.config.clone()).into_response()
}

/// The web app. It shares `/` with PeerServer's description of itself, which goes to those who ask
/// for JSON.
async fn page(State(app): State<Arc<App>>, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    let wants_json = |value: &HeaderValue| {
        let text = value.to_str().unwrap_or_default();
        text.contains("application/json") && !text.contains("text/html")
    };
    if path == "/" && app.path == "/" && headers.get(header::ACCEPT).is_some_and(wants_json) {
        return ([JSON, (header::VARY, "accept")], DESCRIPTION).into_response();
    }
    // The pages' own links are relative, so a language needs its slash.
    if let "/en" | "/zh" = path {
        let query = uri.query().map(|query| format!("?{query}")).unwrap_or_default();
        return Redirect::permanent(&format!("{path}/{query}")).into_response();
    }
    let mut response = app.assets.respond(path, &headers);
    if path == "/" {
        let vary = HeaderValue::from_static("accept");
        response.headers_mut().append(header::VARY, vary);
    }
    response.into_response()
}
