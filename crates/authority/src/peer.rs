//! Where a request came from, as the shell saw it. No header that a client can set decides any of it.

use std::net::IpAddr;

use policy::{AccountId, Context, Values};

/// The connection and the few client-supplied words that AWS makes condition keys of.
#[derive(Clone, Debug)]
pub struct Peer {
    /// The connection's own address.
    pub source_ip: IpAddr,
    /// Whether the connection is TLS.
    pub secure: bool,
    /// `User-Agent`: the client's word only.
    pub user_agent: Option<String>,
    /// `Referer`: the client's word only.
    pub referer: Option<String>,
    /// The region that a request is made to which names none; `None` when the server is in several.
    pub region: Option<String>,
}

impl Peer {
    /// The condition keys that every request has (IAM user guide, "AWS global condition context keys").
    pub(crate) fn describe(&self, context: &mut Context, now: i64) {
        let mut put = |name: &str, value: String| context.insert(name, Values::One(value));
        put("aws:SourceIp", self.source_ip.to_canonical().to_string());
        put("aws:SecureTransport", self.secure.to_string());
        put("aws:CurrentTime", crate::moment::iso8601(now));
        put("aws:EpochTime", now.to_string());
        // Always there, and no service calls another here.
        put("aws:ViaAWSService", "false".to_owned());
        if let Some(agent) = &self.user_agent {
            put("aws:UserAgent", agent.clone());
        }
        if let Some(referer) = &self.referer {
            put("aws:referer", referer.clone());
        }
    }

    /// The condition keys of a request that nobody signed, for a resource of this account.
    ///
    /// AWS has some of the caller's keys in every request, "including anonymous requests", and does not say what they are in
    /// an exchange. So they are unknown: no Allow rests on them and no Deny falls away.
    pub(crate) fn describe_unsigned(&self, context: &mut Context, owner: &AccountId, now: i64) {
        self.describe(context, now);
        context.insert("aws:ResourceAccount", Values::One(owner.to_string()));
        context.insert("aws:RequestedRegion", self.region.clone().map_or(Values::Unknown, Values::One));
        for name in ["aws:PrincipalAccount", "aws:PrincipalType", "aws:userid"] {
            context.insert(name, Values::Unknown);
        }
    }
}
