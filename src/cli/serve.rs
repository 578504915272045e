//! `gonogo serve`: the reference server in the foreground, until it is ended.

use std::io::{self, Write as _};
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;

use super::Exit;
use crate::diagnostic::list;
use crate::reference::{self, Fault, Limits, Options};

#[derive(Debug, Clone, Args)]
pub(super) struct ServeArgs {
    /// The port on 127.0.0.1; 0: any free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The window of the rate limits, in seconds
    #[arg(long, default_value_t = 60.0, value_parser = seconds, value_name = "SECONDS")]
    window: f64,
    /// How long a job takes, in seconds
    #[arg(long, default_value_t = 0.03, value_parser = seconds, value_name = "SECONDS")]
    job_time: f64,
    /// Answer requests that have the header `x-force-error: internal_error` with a 500
    #[arg(long)]
    forced_errors: bool,
    /// Deviate from the contract: check-then-insert
    #[arg(long, value_parser = fault, value_name = "NAME")]
    fault: Option<Fault>,
}

/// A fault by its name.
fn fault(name: &str) -> Result<Fault, String> {
    let names = || Fault::ALL.iter().map(|fault| fault.name());
    let found = Fault::ALL.into_iter().find(|fault| fault.name() == name);
    found.ok_or_else(|| format!("expected {}", list(names())))
}

/// Seconds from 0 to a day.
fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (0.0..=86_400.0).contains(number))
        .ok_or_else(|| "expected seconds from 0 to 86400".to_owned())
}

/// Serves until the process is ended.
pub(super) fn serve(arguments: &ServeArgs) -> Exit {
    let options = Options {
        port: arguments.port,
        limits: Limits {
            window: Duration::from_secs_f64(arguments.window),
            ..Limits::default()
        },
        job_time: Duration::from_secs_f64(arguments.job_time),
        forced_errors: arguments.forced_errors,
        fault: arguments.fault,
        ..Options::default()
    };
    let failed = |error: io::Error| {
        let _ = writeln!(
            io::stderr(),
            "cannot serve on 127.0.0.1:{}: {error}",
            arguments.port
        );
        Exit::Usage
    };
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return failed(error),
    };
    runtime.block_on(async {
        match reference::start(options).await {
            Ok(server) => {
                let mut out = io::stdout();
                let _ = writeln!(out, "serving on {}", server.base_url());
                let _ = out.flush();
                std::future::pending::<Exit>().await
            }
            Err(error) => failed(error),
        }
    })
}
