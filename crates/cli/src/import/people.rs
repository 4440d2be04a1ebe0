//! A table of people: read here, stored by a database only.

use super::columns::Field;
use super::kinds::Stored;
use super::reading::{RowReader, View};
use super::table::Row;
use healthcode_core::personal::{DocumentKind, DocumentNumber, PersonName, Phone};
use healthcode_core::region::Region;
use healthcode_core::time::Day;
use std::collections::HashMap;

/// A document number.
pub const DOCUMENT: Field = Field::text(
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
);
/// Which document it is.
pub const DOCUMENT_KIND: Field = Field::text("document_kind", &["document type", "id type", "证件类型"]);
/// A phone number.
pub const PHONE: Field = Field::text(
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
);

/// What is looked for.
pub const FIELDS: &[Field] = &[
    Field::text("name", &["full name", "person name", "姓名", "名字"]).required(),
    DOCUMENT.required(),
    DOCUMENT_KIND,
    PHONE,
    Field::text(
        "residence",
        &[
            "residence code",
            "region",
            "region code",
            "district",
            "district code",
            "居住地",
            "现住地",
            "居住地代码",
            "居住地区划",
        ],
    ),
];

/// A person as the row has it.
#[derive(Debug)]
pub struct PersonRow {
    /// Name.
    pub name: PersonName,
    /// Which document.
    pub document_kind: DocumentKind,
    /// Its number.
    pub document: DocumentNumber,
    /// Phone; a database needs one.
    pub phone: Option<Phone>,
    /// Where the person lives; a database needs it.
    pub residence: Option<Region>,
}

/// Reads people.
pub struct People {
    /// Lines of the documents seen.
    seen: HashMap<DocumentNumber, u64>,
    incomplete: u64,
}

impl People {
    /// A database needs phone and residence, too.
    pub fn new(view: &View<'_>) -> Result<Self, String> {
        let missing = ["phone", "residence"].into_iter().find(|field| view.columns.place(field).is_none());
        match missing.filter(|_| view.to_database) {
            Some(field) => Err(view.columns.missing(field, view.table)),
            None => Ok(Self { seen: HashMap::new(), incomplete: 0 }),
        }
    }
}

impl RowReader for People {
    /// Reasons never hold a personal datum.
    fn read(&mut self, view: &View<'_>, row: &Row) -> Result<Stored, String> {
        let name = PersonName::new(view.needed(row, "name")?).map_err(|fault| format!("name: {fault}"))?;
        let (document_kind, document) = document(view, row)?.ok_or("no document")?;
        let phone = phone(view, row)?;
        let residence = view.text(row, "residence").map(|text| residence(view, text)).transpose()?;
        if view.to_database {
            phone.as_ref().ok_or("no phone")?;
            residence.as_ref().ok_or("no residence")?;
        }
        self.incomplete += u64::from(phone.is_none() || residence.is_none());
        if let Some(line) = self.seen.get(&document) {
            return Err(format!("document: the same number is on line {line} already, with other content"));
        }
        self.seen.insert(document.clone(), row.line);
        Ok(Stored::Person(PersonRow { name, document_kind, document, phone, residence }))
    }

    fn notes(&self) -> Vec<String> {
        let told =
            format!("{} people have no phone or no residence; a database refuses them", self.incomplete);
        if self.incomplete > 0 { vec![told] } else { Vec::new() }
    }
}

/// The document of a row, where it names one.
pub fn document(view: &View<'_>, row: &Row) -> Result<Option<(DocumentKind, DocumentNumber)>, String> {
    let Some(number) = view.text(row, "document") else { return Ok(None) };
    let kind = kind(view.text(row, "document_kind"), number)?;
    // No clock is read here; the database, which has one, refuses birthdays to come.
    let last_day = Day::from_ymd(2199, 12, 31).ok_or("no calendar")?;
    let number = DocumentNumber::new(kind, number, last_day).map_err(|fault| format!("document: {fault}"))?;
    Ok(Some((kind, number)))
}

/// The phone of a row, where it names one.
pub fn phone(view: &View<'_>, row: &Row) -> Result<Option<Phone>, String> {
    view.text(row, "phone").map(Phone::new).transpose().map_err(|fault| format!("phone: {fault}"))
}

/// A region by its code or name. The text is not repeated: it may be an address.
fn residence(view: &View<'_>, text: &str) -> Result<Region, String> {
    let code = Region::new(text).ok().filter(|code| view.regions.contains(code));
    let region = code.or_else(|| view.regions.named(text).cloned());
    region.ok_or(
        "residence: no region has this code or name; add it with `healthcode import regions`".to_owned(),
    )
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
