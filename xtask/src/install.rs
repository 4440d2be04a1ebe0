//! What the checks need beyond Rust and Node.js, and how Debian gets it.

use crate::browser::chromium;
use crate::postgres;
use crate::run::{Done, find, is_root, run};
use std::process::Command;

/// Something that a machine may lack.
pub struct Need {
    what: &'static str,
    packages: &'static [&'static str],
    /// What is not checked without it.
    pub unchecked: &'static str,
    present: fn() -> bool,
}

const NEEDS: [Need; 4] = [
    Need {
        what: "PostgreSQL's server",
        packages: &["postgresql"],
        unchecked: "everything on PostgreSQL (the same tests still run on SQLite)",
        present: || postgres::bin().is_some(),
    },
    Need {
        what: "Chromium",
        packages: &["chromium"],
        unchecked: "the whole loop in a browser",
        present: || chromium().is_some(),
    },
    Need {
        what: "a C compiler",
        packages: &["gcc", "libc6-dev"],
        unchecked: "whatever links SQLite and the cryptographic library",
        present: || find("cc").is_some(),
    },
    Need {
        what: "SoftHSM, age and Pebble",
        packages: &["softhsm2", "age", "pebble"],
        unchecked: "signing keys in a token, age opening our key files, certificates from an ACME server",
        present: || ["softhsm2-util", "age", "pebble"].iter().all(|name| find(name).is_some()),
    },
];

/// What this machine lacks.
pub fn missing() -> Vec<&'static Need> {
    NEEDS.iter().filter(|need| !(need.present)()).collect()
}

/// The one line to type, and which tests go without it.
pub fn advice(missing: &[&Need]) -> String {
    let whats: Vec<&str> = missing.iter().map(|need| need.what).collect();
    let unchecked: Vec<&str> = missing.iter().map(|need| need.unchecked).collect();
    let line = if find("apt-get").is_some() {
        let sudo = if is_root() { "" } else { "sudo " };
        let packages = packages(missing).join(" ");
        format!("{sudo}apt-get update && {sudo}apt-get install -y --no-install-recommends {packages}")
    } else {
        format!("install with your system's package manager: {}", whats.join(", "))
    };
    format!(
        "Missing: {}. To install:\n\n  {line}\n\nUntil then not checked: {}.",
        whats.join(", "),
        unchecked.join("; ")
    )
}

/// A file with which Debian's PostgreSQL packages do not start a server of their own, which would take port 5432 and
/// stay for ever. It is read by `pg_conftool` from the include folder of createcluster.conf in Debian 12 and 13.
const NO_CLUSTER: &str = "/etc/postgresql-common/createcluster.d/healthcode.conf";

/// Installs what is missing with Debian's packages; as another user than root through sudo.
pub fn install(missing: &[&Need]) -> Done {
    if find("apt-get").is_none() {
        return Err(format!("apt-get is not here, so nothing can be installed. {}", advice(missing)));
    }
    let packages = packages(missing);
    // A repository out of reach need not matter: whether the packages arrive decides.
    if let Err(fault) = run(&mut as_root(&["apt-get", "update", "--quiet"])) {
        println!("  {fault}; going on with the package lists that are here");
    }
    let postgres = packages.contains(&"postgresql");
    if postgres {
        let write = "mkdir -p \"${1%/*}\" && echo 'create_main_cluster = false' > \"$1\"";
        run(&mut as_root(&["sh", "-c", write, "sh", NO_CLUSTER]))?;
    }
    let mut install = as_root(&["apt-get", "install", "--yes", "--quiet", "--no-install-recommends"]);
    // Machines that have just started often hold the lock for their own updates.
    let installed = run(install.args(["-o", "DPkg::Lock::Timeout=300"]).args(&packages));
    if postgres {
        run(&mut as_root(&["rm", "-f", NO_CLUSTER]))?;
    }
    installed?;
    let still: Vec<&str> = missing.iter().filter(|need| !(need.present)()).map(|need| need.what).collect();
    if still.is_empty() {
        Ok(())
    } else {
        Err(format!("installed, but still not found: {}", still.join(", ")))
    }
}

fn packages(missing: &[&Need]) -> Vec<&'static str> {
    missing.iter().flat_map(|need| need.packages).copied().collect()
}

fn as_root(words: &[&str]) -> Command {
    let mut command = if is_root() {
        Command::new("env")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("env");
        sudo
    };
    command.arg("DEBIAN_FRONTEND=noninteractive").args(words);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_advice_names_every_package_in_one_line_and_what_goes_unchecked() {
        let all: Vec<&Need> = NEEDS.iter().collect();
        let advice = advice(&all);
        assert!(advice.contains("the whole loop in a browser"), "{advice}");
        if find("apt-get").is_some() {
            let lines: Vec<&str> = advice.lines().filter(|line| line.contains("apt-get")).collect();
            assert_eq!(lines.len(), 1);
            assert!(packages(&all).iter().all(|package| lines[0].contains(package)));
        }
    }
}
