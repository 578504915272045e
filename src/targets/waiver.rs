//! Waivers: known failures of a target, each with a reason, an owner and a last day. What they do to an outcome is left to `runner`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use super::keys::RawWaiver;
use crate::input::diagnostic::{Faults, Location};
use crate::input::document::{Fields, Form, Node, Read, Value, mismatch};

/// A known failure.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Waiver {
    /// The trials that it covers; `*` stands for anything.
    pub pattern: String,
    /// The ids of the clauses whose findings it covers, with their places in the file.
    pub clauses: Vec<(String, Location)>,
    /// Why they fail.
    pub reason: String,
    /// Who answers for it.
    pub owner: String,
    /// Where it is tracked.
    pub issue: Option<String>,
    /// The last day on which it holds.
    pub until: Day,
    /// Where it is written.
    #[serde(serialize_with = "Location::with_text")]
    pub at: Location,
}

/// A day of the calendar, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day {
    year: i64,
    month: u8,
    of_month: u8,
}

impl Waiver {
    /// Whether it covers a trial.
    pub fn covers(&self, trial: &str) -> bool {
        matches(&self.pattern, trial)
    }

    /// Whether it covers the findings of a clause.
    pub fn names(&self, clause: &str) -> bool {
        self.clauses.iter().any(|(named, _)| named == clause)
    }
}

/// Whether a trial's name fits a pattern; `*` stands for anything.
pub fn matches(pattern: &str, trial: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = trial.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, between)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in between {
        let Some(at) = rest.find(part) else {
            return false;
        };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

impl Day {
    /// The day of a time.
    pub fn of(time: SystemTime) -> Self {
        const SECONDS: u64 = 24 * 60 * 60;
        let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
        Self::after_epoch(i64::try_from(since.as_secs() / SECONDS).unwrap_or(i64::MAX / 4))
    }

    /// The day so many days after 1970-01-01, in the Gregorian calendar: counted in eras of 400 years that begin in March.
    fn after_epoch(days: i64) -> Self {
        let days = days.saturating_add(719_468);
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let from_march = (5 * of_year + 2) / 153;
        let day = of_year - (153 * from_march + 2) / 5 + 1;
        let month = if from_march < 10 {
            from_march + 3
        } else {
            from_march - 9
        };
        Self {
            year: era * 400 + year_of_era + i64::from(month <= 2),
            month: u8::try_from(month).unwrap_or(1),
            of_month: u8::try_from(day).unwrap_or(1),
        }
    }

    /// A day written as `2027-03-31`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('-');
        let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
        let day = Self {
            year: year.parse().ok()?,
            month: month
                .parse()
                .ok()
                .filter(|month| (1..=12).contains(month))?,
            of_month: day.parse().ok().filter(|day| (1..=31).contains(day))?,
        };
        parts.next().is_none().then_some(day)
    }
}

impl std::fmt::Display for Day {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.of_month)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom(format!("`{text}` is no day")))
    }
}

impl Read for Waiver {
    const FORM: Form = RawWaiver::FORM;

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let fields = Fields::of(node, RawWaiver::SHAPE, faults)?;
        let raw = RawWaiver::fields(&fields, faults)?;
        let unnamed = match &raw.clauses {
            None => Some(&node.at),
            Some(named) => named
                .value
                .as_ref()
                .is_some_and(Vec::is_empty)
                .then_some(&named.at),
        };
        if let Some(at) = unnamed {
            faults.at(
                at,
                "waiver-clauses",
                "the waiver names no clauses",
                "expected `clauses`, a list of the clauses whose findings are waived",
                Some(
                    "add `clauses = [\"CLAUSE\"]`; a run without the waiver shows which clauses are broken"
                        .to_owned(),
                ),
            );
        }
        fields.finish(faults);
        let clauses = raw.clauses?.value?.into_iter();
        Some(Self {
            pattern: raw.trial?,
            clauses: clauses.map(|clause| (clause.value, clause.at)).collect(),
            reason: raw.reason?.0,
            owner: raw.owner?.0,
            issue: raw.issue,
            until: raw.until?,
            at: node.at.clone(),
        })
    }
}

impl Read for Day {
    const FORM: Form = Form::DAY;

    fn read(node: &Node, faults: &mut Faults) -> Option<Self> {
        let day = match &node.value {
            Value::Datetime(text) | Value::String(text) => Self::parse(text),
            _ => None,
        };
        if day.is_none() {
            mismatch(node, "a day such as 2027-03-31", faults);
        }
        day
    }
}
