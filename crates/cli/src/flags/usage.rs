//! How the program is used: from the rows of the table, laid out as tcpdump lays it out.

use super::table::ROWS;
use crate::failure::{Failure, Program};

/// The columns that a line of the usage may take; a tab counts for eight.
const COLUMNS: usize = 78;
const INDENT: &str = "\t\t";

/// What was typed makes no sense: the complaint, then the version and the usage.
pub fn wrong(program: &Program, complaint: Option<String>) -> Failure {
    Failure::Usage { complaint, usage: version(program) + &usage(program) }
}

/// What this is, and what it does as.
pub fn version(program: &Program) -> String {
    let of = if program.name == "gannet" {
        String::new()
    } else {
        format!(" (gannet {})", env!("CARGO_PKG_VERSION"))
    };
    let number = if of.is_empty() { env!("CARGO_PKG_VERSION") } else { "5.0" };
    let name = &program.name;
    format!(
        "{name} version {number}{of}\nprints as tcpdump 5.0, filters as libpcap 1.11\n64-bit build, 64-bit time_t\n"
    )
}

/// All options.
pub fn usage(program: &Program) -> String {
    let mut bundle: Vec<char> =
        ROWS.iter().filter(|row| !row.shape.value).filter_map(|row| row.shape.short).collect();
    bundle.sort_by_key(|c| (*c == '#', c.to_ascii_lowercase(), c.is_lowercase()));
    let bundle: String = bundle.into_iter().collect();
    let mut text = format!("Usage: {} [-{bundle}]", program.name);
    let mut column = text.len();
    for row in ROWS {
        let item = match (row.shape.short, row.shape.long, row.value) {
            (Some(short), _, value) if row.shape.value => format!(" [ -{short} {value} ]"),
            (None, Some(long), "") => format!(" [ --{long} ]"),
            (None, Some(long), value) => format!(" [ --{long} {value} ]"),
            _ => continue,
        };
        push(&mut text, &mut column, &item);
    }
    push(&mut text, &mut column, " [ expression ]");
    text.push('\n');
    text
}

fn push(text: &mut String, column: &mut usize, item: &str) {
    if *column + item.len() > COLUMNS {
        text.push('\n');
        text.push_str(INDENT);
        *column = 8 * INDENT.len();
        text.push_str(item.trim_start());
    } else {
        text.push_str(item);
    }
    *column += item.len();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_is_shown() {
        let text = usage(&Program::called("/usr/bin/gannet".into()));
        assert!(text.starts_with("Usage: gannet [-Aab"), "{text}");
        for word in ["-w file", "--nano", "--skip count", "-B size", "[ expression ]"] {
            assert!(text.contains(word), "{word} in {text}");
        }
        assert!(text.lines().all(|line| line.replace('\t', "        ").len() <= 80), "{text}");
    }
}
