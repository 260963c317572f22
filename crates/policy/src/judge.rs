//! Both engines at once: the compiled one for the answer, the interpreter for the reasons of a
//! denial.

use crate::compiled::answer;
use crate::decision::{Decision, Trace, Verdict};
use crate::interpreter::decide;
use crate::layers::Layers;
use crate::question::Question;

/// Decides in haste. What is allowed has its deciding statement but no derivation; what is denied
/// has all of it.
pub fn judge(question: &Question<'_>, layers: &Layers<'_>) -> Decision {
    let answer = answer(question, layers);
    // Most calls end here. The derivation of an Allow is asked by nobody but `simulate`, which
    // calls the interpreter.
    if answer.verdict == Verdict::Allowed {
        let statement = answer.statement.cloned();
        return Decision {
            verdict: answer.verdict,
            layer: answer.layer,
            statement,
            error: None,
            trace: Trace::default(),
        };
    }
    let decision = decide(question, layers);
    // The engines are proved to agree; should they ever not, nobody gets in by it.
    let verdict = if decision.verdict == Verdict::Allowed {
        answer.verdict
    } else {
        decision.verdict
    };
    Decision {
        verdict,
        ..decision
    }
}
