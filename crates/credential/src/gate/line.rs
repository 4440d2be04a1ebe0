//! A judgement as one line of JSON.

use super::judge::{Ages, Judgement};
use crate::outcome::Profile;
use crate::status::table::Status;
use crate::verdict::{ShownPaper, ShownPass};
use crate::verify::profile_of;
use healthcode_core::rule_set::Action;
use serde::Serialize;

/// One line: what `pass verify` writes of a code, and what the gate makes of it:
/// `{"line":1,"verdict":"valid","profile":"healthcode","issuer":"330100","claims":{…},"colour":"green","action":"pass",
/// "ages":{"keys":12,"rules":12,"colours":12},"warnings":[]}`. Anything but `valid` has `reason` and no claims.
#[derive(Debug, Clone, Serialize)]
pub struct GateLine {
    /// Number of the line judged, from 1.
    pub line: u64,
    /// An outcome, or `cannot_decide`.
    pub verdict: &'static str,
    /// Which step failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<&'static str>,
    /// The kind of code.
    pub profile: Option<Profile>,
    /// Who issued it, where that is vouched for.
    pub issuer: Option<String>,
    /// What it says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub claims: Option<ShownPass>,
    /// What the table says of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<Status>,
    /// What to do.
    pub action: Action,
    /// What is to be compared with the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compare: Option<ShownPaper>,
    /// How long ago keys, rules and colours were confirmed, in seconds.
    pub ages: Ages,
    /// Faults that change nothing; a gate knows none.
    pub warnings: [(); 0],
}

impl GateLine {
    /// The line for a text and the judgement on it.
    pub fn new(line: u64, text: &str, judgement: &Judgement) -> Self {
        let claims = judgement.claims();
        Self {
            line,
            verdict: judgement.verdict(),
            reason: judgement.reason(),
            profile: profile_of(text),
            issuer: claims.map(|claims| claims.issuer().to_string()),
            claims: claims.filter(|_| judgement.colour().is_some()).map(ShownPass::of),
            colour: judgement.colour(),
            action: judgement.action(),
            compare: judgement.paper().map(ShownPaper::of),
            ages: judgement.ages(),
            warnings: [],
        }
    }
}
