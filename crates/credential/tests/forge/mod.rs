//! Passes put together byte by byte, right and wrong, by code that shares nothing with the library's writer.
#![allow(dead_code, clippy::unwrap_used)]

use healthcode_core::region::Region;
use healthcode_core::time::{Day, Instant, Interval};
use healthcode_credential::base45;
use healthcode_credential::bearer::{Bearer, DeviceKey, LastFour, MaskedName, Paper, StatusReference};
use healthcode_credential::claims::Claims;
use healthcode_credential::key_life::KeyLife;
use healthcode_credential::keys::SigningKey;
use healthcode_credential::trust::{Purpose, TrustBundle, TrustedKey};
use healthcode_credential::verify::{Verdict, verify};

/// 2020-02-11T09:00:00+08:00.
pub const ISSUED: i64 = 1_581_382_800;

pub fn at(seconds_after_issue: i64) -> Instant {
    Instant::from_seconds(ISSUED + seconds_after_issue)
}

pub const STATUS: StatusReference = StatusReference { day: Day(18_303), index: 4_000_000_000 };

/// A token of a minute and a half.
pub fn claims() -> Claims {
    Claims {
        issuer: Region::new("330100").unwrap(),
        issued_at: at(0),
        expires_at: at(90),
        bearer: Bearer::Token { status: STATUS },
    }
}

/// A phone's pass of a day.
pub fn with_device(device: &SigningKey) -> Claims {
    let bearer = Bearer::Phone { status: STATUS, device: DeviceKey::new(device.public()) };
    Claims { expires_at: at(86_400), bearer, ..claims() }
}

/// A paper pass of six weeks.
pub fn on_paper() -> Claims {
    let paper = Paper {
        number: [1, 2, 3, 4, 5, 6, 7, 8],
        name: MaskedName::new("张**").unwrap(),
        last_four: LastFour::new("001X").unwrap(),
    };
    Claims { expires_at: at(42 * 86_400), bearer: Bearer::Paper(paper), ..claims() }
}

pub fn listing(key: &SigningKey) -> TrustedKey {
    let in_force = Interval::new(at(-86_400), at(90 * 86_400)).unwrap();
    TrustedKey {
        public: key.public().clone(),
        purpose: Purpose::Pass,
        issuer: Some(Region::new("330100").unwrap()),
        life: Some(KeyLife::Active { in_force }),
    }
}

pub fn trusting(listings: impl IntoIterator<Item = TrustedKey>) -> TrustBundle {
    let mut trust = TrustBundle::default();
    listings.into_iter().for_each(|key| trust.add(key).unwrap());
    trust
}

/// The parts of an envelope, each a CBOR item of its own; every one can be replaced before it is signed.
pub struct Forge {
    pub key: SigningKey,
    /// What stands before the array.
    pub tag: Vec<u8>,
    pub array: Vec<u8>,
    /// Content of the protected byte string.
    pub protected: Vec<u8>,
    pub unprotected: Vec<u8>,
    /// Content of the payload byte string.
    pub payload: Vec<u8>,
    pub after: Vec<u8>,
}

impl Forge {
    pub fn new(key: SigningKey) -> Self {
        let protected = [&[0xA2, 0x01, 0x28, 0x04, 0x48][..], &kid(&key)].concat();
        Self {
            key,
            tag: vec![0xD2],
            array: vec![0x84],
            protected,
            unprotected: vec![0xA0],
            payload: [vec![0xA4], issuer(), exp(), iat(), status()].concat(),
            after: vec![],
        }
    }

    pub fn signature(&self) -> Vec<u8> {
        let tbs =
            [b"\x84\x6aSignature1".to_vec(), bstr(&self.protected), vec![0x40], bstr(&self.payload)].concat();
        self.key.sign(&tbs).unwrap().to_vec()
    }

    pub fn text(&self) -> String {
        self.text_with(&bstr(&self.signature()))
    }

    /// With another last item than the right signature.
    pub fn text_with(&self, signature: &[u8]) -> String {
        let parts = [
            &self.tag[..],
            &self.array,
            &bstr(&self.protected),
            &self.unprotected,
            &bstr(&self.payload),
            signature,
            &self.after,
        ];
        text_of(&parts.concat())
    }

    pub fn trust(&self) -> TrustBundle {
        trusting([listing(&self.key)])
    }

    pub fn verdict(&self) -> Verdict {
        verify(&self.text(), &self.trust(), at(1))
    }

    /// The stable code the text is refused with.
    pub fn refusal(&self) -> &'static str {
        self.verdict().reason().map_or("valid", |reason| reason.code())
    }
}

pub fn text_of(bytes: &[u8]) -> String {
    format!("EPC1:{}", base45::encode(bytes))
}

pub fn kid(key: &SigningKey) -> [u8; 8] {
    u64::from_str_radix(key.public().id().as_str(), 16).unwrap().to_be_bytes()
}

/// A byte string of up to 255 bytes, shortest head.
pub fn bstr(bytes: &[u8]) -> Vec<u8> {
    let length = u8::try_from(bytes.len()).unwrap();
    let head = if length < 24 { vec![0x40 | length] } else { vec![0x58, length] };
    [head, bytes.to_vec()].concat()
}

pub fn issuer() -> Vec<u8> {
    b"\x01\x66330100".to_vec()
}

fn time(key: u8, seconds: i64) -> Vec<u8> {
    [&[key, 0x1A][..], &u32::try_from(seconds).unwrap().to_be_bytes()].concat()
}

pub fn exp() -> Vec<u8> {
    time(4, ISSUED + 90)
}

pub fn iat() -> Vec<u8> {
    time(6, ISSUED)
}

pub fn status() -> Vec<u8> {
    [&[0x3A, 0, 1, 0, 0, 0x82, 0x19][..], &18_303u16.to_be_bytes(), &[0x1A], &4_000_000_000u32.to_be_bytes()]
        .concat()
}
