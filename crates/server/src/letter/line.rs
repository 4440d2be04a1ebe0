//! Text as a PDF page takes it: runs of one font each, and lines of at most a width.
//!
//! No font is embedded. English is set in Helvetica, one of the fonts that every viewer has; Chinese in STSong-Light of
//! the character collection Adobe-GB1, which viewers replace by a Chinese font of the machine.

use healthcode_core::region_table::Language;

/// A font of the letters.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Font {
    /// Helvetica in WinAnsi encoding: a byte a character.
    Latin,
    /// The same, bold.
    Bold,
    /// STSong-Light in UTF-16, big end first.
    Chinese,
}

/// Text of one font, encoded for it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Run {
    pub font: Font,
    pub bytes: Vec<u8>,
}

/// Thousandths of the size that the characters from space to tilde take in Helvetica, as its metrics say.
const WIDTHS: [u16; 95] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, // space to /
    556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, // 0 to ?
    1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778, // @ to O
    667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556, // P to _
    333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556, // ` to o
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584, // p to ~
];
/// Bold letters are wider by at most this, in hundredths; a little more than needed breaks a line a little early.
const BOLD_PERCENT: u32 = 112;

/// The byte of a character in WinAnsi encoding, for a language: punctuation that both scripts have is Chinese in Chinese.
fn win_ansi(c: char, language: Language) -> Option<u8> {
    match (c, language) {
        (' '..='~', _) => Some(c as u8),
        (_, Language::Chinese) => None,
        ('\u{a1}'..='\u{ff}', _) => u8::try_from(u32::from(c)).ok(),
        ('…', _) => Some(0x85),
        ('‘', _) => Some(0x91),
        ('’', _) => Some(0x92),
        ('“', _) => Some(0x93),
        ('”', _) => Some(0x94),
        ('–', _) => Some(0x96),
        ('—', _) => Some(0x97),
        _ => None,
    }
}

/// Thousandths of the size that a character takes.
fn width(c: char, language: Language, bold: bool) -> u32 {
    match win_ansi(c, language) {
        None => 1_000,
        Some(byte) => {
            let index = usize::from(byte).wrapping_sub(0x20);
            // The accented letters are no wider than an O.
            let plain = u32::from(WIDTHS.get(index).copied().unwrap_or(778));
            if bold { plain * BOLD_PERCENT / 100 } else { plain }
        }
    }
}

/// The runs of a line. Characters that steer (ends of lines, changes of direction) are left out, so that nobody's name can
/// turn a letter round.
pub(super) fn runs(line: &str, language: Language, bold: bool) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut units = [0; 2];
    for c in line.chars().filter(|c| !steers(*c)) {
        let (font, bytes) = match win_ansi(c, language) {
            Some(byte) => (if bold { Font::Bold } else { Font::Latin }, vec![byte]),
            None => {
                let units = c.encode_utf16(&mut units).iter();
                (Font::Chinese, units.flat_map(|unit| unit.to_be_bytes()).collect())
            }
        };
        match runs.last_mut() {
            Some(run) if run.font == font => run.bytes.extend(bytes),
            _ => runs.push(Run { font, bytes }),
        }
    }
    runs
}

/// Controls, and the marks that change the direction of writing.
fn steers(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Closing punctuation, which begins no line in Chinese.
fn closes(c: char) -> bool {
    "，。；：、？！）》」』”’%".contains(c)
}

/// What is not parted: a Chinese character with the punctuation behind it, or a word with its spaces.
fn pieces(text: &str, language: Language) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let is_wide = |c: char| win_ansi(c, language).is_none();
    for c in text.chars() {
        let joins = pieces.last().and_then(|piece| piece.chars().last()).is_some_and(|before| {
            closes(c) || (!is_wide(c) && !is_wide(before) && (c == ' ' || before != ' '))
        });
        match pieces.last_mut() {
            Some(piece) if joins => piece.push(c),
            _ => pieces.push(c.to_string()),
        }
    }
    pieces
}

/// Lines of at most `most` points at a size. A word that is longer than a line is parted where it must be.
pub(super) fn lines(text: &str, language: Language, (size, bold): (f32, bool), most: f32) -> Vec<String> {
    // The limit in thousandths of the size, as the widths are.
    let most = (most * 1_000.0 / size) as u32;
    let wide = |text: &str| text.chars().map(|c| width(c, language, bold)).sum::<u32>();
    let (mut lines, mut line) = (Vec::new(), String::new());
    for piece in pieces(text, language) {
        if !line.is_empty() && wide(&line) + wide(piece.trim_end()) > most {
            lines.push(std::mem::take(&mut line));
        }
        if wide(&piece) <= most {
            line.push_str(&piece);
            continue;
        }
        for c in piece.chars() {
            if !line.is_empty() && wide(&line) + width(c, language, bold) > most {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines.into_iter().map(|line| line.trim_end().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_no_wider_than_it_may_be_and_nothing_is_lost() {
        let texts = [
            ("Do not leave the place of isolation, except in an emergency.", Language::English),
            ("除紧急情况外，不得离开隔离地点。每日中午前上报体温和症状（37.3度）。", Language::Chinese),
            ("018fd0a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d", Language::English),
            ("王** and Ürümqi “hall” 阿不都·热合曼 (乌鲁木齐)", Language::English),
        ];
        for (text, language) in texts {
            for most in [30.0, 80.0, 200.0, 500.0] {
                let lines = lines(text, language, (11.0, false), most);
                for line in &lines {
                    let wide: u32 = line.chars().map(|c| width(c, language, false)).sum();
                    assert!(wide as f32 * 11.0 / 1_000.0 <= most + 11.0, "{line} at {most}");
                    // Narrower than a word, a line is parted anywhere.
                    assert!(most < 80.0 || !line.starts_with(closes), "{line} at {most}");
                }
                let whole: String = lines.concat().chars().filter(|c| *c != ' ').collect();
                assert_eq!(whole, text.replace(' ', ""));
            }
        }
    }

    #[test]
    fn every_character_has_the_encoding_of_its_font() {
        let run = |font, bytes: &[u8]| Run { font, bytes: bytes.to_vec() };
        assert_eq!(
            runs("王(é)𠮷", Language::English, false),
            [
                run(Font::Chinese, &[0x73, 0x8b]),
                run(Font::Latin, b"(\xe9)"),
                run(Font::Chinese, &[0xd8, 0x42, 0xdf, 0xb7])
            ]
        );
        assert_eq!(runs("é", Language::Chinese, false), [run(Font::Chinese, &[0, 0xe9])]);
        assert_eq!(runs("a\u{202e}b\nc", Language::English, true), [run(Font::Bold, b"abc")]);
    }
}
