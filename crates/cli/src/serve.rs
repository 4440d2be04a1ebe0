//! `healthcode serve`: the server and its jobs.

use crate::fault::{Answer, Fault};
use crate::installation::{Place, asked_to_end, block_on, installation};
use crate::tls::TlsArguments;
use clap::{Args, ValueEnum};
use healthcode_server::clock::Clock;
use healthcode_server::config::{Activation, Config, NoticeConfig, SECOND_OFFICER_ABOVE};
use healthcode_server::start;
use std::net::SocketAddr;
use std::path::Path;

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = concat!(
        "Example:\n  healthcode serve\n",
        "  healthcode serve --database postgres://healthcode@localhost/healthcode --listen 0.0.0.0:8080\n",
        "  healthcode serve --tls lan --listen 0.0.0.0:8443\n",
        "  healthcode serve --tls acme:code.example --listen 0.0.0.0:443 --listen-http 0.0.0.0:80",
    )
)]
pub struct Arguments {
    #[command(flatten)]
    place: Place,
    /// Address to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    #[command(flatten)]
    tls: TlsArguments,
    /// Address on which /metrics listens; nowhere unless given
    #[arg(long, value_name = "ADDRESS")]
    metrics: Option<SocketAddr>,
    /// Address under which people reach the pages, for links; http:// and the listening address unless given
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Print a one-time sign-in link for an officer, also where officers have signed in before
    #[arg(long)]
    officer_link: bool,
    /// Tell people of changes by mail through this server: `smtps://USER:PASSWORD@HOST`, or `smtp://…:587?tls=required`
    #[arg(long, value_name = "URL", env = "HEALTHCODE_MAIL", hide_env_values = true, requires = "mail_from")]
    mail: Option<String>,
    /// Who mail comes from, such as "Health code <code@city.example>"
    #[arg(long, value_name = "ADDRESS", env = "HEALTHCODE_MAIL_FROM")]
    mail_from: Option<String>,
    /// Tell people of changes by short messages through a gateway that takes `{"id","to","text"}` as JSON
    #[arg(long, value_name = "URL", env = "HEALTHCODE_SMS", hide_env_values = true)]
    sms: Option<String>,
    /// Bearer token of the gateway
    #[arg(
        long,
        value_name = "TOKEN",
        env = "HEALTHCODE_SMS_TOKEN",
        hide_env_values = true,
        requires = "sms"
    )]
    sms_token: Option<String>,
    /// What makes a code active: a look at the document, or the automatic audit alone
    #[arg(long, value_enum, default_value = "document")]
    activation: ActivationArgument,
    /// How many people one case may expose without a second officer
    #[arg(long, value_name = "N", default_value_t = SECOND_OFFICER_ABOVE)]
    second_officer_above: u32,
}

/// When a code becomes active.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum ActivationArgument {
    /// A checker or officer has compared the document
    Document,
    /// The automatic audit has confirmed the declaration
    Automatic,
}

impl From<ActivationArgument> for Activation {
    fn from(argument: ActivationArgument) -> Self {
        match argument {
            ActivationArgument::Document => Self::Document,
            ActivationArgument::Automatic => Self::Automatic,
        }
    }
}

/// Writes log lines to standard error; `RUST_LOG` chooses which.
pub fn start_log() {
    use tracing_subscriber::EnvFilter;
    let chosen = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info,sqlx=warn"));
    // A second subscriber in one process is refused; the first one goes on.
    let _ = tracing_subscriber::fmt().with_env_filter(chosen).with_writer(std::io::stderr).try_init();
}

/// Serves until asked to end.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    start_log();
    let config = Config {
        listen: arguments.listen,
        tls: arguments.tls.tls()?,
        listen_http: arguments.tls.listen_http,
        metrics: arguments.metrics,
        activation: arguments.activation.into(),
        second_officer_above: arguments.second_officer_above,
        public_url: arguments.public_url.clone(),
        notices: NoticeConfig {
            mail: arguments.mail.clone(),
            mail_from: arguments.mail_from.clone().unwrap_or_default(),
            sms: arguments.sms.clone(),
            sms_token: arguments.sms_token.clone(),
        },
        ..arguments.place.config()?
    };
    block_on(async {
        arguments.place.refuse_lost_keys().await?;
        let started = start::open(config, Clock::system()).await.map_err(installation)?;
        let app = started.app.clone();
        println!("healthcode serves on {}", app.public_url);
        if let Some(notice) = started.notice() {
            println!("{notice}");
        }
        if app.published().rules.at(app.clock.now()).is_none() {
            println!(
                "no rules are in force: everyone is pending; `healthcode rules adopt` puts a preset in force"
            );
        }
        if let Some(link) =
            start::first_officer_link(&app, arguments.officer_link).await.map_err(installation)?
        {
            println!("officer, sign in once: {link}");
        }
        warn_of_missing_pages(Path::new("index.html"));
        started.serve(asked_to_end()).await.map_err(installation)?;
        Ok(Answer::Done)
    })
}

/// Says so when the pages are not part of this build.
pub fn warn_of_missing_pages(index: &Path) {
    if !healthcode_server::web::has(&index.to_string_lossy()) {
        eprintln!("the pages are not part of this build; `cargo xtask demo` builds them");
    }
}
