//! How a bundle comes to be: drafted where the keys are listed, signed root by root on machines without a network, and put
//! together again.

use super::FORMAT;
use super::body::{Contents, File, FileSignature, signed_bytes};
use super::fault::BundleFault;
use crate::keys::{KidBytes, SignatureBytes, SigningKey};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// One root's signature of a body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootSignature {
    kid: KidBytes,
    signature: SignatureBytes,
}

/// The body that the roots are to sign; what could not be read again is not written.
pub fn draft(contents: &Contents) -> Result<Vec<u8>, BundleFault> {
    for (index, key) in contents.keys.iter().enumerate() {
        if key.issuer.is_none() || key.life.is_none() {
            return Err(BundleFault::range(
                format!("keys[{index}]"),
                "a key of a bundle has an issuer and dates",
            ));
        }
    }
    let body = contents.write();
    Contents::read(&body)?;
    Ok(body)
}

/// Signs a body that [`draft`] wrote, here or elsewhere; refuses what is none. The key is one of the roots that the body
/// names, or one of those of the bundle before.
pub fn sign(body: &[u8], root: &SigningKey) -> Result<RootSignature, BundleFault> {
    Contents::read(body)?;
    Ok(RootSignature { kid: *root.public().kid(), signature: root.sign(&signed_bytes(body))? })
}

/// The file: the body and what the roots signed. Whether these are enough is for its reader to say.
pub fn assemble(body: &[u8], signatures: &[RootSignature]) -> Vec<u8> {
    let file = File {
        format: FORMAT.to_owned(),
        body: URL_SAFE_NO_PAD.encode(body),
        signatures: signatures.iter().map(RootSignature::file).collect(),
    };
    // Texts always have a form in JSON.
    serde_json::to_vec(&file).expect("a file of texts is JSON")
}

impl RootSignature {
    /// As it travels from the machine that signed: `{"kid":…,"signature":…}`.
    pub fn write(&self) -> String {
        serde_json::to_string(&self.file()).expect("a signature of two texts is JSON")
    }

    /// Reads what [`RootSignature::write`] writes.
    pub fn read(json: &[u8]) -> Result<Self, BundleFault> {
        let file: FileSignature = serde_json::from_slice(json)
            .map_err(|source| BundleFault::Json { part: "the signature", source })?;
        let (kid, signature) = file.read(0)?;
        Ok(Self { kid, signature })
    }

    fn file(&self) -> FileSignature {
        FileSignature {
            kid: data_encoding::HEXLOWER.encode(&self.kid),
            signature: URL_SAFE_NO_PAD.encode(self.signature),
        }
    }
}
