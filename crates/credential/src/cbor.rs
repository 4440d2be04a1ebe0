//! The CBOR that a pass needs, in its one deterministic encoding (RFC 8949, 4.2.1): shortest heads, definite
//! lengths, nothing after the end. The caller says what it expects next, so nothing recurses and nothing is
//! built on the heap.

/// Why the bytes are not what was expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CborFault {
    /// The bytes end too early.
    Short,
    /// Right in meaning perhaps, but not the deterministic encoding.
    NotDeterministic,
    /// Another type, length or value than expected.
    Unexpected,
    /// Bytes left over.
    Trailing,
}

const UINT: u8 = 0;
const NEGATIVE: u8 = 1;
const BYTES: u8 = 2;
const TEXT: u8 = 3;
const ARRAY: u8 = 4;
const MAP: u8 = 5;
const TAG: u8 = 6;
const FALSE: u8 = 0xF4;
const TRUE: u8 = 0xF5;

/// What is still to be read.
pub(crate) struct Reader<'a>(pub(crate) &'a [u8]);

impl<'a> Reader<'a> {
    fn take(&mut self, count: usize) -> Result<&'a [u8], CborFault> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(CborFault::Short)?;
        self.0 = rest;
        Ok(taken)
    }

    fn peek(&self) -> Result<u8, CborFault> {
        self.0.first().copied().ok_or(CborFault::Short)
    }

    /// The argument of an item of the given major type.
    fn head(&mut self, major: u8) -> Result<u64, CborFault> {
        let first = self.peek()?;
        if first >> 5 != major {
            return Err(CborFault::Unexpected);
        }
        self.take(1)?;
        let width = match first & 31 {
            small @ 0..=23 => return Ok(u64::from(small)),
            24 => 1,
            25 => 2,
            26 => 4,
            27 => 8,
            31 => return Err(CborFault::NotDeterministic),
            _ => return Err(CborFault::Unexpected),
        };
        let value = self.take(width)?.iter().fold(0u64, |value, byte| value << 8 | u64::from(*byte));
        let least = if width == 1 { 24 } else { 1 << (width * 4) };
        if value < least { Err(CborFault::NotDeterministic) } else { Ok(value) }
    }

    fn expect(&mut self, major: u8, wanted: u64) -> Result<(), CborFault> {
        if self.head(major)? == wanted { Ok(()) } else { Err(CborFault::Unexpected) }
    }

    pub(crate) fn tag(&mut self, number: u64) -> Result<(), CborFault> {
        self.expect(TAG, number)
    }

    pub(crate) fn array(&mut self, items: u64) -> Result<(), CborFault> {
        self.expect(ARRAY, items)
    }

    /// How many items an array has.
    pub(crate) fn items(&mut self) -> Result<u64, CborFault> {
        self.head(ARRAY)
    }

    pub(crate) fn map(&mut self) -> Result<u64, CborFault> {
        self.head(MAP)
    }

    pub(crate) fn map_of(&mut self, pairs: u64) -> Result<(), CborFault> {
        self.expect(MAP, pairs)
    }

    pub(crate) fn uint(&mut self) -> Result<u64, CborFault> {
        self.head(UINT)
    }

    /// An integer of either sign; beyond 64 bits with sign is unexpected.
    pub(crate) fn int(&mut self) -> Result<i64, CborFault> {
        let negative = self.peek()? >> 5 == NEGATIVE;
        let argument = self.head(if negative { NEGATIVE } else { UINT })?;
        let value = i64::try_from(argument).map_err(|_| CborFault::Unexpected)?;
        Ok(if negative { -1 - value } else { value })
    }

    pub(crate) fn key(&mut self, wanted: i64) -> Result<(), CborFault> {
        if self.int()? == wanted { Ok(()) } else { Err(CborFault::Unexpected) }
    }

    pub(crate) fn bytes(&mut self) -> Result<&'a [u8], CborFault> {
        let length = self.head(BYTES)?;
        self.take(usize::try_from(length).map_err(|_| CborFault::Short)?)
    }

    pub(crate) fn bytes_of<const N: usize>(&mut self) -> Result<&'a [u8; N], CborFault> {
        self.bytes()?.try_into().map_err(|_| CborFault::Unexpected)
    }

    /// The bytes of a text, not yet known to be UTF-8.
    pub(crate) fn text(&mut self) -> Result<&'a [u8], CborFault> {
        let length = self.head(TEXT)?;
        self.take(usize::try_from(length).map_err(|_| CborFault::Short)?)
    }

    pub(crate) fn bool(&mut self) -> Result<bool, CborFault> {
        match self.take(1)? {
            [FALSE] => Ok(false),
            [TRUE] => Ok(true),
            _ => Err(CborFault::Unexpected),
        }
    }

    pub(crate) fn end(&self) -> Result<(), CborFault> {
        if self.0.is_empty() { Ok(()) } else { Err(CborFault::Trailing) }
    }
}

/// What has been written.
#[derive(Default)]
pub(crate) struct Writer(pub(crate) Vec<u8>);

impl Writer {
    pub(crate) fn with_capacity(bytes: usize) -> Self {
        Self(Vec::with_capacity(bytes))
    }

    fn head(&mut self, major: u8, value: u64) {
        let major = major << 5;
        let wide = value.to_be_bytes();
        match value {
            0..=23 => self.0.push(major | wide[7]),
            24..=0xFF => self.0.extend([major | 24, wide[7]]),
            0x100..=0xFFFF => {
                self.0.push(major | 25);
                self.0.extend(&wide[6..]);
            }
            0x1_0000..=0xFFFF_FFFF => {
                self.0.push(major | 26);
                self.0.extend(&wide[4..]);
            }
            _ => {
                self.0.push(major | 27);
                self.0.extend(wide);
            }
        }
    }

    pub(crate) fn tag(&mut self, number: u64) {
        self.head(TAG, number);
    }

    pub(crate) fn array(&mut self, items: u64) {
        self.head(ARRAY, items);
    }

    pub(crate) fn map(&mut self, pairs: u64) {
        self.head(MAP, pairs);
    }

    pub(crate) fn int(&mut self, value: i64) {
        // `!value` is -1 - value, the argument of a negative integer.
        if value < 0 { self.head(NEGATIVE, !value as u64) } else { self.head(UINT, value as u64) }
    }

    pub(crate) fn uint(&mut self, value: u64) {
        self.head(UINT, value);
    }

    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        self.head(BYTES, bytes.len() as u64);
        self.0.extend(bytes);
    }

    pub(crate) fn text(&mut self, text: &str) {
        self.head(TEXT, text.len() as u64);
        self.0.extend(text.as_bytes());
    }

    pub(crate) fn bool(&mut self, value: bool) {
        self.0.push(if value { TRUE } else { FALSE });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_longer_head_than_needed_is_refused() {
        for bytes in [
            &[0x18, 23][..],
            &[0x19, 0, 255],
            &[0x1A, 0, 0, 255, 255],
            &[0x1B, 0, 0, 0, 0, 255, 255, 255, 255],
        ] {
            assert_eq!(Reader(bytes).uint(), Err(CborFault::NotDeterministic), "{bytes:x?}");
        }
        assert_eq!(Reader(&[0x18, 24]).uint(), Ok(24));
        assert_eq!(Reader(&[0x1C]).uint(), Err(CborFault::Unexpected));
    }

    #[test]
    fn a_length_beyond_the_bytes_reserves_nothing() {
        let huge = [0x5B, 255, 255, 255, 255, 255, 255, 255, 255, 1];
        assert_eq!(Reader(&huge).bytes(), Err(CborFault::Short));
    }

    proptest! {
        #[test]
        fn an_integer_is_read_as_it_was_written(value: i64) {
            let mut writer = Writer::default();
            writer.int(value);
            let mut reader = Reader(&writer.0);
            prop_assert_eq!(reader.int(), Ok(value));
            prop_assert_eq!(reader.end(), Ok(()));
        }
    }
}
