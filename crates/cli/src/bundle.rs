//! `healthcode bundle`: trust bundles signed by several people, on machines without a network.

mod draft;
mod publish;
mod root;
mod show;

use crate::fault::{Answer, Fault};
use clap::{Args, Subcommand};

/// What the command takes.
#[derive(Args)]
#[command(
    after_help = "Example:\n  healthcode bundle export > now.json\n  healthcode bundle draft now.json --recognise 310000 --partner shanghai.json > body\n  healthcode bundle sign body --root root.json > signature.json\n  healthcode bundle publish body signature.json"
)]
pub struct Arguments {
    #[command(subcommand)]
    act: Act,
}

#[derive(Subcommand)]
enum Act {
    /// Make a root key, to be kept on a machine without a network.
    Root(root::Arguments),
    /// Say what a bundle says.
    Show(show::Arguments),
    /// Write the newest bundle of this installation.
    Export(publish::ExportArguments),
    /// Write the body of the next bundle, to be signed.
    Draft(draft::Arguments),
    /// Sign a body with a root key.
    Sign(root::SignArguments),
    /// Put a body and its signatures together and publish it to gates.
    Publish(publish::Arguments),
}

/// Does what was asked about bundles.
pub fn run(arguments: &Arguments) -> Result<Answer, Fault> {
    match &arguments.act {
        Act::Root(arguments) => root::make(arguments),
        Act::Show(arguments) => show::run(arguments),
        Act::Export(arguments) => publish::export(arguments),
        Act::Draft(arguments) => draft::run(arguments),
        Act::Sign(arguments) => root::sign(arguments),
        Act::Publish(arguments) => publish::run(arguments),
    }
}
