//! Takes the time of every engine over every case that it answers rightly; the others are named
//! with the reason.

use std::hint::black_box;
use std::time::Duration;
use std::{env, fs};

use criterion::Criterion;
use policy_benches::cases;
use policy_benches::engines::{ENGINES, ready};

/// Where the reasons go, for who makes a table of the estimates.
const SKIPPED: &str = "PODPASS_BENCH_SKIPPED";

fn main() {
    let cases = cases::all();
    let (mut benches, mut skipped) = (Vec::new(), Vec::new());
    for case in &cases {
        for engine in &ENGINES {
            match ready(engine, case) {
                Ok(decide) => benches.push((case.name, engine.name, decide)),
                Err(because) => skipped.push(format!("{}: {}: {because}", case.name, engine.name)),
            }
        }
    }
    for line in &skipped {
        println!("SKIPPED {line}");
    }
    if let Some(file) = env::var_os(SKIPPED) {
        fs::write(file, skipped.join("\n")).expect("the file for the reasons can be written");
    }

    // Short, because there are some eighty of them and a ratio needs no third digit.
    let (warm_up, measurement) = (Duration::from_millis(300), Duration::from_millis(1000));
    let mut criterion = Criterion::default()
        .sample_size(20)
        .warm_up_time(warm_up)
        .measurement_time(measurement)
        .configure_from_args();
    for (case, engine, decide) in &benches {
        let mut group = criterion.benchmark_group(*case);
        group.bench_function(*engine, |bencher| bencher.iter(|| black_box(decide())));
        group.finish();
    }
    criterion.final_summary();
}
