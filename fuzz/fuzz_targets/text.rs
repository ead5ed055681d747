//! Any text or bytes are a program or an error; what was read, comes back from the forms that tell all of it.
#![no_main]
use gannet_bpf::{Limits, asm, check, listing, parse};

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok((_, list)) = parse::any(data) else { return };
    if list.is_empty() {
        return;
    }
    let mut text = String::new();
    listing::assembly(&list, &mut text).unwrap();
    assert_eq!(asm::assemble(&text).as_deref(), Ok(&*list));
    for write in [listing::c_array, listing::decimal, listing::macros] {
        text.clear();
        write(&list, &mut text).unwrap();
        assert_eq!(parse::any(text.as_bytes()).map(|read| read.1).as_deref(), Ok(&*list));
    }
    if let Ok(program) = check(list, Limits::USER) {
        listing::Form::ALL.iter().for_each(|form| drop(form.text(&program)));
    }
});
