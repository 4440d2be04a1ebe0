//! What opens the keys of an installation, as options that every command has which reads them.

use crate::fault::Fault;
use clap::Args;
use healthcode_server::keys::{KeyAccess, TokenPlace};
use std::path::PathBuf;

/// What opens the keys.
#[derive(Args, Clone, Debug, Default)]
pub struct KeyArguments {
    /// File with the age identity that opens an encrypted key file
    #[arg(long, value_name = "FILE", env = "HEALTHCODE_KEY_IDENTITY", global = true)]
    key_identity: Option<PathBuf>,
    /// PKCS#11 module of the token in which signing keys are made and kept
    #[arg(long, value_name = "FILE", env = "HEALTHCODE_TOKEN_MODULE", global = true)]
    token_module: Option<PathBuf>,
    /// Label of the token
    #[arg(long, value_name = "LABEL", env = "HEALTHCODE_TOKEN_LABEL", global = true)]
    token_label: Option<String>,
    /// File whose first line is the token's PIN
    #[arg(long, value_name = "FILE", env = "HEALTHCODE_TOKEN_PIN_FILE", global = true)]
    token_pin_file: Option<PathBuf>,
}

impl KeyArguments {
    /// The same for the server.
    pub fn access(&self) -> Result<KeyAccess, Fault> {
        let token = match (self.token_module.clone(), self.token_label.clone(), self.token_pin_file.clone()) {
            (None, None, None) => None,
            (Some(module), Some(label), Some(pin_file)) => Some(TokenPlace { module, label, pin_file }),
            _ => {
                let words =
                    "--token-module, --token-label and --token-pin-file belong together; give all three";
                return Err(Fault::Usage(words.to_owned()));
            }
        };
        Ok(KeyAccess { identity: self.key_identity.clone(), token })
    }
}
