//! Where a request came from, as the shell saw it. No header that a client can set decides any of it.

use std::net::IpAddr;

use policy::{Context, Values};

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
}
