//! The engines. Each has a name and a way to make a case ready; an engine that cannot say a case
//! gives the reason.

mod aspen;
mod cedar;
mod iam_rs;
mod ours;

use crate::cases::Case;

/// Decides the case that it was made for.
pub type Decide = Box<dyn Fn() -> bool>;

/// One engine.
pub struct Engine {
    /// The folder that its estimates go to, and its column.
    pub name: &'static str,
    /// Whether a wrong answer is our bug, and not a remark about a peer.
    pub is_ours: bool,
    pub prepare: fn(&Case) -> Result<Decide, String>,
}

pub const ENGINES: [Engine; 5] = [
    Engine {
        name: "compiled",
        is_ours: true,
        prepare: ours::compiled,
    },
    Engine {
        name: "interpreter",
        is_ours: true,
        prepare: ours::interpreter,
    },
    Engine {
        name: "cedar",
        is_ours: false,
        prepare: cedar::prepare,
    },
    Engine {
        name: "iam-rs",
        is_ours: false,
        prepare: iam_rs::prepare,
    },
    Engine {
        name: "aspen",
        is_ours: false,
        prepare: aspen::prepare,
    },
];

/// A case made ready, if the engine answers it as IAM does.
pub fn ready(engine: &Engine, case: &Case) -> Result<Decide, String> {
    let decide = (engine.prepare)(case)?;
    let answer = decide();
    if answer == case.allowed {
        return Ok(decide);
    }
    assert!(
        !engine.is_ours,
        "`{}`: the {} answers {answer}",
        case.name, engine.name
    );
    Err(format!(
        "wrong: answers {}",
        if answer { "allowed" } else { "denied" }
    ))
}
