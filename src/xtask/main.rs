//! Every developer command: `cargo xtask serve | test | build | bench | screenshots`.
//!
//! Only the standard library is used, so that the first command on a fresh machine starts at once.

mod bench;
mod build;
mod digest;
mod dist;
mod fuzz;
mod hooks;
mod html;
#[cfg(test)]
mod layers;
mod screenshots;
mod serve;
mod setup;
mod shell;
mod single;
mod size;
mod test;
mod texts;

use std::process::ExitCode;

const HELP: &str = "\
Usage: cargo xtask <command>

  serve [--port N] [--host ADDR] …  build everything and serve it on http://localhost:9000/
                                    (flags are passed on to the server, see p2p-live --help)
  test [STEP…] [-- ARGS…]           run every test, or only the steps named;
                                    what follows -- goes to the test runners
  build [--dev | --record]          dist/ and target/release/p2p-live; --dev skips shrinking,
                                    --record writes the sizes down for later comparison
  build --single-file               target/release/p2p-live.html: the whole app in one file,
                                    which works when it is opened from disk
  bench [NAME…] [--json FILE]       the benchmarks, as tables; sim [SCENARIO…] [--seed N]
                                    [--peers N] [--small] plays simulated rooms
  fuzz [TARGET…] [--seconds N]      random input for the parsers that face the network
  screenshots [STATE…]              pictures of every page, in target/screenshots/
  env                               installs what is missing and prints what a shell needs for
                                    plain trunk: eval \"$(cargo xtask env)\" && trunk serve
";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let Some((command, args)) = args.split_first() else {
        print!("{HELP}");
        return ExitCode::FAILURE;
    };
    let done = match command.as_str() {
        "serve" => serve::serve(args),
        "test" => test::test(args),
        "build" => build::command(args),
        "bench" => bench::bench(args),
        "fuzz" => fuzz::fuzz(args),
        "screenshots" => screenshots::screenshots(args),
        "env" => build::print_env(),
        // Trunk's hooks.
        "pre-build" => hooks::pre_build(),
        "post-build" => hooks::post_build(),
        "help" | "-h" | "--help" => {
            print!("{HELP}");
            Ok(())
        }
        other => Err(format!("there is no command `{other}`.\n\n{HELP}")),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) if reason.is_empty() => ExitCode::FAILURE,
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::FAILURE
        }
    }
}
