//! `YYYYMMDDTHHMMSSZ` and unix seconds.

/// Signer and server may be 15 minutes apart (IAM user guide).
pub(crate) const SKEW_SECONDS: i64 = 15 * 60;

/// Reads a signing time; `None` for any other form or a date that does not exist.
pub(crate) fn read(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    // Basic format only, as SigV4 has it: `2015-08-30T12:36:00Z` would be signed as another text.
    let shape = bytes.len() == 16
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            8 => *byte == b'T',
            15 => *byte == b'Z',
            _ => byte.is_ascii_digit(),
        });
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok().filter(|_| shape);
    let (year, month, day) = (number(0, 4)?, number(4, 6)?, number(6, 8)?);
    let (hours, minutes, seconds) = (number(9, 11)?, number(11, 13)?, number(13, 15)?);
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        4 | 6 | 9 | 11 => 30,
        2 => 28 + i64::from(is_leap),
        _ => 31,
    };
    // No 31st of February, no 25th hour, and no leap second, which unix seconds have not.
    let exists = (1..=12).contains(&month)
        && (1..=longest).contains(&day)
        && hours < 24
        && minutes < 60
        && seconds < 60;
    exists.then(|| days(year, month, day) * 86_400 + hours * 3600 + minutes * 60 + seconds)
}

/// Writes a signing time, the form of `x-amz-date`.
pub fn amz_date(at: i64) -> String {
    let (days, rest) = (at.div_euclid(86_400), at.rem_euclid(86_400));
    // H. Hinnant, "chrono-Compatible Low-Level Date Algorithms".
    let shifted = days + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!(
        "{year:04}{month:02}{day:02}T{:02}{:02}{:02}Z",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_day_of_six_centuries_reads_and_writes() {
        let (mut year, mut month, mut day) = (1970, 1, 1);
        for days in 0..220_000 {
            let text = format!("{year:04}{month:02}{day:02}T235958Z");
            assert_eq!(
                (amz_date(days * 86_400 + 86_398), read(&text)),
                (text.clone(), Some(days * 86_400 + 86_398))
            );
            let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
            let longest = match month {
                2 => 28 + i64::from(leap),
                4 | 6 | 9 | 11 => 30,
                _ => 31,
            };
            (day, month) = if day == longest {
                (1, month + 1)
            } else {
                (day + 1, month)
            };
            (month, year) = if month > 12 {
                (1, year + 1)
            } else {
                (month, year)
            };
        }
    }

    #[test]
    fn times_read_and_write() {
        assert_eq!(read("20150830T123600Z"), Some(1_440_938_160));
        assert_eq!(amz_date(1_440_938_160), "20150830T123600Z");
        assert_eq!(read("20000229T000000Z"), Some(951_782_400));
        for text in [
            "",
            "20150830T123600",
            "20150230T000000Z",
            "20150830T250000Z",
            "2015-830T123600Z",
            "20150830t123600Z",
            "20150830T123660Z",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
