//! Which variables of a manifest a local process takes that plays its pod. In a cluster a
//! container's walls hold whatever they say; the stand-in is a process of whoever runs it, and a
//! manifest is often a stranger's.
//!
//! An ordinary variable is taken (`APP_MODE`). Left out is each that could lead the process
//! elsewhere: to another endpoint, proxy or certificate authority, to other credentials or files,
//! or to code that the command did not name.

use std::collections::BTreeMap;

/// AWS's variables that name neither an endpoint nor credentials nor a file nor a command. All
/// other `AWS_` names are left out: a new one of the SDKs must not be taken unseen (AWS SDKs and
/// tools reference guide, "Environment variables").
const AWS: [&str; 10] = [
    "AWS_DEFAULT_REGION",
    "AWS_MAX_ATTEMPTS",
    "AWS_REGION",
    "AWS_REQUEST_CHECKSUM_CALCULATION",
    "AWS_RESPONSE_CHECKSUM_VALIDATION",
    "AWS_RETRY_MODE",
    "AWS_ROLE_ARN",
    "AWS_ROLE_SESSION_NAME",
    "AWS_SDK_UA_APP_ID",
    "AWS_STS_REGIONAL_ENDPOINTS",
];

/// Names that are left out, whatever their case: some are read in both.
const NAMES: [&str; 73] = [
    // Where programs, files and the person are.
    "HOME",
    "PATH",
    "PWD",
    "OLDPWD",
    "SHELL",
    "USER",
    "LOGNAME",
    "TMPDIR",
    "TMP",
    "TEMP",
    // What a shell runs or reads before, or instead of, what was asked for.
    "ENV",
    "IFS",
    "CDPATH",
    "FPATH",
    "ZDOTDIR",
    "SHELLOPTS",
    "BASHOPTS",
    "PROMPT_COMMAND",
    "PS1",
    "PS4",
    "INPUTRC",
    // Commands that others run.
    "PAGER",
    "MANPAGER",
    "EDITOR",
    "VISUAL",
    "BROWSER",
    "LESSOPEN",
    "LESSCLOSE",
    // The C library: conversions, messages, terminals, and what a host's name means.
    "GCONV_PATH",
    "NLSPATH",
    "LOCPATH",
    "TERMINFO",
    "TERMCAP",
    "HOSTALIASES",
    "LOCALDOMAIN",
    "RES_OPTIONS",
    "GLIBC_TUNABLES",
    // What loads code, or leads to credentials, into a runtime or a client.
    "CLASSPATH",
    "_JAVA_OPTIONS",
    "KUBECONFIG",
    "BOTO_CONFIG",
    "NETRC",
    "CURL_HOME",
    "WGETRC",
    // Files that are written to, TLS's secrets among them, and what else a C library reads.
    "SSLKEYLOGFILE",
    "NSPR_LOG_FILE",
    "HISTFILE",
    "TZDIR",
    "GETCONF_DIR",
    "NIS_PATH",
    "RESOLV_HOST_CONF",
    // Options and files in which a command can stand.
    "TAR_OPTIONS",
    "RSYNC_RSH",
    "RSYNC_CONNECT_PROG",
    "CVS_RSH",
    "MAKEFLAGS",
    "GNUMAKEFLAGS",
    "MAKEFILES",
    "LESS",
    "LESSKEY",
    "LESSKEYIN",
    "VIMINIT",
    "EXINIT",
    "MYVIMRC",
    "FCEDIT",
    "PSQLRC",
    "PS0",
    "PS2",
    "TCLLIBPATH",
    "AWKPATH",
    "AWKLIBPATH",
    "IBM_JAVA_OPTIONS",
    "OPENJ9_JAVA_OPTIONS",
];

/// Beginnings of names that are left out, whatever their case.
const PREFIXES: [&str; 58] = [
    // Loaders.
    "LD_",
    "DYLD_",
    "MALLOC_",
    "ASAN_",
    // Shells, and what they hand down as functions.
    "BASH_",
    "ZSH_",
    "KSH_",
    // Interpreters and runtimes.
    "PYTHON",
    "PERL",
    "RUBY",
    "GEM_",
    "BUNDLE_",
    "NODE_",
    "NPM_",
    "JAVA_",
    "JDK_",
    "JVM_",
    "MAVEN_",
    "GRADLE_",
    "DOTNET_",
    "COMPLUS_",
    "CORECLR_",
    "COR_",
    "LUA_",
    "PHP",
    "GO",
    "ERL_",
    "ELIXIR_",
    "R_",
    "JULIA_",
    "GUILE_",
    "MONO_",
    "DENO_",
    "BUN_",
    "_PYTHON",
    "__PY",
    "PIP_",
    "UV_",
    "YARN_",
    "CARGO_",
    "RUST",
    // Trust.
    "SSL_",
    "OPENSSL_",
    "GNUTLS_",
    "KRB5",
    "CURL_CA_",
    "REQUESTS_CA_",
    "GIT_",
    "SSH_",
    // Other clouds' and tools' endpoints and credentials, and our own.
    "TF_",
    "DOCKER_",
    "GOOGLE_",
    "AZURE_",
    "CLOUDSDK_",
    "VAULT_",
    "S3_ENDPOINT",
    "PODPASS_",
    "XDG_",
];

/// Endings of names that are left out, whatever their case: `https_proxy`, `DOTNET_STARTUP_HOOKS`'s
/// likes, `FOO_CA_BUNDLE`.
const SUFFIXES: [&str; 6] = [
    "_PROXY",
    "_CA_BUNDLE",
    "_PRELOAD",
    "_ENDPOINT_URL",
    "_PAGER",
    "_EDITOR",
];

/// What a process in a pod's place is given of its container's variables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StandIn {
    /// What it is given.
    pub variables: BTreeMap<String, String>,
    /// Names that the manifest has and the process does not get, in order.
    pub left_out: Vec<String>,
}

/// Takes from the variables of a changed container what a stand-in may have. `manifest` is what
/// stood there before it was changed: what the mutation adds is taken as it is.
pub fn stand_in(manifest: &BTreeMap<String, String>, dressed: BTreeMap<String, String>) -> StandIn {
    let mut found = StandIn::default();
    for (name, value) in dressed {
        if !manifest.contains_key(&name) || (is_ordinary(&name) && fits(&name, &value)) {
            found.variables.insert(name, value);
        } else {
            found.left_out.push(name);
        }
    }
    found
}

/// Whether a variable of this name can be given to a process without leading it elsewhere.
pub fn is_ordinary(name: &str) -> bool {
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    // Kubernetes takes more, and a shell makes functions of what is more: `BASH_FUNC_ls%%`.
    if name.is_empty()
        || !name.bytes().all(letter)
        || name.starts_with(|first: char| first.is_ascii_digit())
    {
        return false;
    }
    let upper = name.to_ascii_uppercase();
    // In exact case: SDKs read no other, and a manifest has no reason to write one.
    if upper.starts_with("AWS") {
        return AWS.contains(&name);
    }
    !(NAMES.contains(&upper.as_str())
        || PREFIXES.iter().any(|prefix| upper.starts_with(prefix))
        || SUFFIXES.iter().any(|suffix| upper.ends_with(suffix)))
}

/// A value that a process can be given, and that makes no other host of a region: SDKs that are not
/// told their endpoint put it into a name.
fn fits(name: &str, value: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    match name {
        "AWS_REGION" | "AWS_DEFAULT_REGION" | "AWS_STS_REGIONAL_ENDPOINTS" => {
            value.bytes().all(plain)
        }
        _ => !value.contains('\0'),
    }
}

#[cfg(test)]
mod tests {
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
        let mut dressed = manifest.clone();
        dressed.insert("AWS_WEB_IDENTITY_TOKEN_FILE".to_owned(), "/ours".to_owned());
        let found = stand_in(&manifest, dressed);
        assert_eq!(found.left_out, ["LD_PRELOAD"]);
        assert_eq!(
            found.variables.keys().collect::<Vec<_>>(),
            ["APP_MODE", "AWS_WEB_IDENTITY_TOKEN_FILE"]
        );
    }
}
