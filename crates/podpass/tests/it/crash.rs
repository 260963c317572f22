//! The real server is killed (SIGKILL) at random moments while it is written to: what was
//! acknowledged is there after the restart, what was not is there whole or not at all, and
//! revisions only rise.
//!
//! A kill leaves the kernel's page cache, so this is about our own order of writes; that a commit
//! waits for the disk is redb's. `PODPASS_ROUNDS` sets the number of kills, `PODPASS_SEED` repeats
//! a run's choices (not the machine's timing).

use std::collections::BTreeMap;
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use policy::AccountId;
use server::redb_store::Store;

use crate::client::{Client, control};
use crate::dice::Dice;

const WRITERS: usize = 4;
/// Roles that each writer makes, changes and deletes over and over.
const ROLES: u64 = 6;
const MANAGED: &str = "arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess";
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::000000000000:oidc-provider/x.example"},"Action":"sts:AssumeRoleWithWebIdentity","Condition":{"StringEquals":{"x.example:sub":"a"}}}}"#;

#[test]
fn what_was_acknowledged_outlives_two_hundred_kills() {
    let number = |name: &str| {
        std::env::var(name)
            .ok()
            .and_then(|text| text.parse::<u64>().ok())
    };
    let seed = number("PODPASS_SEED").unwrap_or_else(|| u64::from_be_bytes(server::clock::bytes()));
    let rounds = number("PODPASS_ROUNDS").unwrap_or(200);
    let mut dice = Dice(seed | 1);
    let folder = tempfile::tempdir().unwrap();
    let up = Up::new(folder.path().join("state"), &mut dice);
    let mut writers: Vec<Writer> = (0..WRITERS)
        .map(|number| Writer::new(number, dice.next()))
        .collect();
    let (mut accounts, mut sealing, mut revision, mut written) = (Vec::new(), 1, 0, 0);
    let began = server::clock::mark();

    for round in 0..rounds {
        let context = format!("PODPASS_SEED={seed} round {round}");
        if dice.below(8) == 0 {
            // A start that is cut off leaves what was there.
            let mut child = up.spawn();
            std::thread::sleep(Duration::from_millis(dice.below(150)));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let mut child = up.spawn();
        let (at_start, client) = up.ready(&mut child, &context);
        // Revision 1 is the data directory's own beginning.
        let in_doubt = (WRITERS + 1) as u64;
        assert!(
            (written.max(1)..=written.max(1) + in_doubt).contains(&at_start),
            "{context}: {written} acknowledged, at {at_start}"
        );
        assert!(
            at_start >= revision,
            "{context}: revision {revision} became {at_start}"
        );
        revision = at_start;
        for writer in &mut writers {
            writer.check(&client, &context);
        }
        up.check_accounts(&mut accounts, &context);

        let done = Arc::new(AtomicU64::new(0));
        let threads: Vec<_> = writers
            .into_iter()
            .map(|mut writer| {
                let (client, done) = (client.clone(), Arc::clone(&done));
                std::thread::spawn(move || {
                    let acknowledged = writer.write(&client, &done);
                    (writer, acknowledged)
                })
            })
            .collect();
        let owner = {
            let (socket, id) = (up.socket(), format!("{:012}", round + 1));
            std::thread::spawn(move || {
                let made = control(
                    &socket,
                    "POST",
                    "/accounts",
                    &format!("{{\"partition\":\"aws\",\"id\":\"{id}\"}}"),
                );
                let rotated = control(&socket, "POST", "/keys/rotate", "");
                (
                    made.filter(|(status, _)| *status == 200).map(|_| id),
                    rotated.filter(|(status, _)| *status == 200),
                )
            })
        };
        // After some writes, in the midst of others; a busy machine gets no more than a quarter of
        // a second for them.
        let enough = dice.below(16);
        (0..250)
            .take_while(|_| done.load(Ordering::Relaxed) < enough)
            .for_each(|_| std::thread::sleep(Duration::from_millis(1)));
        std::thread::sleep(Duration::from_micros(dice.below(8_000)));
        child.kill().unwrap();
        child.wait().unwrap();

        written = revision;
        writers = Vec::new();
        for thread in threads {
            let (writer, acknowledged) = thread
                .join()
                .unwrap_or_else(|_| panic!("{context}: a write was refused"));
            written += acknowledged;
            writers.push(writer);
        }
        let (made, rotated) = owner.join().unwrap();
        written += u64::from(made.is_some()) + u64::from(rotated.is_some());
        accounts.extend(made);
        if let Some((_, body)) = rotated {
            let current = number_after(&body, "\"current\":");
            assert!(
                current > sealing,
                "{context}: sealing key {sealing} became {current}"
            );
            sealing = current;
        }
        if round % 20 == 19 || round + 1 == rounds {
            up.check_file(written, sealing, &accounts, &context);
        }
    }
    let took = (server::clock::mark() - began).as_millis();
    eprintln!(
        "{rounds} kills, {revision} revisions, {} ms a round",
        took / u128::from(rounds.max(1))
    );
}

#[test]
fn a_first_start_that_is_killed_can_be_made_again() {
    let seed = u64::from_be_bytes(server::clock::bytes());
    let mut dice = Dice(seed | 1);
    for round in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let up = Up::new(folder.path().join("state"), &mut dice);
        // The store is made in the first milliseconds, the keys later: half of the kills aim at the
        // one, half at the other.
        let store_appears = || {
            let mut files = std::fs::read_dir(&up.data_dir)
                .into_iter()
                .flatten()
                .flatten();
            files.any(|file| file.file_name().to_string_lossy().starts_with("state."))
        };
        for kill in 0..2 {
            let mut child = up.spawn();
            if kill == 0 {
                (0..20_000)
                    .take_while(|_| !store_appears())
                    .for_each(|_| std::thread::sleep(Duration::from_micros(50)));
            } else {
                std::thread::sleep(Duration::from_millis(dice.below(120)));
            }
            std::thread::sleep(Duration::from_micros(dice.below(3_000)));
            child.kill().unwrap();
            child.wait().unwrap();
        }
        let mut child = up.spawn();
        let context = format!("seed {seed} round {round}");
        let (revision, client) = up.ready(&mut child, &context);
        assert_eq!(
            (revision, client.iam("ListRoles", &[]).unwrap().0),
            (1, 200),
            "{context}"
        );
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

/// What a role is: its inline policy, and whether the managed policy is attached. `None`: there is
/// no such role.
type Role = Option<(Option<String>, bool)>;

/// Writes to a few roles of its own, one call at a time, and knows what each must be.
struct Writer {
    dice: Dice,
    /// By name: what was acknowledged, and what may have been done beyond that.
    roles: BTreeMap<String, (Role, Role)>,
    documents: u64,
}

impl Writer {
    fn new(number: usize, seed: u64) -> Self {
        let roles = (0..ROLES)
            .map(|role| (format!("writer{number}-role{role}"), (None, None)))
            .collect();
        Self {
            dice: Dice(seed | 1),
            roles,
            documents: 0,
        }
    }

    /// Writes until the server is gone; tells how many writes were acknowledged.
    fn write(&mut self, client: &Client, done: &AtomicU64) -> u64 {
        let mut acknowledged = 0;
        loop {
            let chosen = self.dice.below(ROLES) as usize;
            let name = self.roles.keys().nth(chosen).unwrap().clone();
            let (action, parameters, after) = self.step(&self.roles[&name].0.clone());
            let known = self.roles.get_mut(&name).unwrap();
            known.1 = after.clone();
            let mut all = vec![("RoleName", name.as_str())];
            all.extend(
                parameters
                    .iter()
                    .map(|(name, value)| (*name, value.as_str())),
            );
            let Ok((status, body)) = client.iam(action, &all) else {
                return acknowledged;
            };
            assert_eq!(status, 200, "{action} {name}: {body}");
            known.0 = after;
            acknowledged += 1;
            done.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// One change that the role can undergo.
    fn step(&mut self, role: &Role) -> (&'static str, Vec<(&'static str, String)>, Role) {
        let named = || vec![("PolicyName", "p".to_owned())];
        let managed = || vec![("PolicyArn", MANAGED.to_owned())];
        let Some((inline, attached)) = role.clone() else {
            return (
                "CreateRole",
                vec![("AssumeRolePolicyDocument", TRUST.to_owned())],
                Some((None, false)),
            );
        };
        match self.dice.below(4) {
            0 if !attached => ("AttachRolePolicy", managed(), Some((inline, true))),
            0 => ("DetachRolePolicy", managed(), Some((inline, false))),
            1 if inline.is_none() && !attached => ("DeleteRole", vec![], None),
            1 if inline.is_some() => ("DeleteRolePolicy", named(), Some((None, attached))),
            _ => {
                self.documents += 1;
                // Long enough to lie on several pages of the store.
                let padding = "x".repeat(2_000 + self.dice.below(6_000) as usize);
                let document = format!(
                    r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::{}/{padding}"}}}}"#,
                    self.documents
                );
                let mut parameters = named();
                parameters.push(("PolicyDocument", document.clone()));
                (
                    "PutRolePolicy",
                    parameters,
                    Some((Some(document), attached)),
                )
            }
        }
    }

    /// Every role is what was acknowledged, or what was on its way: nothing between. What it is
    /// counts from here on.
    fn check(&mut self, client: &Client, context: &str) {
        for (name, (acknowledged, attempted)) in &mut self.roles {
            if acknowledged == attempted && acknowledged.is_none() {
                continue;
            }
            let found = observe(client, name);
            assert!(
                found == *acknowledged || found == *attempted,
                "{context}: {name} is {found:?}, was {acknowledged:?}, then {attempted:?}"
            );
            (*acknowledged, *attempted) = (found.clone(), found);
        }
    }
}

fn observe(client: &Client, name: &str) -> Role {
    let ask = |action: &str, more: &[(&str, &str)]| {
        client
            .iam(action, &[&[("RoleName", name)], more].concat())
            .unwrap()
    };
    let (status, body) = ask("GetRole", &[]);
    if status == 404 {
        return None;
    }
    assert!(
        body.contains(&wire::percent::encode(TRUST)),
        "{name}: {body}"
    );
    let (status, body) = ask("GetRolePolicy", &[("PolicyName", "p")]);
    let inside = |text: &str| {
        text.split_once("<PolicyDocument>")
            .and_then(|(_, rest)| rest.split_once('<'))
            .unwrap()
            .0
            .to_owned()
    };
    let inline = (status == 200).then(|| wire::percent::decode(&inside(&body), false).unwrap());
    Some((
        inline,
        ask("ListAttachedRolePolicies", &[]).1.contains(MANAGED),
    ))
}

/// How the server is started, each time on the same data directory.
struct Up {
    data_dir: PathBuf,
    issuer: SocketAddr,
}

impl Up {
    /// The issuer's port is for good and must be free at every start: it lies below those that
    /// connections are given.
    fn new(data_dir: PathBuf, dice: &mut Dice) -> Self {
        let free = |dice: &mut Dice| {
            let address = SocketAddr::from(([127, 0, 0, 1], 20_000 + dice.below(10_000) as u16));
            TcpListener::bind(address).ok().map(|_| address)
        };
        let issuer = (0..100).find_map(|_| free(dice)).unwrap();
        Self { data_dir, issuer }
    }

    fn spawn(&self) -> Child {
        let log = std::fs::File::create(self.data_dir.with_extension("log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_podpass"));
        command
            .args([
                "up",
                "--api",
                "127.0.0.1:0",
                "--issuer",
                &self.issuer.to_string(),
                "--data-dir",
            ])
            .arg(&self.data_dir);
        command
            .env("PODPASS_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap()
    }

    fn socket(&self) -> PathBuf {
        self.data_dir.join("control.sock")
    }

    /// Waits until the server answers: the revision that it began at, and root's client.
    fn ready(&self, child: &mut Child, context: &str) -> (u64, Client) {
        for _ in 0..4_000 {
            if let Some((200, body)) = control(&self.socket(), "GET", "/environment", "") {
                let list = control(&self.socket(), "GET", "/accounts", "").unwrap().1;
                return (number_after(&list, "\"revision\":"), Client::of(&body));
            }
            if let Some(status) = child.try_wait().unwrap() {
                let log = std::fs::read_to_string(self.data_dir.with_extension("log")).unwrap();
                panic!("{context}: ended with {status}: {log}");
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("{context}: no answer in 20 seconds");
    }

    /// Every account that was acknowledged is there, and none is without root credentials that
    /// work.
    fn check_accounts(&self, acknowledged: &mut Vec<String>, context: &str) {
        let list = control(&self.socket(), "GET", "/accounts", "").unwrap().1;
        assert!(
            acknowledged.iter().all(|id| list.contains(id)),
            "{context}: {acknowledged:?} but {list}"
        );
        let Some((_, newest)) = list.rsplit_once("\"id\":\"") else {
            panic!("{context}: {list}")
        };
        let newest = &newest[..12];
        let (status, body) =
            control(&self.socket(), "GET", &format!("/environment/{newest}"), "").unwrap();
        assert_eq!(status, 200, "{context}: {newest}: {body}");
        assert_eq!(
            Client::of(&body).iam("ListRoles", &[]).unwrap().0,
            200,
            "{context}: {newest}"
        );
    }

    /// The file itself, while nobody has it: whole, gapless, and as far as was acknowledged.
    fn check_file(&self, written: u64, sealing: u64, accounts: &[String], context: &str) {
        let store = Store::open(&self.data_dir.join("state.redb"))
            .unwrap_or_else(|error| panic!("{context}: {error}"));
        let world = store
            .snapshot()
            .unwrap_or_else(|error| panic!("{context}: {error}"));
        assert!(
            world.revision() >= written,
            "{context}: {written} acknowledged, at {}",
            world.revision()
        );
        let feed = store
            .since(world.revision().saturating_sub(200))
            .unwrap()
            .unwrap();
        assert!(
            feed.windows(2).all(|pair| pair[1].0 == pair[0].0 + 1),
            "{context}: the feed has gaps"
        );
        assert!(
            world.secret(&format!("sealing/{sealing}")).is_some(),
            "{context}: sealing key {sealing} is lost"
        );
        assert_eq!(
            world
                .secrets("sealing/")
                .filter(|key| key.retired.is_none())
                .count(),
            1,
            "{context}: one key seals"
        );
        for account in world.accounts() {
            assert!(
                world.secret(&format!("root/{}", account.id)).is_some(),
                "{context}: {} has no root secret",
                account.id
            );
        }
        let known = |id: &String| world.account(&AccountId::parse(id).unwrap()).is_some();
        assert!(accounts.iter().all(known), "{context}: {accounts:?}");
    }
}

fn number_after(json: &str, name: &str) -> u64 {
    let rest = json.split_once(name).unwrap().1;
    rest.split(|c: char| !c.is_ascii_digit())
        .next()
        .unwrap()
        .parse()
        .unwrap()
}
