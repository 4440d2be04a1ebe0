//! Whose signatures count on travellers' documents: certificates, JWK sets and DID documents.

use super::value::Value;
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents, UnparsedPublicKey,
};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use healthcode_core::time::{Instant, Interval};
use serde::Deserialize;
use x509_cert::Certificate;
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, DecodePem};
use x509_cert::ext::pkix::ExtendedKeyUsage;

/// How a document is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Algorithm {
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PSS with SHA-256.
    Ps256,
}

/// What a certificate may be used for: vaccinations, tests, recoveries; everything where it names none of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Usage {
    pub(super) test: bool,
    pub(super) vaccination: bool,
    pub(super) recovery: bool,
}

#[derive(Debug, Clone, PartialEq)]
enum Material {
    /// An uncompressed point.
    P256(Vec<u8>),
    /// Modulus and exponent.
    Rsa(Vec<u8>, Vec<u8>),
}

/// A key of another issuer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Key {
    material: Material,
    /// The ids by which documents may name it.
    ids: Vec<Vec<u8>>,
    /// The DID that vouches for it, for passes of New Zealand.
    controller: Option<String>,
    pub(super) usage: Option<Usage>,
    /// When its certificate holds.
    pub(super) certified: Option<Interval>,
}

/// Keys that sign travellers' documents.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ForeignKeys(Vec<Key>);

/// Why a file holds no keys of other issuers. Nothing of a refused file is trusted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ForeignTrustFault {
    /// Not a certificate.
    #[error("this is no X.509 certificate; give one as PEM, DER, or base64 of DER")]
    Certificate,
    /// A key of another kind.
    #[error(
        "the key is neither on P-256 nor RSA of 2048 to 8192 bits; these documents are signed with nothing else"
    )]
    Kind,
    /// JSON of another form.
    #[error("this is neither a JWK set nor a DID document: {0}")]
    Json(String),
    /// No key in it.
    #[error("there is no key in it that signs such documents: kty EC with crv P-256, or RSA")]
    NoKey,
}

/// The roots of the key usages of the EU's document signers, the second from test data that verifiers accept
/// (hcert_spec 1.0.8, "Key usage"): 1 below them is tests, 2 vaccinations, 3 recoveries.
const USAGE_ROOTS: [&str; 2] = ["1.3.6.1.4.1.1847.2021.1.", "1.3.6.1.4.1.0.1847.2021.1."];

impl ForeignKeys {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds the keys of another file.
    pub fn merge(&mut self, other: Self) {
        for key in other.0 {
            if !self.0.contains(&key) {
                self.0.push(key);
            }
        }
    }

    /// Reads a certificate: PEM (one or several), DER, or base64 of DER.
    pub fn certificate(bytes: &[u8]) -> Result<Self, ForeignTrustFault> {
        let fault = |_| ForeignTrustFault::Certificate;
        let text = std::str::from_utf8(bytes).unwrap_or_default().trim();
        if text.contains("-----BEGIN CERTIFICATE-----") {
            let parts = text.split("-----BEGIN CERTIFICATE-----").skip(1);
            let keys = parts.map(|part| {
                let end = part.find("-----END CERTIFICATE-----").ok_or(ForeignTrustFault::Certificate)?;
                let body: String = part[..end].split_whitespace().collect();
                let lines =
                    body.as_bytes().chunks(64).map(|line| std::str::from_utf8(line).unwrap_or_default());
                let pem = format!(
                    "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
                    lines.collect::<Vec<_>>().join("\n")
                );
                of_certificate(&Certificate::from_pem(pem).map_err(fault)?)
            });
            return Ok(Self(keys.collect::<Result<_, _>>()?));
        }
        let der = if text.is_empty() {
            bytes.to_vec()
        } else {
            let body: String = text.split_whitespace().collect();
            STANDARD.decode(body).map_err(|_| ForeignTrustFault::Certificate)?
        };
        Ok(Self(vec![of_certificate(&Certificate::from_der(&der).map_err(fault)?)?]))
    }

    /// Reads a JWK set (RFC 7517) or a DID document with `JsonWebKey2020` keys. Keys of other kinds are passed over.
    pub fn json(text: &str) -> Result<Self, ForeignTrustFault> {
        let file: File =
            serde_json::from_str(text).map_err(|fault| ForeignTrustFault::Json(fault.to_string()))?;
        let keys: Vec<Key> = match file {
            File { keys: Some(keys), .. } => keys.iter().filter_map(|jwk| jwk.key(None)).collect(),
            File { id: Some(did), verification_method: Some(methods), assertion_method, .. } => {
                let asserts = assertion_method.unwrap_or_default();
                let listed = methods.iter().filter(|method| asserts.contains(&method.id));
                listed.filter_map(|method| method.key(&did)).collect()
            }
            _ => {
                return Err(ForeignTrustFault::Json(
                    "it has neither `keys` nor `verificationMethod`".to_owned(),
                ));
            }
        };
        if keys.is_empty() { Err(ForeignTrustFault::NoKey) } else { Ok(Self(keys)) }
    }

    /// The keys that a document may mean by an id; several, since ids are short.
    pub(super) fn named<'a>(&'a self, id: &'a [u8]) -> impl Iterator<Item = &'a Key> {
        self.0.iter().filter(move |key| key.controller.is_none() && key.ids.iter().any(|known| known == id))
    }

    /// The key of a DID by its fragment.
    pub(super) fn of_did(&self, did: &str, fragment: &[u8]) -> Option<&Key> {
        self.0.iter().find(|key| {
            key.controller.as_deref() == Some(did) && key.ids.iter().any(|known| known == fragment)
        })
    }
}

impl Key {
    /// Whether it can check signatures of an algorithm at all.
    pub(super) fn fits(&self, algorithm: Algorithm) -> bool {
        matches!(
            (&self.material, algorithm),
            (Material::P256(_), Algorithm::Es256) | (Material::Rsa(..), Algorithm::Ps256)
        )
    }

    /// Whether it signed a message.
    pub(super) fn signed(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.material {
            Material::P256(point) => {
                UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).verify(message, signature).is_ok()
            }
            Material::Rsa(n, e) => {
                RsaPublicKeyComponents { n, e }.verify(&RSA_PSS_2048_8192_SHA256, message, signature).is_ok()
            }
        }
    }
}

fn of_certificate(certificate: &Certificate) -> Result<Key, ForeignTrustFault> {
    use x509_cert::der::Encode;
    let der = certificate.to_der().map_err(|_| ForeignTrustFault::Certificate)?;
    let tbs = certificate.tbs_certificate();
    let info = tbs.subject_public_key_info();
    let bits = info.subject_public_key.as_bytes().ok_or(ForeignTrustFault::Kind)?;
    let material = match info.algorithm.oid.to_string().as_str() {
        "1.2.840.10045.2.1" if bits.len() == 65 && bits[0] == 4 => Material::P256(bits.to_vec()),
        "1.2.840.113549.1.1.1" | "1.2.840.113549.1.1.10" => rsa(bits)?,
        _ => return Err(ForeignTrustFault::Kind),
    };
    let usage =
        tbs.get_extension::<ExtendedKeyUsage>().ok().flatten().and_then(|(_, usage)| usage_of(&usage.0));
    let validity = tbs.validity();
    let at = |time: &x509_cert::time::Time| {
        Instant::from_seconds(time.to_unix_duration().as_secs().try_into().unwrap_or(i64::MAX / 2_000_000))
    };
    // Its last second is part of a certificate's validity.
    let certified = Interval::new(at(&validity.not_before), at(&validity.not_after).plus_seconds(1));
    let id = digest(&SHA256, &der).as_ref()[..8].to_vec();
    Ok(Key { material, ids: vec![id], controller: None, usage, certified })
}

fn usage_of(oids: &[ObjectIdentifier]) -> Option<Usage> {
    let mut usage = Usage::default();
    for oid in oids.iter().map(ToString::to_string) {
        match USAGE_ROOTS.iter().find_map(|root| oid.strip_prefix(root)) {
            Some("1") => usage.test = true,
            Some("2") => usage.vaccination = true,
            Some("3") => usage.recovery = true,
            _ => {}
        }
    }
    (usage != Usage::default()).then_some(usage)
}

/// Modulus and exponent of an RSAPublicKey (RFC 8017, A.1.1).
fn rsa(der: &[u8]) -> Result<Material, ForeignTrustFault> {
    use x509_cert::der::asn1::UintRef;
    use x509_cert::der::{Reader, SliceReader};
    let read = || -> Result<Material, x509_cert::der::Error> {
        let mut reader = SliceReader::new(der)?;
        reader.sequence(|inner| {
            let (n, e) = (UintRef::decode(inner)?, UintRef::decode(inner)?);
            Ok::<_, x509_cert::der::Error>(Material::Rsa(n.as_bytes().to_vec(), e.as_bytes().to_vec()))
        })
    };
    read().map_err(|_| ForeignTrustFault::Kind)
}

#[derive(Deserialize)]
struct File {
    keys: Option<Vec<Jwk>>,
    id: Option<String>,
    #[serde(rename = "verificationMethod")]
    verification_method: Option<Vec<Method>>,
    #[serde(rename = "assertionMethod")]
    assertion_method: Option<Vec<String>>,
}

#[derive(Deserialize)]
struct Jwk {
    kty: String,
    crv: Option<String>,
    kid: Option<String>,
    x: Option<String>,
    y: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

#[derive(Deserialize)]
struct Method {
    id: String,
    controller: Option<String>,
    #[serde(rename = "publicKeyJwk")]
    public_key_jwk: Option<Jwk>,
}

impl Method {
    fn key(&self, did: &str) -> Option<Key> {
        if self.controller.as_deref().is_some_and(|controller| controller != did) {
            return None;
        }
        let fragment = self.id.strip_prefix(did)?.strip_prefix('#')?;
        let mut key = self.public_key_jwk.as_ref()?.key(Some(did))?;
        key.ids = vec![fragment.as_bytes().to_vec()];
        Some(key)
    }
}

impl Jwk {
    fn key(&self, controller: Option<&str>) -> Option<Key> {
        let part = |text: &Option<String>| URL_SAFE_NO_PAD.decode(text.as_ref()?).ok();
        let material = match (self.kty.as_str(), self.crv.as_deref()) {
            ("EC", Some("P-256")) => {
                let (x, y) = (part(&self.x)?, part(&self.y)?);
                (x.len() == 32 && y.len() == 32).then(|| Material::P256([&[4][..], &x, &y].concat()))?
            }
            ("RSA", _) => Material::Rsa(part(&self.n)?, part(&self.e)?),
            _ => return None,
        };
        let mut ids = vec![self.thumbprint()?.into_bytes()];
        // EU lists write the id of eight bytes in base64; SMART Health Cards name it as it stands.
        let kid = self.kid.iter();
        ids.extend(kid.clone().map(|kid| kid.as_bytes().to_vec()));
        ids.extend(kid.clone().filter_map(|kid| STANDARD.decode(kid).ok().filter(|id| id.len() == 8)));
        ids.extend(kid.filter_map(|kid| URL_SAFE_NO_PAD.decode(kid).ok().filter(|id| id.len() == 8)));
        Some(Key { material, ids, controller: controller.map(str::to_owned), usage: None, certified: None })
    }

    /// RFC 7638: the hash of the required members in order.
    fn thumbprint(&self) -> Option<String> {
        let text = match self.kty.as_str() {
            "EC" => format!(
                r#"{{"crv":"P-256","kty":"EC","x":"{}","y":"{}"}}"#,
                self.x.as_ref()?,
                self.y.as_ref()?
            ),
            _ => format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, self.e.as_ref()?, self.n.as_ref()?),
        };
        Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, text.as_bytes())))
    }
}

/// The bytes of a key id, which issuers write as bytes or, some of them, as text.
pub(super) fn id_bytes(kid: &Value) -> Option<&[u8]> {
    kid.bytes().or(kid.text().map(str::as_bytes))
}
