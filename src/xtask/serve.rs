//! Building everything and serving it until interrupted.

use std::net::TcpListener;
use std::process::Command;

use crate::build::{self, Mode};
use crate::shell::{self, Result};

/// The server's port if nothing names another.
const PORT: u16 = 9000;

/// `cargo xtask serve`: what it does not know is for the server, which prints its address as soon
/// as it answers there.
pub(crate) fn serve(args: &[String]) -> Result {
    let (dev, args): (Vec<_>, Vec<_>) = args.iter().partition(|arg| *arg == "--dev");
    // Before the build, which may take minutes.
    check_free(&host(&args), port(&args))?;
    let server = build::all(if dev.is_empty() { Mode::Release } else { Mode::Dev })?;
    become_process(shell::command(server).args(args))
}

/// Where the server will listen; wrong flags are left to the server, which explains them.
fn host(args: &[&String]) -> String {
    value(args, "--host").or_else(|| value(args, "-H")).unwrap_or("0.0.0.0").to_owned()
}

fn port(args: &[&String]) -> u16 {
    let given = value(args, "--port").or_else(|| value(args, "-p")).map(str::to_owned);
    let given = given.or_else(|| std::env::var("PORT").ok());
    given.and_then(|port| port.parse().ok()).unwrap_or(PORT)
}

/// The value after a flag or its equals sign.
fn value<'a>(args: &[&'a String], flag: &str) -> Option<&'a str> {
    args.iter().enumerate().find_map(|(index, arg)| match arg.strip_prefix(flag)? {
        "" => args.get(index + 1).map(|value| value.as_str()),
        rest => rest.strip_prefix('='),
    })
}

fn check_free(host: &str, port: u16) -> Result {
    match TcpListener::bind((host, port)) {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            Err(format!("port {port} is in use; end what uses it, or choose another with --port"))
        }
        _ => Ok(()),
    }
}

/// Turns xtask into the server, which then gets every signal itself.
#[cfg(unix)]
fn become_process(command: &mut Command) -> Result {
    let error = std::os::unix::process::CommandExt::exec(command);
    Err(format!("cannot start `{}`: {error}", shell::show(command)))
}

#[cfg(not(unix))]
fn become_process(command: &mut Command) -> Result {
    shell::run(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read_as_the_server_reads_them() {
        let args = |line: &str| line.split(' ').map(str::to_owned).collect::<Vec<_>>();
        for (line, expected) in [
            ("--port 81 --host ::1", ("::1", 81)),
            ("--host=127.0.0.1 --port=82", ("127.0.0.1", 82)),
            ("-H localhost -p 83 --self-signed", ("localhost", 83)),
        ] {
            let args = args(line);
            let args: Vec<_> = args.iter().collect();
            assert_eq!((host(&args).as_str(), port(&args)), expected, "{line}");
        }
    }

    #[test]
    fn a_port_in_use_is_noticed() {
        let Ok(listener) = TcpListener::bind(("127.0.0.1", 0)) else {
            panic!("no port is free");
        };
        let port = listener.local_addr().map_or(0, |address| address.port());
        assert!(check_free("127.0.0.1", port).is_err_and(|why| why.contains("--port")));
        drop(listener);
        assert_eq!(check_free("127.0.0.1", port), Ok(()));
    }
}
