//! `podpass demo` tells the guide, ends with 0, and shows no secret.

use std::process::Command;

#[test]
fn the_demo_grants_one_access_and_explains_four_denials() {
    let out = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .arg("demo")
        .output()
        .unwrap();
    let (told, errors) = (
        String::from_utf8(out.stdout).unwrap(),
        String::from_utf8_lossy(&out.stderr).into_owned(),
    );
    assert!(out.status.success(), "{told}{errors}");
    for part in [
        "1. The account trusts",
        "2. The pod runs as",
        "3. The kubelet projects",
        "4. The SDK exchanges",
        "5. STS answers",
        "6. The gate verifies",
        "GET s3://reports/q1.csv -> 200",
        "by \"reporting\", statement \"ReadReports\"",
        "denied at permissions: no policy allows it",
        "Resource arn:aws:s3:::reports/* does not cover arn:aws:s3:::payroll/salaries.csv",
        "denied at trust-policy:",
        "expected system:serviceaccount:reports:reporting\n       actual   system:serviceaccount:payments:payroll",
        "denied at oidc-provider: the issuer `https://oidc.elsewhere.example` is not registered",
        "has no annotation `eks.amazonaws.com/role-arn`",
        "one node role for both",
        "podpass up -f examples/reports.yaml",
    ] {
        assert!(told.contains(part), "`{part}` is not in\n{told}");
    }
    assert!(
        !told.contains("eyJ") && told.contains("SecretAccessKey (not shown)"),
        "a token or secret shows in\n{told}"
    );
}
