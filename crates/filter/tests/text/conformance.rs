//! What libpcap accepts and refuses: the same is accepted and refused, in the same words. What is not supported yet is
//! counted apart, out loud.

use crate::common::{Etc, cases, target};
use gannet_filter::diag::Kind;
use gannet_filter::tests;

/// What only libpcap's optimiser finds out, after this half of the compiler.
const LATER: &str = "expression rejects all packets";

#[test]
fn refuses_what_libpcap_refuses() {
    let names = Etc::new();
    let mut wrong = Vec::new();
    let (mut right, mut later) = (0, 0);
    for case in cases("reject.json") {
        let Some(target) = target(&case) else { continue };
        let (expr, words) =
            (case["expr"].as_str().unwrap_or(""), case["error_prefix"].as_str().unwrap_or(""));
        if words == LATER {
            later += 1;
            continue;
        }
        match tests(expr, &target, &names, &mut Vec::new()) {
            Ok(filter) => wrong.push(format!("{expr:?} on {}: accepted as {filter}", case["dlt"])),
            Err(diagnostic) => {
                let span = diagnostic.span();
                assert!(span.start <= span.end && span.end as usize <= expr.len(), "{expr:?}: {span:?}");
                if diagnostic.kind() == Kind::Unsupported {
                    later += 1;
                } else if diagnostic.message().starts_with(words) {
                    right += 1;
                } else {
                    wrong.push(format!("{expr:?} on {}: {diagnostic:?} and not {words:?}", case["dlt"]));
                }
            }
        }
    }
    println!("{right} refused in libpcap's words, SKIPPED {later} for later stages, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn accepts_what_libpcap_accepts() {
    let names = Etc::new();
    let mut wrong = Vec::new();
    let (mut right, mut yet) = (0, 0);
    for case in cases("accept.json") {
        let Some(target) = target(&case) else { continue };
        // One case is about listings alone, and its expression is none.
        if case["name"] == "bpf_image" {
            continue;
        }
        for expr in case["exprs"].as_array().into_iter().flatten().filter_map(|expr| expr.as_str()) {
            match tests(expr, &target, &names, &mut Vec::new()) {
                Ok(_) => right += 1,
                Err(diagnostic) if diagnostic.kind() == Kind::Unsupported => yet += 1,
                Err(diagnostic) => wrong.push(format!("{expr:?} on {}: {diagnostic}", case["dlt"])),
            }
        }
    }
    println!("{right} accepted, SKIPPED {yet} not supported yet, {} wrong", wrong.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
