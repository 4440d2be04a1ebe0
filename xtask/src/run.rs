//! Running programs and finding them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

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

/// Runs a program to its end, with its output on ours and nothing to read.
pub fn run(command: &mut Command) -> Done {
    let shown = shown(command);
    println!("  $ {shown}");
    let status = command.stdin(Stdio::null()).status().map_err(|fault| could_not_start(&shown, &fault))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` ended with {status}")) }
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
