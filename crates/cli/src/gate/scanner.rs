//! Where codes come from: a scanner that types, or one on a serial line. A code ends with a carriage return, a line feed, or
//! both.

use crate::fault::Fault;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::Path;

/// Bytes of one code, at most; what is longer is judged as no code. The largest QR code holds 4,296 characters.
const MOST_CODE_BYTES: usize = 1 << 13;

/// A scanner.
pub struct Scanner {
    name: String,
    input: Box<dyn BufRead>,
}

impl Scanner {
    /// A device, or standard input.
    pub fn open(device: Option<&Path>) -> Result<Self, Fault> {
        let Some(path) = device else {
            return Ok(Self::new("standard input".to_owned(), BufReader::new(io::stdin())));
        };
        let name = path.display().to_string();
        let file = File::open(path).map_err(|source| Fault::Read { file: name.clone(), source })?;
        Ok(Self::new(name, BufReader::new(file)))
    }

    fn new(name: String, input: impl BufRead + 'static) -> Self {
        Self { name, input: Box::new(input) }
    }

    /// The next code, without its end; none when there are no more.
    pub fn next_code(&mut self) -> Result<Option<String>, Fault> {
        loop {
            let Some(code) = self.next_line()? else { return Ok(None) };
            // A carriage return and a line feed end one code, and blanks around it are the scanner's.
            let code = code.trim();
            if !code.is_empty() {
                return Ok(Some(code.to_owned()));
            }
        }
    }

    fn next_line(&mut self) -> Result<Option<String>, Fault> {
        let unreadable = |source| Fault::Read { file: self.name.clone(), source };
        let (mut line, mut any) = (Vec::new(), false);
        loop {
            let buffer = self.input.fill_buf().map_err(unreadable)?;
            if buffer.is_empty() {
                return Ok(any.then(|| text(line)));
            }
            any = true;
            let end = buffer.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
            let part = &buffer[..end.unwrap_or(buffer.len())];
            // One byte too many tells that it is too long; the rest is not kept.
            line.extend(&part[..part.len().min((MOST_CODE_BYTES + 1).saturating_sub(line.len()))]);
            let used = part.len() + usize::from(end.is_some());
            self.input.consume(used);
            if end.is_some() {
                return Ok(Some(text(line)));
            }
        }
    }
}

/// What is no text or too long still gets its verdict: that it is none.
fn text(line: Vec<u8>) -> String {
    if line.len() > MOST_CODE_BYTES {
        return "?".to_owned();
    }
    String::from_utf8(line).unwrap_or_else(|_| "?".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codes(input: &[u8]) -> Vec<String> {
        let mut scanner = Scanner::new(String::new(), io::Cursor::new(input.to_vec()));
        std::iter::from_fn(|| scanner.next_code().unwrap()).collect()
    }

    #[test]
    fn a_code_ends_with_either_sign_or_both() {
        assert_eq!(codes(b"A\rB\nC\r\nD"), ["A", "B", "C", "D"]);
        assert_eq!(codes(b"\r\n\n A \n"), ["A"]);
        assert!(codes(b"").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn any_input_is_codes_without_ends(bytes in proptest::collection::vec(0u8.., 0..400)) {
            let lines = bytes.split(|byte| matches!(byte, b'\n' | b'\r'));
            let wanted = lines.filter(|line| std::str::from_utf8(line).map_or(!line.is_empty(), |line| !line.trim().is_empty()));
            proptest::prop_assert_eq!(codes(&bytes).len(), wanted.count());
        }
    }

    #[test]
    fn what_is_no_code_still_is_a_line() {
        let long = [&vec![b'x'; 100_000][..], b"\nA"].concat();
        assert_eq!(codes(&long), ["?", "A"]);
        assert_eq!(codes(b"\xFF\nA"), ["?", "A"]);
    }
}
