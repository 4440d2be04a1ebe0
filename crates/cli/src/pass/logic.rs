//! `healthcode pass logic`: CertLogic, an expression a line.

use crate::fault::{Answer, Fault};
use crate::files::{self, Line, Output};
use healthcode_credential::cert_logic::evaluate;
use serde::Deserialize;
use serde_json::{Value, json};
use std::io::{self, BufReader};

/// Bytes of one expression with its data, at most.
const MOST_BYTES: usize = 4 << 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Question {
    logic: Value,
    data: Value,
}

/// Evaluates every line.
pub(super) fn evaluate_all() -> Result<Answer, Fault> {
    let file = || "standard input".to_owned();
    let mut input = BufReader::new(io::stdin().lock());
    let mut out = Output::standard();
    let (mut bytes, mut line, mut whole) = (Vec::new(), 0, true);
    loop {
        let bad = |problem: String| Fault::Line { file: file(), line: line + 1, place: None, problem };
        let found = files::next_line(&mut input, &mut bytes, MOST_BYTES);
        match found.map_err(|source| Fault::Read { file: file(), source })? {
            Line::End => break,
            Line::Read => {}
            Line::TooLong => return Err(bad("is longer than 4 MiB".to_owned())),
        }
        let question: Question = serde_json::from_slice(&bytes)
            .map_err(|fault| bad(format!("write {{\"logic\":…,\"data\":…}}: {fault}")))?;
        line += 1;
        let answer = match evaluate(&question.logic, &question.data) {
            Ok(result) => json!({ "line": line, "result": result }),
            Err(fault) => {
                whole = false;
                json!({ "line": line, "fault": fault.to_string() })
            }
        };
        out.line(&answer.to_string())?;
    }
    out.finish()?;
    Ok(Answer::of(whole))
}
