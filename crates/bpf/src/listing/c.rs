//! Programs as C functions.

use alloc::{format, string::String, vec, vec::Vec};
use core::fmt::{self, Write};

use super::{dot::ways, line};
use crate::ancillary::{self, AD_OFF, LL_OFF, NET_OFF};
use crate::instruction::{Instruction, opcode::*};
use crate::program::Program;

/// Writes a program as C99 source that compiles by itself and without a warning: a function called `name`,
///
/// ```c
/// uint32_t name(const uint8_t *packet, uint32_t wire_length, uint32_t captured);
/// ```
///
/// which returns for the `captured` bytes at `packet` what [`crate::Vm::run`] returns: how many bytes to keep, 0 to
/// reject. A program that [reads facts](reads_facts) takes them as a fourth argument, `const struct packet_facts
/// *facts`, where bit N of `known` says that `value[N]` holds the fact `4 * N` of [`ancillary`], and bit 16 that
/// `value[16]` holds the offset of the network header. Without it, offsets from the network header reject.
/// Several functions may follow each other in one file.
///
/// # Errors
/// Only those of `out`.
pub fn c_function(program: &Program, name: &str, out: &mut dyn Write) -> fmt::Result {
    let list = program.instructions();
    let facts = reads_facts(list);
    out.write_str("#include <stdint.h>\n#include <string.h>\n\n")?;
    out.write_str(LOAD)?;
    if facts {
        out.write_str(FACTS)?;
    }
    if list.iter().any(|i| fact(*i).is_some_and(|f| f == ancillary::NLATTR || f == ancillary::NLATTR_NEST)) {
        out.write_str(ATTRIBUTES)?;
    }
    let argument = if facts { ", const struct packet_facts *facts" } else { "" };
    let head =
        format!("uint32_t {name}(const uint8_t *packet, uint32_t wire_length, uint32_t captured{argument})");
    writeln!(out, "{head};\n{head}\n{{")?;
    declare(program, out)?;
    let labelled = labelled(list);
    for (at, i) in list.iter().enumerate() {
        if labelled.get(at) == Some(&true) {
            writeln!(out, "l{at}:")?;
        }
        let mut shown = String::new();
        line(at, *i, &mut shown)?;
        // `4*([14]&0xf)` and the tab before `jf` would read badly in a comment.
        writeln!(out, "\t// {}", shown.replace('\t', " ").trim_end())?;
        Writer { at, i: *i, facts, follows: list.len() > at + 1 }.write(out)?;
    }
    out.write_str("}\n")
}

/// Whether the program asks for more than the bytes of the packet and its length: for ancillary loads, or for
/// offsets that count from the network header.
#[must_use]
pub fn reads_facts(list: &[Instruction]) -> bool {
    list.iter().any(|i| match fact(*i) {
        Some(ancillary::ALU_XOR_X | ancillary::NLATTR | ancillary::NLATTR_NEST) => false,
        Some(fact) => !ancillary::is_unknown(AD_OFF.wrapping_add(fact)),
        None => i.k >= NET_OFF && (is_absolute(*i) || is_header_length(*i)),
    })
}

/// `load`: so many bytes at an offset, the most significant first.
const LOAD: &str = "#ifndef PACKET_LOAD
#define PACKET_LOAD
static inline int packet_load(const uint8_t *packet, uint32_t captured, uint32_t offset, uint32_t size,
\tuint32_t *value)
{
\tif (offset > captured || captured - offset < size)
\t\treturn 0;
\tfor (*value = 0; size != 0; size--)
\t\t*value = *value << 8 | packet[offset++];
\treturn 1;
}
#endif

";

const FACTS: &str = "#ifndef PACKET_FACTS
#define PACKET_FACTS
struct packet_facts {
\tuint32_t known;
\tuint32_t value[17];
};
static inline int packet_fact(const struct packet_facts *facts, uint32_t number, uint32_t *value)
{
\tif (facts == NULL || (facts->known >> number & 1) == 0)
\t\treturn 0;
\t*value = facts->value[number];
\treturn 1;
}
#endif

";

/// The search for a netlink attribute; numbers in them are in the machine's own order.
const ATTRIBUTES: &str = "#ifndef PACKET_ATTRIBUTE
#define PACKET_ATTRIBUTE
static inline int packet_half(const uint8_t *packet, uint32_t captured, uint32_t offset, uint32_t *value)
{
\tuint16_t half;

\tif (offset > captured || captured - offset < 2)
\t\treturn 0;
\tmemcpy(&half, packet + offset, 2);
\t*value = half;
\treturn 1;
}
static inline uint32_t packet_attribute(const uint8_t *packet, uint32_t captured, uint32_t at, uint32_t end,
\tuint32_t type)
{
\tuint32_t length, kind;

\twhile (packet_half(packet, captured, at, &length) && at <= UINT32_MAX - 2 &&
\t\tpacket_half(packet, captured, at + 2, &kind)) {
\t\tif (at > end || length < 4 || length > end - at)
\t\t\treturn 0;
\t\tif ((kind & 0x3fff) == type)
\t\t\treturn at;
\t\tlength = (length + 3) & ~(uint32_t)3;
\t\tif (length > UINT32_MAX - at)
\t\t\treturn 0;
\t\tat += length;
\t}
\treturn 0;
}
static inline uint32_t packet_nested(const uint8_t *packet, uint32_t captured, uint32_t at, uint32_t type)
{
\tuint32_t length;

\tif (captured < 4 || at > captured - 4 || !packet_half(packet, captured, at, &length) ||
\t\tlength > captured - at)
\t\treturn 0;
\treturn packet_attribute(packet, captured, at + 4, at + length, type);
}
#endif

";

/// The registers, and the slots that are used, all of them zero.
fn declare(program: &Program, out: &mut dyn Write) -> fmt::Result {
    let list = program.instructions();
    out.write_str("\tuint32_t a = 0, x = 0, o = 0;\n")?;
    let mut slots: Vec<u32> = list.iter().filter(|i| is_slot(**i)).map(|i| i.k).collect();
    slots.sort_unstable();
    slots.dedup();
    slots.iter().try_for_each(|slot| writeln!(out, "\tuint32_t m{slot} = 0;"))?;
    if program.has_loop() {
        // One turn for each byte and 1,024 more, as the machine allows.
        out.write_str("\tuint32_t turns = captured < UINT32_MAX - 1024 ? captured + 1024 : UINT32_MAX;\n")?;
    }
    out.write_str("\n\t(void)packet, (void)wire_length, (void)captured, (void)a, (void)x, (void)o;\n")?;
    if reads_facts(list) {
        out.write_str("\t(void)facts;\n")?;
    }
    slots.iter().try_for_each(|slot| writeln!(out, "\t(void)m{slot};"))
}

fn is_slot(i: Instruction) -> bool {
    matches!(i.class(), ST | STX) || matches!(i.class(), LD | LDX) && i.code & 0xe0 == MEM
}

fn is_absolute(i: Instruction) -> bool {
    i.class() == LD && i.code & 0xe0 == ABS
}

fn is_header_length(i: Instruction) -> bool {
    i.class() == LDX && i.code & 0xe0 == MSH
}

/// The number of the fact that an instruction loads.
fn fact(i: Instruction) -> Option<u32> {
    i.k.checked_sub(AD_OFF).filter(|_| is_absolute(i))
}

/// Which instructions some `goto` leads to.
fn labelled(list: &[Instruction]) -> Vec<bool> {
    let mut labelled = vec![false; list.len()];
    for (at, i) in list.iter().enumerate().filter(|(_, i)| i.class() == JMP) {
        for to in gotos(at, *i) {
            if let Some(label) = labelled.get_mut(to) {
                *label = true;
            }
        }
    }
    labelled
}

/// The ways of a jump that are written as `goto`: all but falling through.
fn gotos(at: usize, i: Instruction) -> Vec<usize> {
    match (i.code, condition(i).as_str()) {
        (0x05, _) => ways(at, i),
        (_, "1") => ways(at, i).into_iter().take(1).collect(),
        (_, "0") => ways(at, i).into_iter().skip(1).filter(|to| *to != at + 1).collect(),
        _ => ways(at, i)
            .into_iter()
            .enumerate()
            .filter(|(n, to)| *n == 0 || *to != at + 1)
            .map(|w| w.1)
            .collect(),
    }
}

/// The comparison of a conditional jump; `0` and `1` where it is none, of which compilers would complain.
fn condition(i: Instruction) -> String {
    let by = if i.code & X != 0 { String::from("x") } else { format!("{:#x}u", i.k) };
    match (i.code & 0xf0, i.code & X != 0, i.k) {
        (JEQ, ..) => format!("a == {by}"),
        (JGT, false, u32::MAX) => String::from("0"),
        (JGT, ..) => format!("a > {by}"),
        (JGE, false, 0) => String::from("1"),
        (JGE, ..) => format!("a >= {by}"),
        (_, false, 0) => String::from("0"),
        _ => format!("(a & {by}) != 0"),
    }
}

/// The statements of one instruction.
struct Writer {
    at: usize,
    i: Instruction,
    facts: bool,
    /// Another instruction stands behind it.
    follows: bool,
}

impl Writer {
    fn write(&self, out: &mut dyn Write) -> fmt::Result {
        let k = self.i.k;
        match self.i.class() {
            LD => self.load(out),
            LDX => match self.i.code & 0xe0 {
                IMM => writeln!(out, "\tx = {k:#x}u;"),
                MEM => writeln!(out, "\tx = m{k};"),
                LEN => writeln!(out, "\tx = wire_length;"),
                _ => {
                    self.at_constant(1, "x", out)?;
                    writeln!(out, "\tx = (x & 0xf) << 2;")
                }
            },
            ST => writeln!(out, "\tm{k} = a;"),
            STX => writeln!(out, "\tm{k} = x;"),
            ALU => self.arithmetic(out),
            JMP => self.jump(out),
            RET if self.i.code & 0x18 == A => writeln!(out, "\treturn a;"),
            RET => writeln!(out, "\treturn {k:#x}u;"),
            _ if self.i.code & 0xf8 == TXA => writeln!(out, "\ta = x;"),
            _ => writeln!(out, "\tx = a;"),
        }
    }

    fn load(&self, out: &mut dyn Write) -> fmt::Result {
        let k = self.i.k;
        let size = match self.i.code & 0x18 {
            H => 2,
            B => 1,
            _ => 4,
        };
        match self.i.code & 0xe0 {
            IMM => writeln!(out, "\ta = {k:#x}u;"),
            MEM => writeln!(out, "\ta = m{k};"),
            LEN => writeln!(out, "\ta = wire_length;"),
            IND => {
                writeln!(out, "\to = x + {k:#x}u;")?;
                writeln!(out, "\tif (o >= {NET_OFF:#x}u) {{")?;
                self.count_from_network("\t\t", out)?;
                writeln!(out, "\t}} else if (o >= {LL_OFF:#x}u) {{\n\t\to -= {LL_OFF:#x}u;")?;
                writeln!(out, "\t}} else if (o >= 0x80000000u) {{\n\t\treturn 0;\n\t}}")?;
                self.fetch("o", size, "a", out)
            }
            _ => self.absolute(size, out),
        }
    }

    fn absolute(&self, size: u32, out: &mut dyn Write) -> fmt::Result {
        let k = self.i.k;
        match fact(self.i) {
            Some(ancillary::ALU_XOR_X) => writeln!(out, "\ta ^= x;"),
            Some(ancillary::NLATTR) => {
                writeln!(out, "\ta = packet_attribute(packet, captured, a, captured, x);")
            }
            Some(ancillary::NLATTR_NEST) => writeln!(out, "\ta = packet_nested(packet, captured, a, x);"),
            Some(_) if ancillary::is_unknown(k) => self.reject(out),
            Some(fact) => writeln!(out, "\tif (!packet_fact(facts, {}, &a))\n\t\treturn 0;", fact / 4),
            None => self.at_constant(size, "a", out),
        }
    }

    /// A load at a constant offset, which may count from a header.
    fn at_constant(&self, size: u32, to: &str, out: &mut dyn Write) -> fmt::Result {
        let k = self.i.k;
        match k {
            NET_OFF.. => {
                writeln!(out, "\to = {k:#x}u;\n\t{{")?;
                self.count_from_network("\t\t", out)?;
                writeln!(out, "\t}}")?;
                self.fetch("o", size, to, out)
            }
            LL_OFF.. => self.fetch(&format!("{:#x}u", k - LL_OFF), size, to, out),
            0x8000_0000.. => self.reject(out),
            _ => self.fetch(&format!("{k:#x}u"), size, to, out),
        }
    }

    /// Makes an offset in `o` that counts from the network header count from the start of the packet.
    fn count_from_network(&self, indent: &str, out: &mut dyn Write) -> fmt::Result {
        if !self.facts {
            return writeln!(out, "{indent}return 0;");
        }
        writeln!(out, "{indent}uint32_t network;\n")?;
        writeln!(
            out,
            "{indent}if (!packet_fact(facts, 16, &network) || network > UINT32_MAX - (o - {NET_OFF:#x}u))"
        )?;
        writeln!(out, "{indent}\treturn 0;\n{indent}o = network + (o - {NET_OFF:#x}u);")
    }

    fn fetch(&self, offset: &str, size: u32, to: &str, out: &mut dyn Write) -> fmt::Result {
        writeln!(out, "\tif (!packet_load(packet, captured, {offset}, {size}, &{to}))\n\t\treturn 0;")
    }

    fn reject(&self, out: &mut dyn Write) -> fmt::Result {
        writeln!(out, "\treturn 0;")
    }

    fn arithmetic(&self, out: &mut dyn Write) -> fmt::Result {
        let by_x = self.i.code & X != 0;
        let by = if by_x { String::from("x") } else { format!("{:#x}u", self.i.k) };
        let (sign, zero_rejects) = match self.i.code & 0xf0 {
            ADD => ("+", false),
            SUB => ("-", false),
            MUL => ("*", false),
            DIV => ("/", by_x),
            MOD => ("%", by_x),
            AND => ("&", false),
            OR => ("|", false),
            XOR => ("^", false),
            LSH => ("<<", false),
            RSH => (">>", false),
            _ => return writeln!(out, "\ta = 0u - a;"),
        };
        if zero_rejects {
            writeln!(out, "\tif (x == 0)\n\t\treturn 0;")?;
        }
        let mask = if by_x && matches!(sign, "<<" | ">>") { " & 31" } else { "" };
        let (open, close) = if mask.is_empty() { ("", "") } else { ("(", ")") };
        writeln!(out, "\ta {sign}= {open}{by}{mask}{close};")
    }

    fn jump(&self, out: &mut dyn Write) -> fmt::Result {
        let (at, i) = (self.at, self.i);
        if i.code == JMP | JA {
            if i.k >= 0x8000_0000 {
                writeln!(out, "\tif (turns-- == 0)\n\t\treturn 0;")?;
            }
            return ways(at, i).iter().try_for_each(|to| writeln!(out, "\tgoto l{to};"));
        }
        let condition = condition(i);
        match (condition.as_str(), gotos(at, i).as_slice()) {
            ("0" | "1", [to, ..]) => writeln!(out, "\tgoto l{to};"),
            (_, [yes, no]) => writeln!(out, "\tif ({condition})\n\t\tgoto l{yes};\n\tgoto l{no};"),
            (_, [yes]) if self.follows => writeln!(out, "\tif ({condition})\n\t\tgoto l{yes};"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Limits, check};

    #[test]
    fn a_filter_in_c() {
        let list = vec![
            Instruction::stmt(LD | H | ABS, 12),
            Instruction::jump(JMP | JEQ | K, 0x800, 0, 1),
            Instruction::stmt(RET | K, 1),
            Instruction::stmt(RET | K, 0),
        ];
        let mut out = String::new();
        c_function(&check(list, Limits::KERNEL).unwrap(), "ip", &mut out).unwrap();
        let body = out.split_once("\n{\n\tuint32_t a").unwrap().1;
        let expected = "\t// (001) jeq      #0x800           jt 2 jf 3
\tif (a == 0x800u)
\t\tgoto l2;
\tgoto l3;
l2:
\t// (002) ret      #1
\treturn 0x1u;
";
        assert!(body.contains(expected), "{out}");
    }
}
