//! The filter compiler: pcap-filter text to a classic BPF program.
//!
//! [`compile`] is the whole of it; its few lines are the list of stages. What a filter *means* is what libpcap's
//! unoptimised program does with it, on packets of every length; the program itself is ours.
//!
//! # Contract
//! No stage recurses on the text, looks up a name by itself, reads a clock or opens a file. Whatever the text, the answer
//! is a checked program or a [`Diagnostic`] that points into the text.
//!
//! # Registers
//! The machine has sixteen memory slots. libpcap takes one for every operand and gives few back, so it refuses values that are fifteen
//! parentheses deep and the sixth tunnel inside a tunnel with "too many registers needed". Here a value takes a slot only
//! while another is computed, and what is deeper in is computed first: filters are accepted that libpcap refuses, and what is
//! refused with these words needs more than sixteen values at once. (No test of libpcap's depends on where its limit is.)
#![forbid(unsafe_code)]

mod ast;
mod constant;
pub mod diag;
mod emit;
mod generate;
mod graph;
pub mod hir;
mod lex;
mod link;
mod lower;
pub mod names;
mod opt;
mod parse;
mod resolve;

pub use diag::{Diagnostic, Span};
pub use generate::{Graphs, generate, graphs};
pub use names::Names;

use gannet_bpf::Program;
pub use gannet_wire::LinkType;

/// A filter, compiled.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// What decides about packets.
    pub program: Program,
    /// For each instruction, the words of the filter that it comes from.
    pub spans: Vec<Span>,
    /// What the kernel is to decide.
    pub kernel: Kernel,
    /// What is legal in the filter and probably not meant.
    pub warnings: Vec<Diagnostic>,
}

/// What the kernel can do for a filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// All: it runs the program itself.
    Exact,
    /// A part: the kernel refuses the program, because it is longer than 4,096 instructions or goes backward. It runs this one,
    /// which accepts all that the program accepts and more; of what it lets through, the program must still decide.
    Prefilter(Program),
}

impl Compiled {
    /// The program for the kernel.
    pub fn kernel_program(&self) -> &Program {
        match &self.kernel {
            Kernel::Exact => &self.program,
            Kernel::Prefilter(program) => program,
        }
    }
}

/// Compiles the filter `text`.
///
/// # Errors
/// A [`Diagnostic`] about the first mistake.
pub fn compile(text: &str, target: &Target, names: &dyn Names) -> Result<Compiled, Diagnostic> {
    let mut warnings = Vec::new();
    let tests = tests(text, target, names, &mut warnings)?;
    Ok(Compiled { warnings, ..generate(&tests, target)? })
}

/// The typed tests of the filter `text`: [`compile`] up to the point where the filter is still a filter. What is legal and
/// probably not meant is added to `warnings`.
///
/// # Errors
/// A [`Diagnostic`] about the first mistake.
pub fn tests(
    text: &str,
    target: &Target,
    names: &dyn Names,
    warnings: &mut Vec<Diagnostic>,
) -> Result<hir::Filter, Diagnostic> {
    let tree = tree(text)?;
    let filter = resolve::resolve(text, &tree, target, names, warnings)?;
    warnings.extend(constant::warnings(&filter, target));
    Ok(filter)
}

/// The tree that the grammar makes of `text`, printed: everything in the parentheses that the grammar sees.
///
/// # Errors
/// A [`Diagnostic`] about the first word that nothing can make sense of.
pub fn grammar(text: &str) -> Result<String, Diagnostic> {
    tree(text).map(|tree| tree.to_string())
}

/// Every word of the language.
pub fn keywords() -> impl Iterator<Item = &'static str> {
    lex::words::Proto::ALL.iter().chain(lex::words::Word::ALL).copied()
}

fn tree(text: &str) -> Result<ast::Tree, Diagnostic> {
    if text.len() > MAX_LENGTH {
        let end = Span::new(MAX_LENGTH, MAX_LENGTH);
        return Err(Diagnostic::new(diag::Kind::Syntax, end, "the filter is too long"));
    }
    parse::expression(text, &lex::tokens(text))
}

/// Longest text of a filter, in bytes; spans are 32 bits wide.
const MAX_LENGTH: usize = 1 << 30;

/// What a filter is compiled for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    /// What packets begin with.
    pub link: LinkType,
    /// What an accepting program returns: the number of bytes wanted of each packet.
    pub snaplen: u32,
    /// The mask of the network that is listened to, for `ip broadcast`.
    pub netmask: Option<u32>,
    /// Packets come from a live Linux handle: the loads that the kernel alone can do (VLAN tags that are no longer in the
    /// packet, packet type, interface index) may be used.
    pub linux_extensions: bool,
    /// Whether fields that a savefile holds in the byte order of the machine that wrote it are in the other order than this
    /// machine's. `None`: this is no savefile, or it is not known.
    pub swapped: Option<bool>,
    /// Make the program small and fast. Its answers are the same either way.
    pub optimise: bool,
}

impl Target {
    /// Packets of `link` from anywhere, whole, optimised.
    pub fn new(link: LinkType) -> Self {
        Self { link, snaplen: 262_144, netmask: None, linux_extensions: false, swapped: None, optimise: true }
    }
}
