//! Dates of HTTP (RFC 9110 section 5.6.7): the form that is sent, and the two obsolete ones.

const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const LONG_DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// Seconds since 1970; `None` for what is no date. S3 reads no condition into such a header, and
/// whoever sends one has none.
pub fn read(text: &str) -> Option<i64> {
    let text = text.trim();
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let (year, month, day, clock) = match words.as_slice() {
        // Sun, 06 Nov 1994 08:49:37 GMT
        [name, day, month, year, clock, "GMT" | "UTC" | "+0000"] if is_day(name, &DAYS, ",") => (
            number(year, 4, 4)?,
            month_of(month)?,
            number(day, 1, 2)?,
            clock,
        ),
        // Sunday, 06-Nov-94 08:49:37 GMT
        [name, date, clock, "GMT"] if is_day(name, &LONG_DAYS, ",") => {
            let mut parts = date.split('-');
            let (day, month, year) = (parts.next()?, parts.next()?, parts.next()?);
            if parts.next().is_some() {
                return None;
            }
            let year = number(year, 2, 2)?;
            // RFC 9110 has the century follow from now; no object was changed before 1970.
            let year = if year < 70 { 2000 + year } else { 1900 + year };
            (year, month_of(month)?, number(day, 2, 2)?, clock)
        }
        // Sun Nov  6 08:49:37 1994
        [name, month, day, clock, year] if is_day(name, &DAYS, "") => (
            number(year, 4, 4)?,
            month_of(month)?,
            number(day, 1, 2)?,
            clock,
        ),
        _ => return None,
    };
    let mut clock = clock.split(':');
    let (hour, minute, second) = (clock.next()?, clock.next()?, clock.next()?);
    if clock.next().is_some() {
        return None;
    }
    let (hour, minute, second) = (
        number(hour, 2, 2)?,
        number(minute, 2, 2)?,
        number(second, 2, 2)?,
    );
    seconds((year, month, day), (hour, minute, second))
}

/// Seconds since 1970 of a day (month and day from one) and a time.
pub(super) fn seconds(
    (year, month, day): (i64, i64, i64),
    (hour, minute, second): (i64, i64, i64),
) -> Option<i64> {
    let sound = (1..=12).contains(&month)
        && (1..=days_in(year, month)).contains(&day)
        && (0..=23).contains(&hour)
        && (0..=59).contains(&minute)
        // A leap second is the one after it.
        && (0..=60).contains(&second);
    sound.then(|| days_since_1970(year, month, day) * 86_400 + hour * 3_600 + minute * 60 + second)
}

fn is_day(word: &str, names: &[&str], end: &str) -> bool {
    word.strip_suffix(end)
        .is_some_and(|word| names.contains(&word))
}

fn month_of(name: &str) -> Option<i64> {
    let place = MONTHS.iter().position(|month| *month == name)?;
    i64::try_from(place + 1).ok()
}

fn number(text: &str, least: usize, most: usize) -> Option<i64> {
    ((least..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn days_in(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

/// Counts from 1 March of the year 0, so that the leap day is a year's last.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let of_months = (153 * month + 2) / 5;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_months + day
        - 1
        - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_all_three_forms() {
        for (text, expected) in [
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(784_111_777)),
            ("Sunday, 06-Nov-94 08:49:37 GMT", Some(784_111_777)),
            ("Sun Nov  6 08:49:37 1994", Some(784_111_777)),
            ("Thu, 01 Jan 1970 00:00:00 GMT", Some(0)),
            ("Thu, 29 Feb 2024 12:00:00 GMT", Some(1_709_208_000)),
            ("Fri, 31 Dec 9999 23:59:59 GMT", Some(253_402_300_799)),
            ("Wed, 29 Feb 2023 12:00:00 GMT", None),
            ("Sun, 06 Nov 1994 24:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37 CET", None),
            ("Sun, 00 Nov 1994 08:49:37 GMT", None),
            ("Sun, 06 Nov 1994 08:49:37:00 GMT", None),
            ("Son, 06 Nov 1994 08:49:37 GMT", None),
            ("1994-11-06T08:49:37Z", None),
            ("", None),
        ] {
            assert_eq!(read(text), expected, "{text}");
        }
    }
}
