//! A verdict as one line of JSON, for programs and for people who read along.

use crate::bearer::{Bearer, Paper};
use crate::foreign::Judged;
use crate::outcome::{Outcome, Profile, Reason};
use crate::status::table::Status;
use crate::verify::{Verdict, VerifiedClaims, profile_of};
use healthcode_core::ids::KeyId;
use healthcode_core::time::{Day, Instant};
use serde::Serialize;

/// One line: `{"line":1,"verdict":"valid","profile":"healthcode","issuer":"330100","claims":{…},"warnings":[]}`.
/// Anything but `valid` has `reason` and no claims; `profile` is null where the text names none, and `issuer`
/// where nobody has vouched for it.
#[derive(Debug, Clone, Serialize)]
pub struct VerdictLine {
    /// Number of the line judged, from 1.
    pub line: u64,
    /// The outcome.
    pub verdict: Outcome,
    /// Which step failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<Reason>,
    /// The kind of code.
    pub profile: Option<Profile>,
    /// Who issued it.
    pub issuer: Option<String>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<ShownClaims>,
    /// What a status table says of it; the caller fills it in, and leaves it out if unknown.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<Status>,
    /// Faults that change nothing about the verdict; our own profile has none.
    pub warnings: Vec<String>,
}

/// Verified claims as shown.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum ShownClaims {
    /// Of a pass of ours.
    Pass(ShownPass),
    /// Of a traveller's document.
    Document(serde_json::Value),
}

/// The claims of a pass.
#[derive(Debug, Clone, Serialize)]
pub struct ShownPass {
    /// The first instant at which the pass is valid.
    pub issued_at: Instant,
    /// The first instant at which it is valid no more.
    pub expires_at: Instant,
    /// The civil day of issue in the issuer's zone: which status table; null on paper, which stands in none.
    pub issue_day: Option<Day>,
    /// The place in that table.
    pub status_index: Option<u32>,
    /// The compressed point of the device that may present it, in hexadecimal digits; null on paper and in a token.
    pub device_key: Option<String>,
    /// When that device signed what was shown; null where only the pass was shown, which a photograph does as well.
    pub presented_at: Option<Instant>,
    /// What paper carries to be compared with the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paper: Option<ShownPaper>,
    /// The key that signed it.
    pub kid: KeyId,
}

/// What paper carries to be compared with the document.
#[derive(Debug, Clone, Serialize)]
pub struct ShownPaper {
    /// First character and stars.
    pub masked_name: String,
    /// Last characters of the document.
    pub document_last_four: String,
}

impl ShownPaper {
    pub(crate) fn of(paper: &Paper) -> Self {
        Self {
            masked_name: paper.name.as_str().to_owned(),
            document_last_four: paper.last_four.as_str().to_owned(),
        }
    }
}

impl ShownPass {
    pub(crate) fn of(claims: &VerifiedClaims) -> Self {
        let hex = |point: [u8; 33]| point.iter().map(|byte| format!("{byte:02x}")).collect();
        Self {
            issued_at: claims.issued_at(),
            expires_at: claims.expires_at(),
            issue_day: claims.status().map(|status| status.day),
            status_index: claims.status().map(|status| status.index),
            device_key: claims.device().map(|key| hex(key.compressed())),
            presented_at: claims.presented_at(),
            paper: match claims.bearer() {
                Bearer::Paper(paper) => Some(ShownPaper::of(paper)),
                Bearer::Phone { .. } | Bearer::Token { .. } => None,
            },
            kid: claims.key().clone(),
        }
    }
}

impl VerdictLine {
    /// The line for a text and what [`crate::foreign::judge`] said of it.
    pub fn of(line: u64, text: &str, judged: &Judged) -> Self {
        let blank = Self {
            line,
            verdict: judged.outcome(),
            reason: None,
            profile: profile_of(text),
            issuer: None,
            claims: None,
            colour: None,
            warnings: Vec::new(),
        };
        match judged {
            Judged::Own(verdict) => Self::new(line, text, verdict),
            Judged::Refused(reason) => Self { reason: Some(*reason), ..blank },
            Judged::Foreign(document) => Self {
                issuer: document.issuer().map(str::to_owned),
                claims: Some(ShownClaims::Document(document.claims().clone())),
                warnings: document.warnings().to_vec(),
                ..blank
            },
        }
    }

    /// The line for a text and what [`crate::verify::verify`] said of it.
    pub fn new(line: u64, text: &str, verdict: &Verdict) -> Self {
        Self {
            line,
            verdict: verdict.outcome(),
            reason: verdict.reason(),
            profile: profile_of(text),
            issuer: verdict.claims().map(|claims| claims.issuer().to_string()),
            claims: verdict.claims().map(|claims| ShownClaims::Pass(ShownPass::of(claims))),
            colour: None,
            warnings: Vec::new(),
        }
    }
}
