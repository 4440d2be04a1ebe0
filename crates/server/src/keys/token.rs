//! Signing keys in a PKCS#11 token: they are made there, sign there and never leave it. The sealing secret stays in the
//! key file, which names the keys and holds their public halves, so that everything but signing works while the token
//! is away.

use super::KeysFault;
use aws_lc_rs::digest::{SHA256, digest};
use cryptoki::context::{CInitializeArgs, CInitializeFlags, Pkcs11};
use cryptoki::error::{Error, RvError};
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, UserType};
use cryptoki::types::AuthPin;
use healthcode_credential::keys::{KeyFault, PublicKey, SignatureBytes, Signer, SigningKey};
use healthcode_credential::trust::Purpose;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The object identifier of P-256, 1.2.840.10045.3.1.7, in DER.
const P256: [u8; 10] = [0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x03, 0x01, 0x07];

/// Where a token is and what opens it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenPlace {
    /// The token's PKCS#11 module, a shared library of its maker.
    pub module: PathBuf,
    /// The token's label.
    pub label: String,
    /// File whose first line is the user's PIN.
    pub pin_file: PathBuf,
}

/// A token of this process. Its calls take turns: a session belongs to one caller at a time.
pub(super) struct Token {
    place: TokenPlace,
    open: Mutex<Option<Open>>,
}

struct Open {
    // Before the module: a session must be closed while its module is still there.
    session: Session,
    module: Pkcs11,
    /// Private keys that were found, by key id.
    found: BTreeMap<Vec<u8>, ObjectHandle>,
}

/// Tokens of this process: a module counts its sessions by process, so that everyone must share one.
static TOKENS: Mutex<BTreeMap<TokenPlace, Arc<Token>>> = Mutex::new(BTreeMap::new());

impl Token {
    /// The token at a place; it is opened when it is first used.
    pub(super) fn at(place: &TokenPlace) -> Arc<Self> {
        let mut tokens = TOKENS.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || Arc::new(Self { place: place.clone(), open: Mutex::new(None) });
        tokens.entry(place.clone()).or_insert_with(new).clone()
    }

    /// Makes a key pair in the token. Its id there is our key id, its label says what for.
    pub(super) fn make(self: &Arc<Self>, purpose: Purpose) -> Result<SigningKey, KeysFault> {
        let label = Attribute::Label(format!("healthcode {}", purpose.word()).into_bytes());
        let public = self.used(|open| {
            let (public, private) = open.session.generate_key_pair(
                &Mechanism::EccKeyPairGen,
                &[
                    Attribute::Token(true),
                    Attribute::Private(false),
                    Attribute::Verify(true),
                    Attribute::EcParams(P256.to_vec()),
                    label.clone(),
                ],
                &[
                    Attribute::Token(true),
                    Attribute::Private(true),
                    Attribute::Sensitive(true),
                    Attribute::Extractable(false),
                    Attribute::Sign(true),
                    label.clone(),
                ],
            )?;
            let key = public_key(&open.session, public)?;
            let id = Attribute::Id(kid(&key));
            open.session.update_attributes(public, std::slice::from_ref(&id))?;
            open.session.update_attributes(private, &[id])?;
            Ok(key)
        });
        let public = public.map_err(|why| KeysFault::Token { label: self.place.label.clone(), why })?;
        Ok(self.key(public))
    }

    /// The signing key whose public half is known and whose private half is in this token.
    pub(super) fn key(self: &Arc<Self>, public: PublicKey) -> SigningKey {
        let held = HeldInToken { token: self.clone(), id: kid(&public) };
        SigningKey::held(public, Box::new(held))
    }

    /// Whether it answers and holds a key; else why not.
    pub(super) fn look_for(&self, public: &PublicKey) -> Result<(), String> {
        self.used(|open| open.private(&kid(public)).map(|_| ()))
    }

    /// Does something with the token. Where it fails, the session may have ended while the token was away: it is opened
    /// anew and tried once more, the module, too, since some only find their token again when they are loaded afresh.
    fn used<T>(&self, act: impl Fn(&mut Open) -> Result<T, Error>) -> Result<T, String> {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_some() {
            if let Ok(done) = with(&mut open, &act) {
                return Ok(done);
            }
            if let Some(Open { session, module, .. }) = open.take() {
                drop(session);
                // A module that is lost already cannot be put away either.
                let _ = module.finalize();
            }
        }
        *open = Some(self.opened()?);
        with(&mut open, &act).map_err(|fault| fault.to_string())
    }

    fn opened(&self) -> Result<Open, String> {
        let TokenPlace { module: path, label, pin_file } = &self.place;
        let words = |fault: Error| fault.to_string();
        let pin = std::fs::read_to_string(pin_file).map_err(|f| format!("{}: {f}", pin_file.display()))?;
        let pin = AuthPin::from(pin.lines().next().unwrap_or_default().to_owned());
        let module = Pkcs11::new(path).map_err(words)?;
        match module.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(fault) => return Err(words(fault)),
        }
        let slots = module.get_slots_with_token().map_err(words)?;
        let is_it = |info: cryptoki::slot::TokenInfo| info.label().trim_end() == label;
        let slot = slots.into_iter().find(|slot| module.get_token_info(*slot).is_ok_and(is_it));
        let slot = slot.ok_or_else(|| format!("{} knows no token with this label", path.display()))?;
        let session = module.open_rw_session(slot).map_err(words)?;
        match session.login(UserType::User, Some(&pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => {}
            Err(fault) => return Err(words(fault)),
        }
        Ok(Open { session, module, found: BTreeMap::new() })
    }
}

impl Open {
    fn private(&mut self, id: &[u8]) -> Result<ObjectHandle, Error> {
        if let Some(known) = self.found.get(id) {
            return Ok(*known);
        }
        let wanted = [Attribute::Class(ObjectClass::PRIVATE_KEY), Attribute::Id(id.to_vec())];
        let found = self.session.find_objects(&wanted)?;
        let handle = *found.first().ok_or(Error::InvalidValue)?;
        self.found.insert(id.to_vec(), handle);
        Ok(handle)
    }
}

struct HeldInToken {
    token: Arc<Token>,
    id: Vec<u8>,
}

impl Signer for HeldInToken {
    fn sign(&self, message: &[u8]) -> Result<SignatureBytes, KeyFault> {
        let hash = digest(&SHA256, message);
        let signed = self.token.used(|open| {
            let key = open.private(&self.id)?;
            open.session.sign(&Mechanism::Ecdsa, key, hash.as_ref())
        });
        let signature = signed.map_err(|why| {
            tracing::error!(token = self.token.place.label, why, "the token did not sign");
            KeyFault::Away
        })?;
        // r and s one after the other, each as long as the order of the curve.
        signature.try_into().map_err(|_| KeyFault::Library)
    }
}

/// A key in a token that this process was told nothing of: what it signed can be checked, and it signs nothing.
pub(super) struct OutOfReach;

impl Signer for OutOfReach {
    fn sign(&self, _message: &[u8]) -> Result<SignatureBytes, KeyFault> {
        Err(KeyFault::Away)
    }
}

fn with<T>(
    open: &mut MutexGuard<'_, Option<Open>>,
    act: impl Fn(&mut Open) -> Result<T, Error>,
) -> Result<T, Error> {
    act(open.as_mut().ok_or(Error::NotSupported)?)
}

fn kid(public: &PublicKey) -> Vec<u8> {
    public.kid().to_vec()
}

/// The point is written as an octet string in DER, by some makers without its head.
fn public_key(session: &Session, handle: ObjectHandle) -> Result<PublicKey, Error> {
    for attribute in session.get_attributes(handle, &[AttributeType::EcPoint])? {
        if let Attribute::EcPoint(point) = attribute {
            let bare = point.strip_prefix(&[0x04, 0x41]).filter(|rest| rest.len() == 65).unwrap_or(&point);
            return PublicKey::from_uncompressed(bare).map_err(|_| Error::InvalidValue);
        }
    }
    Err(Error::InvalidValue)
}
