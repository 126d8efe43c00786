//! Working days and the times within them.

use std::fmt;

/// How many working days an export covers at most; every room ends on the last of them.
pub(super) const WORKING_DAYS: u32 = 2_000;
/// Monday, 2 January 2017, in days since 1970.
const FIRST_MONDAY: i64 = 17_168;
const SECONDS_A_DAY: i64 = 86_400;
/// When work begins, and how long it goes on, in seconds.
const MORNING: i64 = 8 * 3_600;
const WORK: i64 = 12 * 3_600;

/// A time as Slack writes it: seconds since 1970 and six decimals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time {
    pub(super) seconds: i64,
    pub(super) micros: u32,
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{:06}", self.seconds, self.micros)
    }
}

/// Midnight before a working day, in seconds since 1970.
fn midnight(working_day: u32) -> i64 {
    let (weeks, days) = (i64::from(working_day / 5), i64::from(working_day % 5));
    (FIRST_MONDAY + weeks * 7 + days) * SECONDS_A_DAY
}

/// When a working day begins, in seconds since 1970.
pub(super) fn morning(working_day: u32) -> i64 {
    midnight(working_day) + MORNING
}

/// The date of a working day, such as `2023-11-07`.
pub(super) fn date(working_day: u32) -> String {
    let midnight = jiff::Timestamp::from_second(midnight(working_day)).unwrap_or_default();
    midnight.strftime("%Y-%m-%d").to_string()
}

/// The time of the `number`th of `count` messages of a day; `chance` says where in its share of the day.
pub(super) fn time(working_day: u32, number: u64, count: u64, chance: u64) -> Time {
    let share = (WORK as u64 * 1_000_000 / count.max(1)).max(1);
    let micros = number * share + chance % share;
    Time { seconds: morning(working_day) + (micros / 1_000_000) as i64, micros: (micros % 1_000_000) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_week_has_five_working_days() {
        let dates = [0, 4, 5, WORKING_DAYS - 1].map(date);
        assert_eq!(dates, ["2017-01-02", "2017-01-06", "2017-01-09", "2024-08-30"]);
    }

    #[test]
    fn messages_of_a_day_stand_in_the_order_of_time() {
        let times: Vec<Time> = (0..5_000).map(|number| time(7, number, 5_000, number * 7_919)).collect();
        assert!(times.is_sorted_by(|before, after| before < after));
        assert_eq!(time(0, 0, 2, 5).to_string(), "1483344000.000005");
        assert_eq!(time(0, 1, 2, 0).to_string(), "1483365600.000000");
    }
}
