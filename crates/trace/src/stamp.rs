//! An instant together with the form in which it was written, in eight bytes.

use healthcode_core::time::Instant;

/// Low bits that number a form; the other 54 hold microseconds, enough for the years 1685 to 2255.
const FORM_BITS: u32 = 10;
const LAST_MICRO: i64 = (1 << 53) - 1;

/// How many forms a stamp can tell apart.
pub(crate) const FORMS: u16 = 1 << FORM_BITS;

/// Microseconds and the number of a form; two stamps are one instant when their `micros` are equal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct Stamp(i64);

impl Stamp {
    /// Instants beyond the years above become the nearest one inside: an open end stays far in the future.
    pub fn new(at: Instant, form: u16) -> Self {
        Self::from_micros(at.micros(), form)
    }

    /// Likewise, from microseconds since 1970.
    pub fn from_micros(micros: i64, form: u16) -> Self {
        let micros = micros.clamp(-LAST_MICRO, LAST_MICRO);
        Self(micros << FORM_BITS | i64::from(form % FORMS))
    }

    /// Microseconds since 1970.
    pub fn micros(self) -> i64 {
        self.0 >> FORM_BITS
    }

    /// The number of the form it was written in.
    pub fn form(self) -> u16 {
        (self.0 & i64::from(FORMS - 1)) as u16
    }

    /// The same instant, written in another form.
    pub fn in_form(self, form: u16) -> Self {
        Self::from_micros(self.micros(), form)
    }

    /// The instant.
    pub fn instant(self) -> Instant {
        Instant::from_micros(self.micros())
    }

    /// The later of both; of one instant in two forms, `self`.
    pub fn later(self, other: Self) -> Self {
        if other.micros() > self.micros() { other } else { self }
    }

    /// The earlier of both; of one instant in two forms, `self`.
    pub fn earlier(self, other: Self) -> Self {
        if other.micros() < self.micros() { other } else { self }
    }

    /// Not before `micros`; where that moves it, the form stays.
    pub fn at_least(self, micros: i64) -> Self {
        if self.micros() < micros { Self::from_micros(micros, self.form()) } else { self }
    }

    /// Not after `micros`; where that moves it, the form stays.
    pub fn at_most(self, micros: i64) -> Self {
        if self.micros() > micros { Self::from_micros(micros, self.form()) } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_stamp_gives_back_what_it_was_made_of(micros in -LAST_MICRO..=LAST_MICRO, form in 0..FORMS) {
            let stamp = Stamp::from_micros(micros, form);
            prop_assert_eq!((stamp.micros(), stamp.form()), (micros, form));
        }
    }

    #[test]
    fn an_instant_out_of_range_is_the_nearest_one_inside() {
        assert_eq!(Stamp::new(Instant::from_micros(i64::MAX), 3).micros(), LAST_MICRO);
        assert_eq!(Stamp::new(Instant::from_micros(i64::MIN), 3).micros(), -LAST_MICRO);
    }
}
