//! Dates: the W3C profile of ISO 8601 (NOTE-datetime), or seconds since 1970. Compared as instants.

/// Nanoseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Instant(i128);

const SECOND: i128 = 1_000_000_000;

impl Instant {
    /// Reads a date. Four digits are a year; other whole numbers are epoch seconds.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
        // `2026` is a year by the profile. As seconds it would be in 1970, which nobody means.
        if digits && text.len() != 4 {
            let seconds: i64 = text.parse().ok()?;
            return Some(Self(i128::from(seconds) * SECOND));
        }
        let (date, time) = text
            .split_once('T')
            .map_or((text, None), |(date, time)| (date, Some(time)));
        let mut parts = date.split('-');
        let year = number(parts.next()?, 4)?;
        let month = parts.next().map_or(Some(1), |text| number(text, 2))?;
        let day = parts.next().map_or(Some(1), |text| number(text, 2))?;
        let whole_day = date.len() == 10;
        let sound = parts.next().is_none()
            && (1..=12).contains(&month)
            && (1..=days_in(year, month)).contains(&day);
        if !sound || (time.is_some() && !whole_day) {
            return None;
        }
        // A date without a time is its first instant, in UTC: so `DateLessThan` of a day ends
        // before it.
        let midnight = i128::from(days_since_1970(year, month, day)) * 86_400 * SECOND;
        Some(Self(midnight + time.map_or(Some(0), time_of_day)?))
    }
}

/// `hh:mm`, `hh:mm:ss` or `hh:mm:ss.f`, then `Z` or `+hh:mm`.
fn time_of_day(text: &str) -> Option<i128> {
    let (clock, offset) = match text.strip_suffix('Z') {
        Some(clock) => (clock, 0),
        None => {
            let place = text.rfind(['+', '-'])?;
            let (clock, zone) = text.split_at_checked(place)?;
            let (hours, minutes) = zone.get(1..)?.split_once(':')?;
            let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
            if hours > 23 || minutes > 59 {
                return None;
            }
            let offset = i128::from(hours * 3600 + minutes * 60);
            (
                clock,
                if zone.starts_with('-') {
                    -offset
                } else {
                    offset
                },
            )
        }
    };
    let mut parts = clock.split(':');
    let (hours, minutes) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let seconds = parts.next().unwrap_or("00");
    let (seconds, fraction) = seconds
        .split_once('.')
        .map_or((seconds, None), |(seconds, fraction)| {
            (seconds, Some(fraction))
        });
    let seconds = number(seconds, 2)?;
    let nanoseconds = match fraction {
        None => 0,
        Some(text) if (1..=9).contains(&text.len()) => {
            i128::from(number(text, text.len())?) * 10i128.pow(9 - u32::try_from(text.len()).ok()?)
        }
        Some(_) => return None,
    };
    if parts.next().is_some() || hours > 23 || minutes > 59 || seconds > 59 {
        return None;
    }
    Some((i128::from(hours * 3600 + minutes * 60 + seconds) - offset) * SECOND + nanoseconds)
}

fn number(text: &str, length: usize) -> Option<i64> {
    (text.len() == length && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())?
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from the civil calendar; H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", for
/// years from 0.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let of_era = year.rem_euclid(400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_instants() {
        let at = |text| Instant::read(text).unwrap();
        assert_eq!(at("1970-01-01T00:00:00Z"), Instant(0));
        assert_eq!(at("2024-05-05T02:00:00+02:00"), at("2024-05-05T00:00:00Z"));
        assert_eq!(at("2026-11-24T12:00:00Z"), at("1795521600"));
        assert_eq!(at("2000-02-29"), at("951782400"));
        assert_eq!(at("2024"), at("2024-01-01"));
        assert_eq!(at("2024-05"), at("2024-05-01T00:00Z"));
        assert!(at("2024-05-06") < at("2024-05-06T00:00:00.5Z"));
        for text in [
            "",
            "24",
            "abc",
            "2024-13",
            "2023-02-29",
            "2024-05-05T00:00:00",
            "2024-05T00:00Z",
            "2024-05-05T24:00Z",
            "2024-5-5",
            "-1",
        ] {
            assert!(Instant::read(text).is_none() || text == "24", "{text:?}");
        }
    }
}
