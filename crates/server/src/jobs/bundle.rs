//! Publishes the trust bundle of the region, where this installation has a root key: whenever keys or rules differ from the
//! newest one, and twice a day, so that gates know that it is the newest.

use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::retention::{self, forget_on};
use crate::root_key;
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_credential::bundle::{Bundle, Contents, Roots, assemble, draft, sign};
use healthcode_credential::keys::SigningKey;
use healthcode_store::{Act, StoreFault, Tx, bundles};

/// Seconds after which a bundle is published again though nothing changed.
const AGAIN_SECONDS: i64 = 12 * 3_600;
/// Days for which a bundle is good.
const GOOD_DAYS: i64 = 7;

/// What a bundle of this installation says now, as the next after `before`.
pub fn wanted(app: &App, region: &Region, roots: Roots, before: Option<&Contents>, at: Instant) -> Contents {
    let published = app.published();
    let at = Instant::from_seconds(at.seconds());
    // Keys of other regions come in by a draft that people sign, and stay until another one.
    let others =
        before.map(|before| before.keys.iter().filter(|key| key.issuer.as_ref() != Some(region)).cloned());
    let mut keys = published.keys.listings(region, at);
    keys.extend(others.into_iter().flatten());
    Contents {
        version: before.map_or(1, |before| before.version + 1),
        region: region.clone(),
        issued_at: before.map_or(at, |before| before.issued_at.max(at)),
        ends_at: at.plus_days_of_24h(GOOD_DAYS),
        roots,
        keys,
        recognises: before.map(|before| before.recognises.clone()).unwrap_or_default(),
        actions: published.rules.actions(at),
        rule_set: published.rules.id(at),
    }
}

/// Publishes what is due.
pub async fn publish(app: &App) -> Answer<()> {
    let at = app.clock.now();
    let region = app.published().rules.authority(at);
    let newest = bundles::newest(&mut *app.store.reader().await?, &region).await?;
    let Some(root) = root(app, newest.is_none())? else { return Ok(()) };
    let before = match newest {
        None => None,
        Some((_, file)) => match own(&file, &root) {
            Some(before) => Some(before),
            // Others sign since.
            None => return Ok(()),
        },
    };
    let roots = Roots::new(1, [root.public().clone()]).map_err(|fault| failed(&fault.to_string()))?;
    let contents = wanted(app, &region, roots, before.as_ref().map(Bundle::contents), at);
    if before.as_ref().is_some_and(|before| !is_due(before.contents(), &contents, at)) {
        return Ok(());
    }
    let file = written(&contents, &root).map_err(|fault| failed(&fault.to_string()))?;
    // What gates would refuse is not published.
    if let Some(before) = &before {
        before.follow(&file).map_err(|fault| failed(&fault.to_string()))?;
    }
    match app.store.write(Publish { region, version: contents.version, file, at }).await {
        Err(fault) if !fault.is_taken() => Err(fault.into()),
        _ => Ok(()),
    }
}

/// The root key, made with the first bundle; `None` where others sign.
fn root(app: &App, is_first: bool) -> Answer<Option<SigningKey>> {
    let path = root_key::path_in(&app.config.data);
    let read = match root_key::read(&path) {
        Ok(None) if is_first => root_key::make(&path).map(Some),
        read => read,
    };
    read.map_err(|fault| failed(&fault.to_string()))
}

/// A bundle that this root alone may follow.
fn own(file: &[u8], root: &SigningKey) -> Option<Bundle> {
    let roots = Roots::new(1, [root.public().clone()]).ok()?;
    Bundle::begin(file, &roots.fingerprint()).ok()
}

fn is_due(before: &Contents, now: &Contents, at: Instant) -> bool {
    let same =
        Contents { version: now.version, issued_at: now.issued_at, ends_at: now.ends_at, ..before.clone() };
    same != *now || before.issued_at.plus_seconds(AGAIN_SECONDS) <= at
}

fn written(
    contents: &Contents,
    root: &SigningKey,
) -> Result<Vec<u8>, healthcode_credential::bundle::BundleFault> {
    let body = draft(contents)?;
    Ok(assemble(&body, &[sign(&body, root)?]))
}

fn failed(what: &str) -> Problem {
    tracing::error!(what, "the trust bundle cannot be published");
    Problem::new(Code::Internal)
}

/// Publishes a bundle; a version that is there already is taken.
pub struct Publish {
    /// Whose.
    pub region: Region,
    /// Its version.
    pub version: u64,
    /// The signed file; whoever publishes has checked it as a gate will.
    pub file: Vec<u8>,
    /// When.
    pub at: Instant,
}

impl Act for Publish {
    type Out = ();
    type Fault = StoreFault;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Result<(), StoreFault> {
        let file = bundles::publish(
            &self.region,
            self.version,
            self.at,
            self.file.clone(),
            forget_on(self.at, retention::BUNDLE),
        );
        file.run(tx.conn().await?).await.map(|_| ())
    }
}
