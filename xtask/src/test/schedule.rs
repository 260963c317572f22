//! In which order steps run, and beside which.

use std::collections::VecDeque;
use std::sync::mpsc;

use super::step::Step;
use super::summary::Outcome;

/// Runs the steps in their order, so many at once; one begins when those that it waits for have
/// passed. After a failure none begins, and those that run go on to their ends. The outcomes come
/// in the order of the steps.
pub(super) fn run(
    steps: &[&Step],
    at_once: usize,
    run: impl Fn(&Step) -> Outcome + Sync,
) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = steps.iter().map(|_| Outcome::NotRun).collect();
    let mut waiting: VecDeque<usize> = (0..steps.len()).collect();
    let mut running: Vec<&str> = Vec::new();
    let mut failed = false;
    let (send, ended) = mpsc::channel();
    std::thread::scope(|scope| {
        loop {
            while !failed && running.len() < at_once {
                // A step that it waits for and that was not asked for is nobody to wait for.
                let open = |name: &&str| {
                    running.contains(name)
                        || waiting
                            .iter()
                            .any(|at| steps.get(*at).is_some_and(|it| it.name == *name))
                };
                let ready = waiting.iter().position(|at| {
                    steps
                        .get(*at)
                        .is_some_and(|step| !step.after.iter().any(open))
                });
                let Some(at) = ready.and_then(|place| waiting.remove(place)) else {
                    break;
                };
                let Some(step) = steps.get(at).copied() else {
                    break;
                };
                running.push(step.name);
                let (send, run) = (send.clone(), &run);
                // A step that panics is one that failed: nobody would be told of its end otherwise.
                scope.spawn(move || {
                    let outcome =
                        std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| run(step)));
                    send.send((
                        at,
                        step.name,
                        outcome.unwrap_or(Outcome::Failed(std::time::Duration::ZERO)),
                    ))
                });
            }
            if running.is_empty() {
                break;
            }
            let Ok((at, name, outcome)) = ended.recv() else {
                break;
            };
            running.retain(|other| *other != name);
            failed |= matches!(outcome, Outcome::Failed(_));
            if let Some(place) = outcomes.get_mut(at) {
                *place = outcome;
            }
        }
    });
    outcomes
}

#[cfg(test)]
mod tests {
    use std::sync::{Condvar, Mutex};
    use std::time::Duration;

    use super::super::summary::Counts;
    use super::*;

    fn step(name: &'static str, after: &'static [&'static str]) -> Step {
        Step {
            name,
            what: "",
            after,
            run: |_| Ok(Counts::default()),
        }
    }

    /// The outcomes' first letters, and what happened: `+` where a step began, `-` where it ended.
    /// `long` ends after `until` only.
    fn told(steps: &[Step], at_once: usize, fails: &str, until: &str) -> (String, Vec<String>) {
        let (log, more) = (Mutex::new(Vec::<String>::new()), Condvar::new());
        let steps: Vec<&Step> = steps.iter().collect();
        let tell = |line: String| {
            log.lock().unwrap().push(line);
            more.notify_all();
        };
        let outcomes = run(&steps, at_once, |step| {
            tell(format!("+{}", step.name));
            if step.name == "long" {
                drop(
                    more.wait_while(log.lock().unwrap(), |log| {
                        !log.iter().any(|line| line == until)
                    })
                    .unwrap(),
                );
            }
            tell(format!("-{}", step.name));
            if step.name == fails {
                Outcome::Failed(Duration::ZERO)
            } else {
                Outcome::Passed(Duration::ZERO, Counts::default())
            }
        });
        let letters = outcomes.iter().map(|outcome| match outcome {
            Outcome::Passed(..) => 'p',
            Outcome::Failed(_) => 'F',
            Outcome::NotRun => '.',
        });
        (letters.collect(), log.into_inner().unwrap())
    }

    #[test]
    fn alone_they_run_in_their_order() {
        let steps = [step("a", &[]), step("b", &["a"]), step("c", &[])];
        assert_eq!(
            told(&steps, 1, "", ""),
            (
                "ppp".to_owned(),
                ["+a", "-a", "+b", "-b", "+c", "-c"]
                    .map(str::to_owned)
                    .to_vec()
            )
        );
        assert_eq!(
            told(&steps, 1, "b", ""),
            (
                "pF.".to_owned(),
                ["+a", "-a", "+b", "-b"].map(str::to_owned).to_vec()
            )
        );
    }

    #[test]
    fn a_step_begins_when_those_that_it_waits_for_have_passed() {
        let steps = [
            step("long", &[]),
            step("a", &[]),
            step("b", &["long"]),
            step("c", &["nobody asked for this one"]),
        ];
        // It would never end if the other two could not run beside it.
        let (outcomes, log) = told(&steps, 2, "", "-c");
        assert_eq!(outcomes, "pppp");
        let at = |word: &str| log.iter().position(|line| line == word).unwrap();
        assert!(at("-long") < at("+b"), "{log:?}");
    }

    #[test]
    fn after_a_failure_none_begins_and_those_that_run_go_on() {
        let steps = [
            step("long", &[]),
            step("a", &[]),
            // After `a`: the end of `long` may be known before that of `a`, and what waits for
            // nobody would then begin.
            step("b", &["a"]),
            step("c", &["b"]),
        ];
        let (outcomes, log) = told(&steps, 2, "a", "-a");
        assert_eq!(outcomes, "pF..");
        assert_eq!(log.last().unwrap(), "-long");
    }
}
