//! `podpass up` and what its surroundings allow it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

/// Whoever can connect could otherwise use up the descriptors that the store and the decision log
/// need: most systems begin with 1,024, and the listeners alone may hold twice as many.
#[test]
fn connections_do_not_use_up_the_descriptors() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Command::new("sh")
        .args(["-c", "ulimit -Sn 256 && exec \"$0\" up --api 127.0.0.1:0 --issuer 127.0.0.1:0 --data-dir \"$1\""])
        .arg(env!("CARGO_BIN_EXE_podpass"))
        .arg(folder.path().join("state"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ready = BufReader::new(up.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .any(|line| line.contains("is ready"));
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", up.id())).unwrap();
    up.kill().unwrap();
    up.wait().unwrap();
    assert!(ready);
    let files: Vec<&str> = limits
        .lines()
        .find(|line| line.starts_with("Max open files"))
        .unwrap()
        .split_whitespace()
        .collect();
    let [soft, hard] = [files[3], files[4]].map(|count| count.parse::<u64>().unwrap_or(u64::MAX));
    assert_eq!(soft, hard.min(16_384), "{limits}");
}

/// What `up` says until it is ready for good, and what `env` says of it.
fn shown(more: &[&str], wanted: &str) -> (String, String) {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let mut up = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .args([
            "up",
            "--api",
            "127.0.0.1:0",
            "--issuer",
            "127.0.0.1:0",
            "--data-dir",
        ])
        .arg(&state)
        .args(more)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(up.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let mut banner = String::new();
    while !banner.contains(wanted) {
        let Some(line) = lines.next() else { break };
        banner.push_str(&format!("{line}\n"));
    }
    let env = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .args(["env", "--dotenv", "--data-dir"])
        .arg(&state)
        .output()
        .unwrap();
    up.kill().unwrap();
    up.wait().unwrap();
    (banner, String::from_utf8(env.stdout).unwrap())
}

#[test]
fn the_banner_says_that_the_region_is_what_the_caller_signed() {
    let (banner, env) = shown(&[], "for any region");
    assert!(
        banner
            .contains("signatures for any region: `aws:RequestedRegion` is what the caller signed"),
        "{banner}"
    );
    assert!(env.contains("AWS_REGION='us-east-1'\n"), "{env}");
    // The line would come before the last one.
    let (banner, env) = shown(
        &["--region", "eu-west-1,us-east-1", "--region", "cn-north-1"],
        "podpass run",
    );
    assert!(
        !banner.contains("any region") && banner.contains("region eu-west-1"),
        "{banner}"
    );
    assert!(env.contains("AWS_REGION='eu-west-1'\n"), "{env}");
    let refused = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .args(["up", "--region", "EU"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("`EU` has not the form of a region"));
}

/// The status line that the API answers a GET of `/` with, at a host.
fn asked_at(banner: &str, host: &str) -> String {
    let api = banner.lines().find_map(|line| line.split("http://").nth(1));
    let api = api.unwrap().split(' ').next().unwrap();
    let mut stream = TcpStream::connect(api).unwrap();
    let get = format!("GET / HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n");
    stream.write_all(get.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer.lines().next().unwrap().to_owned()
}

#[test]
fn up_is_told_its_names_and_whether_to_answer_everybody() {
    let folder = tempfile::tempdir().unwrap();
    let with = |more: &[&str]| {
        let mut up = Command::new(env!("CARGO_BIN_EXE_podpass"))
            .args(["up", "--api", "127.0.0.1:0", "--issuer", "127.0.0.1:0"])
            .arg("--data-dir")
            .arg(folder.path().join(more.len().to_string()))
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(up.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let mut banner = String::new();
        while !banner.contains("podpass run") {
            banner.push_str(&format!("{}\n", lines.next().unwrap()));
        }
        let hosts = [
            "localhost",
            "s3.example.com",
            "reports.s3.example.com",
            "example.com",
        ];
        let found = hosts.map(|host| asked_at(&banner, host));
        up.kill().unwrap();
        up.wait().unwrap();
        (banner, found)
    };
    let (banner, found) = with(&[]);
    assert!(!banner.contains("without a signature"), "{banner}");
    let statuses = |found: [String; 4]| found.map(|line| line[9..12].to_owned());
    assert_eq!(statuses(found), ["403", "400", "400", "400"]);
    let (banner, found) = with(&[
        "--host",
        "s3.example.com",
        "--host",
        "s3.example.org",
        "--anonymous",
    ]);
    assert!(banner.contains("without a signature"), "{banner}");
    assert_eq!(statuses(found), ["403", "403", "403", "400"]);
    for bad in ["127.0.0.1", "s3.example.com:80", "*.example.com", ""] {
        let refused = Command::new(env!("CARGO_BIN_EXE_podpass"))
            .args(["up", "--host", bad])
            .output()
            .unwrap();
        assert_eq!(refused.status.code(), Some(2), "{bad}");
        let told = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(told.contains("--host: `"), "{bad}: {told}");
    }
}

#[test]
fn attack_61_strangers_do_not_fill_the_standard_error() {
    let folder = tempfile::tempdir().unwrap();
    let mut up = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .args([
            "up",
            "--api",
            "127.0.0.1:0",
            "--issuer",
            "127.0.0.1:0",
            "--data-dir",
        ])
        .arg(folder.path().join("state"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(up.stderr.take().unwrap())
        .lines()
        .map_while(Result::ok);
    let api = lines
        .by_ref()
        .find_map(|line| {
            Some(
                line.split_once("http://")?
                    .1
                    .split_whitespace()
                    .next()?
                    .to_owned(),
            )
        })
        .unwrap();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(&api).unwrap();
        stream
            .write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
            .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 403"), "{answer}");
    }
    assert!(
        Command::new("kill")
            .arg(up.id().to_string())
            .status()
            .unwrap()
            .success()
    );
    up.wait().unwrap();
    let refused: Vec<String> = lines
        .filter(|line| line.contains("outcome=\"denied\"") && line.contains("unsigned"))
        .collect();
    let sums = refused.iter().filter_map(|line| {
        line.split_once("more=")?
            .1
            .split(' ')
            .next()?
            .parse::<usize>()
            .ok()
    });
    let (sums, untold) = sums.fold((0, 0), |(sums, untold), more| (sums + 1, untold + more));
    // Slow machines take more than one window of ten seconds for it.
    assert!(
        refused.len() - sums <= 5 * (sums + 1) && sums >= 1,
        "{refused:#?}"
    );
    assert_eq!(
        refused.len() - sums + untold,
        100,
        "each is told or counted: {refused:#?}"
    );
}

/// The TCP ports that a process listens on, as the system tells it.
fn listening(process: u32) -> Vec<u16> {
    let descriptors = std::fs::read_dir(format!("/proc/{process}/fd")).unwrap();
    let sockets: Vec<String> = descriptors
        .filter_map(|entry| std::fs::read_link(entry.unwrap().path()).ok())
        .filter_map(|link| {
            Some(
                link.to_str()?
                    .strip_prefix("socket:[")?
                    .strip_suffix(']')?
                    .to_owned(),
            )
        })
        .collect();
    let tables = ["tcp", "tcp6"].map(|table| {
        std::fs::read_to_string(format!("/proc/{process}/net/{table}")).unwrap_or_default()
    });
    let rows = tables
        .iter()
        .flat_map(|table| table.lines().skip(1))
        .map(|row| row.split_whitespace().collect::<Vec<_>>());
    // State 0A is LISTEN; the tenth column is the socket.
    let own = rows.filter(|row| row[3] == "0A" && sockets.iter().any(|socket| socket == row[9]));
    own.map(|row| u16::from_str_radix(row[1].rsplit(':').next().unwrap(), 16).unwrap())
        .collect()
}

#[test]
fn metrics_are_served_when_they_are_asked_for_and_on_loopback_only() {
    for (more, ports) in [(&[][..], 2), (&["--metrics", "127.0.0.1:0"], 3)] {
        let folder = tempfile::tempdir().unwrap();
        let mut up = Command::new(env!("CARGO_BIN_EXE_podpass"))
            .args([
                "up",
                "--api",
                "127.0.0.1:0",
                "--issuer",
                "127.0.0.1:0",
                "--data-dir",
            ])
            .arg(folder.path().join("state"))
            .args(more)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(up.stderr.take().unwrap())
            .lines()
            .map_while(Result::ok);
        let banner: Vec<String> = lines.take_while(|line| !line.starts_with("next")).collect();
        let listening = listening(up.id());
        let told = banner.iter().find_map(|line| {
            line.strip_prefix("  metrics  http://")?
                .strip_suffix("/metrics")
        });
        let answer = told.map(|address| {
            let mut stream = TcpStream::connect(address).unwrap();
            write!(
                stream,
                "GET /metrics HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
            )
            .unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).unwrap();
            answer
        });
        up.kill().unwrap();
        up.wait().unwrap();
        assert_eq!(
            (listening.len(), answer.is_some()),
            (ports, ports == 3),
            "{listening:?} {banner:#?}"
        );
        let counted = "\npodpass_decisions_total{outcome=\"allowed\",link=\"permissions\"} 0\n";
        assert!(
            answer.is_none_or(
                |answer| answer.starts_with("HTTP/1.1 200 ") && answer.contains(counted)
            )
        );
    }
    let refused = Command::new(env!("CARGO_BIN_EXE_podpass"))
        .args(["up", "--metrics", "0.0.0.0:9464"])
        .output()
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&refused.stderr)
            .contains("`0.0.0.0:9464` is not a loopback address")
    );
}
