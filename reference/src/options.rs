//! What a caller may set of the reference server. The defaults are the published limits.

use std::time::Duration;

use super::faults::Fault;
use super::styles::Style;

/// How a reference server is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The TCP port on the loopback address; 0 for any free one.
    pub port: u16,
    /// The limits that requests are held to.
    pub limits: Limits,
    /// How long a job takes from its creation to its end, and a source asset until it is ready. At most a day.
    pub job_time: Duration,
    /// How long one webhook delivery may take altogether.
    pub delivery_time: Duration,
    /// Whether `x-force-error: internal_error` on an authorized request makes it answer as an unexpected failure does.
    pub forced_errors: bool,
    /// A deviation to show; none: the server conforms.
    pub fault: Option<Fault>,
    /// Ways to conform other than its own.
    pub styles: Vec<Style>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            port: 0,
            limits: Limits::default(),
            job_time: Duration::from_millis(30),
            delivery_time: Duration::from_secs(2),
            forced_errors: false,
            fault: None,
            styles: Vec::new(),
        }
    }
}

/// The limits of the server. Counts are of admitted requests in one window.
#[derive(Debug, Clone)]
pub struct Limits {
    /// The length of a window: it begins with the first request in it.
    pub window: Duration,
    /// Writes of one key to each write route.
    pub writes: u32,
    /// Reads of generations by one key; reads of source assets are held to the same number, counted apart.
    pub generation_reads: u32,
    /// Reads of the usage summary by one key.
    pub usage_reads: u32,
    /// Reads of the billing events by one key.
    pub billing_reads: u32,
    /// An organization's limit is this many times the limit of one key.
    pub organization_factor: u32,
    /// Jobs of one organization that are not finished.
    pub in_flight: u32,
    /// The one organization that is held to the limits of its windows; none: all are.
    pub only: Option<&'static str>,
    /// The longest request body, in bytes.
    pub body_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window: Duration::from_secs(60),
            writes: 120,
            generation_reads: 1200,
            usage_reads: 120,
            billing_reads: 120,
            organization_factor: 4,
            in_flight: 50,
            only: None,
            body_bytes: 10 * 1024 * 1024,
        }
    }
}
