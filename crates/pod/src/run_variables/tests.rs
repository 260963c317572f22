//! Which variables a stand-in gets, attack by attack.

use super::*;

fn taken(name: &str, value: &str) -> bool {
    let manifest = BTreeMap::from([(name.to_owned(), value.to_owned())]);
    let found = stand_in(&manifest, manifest.clone());
    assert_eq!(
        found.variables.is_empty(),
        found.left_out == [name],
        "{name} is taken or told"
    );
    found.left_out.is_empty()
}

#[test]
fn an_ordinary_variable_is_taken() {
    for name in [
        "APP_MODE",
        "DATABASE_URL",
        "_x",
        "lower",
        "A1",
        "S3_BUCKET",
        "LOG_LEVEL",
        "PORT",
        "TZ",
        "LANG",
        "PASSWORD_FILE",
    ] {
        assert!(taken(name, "a value with blanks\nand lines"), "{name}");
    }
    for name in AWS {
        assert!(taken(name, "us-east-1"), "{name}");
    }
}

#[test]
fn attack_59_whatever_leads_elsewhere_is_left_out() {
    for (class, names) in [
        (
            "endpoints",
            "AWS_ENDPOINT_URL AWS_ENDPOINT_URL_S3 AWS_ENDPOINT_URL_STS AWS_IGNORE_CONFIGURED_ENDPOINT_URLS AWS_USE_FIPS_ENDPOINT AWS_USE_DUALSTACK_ENDPOINT AWS_S3_US_EAST_1_REGIONAL_ENDPOINT S3_ENDPOINT_URL",
        ),
        (
            "credentials",
            "AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_SECURITY_TOKEN AWS_PROFILE AWS_DEFAULT_PROFILE AWS_WEB_IDENTITY_TOKEN_FILE AWS_CONTAINER_CREDENTIALS_FULL_URI AWS_CONTAINER_CREDENTIALS_RELATIVE_URI AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE AWS_CREDENTIAL_EXPIRATION KUBECONFIG GOOGLE_APPLICATION_CREDENTIALS",
        ),
        (
            "files",
            "AWS_CONFIG_FILE AWS_SHARED_CREDENTIALS_FILE BOTO_CONFIG HOME PATH XDG_CONFIG_HOME TMPDIR NETRC",
        ),
        (
            "metadata",
            "AWS_EC2_METADATA_DISABLED AWS_EC2_METADATA_SERVICE_ENDPOINT AWS_EC2_METADATA_V1_DISABLED",
        ),
        (
            "commands",
            "AWS_PAGER AWS_CLI_AUTO_PROMPT PAGER EDITOR GIT_SSH_COMMAND LESSOPEN PROMPT_COMMAND",
        ),
        (
            "what is not known",
            "AWS_SOMETHING_OF_TOMORROW aws_region AWSX",
        ),
        (
            "loaders",
            "LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT DYLD_INSERT_LIBRARIES GCONV_PATH GLIBC_TUNABLES LOCPATH",
        ),
        (
            "interpreters",
            "PYTHONSTARTUP PYTHONPATH PYTHONHOME NODE_OPTIONS NODE_EXTRA_CA_CERTS JAVA_TOOL_OPTIONS _JAVA_OPTIONS JDK_JAVA_OPTIONS CLASSPATH PERL5OPT PERL5LIB RUBYOPT RUBYLIB PHPRC PHP_INI_SCAN_DIR LUA_INIT DOTNET_STARTUP_HOOKS CORECLR_PROFILER GODEBUG npm_config_registry",
        ),
        (
            "shells",
            "BASH_ENV ENV IFS PS4 SHELLOPTS BASHOPTS CDPATH ZDOTDIR BASH_FUNC_ls%% x.y a-b 1a",
        ),
        (
            "proxies",
            "HTTP_PROXY HTTPS_PROXY ALL_PROXY NO_PROXY http_proxy https_proxy all_proxy no_proxy Http_Proxy FTP_PROXY",
        ),
        (
            "trust",
            "AWS_CA_BUNDLE REQUESTS_CA_BUNDLE CURL_CA_BUNDLE SSL_CERT_FILE SSL_CERT_DIR OPENSSL_CONF MY_CA_BUNDLE",
        ),
        ("names of hosts", "HOSTALIASES LOCALDOMAIN RES_OPTIONS"),
        ("our own", "PODPASS_DATA_DIR PODPASS_LOG"),
    ] {
        for name in names.split(' ') {
            assert!(!taken(name, "x"), "{class}: {name}");
        }
    }
    assert!(!taken("", "x"));
    assert!(!taken("APP_MODE", "a\0b"), "no process can be given it");
    for region in ["x.evil.example/", "us-east-1#", "a b"] {
        assert!(!taken("AWS_REGION", region), "{region}");
    }
}

#[test]
fn attack_75_what_writes_files_or_runs_commands_by_its_value_is_left_out() {
    for (class, names) in [
        (
            "TLS's secrets, appended to any file",
            "SSLKEYLOGFILE sslkeylogfile",
        ),
        (
            "commands in options",
            "TAR_OPTIONS MAKEFLAGS GNUMAKEFLAGS RSYNC_RSH CVS_RSH LESS VIMINIT SYSTEMD_PAGER SUDO_EDITOR",
        ),
        (
            "code",
            "ERL_FLAGS ERL_AFLAGS ELIXIR_ERL_OPTIONS R_PROFILE_USER JULIA_LOAD_PATH AWKLIBPATH TCLLIBPATH MONO_PATH",
        ),
        (
            "code of a package index",
            "PIP_INDEX_URL PIP_CONFIG_FILE UV_INDEX_URL YARN_RC_FILENAME",
        ),
        (
            "the C library",
            "TZDIR RESOLV_HOST_CONF GETCONF_DIR NIS_PATH",
        ),
        (
            "trust and other clouds",
            "GNUTLS_SYSTEM_PRIORITY_FILE KRB5_CONFIG KRB5CCNAME CLOUDSDK_CONFIG VAULT_ADDR",
        ),
        ("histories", "HISTFILE PSQLRC"),
    ] {
        for name in names.split(' ') {
            assert!(!taken(name, "x"), "{class}: {name}");
        }
    }
}

#[test]
fn what_the_mutation_adds_is_its_own() {
    let manifest = BTreeMap::from([
        ("APP_MODE".to_owned(), "x".to_owned()),
        ("LD_PRELOAD".to_owned(), "x".to_owned()),
    ]);
    let mut admitted = manifest.clone();
    admitted.insert("AWS_WEB_IDENTITY_TOKEN_FILE".to_owned(), "/ours".to_owned());
    let found = stand_in(&manifest, admitted);
    assert_eq!(found.left_out, ["LD_PRELOAD"]);
    assert_eq!(
        found.variables.keys().collect::<Vec<_>>(),
        ["APP_MODE", "AWS_WEB_IDENTITY_TOKEN_FILE"]
    );
}
