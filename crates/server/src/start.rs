//! Starting the server: keys, store, rules, regions; the first officer's link; jobs; listening.

use crate::api::invite::new_link;
use crate::app::{App, Published};
use crate::clock::Clock;
use crate::config::Config;
use crate::keys::{Keys, KeysFault};
use crate::notify::ChannelFault;
use crate::permission::Role;
use crate::router::router;
use crate::rules_in_force::{FallbackFault, RulesInForce};
use crate::{jobs, telemetry};
use axum::Router;
use axum::routing::get;
use healthcode_core::region_table::RegionTable;
use healthcode_store::seal::SealKey;
use healthcode_store::{Store, StoreFault, regions, rule_sets, sessions};
use std::future::Future;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::net::TcpListener;

/// Why the server cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartFault {
    /// Keys.
    #[error(transparent)]
    Keys(#[from] KeysFault),
    /// Store.
    #[error(transparent)]
    Store(#[from] StoreFault),
    /// Built-in data.
    #[error(transparent)]
    Fallback(#[from] FallbackFault),
    /// A mail server or gateway.
    #[error(transparent)]
    Channel(#[from] ChannelFault),
    /// Stored regions do not read back.
    #[error("stored regions: {0}")]
    Regions(String),
    /// The data folder.
    #[error("data folder {folder}: {source}; choose another with --data")]
    Data {
        /// Which.
        folder: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The address.
    #[error("cannot listen on {address}: {source}; choose another with --listen")]
    Listen {
        /// Which.
        address: std::net::SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
}

/// A started server that does not listen yet.
pub struct Started {
    /// The shared state.
    pub app: App,
    listener: TcpListener,
    metrics: Option<TcpListener>,
}

/// Makes the data folder, readable by its owner only.
pub fn make_data_folder(folder: &std::path::Path) -> Result<(), StartFault> {
    use std::os::unix::fs::DirBuilderExt;
    let made = std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| StartFault::Data { folder: folder.to_owned(), source })
}

async fn listen(address: std::net::SocketAddr) -> Result<TcpListener, StartFault> {
    TcpListener::bind(address).await.map_err(|source| StartFault::Listen { address, source })
}

/// Opens everything the server needs.
pub async fn open(config: Config, clock: Clock) -> Result<Started, StartFault> {
    make_data_folder(&config.data)?;
    let listener = listen(config.listen).await?;
    let metrics = match config.metrics {
        Some(address) => Some(listen(address).await?),
        None => None,
    };
    let address =
        listener.local_addr().map_err(|source| StartFault::Listen { address: config.listen, source })?;
    let keys = Keys::open_or_make(&config.data, &config.key_access, &clock)?;
    let store = Store::open(&config.database_url(), SealKey::new(keys.secret())?).await?;
    let mut conn = store.reader().await?;
    let rules = RulesInForce::new(rule_sets::all(&mut conn).await?)?;
    let regions = region_table(&regions::all(&mut conn).await?)?;
    drop(conn);
    let published = Published { rules: Arc::new(rules), keys: Arc::new(keys) };
    let public_url = config.public_url.clone().unwrap_or_else(|| format!("http://{address}"));
    let public_url = public_url.trim_end_matches('/').to_owned();
    let app = App::new(config, store, clock, regions, published, public_url)?;
    Ok(Started { app, listener, metrics })
}

/// The built-in regions with those added here.
pub fn region_table(added: &[regions::RegionRow]) -> Result<RegionTable, StartFault> {
    let mut table = RegionTable::built_in();
    if added.is_empty() {
        return Ok(table);
    }
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let mut csv = String::from("code,en,zh,parent,from,until\n");
    for (code, en, zh, parent) in added {
        csv.push_str(&format!(
            "{code},{},{},{},,\n",
            quoted(en),
            quoted(zh),
            parent.as_deref().unwrap_or_default()
        ));
    }
    let fault = |faults: Vec<_>| {
        faults
            .iter()
            .map(|f: &healthcode_core::region_table::RegionTableFault| f.to_string())
            .collect::<Vec<_>>()
            .join("; ")
    };
    table.extend(&csv).map_err(|faults| StartFault::Regions(fault(faults)))?;
    Ok(table)
}

/// A one-time link for the first officer, while no officer has signed in yet; `anyway`, when whoever holds the machine
/// asks for one because no officer can sign in any more.
pub async fn first_officer_link(app: &App, anyway: bool) -> Result<Option<String>, StartFault> {
    if !anyway && sessions::anyone_holds(&mut *app.store.reader().await?, Role::Officer.word()).await? {
        return Ok(None);
    }
    let (address, add) = new_link(app, Role::Officer, None, None, "first officer", "installation");
    app.store.write(add).await?;
    Ok(Some(address))
}

impl Started {
    /// Serves until `stop` is ready, then finishes what is under way.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let Self { app, listener, metrics } = self;
        let jobs = tokio::spawn(jobs::run(app.clone()));
        if let Some(metrics) = metrics {
            let counters = Router::new().route("/metrics", get(telemetry::metrics)).with_state(app.clone());
            tokio::spawn(async move { axum::serve(metrics, counters).await });
        }
        let service = router(app.clone());
        // Live pages hang on for ever: the process does not wait for them.
        let served = tokio::select! {
            served = axum::serve(listener, service) => served,
            () = stop => Ok(()),
        };
        jobs.abort();
        app.store.close().await;
        served
    }
}
