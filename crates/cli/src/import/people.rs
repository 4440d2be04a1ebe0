//! A table of people: checked here, stored by a database only.

use super::columns::Field;
use super::kinds::Stored;
use super::reading::{RowReader, View};
use super::table::Row;
use healthcode_core::personal::{DocumentKind, DocumentNumber, PersonName, Phone};
use healthcode_core::time::Day;
use std::collections::HashMap;

/// What is looked for.
pub const FIELDS: &[Field] = &[
    Field::text("name", &["full name", "person name", "姓名", "名字"]).required(),
    Field::text(
        "document",
        &[
            "document number",
            "identity number",
            "id number",
            "id card",
            "identity card",
            "passport",
            "passport number",
            "证件号码",
            "证件号",
            "身份证号",
            "身份证号码",
            "身份证",
            "护照号",
        ],
    )
    .required(),
    Field::text("document_kind", &["document type", "id type", "证件类型"]),
    Field::text(
        "phone",
        &[
            "phone number",
            "mobile",
            "mobile number",
            "telephone",
            "tel",
            "手机",
            "手机号",
            "手机号码",
            "电话",
            "联系电话",
        ],
    ),
];

/// Checks people.
#[derive(Default)]
pub struct People {
    /// Lines of the documents seen.
    seen: HashMap<DocumentNumber, u64>,
}

impl RowReader for People {
    /// Reasons never hold a personal datum.
    fn read(&mut self, view: &View<'_>, row: &Row) -> Result<Stored, String> {
        PersonName::new(view.needed(row, "name")?).map_err(|fault| format!("name: {fault}"))?;
        let number = view.needed(row, "document")?;
        let kind = kind(view.text(row, "document_kind"), number)?;
        // No clock is read here; the database, which has one, refuses birthdays to come.
        let last_day = Day::from_ymd(2199, 12, 31).ok_or("no calendar")?;
        let number =
            DocumentNumber::new(kind, number, last_day).map_err(|fault| format!("document: {fault}"))?;
        if let Some(phone) = view.text(row, "phone") {
            Phone::new(phone).map_err(|fault| format!("phone: {fault}"))?;
        }
        if let Some(line) = self.seen.get(&number) {
            return Err(format!("document: the same number is on line {line} already, with other content"));
        }
        self.seen.insert(number, row.line);
        Ok(Stored::Person)
    }
}

/// As the row says, else by the length: identity cards have 18 or 15 characters, nearly all digits.
fn kind(said: Option<&str>, number: &str) -> Result<DocumentKind, String> {
    let word: String =
        said.unwrap_or_default().to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect();
    match word.as_str() {
        "identitycard" | "idcard" | "身份证" | "居民身份证" => Ok(DocumentKind::IdentityCard),
        "passport" | "other" | "护照" | "其他" => Ok(DocumentKind::Passport),
        "" => {
            let digits = number.trim().bytes().filter(u8::is_ascii_digit).count();
            Ok(if digits >= 15 { DocumentKind::IdentityCard } else { DocumentKind::Passport })
        }
        _ => Err("document_kind is not known; write identity_card or passport".to_owned()),
    }
}
