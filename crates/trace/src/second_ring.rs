//! Contacts of the close contacts of a case, in order of time only.

use crate::choice::Choices;
use crate::exposure::{Wanted, WantedExposure, decide};
use crate::policy::{Level, Policy};
use crate::ring::Ring;
use crate::together::Windows;
use crate::visit::Visit;
use healthcode_core::ids::PersonId;
use healthcode_core::time::{Instant, Interval};
use std::collections::BTreeMap;

/// A close contact of a case, for the second ring.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CloseContact {
    /// Who.
    pub person: PersonId,
    /// The first instant that she shared with the case.
    pub first_at: Instant,
    /// When she was kept apart from others, or the end of what shall be looked at.
    pub until: Instant,
}

/// The close contacts among the first ring, each with her first exposure, by person; all until the same instant, which
/// may be changed for each.
pub fn close_contacts(exposures: &[WantedExposure], until: Instant) -> Vec<CloseContact> {
    let mut close: BTreeMap<&PersonId, Instant> = BTreeMap::new();
    for exposure in
        exposures.iter().filter(|exposure| exposure.level == Level::Close && exposure.via.is_none())
    {
        let first = close.entry(&exposure.person).or_insert(exposure.first_at);
        *first = exposure.first_at.min(*first);
    }
    close
        .into_iter()
        .map(|(person, first_at)| CloseContact { person: person.clone(), first_at, until })
        .collect()
}

/// Computes the exposures that the close contacts of a case give to others: each says through whom, in
/// [`WantedExposure::via`]. Nothing where the policy has no second ring.
///
/// `close` are close contacts by proven exposures, for a message makes nobody a contact; of one who is there twice, all
/// the time counts. `close_visits` are their visits, `other_visits` those of others at the same places, whole and in any
/// mixture, as for [`wanted_exposures`](crate::wanted_exposures). The case and those in `close` get nothing. `choices`
/// are those made about places in the second ring of this case; people are counted over all close contacts.
pub fn second_ring(
    case: &PersonId,
    close: &[CloseContact],
    close_visits: &[Visit],
    other_visits: &[Visit],
    policy: &Policy,
    choices: &Choices,
) -> Wanted {
    let Some((policy, level)) = policy.of_second_ring() else { return Wanted::default() };
    let mut windows: BTreeMap<&PersonId, Vec<Interval>> = BTreeMap::new();
    for contact in close.iter().filter(|contact| contact.person != *case) {
        let window = Interval { from: contact.first_at, until: contact.until };
        windows.entry(&contact.person).or_default().push(window);
    }
    let visits: Vec<&Visit> =
        close_visits.iter().chain(other_visits).filter(|visit| visit.person != *case).collect();
    let cases: Vec<_> =
        windows.into_iter().map(|(person, windows)| (person, Windows::new(&windows))).collect();
    let count = cases.len();
    let ring = Ring::new(cases, &visits, &policy);
    let found = (0..).take(count).flat_map(|contact| ring.found(contact));
    let mut found: Vec<_> = found.filter(|found| found.level == Level::Close).collect();
    found.iter_mut().for_each(|found| found.level = level);
    decide(&ring, found, policy.ask_above, choices, true)
}
