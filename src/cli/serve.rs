//! `gonogo serve`: the reference server in the foreground, until it is ended.

use std::io::{self, Write as _};
use std::time::Duration;

use clap::Args;
use tokio::runtime::Runtime;

use super::{CommandError, CommandResult, Exit};
use crate::input::diagnostic::suggestion;
use gonogo_reference::{self as reference, Fault, Limits, Options, Style};

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
    /// Return 500 for requests with the header `x-force-error: internal_error`
    #[arg(long)]
    forced_errors: bool,
    /// Serve with a deliberate fault (`--list-faults` prints the names)
    #[arg(long, value_parser = fault, value_name = "NAME")]
    fault: Option<Fault>,
    /// Serve a correct variant (`--list-styles` prints the names; repeatable)
    #[arg(long, value_parser = style, value_name = "NAME")]
    style: Vec<Style>,
    /// Print the faults and exit
    #[arg(long)]
    list_faults: bool,
    /// Print the styles and exit
    #[arg(long)]
    list_styles: bool,
}

/// A fault by its name.
pub(super) fn fault(name: &str) -> Result<Fault, String> {
    let names = Fault::ALL.iter().map(|fault| fault.name());
    Fault::named(name).ok_or_else(|| unknown(name, names, "--list-faults"))
}

/// A style by its name.
pub(super) fn style(name: &str) -> Result<Style, String> {
    let names = Style::ALL.iter().map(|style| style.name());
    Style::named(name).ok_or_else(|| unknown(name, names, "--list-styles"))
}

fn unknown(name: &str, names: impl Iterator<Item = &'static str>, flag: &str) -> String {
    match suggestion(name, names) {
        Some(hint) => format!("{hint} `gonogo serve {flag}` has all of them"),
        None => format!("`gonogo serve {flag}` has all of them"),
    }
}

/// Seconds from 0 to a day.
fn seconds(text: &str) -> Result<f64, String> {
    text.parse()
        .ok()
        .filter(|number| (0.0..=86_400.0).contains(number))
        .ok_or_else(|| "expected seconds from 0 to 86400".to_owned())
}

/// Serves until the process is ended, or lists what can be served.
pub(super) fn serve(arguments: &ServeArgs) -> CommandResult {
    if arguments.list_faults || arguments.list_styles {
        let faults = Fault::ALL.iter().filter(|_| arguments.list_faults);
        let styles = Style::ALL.iter().filter(|_| arguments.list_styles);
        let lines = faults
            .map(|fault| {
                let category = fault.category().name();
                format!("{}\t{category}\t{}\n", fault.name(), fault.about())
            })
            .chain(styles.map(|style| format!("{}\tstyle\t{}\n", style.name(), style.about())));
        let text: String = lines.collect();
        // Whoever has seen enough may stop reading.
        let _ = io::stdout().write_all(text.as_bytes());
        return Ok(Exit::Conforming);
    }
    let options = Options {
        port: arguments.port,
        limits: Limits {
            window: Duration::from_secs_f64(arguments.window),
            ..Limits::default()
        },
        job_time: Duration::from_secs_f64(arguments.job_time),
        forced_errors: arguments.forced_errors,
        fault: arguments.fault,
        styles: arguments.style.clone(),
        ..Options::default()
    };
    let failed = |error: io::Error| {
        let port = arguments.port;
        CommandError::Other(format!("cannot serve on 127.0.0.1:{port}: {error}"))
    };
    let runtime = Runtime::new().map_err(failed)?;
    runtime.block_on(async {
        let server = reference::start(options).await.map_err(failed)?;
        let mut out = io::stdout();
        let _ = writeln!(out, "serving on {}", server.base_url());
        let _ = out.flush();
        std::future::pending().await
    })
}
