//! What the backend's answers cost in CPU, without HTTP, signature or policy:
//! `cargo bench -p server --bench answers [WORD]`.
//!
//! CPU is the whole process's: whatever a request does beside the workers counts too. What is told
//! is the median of several rounds; a write's time contains its fsync.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a benchmark"
)]

use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Instant;

use authority::refusal::BodyFailure;
use bytes::Bytes;
use catalog::s3::route;
use http_body_util::BodyExt as _;
use policy::AccountId;
use rustix::time::{ClockId, clock_gettime};
use server::backend::{Ask, Backend, Context, Upload};
use wire::{Head, RequestId};

const ROUNDS: usize = 5;
const PIECE: usize = 64 * 1024;
const SMALL: usize = 4 * 1024;
const LARGE: usize = 64 * 1024 * 1024;
/// Objects that are listed out of; `PODPASS_BENCH_OBJECTS` says how many else.
const OBJECTS: usize = 10_000;

fn main() {
    // `cargo test --all-targets` runs benchmarks too, and then nothing is to be measured.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let only = std::env::args()
        .skip(1)
        .find(|word| !word.starts_with("--"))
        .unwrap_or_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let backend = Arc::new(Backend::open(folder.path()).unwrap());
    runtime.block_on(async {
        send(&backend, "PUT", "/box", None).await;
        send(&backend, "PUT", "/box/small", Some(SMALL)).await;
        send(&backend, "PUT", "/box/large", Some(LARGE)).await;
        println!("{:<28} {:>12} {:>12}", "answer", "CPU", "time");
        for (name, times, method, target, upload) in [
            ("GET of 4 KiB", 5_000, "GET", "/box/small", None),
            ("HEAD", 5_000, "HEAD", "/box/small", None),
            ("PUT of 4 KiB", 200, "PUT", "/box/put", Some(SMALL)),
            ("GET of 64 MiB", 4, "GET", "/box/large", None),
            ("PUT of 64 MiB", 4, "PUT", "/box/put", Some(LARGE)),
        ] {
            if name.contains(&only) {
                measure(name, times, &backend, method, target, upload).await;
            }
        }
        println!("most memory so far: {}", peak());
        let name = "listing of 1,000";
        if name.contains(&only) {
            let objects = std::env::var("PODPASS_BENCH_OBJECTS");
            let objects = objects.map_or(OBJECTS, |text| text.parse().unwrap());
            let mut writers = tokio::task::JoinSet::new();
            for writer in 0..64 {
                let backend = Arc::clone(&backend);
                writers.spawn(async move {
                    for place in (writer..objects).step_by(64) {
                        let target = format!("/box/many/{place:08}");
                        send(&backend, "PUT", &target, Some(0)).await;
                    }
                });
            }
            writers.join_all().await;
            let target = "/box?list-type=2&prefix=many%2F&start-after=many%2F00004999";
            measure(name, 50, &backend, "GET", target, None).await;
        }
    });
}

async fn measure(
    name: &str,
    times: usize,
    backend: &Backend,
    method: &str,
    target: &str,
    upload: Option<usize>,
) {
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let (cpu, since) = (cpu_us(), Instant::now());
        for _ in 0..times {
            send(backend, method, target, upload).await;
        }
        let each = |all: f64| all / times as f64;
        rounds.push((
            each(cpu_us() - cpu),
            each(since.elapsed().as_secs_f64() * 1e6),
        ));
    }
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (cpu, time) = rounds[ROUNDS / 2];
    println!("{name:<28} {cpu:>9.1} us {time:>9.1} us");
}

fn cpu_us() -> f64 {
    let now = clock_gettime(ClockId::ProcessCPUTime);
    now.tv_sec as f64 * 1e6 + now.tv_nsec as f64 / 1e3
}

/// Sends a request and takes its answer piece by piece.
async fn send(backend: &Backend, method: &str, target: &str, upload: Option<usize>) {
    let head = Head::read(method, target, [("host", b"localhost".as_slice())]).unwrap();
    let ask = Ask {
        call: route(&head, None).unwrap().call(b"").unwrap().detail,
        looked: Vec::new(),
        denied: Vec::new(),
        context: Context {
            region: "us-east-1".to_owned(),
            host: "localhost".to_owned(),
            secure: false,
            request_id: RequestId::from_entropy([0; 16]),
            owner: AccountId::parse("111122223333").unwrap(),
            caller: String::new(),
            tells_tags: false,
            tells_missing: true,
            virtual_hosted: false,
            now: 1_700_000_000,
        },
    };
    let upload = upload.map(|length| Upload {
        length: Some(length as u64),
        body: Pieces {
            piece: Bytes::from_static(&[7; PIECE]),
            left: length,
        }
        .boxed_unsync(),
    });
    let response = backend.answer(ask, upload).await.unwrap();
    assert!(response.status().is_success());
    let mut body = response.into_body();
    while let Some(frame) = body.frame().await {
        drop(frame.unwrap());
    }
}

/// As a connection gives them: 64 KiB at once, so that a long one is never in memory as a whole.
struct Pieces {
    piece: Bytes,
    left: usize,
}

impl http_body::Body for Pieces {
    type Data = Bytes;
    type Error = BodyFailure;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut std::task::Context<'_>,
    ) -> Poll<Option<Result<http_body::Frame<Bytes>, BodyFailure>>> {
        let length = self.left.min(self.piece.len());
        self.left -= length;
        let frame = (length > 0).then(|| Ok(http_body::Frame::data(self.piece.slice(..length))));
        Poll::Ready(frame)
    }
}

/// The most memory that the process had.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM"));
    line.unwrap_or("VmHWM: unknown").to_owned()
}
