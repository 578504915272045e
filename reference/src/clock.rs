//! Calendar dates in UTC, as far as the API shows any. Progress is measured with `Instant`, not here.

use std::time::{SystemTime, UNIX_EPOCH};

/// A date of the Gregorian calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    pub(super) year: u64,
    pub(super) month: u64,
    pub(super) day: u64,
}

impl Date {
    /// The day that begins `days` days after 1970-01-01.
    ///
    /// Counted in eras of 400 years that begin on a first of March, so that the leap day is the last of a year.
    fn since_epoch(days: u64) -> Self {
        let days = days + 719_468;
        let era = days / 146_097;
        let day_of_era = days % 146_097;
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let march_month = (5 * day_of_year + 2) / 153;
        let month = if march_month < 10 {
            march_month + 3
        } else {
            march_month - 9
        };
        Self {
            year: era * 400 + year_of_era + u64::from(month <= 2),
            month,
            day: day_of_year - (153 * march_month + 2) / 5 + 1,
        }
    }
}

/// An RFC 3339 timestamp, to the second.
pub(super) fn timestamp(time: SystemTime) -> String {
    let seconds = seconds(time);
    let Date { year, month, day } = Date::since_epoch(seconds / 86_400);
    let (hour, minute, second) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// The first day of the month that `time` is in, and of the next one.
pub(super) fn month(time: SystemTime) -> (String, String) {
    let Date { year, month, .. } = Date::since_epoch(seconds(time) / 86_400);
    let (next_year, next_month) = if month == 12 {
        (year + 1, 1)
    } else {
        (year, month + 1)
    };
    (
        format!("{year:04}-{month:02}-01"),
        format!("{next_year:04}-{next_month:02}-01"),
    )
}

/// A clock that is set before 1970 counts as 1970.
fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (seconds, text, next) in [
            (0, "1970-01-01T00:00:00Z", "1970-02-01"),
            (951_827_696, "2000-02-29T12:34:56Z", "2000-03-01"),
            (1_798_761_599, "2026-12-31T23:59:59Z", "2027-01-01"),
            (4_107_542_400, "2100-03-01T00:00:00Z", "2100-04-01"),
        ] {
            let time = UNIX_EPOCH + Duration::from_secs(seconds);
            assert_eq!(timestamp(time), text);
            assert_eq!(month(time).1, next);
        }
    }
}
