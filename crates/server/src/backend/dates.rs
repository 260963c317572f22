//! Points in time as S3 writes them.

use time::OffsetDateTime;

/// RFC 9110 section 5.6.7, for a header.
pub(super) fn http_date(seconds: i64) -> String {
    let at = at(seconds);
    let weekday = at.weekday().to_string();
    let month = at.month().to_string();
    let short = |name: &str| name.chars().take(3).collect::<String>();
    format!(
        "{}, {:02} {} {:04} {:02}:{:02}:{:02} GMT",
        short(&weekday),
        at.day(),
        short(&month),
        at.year(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

/// ISO 8601 as S3's documents have it, with thousandths that are not kept.
pub(super) fn xml_date(seconds: i64) -> String {
    let at = at(seconds);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000Z",
        at.year(),
        u8::from(at.month()),
        at.day(),
        at.hour(),
        at.minute(),
        at.second()
    )
}

fn at(seconds: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms() {
        assert_eq!(http_date(784_887_151), "Tue, 15 Nov 1994 08:12:31 GMT");
        assert_eq!(xml_date(784_887_151), "1994-11-15T08:12:31.000Z");
        assert_eq!(http_date(i64::MAX), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
