//! What the commands that touch an installation have in common: where its database and keys are.

use crate::fault::Fault;
use crate::key_access::KeyArguments;
use clap::Args;
use healthcode_core::region_table::RegionTable;
use healthcode_server::clock::Clock;
use healthcode_server::config::Config;
use healthcode_server::keys::Keys;
use healthcode_store::seal::{SECRET_BYTES, SealKey};
use healthcode_store::{Store, StoreFault, people, regions};
use std::future::Future;
use std::path::{Path, PathBuf};

/// Where the installation is.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// Database: `sqlite:FILE` or `postgres://USER@HOST/NAME`; SQLite in the data folder unless given
    #[arg(long, value_name = "URL", global = true)]
    pub database: Option<String>,
    /// Folder of keys and, with SQLite, of the database
    #[arg(long, value_name = "DIR", default_value = "healthcode-data", global = true)]
    pub data: PathBuf,
    /// What opens the keys.
    #[command(flatten)]
    pub keys: KeyArguments,
}

impl Place {
    /// The server's settings for this place.
    pub fn config(&self) -> Result<Config, Fault> {
        let key_access = self.keys.access()?;
        Ok(Config {
            database: self.database.clone(),
            data: self.data.clone(),
            key_access,
            ..Config::default()
        })
    }

    /// Opens keys and database; both are made where there are none.
    pub async fn open(&self, clock: &Clock) -> Result<(Keys, Store), Fault> {
        healthcode_server::start::make_data_folder(&self.data).map_err(installation)?;
        self.refuse_lost_keys().await?;
        let keys = Keys::open_or_make(&self.data, &self.keys.access()?, clock).map_err(installation)?;
        let seal = SealKey::new(keys.secret()).map_err(installation)?;
        let store = Store::open(&self.config()?.database_url(), seal).await.map_err(installation)?;
        Ok((keys, store))
    }

    /// Opens what must be there already, so that a mistyped folder is not taken for an empty installation.
    pub async fn open_existing(&self, clock: &Clock) -> Result<(Keys, Store), Fault> {
        self.key_file()?;
        self.open(clock).await
    }

    /// The key file, which must be there.
    pub fn key_file(&self) -> Result<PathBuf, Fault> {
        let path = Keys::path_in(&self.data);
        if path.exists() {
            return Ok(path);
        }
        Err(installation(format!(
            "there is no key file {}; name its folder with --data, copy the file from your backup, or make one for a \
             new installation with `healthcode keys make`",
            path.display()
        )))
    }

    /// New keys are never made for a database that has people: their data are sealed under keys that were lost.
    pub async fn refuse_lost_keys(&self) -> Result<(), Fault> {
        let path = Keys::path_in(&self.data);
        let url = self.config()?.database_url();
        let file = url.strip_prefix("sqlite:").map(|rest| rest.split('?').next().unwrap_or(rest));
        if path.exists() || file.is_some_and(|file| !Path::new(file).exists()) {
            return Ok(());
        }
        // Counting needs no key; this one opens nothing.
        let seal = SealKey::new(&[0; SECRET_BYTES]).map_err(installation)?;
        let store = Store::open(&url, seal).await.map_err(installation)?;
        let count = count_people(&store).await;
        store.close().await;
        if count.map_err(installation)? == 0 {
            return Ok(());
        }
        Err(installation(format!(
            "the database has people, but the key file {} is not there, without which their names and numbers cannot \
             be read; name its folder with --data, or copy the file from your backup",
            path.display()
        )))
    }
}

/// The built-in regions with those added here.
pub async fn known_regions(store: &Store) -> Result<RegionTable, Fault> {
    let mut conn = store.reader().await.map_err(installation)?;
    let added = regions::all(&mut conn).await.map_err(installation)?;
    healthcode_server::start::region_table(&added).map_err(installation)
}

async fn count_people(store: &Store) -> Result<i64, StoreFault> {
    people::count(&mut *store.reader().await?).await
}

/// The key file must be the one that the database's personal data are sealed with.
pub async fn check_key_fits(store: &Store, keys: &Keys) -> Result<(), Fault> {
    let mut conn = store.reader().await.map_err(installation)?;
    let Some(person) = people::first(&mut conn).await.map_err(installation)? else { return Ok(()) };
    match people::get(&mut conn, store.seal(), &person).await {
        Ok(_) => Ok(()),
        Err(StoreFault::Damaged { .. }) => Err(installation(format!(
            "the key file {} does not open the personal data of this database; name the folder of the right one with \
             --data",
            keys.path().display()
        ))),
        Err(fault) => Err(installation(fault)),
    }
}

/// A fault of the installation.
pub fn installation(fault: impl std::fmt::Display) -> Fault {
    Fault::Installation(fault.to_string())
}

/// Runs what needs the asynchronous runtime.
pub fn block_on<T>(work: impl Future<Output = Result<T, Fault>>) -> Result<T, Fault> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    runtime.map_err(installation)?.block_on(work)
}

/// Ready when the process is asked to end.
pub async fn asked_to_end() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without handlers the system ends the process itself.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
