//! Building everything and serving it until interrupted.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use crate::build::{self, Mode};
use crate::shell::{self, Result};

/// How long the server may take until it answers.
const START_LIMIT: Duration = Duration::from_secs(30);

/// `cargo xtask serve`: what it does not know is for the server.
pub(crate) fn serve(args: &[String]) -> Result {
    let (dev, args): (Vec<_>, Vec<_>) = args.iter().partition(|arg| *arg == "--dev");
    let address = Address::from(&args);
    // Before the build, which may take minutes.
    address.check_free()?;
    build::web(if dev.is_empty() { Mode::Release } else { Mode::Dev })?;
    let server = build::server()?;
    announce_later(&address)?;
    become_process(shell::command(server).args(args))
}

/// Waits until the server answers, then prints its address. The arguments are those of
/// [`announce_later`].
pub(crate) fn announce(args: &[String]) -> Result {
    let [scheme, host, port] = args else {
        return Err("announce takes a scheme, a host and a port".to_owned());
    };
    let port = port.parse().map_err(|_| format!("{port} is no port"))?;
    let address = Address { scheme: scheme.clone(), host: host.clone(), port };
    let start = Instant::now();
    while start.elapsed() < START_LIMIT {
        if address.answers() {
            println!("\nP2P Live is ready at {}  (Ctrl-C ends it)\n", address.url());
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    Ok(()) // The server, which has the terminal, has said what is wrong.
}

/// Where the server will be.
struct Address {
    scheme: String,
    /// A name or an address to connect to.
    host: String,
    port: u16,
}

impl Address {
    /// Reads what matters here from the server's flags, and leaves wrong ones to the server.
    fn from(args: &[&String]) -> Self {
        let value = |flag: &str| {
            args.iter().enumerate().find_map(|(index, arg)| match arg.strip_prefix(flag)? {
                "" => args.get(index + 1).map(|value| value.as_str()),
                rest => rest.strip_prefix('='),
            })
        };
        let is_secure =
            value("--sslkey").is_some() || args.iter().any(|arg| *arg == "--self-signed");
        let port = value("--port").or_else(|| value("-p")).map(str::to_owned);
        let port = port.or_else(|| std::env::var("PORT").ok());
        let host = value("--host").or_else(|| value("-H"));
        let host = host.filter(|host| !["0.0.0.0", "::", "[::]"].contains(host));
        Self {
            scheme: if is_secure { "https" } else { "http" }.to_owned(),
            host: host.unwrap_or("localhost").to_owned(),
            port: port.and_then(|port| port.parse().ok()).unwrap_or(9000),
        }
    }

    fn url(&self) -> String {
        let host =
            if self.host.contains(':') { format!("[{}]", self.host) } else { self.host.clone() };
        format!("{}://{host}:{}/", self.scheme, self.port)
    }

    fn check_free(&self) -> Result {
        match TcpListener::bind((self.host.as_str(), self.port)) {
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => Err(format!(
                "port {} is in use; end what uses it, or choose another with --port",
                self.port
            )),
            _ => Ok(()), // The server says better what is wrong with a host.
        }
    }

    fn answers(&self) -> bool {
        let Ok(mut stream) = TcpStream::connect((self.host.as_str(), self.port)) else {
            return false;
        };
        if self.scheme == "https" {
            return true; // The standard library speaks no TLS; that it listens must do.
        }
        let request = format!("GET /health HTTP/1.0\r\nHost: {}\r\n\r\n", self.host);
        let mut status = [0; 12];
        stream.set_read_timeout(Some(Duration::from_secs(1))).is_ok()
            && stream.write_all(request.as_bytes()).is_ok()
            && stream.read_exact(&mut status).is_ok()
            && status.ends_with(b" 200")
    }
}

/// Starts [`announce`] beside the server. A shell starts it and ends, so that it is nobody's
/// child, and the server has none to wait for.
fn announce_later(address: &Address) -> Result {
    let xtask = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut shell = shell::command("sh");
    shell.args(["-c", "\"$0\" announce \"$@\" &"]).arg(xtask);
    shell.args([&address.scheme, &address.host, &address.port.to_string()]);
    shell::run(&mut shell)
}

/// Turns xtask into the server, which then gets every signal itself.
#[cfg(unix)]
fn become_process(command: &mut Command) -> Result {
    let error = std::os::unix::process::CommandExt::exec(command);
    let program = Path::new(command.get_program());
    Err(format!("cannot start {}: {error}", program.display()))
}

#[cfg(not(unix))]
fn become_process(command: &mut Command) -> Result {
    shell::run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(args: &[&str]) -> String {
        let args: Vec<String> = args.iter().map(|arg| (*arg).to_owned()).collect();
        Address::from(&args.iter().collect::<Vec<_>>()).url()
    }

    #[test]
    fn the_address_follows_the_flags() {
        assert_eq!(url(&[]), "http://localhost:9000/");
        assert_eq!(url(&["--port", "81", "--host=0.0.0.0"]), "http://localhost:81/");
        assert_eq!(url(&["--host", "::1", "--self-signed"]), "https://[::1]:9000/");
    }

    #[test]
    fn a_port_in_use_is_noticed() {
        let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)) else {
            return;
        };
        let port = listener.local_addr().map_or(0, |address| address.port());
        let address = Address { scheme: "http".into(), host: "127.0.0.1".into(), port };
        assert!(address.check_free().is_err_and(|why| why.contains("--port")));
    }

    #[test]
    fn only_a_healthy_server_answers() {
        let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)) else {
            return;
        };
        let port = listener.local_addr().map_or(0, |address| address.port());
        let answers = ["HTTP/1.1 503 Busy\r\n\r\n", "HTTP/1.1 200 OK\r\n\r\n"];
        let server = thread::spawn(move || {
            for answer in answers {
                let Ok((mut stream, _)) = listener.accept() else {
                    return;
                };
                let mut request = [0; 64];
                let _ = stream.read(&mut request);
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        let address = Address { scheme: "http".into(), host: "127.0.0.1".into(), port };
        assert!(!address.answers());
        assert!(address.answers());
        assert!(server.join().is_ok());
    }
}
