//! The global keys: in the request of a session, of root, and of an exchange, which nobody signs.

use catalog::aws::Catalogue;
use catalog::s3;
use policy::{Context, Values};
use wire::Head;

use super::Class::{Absent, Supplied, Unknown};
use super::{Class, NOW, account, arn, assert_class, peer, session, tags, world};
use crate::caller::Caller;
use crate::grant;
use crate::session::Bearer;
use crate::trust::{self, Claims};

const NO_ORGANISATION: Class = Absent("an account of no organisation has none");
const NO_ENDPOINT: Class = Absent("only requests through a VPC endpoint have it");
const NO_SERVICE: Class = Absent("only requests that a service makes have it");
const NO_INSTANCE: Class =
    Absent("only sessions that the service made for a machine of its own have it");
const NO_MCP: Class = Absent("only requests that an MCP server of AWS forwards have it");
const NO_MFA: Class = Absent("nobody has a second factor");
const NOT_TEMPORARY: Class = Absent("only temporary credentials have it");
const NO_SESSION: Class = Absent("only sessions have it");
const NO_USER: Class = Absent("only IAM users have it");
const UNSIGNED: Class = Absent("\"anonymous requests do not include this key\"");
const NO_TAGS: Class = Absent("objects have no tags, and root none");

/// A global key, in a request of a role's session, of root, and in an exchange (IAM user guide,
/// "AWS global condition context keys", each key's "Availability").
const ROWS: &[(&str, Class, Class, Class)] = &[
    ("aws:PrincipalArn", Supplied, Supplied, UNSIGNED),
    // "including anonymous requests"; what it is in an exchange is not documented.
    ("aws:PrincipalAccount", Supplied, Supplied, Unknown),
    ("aws:PrincipalType", Supplied, Supplied, Unknown),
    ("aws:userid", Supplied, Supplied, Unknown),
    (
        "aws:PrincipalOrgPaths",
        NO_ORGANISATION,
        NO_ORGANISATION,
        NO_ORGANISATION,
    ),
    (
        "aws:PrincipalOrgID",
        NO_ORGANISATION,
        NO_ORGANISATION,
        NO_ORGANISATION,
    ),
    ("aws:PrincipalTag/${TagKey}", Supplied, NO_TAGS, Supplied),
    ("aws:PrincipalIsAWSService", Supplied, Supplied, UNSIGNED),
    (
        "aws:PrincipalServiceName",
        NO_SERVICE,
        NO_SERVICE,
        NO_SERVICE,
    ),
    (
        "aws:PrincipalServiceNamesList",
        NO_SERVICE,
        NO_SERVICE,
        NO_SERVICE,
    ),
    ("aws:username", NO_USER, NO_USER, NO_USER),
    ("aws:AssumedRoot", NO_SESSION, NO_SESSION, NO_SESSION),
    ("aws:FederatedProvider", Supplied, NO_SESSION, Supplied),
    ("aws:TokenIssueTime", Supplied, NOT_TEMPORARY, NOT_TEMPORARY),
    ("aws:MultiFactorAuthAge", NO_MFA, NO_MFA, NO_MFA),
    (
        "aws:MultiFactorAuthPresent",
        Supplied,
        NOT_TEMPORARY,
        NOT_TEMPORARY,
    ),
    (
        "aws:ChatbotSourceArn",
        NO_INSTANCE,
        NO_INSTANCE,
        NO_INSTANCE,
    ),
    (
        "aws:Ec2InstanceSourceVpc",
        NO_INSTANCE,
        NO_INSTANCE,
        NO_INSTANCE,
    ),
    (
        "aws:Ec2InstanceSourcePrivateIPv4",
        NO_INSTANCE,
        NO_INSTANCE,
        NO_INSTANCE,
    ),
    ("aws:SourceIdentity", Supplied, NO_SESSION, NO_SESSION),
    ("ec2:RoleDelivery", NO_INSTANCE, NO_INSTANCE, NO_INSTANCE),
    (
        "ec2:SourceInstanceArn",
        NO_INSTANCE,
        NO_INSTANCE,
        NO_INSTANCE,
    ),
    ("glue:RoleAssumedBy", NO_INSTANCE, NO_INSTANCE, NO_INSTANCE),
    (
        "glue:CredentialIssuingService",
        NO_INSTANCE,
        NO_INSTANCE,
        NO_INSTANCE,
    ),
    (
        "lambda:SourceFunctionArn",
        NO_INSTANCE,
        NO_INSTANCE,
        NO_INSTANCE,
    ),
    (
        "ssm:SourceInstanceArn",
        NO_INSTANCE,
        NO_INSTANCE,
        NO_INSTANCE,
    ),
    (
        "identitystore:UserId",
        NO_INSTANCE,
        NO_INSTANCE,
        NO_INSTANCE,
    ),
    ("aws:SourceIp", Supplied, Supplied, Supplied),
    ("aws:SourceVpc", NO_ENDPOINT, NO_ENDPOINT, NO_ENDPOINT),
    ("aws:SourceVpcArn", NO_ENDPOINT, NO_ENDPOINT, NO_ENDPOINT),
    ("aws:SourceVpce", NO_ENDPOINT, NO_ENDPOINT, NO_ENDPOINT),
    ("aws:VpceAccount", NO_ENDPOINT, NO_ENDPOINT, NO_ENDPOINT),
    ("aws:VpceOrgPaths", NO_ENDPOINT, NO_ENDPOINT, NO_ENDPOINT),
    ("aws:VpceOrgID", NO_ENDPOINT, NO_ENDPOINT, NO_ENDPOINT),
    ("aws:VpcSourceIp", NO_ENDPOINT, NO_ENDPOINT, NO_ENDPOINT),
    ("aws:ResourceAccount", Supplied, Supplied, Supplied),
    (
        "aws:ResourceOrgID",
        NO_ORGANISATION,
        NO_ORGANISATION,
        NO_ORGANISATION,
    ),
    (
        "aws:ResourceOrgPaths",
        NO_ORGANISATION,
        NO_ORGANISATION,
        NO_ORGANISATION,
    ),
    ("aws:ResourceTag/${TagKey}", NO_TAGS, NO_TAGS, Supplied),
    ("aws:CalledVia", NO_SERVICE, NO_SERVICE, NO_SERVICE),
    ("aws:CalledViaFirst", NO_SERVICE, NO_SERVICE, NO_SERVICE),
    ("aws:CalledViaLast", NO_SERVICE, NO_SERVICE, NO_SERVICE),
    ("aws:CalledViaAWSMCP", NO_MCP, NO_MCP, NO_MCP),
    ("aws:ViaAWSMCPService", NO_MCP, NO_MCP, NO_MCP),
    ("aws:IsMcpServiceAction", NO_MCP, NO_MCP, NO_MCP),
    ("aws:ViaAWSService", Supplied, Supplied, Supplied),
    ("aws:CurrentTime", Supplied, Supplied, Supplied),
    ("aws:EpochTime", Supplied, Supplied, Supplied),
    ("aws:referer", Supplied, Supplied, Supplied),
    // An exchange names no region; known where the server is in one only.
    ("aws:RequestedRegion", Supplied, Supplied, Unknown),
    ("aws:RequestTag/${TagKey}", NO_TAGS, NO_TAGS, Supplied),
    ("aws:TagKeys", NO_TAGS, NO_TAGS, Supplied),
    ("aws:SecureTransport", Supplied, Supplied, Supplied),
    ("aws:SourceArn", NO_SERVICE, NO_SERVICE, NO_SERVICE),
    ("aws:SourceAccount", NO_SERVICE, NO_SERVICE, NO_SERVICE),
    ("aws:SourceOwner", NO_SERVICE, NO_SERVICE, NO_SERVICE),
    ("aws:SourceOrgPaths", NO_SERVICE, NO_SERVICE, NO_SERVICE),
    ("aws:SourceOrgID", NO_SERVICE, NO_SERVICE, NO_SERVICE),
    ("aws:UserAgent", Supplied, Supplied, Supplied),
];

fn read(by: &Caller) -> Context {
    let head = Head::read("GET", "/bucket/k", std::iter::empty::<(&str, &[u8])>()).unwrap();
    let call = s3::route(&head, None).unwrap().call(b"").unwrap();
    grant::contexts(&world(), by, &call, &peer(), NOW).remove(0)
}

fn exchange(region: Option<&str>) -> Context {
    let claims = Claims {
        issuer: "i.example".into(),
        subject: "someone".into(),
        tags: tags(),
        ..Claims::default()
    };
    let mut context = trust::context(&claims, &arn("oidc-provider/i.example"), "s1", &tags());
    let mut peer = peer();
    peer.region = region.map(str::to_owned);
    peer.describe_unsigned(&mut context, &account(), NOW);
    context
}

#[test]
fn every_global_key_is_in_its_class() {
    let aws = Catalogue::load();
    let (session, root, exchange) = (
        read(&session("i.example")),
        read(&Caller::of(Bearer::Root(account()))),
        exchange(None),
    );
    for known in aws.global_keys() {
        let mut rows = ROWS.iter().filter(|(key, ..)| *key == known.name);
        let (Some((key, of_session, of_root, of_exchange)), None) = (rows.next(), rows.next())
        else {
            panic!("`{}` is in no row, or in two", known.name)
        };
        assert_class(*of_session, &session, key, "a session");
        assert_class(*of_root, &root, key, "root");
        assert_class(*of_exchange, &exchange, key, "an exchange");
    }
    assert_eq!(ROWS.len(), aws.global_keys().len());
}

/// A request that nobody signed is as an exchange is, but for what the exchange itself brings.
fn of_anonymous(key: &str, of_exchange: Class) -> Class {
    match key {
        "aws:PrincipalTag/${TagKey}" | "aws:FederatedProvider" => NO_SESSION,
        "aws:RequestTag/${TagKey}" | "aws:ResourceTag/${TagKey}" | "aws:TagKeys" => NO_TAGS,
        _ => of_exchange,
    }
}

#[test]
fn every_global_key_of_an_anonymous_request_is_in_its_class() {
    let anonymous = read(&Caller::anonymous());
    for (key, _, _, of_exchange) in ROWS {
        assert_class(
            of_anonymous(key, *of_exchange),
            &anonymous,
            key,
            "an anonymous request",
        );
    }
}

#[test]
fn what_global_keys_say() {
    let (session, root) = (
        read(&session("i.example")),
        read(&Caller::of(Bearer::Root(account()))),
    );
    for (sentence, context, key, value) in [
        ("a session", &session, "aws:MultiFactorAuthPresent", "false"),
        ("a session", &session, "aws:ViaAWSService", "false"),
        ("a session", &session, "aws:PrincipalIsAWSService", "false"),
        (
            "a session",
            &session,
            "aws:PrincipalArn",
            "arn:aws:iam::000000000000:role/r",
        ),
        ("a session", &session, "aws:PrincipalType", "AssumedRole"),
        ("a session", &session, "aws:userid", "AROAR:s1"),
        ("a session", &session, "aws:ResourceAccount", "000000000000"),
        ("a session", &session, "aws:SecureTransport", "false"),
        (
            "root",
            &root,
            "aws:PrincipalArn",
            "arn:aws:iam::000000000000:root",
        ),
        ("root", &root, "aws:PrincipalType", "Account"),
        ("root", &root, "aws:userid", "000000000000"),
        ("an exchange", &exchange(None), "aws:ViaAWSService", "false"),
        (
            "an exchange where there is one region",
            &exchange(Some("eu-west-1")),
            "aws:RequestedRegion",
            "eu-west-1",
        ),
    ] {
        assert_eq!(
            context.get(key),
            Some(&Values::from(value)),
            "{sentence}: {key}"
        );
    }
}
