//! The library as programs meet it: C programs that were compiled against the system's headers, and Debian's tcpdump, run
//! on the installed libpcap and on ours, and have to say the same.

#[path = "abi/captures.rs"]
mod captures;
#[path = "abi/peer.rs"]
mod peer;
#[path = "abi/tcpdump.rs"]
mod tcpdump;

use gannet_capture::testing::{in_namespace, inside};
use peer::{Headers, Library, Program, exports, skip};
use std::collections::BTreeSet;
use std::path::Path;

/// What libpcap 1.10 exports on Linux.
const SYMBOLS: &str = include_str!("symbols.txt");

#[test]
fn the_library_exports_what_libpcap_exports() {
    let Some(ours) = exports(&Library::Ours.path()) else {
        return skip("no nm here");
    };
    let known: BTreeSet<String> = SYMBOLS.lines().map(str::to_owned).collect();
    assert_eq!(ours, known, "ours, and what libpcap 1.10 exports");
    match exports(&Library::System.path()) {
        Some(theirs) if !theirs.is_empty() => {
            let missing: Vec<_> = theirs.difference(&ours).collect();
            assert!(missing.is_empty(), "the installed libpcap exports more: {missing:?}");
        }
        _ => skip("no libpcap to compare with"),
    }
}

#[test]
fn answers_that_need_no_packet_are_the_same() {
    same("quiet", &[]);
}

#[test]
fn our_own_headers_do_as_well() {
    for name in ["quiet", "offline"] {
        let Some(program) = Program::compiled(name, "own", Headers::Ours) else { return };
        let Some(system) = Program::compiled(name, "for_own", Headers::System) else { return };
        let (file, folder) = (captures::tour(), peer::scratch("own"));
        let args = if name == "quiet" { vec![] } else { vec![file.as_path(), folder.as_path()] };
        assert_eq!(program.run(Library::Ours, &args), system.run(Library::Ours, &args), "{name}");
    }
}

#[test]
fn savefiles_of_all_kinds_read_and_write_the_same() {
    let Some(program) = Program::compiled("offline", "files", Headers::System) else { return };
    let folder = peer::scratch("files");
    let mut files = captures::made(&folder);
    files.extend(captures::conformance(40));
    for file in files {
        let [theirs, ours] = [Library::System, Library::Ours]
            .map(|library| program.run(library, &[file.as_path(), folder.as_path()]));
        // libpcap does not append to what it has written itself if check sequences are announced.
        let announced = theirs.starts_with("link") && !theirs.contains(" ext 0 ");
        // What is later than 2038, libpcap 1.10 takes for 1901.
        let late = theirs.lines().any(|line| line.starts_with("-2") || line.starts_with("-1"));
        if !captures::refused(&theirs) && !announced && !late {
            assert_eq!(theirs, ours, "{}", file.display());
        }
    }
}

/// A relative of libpcap's own test: a compressed file, which libpcap does not read.
#[test]
fn a_compressed_savefile_reads_like_any_other() {
    let Some(program) = Program::compiled("offline", "packed", Headers::System) else { return };
    let folder = peer::scratch("packed");
    let Some(packed) = captures::packed(&folder) else { return skip("no gzip here") };
    let plain = program.run(Library::Ours, &[&captures::tour(), &folder]);
    let said = program.run(Library::Ours, &[&packed, &folder]);
    // But for where the stream stands, which is somewhere in what is compressed.
    let without = |text: &str| -> Vec<String> {
        text.lines()
            .filter(|l| !l.starts_with("at ") && !l.starts_with("place "))
            .map(str::to_owned)
            .collect()
    };
    assert_eq!(without(&plain), without(&said));
}

#[test]
fn callbacks_may_close_read_and_loop() {
    let Some(program) = Program::compiled("callbacks", "callbacks", Headers::System) else { return };
    let said = program.run(Library::Ours, &[&captures::tour()]);
    let wanted = "closed, 62 bytes left alone 1\nloop -2 1\n\
        next 1, same 1\nother 62, 1\nnext 1, same 1\nother 62, 1\nnext 1, same 1\nother 62, 1\nloop 0 3\n\
        inner 0\ninner 0\ninner 0\nloop 0 7\nnone -1\n-1 -1 -1\n1 1\n-1 -1\n1 0\n";
    assert_eq!(said, wanted);
}

#[test]
fn memory_is_used_as_it_should_be() {
    let file = captures::tour();
    let folder = peer::scratch("valgrind");
    let runs: [(&str, Vec<&Path>); 3] =
        [("quiet", vec![]), ("offline", vec![&file, &folder]), ("callbacks", vec![&file])];
    for (name, args) in runs {
        let Some(program) = Program::compiled(name, "valgrind", Headers::System) else { return };
        if !program.run_watched(&args) {
            return skip("no valgrind here");
        }
    }
}

#[test]
fn a_live_capture_is_the_same() {
    in_namespace("a_live_capture_is_the_same", || {
        assert!(inside());
        same("live", &[]);
    });
}

/// A program says the same on either library.
fn same(name: &str, args: &[&Path]) {
    let Some(program) = Program::compiled(name, "same", Headers::System) else { return };
    let theirs = program.run(Library::System, args);
    assert!(theirs.lines().count() > 20, "{name} has hardly anything to say:\n{theirs}");
    assert_eq!(theirs, program.run(Library::Ours, args), "{name}");
}
