//! Base45 as RFC 9285 has it, to the letter: two bytes are three characters, one byte is two, and every text
//! has one reading or none.

const ALPHABET: &[u8; 45] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";

/// Value of each character; 255 for one outside the alphabet (so lower case, too).
const VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 45 {
        values[ALPHABET[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// Why a text is no Base45.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Base45Fault {
    /// A character outside the alphabet.
    #[error("byte {at} is no Base45 character; Base45 has digits, capital letters, space and $%*+-./:")]
    Character {
        /// Offset in bytes.
        at: usize,
    },
    /// A group of characters that stands for more than its bytes can hold.
    #[error("the group at byte {at} is too large: three characters end at 65535, two at 255")]
    Overflow {
        /// Offset in bytes.
        at: usize,
    },
    /// One character left over.
    #[error("one character is left over; the text has been cut")]
    Length,
}

/// Writes bytes as Base45.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len().div_ceil(2) * 3);
    let mut put = |value: usize| text.push(char::from(ALPHABET[value % 45]));
    for pair in bytes.chunks(2) {
        match *pair {
            [high, low] => {
                let value = usize::from(high) << 8 | usize::from(low);
                put(value);
                put(value / 45);
                put(value / 2025);
            }
            [last] => {
                put(usize::from(last));
                put(usize::from(last) / 45);
            }
            // `chunks(2)` gives nothing longer.
            _ => {}
        }
    }
    text
}

/// Reads Base45.
///
/// ```
/// use healthcode_credential::base45::decode;
/// assert_eq!(decode("QED8WEX0").unwrap(), b"ietf!");
/// assert!(decode("::").is_err(), "2024 does not fit one byte");
/// ```
pub fn decode(text: &str) -> Result<Vec<u8>, Base45Fault> {
    let mut bytes = Vec::with_capacity(text.len() / 3 * 2 + 1);
    for (group, chars) in text.as_bytes().chunks(3).enumerate() {
        let mut value = 0u32;
        for (place, &char) in chars.iter().enumerate().rev() {
            let digit = VALUES[usize::from(char)];
            if digit == 255 {
                return Err(Base45Fault::Character { at: group * 3 + place });
            }
            value = value * 45 + u32::from(digit);
        }
        match (chars.len(), u16::try_from(value)) {
            (3, Ok(value)) => bytes.extend(value.to_be_bytes()),
            (2, Ok(value)) if value <= 255 => bytes.push(value as u8),
            (1, _) => return Err(Base45Fault::Length),
            _ => return Err(Base45Fault::Overflow { at: group * 3 }),
        }
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_examples_of_the_standard_hold() {
        for (bytes, text) in [("AB", "BB8"), ("Hello!!", "%69 VD92EX0"), ("base-45", "UJCLQE7W581")] {
            assert_eq!(encode(bytes.as_bytes()), text);
            assert_eq!(decode(text).unwrap(), bytes.as_bytes());
        }
        assert_eq!(decode("").unwrap(), b"");
    }

    #[test]
    fn a_group_too_large_for_its_bytes_is_refused() {
        assert_eq!(decode("U5").unwrap(), [255]);
        assert_eq!(decode("V5"), Err(Base45Fault::Overflow { at: 0 }));
        assert_eq!(decode("::"), Err(Base45Fault::Overflow { at: 0 }));
        assert_eq!(decode("FGW").unwrap(), [255, 255]);
        assert_eq!(decode("GGW"), Err(Base45Fault::Overflow { at: 0 }));
        assert_eq!(decode("BB8:::"), Err(Base45Fault::Overflow { at: 3 }));
    }

    #[test]
    fn lower_case_and_a_lone_character_are_refused() {
        assert_eq!(decode("BB8b"), Err(Base45Fault::Character { at: 3 }));
        assert_eq!(decode("BB8B"), Err(Base45Fault::Length));
        assert_eq!(decode("Bb8"), Err(Base45Fault::Character { at: 1 }));
        assert!(decode("码").is_err());
    }

    proptest! {
        #[test]
        fn every_byte_string_has_one_text(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            prop_assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn every_accepted_text_is_the_one_we_write(text in "[0-9A-Z $%*+./:-]{0,40}") {
            if let Ok(bytes) = decode(&text) {
                prop_assert_eq!(encode(&bytes), text.clone());
                // An independent implementation agrees on all that is in range.
                prop_assert_eq!(base45::decode(&text).unwrap(), bytes);
            }
        }
    }
}
