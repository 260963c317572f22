//! A certificate's own dates (RFC 5280 section 4.1.2.5). The verifier of chains takes a trust
//! anchor's on faith; a pinned certificate is one, and must end when it says that it ends.

use rustls::pki_types::CertificateDer;
use time::{Date, Month, Time};

/// Whether `now`, unix seconds, lies within a certificate's dates; `None` when they cannot be read.
pub(super) fn within(certificate: &CertificateDer<'_>, now: i64) -> Option<bool> {
    let (mut outer, _) = element(certificate, 0x30)?;
    let mut inner = take(&mut outer, 0x30)?;
    // Version, which has a tag of its own and may be absent; then serial, algorithm, issuer.
    if inner.first() == Some(&0xa0) {
        take(&mut inner, 0xa0)?;
    }
    take(&mut inner, 0x02)?;
    take(&mut inner, 0x30)?;
    take(&mut inner, 0x30)?;
    let mut validity = take(&mut inner, 0x30)?;
    let (from, until) = (instant(&mut validity)?, instant(&mut validity)?);
    // With something behind its two dates it is not a Validity.
    Some(validity.is_empty() && (from..=until).contains(&now))
}

/// Takes the element of a tag from the front.
fn take<'a>(from: &mut &'a [u8], tag: u8) -> Option<&'a [u8]> {
    let (content, rest) = element(from, tag)?;
    *from = rest;
    Some(content)
}

/// The content of the element in front, and what comes after it (X.690, DER).
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let [found, length, rest @ ..] = bytes else {
        return None;
    };
    if *found != tag {
        return None;
    }
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81 => (usize::from(*rest.first()?), rest.get(1..)?),
        0x82 => (
            usize::from(*rest.first()?) << 8 | usize::from(*rest.get(1)?),
            rest.get(2..)?,
        ),
        // Longer than 64 KiB, or the indefinite form that DER forbids: no certificate is like that.
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`; RFC 5280 allows no other forms.
fn instant(from: &mut &[u8]) -> Option<i64> {
    let (digits, year) = match from.first()? {
        0x17 => {
            let text = take(from, 0x17)?;
            // RFC 5280 section 4.1.2.5.1: two digits from 50 on are of the last century.
            let year = number(text.get(..2)?)?;
            (
                text.get(2..)?,
                if year < 50 { 2000 + year } else { 1900 + year },
            )
        }
        0x18 => {
            let text = take(from, 0x18)?;
            (text.get(4..)?, number(text.get(..4)?)?)
        }
        _ => return None,
    };
    let (b"Z", 11) = (digits.get(10..)?, digits.len()) else {
        return None;
    };
    let part = |place: usize| {
        number(digits.get(place..place + 2)?).and_then(|part| u8::try_from(part).ok())
    };
    let date = Date::from_calendar_date(year, Month::try_from(part(0)?).ok()?, part(2)?).ok()?;
    let time = Time::from_hms(part(4)?, part(6)?, part(8)?).ok()?;
    Some(date.with_time(time).assume_utc().unix_timestamp())
}

fn number(digits: &[u8]) -> Option<i32> {
    digits.iter().try_fold(0, |sum, digit| {
        digit
            .is_ascii_digit()
            .then(|| sum * 10 + i32::from(digit - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, KeyPair};
    use time::OffsetDateTime;

    use super::*;

    #[test]
    fn dates_are_read_in_both_forms() {
        for (from, until) in [
            (1_700_000_000, 1_800_000_000),
            (0, 4_102_444_800),
            (2_524_608_000, 4_000_000_000),
        ] {
            let mut params = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
            params.not_before = OffsetDateTime::from_unix_timestamp(from).unwrap();
            params.not_after = OffsetDateTime::from_unix_timestamp(until).unwrap();
            let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
            for (now, expected) in [
                (from - 1, false),
                (from, true),
                (until, true),
                (until + 1, false),
            ] {
                assert_eq!(
                    within(certificate.der(), now),
                    Some(expected),
                    "{from} {until} {now}"
                );
            }
        }
    }

    #[test]
    fn what_is_no_certificate_has_no_dates() {
        let certificate = CertificateParams::new(vec!["a.example".to_owned()]).unwrap();
        let certificate = certificate
            .self_signed(&KeyPair::generate().unwrap())
            .unwrap();
        for length in 0..120 {
            assert_eq!(
                within(
                    &CertificateDer::from(certificate.der()[..length].to_vec()),
                    1_800_000_000
                ),
                None
            );
        }
        assert_eq!(
            within(
                &CertificateDer::from(vec![0x30, 0x84, 0xff, 0xff, 0xff, 0xff]),
                0
            ),
            None
        );
    }
}
