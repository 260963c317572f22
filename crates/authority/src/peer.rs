//! Where a request came from, as the shell saw it. No header that a client can set decides any of
//! it.

use std::net::IpAddr;

use policy::{AccountId, Context, Values};

/// Longest `User-Agent` or `Referer` that policies are held against, in characters.
const LONGEST: usize = 512;

/// The fields of one name as policies may know them. A header that is sent twice, is too long or is
/// no text was sent all the same: it is unknown, not missing, so that no Deny falls away by it.
pub fn header_value<'a>(fields: impl IntoIterator<Item = &'a [u8]>) -> Option<Values> {
    let mut fields = fields.into_iter();
    // No field is no value: that alone is missing, and `Null` holds for it.
    let text = std::str::from_utf8(fields.next()?)
        .ok()
        .filter(|text| text.chars().count() <= LONGEST);
    Some(
        text.filter(|_| fields.next().is_none())
            .map_or(Values::Unknown, Values::from),
    )
}

/// The connection and the few client-supplied words that AWS makes condition keys of.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The connection's own address.
    pub source_ip: IpAddr,
    /// Whether the connection is TLS.
    pub secure: bool,
    /// `User-Agent`: the client's word only; see [`header_value`].
    pub user_agent: Option<Values>,
    /// `Referer`: the client's word only.
    pub referer: Option<Values>,
    /// The region that a request is made to which names none; `None` when the server is in several.
    pub region: Option<String>,
}

impl Peer {
    /// Whether nobody on the way can change what is sent.
    pub(crate) fn protects(&self) -> bool {
        self.secure || self.source_ip.to_canonical().is_loopback()
    }

    /// The condition keys that every request has (IAM user guide, "AWS global condition context
    /// keys").
    pub(crate) fn describe(&self, context: &mut Context, now: i64) {
        let mut put = |name: &str, value: String| context.insert(name, Values::One(value));
        // An IPv4 address written as IPv6 (`::ffff:10.0.0.1`, RFC 4291) would slip past a
        // NotIpAddress on 10.0.0.0/8.
        put("aws:SourceIp", self.source_ip.to_canonical().to_string());
        put("aws:SecureTransport", self.secure.to_string());
        // The server's clock and not the request's date: who signs early or late gains no time by
        // it.
        put("aws:CurrentTime", crate::iso8601::iso8601(now));
        put("aws:EpochTime", now.to_string());
        // Always there, and no service calls another here.
        put("aws:ViaAWSService", "false".to_owned());
        for (name, value) in [
            ("aws:UserAgent", &self.user_agent),
            ("aws:referer", &self.referer),
        ] {
            if let Some(value) = value {
                context.insert(name, value.clone());
            }
        }
    }

    /// The condition keys of a request that nobody signed, for a resource of this account, if it is
    /// of any that is known.
    ///
    /// AWS has some of the caller's keys in every request, "including anonymous requests", and does
    /// not say what they are in an exchange. So they are unknown: no Allow rests on them and no
    /// Deny falls away.
    pub(crate) fn describe_unsigned<'a>(
        &self,
        context: &mut Context,
        owner: impl Into<Option<&'a AccountId>>,
        now: i64,
    ) {
        self.describe(context, now);
        let owner = owner.into().map(AccountId::to_string);
        context.insert(
            "aws:ResourceAccount",
            owner.map_or(Values::Unknown, Values::One),
        );
        context.insert(
            "aws:RequestedRegion",
            self.region.clone().map_or(Values::Unknown, Values::One),
        );
        for name in ["aws:PrincipalAccount", "aws:PrincipalType", "aws:userid"] {
            context.insert(name, Values::Unknown);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_is_unknown_and_not_missing() {
        let long = "\u{e9}".repeat(LONGEST);
        for (sentence, fields, expected) in [
            ("no field", vec![], None),
            ("one", vec!["agent/1"], Some(Values::from("agent/1"))),
            ("an empty one", vec![""], Some(Values::from(""))),
            (
                "letters beyond ASCII",
                vec![long.as_str()],
                Some(Values::from(long.as_str())),
            ),
            ("two", vec!["agent/1", "agent/1"], Some(Values::Unknown)),
            (
                "too long",
                vec![&"a".repeat(LONGEST + 1)],
                Some(Values::Unknown),
            ),
        ] {
            assert_eq!(
                header_value(fields.iter().map(|text| text.as_bytes())),
                expected,
                "{sentence}"
            );
        }
        assert_eq!(
            header_value([&b"\xe9"[..]]),
            Some(Values::Unknown),
            "no UTF-8"
        );
    }
}
