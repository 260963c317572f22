//! What is kept of a decision, whose share it takes, and what a full disk or a flood does to it.

use authority::record::Who;
use authority::refusal::{Busy, busy};

use super::*;
use crate::limits::DECISION_FILE_BYTES;

fn id(id: u8) -> RequestId {
    RequestId::from_entropy([id; 16])
}

fn record(number: u8) -> Record {
    Record::new(
        id(number),
        i64::from(number),
        "127.0.0.1".to_owned(),
        *busy(Busy::Bodies).evidence,
    )
}

fn by(number: u8, account: &str, long: usize) -> Record {
    let mut record = record(number);
    record.evidence.who = Who {
        arn: Some(format!("arn:aws:sts::{account}:assumed-role/r/s")),
        ..Who::default()
    };
    // Whoever asks for another's things does it at the own cost.
    record.evidence.account = Some(AccountId::parse("333333333333").unwrap());
    record.evidence.operation = "x".repeat(long);
    record
}

/// Files by name, and their lengths.
fn files(folder: &Path) -> Vec<(String, u64)> {
    let entries = std::fs::read_dir(folder.join("decisions"))
        .unwrap()
        .map(Result::unwrap);
    let mut found: Vec<_> = entries
        .map(|entry| {
            (
                entry.file_name().into_string().unwrap(),
                entry.metadata().unwrap().len(),
            )
        })
        .collect();
    found.sort();
    found
}

#[test]
fn attack_60_one_accounts_flood_pushes_out_its_own_records_only() {
    let folder = tempfile::tempdir().unwrap();
    let (decisions, writer) = Decisions::open(folder.path(), Arc::default()).unwrap();
    decisions.keep(by(1, "222222222222", 10), false);
    decisions.keep(by(2, "111111111111", 10), false);
    // Three times its share.
    for _ in 0..6 * DECISION_FILE_BYTES / 16_000 {
        decisions.keep(by(3, "111111111111", 16_000), false);
        while decisions.waiting.lock().unwrap().values().sum::<usize>() >= QUEUE_OF_ONE {
            std::thread::yield_now();
        }
    }
    assert!(
        decisions.find(&Which::Request(id(1))).is_some(),
        "another account's is there"
    );
    assert!(decisions.find(&Which::Request(id(3))).is_some());
    assert!(
        decisions.find(&Which::Request(id(2))).is_none(),
        "its own is gone"
    );
    drop(decisions);
    writer.finish();
    let files = files(folder.path());
    let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "111111111111.1.jsonl",
            "111111111111.jsonl",
            "222222222222.jsonl",
            "none.jsonl"
        ]
    );
    assert!(
        files
            .iter()
            .all(|(_, length)| *length <= DECISION_FILE_BYTES),
        "{files:?}"
    );
}

#[test]
fn attack_60_one_account_does_not_fill_the_queue() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, inbox) = channel();
    let places = Places {
        shares: folder.path().to_owned(),
        before: folder.path().join("x"),
    };
    let (lines, rings, waiting) = Default::default();
    let counters = Arc::<Counters>::default();
    // Nobody writes.
    let decisions = Decisions {
        queue,
        waiting,
        rings,
        lines,
        counters: Arc::clone(&counters),
        places,
    };
    for _ in 0..QUEUE {
        decisions.keep(by(1, "111111111111", 10), false);
    }
    decisions.keep(by(2, "222222222222", 10), false);
    assert_eq!(inbox.try_iter().count(), QUEUE_OF_ONE + 1);
    let dropped = counters.dropped_records.add(DropReason::Queue, 0);
    assert_eq!(dropped, (QUEUE - QUEUE_OF_ONE) as u64);
}

#[test]
fn attack_74_many_accounts_floods_leave_room_for_the_next_and_no_file_grows_beyond_its_bound() {
    let folder = tempfile::tempdir().unwrap();
    let (queue, inbox) = channel();
    let places = Places {
        shares: folder.path().join("decisions"),
        before: folder.path().join("x"),
    };
    std::fs::create_dir(&places.shares).unwrap();
    let (lines, rings, counters) = Default::default();
    let waiting = Arc::<Mutex<HashMap<Share, usize>>>::default();
    let decisions = Decisions {
        queue,
        waiting: Arc::clone(&waiting),
        rings,
        lines,
        counters,
        places: places.clone(),
    };
    // Nobody writes yet.
    for account in ["1", "2", "3", "4", "5"] {
        for _ in 0..QUEUE_OF_ONE + 1 {
            decisions.keep(by(1, &account.repeat(12), 15_000), false);
        }
    }
    decisions.keep(by(2, "666666666666", 10), false);
    let waits = |account: &str| {
        waiting
            .lock()
            .unwrap()
            .get(&AccountId::parse(&account.repeat(12)).ok())
            .copied()
    };
    assert_eq!(
        (waits("4"), waits("5"), waits("6")),
        (Some(QUEUE_OF_ONE), Some(QUEUE_OF_EACH), Some(1))
    );
    drop(decisions);
    // More than a file has room for, at once.
    let counters = Arc::<Counters>::default();
    let state = State {
        logs: HashMap::new(),
        places,
        waiting: Arc::clone(&waiting),
        counters: Arc::clone(&counters),
    };
    state.write(&inbox);
    assert_eq!(counters.dropped_records.add(DropReason::Disk, 0), 0);
    assert!(waiting.lock().unwrap().is_empty());
    let files = files(folder.path());
    assert_eq!(files.len(), 4 * 2 + 2);
    assert!(
        files
            .iter()
            .all(|(_, length)| *length <= DECISION_FILE_BYTES),
        "{files:?}"
    );
}

#[test]
fn what_0_1_wrote_is_read() {
    let folder = tempfile::tempdir().unwrap();
    let line = |number: u8| {
        let mut json = serde_json::to_value(record(number)).unwrap();
        // As it was then.
        assert!(
            json.as_object_mut().unwrap().remove("leftOut").is_none(),
            "and as it is where nothing is left out"
        );
        format!("{json}\n")
    };
    std::fs::write(folder.path().join("decisions.jsonl"), line(7)).unwrap();
    std::fs::write(folder.path().join("decisions.1.jsonl"), line(6)).unwrap();
    let (decisions, _) = Decisions::open(folder.path(), Arc::default()).unwrap();
    for number in [6, 7] {
        assert_eq!(
            decisions.find(&Which::Request(id(number))),
            Some(record(number))
        );
    }
    assert_eq!(decisions.find(&Which::LatestDenial), Some(record(7)));
    decisions.keep(record(8), false);
    assert_eq!(decisions.find(&Which::LatestDenial), Some(record(8)));
    assert_eq!(
        std::fs::read_to_string(folder.path().join("decisions.jsonl")).unwrap(),
        line(7),
        "nothing is added to it"
    );
}

#[test]
fn a_letter_that_was_cut_off_hides_no_later_record() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("decisions")).unwrap();
    // The first byte of two.
    std::fs::write(
        folder.path().join("decisions/none.jsonl"),
        b"{\"at\":1,\"resource\":\"\xc3",
    )
    .unwrap();
    let (decisions, _) = Decisions::open(folder.path(), Arc::default()).unwrap();
    decisions.keep(record(7), false);
    assert_eq!(decisions.find(&Which::Request(id(7))), Some(record(7)));
}

#[test]
fn records_go_on_in_a_full_file_that_cannot_be_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let shares = folder.path().join("decisions");
    std::fs::create_dir(&shares).unwrap();
    let path = shares.join("none.jsonl");
    File::create(&path)
        .unwrap()
        .set_len(DECISION_FILE_BYTES)
        .unwrap();
    for in_the_way in ["none.next.jsonl", "none.1.jsonl"] {
        let in_the_way = shares.join(in_the_way);
        std::fs::create_dir_all(&in_the_way).unwrap();
        let (decisions, _) = Decisions::open(folder.path(), Arc::default()).unwrap();
        decisions.keep(record(7), false);
        assert_eq!(decisions.find(&Which::Request(id(7))), Some(record(7)));
        assert!(
            std::fs::metadata(&path).unwrap().len() > DECISION_FILE_BYTES,
            "nothing was set aside"
        );
        std::fs::remove_dir(&in_the_way).unwrap();
    }
    let (decisions, _) = Decisions::open(folder.path(), Arc::default()).unwrap();
    decisions.keep(record(8), false);
    assert_eq!(decisions.find(&Which::LatestDenial), Some(record(8)));
    assert!(
        std::fs::metadata(&path).unwrap().len() < DECISION_FILE_BYTES,
        "set aside as soon as it can be"
    );
    let names: Vec<_> = files(folder.path())
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["none.1.jsonl", "none.jsonl"]);
}
