//! A PostgreSQL server for one run: its own folder, its own free port on 127.0.0.1, gone afterwards. Durability is
//! as in production (`fsync` and `synchronous_commit` stay on), since some tests measure it.

use crate::guard::Guard;
use crate::run::{find, is_root, read};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where tests look for the server's URL.
pub const VARIABLE: &str = "HEALTHCODE_TEST_POSTGRES";

/// A running server. Stopped and its folder removed when dropped, or when this process ends in any way.
pub struct Postgres {
    url: String,
    _guard: Guard,
}

impl Postgres {
    /// `postgres://…` of its database for everyone.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Makes and starts a server with the programs in `bin`. As root it runs under the user `postgres` or `nobody`,
    /// because PostgreSQL refuses to be root.
    pub fn start(bin: &Path) -> Result<Self, String> {
        let user = if is_root() { Some(unprivileged()?) } else { None };
        let folder = folder(user)?;
        let (data, log) = (text(&folder.join("data")), text(&folder.join("log")));
        let stop = "\"$1\" stop --pgdata \"$2/data\" --mode immediate --silent 2>/dev/null; rm -rf \"$2\"";
        let guard = Guard::set(stop, &[&text(&bin.join("pg_ctl")), &text(&folder)], user)?;
        let mut initdb = program(bin, "initdb", &folder, user);
        initdb.args(["--auth", "trust", "--username", "healthcode", "--encoding", "UTF8", "--locale", "C"]);
        // Only the making of the empty folder is unsynced; the server itself syncs.
        read(initdb.args(["--no-sync", "--pgdata", &data]))?;
        let port = free_port()?;
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=200"
        );
        let mut start = program(bin, "pg_ctl", &folder, user);
        start.args(["start", "--wait", "--silent", "--pgdata", &data, "--log", &log, "--options", &options]);
        read(&mut start).map_err(|fault| {
            let log = std::fs::read_to_string(&log).unwrap_or_default();
            format!("{fault}\nPostgreSQL's log says:\n{log}")
        })?;
        Ok(Self { url: format!("postgres://healthcode@127.0.0.1:{port}/postgres"), _guard: guard })
    }
}

/// The folder with `initdb` and `pg_ctl`: one of PATH, else the newest of Debian's, which leaves them out of PATH.
pub fn bin() -> Option<PathBuf> {
    let complete = |folder: &PathBuf| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file();
    let mut debian: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .collect();
    debian.sort();
    let in_path = find("initdb").and_then(|file| file.canonicalize().ok()?.parent().map(Path::to_owned));
    in_path.into_iter().chain(debian.into_iter().rev().map(|(_, folder)| folder)).find(complete)
}

fn program(bin: &Path, name: &str, folder: &Path, user: Option<(u32, u32)>) -> Command {
    let mut command = Command::new(bin.join(name));
    command.current_dir(folder);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command
}

/// User and group id of someone without rights.
fn unprivileged() -> Result<(u32, u32), String> {
    let accounts = std::fs::read_to_string("/etc/passwd").map_err(|fault| format!("/etc/passwd: {fault}"))?;
    ["postgres", "nobody"].iter().find_map(|name| ids(&accounts, name)).ok_or_else(|| {
        "PostgreSQL refuses to run as root, and there is neither a user postgres nor nobody; run as another user"
            .to_owned()
    })
}

fn ids(accounts: &str, name: &str) -> Option<(u32, u32)> {
    let mut parts =
        accounts.lines().map(|line| line.split(':')).find(|parts| parts.clone().next() == Some(name))?;
    let user = parts.nth(2)?.parse().ok()?;
    Some((user, parts.next()?.parse().ok()?))
}

/// A new folder that only the server's user can read; as root in /tmp, which every user can reach.
fn folder(user: Option<(u32, u32)>) -> Result<PathBuf, String> {
    let temp = if user.is_some() { PathBuf::from("/tmp") } else { std::env::temp_dir() };
    let folder = temp.join(format!("healthcode-postgres-{}", std::process::id()));
    let fault = |fault: std::io::Error| format!("{}: {fault}; remove it and try again", folder.display());
    DirBuilder::new().mode(0o700).create(&folder).map_err(fault)?;
    if let Some((user, group)) = user {
        std::os::unix::fs::chown(&folder, Some(user), Some(group)).map_err(fault)?;
    }
    Ok(folder)
}

/// A port that was free a moment ago.
fn free_port() -> Result<u16, String> {
    let address = std::net::TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
    address.map(|address| address.port()).map_err(|fault| format!("no free port on 127.0.0.1: {fault}"))
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_from_the_line_of_exactly_that_user() {
        let accounts =
            "root:x:0:0:root:/root:/bin/sh\npostgresx:x:7:7::/:\npostgres:x:101:104:,,,:/var:/bin/sh\n";
        assert_eq!(ids(accounts, "postgres"), Some((101, 104)));
        assert_eq!(ids(accounts, "nobody"), None);
    }

    #[test]
    fn a_server_answers_while_it_lives_and_leaves_nothing() {
        let Some(bin) = bin() else {
            eprintln!("SKIPPED: PostgreSQL is not installed, so starting it is not tested");
            return;
        };
        let server = Postgres::start(&bin).unwrap();
        let address = server.url().split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
        let ask = |what: &str| read(Command::new(bin.join("psql")).args([server.url(), "-Atc", what]));
        if bin.join("psql").is_file() {
            assert_eq!(ask("SHOW fsync").as_deref(), Ok("on"));
            assert_eq!(ask("SHOW synchronous_commit").as_deref(), Ok("on"));
        }
        assert!(std::net::TcpStream::connect(&address).is_ok());
        drop(server);
        assert!(std::net::TcpStream::connect(&address).is_err());
        assert!(!PathBuf::from(format!("/tmp/healthcode-postgres-{}", std::process::id())).exists());
    }
}
