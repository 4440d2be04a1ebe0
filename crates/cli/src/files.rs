//! Files as the commands see them: `-` is standard input or output, and output appears whole or not at all.

use crate::fault::Fault;
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Seek, Write};
use std::path::{Path, PathBuf};
use tempfile::{NamedTempFile, SpooledTempFile};

/// Bytes of output kept in memory before they go to a temporary file.
const SPOOL_BYTES: usize = 8 << 20;

/// A name that people read.
pub fn shown(path: &Path) -> String {
    if is_dash(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// Whether the name stands for standard input or output.
pub fn is_dash(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Opens a file, or standard input for `-`.
pub fn open(path: &Path) -> Result<Box<dyn BufRead>, Fault> {
    if is_dash(path) {
        return Ok(Box::new(BufReader::with_capacity(1 << 16, io::stdin().lock())));
    }
    let fault = |source| Fault::Read { file: shown(path), source };
    let file = File::open(path).map_err(fault)?;
    if file.metadata().map_err(fault)?.is_dir() {
        return Err(fault(io::Error::other("it is a folder")));
    }
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

/// Reads a whole file of at most `most` bytes.
pub fn read(path: &Path, most: u64) -> Result<Vec<u8>, Fault> {
    let mut bytes = Vec::new();
    let read = open(path)?.take(most + 1).read_to_end(&mut bytes);
    read.map_err(|source| Fault::Read { file: shown(path), source })?;
    if bytes.len() as u64 > most {
        let problem = format!("is larger than {} MiB, the most that is read here; split it", most >> 20);
        return Err(Fault::file(shown(path), problem));
    }
    Ok(bytes)
}

/// Reads a whole UTF-8 file of at most `most` bytes.
pub fn read_text(path: &Path, most: u64) -> Result<String, Fault> {
    String::from_utf8(read(path, most)?).map_err(|fault| {
        let before = &fault.as_bytes()[..fault.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() as u64 + 1;
        let problem = "is not UTF-8; save the file as UTF-8".to_owned();
        Fault::Line { file: shown(path), line, place: None, problem }
    })
}

/// Reads one line of at most `most` bytes, without its end, into `line`.
pub fn next_line(input: &mut dyn BufRead, line: &mut Vec<u8>, most: usize) -> io::Result<Line> {
    line.clear();
    let read = input.take(most as u64 + 1).read_until(b'\n', line)?;
    if read == 0 {
        return Ok(Line::End);
    }
    if line.last() != Some(&b'\n') && line.len() > most {
        return Ok(Line::TooLong);
    }
    if line.last() == Some(&b'\n') {
        line.pop();
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(Line::Read)
}

/// What [`next_line`] found.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Line {
    /// A line.
    Read,
    /// A line that is too long; its rest has not been read.
    TooLong,
    /// Nothing more.
    End,
}

/// Output that appears whole, when [`Output::finish`] is called, or not at all.
pub enum Output {
    /// A temporary file beside the one to be, renamed at the end.
    File(PathBuf, BufWriter<NamedTempFile>),
    /// Standard output, held back until the end.
    Standard(SpooledTempFile),
    /// A pipe or a device, which nothing may be renamed to; held back likewise.
    Device(PathBuf, SpooledTempFile),
}

impl Output {
    /// To a file, or to standard output for `-`.
    pub fn to(path: &Path) -> Result<Self, Fault> {
        if is_dash(path) {
            return Ok(Self::standard());
        }
        // A link stays a link: what it names is replaced.
        let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let fault = |source| Fault::Write { file: path.display().to_string(), source };
        if path.is_dir() {
            return Err(fault(io::Error::other("it is a folder")));
        }
        if path.exists() && !path.is_file() {
            return Ok(Self::Device(path.to_owned(), SpooledTempFile::new(SPOOL_BYTES)));
        }
        let file = tempfile::Builder::new().prefix(".healthcode-").tempfile_in(folder).map_err(fault)?;
        Ok(Self::File(path.to_owned(), BufWriter::with_capacity(1 << 16, file)))
    }

    /// To standard output.
    pub fn standard() -> Self {
        Self::Standard(SpooledTempFile::new(SPOOL_BYTES))
    }

    /// Makes the output appear.
    pub fn finish(self) -> Result<(), Fault> {
        match self {
            Self::Standard(mut spool) => {
                spool.rewind().map_err(Fault::Temporary)?;
                let fault = |source| Fault::Write { file: "standard output".to_owned(), source };
                let mut out = io::stdout().lock();
                io::copy(&mut spool, &mut out).and_then(|_| out.flush()).map_err(fault)
            }
            Self::Device(path, mut spool) => {
                spool.rewind().map_err(Fault::Temporary)?;
                let copied = File::options()
                    .write(true)
                    .open(&path)
                    .and_then(|mut out| io::copy(&mut spool, &mut out));
                copied.map(drop).map_err(|source| Fault::Write { file: path.display().to_string(), source })
            }
            Self::File(path, writer) => {
                let fault = |source| Fault::Write { file: path.display().to_string(), source };
                let file = writer.into_inner().map_err(|failed| fault(failed.into_error()))?;
                set_usual_mode(file.as_file()).map_err(fault)?;
                file.as_file().sync_all().map_err(fault)?;
                file.persist(&path).map_err(|failed| fault(failed.error))?;
                Ok(())
            }
        }
    }

    /// Writes one line.
    pub fn line(&mut self, text: &str) -> Result<(), Fault> {
        let written = self.write_all(text.as_bytes()).and_then(|()| self.write_all(b"\n"));
        written.map_err(|source| match self {
            Self::Standard(_) | Self::Device(..) => Fault::Temporary(source),
            Self::File(path, _) => Fault::Write { file: path.display().to_string(), source },
        })
    }
}

/// Temporary files are made for their owner only; a result is made like any other file of a command: readable for
/// the group too, not for everyone, since it is about people.
#[cfg(unix)]
fn set_usual_mode(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    file.set_permissions(fs::Permissions::from_mode(0o640))
}

#[cfg(not(unix))]
fn set_usual_mode(_: &File) -> io::Result<()> {
    Ok(())
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::File(_, file) => file.write(bytes),
            Self::Standard(spool) | Self::Device(_, spool) => spool.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::File(_, file) => file.flush(),
            Self::Standard(spool) | Self::Device(_, spool) => spool.flush(),
        }
    }
}
