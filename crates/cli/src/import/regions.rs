//! A table of regions, brought into the form of `regions.csv`.

use super::columns::Field;
use super::kinds::{Kind, Stored, csv_line};
use super::reading::{RowReader, View};
use super::table::Row;
use std::collections::BTreeMap;

/// What is looked for.
pub const FIELDS: &[Field] = &[
    Field::text(
        "code",
        &[
            "region code",
            "division code",
            "area code",
            "adcode",
            "id",
            "代码",
            "区划代码",
            "行政区划代码",
            "编码",
        ],
    )
    .required(),
    Field::text("en", &["english", "english name", "name en", "name", "英文名", "英文名称"]),
    Field::text(
        "zh",
        &["chinese", "chinese name", "name zh", "名称", "中文名", "中文名称", "地区", "区划名称"],
    ),
    Field::text("parent", &["parent code", "parent id", "上级", "上级代码", "父级代码"]),
    Field::time("from", &["valid from", "since", "生效日期", "启用日期"]),
    Field::time("until", &["valid until", "valid to", "to", "失效日期", "停用日期"]),
];

/// Reads regions.
pub struct Regions;

impl RowReader for Regions {
    fn read(&mut self, view: &View<'_>, row: &Row) -> Result<Stored, String> {
        let code = view.needed(row, "code")?;
        let (en, zh) = (view.text(row, "en"), view.text(row, "zh"));
        // A list in one language serves for both.
        let (en, zh) = (en.or(zh).ok_or("no name")?, zh.or(en).ok_or("no name")?);
        let parent = view.text(row, "parent").unwrap_or_default();
        let day = |field| Ok::<_, String>(view.time(row, field)?.map(|when| when.day(view.zone).to_string()));
        let fields = [code, en, zh, parent].map(|field| field.replace(['\n', '\r'], " "));
        let [code, en, zh, parent] = fields;
        Ok(Stored::Region([
            code,
            en,
            zh,
            parent,
            day("from")?.unwrap_or_default(),
            day("until")?.unwrap_or_default(),
        ]))
    }

    /// The table itself judges. A row that is refused may have been the parent of others, so it is asked again.
    fn settle(&mut self, view: &View<'_>, stored: &[(usize, Stored)]) -> Vec<(usize, String)> {
        let mut refused: BTreeMap<usize, String> = BTreeMap::new();
        loop {
            let kept = stored.iter().enumerate().filter(|(at, _)| !refused.contains_key(at));
            let rows: Vec<(usize, String)> = kept
                .filter_map(|(at, (_, row))| match row {
                    Stored::Region(fields) => Some((at, csv_line(fields))),
                    _ => None,
                })
                .collect();
            let mut text = Kind::Regions.header().unwrap_or_default().to_owned();
            for (_, row) in &rows {
                text.push('\n');
                text.push_str(row);
            }
            let Err(faults) = view.regions.clone().extend(&text) else {
                return refused.into_iter().collect();
            };
            for fault in faults {
                // The header is line 1.
                let Some((at, _)) = fault.line.checked_sub(2).and_then(|index| rows.get(index)) else {
                    return refused.into_iter().collect();
                };
                refused.entry(*at).or_insert(format!("{}: {}", fault.column, fault.problem));
            }
        }
    }
}
