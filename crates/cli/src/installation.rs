//! What the commands that touch an installation have in common: where its database and keys are.

use crate::fault::Fault;
use clap::Args;
use healthcode_server::clock::Clock;
use healthcode_server::config::Config;
use healthcode_server::keys::Keys;
use healthcode_store::Store;
use healthcode_store::seal::SealKey;
use std::future::Future;
use std::path::PathBuf;

/// Where the installation is.
#[derive(Args, Clone, Debug)]
pub struct Place {
    /// Database: `sqlite:FILE` or `postgres://USER@HOST/NAME`; SQLite in the data folder unless given
    #[arg(long, value_name = "URL", global = true)]
    pub database: Option<String>,
    /// Folder of keys and, with SQLite, of the database
    #[arg(long, value_name = "DIR", default_value = "healthcode-data", global = true)]
    pub data: PathBuf,
}

impl Place {
    /// The server's settings for this place.
    pub fn config(&self) -> Config {
        Config { database: self.database.clone(), data: self.data.clone(), ..Config::default() }
    }

    /// Opens keys and database; both are made where there are none.
    pub async fn open(&self, clock: &Clock) -> Result<(Keys, Store), Fault> {
        healthcode_server::start::make_data_folder(&self.data).map_err(installation)?;
        let keys = Keys::open_or_make(&self.data, clock).map_err(installation)?;
        let seal = SealKey::new(keys.secret()).map_err(installation)?;
        let store = Store::open(&self.config().database_url(), seal).await.map_err(installation)?;
        Ok((keys, store))
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
