//! The pen's own tests: what each ear hears.

use super::*;

fn hear(ear: Ear, body: impl Fn(&mut Out) -> Dissect) -> String {
    let mut buf = Vec::new();
    let mut out = Out::new(ear, &mut buf, None);
    let _ = out.item(|out| body(out));
    String::from_utf8(buf).unwrap()
}

#[test]
fn a_name_for_one_ear_is_a_number_for_the_other() {
    const TYPES: NameTable = &[(1, "Advertisement")];
    let body = |out: &mut Out| {
        out.say("type ").name("type", 1u8, TYPES, "#%u").say(", ").name("next", 300u16, TYPES, "0x%04x!");
        Ok(())
    };
    assert_eq!(hear(Ear::Text, body), "type Advertisement, 0x012c!");
    assert_eq!(hear(Ear::Json, body), r#"{"type":1,"type_name":"Advertisement","next":300}"#);
    assert_eq!(hear(Ear::Deaf, body), "");
    let body = |out: &mut Out| {
        out.named("type", 1u8, TYPES, "#%u").say(", ").named_as("next", 2u8, TYPES, "?", " #%02x");
        Ok(())
    };
    assert_eq!(hear(Ear::Text, body), "Advertisement (1), ? #02");
    assert_eq!(hear(Ear::Json, body), r#"{"type":1,"type_name":"Advertisement","next":2}"#);
}

#[test]
fn a_cut_list_is_closed() {
    let body = |out: &mut Out| {
        out.list("addrs", |out| {
            out.ip4("", [10, 0, 0, 1]).say(",").ip4("", [10, 0, 0, 2]);
            Err(Stop::Truncated)
        })
    };
    assert_eq!(hear(Ear::Text, body), "10.0.0.1,10.0.0.2");
    assert_eq!(hear(Ear::Json, body), r#"{"addrs":["10.0.0.1","10.0.0.2"]}"#);
}

#[test]
#[should_panic(expected = "is a key in a list")]
fn a_key_in_a_list_is_found() {
    hear(Ear::Json, |out| {
        out.list("addrs", |out| {
            out.ip4("", [10, 0, 0, 1]).note("count", 1u8);
            Ok(())
        })
    });
}

#[test]
#[should_panic(expected = "no key outside a list")]
fn a_value_without_a_key_is_found() {
    hear(Ear::Json, |out| {
        out.list("addrs", |_| Ok(()))?;
        out.num("count", 1u8).aloud(|out| _ = out.num("", 2u8)).num("", 3u8);
        Ok(())
    });
}

#[test]
fn a_phrase_is_one_string() {
    let body = |out: &mut Out| {
        out.phrase("rate", |out| {
            out.num("", 1u8).say(".").num("", 5u8).say("*\"");
            Ok(())
        })
    };
    assert_eq!(hear(Ear::Text, body), "1.5*\"");
    assert_eq!(hear(Ear::Json, body), r#"{"rate":"1.5*\""}"#);
}

#[test]
fn a_packet_cannot_speak_to_the_terminal() {
    let body = |out: &mut Out| {
        out.chars("name", b"a\x1b[\x80\xffz");
        Ok(())
    };
    assert_eq!(hear(Ear::Text, body), "a^[[M-^@M-^?z");
    assert_eq!(hear(Ear::Json, body), "{\"name\":\"a\\u001b[\\u0080\\u00ffz\"}");
    let phrase = |out: &mut Out| out.phrase("name", |out| body(out));
    assert_eq!(hear(Ear::Json, phrase), hear(Ear::Json, body));
}

#[test]
fn digits_are_digits_even_where_names_are_wanted() {
    struct Everybody;
    impl Names for Everybody {
        fn host(&self, _: IpAddr, text: &mut Vec<u8>) -> bool {
            text.extend_from_slice(b"somebody");
            true
        }
        fn port(&self, _: Transport, _: u16, _: &mut Vec<u8>) -> bool {
            false
        }
        fn protocol(&self, _: u8, _: &mut Vec<u8>) -> bool {
            false
        }
        fn rpc_program(&self, number: u32, text: &mut Vec<u8>) -> bool {
            text.extend_from_slice(b"portmapper");
            number == 100_000
        }
        fn mac(&self, _: [u8; 6], _: &mut Vec<u8>) -> bool {
            false
        }
    }
    let mut buf = Vec::new();
    let mut out = Out::new(Ear::Text, &mut buf, Some(&Everybody));
    out.ip4("", [10, 0, 0, 1]).say(" ").ip_digits("", IpAddr::from([10, 0, 0, 1]));
    out.say(" ").rpc_program("", 100_000, "#%u");
    assert_eq!(buf, b"somebody 10.0.0.1 portmapper");
}

#[test]
fn columns_are_for_text() {
    let body = |out: &mut Out| {
        out.right(4, |out| _ = out.num("a", 12u8)).right(2, |out| _ = out.num("b", 345u16));
        Ok(())
    };
    assert_eq!(hear(Ear::Text, body), "  12345");
    assert_eq!(hear(Ear::Json, body), r#"{"a":12,"b":345}"#);
}

#[test]
fn a_failed_check_says_what_it_compared() {
    let body = |out: &mut Out| Err(out.lie("header length", 16u8, "<", 20usize));
    assert_eq!(hear(Ear::Text, body), " [header length 16 < 20]");
    assert_eq!(hear(Ear::Json, body), "{}");
}

#[test]
fn a_nul_ends_a_padded_field_before_the_cut_does() {
    let name = |bytes: &'static [u8]| {
        hear(Ear::Text, |out| out.padded_chars_of("name", &mut Cursor::new(bytes, 8), 4).map(drop))
    };
    assert_eq!(name(b"a\0zz!"), "a");
    assert_eq!(name(b"a\0"), "a");
    assert_eq!(name(b"abcd!"), "abcd");
    let mut buf = Vec::new();
    let mut out = Out::new(Ear::Text, &mut buf, None);
    assert!(out.padded_chars_of("name", &mut Cursor::new(b"ab", 8), 4).is_err());
    assert_eq!(buf, b"ab");
}

#[test]
fn flags_join_and_letters_do_not() {
    const FLAGS: Flags = &[(1, "one"), (2, "two"), (12, "both")];
    let body = |out: &mut Out| {
        out.flags("a", 7u8, FLAGS, "none").say(" ").letters("b", 12u8, FLAGS, "").say(" ");
        out.flags("c", 0u8, FLAGS, "none").say(" ").flags("d", 16u8, FLAGS, "#%08x");
        Ok(())
    };
    assert_eq!(hear(Ear::Text, body), "one, two both none #00000010");
    assert_eq!(
        hear(Ear::Json, body),
        r#"{"a":7,"a_set":["one","two"],"b":12,"b_set":["both"],"c":0,"c_set":[],"d":16,"d_set":[]}"#
    );
}
