//! Personal data: types that do not print, so that no log line, URL or error can hold one.

use crate::time::Day;
use std::fmt;

macro_rules! secret_text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text itself; only for encryption, keyed hashing and showing it to whom it belongs.
            pub fn expose(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("***")
            }
        }
    };
}

secret_text! {
    /// A document number in its one spelling: capital letters and digits.
    DocumentNumber
}
secret_text! {
    /// A telephone number in its one spelling: `+` and digits.
    Phone
}
secret_text! {
    /// A person's name.
    PersonName
}
secret_text! {
    /// A mail address.
    MailAddress
}

/// Documents by which a person may declare.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DocumentKind {
    /// Resident identity card of the mainland: 18 digits, the last a check character; 15 digits are read, too.
    IdentityCard,
    /// Any other travel or residence document: 5 to 20 letters and digits.
    Passport,
}

/// Why a personal datum was refused. Never holds the datum.
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
pub enum PersonalFault {
    /// Not 18 (or 15) digits.
    #[error("an identity card number has 18 characters: 17 digits and a check character (0-9 or X)")]
    IdentityForm,
    /// The last character does not fit the others.
    #[error(
        "the last character of the identity card number does not fit the others; one of them is mistyped"
    )]
    IdentityCheck,
    /// No such birthday, or one outside 1900 to the day of declaring.
    #[error("the identity card number contains a date of birth that does not exist")]
    IdentityBirthday,
    /// Wrong form of another document's number.
    #[error("a document number has 5 to 20 letters and digits")]
    DocumentForm,
    /// Wrong form of a telephone number.
    #[error("a phone number has 11 digits, or + and 7 to 15 digits for one from abroad")]
    PhoneForm,
    /// Wrong form of a mail address.
    #[error("a mail address is written name@host, without spaces, in at most 254 characters")]
    MailForm,
    /// Wrong form of a name.
    #[error("a name has 1 to 60 characters, without line breaks or control characters")]
    NameForm,
}

/// Weights and check characters of the citizen identification number (GB 11643, ISO 7064 MOD 11-2).
const WEIGHTS: [u32; 17] = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];
const CHECKS: &[u8; 11] = b"10X98765432";

impl DocumentNumber {
    /// Reads a document number; `today` bounds the date of birth. Spaces around it are dropped, small letters are
    /// made capital, and a 15-digit number becomes the 18-digit number of the same person.
    pub fn new(kind: DocumentKind, text: &str, today: Day) -> Result<Self, PersonalFault> {
        let text = text.trim().to_ascii_uppercase();
        match kind {
            DocumentKind::IdentityCard => identity_card(&text, today),
            DocumentKind::Passport => {
                let fits = (5..=20).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric());
                fits.then(|| Self(text.into())).ok_or(PersonalFault::DocumentForm)
            }
        }
    }

    /// The last four characters, which a checker compares with the document.
    pub fn last_four(&self) -> &str {
        &self.0[self.0.len() - 4..]
    }
}

fn identity_card(text: &str, today: Day) -> Result<DocumentNumber, PersonalFault> {
    let bytes = text.as_bytes();
    let digits = |part: &[u8]| part.iter().all(u8::is_ascii_digit);
    let (body, given) = match bytes.len() {
        18 if digits(&bytes[..17]) && (bytes[17] == b'X' || bytes[17].is_ascii_digit()) => {
            (text[..17].to_owned(), Some(bytes[17]))
        }
        // Numbers of 15 digits (before 1999) leave out the century, always the nineteenth hundred, and the check.
        15 if digits(bytes) => (format!("{}19{}", &text[..6], &text[6..]), None),
        _ => return Err(PersonalFault::IdentityForm),
    };
    let check = check_character(&body);
    if given.is_some_and(|given| given != check) {
        return Err(PersonalFault::IdentityCheck);
    }
    let date = format!("{}-{}-{}", &body[6..10], &body[10..12], &body[12..14]);
    let first = Day::from_ymd(1890, 1, 1).ok_or(PersonalFault::IdentityBirthday)?;
    match Day::parse(&date) {
        Some(day) if day >= first && day <= today => {
            Ok(DocumentNumber(format!("{body}{}", check as char).into()))
        }
        _ => Err(PersonalFault::IdentityBirthday),
    }
}

/// The check character that belongs to 17 digits.
pub fn check_character(body: &str) -> u8 {
    let sum: u32 = body.bytes().zip(WEIGHTS).map(|(digit, weight)| u32::from(digit - b'0') * weight).sum();
    CHECKS[(sum % 11) as usize]
}

impl Phone {
    /// Reads a mobile number of the mainland (11 digits from 13 to 19) or an international one; spaces and
    /// hyphens are dropped.
    pub fn new(text: &str) -> Result<Self, PersonalFault> {
        let plain: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
        let local = plain.strip_prefix("+86").unwrap_or(&plain);
        if local.len() == 11 && digits(local) && local.starts_with('1') && local.as_bytes()[1] >= b'3' {
            return Ok(Self(format!("+86{local}").into()));
        }
        match plain.strip_prefix('+') {
            Some(rest) if !plain.starts_with("+86") && (7..=15).contains(&rest.len()) && digits(rest) => {
                Ok(Self(plain.into()))
            }
            _ => Err(PersonalFault::PhoneForm),
        }
    }
}

impl MailAddress {
    /// Reads an address; whether anyone receives mail there only a mail server knows.
    pub fn new(text: &str) -> Result<Self, PersonalFault> {
        let text = text.trim();
        let odd = |c: char| c.is_whitespace() || c.is_control() || "\"(),:;<>[\\]".contains(c);
        match text.split_once('@') {
            Some((name, host))
                if (1..=64).contains(&name.len())
                    && !host.is_empty()
                    && !host.contains('@')
                    && text.len() <= 254
                    && !text.chars().any(odd) =>
            {
                Ok(Self(text.into()))
            }
            _ => Err(PersonalFault::MailForm),
        }
    }

    /// The first character of the name, and the host: enough for its owner to know it by.
    pub fn masked(&self) -> String {
        let (name, host) = self.0.split_once('@').unwrap_or_default();
        format!("{}***@{host}", name.chars().next().unwrap_or_default())
    }
}

impl PersonName {
    /// Reads a name; control and text-direction characters are refused, they could disguise a page.
    pub fn new(text: &str) -> Result<Self, PersonalFault> {
        let text = text.trim();
        let hidden = |c: char| {
            c.is_control()
                || matches!(c, '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
        };
        let length = text.chars().count();
        if (1..=60).contains(&length) && !text.chars().any(hidden) {
            Ok(Self(text.into()))
        } else {
            Err(PersonalFault::NameForm)
        }
    }

    /// The name as a checker may see it: the first character and a star for each of the others, at most three.
    pub fn masked(&self) -> String {
        let mut characters = self.0.chars();
        let first: String = characters.by_ref().take(1).collect();
        first + &"*".repeat(characters.count().clamp(1, 3))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, PersonalFault> {
        let today = Day::from_ymd(2020, 2, 11).unwrap();
        DocumentNumber::new(DocumentKind::IdentityCard, text, today).map(|n| n.expose().to_owned())
    }

    fn card(body: &str) -> String {
        format!("{body}{}", check_character(body) as char)
    }

    #[test]
    fn a_mistyped_digit_is_noticed() {
        let number = card("33010619900307123");
        assert_eq!(read(&number).as_ref(), Ok(&number));
        for at in 0..17 {
            let mut other = number.clone().into_bytes();
            other[at] = if other[at] == b'9' { b'8' } else { other[at] + 1 };
            assert!(read(std::str::from_utf8(&other).unwrap()).is_err(), "digit {at}");
        }
    }

    #[test]
    fn a_mail_address_has_one_at_sign_and_shows_little_of_itself() {
        for wrong in ["", "@", "a@", "@b", "a@b@c", "a b@c", "a@b\u{7}", "<a@b>", "a@b,c@d"] {
            assert!(MailAddress::new(wrong).is_err(), "{wrong:?}");
        }
        assert!(MailAddress::new(&format!("a@{}", "b".repeat(253))).is_err());
        let alice = MailAddress::new(" alice@example.org ").unwrap();
        assert_eq!((alice.expose(), alice.masked().as_str()), ("alice@example.org", "a***@example.org"));
        assert_eq!(format!("{alice:?}"), "***");
    }

    #[test]
    fn each_fault_has_its_own_error() {
        assert_eq!(read("3301061990030712"), Err(PersonalFault::IdentityForm));
        assert_eq!(read("33010619900307123A"), Err(PersonalFault::IdentityForm));
        assert_eq!(read(&card("33010619900231123")), Err(PersonalFault::IdentityBirthday));
        assert_eq!(read(&card("33010620300101123")), Err(PersonalFault::IdentityBirthday));
        assert_eq!(Phone::new("1381234567"), Err(PersonalFault::PhoneForm));
        assert_eq!(PersonName::new("a\u{202E}b"), Err(PersonalFault::NameForm));
    }

    #[test]
    fn fifteen_and_eighteen_digits_of_one_person_are_one_number() {
        assert_eq!(read("330106900307123"), read(&card("33010619900307123")));
    }

    #[test]
    fn a_small_x_is_the_same_check_character() {
        let body =
            (100..999).map(|n| format!("33010619900307{n}")).find(|b| check_character(b) == b'X').unwrap();
        assert_eq!(read(&format!("{body}x")), read(&format!("{body}X")));
        assert!(read(&format!("{body}x")).is_ok());
    }

    #[test]
    fn nothing_personal_prints() {
        let name = PersonName::new("王小明").unwrap();
        assert_eq!(format!("{name:?}"), "***");
        assert_eq!(name.masked(), "王**");
        assert_eq!(format!("{:?}", Phone::new("138 1234 5678").unwrap()), "***");
    }
}
