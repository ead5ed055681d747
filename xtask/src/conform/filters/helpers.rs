//! The helpers that read names, addresses and numbers: the same values, and the same refusals.

#[path = "../../../../crates/filter/tests/text/answers.rs"]
mod answers;

use super::{Options, Scores, text};
use serde_json::Value;

pub fn run(options: &Options, cases: &[Value], scores: &mut Scores) {
    let wanted = |case: &&Value| {
        options.family.is_none()
            && (options.cases.is_empty() || options.cases.iter().any(|name| name == text(case, "name")))
    };
    let (mut good, mut all) = (0, 0);
    for case in cases.iter().filter(wanted) {
        let (answer, expected) = (answers::answer(case), text(case, "expected"));
        all += 1;
        good += usize::from(answer.as_deref() == Some(expected));
        if answer.as_deref() != Some(expected) && options.failing {
            println!("{}: {answer:?} instead of {expected:?}", text(case, "name"));
        }
    }
    println!("helpers:\nfilters.names = {good}/{all}");
    if !options.selects() {
        scores.set("filters.names", good);
    }
}
