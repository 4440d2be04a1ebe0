//! Bytes to text, whatever the encoding.

use encoding_rs::{Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};

/// The text and the name of the encoding it was in. `named` takes precedence over what the bytes look like.
pub fn decode(bytes: &[u8], named: Option<&str>) -> Result<(String, &'static str), String> {
    let encoding = match named {
        Some(name) => Encoding::for_label(name.as_bytes()).ok_or(format!(
            "--encoding {name:?} is not known; write a name such as utf-8, gb18030 or utf-16le"
        ))?,
        None => guess(bytes),
    };
    let (text, used, faulty) = encoding.decode(bytes);
    if faulty || text.contains('\0') {
        let name = used.name();
        return Err(format!(
            "does not read as {name}; save it as UTF-8, or say --encoding NAME (such as gb18030)"
        ));
    }
    Ok((text.into_owned(), used.name()))
}

fn guess(bytes: &[u8]) -> &'static Encoding {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding;
    }
    // Headings and digits in UTF-16 have a zero in every second byte.
    let sample = &bytes[..bytes.len().min(4096)];
    let zeros = |odd: usize| sample.iter().skip(odd).step_by(2).filter(|byte| **byte == 0).count();
    if zeros(1) * 4 > sample.len() && zeros(0) == 0 {
        return UTF_16LE;
    }
    if zeros(0) * 4 > sample.len() && zeros(1) == 0 {
        return UTF_16BE;
    }
    if std::str::from_utf8(bytes).is_ok() {
        return UTF_8;
    }
    let mut detector = chardetng::EncodingDetector::new(chardetng::Iso2022JpDetection::Deny);
    detector.feed(bytes, true);
    let guessed = detector.guess(Some(b"cn"), chardetng::Utf8Detection::Deny);
    // The newer standard holds all of the older one.
    if guessed == GBK { GB18030 } else { guessed }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn common_encodings_are_told_apart() {
        let text = "编号,确诊日期,来源\n1,2020年1月21日,武汉\n2,2020年1月22日,湖北\n";
        let (gb, _, _) = GB18030.encode(text);
        assert_eq!(decode(&gb, None).unwrap(), (text.to_owned(), "gb18030"));
        assert_eq!(decode(text.as_bytes(), None).unwrap().0, text);
        let marked = format!("\u{FEFF}{text}");
        assert_eq!(decode(marked.as_bytes(), None).unwrap().0, text, "the mark is dropped");
        let little: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&little, None).unwrap().0, text);
        let big: Vec<u8> = marked.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(decode(&big, None).unwrap().0, text);
        let bare: Vec<u8> = "id,date\n1,2020-01-21\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(decode(&bare, None).unwrap().0, "id,date\n1,2020-01-21\n");
    }

    #[test]
    fn a_named_encoding_is_obeyed() {
        let latin = b"id,ville\n1,Orl\xE9ans\n";
        assert_eq!(decode(latin, Some("windows-1252")).unwrap().0, "id,ville\n1,Orléans\n");
        assert!(decode(latin, Some("utf-8")).is_err());
        assert!(decode(latin, Some("klingon")).is_err());
    }
}
