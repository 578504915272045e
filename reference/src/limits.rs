//! How often: windows of requests, for each key and for its organization. Checked before a body is read.
//!
//! The limit of jobs in flight is not here: it is checked where a job is made, in `jobs`.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use super::auth::Caller;
use super::envelope::Failure;
use super::faults::Fault;
use super::lock;
use super::options::Limits;
use super::route::Class;

/// Whose requests are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Subject {
    Key(&'static str),
    Organization(&'static str),
}

#[derive(Debug, Clone, Copy)]
struct Window {
    began: Instant,
    admitted: u32,
}

/// Counts admitted requests. Bounded by itself: there are only so many keys and classes.
pub(super) struct Limiter {
    limits: Limits,
    fault: Option<Fault>,
    windows: Mutex<HashMap<(Subject, Class), Window>>,
}

impl Limiter {
    pub(super) fn new(limits: Limits, fault: Option<Fault>) -> Self {
        Self {
            limits,
            fault,
            windows: Mutex::default(),
        }
    }

    /// Counts the request, or refuses it until the last of the windows that are full has passed. A refused request
    /// counts nowhere, so that who waits as told gets through.
    pub(super) fn admit(&self, caller: Caller, class: Class, now: Instant) -> Result<(), Failure> {
        let spared = |only: &str| only != caller.organization.name;
        if self.limits.only.is_some_and(spared) || self.is_unlimited(class) {
            return Ok(());
        }
        let limit = self.limit(class);
        let subjects = [
            (Subject::Key(caller.key), limit),
            (
                Subject::Organization(caller.organization.name),
                limit.saturating_mul(self.limits.organization_factor),
            ),
        ];
        let mut windows = lock(&self.windows);
        let mut wait = Duration::ZERO;
        for (subject, limit) in subjects {
            let window = windows.entry((subject, class)).or_insert(Window {
                began: now,
                admitted: 0,
            });
            let passed = now.saturating_duration_since(window.began);
            let endless = self.fault == Some(Fault::WindowEndless)
                && class == Class::ReadBilling
                && window.admitted >= limit;
            if endless {
                wait = self.limits.window;
            } else if passed >= self.limits.window {
                *window = Window {
                    began: now,
                    admitted: 0,
                };
            } else if window.admitted >= limit {
                wait = wait.max(self.limits.window.saturating_sub(passed));
            }
        }
        if !wait.is_zero() {
            if self.fault == Some(Fault::WindowPenalty) {
                for (subject, _) in subjects {
                    if let Some(window) = windows.get_mut(&(subject, class)) {
                        window.began = now + self.limits.window;
                    }
                }
            }
            return Err(Failure::RateLimited { wait });
        }
        for (subject, _) in subjects {
            if let Some(window) = windows.get_mut(&(subject, class)) {
                window.admitted = window.admitted.saturating_add(1);
            }
        }
        Ok(())
    }

    fn is_unlimited(&self, class: Class) -> bool {
        let never = match self.fault {
            Some(Fault::NoLimitUsage) => Class::ReadUsage,
            Some(Fault::NoLimitBilling) => Class::ReadBilling,
            Some(Fault::NoLimitReads) => Class::ReadGeneration,
            Some(Fault::NoLimitWrite) => Class::CreateGeneration,
            _ => return false,
        };
        class == never
    }

    /// Requests of one key in one window.
    fn limit(&self, class: Class) -> u32 {
        match class {
            Class::CreateAsset | Class::CreateGeneration | Class::Regenerate => self.limits.writes,
            Class::ReadAsset | Class::ReadGeneration => self.limits.generation_reads,
            Class::ReadUsage => self.limits.usage_reads,
            Class::ReadBilling => self.limits.billing_reads,
        }
    }
}
