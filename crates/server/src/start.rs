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
use crate::tls::{self, TlsFault};
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
    /// TLS.
    #[error("TLS: {0}")]
    Tls(#[from] TlsFault),
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
    tls: Option<tls::Ready>,
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

async fn listen_where_asked(
    address: Option<std::net::SocketAddr>,
) -> Result<Option<TcpListener>, StartFault> {
    match address {
        Some(address) => Ok(Some(listen(address).await?)),
        None => Ok(None),
    }
}

/// Opens everything the server needs.
pub async fn open(config: Config, clock: Clock) -> Result<Started, StartFault> {
    make_data_folder(&config.data)?;
    let listener = listen(config.listen).await?;
    let metrics = listen_where_asked(config.metrics).await?;
    let http = listen_where_asked(config.listen_http).await?;
    let address =
        listener.local_addr().map_err(|source| StartFault::Listen { address: config.listen, source })?;
    let keys = Keys::open_or_make(&config.data, &config.key_access, &clock)?;
    let store = Store::open(&config.database_url(), SealKey::new(keys.secret())?).await?;
    let mut conn = store.reader().await?;
    let rules = RulesInForce::new(rule_sets::all(&mut conn).await?)?;
    let regions = region_table(&regions::all(&mut conn).await?)?;
    drop(conn);
    let published = Published { rules: Arc::new(rules), keys: Arc::new(keys) };
    let tls = match &config.tls {
        Some(tls) => Some(tls::prepare(&config, tls, http, clock.now())?),
        None => None,
    };
    let own_url = || tls.as_ref().map_or_else(|| format!("http://{address}"), |tls| tls.public_url(address));
    let public_url = config.public_url.clone().unwrap_or_else(own_url);
    let public_url = public_url.trim_end_matches('/').to_owned();
    let app = App::new(config, store, clock, regions, published, public_url)?;
    Ok(Started { app, listener, metrics, tls })
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
    /// What to tell whoever started the server about TLS, if anything.
    pub fn notice(&self) -> Option<String> {
        self.tls.as_ref()?.notice(&self.app.public_url)
    }

    /// Serves until `stop` is ready, then finishes what is under way.
    pub async fn serve(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let Self { app, listener, metrics, tls } = self;
        let jobs = tokio::spawn(jobs::run(app.clone()));
        if let Some(metrics) = metrics {
            let counters = Router::new().route("/metrics", get(telemetry::metrics)).with_state(app.clone());
            tokio::spawn(async move { axum::serve(metrics, counters).await });
        }
        let (pages, state) = (router(app.clone()), app.clone());
        let serve = async {
            match tls {
                Some(tls) => tls.serve(state, listener, pages).await,
                None => axum::serve(listener, pages).await,
            }
        };
        // Live pages hang on for ever: the process does not wait for them.
        let served = tokio::select! {
            served = serve => served,
            () = stop => Ok(()),
        };
        jobs.abort();
        app.store.close().await;
        served
    }
}
