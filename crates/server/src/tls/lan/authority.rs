//! The local authority: its certificate and its key on disk, what it may speak for, and what it certifies.

use crate::tls::TlsFault;
use crate::tls::current::{Current, good};
use crate::tls::names::Names;
use aws_lc_rs::digest::{SHA256, digest};
use healthcode_core::time::{Instant, Interval};
use rcgen::{
    BasicConstraints, CertificateParams, CidrSubnet, DnType, ExtendedKeyUsagePurpose, GeneralSubtree, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, NameConstraints, SanType,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;
use x509_cert::Certificate;
use x509_cert::der::Decode;
use x509_cert::ext::pkix::NameConstraints as Constraints;
use x509_cert::ext::pkix::name::GeneralName;

/// Days that phones trust the authority: ten years.
const AUTHORITY_DAYS: i64 = 3_650;
/// Days that the server's certificate is good; browsers refuse more than 398.
const LEAF_DAYS: i64 = 397;

/// What every local network may use: private, shared, loopback and link-local addresses (RFC 6890, 2.2).
const LOCAL_V4: [([u8; 4], u8); 6] = [
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 168, 0, 0], 16),
];
/// First byte and length of unique local and link-local addresses of IPv6; loopback stands beside them.
const LOCAL_V6: [([u8; 2], u8); 2] = [([0xFC, 0], 7), ([0xFE, 0x80], 10)];
/// Zones that no public name lies in (RFC 6761, 6.3; RFC 6762, 3; RFC 8375; ICANN resolution 2024.07.29.06).
const LOCAL_ZONES: [&str; 4] = ["localhost", "local", "home.arpa", "internal"];

/// An authority of this installation's own.
pub struct Authority {
    certificate: CertificateDer<'static>,
    key: KeyPair,
    good: Interval,
    may: Vec<GeneralName>,
}

impl Authority {
    /// Where its certificate lies in a data folder.
    pub fn path_in(data: &Path) -> PathBuf {
        data.join("lan-authority.crt")
    }

    /// Reads it, or makes it where there is none.
    pub(in crate::tls) fn open_or_make(data: &Path, names: &Names, now: Instant) -> Result<Self, TlsFault> {
        let path = Self::path_in(data);
        if !path.exists() {
            make(&path, names, now)?;
        }
        Self::open(data)
    }

    /// Reads it.
    pub fn open(data: &Path) -> Result<Self, TlsFault> {
        let (path, key_path) = (Self::path_in(data), key_path(data));
        let form = |path: &Path, fault: &dyn std::fmt::Display| TlsFault::Form {
            path: path.to_owned(),
            why: format!(
                "{fault}; restore it from your backup, or delete both files of the authority: a new one is made, which every phone must trust anew"
            ),
        };
        let certificate = std::fs::read(&path).map_err(TlsFault::file(&path))?;
        let certificate =
            CertificateDer::from_pem_slice(&certificate).map_err(|fault| form(&path, &fault))?;
        let key = std::fs::read_to_string(&key_path).map_err(TlsFault::file(&key_path))?;
        let key = KeyPair::from_pem(&key).map_err(|fault| form(&key_path, &fault))?;
        let good = good(&certificate).map_err(|fault| form(&path, &fault))?;
        let may = may(&certificate).map_err(|fault| form(&path, &fault))?;
        Ok(Self { certificate, key, good, may })
    }

    /// The certificate that phones install.
    pub fn certificate(&self) -> &[u8] {
        &self.certificate
    }

    /// When phones trust it.
    pub fn good(&self) -> Interval {
        self.good
    }

    /// SHA-256 of the certificate, as phones show it.
    pub fn fingerprint(&self) -> String {
        let pairs: Vec<_> =
            digest(&SHA256, &self.certificate).as_ref().iter().map(|byte| format!("{byte:02X}")).collect();
        pairs.join(":")
    }

    /// Makes a certificate for this machine and puts it in use; until when it is good. Names that the authority may not
    /// speak for are left out, since one of them would spoil the whole.
    pub(in crate::tls) fn certify(
        &self,
        names: &Names,
        current: &Current,
        now: Instant,
    ) -> Result<Instant, TlsFault> {
        let fault = |fault: rcgen::Error| TlsFault::Authority(fault.to_string());
        let mut params = CertificateParams::default();
        let hosts = names.hosts.iter().filter(|host| self.may_host(host));
        let hosts = hosts.filter_map(|host| host.as_str().try_into().ok()).map(SanType::DnsName);
        let addresses = names.addresses.iter().filter(|address| self.may_address(**address));
        params.subject_alt_names = hosts.chain(addresses.copied().map(SanType::IpAddress)).collect();
        let all = names.hosts.len() + names.addresses.len();
        if params.subject_alt_names.len() < all {
            tracing::warn!(
                "some names or addresses of this machine came after the authority and are not certified"
            );
        }
        params.distinguished_name.push(DnType::CommonName, "healthcode");
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        params.use_authority_key_identifier_extension = true;
        // From a day before: clocks of phones differ.
        let until = now.plus_days_of_24h(LEAF_DAYS).min(self.good.until);
        date(&mut params, now.plus_days_of_24h(-1), until);
        let key = KeyPair::generate().map_err(fault)?;
        let own = own_params(&self.key);
        let leaf = params.signed_by(&key, &Issuer::from_params(&own, &self.key)).map_err(fault)?;
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let chain = vec![leaf.der().clone(), self.certificate.clone()];
        let good = current.take(chain, private).map_err(TlsFault::Authority)?;
        let names = params.subject_alt_names.len();
        tracing::info!(names, until = %good.until, "the local authority certified this server");
        Ok(good.until)
    }

    fn may_host(&self, host: &str) -> bool {
        self.may.iter().any(|may| match may {
            GeneralName::DnsName(zone) => {
                let zone = zone.as_str();
                host == zone || host.strip_suffix(zone).is_some_and(|rest| rest.ends_with('.'))
            }
            _ => false,
        })
    }

    fn may_address(&self, address: IpAddr) -> bool {
        let octets = match address {
            IpAddr::V4(v4) => v4.octets().to_vec(),
            IpAddr::V6(v6) => v6.octets().to_vec(),
        };
        self.may.iter().any(|may| match may {
            GeneralName::IpAddress(subnet) if subnet.as_bytes().len() == 2 * octets.len() => {
                let (base, mask) = subnet.as_bytes().split_at(octets.len());
                octets.iter().zip(base).zip(mask).all(|((octet, base), mask)| octet & mask == base & mask)
            }
            _ => false,
        })
    }
}

fn key_path(data: &Path) -> PathBuf {
    data.join("lan-authority.key")
}

fn make(path: &Path, names: &Names, now: Instant) -> Result<(), TlsFault> {
    let fault = |fault: rcgen::Error| TlsFault::Authority(fault.to_string());
    let key = KeyPair::generate().map_err(fault)?;
    let mut params = own_params(&key);
    params.name_constraints =
        Some(NameConstraints { permitted_subtrees: permitted(names), excluded_subtrees: vec![] });
    date(&mut params, now.plus_days_of_24h(-1), now.plus_days_of_24h(AUTHORITY_DAYS));
    let certificate = params.self_signed(&key).map_err(fault)?;
    let key_path = path.with_extension("key");
    // The key first: a certificate without a key would be taken for an authority.
    crate::keys::write_private(&key_path, key.serialize_pem().as_bytes(), false)
        .map_err(TlsFault::file(&key_path))?;
    crate::keys::write_private(path, certificate.pem().as_bytes(), false).map_err(TlsFault::file(path))
}

/// What follows from the key alone: the name of the authority, and what it is for.
fn own_params(key: &KeyPair) -> CertificateParams {
    let mut params = CertificateParams::default();
    let hash = crate::clock::hex(&digest(&SHA256, key.public_key_raw()).as_ref()[..4]);
    params.distinguished_name.push(DnType::CommonName, format!("healthcode local authority {hash}"));
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

fn permitted(names: &Names) -> Vec<GeneralSubtree> {
    let v4 = LOCAL_V4.map(|(base, length)| CidrSubnet::from_v4_prefix(base, length));
    let v6 = LOCAL_V6.map(|([first, second], length)| {
        let mut base = [0; 16];
        (base[0], base[1]) = (first, second);
        CidrSubnet::from_v6_prefix(base, length)
    });
    let own = names
        .addresses
        .iter()
        .map(|address| CidrSubnet::from_addr_prefix(*address, if address.is_ipv4() { 32 } else { 128 }));
    let subnets = v4.into_iter().chain(v6).chain(own).map(GeneralSubtree::IpAddress);
    let zones = LOCAL_ZONES.iter().map(|zone| (*zone).to_owned()).chain(names.hosts.iter().cloned());
    zones.map(GeneralSubtree::DnsName).chain(subnets).collect()
}

/// What a certificate says that it may speak for.
fn may(certificate: &CertificateDer<'_>) -> Result<Vec<GeneralName>, String> {
    let read = Certificate::from_der(certificate).map_err(|fault| fault.to_string())?;
    let found = read.tbs_certificate().get_extension::<Constraints>().map_err(|fault| fault.to_string())?;
    let (_, constraints) = found.ok_or("it names nothing that it may speak for")?;
    Ok(constraints.permitted_subtrees.unwrap_or_default().into_iter().map(|subtree| subtree.base).collect())
}

fn date(params: &mut CertificateParams, from: Instant, until: Instant) {
    let at = |at: Instant| {
        rcgen::date_time_ymd(1970, 1, 1) + Duration::from_secs(u64::try_from(at.seconds()).unwrap_or(0))
    };
    (params.not_before, params.not_after) = (at(from), at(until));
}

#[cfg(test)]
mod tests;
