//! Debian packages.

use std::io::IsTerminal;
use std::process::Command;

use crate::shell::{self, Result};

/// Whether this machine has apt.
pub(crate) fn is_there() -> bool {
    shell::which("apt-get").is_some()
}

/// Installs packages, without ever removing others.
pub(crate) fn install(packages: &[&str]) -> Result {
    if !is_there() {
        return Err("this is not a Debian machine".to_owned());
    }
    // A machine that has never updated its lists knows no packages at all.
    shell::run(&mut apt_get(&["update", "-q"]))?;
    shell::run(
        apt_get(&["install", "-qy", "--no-install-recommends", "--no-remove"]).args(packages),
    )
}

/// The command that a user would type.
pub(crate) fn by_hand(packages: &[&str]) -> String {
    let packages = packages.join(" ");
    format!("sudo apt-get update && sudo apt-get install --no-install-recommends {packages}")
}

/// Whether every one of these packages is installed.
pub(crate) fn has(packages: &[&str]) -> bool {
    let query = ["-W", "-f", "${db:Status-Status}\n"];
    shell::output(Command::new("dpkg-query").args(query).args(packages))
        .is_ok_and(|said| said.lines().all(|status| status == "installed"))
}

fn apt_get(args: &[&str]) -> Command {
    let is_root = shell::output(Command::new("id").arg("-u")).is_ok_and(|id| id == "0");
    let mut command = if is_root {
        shell::command("apt-get")
    } else {
        let mut sudo = shell::command("sudo");
        if !std::io::stdin().is_terminal() {
            sudo.arg("-n"); // Nobody is there to type a password.
        }
        sudo.arg("apt-get");
        sudo
    };
    command.args(args).env("DEBIAN_FRONTEND", "noninteractive");
    command
}
