//! `healthcode pass evidence`: travellers' documents become evidence.

use super::{Evidence as Arguments, MOST_CODE_BYTES};
use crate::fault::{Answer, Fault};
use crate::files::{self, Line, Output};
use crate::import::digest;
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::ids::{EvidenceId, PersonId};
use healthcode_credential::foreign::{Judged, Trust, judge};
use std::io::{self, BufReader};

/// The id of a fact: the same document gives the same evidence, however often it is read.
fn id(person: &PersonId, fact: &str) -> Result<EvidenceId, Fault> {
    let name = format!("document-{}", digest(&format!("{person}\n{fact}")));
    EvidenceId::new(name).map_err(|fault| Fault::Usage(fault.to_string()))
}

/// Writes the evidence of every document, or nothing.
pub(super) fn write(trust: &Trust, arguments: &Arguments) -> Result<Answer, Fault> {
    let person =
        PersonId::new(&arguments.person).map_err(|fault| Fault::Usage(format!("--person: {fault}")))?;
    let at = arguments.verify.at.instant;
    let unreadable = |source| Fault::Read { file: "standard input".to_owned(), source };
    let mut input = BufReader::new(io::stdin().lock());
    let (mut bytes, mut line, mut all, mut whole) = (Vec::new(), 0, Vec::new(), true);
    loop {
        match files::next_line(&mut input, &mut bytes, MOST_CODE_BYTES).map_err(unreadable)? {
            Line::End => break,
            Line::Read => {}
            Line::TooLong => {
                let problem = "is longer than any code".to_owned();
                return Err(Fault::Line {
                    file: "standard input".to_owned(),
                    line: line + 1,
                    place: None,
                    problem,
                });
            }
        }
        line += 1;
        let judged = judge(std::str::from_utf8(&bytes).unwrap_or_default(), trust, at);
        let facts = match &judged {
            Judged::Foreign(document) => document.facts(),
            _ => Vec::new(),
        };
        if facts.is_empty() {
            eprintln!("line {line}: {}: it proves nothing", judged.outcome().word());
            whole = false;
        }
        for (happened_at, fact) in facts {
            let named = format!("{}\n{}\n{}", fact.kind(), happened_at.micros(), fact.to_data());
            let (id, person, source) = (id(&person, &named)?, person.clone(), Source::Import);
            all.push(Evidence { id, person, happened_at, recorded_at: at, source, fact });
        }
    }
    if whole {
        let mut out = Output::standard();
        all.iter().try_for_each(|evidence| out.line(&evidence.to_json()))?;
        out.finish()?;
    }
    Ok(Answer::of(whole))
}
