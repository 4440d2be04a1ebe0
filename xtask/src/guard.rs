//! Cleaning up however this program ends: done, failed, Ctrl-C or killed.

use crate::run::could_not_start;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};

/// A small shell that waits for its input to close, which happens when this is dropped or this process ends in any
/// way, and then runs its script. It has a process group of its own, so that Ctrl-C does not reach it.
pub struct Guard {
    shell: Child,
}

impl Guard {
    /// Sets the guard. `script` sees `args` as `$1`, `$2` and so on, and runs as `user` (user and group id) if given.
    pub fn set(script: &str, args: &[&str], user: Option<(u32, u32)>) -> Result<Self, String> {
        let mut command = Command::new("sh");
        command.arg("-c").arg(format!("trap '' HUP INT TERM; read -r _; {script}")).arg("guard").args(args);
        if let Some((user, group)) = user {
            command.uid(user).gid(group);
        }
        let shell =
            command.current_dir("/").process_group(0).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        Ok(Self { shell: shell.map_err(|fault| could_not_start("sh", &fault))? })
    }
}

impl Drop for Guard {
    /// Lets the script run and waits for its end (`wait` closes the input first).
    fn drop(&mut self) {
        if let Err(fault) = self.shell.wait() {
            eprintln!("the clean-up did not end well: {fault}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_script_runs_when_the_guard_goes_and_not_before() {
        let file = std::env::temp_dir().join(format!("xtask-guard-{}", std::process::id()));
        let guard = Guard::set("echo gone > \"$1\"", &[&file.to_string_lossy()], None).unwrap();
        assert!(!file.exists());
        drop(guard);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "gone\n");
        std::fs::remove_file(file).unwrap();
    }
}
