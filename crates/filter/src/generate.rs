//! The second half of the compiler: from typed tests to a checked program.

use crate::diag::{Diagnostic, Kind, Span};
use crate::emit::{self, Style};
use crate::graph::Graph;
use crate::hir::{self, Filter, TestKind};
use crate::lower::Lengths;
use crate::{Compiled, Kernel, Target, constant, lower, opt};
use gannet_bpf::{Instruction, Limits, Program};

/// A program that is not yet checked, with the words of each instruction.
type Emitted = Result<(Vec<Instruction>, Vec<Span>), emit::TooMany>;

/// The program of `filter` for `target`, without warnings: those come from the text.
///
/// # Errors
/// What libpcap can do and this compiler cannot yet; a filter that needs more registers than the machine has; and, with
/// optimisation, a filter that no packet can pass.
pub fn generate(filter: &Filter, target: &Target) -> Result<Compiled, Diagnostic> {
    let whole = filter.tests.iter().map(|test| test.span).reduce(Span::to).unwrap_or_default();
    let refused = |message: &str| Diagnostic::new(Kind::Meaning, whole, message);
    let graph = match lower::lower(filter, target) {
        // Too many ways through tunnels.
        Err(refusal) if lower::can_keep(filter, target) => {
            lower::lower_with(filter, target, Lengths::Kept).map_err(|_| refusal)?
        }
        graph => graph?,
    };
    let (list, graph) = match target.optimise {
        false => {
            let style = Style { accept: target.snaplen, reuse: false, leaf: usize::MAX };
            (emit::instructions(&graph, style), graph)
        }
        true => {
            let masked = (graph.len() <= FEW_NODES && graph.exprs.has_masks()).then(|| graph.clone());
            let optimised = opt::optimise(graph);
            if optimised.rejects_all() && !is_kept(filter) && refuses(filter, target)? {
                return Err(rejects_all(filter, target, whole));
            }
            let mut best = shortest(&optimised, target);
            if let Some(mut masked) = masked {
                masked.exprs.as_computed = true;
                best = shorter(best, shortest(&opt::optimise(masked), target));
            }
            // Where there are not slots enough to keep all, the other way stands.
            if lower::can_keep(filter, target)
                && let Ok(kept) = lower::lower_with(filter, target, Lengths::Kept)
            {
                best = shorter(best, shortest(&opt::optimise(kept), target));
            }
            (best, optimised.lifted)
        }
    };
    let (list, spans): (Vec<Instruction>, Vec<Span>) =
        list.map_err(|_| refused("too many registers needed"))?;
    let program = gannet_bpf::check(list, Limits::USER)
        .map_err(|error| refused(&format!("the compiler made a program that is not sound: {error}")))?;
    let kernel = match gannet_bpf::check(program.instructions().to_vec(), Limits::KERNEL) {
        Ok(_) => Kernel::Exact,
        Err(_) => Kernel::Prefilter(prefilter(&graph, target)),
    };
    Ok(Compiled { program, spans, kernel, warnings: Vec::new() })
}

/// Whether libpcap refuses the filter, which lowers each test by itself.
fn refuses(filter: &Filter, target: &Target) -> Result<bool, Diagnostic> {
    Ok(opt::refuses(&lower::lower_boundless(filter, target)?))
}

/// The largest part of a filter that the kernel takes, of those tried; in the end, everything is let through.
fn prefilter(graph: &Graph, target: &Target) -> Program {
    let style = Style { accept: target.snaplen, reuse: true, leaf: LEAVES[0] };
    let sizes = PREFILTERS.into_iter().map(|(nodes, intervals)| opt::Size { nodes, intervals });
    let mut programs = sizes.filter_map(|size| {
        let (list, _) = emit::instructions(&opt::superset(graph, size), style).ok()?;
        gannet_bpf::check(list, Limits { length: PREFILTER_LENGTH, ..Limits::KERNEL }).ok()
    });
    programs.next().unwrap_or_else(|| Program::always(target.snaplen))
}

/// The graphs on the way from `filter` to its program, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Graphs {
    /// As lowered: all loads of all tests in the order of the text.
    pub plain: String,
    /// As optimised; the same where the target does not ask for that.
    pub optimised: String,
    /// The same for Graphviz.
    pub dot: String,
}

/// The shorter of two programs, the first one if they are as long.
fn shorter(first: Emitted, second: Emitted) -> Emitted {
    match (&first, &second) {
        (Ok(one), Ok(other)) if other.0.len() < one.0.len() => second,
        (Err(_), Ok(_)) => second,
        _ => first,
    }
}

/// The decision graphs of `filter`.
///
/// # Errors
/// What is not supported yet.
pub fn graphs(filter: &Filter, target: &Target) -> Result<Graphs, Diagnostic> {
    let graph = lower::lower(filter, target)?;
    let plain = graph.to_string();
    let graph = if target.optimise { opt::optimise(graph).lifted } else { graph };
    Ok(Graphs { plain, optimised: graph.to_string(), dot: graph.dot() })
}

/// A comparison of a chain that is farther than this from where it leads has a jump of its own in libpcap's programs.
const REACH: usize = 260;

/// The fastest program that is not longer than one without trees is in libpcap: trees are faster than chains, and longer.
fn shortest(optimised: &opt::Optimised, target: &Target) -> Emitted {
    let style = |leaf| Style { accept: target.snaplen, reuse: true, leaf };
    let mut best = emit::instructions(&optimised.lifted, style(usize::MAX))?;
    if optimised.widest < LEAVES[0] {
        return Ok(best);
    }
    let plain = emit::instructions(&optimised.plain, style(usize::MAX))?;
    let mut graph = &optimised.lifted;
    let pointed = emit::instructions(&optimised.pointed, style(usize::MAX))?;
    if pointed.0.len() < best.0.len() {
        (best, graph) = (pointed, &optimised.pointed);
    }
    let limit = plain.0.len().max(best.0.len()) + optimised.widest.saturating_sub(REACH);
    for leaf in LEAVES {
        let tree = emit::instructions(graph, style(leaf))?;
        if tree.0.len() <= limit {
            return Ok(tree);
        }
    }
    Ok(best)
}

/// libpcap's refusal, with the part that it is about where one can be told.
fn rejects_all(filter: &Filter, target: &Target, whole: Span) -> Diagnostic {
    let diagnostic = Diagnostic::new(Kind::Meaning, whole, "expression rejects all packets");
    match constant::parts(filter, target).into_iter().find(|part| !part.holds) {
        Some(part) => diagnostic.at(part.span).because(part.why()),
        None => diagnostic,
    }
}

/// Whether libpcap leaves the filter as it is, so that it finds nothing to refuse in it: its optimiser cannot read the
/// jumps that these need.
fn is_kept(filter: &Filter) -> bool {
    let kept = |test: &hir::Test| matches!(test.kind, TestKind::Geneve { .. } | TestKind::ProtoChain { .. });
    filter.tests.iter().any(kept)
}

/// Most instructions of a prefilter: a capture adds some of its own to what the kernel runs.
const PREFILTER_LENGTH: usize = 4000;

/// How many nodes and how many intervals of a set a prefilter has, largest first.
const PREFILTERS: [(usize, usize); 8] =
    [(4000, 4000), (4000, 1000), (4000, 250), (1000, 1000), (1000, 100), (250, 100), (50, 50), (1, 1)];

/// Graphs of more nodes are not optimised in two ways.
const FEW_NODES: usize = 1000;

/// How many intervals may be tested one after the other, best first.
const LEAVES: [usize; 5] = [3, 6, 12, 24, 48];
