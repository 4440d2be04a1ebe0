//! Which column holds which field: by known names, else as the caller says.

use super::table::{Row, Table};

/// A field that a kind of file may have.
#[derive(Clone, Copy)]
pub struct Field {
    /// Its name, as in `--map FIELD=COLUMN`.
    pub name: &'static str,
    /// Whether a file without it is refused.
    pub required: bool,
    /// Whether it holds times.
    pub is_time: bool,
    /// Headings by which it is known, beside its name; capitals, blanks and signs do not matter. Earlier ones count more.
    pub known_as: &'static [&'static str],
}

impl Field {
    /// A field of text.
    pub const fn text(name: &'static str, known_as: &'static [&'static str]) -> Self {
        Self { name, required: false, is_time: false, known_as }
    }

    /// A field of times.
    pub const fn time(name: &'static str, known_as: &'static [&'static str]) -> Self {
        Self { name, required: false, is_time: true, known_as }
    }

    /// The same, not required.
    pub const fn optional(self) -> Self {
        Self { required: false, ..self }
    }

    /// The same, required.
    pub const fn required(self) -> Self {
        Self { required: true, ..self }
    }
}

/// The fields of a kind and the column of each.
pub struct Columns {
    fields: Vec<Field>,
    places: Vec<Option<usize>>,
}

/// What stands for nothing.
const EMPTY: [&str; 11] = ["", "na", "n/a", "#n/a", "nan", "null", "-", "--", "unknown", "未知", "不详"];

/// The heading without capitals, blanks and signs.
fn bare(heading: &str) -> String {
    heading.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

impl Columns {
    /// Finds the column of every field. `maps` are `FIELD=COLUMN` as given by the caller and come first.
    pub fn find(table: &Table, fields: Vec<Field>, maps: &[String]) -> Result<Self, String> {
        let headings = &table.headings;
        let mut places = vec![None; fields.len()];
        for map in maps {
            let (field, heading) =
                map.split_once('=').ok_or(format!("--map {map:?}: write --map FIELD=COLUMN"))?;
            let at = fields.iter().position(|known| known.name == field.trim()).ok_or_else(|| {
                let known: Vec<_> = fields.iter().map(|field| field.name).collect();
                format!("--map {map:?}: there is no field {field:?}; fields are {}", known.join(", "))
            })?;
            let exact = headings.iter().position(|known| known == heading.trim());
            let like =
                || headings.iter().position(|known| !heading.is_empty() && bare(known) == bare(heading));
            let place = exact.or_else(like).ok_or_else(|| {
                format!("--map {map:?}: there is no column {heading:?}; columns are {}", headings.join(", "))
            })?;
            if places[at].replace(place).is_some() {
                return Err(format!("--map {map:?}: the field {field:?} is mapped twice; take one out"));
            }
        }
        let bare_headings: Vec<_> = headings.iter().map(|heading| bare(heading)).collect();
        for (at, field) in
            fields.iter().enumerate().filter(|(at, _)| places[*at].is_none()).collect::<Vec<_>>()
        {
            for name in std::iter::once(&field.name).chain(field.known_as) {
                let name = bare(name);
                let free = |place: &usize| !places.contains(&Some(*place)) && bare_headings[*place] == name;
                let found: Vec<_> = (0..headings.len()).filter(free).collect();
                if found.len() > 1 {
                    let heading = &headings[found[0]];
                    return Err(format!("the column {heading:?} is there twice; rename one of them"));
                }
                if let [place] = found[..] {
                    places[at] = Some(place);
                    break;
                }
            }
        }
        let columns = Self { fields, places };
        let missing =
            columns.fields.iter().find(|field| field.required && columns.place(field.name).is_none());
        missing.map_or(Ok(()), |field| Err(columns.missing(field.name, table)))?;
        Ok(columns)
    }

    /// The words for a field without column.
    pub fn missing(&self, field: &str, table: &Table) -> String {
        format!(
            "no column is known to hold {field}; say --map {field}=COLUMN; columns are {}",
            table.headings.join(", ")
        )
    }

    /// The place of a field's column.
    pub fn place(&self, field: &str) -> Option<usize> {
        let at = self.fields.iter().position(|known| known.name == field)?;
        self.places[at]
    }

    /// What a row says about a field; what stands for nothing is nothing.
    pub fn get<'a>(&self, row: &'a Row, field: &str) -> Option<&'a str> {
        let text = row.cells.get(self.place(field)?)?.as_str();
        (!EMPTY.contains(&text.to_lowercase().as_str())).then_some(text)
    }

    /// The fields of times that have a column.
    pub fn times(&self) -> impl Iterator<Item = (&'static str, usize)> {
        let known = self.fields.iter().zip(&self.places).filter(|(field, _)| field.is_time);
        known.filter_map(|(field, place)| Some((field.name, (*place)?)))
    }

    /// Field and heading of every column that is used.
    pub fn used<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = (&'static str, &'a str)> {
        let known = self.fields.iter().zip(&self.places);
        known.filter_map(|(field, place)| Some((field.name, table.headings[(*place)?].as_str())))
    }

    /// Headings of the columns that are not.
    pub fn not_used<'a>(&'a self, table: &'a Table) -> impl Iterator<Item = &'a str> {
        let headings = table.headings.iter().enumerate();
        headings.filter(|(at, _)| !self.places.contains(&Some(*at))).map(|(_, heading)| heading.as_str())
    }
}
