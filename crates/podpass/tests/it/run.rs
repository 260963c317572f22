//! `run` and `env`: what a process in a pod's place is given, and what a shell is, from what a
//! manifest would like.

use serde_json::json;

use crate::hostile::{controlled, run};

fn environment() -> serde_json::Value {
    json!({ "api": "http://127.0.0.1:1", "issuer": "https://localhost:2", "region": "us-east-1", "account": "000000000000",
        "caBundle": "/ca.pem", "accessKeyId": "A", "secretAccessKey": "s" })
}

#[test]
fn attack_59_a_manifest_leads_the_process_nowhere() {
    let wants = [
        ("APP_MODE", "reporting"),
        ("AWS_MAX_ATTEMPTS", "2"),
        ("AWS_ENDPOINT_URL", "https://evil.example"),
        ("AWS_ENDPOINT_URL_S3", "https://evil.example"),
        ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"),
        ("AWS_CONFIG_FILE", "/evil"),
        ("AWS_CA_BUNDLE", "/evil"),
        ("AWS_ACCESS_KEY_ID", "evil"),
        ("AWS_EC2_METADATA_DISABLED", "false"),
        ("LD_PRELOAD", "/evil.so"),
        ("BASH_ENV", "/evil"),
        ("https_proxy", "http://evil.example"),
        ("HOME", "/evil"),
        ("PATH", "/evil"),
    ];
    let env: Vec<_> = wants
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    let pod = json!({ "metadata": {}, "spec": { "containers": [{ "name": "main", "env": env }] } });
    let role = json!({ "eks.amazonaws.com/role-arn": "arn:aws:iam::000000000000:role/reporting" });
    let answers = vec![
        ("/environment", 200, environment()),
        ("/pod", 200, json!({ "annotations": role, "pod": pod })),
        ("/token", 200, json!({ "token": "t", "expiresAt": 1 })),
    ];
    controlled(answers, |data_dir| {
        let output = run(data_dir, &["run", "-n", "a", "--sa", "b", "--", "env"], "");
        let (shown, told) = (
            String::from_utf8(output.stdout).unwrap(),
            String::from_utf8(output.stderr).unwrap(),
        );
        let mut names: Vec<&str> = shown
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, _)| name)
            .collect();
        names.sort_unstable();
        let expected = [
            "APP_MODE",
            "AWS_CONFIG_FILE",
            "AWS_DEFAULT_REGION",
            "AWS_EC2_METADATA_DISABLED",
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_STS",
            "AWS_MAX_ATTEMPTS",
            "AWS_REGION",
            "AWS_ROLE_ARN",
            "AWS_SHARED_CREDENTIALS_FILE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "HOME",
            "PATH",
        ];
        assert_eq!(names, expected, "{shown}");
        assert!(
            !shown.contains("evil") && shown.contains("AWS_EC2_METADATA_DISABLED=true"),
            "{shown}"
        );
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(
            told.contains("are ignored: AWS_ACCESS_KEY_ID, AWS_CA_BUNDLE")
                && told.contains("and 4 more"),
            "{told}"
        );
    });
}

/// botocore would presign with Signature Version 2 at any endpoint that is not AWS's.
#[test]
fn presigned_urls_of_the_process_have_signature_version_4() {
    let answers = vec![
        ("/environment", 200, environment()),
        ("/pod", 200, json!({ "annotations": {} })),
    ];
    controlled(answers, |data_dir| {
        let show = ["sh", "-c", "cat \"$AWS_CONFIG_FILE\""];
        let output = run(
            data_dir,
            &[&["run", "-n", "a", "--sa", "b", "--"], &show[..]].concat(),
            "",
        );
        assert_eq!(
            String::from_utf8(output.stdout).unwrap(),
            "[default]\ns3 =\n    signature_version = s3v4\n"
        );
    });
}

#[test]
fn no_variable_of_the_operator_leads_to_another_aws() {
    for name in [
        "AWS_PROFILE",
        "AWS_ACCESS_KEY_ID",
        "AWS_ENDPOINT_URL_S3",
        "aws_profile",
        "AWS_TOMORROW",
    ] {
        controlled(vec![], |data_dir| {
            let output = run(
                data_dir,
                &["run", "-n", "a", "--sa", "b", "--env", name, "--", "true"],
                "",
            );
            assert_eq!(output.status.code(), Some(2), "{name}");
            assert!(
                String::from_utf8_lossy(&output.stderr)
                    .contains(&format!("`--env {name}` would point")),
                "{name}"
            );
        });
    }
}

#[test]
fn a_shell_is_given_no_bundle_of_authorities() {
    controlled(vec![("/environment", 200, environment())], |data_dir| {
        let shell = String::from_utf8(run(data_dir, &["env"], "").stdout).unwrap();
        assert!(
            !shell.contains("export AWS_CA_BUNDLE") && !shell.contains("SSL_CERT_FILE"),
            "{shell}"
        );
        // What an earlier release, or the operator, had set is taken away; the issuer's authority
        // has a name of its own.
        let unset = shell.lines().next().unwrap();
        for name in [
            "AWS_CA_BUNDLE",
            "AWS_ENDPOINT_URL_S3",
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "AWS_PROFILE",
        ] {
            assert!(unset.split(' ').any(|word| word == name), "{name}: {unset}");
        }
        assert!(shell.contains("export PODPASS_CA='/ca.pem'\n"), "{shell}");
    });
}
