//! The next bundle after a given one, to be signed by its roots.

use super::show;
use crate::fault::{Answer, Fault};
use crate::files;
use crate::installation::{Place, installation};
use clap::Args;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_credential::bundle::{Contents, LONGEST_FILE_BYTES, Recognition, Roots, draft};
use healthcode_credential::trust::{TrustBundle, TrustedKey};
use healthcode_server::clock::Clock;
use healthcode_server::keys::Keys;
use std::io::Write;
use std::path::{Path, PathBuf};

/// What is to change. Whatever is not named stays as it is; the keys are those of the key file.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode bundle draft now.json --recognise 310000 --partner shanghai.json --days 30 > body"
)]
pub struct Arguments {
    /// The bundle before
    #[arg(value_name = "FILE")]
    before: PathBuf,
    /// Public half of a root, as `root` printed it; repeated, these take the place of the roots before
    #[arg(long, value_name = "FILE")]
    roots: Vec<PathBuf>,
    /// How many of the new roots must sign
    #[arg(long, value_name = "N", requires = "roots")]
    threshold: Option<usize>,
    /// A region whose passes count here from now on
    #[arg(long, value_name = "REGION")]
    recognise: Vec<String>,
    /// A region whose passes count here no more
    #[arg(long, value_name = "REGION")]
    forget: Vec<String>,
    /// Trust file of a region that is recognised; its keys take the place of those it had before
    #[arg(long, value_name = "FILE")]
    partner: Vec<PathBuf>,
    /// Days for which the bundle is good, 1 to 400
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(i64).range(1..=400))]
    days: i64,
    #[command(flatten)]
    place: Place,
}

/// Writes the body.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    let (before, _) = show::read(&arguments.before)?;
    let clock = Clock::system();
    let at = Instant::from_seconds(clock.now().seconds());
    let keys =
        Keys::open(&arguments.place.key_file()?, &arguments.place.keys.access()?).map_err(installation)?;
    let mut next = before.contents().clone();
    next.version += 1;
    next.issued_at = next.issued_at.max(at);
    next.ends_at = at.plus_days_of_24h(arguments.days);
    if !arguments.roots.is_empty() {
        next.roots = roots(&arguments.roots, arguments.threshold)?;
    }
    let own = next.region.clone();
    next.keys.retain(|key| key.issuer.as_ref() != Some(&own));
    next.keys.splice(0..0, keys.listings(&own, at));
    for file in &arguments.partner {
        let listed = partner(file, &own)?;
        next.keys.retain(|key| listed.iter().all(|new| new.issuer != key.issuer));
        next.keys.extend(listed);
    }
    recognise(arguments, &mut next, at)?;
    let body = draft(&next).map_err(|fault| Fault::Usage(fault.to_string()))?;
    let written = std::io::stdout().write_all(&body);
    written.map_err(|source| Fault::Write { file: "standard output".to_owned(), source })?;
    Ok(Answer::Done)
}

fn recognise(arguments: &Arguments, next: &mut Contents, at: Instant) -> Result<(), Fault> {
    let region = |text: &String| Region::new(text).map_err(|fault| Fault::Usage(format!("{text}: {fault}")));
    for text in &arguments.forget {
        let gone = region(text)?;
        next.recognises.retain(|rule| rule.issuer != gone);
        next.keys.retain(|key| key.issuer.as_ref() != Some(&gone));
    }
    for text in &arguments.recognise {
        let issuer = region(text)?;
        if next.recognises.iter().all(|rule| rule.issuer != issuer) {
            next.recognises.push(Recognition { issuer, from: at, until: None });
        }
    }
    Ok(())
}

/// The roots of several files together.
fn roots(paths: &[PathBuf], threshold: Option<usize>) -> Result<Roots, Fault> {
    let mut keys = Vec::new();
    for path in paths {
        let file = files::read(path, LONGEST_FILE_BYTES as u64)?;
        let read = Roots::read(&file).map_err(|fault| Fault::file(files::shown(path), fault))?;
        keys.extend(read.keys().cloned());
    }
    // A majority, where nobody says otherwise.
    let threshold = threshold.unwrap_or(keys.len() / 2 + 1);
    Roots::new(threshold, keys).map_err(|fault| Fault::Usage(fault.to_string()))
}

/// The keys that a partner's trust file lists.
fn partner(path: &Path, own: &Region) -> Result<Vec<TrustedKey>, Fault> {
    let text = files::read_text(path, LONGEST_FILE_BYTES as u64)?;
    let listed = TrustBundle::read(&text).map_err(|fault| Fault::file(files::shown(path), fault))?;
    let keys: Vec<_> = listed.listings().cloned().collect();
    if keys.iter().any(|key| key.issuer.is_none() || key.issuer.as_ref() == Some(own)) {
        let problem =
            "is no trust file of another region; ask the partner for the output of `healthcode keys trust`";
        return Err(Fault::file(files::shown(path), problem));
    }
    Ok(keys)
}
