//! The names and addresses under which a local network reaches this machine.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};

/// Names in one order, so that two looks can be compared.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Names {
    pub(super) hosts: BTreeSet<String>,
    pub(super) addresses: BTreeSet<IpAddr>,
}

impl Names {
    /// This machine's names and addresses as of now, with the host that `--public-url` names.
    pub(super) fn now(public_url: Option<&str>) -> Self {
        let mut names = Self::default();
        names.add("localhost");
        names.add("127.0.0.1");
        let host = std::fs::read_to_string("/etc/hostname").unwrap_or_default().trim().to_ascii_lowercase();
        if !host.is_empty() {
            names.add(&host);
            if !host.contains('.') {
                // What multicast DNS calls it (RFC 6762, 3).
                names.add(&format!("{host}.local"));
            }
        }
        names.addresses.extend(addresses());
        if let Some(host) = public_url.and_then(host_of) {
            names.add(&host);
        }
        names
    }

    fn add(&mut self, host: &str) {
        match host.parse() {
            Ok(address) => self.addresses.insert(address),
            Err(_) => self.hosts.insert(host.to_owned()),
        };
    }
}

/// The address that others on the network most likely reach this machine at.
pub(super) fn outward() -> IpAddr {
    let found = addresses();
    let first = |wanted: fn(&IpAddr) -> bool| found.iter().copied().find(wanted);
    let local = first(|address| matches!(address, IpAddr::V4(v4) if v4.is_private()));
    local.or_else(|| first(|a| a.is_ipv4() && !a.is_loopback())).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST))
}

fn addresses() -> Vec<IpAddr> {
    let interfaces = if_addrs::get_if_addrs().unwrap_or_default();
    // An address that is good on one cable only cannot stand in a link.
    let usable = |address: &IpAddr| match address {
        IpAddr::V4(v4) => !v4.is_link_local(),
        IpAddr::V6(v6) => !v6.is_unicast_link_local(),
    };
    interfaces.into_iter().map(|interface| interface.ip()).filter(usable).collect()
}

fn host_of(url: &str) -> Option<String> {
    let uri: axum::http::Uri = url.parse().ok()?;
    Some(uri.host()?.trim_matches(['[', ']']).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_machine_is_known_by_its_own_names_and_by_the_one_it_was_given() {
        let names = Names::now(Some("https://Code.example:8443/x"));
        assert!(names.hosts.contains("localhost") && names.hosts.contains("code.example"), "{names:?}");
        assert!(names.addresses.contains(&IpAddr::V4(Ipv4Addr::LOCALHOST)));
        let names = Names::now(Some("https://[fd00::7]:8443"));
        assert!(names.addresses.contains(&"fd00::7".parse().unwrap()), "{names:?}");
    }
}
