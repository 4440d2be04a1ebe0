//! The pages: installed and built only when something they are made of is newer.

use crate::run::{Done, find, root, run};
use std::fs::{File, Metadata};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// Folders of web/ that are no source of the pages.
const NO_SOURCE: [&str; 5] = ["node_modules", "build", ".svelte-kit", "test-results", "tests"];

/// What to do without Node.js; `None` when it is here.
pub fn missing_node() -> Option<String> {
    let missing: Vec<&str> = ["node", "npm"].into_iter().filter(|name| find(name).is_none()).collect();
    (!missing.is_empty()).then(|| {
        let names = missing.join(" and ");
        format!("{names} not found; install Node.js 20 or newer, which brings both: https://nodejs.org/en/download")
    })
}

/// Builds web/build when it is missing or older than its sources.
pub fn build() -> Done {
    if let Some(what) = missing_node() {
        return Err(what);
    }
    let web = root().join("web");
    // npm writes this file last, so that an installation cut short is seen.
    let installed = modified(&web.join("node_modules/.package-lock.json"));
    if installed.is_none() || modified(&web.join("package-lock.json")) > installed {
        run(npm("ci").args(["--no-audit", "--no-fund"]))?;
    }
    let stamp = web.join("node_modules/.healthcode-built");
    let built = modified(&stamp).filter(|_| web.join("build").is_dir());
    if built.is_some() && newest(&web, true) <= built {
        println!("  pages are up to date");
        return Ok(());
    }
    run(npm("run").arg("build"))?;
    File::create(&stamp).map_err(|fault| format!("{}: {fault}", stamp.display())).map(drop)
}

/// The types of the pages.
pub fn check() -> Done {
    run(npm("run").arg("check"))
}

/// The pages' own tests, without a browser.
pub fn test() -> Done {
    run(&mut npm("test"))
}

fn npm(word: &str) -> Command {
    let mut npm = Command::new("npm");
    npm.arg(word).current_dir(root().join("web"));
    npm
}

fn modified(file: &Path) -> Option<SystemTime> {
    file.metadata().and_then(|metadata| metadata.modified()).ok()
}

/// The latest change of a source; folders count, too, because a deleted file changes only its folder. The top
/// folder itself does not: builds come and go in it.
fn newest(folder: &Path, top: bool) -> Option<SystemTime> {
    let entries = std::fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path());
    entries
        .filter(|path| !(top && is_no_source(path)))
        .filter_map(|path: PathBuf| {
            let metadata: Metadata = path.symlink_metadata().ok()?;
            let within = if metadata.is_dir() { newest(&path, false) } else { None };
            metadata.modified().ok().max(within)
        })
        .max()
}

fn is_no_source(path: &Path) -> bool {
    path.file_name().is_some_and(|name| NO_SOURCE.iter().any(|folder| name == *folder))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_newer_source_is_seen_at_any_depth_and_a_newer_build_is_not() {
        let web = std::env::temp_dir().join(format!("xtask-pages-{}", std::process::id()));
        let touch = |name: &str, second: u64| {
            let file = web.join(name);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            File::create(&file).unwrap();
            for path in file.ancestors().take_while(|path| *path != web) {
                let at = SystemTime::UNIX_EPOCH + Duration::from_secs(second);
                File::open(path).unwrap().set_modified(at).unwrap();
            }
        };
        let newest = || newest(&web, true).unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
        touch("src/routes/me/page.svelte", 10);
        touch("build/index.html", 30);
        touch("tests/loop.mjs", 40);
        assert_eq!(newest(), 10);
        touch("src/lib/build/time.ts", 20);
        assert_eq!(newest(), 20);
        std::fs::remove_dir_all(web).unwrap();
    }
}
