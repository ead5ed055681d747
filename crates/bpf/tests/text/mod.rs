//! What is listed comes back.

use gannet_bpf::listing::{self, Form};
use gannet_bpf::{Instruction, asm, check, parse};

use crate::data;
use crate::draw::{Dice, program};

const READABLE: [Form; 5] = [Form::Human, Form::Array, Form::Decimal, Form::Stmt, Form::Asm];

#[test]
fn every_program_of_libpcap_comes_back_from_every_form() {
    let programs = data::programs();
    for program in &programs {
        for form in READABLE {
            let text = form.text(program);
            let back = parse::any(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}"));
            assert_eq!(back.1, program.instructions(), "{form:?}\n{text}");
        }
    }
    println!("{} programs", programs.len());
}

#[test]
fn programs_drawn_by_chance_come_back_from_every_form() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    for _ in 0..2_000 {
        let program = program(&mut dice);
        for form in READABLE {
            let text = form.text(&program);
            let list = parse::any(text.as_bytes()).unwrap_or_else(|error| panic!("{error}\n{text}")).1;
            // `-d` does not tell operands that mean nothing.
            let again = form.text(&check(list.clone(), data::LIMITS).expect("as sound as it was"));
            assert_eq!(again, text, "{form:?}");
            assert!(form == Form::Human || list == program.instructions(), "{form:?}\n{text}");
        }
    }
}

/// Whatever 64 bits are an instruction, the exact forms hold all of them.
#[test]
fn lists_that_are_no_programs_come_back_too() {
    let mut dice = Dice(88_172_645_463_325_252);
    for _ in 0..5_000 {
        let instruction = |dice: &mut Dice| Instruction {
            code: if dice.below(8) == 0 { dice.next() as u16 } else { dice.below(256) as u16 },
            jt: if dice.below(2) == 0 { 0 } else { dice.below(6) as u8 },
            jf: if dice.below(2) == 0 { 0 } else { dice.below(6) as u8 },
            k: match dice.below(4) {
                0 => 0,
                1 => dice.below(9),
                2 => 0u32.wrapping_sub(dice.below(0x30_0000)),
                _ => dice.next(),
            },
        };
        let list: Vec<_> = (0..=dice.below(9)).map(|_| instruction(&mut dice)).collect();
        let mut text = String::new();
        listing::assembly(&list, &mut text).unwrap();
        assert_eq!(asm::assemble(&text).as_deref(), Ok(&*list), "{text}");
        for write in [listing::c_array, listing::decimal, listing::macros] {
            text.clear();
            write(&list, &mut text).unwrap();
            assert_eq!(parse::any(text.as_bytes()).map(|read| read.1).as_deref(), Ok(&*list), "{text}");
        }
        let raw: Vec<u8> = list
            .iter()
            .flat_map(|i| [&i.code.to_ne_bytes()[..], &[i.jt, i.jf], &i.k.to_ne_bytes()].concat())
            .collect();
        assert!(parse::any(&raw).is_ok());
    }
}

/// Nothing that somebody types, or pastes half of, makes a reader panic.
#[test]
fn broken_text_is_an_error_and_no_more() {
    let mut dice = Dice(5);
    let mut errors = 0;
    for _ in 0..300 {
        let program = program(&mut dice);
        for form in READABLE {
            let mut bytes = form.text(&program).into_bytes();
            for _ in 0..=dice.below(4) {
                let at = dice.below(bytes.len() as u32) as usize;
                match dice.below(3) {
                    0 => bytes.truncate(at.max(1)),
                    1 => bytes[at] = dice.pick(b"#[](),x;*/ \n0{}\xff\0"),
                    _ => drop(bytes.remove(at)),
                }
                bytes.push(b' ');
            }
            errors += usize::from(parse::any(&bytes).is_err());
        }
    }
    assert!(errors > 500, "{errors}");
}
