//! The two libraries, and the programs that run on them.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Once;

/// Says that something could not be tried, past the test harness.
pub fn skip(why: &str) {
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}

/// A folder of one's own for a test, empty.
pub fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Library {
    /// The installed libpcap.
    System,
    /// The one that was just built.
    Ours,
}

impl Library {
    /// Where it is; a path that does not exist if there is none.
    pub fn path(self) -> PathBuf {
        match self {
            Library::Ours => {
                let test = std::env::current_exe().expect("this program");
                test.parent().expect("its folder").join("libpcap.so")
            }
            Library::System => {
                let known = Command::new("ldconfig").arg("-p").env("PATH", "/usr/sbin:/sbin").output();
                let text = known.map(|known| String::from_utf8_lossy(&known.stdout).into_owned());
                let text = text.unwrap_or_default();
                let line = text.lines().find(|line| line.trim_start().starts_with("libpcap.so."));
                line.and_then(|line| line.rsplit(' ').next()).map(PathBuf::from).unwrap_or_default()
            }
        }
    }

    /// Makes a program run on it.
    pub fn under(self, command: &mut Command) -> &mut Command {
        match self {
            Library::System => command.env_remove("LD_LIBRARY_PATH"),
            Library::Ours => command.env("LD_LIBRARY_PATH", folder()),
        }
    }
}

/// Our library under all names that programs ask for.
pub fn folder() -> PathBuf {
    static ONCE: Once = Once::new();
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("lib-{}", std::process::id()));
    ONCE.call_once(|| {
        fs::create_dir_all(&folder).expect("a folder");
        for name in ["libpcap.so", "libpcap.so.1", "libpcap.so.0.8"] {
            let _ = fs::remove_file(folder.join(name));
            symlink(Library::Ours.path(), folder.join(name)).expect("a link");
        }
    });
    folder
}

/// What a library exports; `None` if that cannot be told.
pub fn exports(library: &Path) -> Option<BTreeSet<String>> {
    let told = Command::new("nm").args(["-D", "--defined-only"]).arg(library).output().ok()?;
    let text = String::from_utf8_lossy(&told.stdout).into_owned();
    let name = |line: &str| {
        line.split_whitespace().nth(2).map(|name| name.split('@').next().unwrap_or(name).to_owned())
    };
    Some(text.lines().filter_map(name).collect())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Headers {
    System,
    Ours,
}

/// A C program, compiled.
pub struct Program {
    name: String,
    path: PathBuf,
}

impl Program {
    /// Compiles `tests/programs/NAME.c`; says so and gives `None` where that is not possible. `tag` tells tests apart.
    pub fn compiled(name: &str, tag: &str, headers: Headers) -> Option<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let source = root.join("tests/programs").join(format!("{name}.c"));
        let path =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{tag}-{}", std::process::id()));
        let mut compiler = Command::new("cc");
        compiler
            .args(["-g", "-Wall", "-Werror", "-Wno-deprecated-declarations", "-o"])
            .arg(&path)
            .arg(&source);
        match headers {
            Headers::System if !system_can() => return none("no C compiler, or no headers of libpcap, here"),
            Headers::System => compiler.args(["-lpcap", "-lpthread"]),
            Headers::Ours if !found("cc") => return none("no C compiler here"),
            Headers::Ours => compiler
                .arg("-I")
                .arg(root.join("include"))
                .arg("-L")
                .arg(folder())
                .args(["-lpcap", "-lpthread"]),
        };
        let done = compiler.output().expect("a compiler");
        assert!(done.status.success(), "{name}.c:\n{}", String::from_utf8_lossy(&done.stderr));
        Some(Self { name: name.to_owned(), path })
    }

    /// What it says on standard output. It has to end well, and to be quiet on standard error if the library is ours.
    pub fn run(&self, library: Library, args: &[&Path]) -> String {
        let mut command = Command::new("timeout");
        command.arg("60").arg(&self.path).args(args);
        let done = library.under(&mut command).output().expect("timeout of coreutils");
        self.check(&done, library)
    }

    /// Runs on our library under valgrind; says whether there is one.
    pub fn run_watched(&self, args: &[&Path]) -> bool {
        if !found("valgrind") {
            return false;
        }
        let mut command = Command::new("valgrind");
        command.args([
            "-q",
            "--error-exitcode=99",
            "--leak-check=full",
            "--show-leak-kinds=definite",
            "--errors-for-leak-kinds=definite",
        ]);
        command.arg(&self.path).args(args);
        let done = Library::Ours.under(&mut command).output().expect("valgrind");
        self.check(&done, Library::Ours);
        true
    }

    fn check(&self, done: &Output, library: Library) -> String {
        let [said, complained] =
            [&done.stdout, &done.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned());
        assert!(done.status.success(), "{} on {library:?}: {}\n{said}{complained}", self.name, done.status);
        if library == Library::Ours {
            assert_eq!(complained, "", "{}: the library does not print", self.name);
        }
        said
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn none(why: &str) -> Option<Program> {
    skip(why);
    None
}

/// Whether there is a program of this name.
pub fn found(name: &str) -> bool {
    Command::new(name).arg("--version").output().is_ok()
}

/// Whether programs can be compiled against an installed libpcap.
fn system_can() -> bool {
    let folder = scratch(&format!("probe-{}-{:?}", std::process::id(), std::thread::current().id()));
    let (source, program) = (folder.join("probe.c"), folder.join("probe"));
    fs::write(&source, "#include <pcap.h>\nint main(void) { return pcap_lib_version() == 0; }\n")
        .expect("a file");
    let done = Command::new("cc").arg("-o").arg(program).arg(source).arg("-lpcap").output();
    let _ = fs::remove_dir_all(folder);
    done.is_ok_and(|done| done.status.success())
}
