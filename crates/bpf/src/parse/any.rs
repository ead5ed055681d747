//! Programs in whatever form they come.

use alloc::vec::Vec;
use core::fmt;

use super::{ParseError, array, decimal, human, macros, traced};
use crate::asm;
use crate::check::is_known;
use crate::instruction::Instruction;

/// A form in which programs come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Source {
    /// [`human`], `-d`.
    Human,
    /// [`array`], `-dd`.
    Array,
    /// [`decimal`], `-ddd`; also with commas in the place of new lines, as `bpf_asm` prints it.
    Decimal,
    /// [`macros`].
    Macros,
    /// [`asm::assemble`].
    Asm,
    /// The bytes of an array of `struct sock_filter`, in either byte order.
    Raw,
}

/// Why nothing could be read.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AnyError {
    /// A line is not in the form that the text seems to be in.
    Line(Source, ParseError),
    /// The assembler's.
    Asm(asm::Error),
    /// The text is a trace of so many programs (see [`traced`]).
    Several(usize),
    /// These are neither text nor a number of instructions of eight bytes each; so many bytes there are.
    Bytes(usize),
}

impl fmt::Display for AnyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line(source, error) => {
                let form = match source {
                    Source::Human => "-d",
                    Source::Array => "-dd",
                    Source::Decimal => "-ddd",
                    _ => "BPF_STMT",
                };
                write!(f, "{error} (it seems to be a {form} listing)")
            }
            Self::Asm(error) => write!(f, "{error}"),
            Self::Several(n) => write!(f, "this is a trace of {n} programs: leave one line of it"),
            Self::Bytes(length) => {
                write!(f, "neither text nor instructions of eight bytes each ({length} bytes)")
            }
        }
    }
}

impl core::error::Error for AnyError {}

/// Reads a program in any form of [`crate::listing`] that can be read back, in the assembler's language, or as raw
/// bytes; which of them it is shows in how it begins.
///
/// # Errors
/// What is wrong with it. The list is not checked further: see [`crate::check()`].
///
/// ```
/// use gannet_bpf::parse::{Source, any};
/// let (form, list) = any(b"4\n40 0 0 12\n21 0 1 2048\n6 0 0 262144\n6 0 0 0\n")?;
/// assert_eq!((form, list.len()), (Source::Decimal, 4));
/// assert_eq!(any(b"ldh [12]\n jne #0x800, no\n ret #262144\n no: ret #0")?, (Source::Asm, list));
/// # Ok::<(), gannet_bpf::parse::AnyError>(())
/// ```
pub fn any(bytes: &[u8]) -> Result<(Source, Vec<Instruction>), AnyError> {
    let Some(text) = text(bytes) else {
        return raw(bytes).map(|list| (Source::Raw, list)).ok_or(AnyError::Bytes(bytes.len()));
    };
    let source = guess(text);
    let programs = traced(text).count();
    if source == Source::Macros && programs > 1 {
        return Err(AnyError::Several(programs));
    }
    let list = match source {
        Source::Human => human(text),
        Source::Array => array(text),
        Source::Decimal if text.contains(',') => decimal(&text.replace(',', "\n")),
        Source::Decimal => decimal(text),
        Source::Macros => macros(text),
        _ => return asm::assemble(text).map(|list| (source, list)).map_err(AnyError::Asm),
    };
    list.map(|list| (source, list)).map_err(|error| AnyError::Line(source, error))
}

/// Reads the bytes of an array of `struct sock_filter`: in this machine's byte order, or in the other if only then all
/// codes are known. `None` if they are no whole number of instructions, or none at all.
#[must_use]
pub fn raw(bytes: &[u8]) -> Option<Vec<Instruction>> {
    let (chunks, []) = bytes.as_chunks::<8>() else { return None };
    let list = |swap: bool| -> Vec<Instruction> {
        let one = |&[c0, c1, jt, jf, k0, k1, k2, k3]: &[u8; 8]| {
            let (code, k) = (u16::from_ne_bytes([c0, c1]), u32::from_ne_bytes([k0, k1, k2, k3]));
            match swap {
                false => Instruction { code, jt, jf, k },
                true => Instruction { code: code.swap_bytes(), jt, jf, k: k.swap_bytes() },
            }
        };
        chunks.iter().map(one).collect()
    };
    let (plain, swapped) = (list(false), list(true));
    let known = |list: &[Instruction]| list.iter().all(|i| is_known(i.code));
    match plain.is_empty() {
        true => None,
        false if !known(&plain) && known(&swapped) => Some(swapped),
        false => Some(plain),
    }
}

/// The bytes as text, if they are; codes of raw instructions hold zero bytes.
fn text(bytes: &[u8]) -> Option<&str> {
    core::str::from_utf8(bytes).ok().filter(|text| !text.contains('\0'))
}

/// How the text begins, its comments left aside.
fn guess(text: &str) -> Source {
    if text.contains("BPF_STMT") || text.contains("BPF_JUMP") {
        return Source::Macros;
    }
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = match rest.get(..2).unwrap_or(rest) {
            "/*" => rest.find("*/").map(|at| at + 2),
            "//" => rest.find('\n'),
            two if two.starts_with([';', '#']) => rest.find('\n'),
            _ => break,
        };
        rest = end.and_then(|end| rest.get(end..)).unwrap_or_default().trim_start();
    }
    match rest.chars().next() {
        Some('(') => Source::Human,
        Some('0'..='9') => Source::Decimal,
        _ if opens_numbers(rest) => Source::Array,
        _ => Source::Asm,
    }
}

/// Whether some brace has a number behind it.
fn opens_numbers(text: &str) -> bool {
    text.split('{').skip(1).any(|inside| inside.trim_start().starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::string::ToString;

    const SAME: [&str; 7] = [
        "(000) ldh      [12]\n(001) jeq      #0x800           jt 2\tjf 3\n(002) ret      #9\n(003) ret      #0\n",
        "struct sock_filter code[] = {\n{ 0x28, 0, 0, 0x0000000c },\n{ 0x15,  0,  1, 0x00000800 },\n{ 6, 0, 0, 9 },{6,0,0,0} };",
        "4\n40 0 0 12\n21 0 1 2048\n6 0 0 9\n6 0 0 0\n",
        "4,40 0 0 12,21 0 1 2048,6 0 0 9,6 0 0 0,\n",
        "setsockopt(3, SOL_SOCKET, SO_ATTACH_FILTER, {len=4, filter=[BPF_STMT(BPF_LD|BPF_H|BPF_ABS, 0xc), BPF_JUMP(BPF_JMP|BPF_K|BPF_JEQ, 0x800, 0, 0x1), BPF_STMT(BPF_RET|BPF_K, 0x9), BPF_STMT(BPF_RET|BPF_K, 0)]}, 16) = 0",
        "BPF_STMT(BPF_LD+BPF_H+BPF_ABS, 12),\n BPF_JUMP(BPF_JMP+BPF_JEQ+BPF_K, 0x0800, 0, 1),\nBPF_STMT(BPF_RET+BPF_K, 9),BPF_STMT(0x6 /* BPF_??? */, 0)",
        "; ip\nldh [12]\njne #0x800, no\nret #9\nno: ret #0\n",
    ];

    #[test]
    fn one_program_in_all_its_forms() {
        let list = human(SAME[0]).unwrap();
        for text in SAME {
            assert_eq!(any(text.as_bytes()).map_err(|e| e.to_string()).unwrap().1, list, "{text}");
        }
        let little: Vec<u8> = list
            .iter()
            .flat_map(|i| {
                let ([c0, c1], [k0, k1, k2, k3]) = (i.code.to_le_bytes(), i.k.to_le_bytes());
                [c0, c1, i.jt, i.jf, k0, k1, k2, k3]
            })
            .collect();
        let big: Vec<u8> = list
            .iter()
            .flat_map(|i| {
                let ([c0, c1], [k0, k1, k2, k3]) = (i.code.to_be_bytes(), i.k.to_be_bytes());
                [c0, c1, i.jt, i.jf, k0, k1, k2, k3]
            })
            .collect();
        assert_eq!(any(&little), Ok((Source::Raw, list.clone())));
        assert_eq!(any(&big), Ok((Source::Raw, list)));
    }

    #[test]
    fn symbols_of_the_kernel_headers() {
        let text = "BPF_STMT(BPF_LD|BPF_B|BPF_ABS, SKF_AD_OFF+SKF_AD_VLAN_TAG_PRESENT), \
            BPF_STMT(BPF_LD|BPF_B|BPF_ABS, SKF_NET_OFF+9), BPF_STMT(BPF_RET|BPF_K, -1U), \
            BPF_STMT(0 /* BPF_LD */|0x10 /* BPF_B */|0x20 /* BPF_ABS */, 0xfffff000 /* SKF_AD_OFF */+0x30 /* X */)";
        let list = macros(text).unwrap();
        assert_eq!(
            list.iter().map(|i| i.k).collect::<Vec<_>>(),
            [0xffff_f030, 0xfff0_0009, u32::MAX, 0xffff_f030]
        );
        assert_eq!(list.first(), list.last());
    }

    #[test]
    fn what_is_wrong_is_said_of_the_form_that_it_seems_to_be() {
        for (bytes, words) in [
            ("1\n6 0 0", "line 2 is no instruction: \"6 0 0\" (it seems to be a -ddd listing)"),
            ("{ 6, 0, 0 },", "line 1 is no instruction: \"{ 6, 0, 0 },\" (it seems to be a -dd listing)"),
            (
                "\nBPF_STMT(BPF_NOP, 0)",
                "line 2 is no instruction: \"BPF_STMT(BPF_NOP, 0)\" (it seems to be a BPF_STMT listing)",
            ),
            (
                "filter=[BPF_STMT(6, 0)]\nfilter=[BPF_STMT(6, 1)]",
                "this is a trace of 2 programs: leave one line of it",
            ),
            ("ret", "1:4: expected '#' and a number, 'a' or 'x', found the end"),
            ("\0\0\0", "neither text nor instructions of eight bytes each (3 bytes)"),
        ] {
            assert_eq!(any(bytes.as_bytes()).unwrap_err().to_string(), words);
        }
    }
}
