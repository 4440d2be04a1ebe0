//! Running programs and finding them.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Lines of a failed program's errors that its fault repeats.
const LAST_LINES: usize = 15;
/// Less free disk than this is little, in KiB.
const LITTLE_KIB: u64 = 1 << 20;

/// Done, or what went wrong and what to do, in words.
pub type Done = Result<(), String>;

/// The project's root folder.
pub fn root() -> PathBuf {
    let xtask = Path::new(env!("CARGO_MANIFEST_DIR"));
    xtask.parent().unwrap_or(xtask).to_owned()
}

/// The folder in which cargo builds: this program lies in `debug` within it.
pub fn target() -> Result<PathBuf, String> {
    let this = std::env::current_exe().map_err(|fault| format!("the path of xtask is not known: {fault}"))?;
    let target = this.parent().and_then(Path::parent);
    target.map(Path::to_owned).ok_or_else(|| format!("{} lies in no target folder", this.display()))
}

/// The cargo that started this program, with arguments separated by spaces.
pub fn cargo(args: &str) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args.split_whitespace()).current_dir(root());
    command
}

/// Runs a program to its end, with its output on ours and nothing to read. Where nobody watches, the last of its errors
/// are in the fault as well, since a summary is read first and often alone.
pub fn run(command: &mut Command) -> Done {
    let shown = shown(command);
    println!("  $ {shown}");
    command.stdin(Stdio::null());
    let watched = std::io::stderr().is_terminal();
    command.stderr(if watched { Stdio::inherit() } else { Stdio::piped() });
    let mut child = command.spawn().map_err(|fault| could_not_start(&shown, &fault))?;
    let said = child.stderr.take().map(|errors| pass_on(BufReader::new(errors))).unwrap_or_default();
    let status = child.wait().map_err(|fault| could_not_start(&shown, &fault))?;
    if status.success() {
        return Ok(());
    }
    Err(format!("`{shown}` ended with {status}{}{}", full_disk(), said))
}

/// Writes every line on; the last ones, each on a line of its own.
fn pass_on(errors: impl BufRead) -> String {
    let mut last = VecDeque::new();
    for line in errors.split(b'\n').map_while(Result::ok) {
        let line = String::from_utf8_lossy(&line).into_owned();
        eprintln!("{line}");
        last.push_back(line);
        last.drain(..last.len().saturating_sub(LAST_LINES));
    }
    last.into_iter().map(|line| format!("\n    | {line}")).collect()
}

/// A remark where the disk is nearly full, which programs say in many ways and some not at all.
fn full_disk() -> String {
    let free = read(Command::new("df").args(["-Pk", "."]).current_dir(root())).ok();
    let free_kib =
        free.and_then(|table| table.lines().last()?.split_whitespace().nth(3)?.parse::<u64>().ok());
    free_kib.filter(|kib| *kib < LITTLE_KIB).map_or(String::new(), |kib| {
        format!("; {} MiB are free on the disk, and a whole run takes 9 GiB", kib / 1024)
    })
}

/// Runs a program to its end and gives back what it wrote; its errors are told in ours.
pub fn read(command: &mut Command) -> Result<String, String> {
    let shown = shown(command);
    let output = command.stdin(Stdio::null()).output().map_err(|fault| could_not_start(&shown, &fault))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("`{shown}` ended with {}: {}", output.status, said.trim()));
    }
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// A command as a person would type it.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy().into_owned()).collect::<Vec<_>>().join(" ")
}

/// A program in the folders of PATH.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether this process may do everything.
pub fn is_root() -> bool {
    read(Command::new("id").arg("-u")).is_ok_and(|id| id == "0")
}

/// What to say when a program does not start.
pub fn could_not_start(shown: &str, fault: &std::io::Error) -> String {
    format!("`{shown}` did not start: {fault}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failed_program_is_told_with_the_last_of_what_it_said() {
        let shell = |script: &str| run(Command::new("sh").args(["-c", script]));
        assert_eq!(shell("echo no matter >&2"), Ok(()));
        let said: String = (6..=20).map(|line| format!("\n    | {line}")).collect();
        let script = "for line in $(seq 20); do echo $line >&2; done; exit 3";
        let fault = shell(script).unwrap_err();
        assert!(fault.contains("exit status: 3"), "{fault}");
        // Whoever runs this on a terminal sees the lines themselves.
        assert_eq!(fault.ends_with(&said), !std::io::stderr().is_terminal(), "{fault}");
    }

    #[test]
    fn bytes_that_are_no_text_are_passed_on_all_the_same() {
        assert_eq!(pass_on(&b"one\n\xff\nlast"[..]), "\n    | one\n    | \u{fffd}\n    | last");
    }
}
