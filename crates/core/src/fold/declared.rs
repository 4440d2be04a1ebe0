//! Where the declarations of a person stand: declared, audited, refused.

use super::Course;
use crate::fact::{AuditResult, Fact};
use crate::life::Known;
use crate::time::Instant;

/// Where the declarations stand.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Declared {
    /// Nothing declared.
    Not,
    /// The latest declaration awaits its audit, and no earlier one was audited.
    UnderReview { declaration: u32, since: Instant },
    /// The latest audit refused the declaration.
    Refused { declaration: u32, audit: u32, since: Instant },
    /// The latest audit confirmed the declaration.
    Confirmed { declaration: u32, audit: u32, since: Instant },
}

/// Audits beside the declarations they are about: positions of (declaration, audit) among what is known, by declaration
/// and then in order of happening.
pub(crate) struct Audits(Vec<(usize, usize)>);

impl Audits {
    pub(super) fn of(known: &[Known<'_>], any: bool) -> Self {
        let mut pairs = Vec::new();
        let audits = known.iter().enumerate().filter(|_| any);
        for (position, audit) in audits {
            let Fact::Audit(data) = audit.fact else { continue };
            let of = known.iter().position(|declaration| declaration.evidence.id == data.of);
            pairs.extend(of.map(|declaration| (declaration, position)));
        }
        pairs.sort_unstable();
        Self(pairs)
    }

    /// The audits of one declaration.
    fn on(&self, declaration: usize) -> &[(usize, usize)] {
        let from = self.0.partition_point(|(of, _)| *of < declaration);
        let until = self.0.partition_point(|(of, _)| *of <= declaration);
        &self.0[from..until]
    }
}

impl<'a> Course<'a> {
    /// Whether a piece of evidence is a declaration that was refused by `until`.
    pub(super) fn is_refused(&self, known: usize, until: Instant) -> bool {
        matches!(self.audit_of(known, until), Some((_, AuditResult::Refused)))
    }

    /// The latest audit of a declaration by `until`.
    fn audit_of(&self, declaration: usize, until: Instant) -> Option<(&Known<'a>, AuditResult)> {
        self.audits.on(declaration).iter().rev().find_map(|(_, audit)| {
            let audit = &self.known[*audit];
            match audit.fact {
                Fact::Audit(data) if audit.evidence.happened_at <= until => Some((audit, data.result)),
                _ => None,
            }
        })
    }

    /// The latest audited declaration decides; one that awaits its audit does not displace it.
    pub(super) fn declared_at(&self, at: Instant) -> Declared {
        let mut latest = Declared::Not;
        let all = self.known.iter().enumerate().rev();
        let happened = all.skip_while(|(_, k)| k.evidence.happened_at > at);
        for (position, k) in happened.filter(|(_, k)| matches!(k.fact, Fact::Declaration(_))) {
            let since = k.recorded_at.max(k.evidence.happened_at);
            if let Some((audit, result)) = self.audit_of(position, at) {
                let since = since.max(audit.recorded_at).max(audit.evidence.happened_at);
                let (declaration, audit) = (k.index, audit.index);
                return match result {
                    AuditResult::Confirmed => Declared::Confirmed { declaration, audit, since },
                    // Whoever declared again after a refusal waits for the new audit.
                    AuditResult::Refused if latest != Declared::Not => latest,
                    AuditResult::Refused => Declared::Refused { declaration, audit, since },
                };
            }
            if latest == Declared::Not {
                latest = Declared::UnderReview { declaration: k.index, since };
            }
        }
        latest
    }
}
