//! Several accounts in one server: each sees itself, and nothing of another, not even that it is
//! there.

use authority::ids;

use crate::stage::{Credentials, Draft, Stage};
use crate::tenant::{READ, READ_TRUST, bare, furnish};

const MANAGED: &str = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess";
const TAG: &[(&str, &str)] = &[("Tags.member.1.Key", "k"), ("Tags.member.1.Value", "v")];
const UNTAG: &[(&str, &str)] = &[("TagKeys.member.1", "k")];

pub(crate) const THUMBPRINT: &[(&str, &str)] = &[(
    "ThumbprintList.member.1",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
)];

#[tokio::test(flavor = "multi_thread")]
async fn no_operation_finds_anything_of_another_account() {
    let stage = Stage::new().await;
    let (theirs, their_root) = stage.account("aws").await;
    furnish(&stage, "aws", &theirs, &their_root, "theirs").await;
    let host = stage
        .server
        .environment
        .issuer
        .trim_start_matches("https://")
        .to_owned();
    let (role, arn, provider) = (
        |name: &str| name.to_owned(),
        |name: &str| format!("arn:aws:iam::{theirs}:policy/{name}"),
        |name: &str| {
            let host = if name == "own" { host.as_str() } else { name };
            format!("arn:aws:iam::{theirs}:oidc-provider/{host}")
        },
    );
    let role_arn = |name: &str| format!("arn:aws:iam::{theirs}:role/{name}");
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"000000000000"},"Action":"sts:AssumeRole"}}"#;
    type Row<'a> = (
        &'a str,
        &'a str,
        &'a dyn Fn(&str) -> String,
        &'a [(&'a str, &'a str)],
    );
    let rows: &[Row<'_>] = &[
        ("GetRole", "RoleName", &role, &[]),
        (
            "UpdateAssumeRolePolicy",
            "RoleName",
            &role,
            &[("PolicyDocument", READ)],
        ),
        ("DeleteRole", "RoleName", &role, &[]),
        ("ListInstanceProfilesForRole", "RoleName", &role, &[]),
        ("DeleteServiceLinkedRole", "RoleName", &role, &[]),
        ("GetInstanceProfile", "InstanceProfileName", &role, &[]),
        ("DeleteInstanceProfile", "InstanceProfileName", &role, &[]),
        (
            "AddRoleToInstanceProfile",
            "InstanceProfileName",
            &role,
            &[("RoleName", "reporting")],
        ),
        (
            "AddRoleToInstanceProfile",
            "RoleName",
            &role,
            &[("InstanceProfileName", "ours")],
        ),
        (
            "RemoveRoleFromInstanceProfile",
            "InstanceProfileName",
            &role,
            &[("RoleName", "reporting")],
        ),
        ("TagInstanceProfile", "InstanceProfileName", &role, TAG),
        ("UntagInstanceProfile", "InstanceProfileName", &role, UNTAG),
        ("ListInstanceProfileTags", "InstanceProfileName", &role, &[]),
        ("ListAttachedRolePolicies", "RoleName", &role, &[]),
        ("ListRolePolicies", "RoleName", &role, &[]),
        ("GetRolePolicy", "RoleName", &role, &[("PolicyName", "own")]),
        (
            "PutRolePolicy",
            "RoleName",
            &role,
            &[("PolicyName", "own"), ("PolicyDocument", READ)],
        ),
        (
            "DeleteRolePolicy",
            "RoleName",
            &role,
            &[("PolicyName", "own")],
        ),
        (
            "AttachRolePolicy",
            "RoleName",
            &role,
            &[("PolicyArn", MANAGED)],
        ),
        (
            "AttachRolePolicy",
            "PolicyArn",
            &arn,
            &[("RoleName", "reporting")],
        ),
        (
            "DetachRolePolicy",
            "PolicyArn",
            &arn,
            &[("RoleName", "reporting")],
        ),
        (
            "CreateRole",
            "PermissionsBoundary",
            &arn,
            &[("RoleName", "bounded"), ("AssumeRolePolicyDocument", trust)],
        ),
        ("GetPolicy", "PolicyArn", &arn, &[]),
        (
            "GetPolicyVersion",
            "PolicyArn",
            &arn,
            &[("VersionId", "v1")],
        ),
        ("DeletePolicy", "PolicyArn", &arn, &[]),
        ("UpdateRole", "RoleName", &role, &[("Description", "d")]),
        (
            "UpdateRoleDescription",
            "RoleName",
            &role,
            &[("Description", "d")],
        ),
        (
            "PutRolePermissionsBoundary",
            "RoleName",
            &role,
            &[("PermissionsBoundary", MANAGED)],
        ),
        (
            "PutRolePermissionsBoundary",
            "PermissionsBoundary",
            &arn,
            &[("RoleName", "reporting")],
        ),
        ("DeleteRolePermissionsBoundary", "RoleName", &role, &[]),
        ("TagRole", "RoleName", &role, TAG),
        ("UntagRole", "RoleName", &role, UNTAG),
        ("ListRoleTags", "RoleName", &role, &[]),
        (
            "CreatePolicyVersion",
            "PolicyArn",
            &arn,
            &[("PolicyDocument", READ)],
        ),
        ("ListPolicyVersions", "PolicyArn", &arn, &[]),
        (
            "SetDefaultPolicyVersion",
            "PolicyArn",
            &arn,
            &[("VersionId", "v1")],
        ),
        (
            "DeletePolicyVersion",
            "PolicyArn",
            &arn,
            &[("VersionId", "v1")],
        ),
        ("ListEntitiesForPolicy", "PolicyArn", &arn, &[]),
        ("TagPolicy", "PolicyArn", &arn, TAG),
        ("UntagPolicy", "PolicyArn", &arn, UNTAG),
        ("ListPolicyTags", "PolicyArn", &arn, &[]),
        (
            "GetContextKeysForPrincipalPolicy",
            "PolicySourceArn",
            &role_arn,
            &[],
        ),
        (
            "SimulatePrincipalPolicy",
            "PolicySourceArn",
            &role_arn,
            &[("ActionNames.member.1", "s3:GetObject")],
        ),
        (
            "UpdateOpenIDConnectProviderThumbprint",
            "OpenIDConnectProviderArn",
            &provider,
            THUMBPRINT,
        ),
        (
            "AddClientIDToOpenIDConnectProvider",
            "OpenIDConnectProviderArn",
            &provider,
            &[("ClientID", "c")],
        ),
        (
            "RemoveClientIDFromOpenIDConnectProvider",
            "OpenIDConnectProviderArn",
            &provider,
            &[("ClientID", "c")],
        ),
        (
            "TagOpenIDConnectProvider",
            "OpenIDConnectProviderArn",
            &provider,
            TAG,
        ),
        (
            "UntagOpenIDConnectProvider",
            "OpenIDConnectProviderArn",
            &provider,
            UNTAG,
        ),
        (
            "ListOpenIDConnectProviderTags",
            "OpenIDConnectProviderArn",
            &provider,
            &[],
        ),
        (
            "GetOpenIDConnectProvider",
            "OpenIDConnectProviderArn",
            &provider,
            &[],
        ),
        (
            "DeleteOpenIDConnectProvider",
            "OpenIDConnectProviderArn",
            &provider,
            &[],
        ),
    ];
    // Root, and a role that its own account allows everything.
    let everything =
        r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    let put = [
        ("RoleName", "reporting"),
        ("PolicyName", "p"),
        ("PolicyDocument", everything),
    ];
    assert_eq!(
        stage.iam("PutRolePolicy", &put, &stage.root).await.status,
        200
    );
    assert_eq!(
        stage
            .iam(
                "CreateInstanceProfile",
                &[("InstanceProfileName", "ours")],
                &stage.root
            )
            .await
            .status,
        200
    );
    for (by, (action, parameter, name, more)) in [&stage.root, &stage.reader]
        .into_iter()
        .flat_map(|by| rows.iter().map(move |row| (by, row)))
    {
        let (there, missing) = (name("own"), name("nobody"));
        let ask = |value: String| {
            let parameters: Vec<(&str, String)> = more
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .chain([(*parameter, value)])
                .collect();
            let stage = &stage;
            async move {
                let borrowed: Vec<(&str, &str)> = parameters
                    .iter()
                    .map(|(name, value)| (*name, value.as_str()))
                    .collect();
                stage.iam(action, &borrowed, by).await
            }
        };
        let (found, absent) = (ask(there.clone()).await, ask(missing.clone()).await);
        // An ARN that is what the call is about names a resource of theirs, and nobody here may
        // touch one. A name, and an ARN beside it, are looked for here.
        let about = matches!(
            *parameter,
            "PolicyArn" | "PolicySourceArn" | "OpenIDConnectProviderArn"
        );
        let beside = matches!(*action, "AttachRolePolicy" | "DetachRolePolicy");
        let expected = if about && !beside {
            (403, "AccessDenied")
        } else {
            (404, "NoSuchEntity")
        };
        assert_eq!(
            (found.status, found.code()),
            expected,
            "{action} {parameter}: {}",
            found.text
        );
        assert_eq!(
            bare(&found, &there),
            bare(&absent, &missing),
            "{action} {parameter}: what is there sounds like what is missing"
        );
    }
    let details = [
        ("Filter.member.1", "Role"),
        ("Filter.member.2", "LocalManagedPolicy"),
    ];
    for (action, more) in [
        ("ListRoles", &[][..]),
        ("ListPolicies", &[("Scope", "Local")]),
        ("ListOpenIDConnectProviders", &[]),
        ("ListInstanceProfiles", &[]),
        ("GetAccountAuthorizationDetails", &details),
    ] {
        let (ours, others) = (
            stage.iam(action, more, &stage.root).await,
            stage.iam(action, more, &their_root).await,
        );
        assert!(
            ours.status == 200 && !ours.text.contains(&theirs),
            "{action}: {}",
            ours.text
        );
        assert!(
            others.text.contains(&theirs) && !others.text.contains("::000000000000:"),
            "{action}: {}",
            others.text
        );
    }
    // The same name is another thing here, and none of the above touched theirs.
    let made = stage
        .iam(
            "CreateRole",
            &[
                ("RoleName", "own"),
                ("AssumeRolePolicyDocument", READ_TRUST),
            ],
            &stage.root,
        )
        .await;
    assert_eq!(
        made.element("Arn"),
        "arn:aws:iam::000000000000:role/own",
        "{}",
        made.text
    );
    assert_eq!(
        stage
            .iam("DeleteRole", &[("RoleName", "own")], &stage.root)
            .await
            .status,
        200
    );
    for (action, parameters) in [
        ("GetRole", vec![("RoleName", "own")]),
        (
            "GetRolePolicy",
            vec![("RoleName", "own"), ("PolicyName", "own")],
        ),
        ("GetPolicy", vec![("PolicyArn", arn("own").as_str())]),
        (
            "GetOpenIDConnectProvider",
            vec![("OpenIDConnectProviderArn", provider("own").as_str())],
        ),
    ] {
        assert_eq!(
            stage.iam(action, &parameters, &their_root).await.status,
            200,
            "{action}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn attack_23_sessions_and_buckets_stay_in_their_account() {
    let stage = Stage::new().await;
    let (theirs, their_root) = stage.account("aws").await;
    let token = stage.token("reports", "reporting").await;
    let their_role = format!("arn:aws:iam::{theirs}:role/reporting");
    let early = stage.exchange_for(&their_role, &token, "").await;
    assert_eq!(
        early.code(),
        "InvalidIdentityToken",
        "the provider of one account is not another's: {}",
        early.text
    );
    let nowhere = stage
        .exchange_for("arn:aws:iam::999999999999:role/reporting", &token, "")
        .await;
    assert_eq!(
        bare(&nowhere, "-"),
        bare(&early, "-"),
        "an account that is there sounds like one that is not"
    );
    furnish(&stage, "aws", &theirs, &their_root, "theirs").await;
    let answer = stage.exchange_for(&their_role, &token, "").await;
    assert_eq!(
        answer.element("Arn"),
        format!("arn:aws:sts::{theirs}:assumed-role/reporting/test")
    );
    let their_session = answer.credentials();
    assert_eq!(ids::account_of(&their_session.id).unwrap().as_str(), theirs);
    assert_eq!(ids::account_of(&their_root.id).unwrap().as_str(), theirs);

    let get = |target: &'static str, by: Credentials| {
        let stage = &stage;
        async move { stage.send(&Draft::s3("GET", target, b"", &by)).await }
    };
    assert_eq!(get("/theirs/x", their_session.clone()).await.status, 200);
    for (sentence, target, by) in [
        (
            "their role in our bucket, which its policy allows",
            "/reports/q1.csv",
            &their_session,
        ),
        ("their root in our bucket", "/reports/q1.csv", &their_root),
        (
            "their root lists our bucket",
            "/reports?list-type=2",
            &their_root,
        ),
        ("our role in their bucket", "/theirs/x", &stage.reader),
        ("our root in their bucket", "/theirs/x", &stage.root),
    ] {
        let answer = get(target, by.clone()).await;
        assert_eq!(
            (answer.status, answer.code()),
            (403, "AccessDenied"),
            "{sentence}: {}",
            answer.text
        );
    }
    let buckets = get("/", their_root.clone()).await;
    assert!(
        buckets.text.contains("theirs") && !buckets.text.contains("reports"),
        "{}",
        buckets.text
    );
    assert_eq!(
        stage
            .send(&Draft::s3("PUT", "/reports", b"", &their_root))
            .await
            .code(),
        "BucketAlreadyExists"
    );
    assert_eq!(
        stage
            .send(&Draft::s3("DELETE", "/reports", b"", &their_root))
            .await
            .code(),
        "AccessDenied"
    );

    let policy = wire::percent::encode(&format!("arn:aws:iam::{theirs}:policy/own"));
    let more = format!("&PolicyArns.member.1.arn={policy}");
    let foreign = stage
        .exchange_for("arn:aws:iam::000000000000:role/reporting", &token, &more)
        .await;
    assert_eq!(
        foreign.code(),
        "ValidationError",
        "a session policy of another account: {}",
        foreign.text
    );

    // A trust policy that names their provider trusts nobody here.
    let host = stage
        .server
        .environment
        .issuer
        .trim_start_matches("https://");
    let trust = READ_TRUST
        .replace(
            "000000000000:oidc-provider/x.example",
            &format!("{theirs}:oidc-provider/{host}"),
        )
        .replace("x.example:sub", &format!("{host}:sub"))
        .replace("\"a\"", "\"system:serviceaccount:reports:reporting\"");
    let made = stage
        .iam(
            "CreateRole",
            &[
                ("RoleName", "trusts-theirs"),
                ("AssumeRolePolicyDocument", &trust),
            ],
            &stage.root,
        )
        .await;
    assert_eq!(made.status, 200, "{}", made.text);
    assert_eq!(
        stage
            .exchange_for("arn:aws:iam::000000000000:role/trusts-theirs", &token, "")
            .await
            .code(),
        "AccessDenied"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_of_another_partition_has_its_names() {
    let stage = Stage::new().await;
    for (partition, region) in [("aws-cn", "cn-north-1"), ("aws-us-gov", "us-gov-west-1")] {
        let (id, root) = stage.account(partition).await;
        let bucket = format!("in-{partition}");
        furnish(&stage, partition, &id, &root, &bucket).await;
        let who = stage
            .send(&Draft::form(
                "sts",
                "Action=GetCallerIdentity&Version=2011-06-15",
                &root,
            ))
            .await;
        assert_eq!(
            (who.element("Arn"), who.element("Account")),
            (
                format!("arn:{partition}:iam::{id}:root").as_str(),
                id.as_str()
            )
        );
        let role = stage.iam("GetRole", &[("RoleName", "own")], &root).await;
        assert_eq!(
            role.element("Arn"),
            format!("arn:{partition}:iam::{id}:role/own")
        );
        assert_eq!(
            stage
                .control("GET", &format!("/environment/{id}"), "")
                .await
                .json()["region"],
            region
        );

        let token = stage.token("reports", "reporting").await;
        let session = stage
            .exchange_for(
                &format!("arn:{partition}:iam::{id}:role/reporting"),
                &token,
                "",
            )
            .await;
        assert_eq!(
            session.element("Arn"),
            format!("arn:{partition}:sts::{id}:assumed-role/reporting/test")
        );
        let who = stage
            .send(&Draft::form(
                "sts",
                "Action=GetCallerIdentity&Version=2011-06-15",
                &session.credentials(),
            ))
            .await;
        assert_eq!(
            who.element("Arn"),
            format!("arn:{partition}:sts::{id}:assumed-role/reporting/test")
        );
        let object = stage
            .send(&Draft::s3(
                "GET",
                &format!("/{bucket}/x"),
                b"",
                &session.credentials(),
            ))
            .await;
        assert_eq!(object.status, 200, "{}", object.text);
        let elsewhere = stage
            .exchange_for(&format!("arn:aws:iam::{id}:role/reporting"), &token, "")
            .await;
        assert_eq!(
            elsewhere.code(),
            "AccessDenied",
            "a role's ARN has the partition of its account"
        );
        let attach = |arn: String| {
            let (stage, root) = (&stage, &root);
            async move {
                stage
                    .iam(
                        "AttachRolePolicy",
                        &[("RoleName", "own"), ("PolicyArn", &arn)],
                        root,
                    )
                    .await
            }
        };
        assert_eq!(
            attach("arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess".to_owned())
                .await
                .code(),
            "NoSuchEntity"
        );
        assert_eq!(
            attach(format!("arn:aws:iam::{id}:policy/own")).await.code(),
            "NoSuchEntity"
        );
        let own = attach(format!("arn:{partition}:iam::{id}:policy/own")).await;
        assert_eq!(own.status, 200, "{}", own.text);
        let managed = attach(format!(
            "arn:{partition}:iam::aws:policy/AmazonSQSReadOnlyAccess"
        ))
        .await;
        assert_eq!(managed.status, 200, "{}", managed.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_once_and_stays() {
    let stage = Stage::new().await;
    let ask = |body: &'static str| {
        let stage = &stage;
        async move { stage.control("POST", "/accounts", body).await.status }
    };
    assert_eq!(ask(r#"{"partition":"aws","id":"111122223333"}"#).await, 200);
    assert_eq!(
        ask(r#"{"partition":"aws-cn","id":"111122223333"}"#).await,
        409,
        "an id is one account, whatever the partition"
    );
    for bad in [
        r#"{"partition":"aws","id":"1"}"#,
        r#"{"partition":"aws-iso"}"#,
        r#"{"partition":"aws","more":1}"#,
        "",
    ] {
        assert_eq!(ask(bad).await, 422, "{bad}");
    }
    assert_eq!(
        stage
            .control("GET", "/environment/999999999999", "")
            .await
            .status,
        404
    );
    let (id, root) = stage.account("aws").await;
    let stage = stage.restarted(|_| {}).await;
    assert_eq!(
        stage.server.environment.account, "000000000000",
        "the first account is still meant when none is named"
    );
    assert_eq!(
        stage.iam("ListRoles", &[], &root).await.status,
        200,
        "root credentials of {id} outlive the server"
    );
    assert_eq!(
        stage.control("GET", "/accounts", "").await.json()["accounts"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_of_another_account_are_nobodys_to_probe() {
    let stage = Stage::new().await;
    let (theirs, their_root) = stage.account("aws").await;
    furnish(&stage, "aws", &theirs, &their_root, "theirs").await;
    let host = stage
        .server
        .environment
        .issuer
        .trim_start_matches("https://");
    let arn = format!("arn:aws:iam::{theirs}:oidc-provider/{host}");
    let tagged = [
        ("OpenIDConnectProviderArn", arn.as_str()),
        ("Tags.member.1.Key", "secret"),
        ("Tags.member.1.Value", "kite"),
    ];
    assert_eq!(
        stage
            .iam("TagOpenIDConnectProvider", &tagged, &their_root)
            .await
            .status,
        200
    );
    let mut answers = Vec::new();
    for guess in ["k*", "x*"] {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Action":"*","Resource":"*"}},{{"Effect":"Deny","Action":"podpass:*","Resource":"*","Condition":{{"StringLike":{{"aws:ResourceTag/secret":"{guess}"}}}}}}]}}"#
        );
        let put = [
            ("RoleName", "reporting"),
            ("PolicyName", "probe"),
            ("PolicyDocument", policy.as_str()),
        ];
        assert_eq!(
            stage.iam("PutRolePolicy", &put, &stage.root).await.status,
            200
        );
        let answer = stage
            .iam(
                "DeleteOpenIDConnectProviderKeys",
                &[("OpenIDConnectProviderArn", &arn)],
                &stage.reader,
            )
            .await;
        answers.push(bare(&answer, "-"));
    }
    assert_eq!(answers[0], answers[1]);
}
