//! The house keeper: `cargo xtask COMMAND`.

#![forbid(unsafe_code)]

mod align;
mod bench;
mod capi;
mod conform;
mod fuzz;
mod gannet;
mod mutants;
mod oracle;
mod savefiles;
mod tidy;
mod workspace;

use std::process::ExitCode;

const USAGE: &str = "\
usage: cargo xtask COMMAND

conform [tcpdump|core|wild|filters] ..  score gannet on the conformance suites (--help says more)
capi FOLDER                             lay out libpcap.so.1, headers and a pkg-config file for C programs
tidy                                    check the house rules
oracle FILE [ARGS]                      compare gannet with the installed tcpdump, at every cut
savefiles [--list] [FILE] ..             compare what savefiles hold with tshark and tcpdump
same FILE FILE                          whether two BPF programs (-d or -ddd text) are one filter
random [longer] N [SEED] | LINK FILTER   compare N random filters with the installed libpcap, or show one
mutants [--sample N] [WORDS]            seed bugs into the filter compiler, and see whether they are found
fuzz [TARGET] [SECONDS]                 fuzz: packet, savefile, expression, machine
bench [--smoke] [PACKETS]               measure gannet beside the installed tcpdump
bench files [--smoke] [MB]              the same for large files, beside capinfos, editcap, mergecap too
bench filters [--long]                  measure the filter compiler beside the installed libpcap";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let (command, rest) = match args.split_first() {
        Some((command, rest)) => (command.as_str(), rest),
        None => ("help", &[][..]),
    };
    let outcome = match command {
        "conform" => conform::main(rest),
        "capi" => capi::main(rest),
        "tidy" => tidy::main(rest),
        "oracle" => oracle::main(rest),
        "savefiles" => savefiles::main(rest),
        "random" => conform::random(rest),
        "mutants" => mutants::main(rest),
        "same" => conform::same(rest),
        "fuzz" => fuzz::main(rest),
        "bench" => bench::main(rest),
        "help" | "--help" | "-h" => {
            println!("{USAGE}");
            Ok(true)
        }
        other => Err(format!("no command {other}\n{USAGE}")),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("xtask: {message}");
            ExitCode::FAILURE
        }
    }
}

/// What a command gives: whether all is well, or why it could not tell.
type Outcome = Result<bool, String>;
