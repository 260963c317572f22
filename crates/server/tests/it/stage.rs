//! A server with the guide's resources, and raw requests to it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use authority::Regions;
use authority::incoming::Hosts;
use policy::AccountId;
use server::{Cluster, Faces, IssuerAccess, Server, Settings};
pub(crate) use testkit::{Answer, Credentials, Draft};

/// How long a client of the stage waits: longer than any bound of the server but those of a slow
/// body.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) const MANIFESTS: &str = "
kind: ServiceAccount
metadata: { name: reporting, namespace: reports, annotations: { eks.amazonaws.com/role-arn: 'arn:aws:iam::000000000000:role/reporting' } }
---
kind: ServiceAccount
metadata: { name: payroll, namespace: payments }
";

/// The server, its state, and two sets of credentials.
pub(crate) struct Stage {
    pub(crate) server: Server,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) address: SocketAddr,
    pub(crate) root: Credentials,
    pub(crate) reader: Credentials,
}

pub(crate) fn settings(folder: &tempfile::TempDir) -> Settings {
    let any = SocketAddr::from(([127, 0, 0, 1], 0));
    Settings {
        data_dir: folder.path().join("state"),
        api: any,
        issuer: any,
        faces: Faces::default(),
        cluster: Cluster::new(pod::manifest::read("m", MANIFESTS).unwrap()),
        account: AccountId::parse("000000000000").unwrap(),
        regions: Regions::Any,
        issuers: IssuerAccess::default(),
        hosts: Hosts::default(),
        anonymous: false,
    }
}

impl Stage {
    pub(crate) async fn new() -> Self {
        Self::with(IssuerAccess::default()).await
    }

    /// A server that fetches keys like this.
    pub(crate) async fn with(issuers: IssuerAccess) -> Self {
        Self::of(issuers, Regions::Any, Faces::default()).await
    }

    /// A server that answers who does not sign, and is asked by another name too.
    pub(crate) async fn in_public() -> Self {
        Self::as_meant(|settings| Settings {
            hosts: Hosts::new(["s3.podpass.test".to_owned()]).unwrap(),
            anonymous: true,
            ..settings
        })
        .await
    }

    /// A server that is in these regions, `us-east-1` among them.
    pub(crate) async fn in_regions(names: &[&str]) -> Self {
        let regions = Regions::only(names.iter().copied()).unwrap();
        Self::of(IssuerAccess::default(), regions, Faces::default()).await
    }

    /// A server that tells its metrics.
    pub(crate) async fn with_metrics(issuers: IssuerAccess) -> Self {
        let faces = Faces {
            metrics: Some(SocketAddr::from(([127, 0, 0, 1], 0))),
            ..Faces::default()
        };
        Self::of(issuers, Regions::Any, faces).await
    }

    async fn of(issuers: IssuerAccess, regions: Regions, faces: Faces) -> Self {
        Self::as_meant(|settings| Settings {
            issuers,
            regions,
            faces,
            ..settings
        })
        .await
    }

    async fn as_meant(change: impl FnOnce(Settings) -> Settings) -> Self {
        drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(change(settings(&folder))).await.unwrap();
        let environment = &server.environment;
        let address = environment
            .api
            .trim_start_matches("http://")
            .parse()
            .unwrap();
        let root = Credentials::root(
            &environment.access_key_id,
            environment.secret_access_key.expose(),
        );
        let reader = root.clone();
        let mut stage = Self {
            server,
            folder,
            address,
            root,
            reader,
        };
        stage.resources().await;
        let answer = stage
            .exchange(&stage.token("reports", "reporting").await)
            .await;
        stage.reader = answer.credentials();
        stage
    }

    /// The same data directory under a new server; `between` sees the directory at rest.
    pub(crate) async fn restarted(self, between: impl Fn(&std::path::Path)) -> Self {
        let Self {
            server,
            folder,
            root,
            reader,
            ..
        } = self;
        let data_dir = server.data_dir().to_owned();
        server.stop().await;
        // Connections that were open let go of the store shortly after the stop.
        for _ in 0..1_500 {
            if server::redb_store::Store::open(&data_dir.join("state.redb")).is_ok() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        between(&data_dir);
        // The objects' directory is let go of on its own.
        let mut tries = 0;
        let server = loop {
            match Server::start(settings(&folder)).await {
                Err(error) if tries < 1_500 && error.to_string().contains("is in use") => {
                    tries += 1;
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                started => break started.unwrap(),
            }
        };
        let address = server
            .environment
            .api
            .trim_start_matches("http://")
            .parse()
            .unwrap();
        Self {
            server,
            folder,
            address,
            root,
            reader,
        }
    }

    async fn resources(&self) {
        let issuer = &self.server.environment.issuer;
        let host = issuer.trim_start_matches("https://");
        let policy = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:GetObject","s3:PutObject"],"Resource":"arn:aws:s3:::reports/*"},{"Effect":"Allow","Action":"s3:ListBucket","Resource":"arn:aws:s3:::reports"}]}"#;
        let trust = format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"Federated":"arn:aws:iam::000000000000:oidc-provider/{host}"}},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{{"StringEquals":{{"{host}:sub":"system:serviceaccount:reports:reporting","{host}:aud":"sts.amazonaws.com"}}}}}}]}}"#
        );
        for form in [
            format!(
                "Action=CreateOpenIDConnectProvider&Url={}&ClientIDList.member.1=sts.amazonaws.com",
                wire::percent::encode(issuer)
            ),
            format!(
                "Action=CreateRole&RoleName=reporting&AssumeRolePolicyDocument={}",
                wire::percent::encode(&trust)
            ),
            format!(
                "Action=PutRolePolicy&RoleName=reporting&PolicyName=p&PolicyDocument={}",
                wire::percent::encode(policy)
            ),
        ] {
            let answer = self
                .send(&Draft::form(
                    "iam",
                    &format!("{form}&Version=2010-05-08"),
                    &self.root,
                ))
                .await;
            assert_eq!(answer.status, 200, "{}", answer.text);
        }
        for (target, body) in [
            ("/reports", ""),
            ("/payroll", ""),
            ("/reports/q1.csv", "q1"),
            ("/payroll/salaries.csv", "salaries"),
        ] {
            let answer = self
                .send(&Draft::s3("PUT", target, body.as_bytes(), &self.root))
                .await;
            assert_eq!(answer.status, 200, "{target} {}", answer.text);
        }
    }

    /// A token through the control socket.
    pub(crate) async fn token(&self, namespace: &str, name: &str) -> String {
        let body = format!(
            "{{\"namespace\":\"{namespace}\",\"serviceAccount\":\"{name}\",\"audiences\":[\"sts.amazonaws.com\"],\"expirationSeconds\":3600}}"
        );
        let answer = self.control("POST", "/token", &body).await;
        answer.json()["token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn control(&self, method: &str, path: &str, body: &str) -> Answer {
        let socket = self.server.data_dir().join("control.sock");
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: c\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        tokio::task::spawn_blocking(move || {
            let mut stream = std::os::unix::net::UnixStream::connect(socket).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            Answer::read(stream)
        })
        .await
        .unwrap()
    }

    pub(crate) async fn exchange(&self, token: &str) -> Answer {
        self.exchange_for("arn:aws:iam::000000000000:role/reporting", token, "")
            .await
    }

    pub(crate) async fn exchange_for(&self, role: &str, token: &str, more: &str) -> Answer {
        let role = wire::percent::encode(role);
        let form = format!(
            "Action=AssumeRoleWithWebIdentity&Version=2011-06-15&RoleArn={role}&RoleSessionName=test&WebIdentityToken={token}{more}"
        );
        self.raw(exchange_bytes(&form, "")).await
    }

    /// A call of IAM: parameters by name, encoded here.
    pub(crate) async fn iam(
        &self,
        action: &str,
        parameters: &[(&str, &str)],
        by: &Credentials,
    ) -> Answer {
        self.send(&Draft::form(
            "iam",
            &testkit::parameters(action, "2010-05-08", parameters),
            by,
        ))
        .await
    }

    /// A new account: its id and root credentials.
    pub(crate) async fn account(&self, partition: &str) -> (String, Credentials) {
        let made = self
            .control(
                "POST",
                "/accounts",
                &format!("{{\"partition\":\"{partition}\"}}"),
            )
            .await;
        assert_eq!(made.status, 200, "{}", made.text);
        let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
        (
            text("account"),
            Credentials::root(text("accessKeyId"), text("secretAccessKey")),
        )
    }

    pub(crate) async fn exchange_as(&self, role: &str, token: &str) -> Answer {
        self.exchange_for(&format!("arn:aws:iam::000000000000:role/{role}"), token, "")
            .await
    }

    /// A call of IAM by root, as a form.
    pub(crate) async fn root_iam(&self, form: &str) -> Answer {
        self.send(&Draft::form(
            "iam",
            &format!("{form}&Version=2010-05-08"),
            &self.root,
        ))
        .await
    }

    pub(crate) async fn send(&self, draft: &Draft) -> Answer {
        self.raw(draft.bytes()).await
    }

    /// What is on record once these words are: decisions are written shortly after the answers.
    pub(crate) async fn recorded(&self, words: &str) -> String {
        let mut records = String::new();
        for _ in 0..1_500 {
            records = records_in(self.server.data_dir());
            if records.contains(words) {
                return records;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("`{words}` is not on record: {records}");
    }

    /// Gives the role `reporting` a policy, in place of what it had under the name.
    pub(crate) async fn allow(&self, name: &str, policy: &serde_json::Value) {
        let policy = policy.to_string();
        let put = [
            ("RoleName", "reporting"),
            ("PolicyName", name),
            ("PolicyDocument", policy.as_str()),
        ];
        let answer = self.iam("PutRolePolicy", &put, &self.root).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }

    /// Sends a request but for the end of its body, once somebody wants the body: then the call is
    /// decided over, and has its bucket.
    pub(crate) async fn halt(&self, draft: &Draft) -> Halted {
        let (address, draft) = (self.address, draft.clone().header("expect", "100-continue"));
        tokio::task::spawn_blocking(move || halted(address, &draft))
            .await
            .unwrap()
    }

    /// Bytes as they are.
    pub(crate) async fn raw(&self, bytes: Vec<u8>) -> Answer {
        self.raw_to(self.address, bytes).await
    }

    /// Bytes as they are, to another face.
    pub(crate) async fn raw_to(&self, address: SocketAddr, bytes: Vec<u8>) -> Answer {
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            // A server that refuses early may close before everything is written.
            drop(stream.write_all(&bytes));
            Answer::read(stream)
        })
        .await
        .unwrap()
    }
}

fn halted(address: SocketAddr, draft: &Draft) -> Halted {
    let bytes = draft.bytes();
    let (head, body) = bytes.split_at(bytes.len() - draft.body.len());
    let (start, rest) = body.split_at(body.len() / 2);
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(head).unwrap();
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(start).unwrap();
    Halted {
        stream,
        rest: rest.to_vec(),
    }
}

/// A request whose body is held back.
pub(crate) struct Halted {
    stream: TcpStream,
    rest: Vec<u8>,
}

impl Halted {
    /// Sends the rest.
    pub(crate) async fn go_on(mut self) -> Answer {
        tokio::task::spawn_blocking(move || {
            drop(self.stream.write_all(&self.rest));
            Answer::read(self.stream)
        })
        .await
        .unwrap()
    }
}

/// An unsigned form at `/`.
pub(crate) fn exchange_bytes(form: &str, more: &str) -> Vec<u8> {
    format!("POST / HTTP/1.1\r\nhost: localhost\r\n{more}content-type: application/x-www-form-urlencoded\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{form}", form.len()).into_bytes()
}

/// All that is on record, of every account.
pub(crate) fn records_in(data_dir: &std::path::Path) -> String {
    let entries = std::fs::read_dir(data_dir.join("decisions"))
        .into_iter()
        .flatten();
    entries
        .map(|entry| std::fs::read_to_string(entry.unwrap().path()).unwrap_or_default())
        .collect()
}
