//! A running server and minimal clients.

use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use live_server::{Assets, Options, Server};
use serde_json::Value;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// The time-out of every step.
const PATIENCE: Duration = Duration::from_secs(5);

pub(crate) struct Running {
    pub(crate) addr: SocketAddr,
    pub(crate) path: String,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Result<(), live_server::Error>>,
}

/// Options for a loopback server on a free port.
pub(crate) fn options() -> Options {
    Options {
        host: Some("127.0.0.1".into()),
        port: 0,
        assets: Assets::default(),
        ..Options::default()
    }
}

pub(crate) fn start(options: Options) -> Running {
    let path = match options.path.trim_matches('/') {
        "" => "/".into(),
        inner => format!("/{inner}/"),
    };
    let server = Server::bind(options).unwrap();
    let addr = server.addr();
    let (stop, stopped) = oneshot::channel();
    let done = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    Running { addr, path, stop, done }
}

impl Running {
    /// Stops the server and waits for its end.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        timeout(PATIENCE, self.done).await.unwrap().unwrap().unwrap();
    }

    /// Opens a socket with this query string.
    pub(crate) async fn open(&self, query: &str) -> Socket {
        let path = format!("{}peerjs?{query}", self.path);
        self.upgrade(&path, &[]).await.unwrap()
    }

    /// Opens a socket for an id and takes its `OPEN`.
    pub(crate) async fn peer(&self, id: &str) -> Socket {
        let mut socket = self.open(&format!("key=peerjs&id={id}&token=t{id}")).await;
        assert_eq!(socket.text().await, r#"{"type":"OPEN"}"#);
        socket
    }

    /// Opens a socket at any path, with additional headers.
    pub(crate) async fn upgrade(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> Result<Socket, tungstenite::Error> {
        let mut request = format!("ws://{}{path}", self.addr).into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let stream = TcpStream::connect(self.addr).await.unwrap();
        let (socket, _) = client_async(request, stream).await?;
        Ok(Socket(socket))
    }

    /// Sends a request with these headers and reads the whole answer.
    pub(crate) async fn request(&self, line: &str, headers: &str) -> Answer {
        let stream = TcpStream::connect(self.addr).await.unwrap();
        request(stream, line, headers).await
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.request(&format!("GET {path}"), "").await
    }
}

pub(crate) async fn request<S>(mut stream: S, line: &str, headers: &str) -> Answer
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let head = format!("{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    // TLS servers may close without a notification.
    let _ = timeout(PATIENCE, stream.read_to_end(&mut bytes)).await.unwrap();
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    Answer {
        head: String::from_utf8(bytes[..end].to_vec()).unwrap(),
        body: bytes[end + 4..].to_vec(),
    }
}

pub(crate) struct Answer {
    head: String,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.head[9..12].parse().unwrap()
    }

    /// All the values of a header, as one; empty if there is none.
    pub(crate) fn header(&self, name: &str) -> String {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        let values = lines.filter(|(key, _)| key.eq_ignore_ascii_case(name));
        let values: Vec<_> = values.map(|(_, value)| value).collect();
        values.join(", ")
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

pub(crate) struct Socket(WebSocketStream<TcpStream>);

impl Socket {
    pub(crate) async fn send(&mut self, text: impl Into<String>) {
        self.send_message(Message::text(text.into())).await.unwrap();
    }

    pub(crate) async fn send_message(
        &mut self,
        message: Message,
    ) -> Result<(), tungstenite::Error> {
        timeout(PATIENCE, self.0.send(message)).await.unwrap()
    }

    /// The next text frame.
    pub(crate) async fn text(&mut self) -> String {
        timeout(PATIENCE, self.next_text()).await.unwrap()
    }

    /// The next text frame, however long it takes.
    pub(crate) async fn next_text(&mut self) -> String {
        match self.0.next().await {
            Some(Ok(Message::Text(text))) => text.as_str().to_owned(),
            other => panic!("no text but {other:?}"),
        }
    }

    /// Expects the server to close without a code.
    pub(crate) async fn closed(&mut self) {
        match timeout(PATIENCE, self.0.next()).await.unwrap() {
            Some(Ok(Message::Close(None))) => {}
            other => panic!("not closed but {other:?}"),
        }
    }

    /// Whether no frame arrives in this time.
    pub(crate) async fn is_quiet(&mut self, millis: u64) -> bool {
        let wait = Duration::from_millis(millis);
        timeout(wait, self.0.next()).await.is_err()
    }

    /// Reads until the connection ends; returns the text frames.
    pub(crate) async fn drain(&mut self) -> Vec<String> {
        let mut texts = Vec::new();
        while let Some(Ok(message)) = timeout(PATIENCE, self.0.next()).await.unwrap() {
            if let Message::Text(text) = message {
                texts.push(text.as_str().to_owned());
            }
        }
        texts
    }

    pub(crate) async fn close(mut self) {
        self.0.close(None).await.unwrap();
        self.drain().await;
    }
}
