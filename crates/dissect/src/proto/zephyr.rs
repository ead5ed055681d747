//! Zephyr, MIT's notices (source: https://web.mit.edu/zephyr/doc/protocol).
//!
//! ```text
//! strings, each ended by a NUL; numbers are written in hex:
//! | ZEPHn.n | fields | kind | identifier | port | authentic | length of it | authenticator | class | instance |
//! | opcode | sender | recipient | format | checksum | part | identifier of the whole | more, as the class wants ..
//! ```

use crate::prelude::*;

/// Zephyr.
pub static ZEPHYR: Protocol = Protocol { name: "zephyr", dissect };

/// The version that is explained, at the least.
const VERSION: &[u8] = b"0.2";
const SERVER_ACK: i32 = 5;
const KINDS: NameTable = &[
    (0, "unsafe"),
    (1, "unacked"),
    (2, "acked"),
    (3, "hm-ack"),
    (4, "hm-ctl"),
    (5, "serv-ack"),
    (6, "serv-nak"),
    (7, "client-ack"),
    (8, "stat"),
];
/// Of a message that has a fixed meaning no more is said than so many characters.
const LONGEST: usize = 255;

const SUBSCRIPTIONS: &[(&[u8], &str)] =
    &[(b"SUBSCRIBE", " sub"), (b"SUBSCRIBE_NODEFS", " unsub-nodefs"), (b"UNSUBSCRIBE", " unsub")];
const CLIENT: &[(&[u8], &str)] =
    &[(b"GIMME", " ret"), (b"GIMMEDEFS", " gimme-defs"), (b"CLEARSUB", " clear-subs")];
const REALM: &[(&[u8], &str)] = &[
    (b"ADD_SUBSCRIBE", " realm add-subs"),
    (b"REQ_SUBSCRIBE", " realm req-subs"),
    (b"RLM_SUBSCRIBE", " realm rlm-sub"),
    (b"RLM_UNSUBSCRIBE", " realm rlm-unsub"),
];
const HIDING: &[(&[u8], &str)] = &[(b"USER_HIDE", " hide"), (b"USER_UNHIDE", " unhide")];
/// Who may see where one is logged in.
const EXPOSURES: &[&[u8]] =
    &[b"NONE", b"OPSTAFF", b"REALM-VISIBLE", b"REALM-ANNOUNCED", b"NET-VISIBLE", b"NET-ANNOUNCED"];

/// The notice, as far as anything is said of it.
struct Notice<'p> {
    kind: i32,
    class: &'p [u8],
    instance: &'p [u8],
    opcode: &'p [u8],
    recipient: &'p [u8],
}

fn dissect(_: &mut Cx, mut p: Cursor, out: &mut Out) -> Dissect {
    let version = string(&mut p)?.ok_or(Stop::Invalid)?;
    let Some(version) = version.strip_prefix(b"ZEPH") else { return Ok(()) };
    let mut fields: [&[u8]; 16] = [&[]; 16];
    for field in &mut fields {
        *field = string(&mut p)?.ok_or(Stop::Invalid)?;
    }
    let [_, kind, _, _, _, _, _, class, instance, opcode, sender, recipient, ..] = fields;
    let notice = Notice { kind: number(kind), class, instance, opcode, recipient };
    out.say(" zephyr");
    out.aside(|out| _ = out.chars("version", version));
    if !version.starts_with(VERSION) {
        out.aloud(|out| _ = out.say(" v").chars("", version));
        return Ok(());
    }
    notice.values(sender, out);
    out.aloud(|out| _ = kind_of(notice.kind, out.say(" ")));
    if notice.kind == SERVER_ACK
        && let Some(answer) = string(&mut p)?
    {
        out.aside(|out| _ = out.chars("answer", answer));
        if answer != b"SENT" {
            lower("/", answer, out);
        }
    }
    said(" ", sender, out);
    if !notice.meaning(&mut p, out)? {
        notice.plain(out);
    }
    Ok(())
}

fn kind_of<'a, 'o>(kind: i32, out: &'a mut Out<'o>) -> &'a mut Out<'o> {
    match u32::try_from(kind) {
        Ok(kind) => out.name("", kind, KINDS, "type %d"),
        Err(_) => out.say("type ").int("", kind.into()),
    }
}

impl Notice<'_> {
    fn values(&self, sender: &[u8], out: &mut Out) {
        out.aside(|out| {
            out.int("kind", self.kind.into()).chars("sender", sender).chars("class", self.class);
            out.chars("instance", self.instance).chars("opcode", self.opcode);
            out.chars("recipient", self.recipient);
        });
    }

    /// What a notice of the system's means; `false` if it is none.
    fn meaning(&self, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
        match self.class {
            b"USER_LOCATE" if !known(HIDING, self.opcode, out) => said_always(" locate ", self.instance, out),
            b"USER_LOCATE" => {}
            b"ZEPHYR_ADMIN" => lower(" zephyr-admin ", self.opcode, out),
            b"ZEPHYR_CTL" => return self.control(p, out),
            b"HM_CTL" => self.both(" hm_ctl ", out),
            b"WG_CTL" => self.both(" wg_ctl ", out),
            b"HM_STAT" if self.instance == b"HMST_CLIENT" && self.opcode == b"GIMMESTATS" => {
                out.say(" get-client-stats");
            }
            b"LOGIN" if self.opcode == b"USER_FLUSH" => drop(out.say(" flush_locs")),
            b"LOGIN" if EXPOSURES.contains(&self.opcode) => lower(" set-exposure ", self.opcode, out),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn both(&self, words: &str, out: &mut Out) {
        lower(words, self.instance, out);
        lower(" ", self.opcode, out);
    }

    fn control(&self, p: &mut Cursor, out: &mut Out) -> Dissect<bool> {
        match self.instance {
            b"CLIENT" if known(SUBSCRIPTIONS, self.opcode, out) => {
                if self.kind != SERVER_ACK {
                    subscription(p, out)?;
                }
            }
            b"CLIENT" if known(CLIENT, self.opcode, out) => {}
            b"CLIENT" | b"HM" => lower(" ", self.opcode, out),
            b"REALM" => _ = known(REALM, self.opcode, out),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// A notice from somebody to somebody.
    fn plain(&self, out: &mut Out) {
        out.say(" to ");
        triple(self.class, self.instance, self.recipient, out);
        said(" op ", self.opcode, out);
    }
}

/// What is subscribed to, if it is all here.
fn subscription(p: &mut Cursor, out: &mut Out) -> Dissect {
    let mut fields: [Option<&[u8]>; 3] = [None; 3];
    for field in &mut fields {
        *field = string(p)?;
    }
    let [Some(class), Some(instance), Some(recipient)] = fields else { return Ok(()) };
    out.say(" ");
    triple(class, instance, recipient, out);
    out.aside(|out| {
        let _ = out.nest("subscription", |out| {
            out.chars("class", class).chars("instance", instance).chars("recipient", recipient);
            Ok(())
        });
    });
    Ok(())
}

fn triple(class: &[u8], instance: &[u8], recipient: &[u8], out: &mut Out) {
    let recipient = if recipient.is_empty() { b"*" } else { recipient };
    let mut left = LONGEST;
    for part in [b"<", class, b",", instance, b",", recipient, b">"] {
        let part = part.get(..left).unwrap_or(part);
        left -= part.len();
        out.aloud(|out| _ = out.chars("", part));
    }
}

/// Says what a word means; `false` if it is not in the table.
fn known(meanings: &[(&[u8], &str)], word: &[u8], out: &mut Out) -> bool {
    let meaning = meanings.iter().find(|row| row.0 == word);
    if let Some((_, meaning)) = meaning {
        out.say(meaning);
    }
    meaning.is_some()
}

/// Says a field that is not empty.
fn said(words: &str, field: &[u8], out: &mut Out) {
    if !field.is_empty() {
        said_always(words, field, out);
    }
}

fn said_always(words: &str, field: &[u8], out: &mut Out) {
    out.aloud(|out| _ = out.say(words).chars("", field));
}

/// Says a field in lower case.
fn lower(words: &str, field: &[u8], out: &mut Out) {
    out.aloud(|out| {
        out.say(words);
        for c in field.iter().take(LONGEST) {
            out.chars("", &[c.to_ascii_lowercase()]);
        }
    });
}

/// A string without the NUL that ends it; none if the packet ends first.
fn string<'p>(p: &mut Cursor<'p>) -> Dissect<Option<&'p [u8]>> {
    let here = p.rest();
    match here.iter().position(|c| *c == 0) {
        Some(end) if end < p.claimed() => {
            let string = p.take(end)?;
            p.skip(1)?;
            Ok(Some(string))
        }
        _ => {
            p.skip(p.claimed())?;
            Ok(None)
        }
    }
}

/// A number in hex as C reads it: blanks, a sign, a prefix, and digits up to whatever is none. Of one that is too
/// large the largest is taken, and of that the lower half.
fn number(digits: &[u8]) -> i32 {
    let blanks = digits.iter().take_while(|c| matches!(c, b' ' | 0x09..=0x0d)).count();
    let digits = digits.get(blanks..).unwrap_or_default();
    let (negative, digits) = match digits.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, digits),
    };
    let prefixed = digits.strip_prefix(b"0x").or_else(|| digits.strip_prefix(b"0X"));
    let digits = prefixed.unwrap_or(digits);
    let values = digits.iter().map_while(|c| char::from(*c).to_digit(16));
    let n = values.fold(0i128, |n, digit| (n * 16 + i128::from(digit)).min(1 << 64));
    let n = if negative { -n } else { n };
    n.clamp(i64::MIN.into(), i64::MAX.into()) as i32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{check, values};

    fn notice(fields: &[&str]) -> String {
        fields.iter().map(|f| f.bytes().map(|b| format!("{b:02x}")).collect::<String>() + "00").collect()
    }

    fn of(kind: &str, class: &str, instance: &str, opcode: &str, recipient: &str, more: &[&str]) -> String {
        let head = ["ZEPH0.2", "0x11", kind, "id", "0x7d0", "0", "0", "", class, instance, opcode, "joe@A"];
        notice(&[&head[..], &[recipient, "fmt", "0", "0/2", "id"], more].concat())
    }

    #[test]
    fn notices_between_people() {
        let hex = of("0x2", "MESSAGE", "PERSONAL", "", "ann@A", &[]);
        check(&ZEPHYR, &hex, "", " zephyr acked joe@A to <MESSAGE,PERSONAL,ann@A>");
        let hex = of("0x9", "NEWS", "x\u{1b}", "PING", "", &[]);
        check(&ZEPHYR, &hex, "-v", " zephyr type 9 joe@A to <NEWS,x^[,*> op PING");
        assert_eq!(
            values(&ZEPHYR, &of("2", "C", "I", "O", "R", &[])),
            r#"{"zephyr":{"version":"0.2","kind":2,"sender":"joe@A","class":"C","instance":"I","opcode":"O","recipient":"R"}}"#
        );
    }

    #[test]
    fn notices_of_the_system() {
        let says = |class, instance, opcode, words: &str| {
            check(
                &ZEPHYR,
                &of("1", class, instance, opcode, "", &[]),
                "",
                &format!(" zephyr unacked joe@A{words}"),
            );
        };
        says("USER_LOCATE", "ann@A", "LOCATE", " locate ann@A");
        says("USER_LOCATE", "ann@A", "USER_HIDE", " hide");
        says("ZEPHYR_ADMIN", "", "LOST", " zephyr-admin lost");
        says("ZEPHYR_CTL", "CLIENT", "GIMME", " ret");
        says("ZEPHYR_CTL", "CLIENT", "SUBSCRIBE", " sub");
        says("ZEPHYR_CTL", "CLIENT", "OTHER", " other");
        says("ZEPHYR_CTL", "HM", "BOOT", " boot");
        says("ZEPHYR_CTL", "REALM", "REQ_SUBSCRIBE", " realm req-subs");
        says("ZEPHYR_CTL", "REALM", "OTHER", "");
        says("ZEPHYR_CTL", "X", "", " to <ZEPHYR_CTL,X,*>");
        says("HM_CTL", "SERVER", "FLUSH", " hm_ctl server flush");
        says("HM_STAT", "HMST_CLIENT", "GIMMESTATS", " get-client-stats");
        says("WG_CTL", "USER", "EXIT", " wg_ctl user exit");
        says("LOGIN", "joe", "USER_FLUSH", " flush_locs");
        says("LOGIN", "joe", "NET-VISIBLE", " set-exposure net-visible");
        says("LOGIN", "joe", "OTHER", " to <LOGIN,joe,*> op OTHER");
    }

    #[test]
    fn notices_with_more_behind_them() {
        let hex = of("2", "ZEPHYR_CTL", "CLIENT", "SUBSCRIBE", "", &["MESSAGE", "*", ""]);
        check(&ZEPHYR, &hex, "", " zephyr acked joe@A sub <MESSAGE,*,*>");
        let hex = of("5", "MESSAGE", "P", "", "", &["SENT"]);
        check(&ZEPHYR, &hex, "", " zephyr serv-ack joe@A to <MESSAGE,P,*>");
        let hex = of("5", "MESSAGE", "P", "", "", &["LOST"]);
        check(&ZEPHYR, &hex, "", " zephyr serv-ack/lost joe@A to <MESSAGE,P,*>");
        let long = "A".repeat(300);
        let hex = of("1", "ZEPHYR_ADMIN", "", &long, "", &[]);
        check(&ZEPHYR, &hex, "", &format!(" zephyr unacked joe@A zephyr-admin {}", "a".repeat(255)));
    }

    #[test]
    fn what_is_none() {
        check(&ZEPHYR, &notice(&["HELLO"]), "", "");
        check(&ZEPHYR, &notice(&["ZEPH0.2", "0x11"]), "", " (invalid)");
        check(&ZEPHYR, "41", "", " (invalid)");
        let other = of("1", "C", "I", "", "", &[]).replacen("302e32", "312e30", 1);
        check(&ZEPHYR, &other, "", " zephyr v1.0");
    }

    #[test]
    fn numbers_as_c_reads_them() {
        for (digits, n) in [("0x1f", 31), (" -2", -2), ("+5z", 5), ("", 0), ("0x", 0), ("zz", 0)] {
            assert_eq!(number(digits.as_bytes()), n, "{digits}");
        }
        assert_eq!(number(b"ffffffffffffffffffff"), -1);
    }
}
