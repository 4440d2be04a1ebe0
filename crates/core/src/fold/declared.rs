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

impl<'a> Course<'a> {
    pub(super) fn is_refused(&self, known: &Known<'_>, until: Instant) -> bool {
        self.audits
            && matches!(known.fact, Fact::Declaration(_))
            && matches!(self.audit_of(known, until), Some((_, AuditResult::Refused)))
    }

    /// The latest audit of a declaration by `until`.
    fn audit_of(&self, declaration: &Known<'_>, until: Instant) -> Option<(&Known<'a>, AuditResult)> {
        self.known.iter().rev().find_map(|k| match k.fact {
            Fact::Audit(audit) if audit.of == declaration.evidence.id && k.evidence.happened_at <= until => {
                Some((k, audit.result))
            }
            _ => None,
        })
    }

    /// The latest audited declaration decides; one that awaits its audit does not displace it.
    pub(super) fn declared_at(&self, at: Instant) -> Declared {
        let mut latest = Declared::Not;
        let happened = self.known.iter().rev().skip_while(|k| k.evidence.happened_at > at);
        for k in happened.filter(|k| matches!(k.fact, Fact::Declaration(_))) {
            let since = k.recorded_at.max(k.evidence.happened_at);
            let audit = if self.audits { self.audit_of(k, at) } else { None };
            if let Some((audit, result)) = audit {
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
