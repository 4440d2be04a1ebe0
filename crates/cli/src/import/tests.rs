//! A table of test results.

use super::columns::Field;
use super::kinds::{EvidenceRow, Stored};
use super::matching;
use super::reading::{RowReader, View};
use super::table::Row;
use healthcode_core::evidence::{Evidence, Source};
use healthcode_core::fact::{Assay, Fact, TestOutcome, TestResult};
use healthcode_core::ids::EvidenceId;
use std::collections::HashMap;

/// What is looked for.
pub const FIELDS: &[Field] = &[
    Field::text(
        "person",
        &["person id", "patient id", "patient", "case id", "id", "人员编号", "编号", "病例编号"],
    )
    .required(),
    Field::text(
        "sample_id",
        &[
            "sample",
            "sample no",
            "sample number",
            "specimen id",
            "barcode",
            "test id",
            "样本编号",
            "标本编号",
            "条码",
        ],
    ),
    Field::text(
        "assay",
        &["test type", "type of test", "test kind", "method", "test", "检测类型", "检测方法", "检测项目"],
    ),
    Field::text("result", &["test result", "outcome", "结果", "检测结果"]).required(),
    Field::time(
        "sampled_at",
        &[
            "sample date",
            "sampling date",
            "date sampled",
            "date of sample",
            "collection date",
            "collected at",
            "date collected",
            "specimen date",
            "test date",
            "date of test",
            "tested at",
            "date",
            "采样时间",
            "采样日期",
            "检测日期",
            "检测时间",
        ],
    )
    .required(),
    Field::time(
        "reported_at",
        &[
            "report date",
            "reported on",
            "result date",
            "date of result",
            "date reported",
            "报告时间",
            "报告日期",
            "出结果时间",
        ],
    ),
    Field::text("ct", &["ct value", "cycle threshold", "ct值"]),
    Field::text("kit", &["test kit", "kit name", "reagent", "试剂", "试剂盒"]),
];

/// Reads tests.
pub struct Tests {
    assay: Option<Assay>,
    /// Lines of the tests seen.
    seen: HashMap<EvidenceId, u64>,
}

impl Tests {
    /// The kind of test is told by a column or by the caller.
    pub fn new(view: &View<'_>, assay: Option<Assay>) -> Result<Self, String> {
        if assay.is_none() && view.columns.place("assay").is_none() {
            let missing = view.columns.missing("assay", view.table);
            return Err(format!("{missing}; or say --assay pcr when all are of one kind"));
        }
        matching::check(view, "person")?;
        Ok(Self { assay, seen: HashMap::new() })
    }
}

impl RowReader for Tests {
    fn read(&mut self, view: &View<'_>, row: &Row) -> Result<Stored, String> {
        let (person, whom) = matching::whom(view, row, "person")?;
        let assay = match (view.text(row, "assay"), self.assay) {
            (Some(text), _) => assay(text)?,
            (None, Some(assay)) => assay,
            (None, None) => return Err("no assay".to_owned()),
        };
        let result = outcome(view.needed(row, "result")?)?;
        let sampled_at = view.time(row, "sampled_at")?.ok_or("no sampled_at")?.instant(view.zone);
        let reported = view.time(row, "reported_at")?.map(|at| at.instant(view.zone));
        // A result of which only the day is known may seem to come before its sample.
        let recorded_at = reported.unwrap_or(sampled_at);
        if recorded_at.plus_days_of_24h(1) <= sampled_at {
            return Err("reported_at lies before sampled_at".to_owned());
        }
        let ct = view.text(row, "ct").map(str::parse::<f32>).transpose().map_err(|_| "ct is not a number")?;
        let kit = view.text(row, "kit").map(str::to_owned);
        let fact = Fact::TestResult(TestResult { assay, result, sampled_at, ct, kit });
        Fact::from_json(fact.kind(), &fact.to_data()).map_err(|fault| fault.to_string())?;
        let name = match view.text(row, "sample_id") {
            Some(sample) => format!("test-{}{sample}", view.prefix),
            None => format!("test-{}", digest(&format!("{person}\n{}", fact.to_data()))),
        };
        let id = EvidenceId::new(name).map_err(|fault| format!("sample_id: {fault}"))?;
        if let Some(line) = self.seen.insert(id.clone(), row.line) {
            return Err(format!("test {id} is on line {line} already"));
        }
        let recorded_at = recorded_at.max(sampled_at);
        let evidence =
            Evidence { id, person, happened_at: sampled_at, recorded_at, source: Source::Import, fact };
        let sample = view.text(row, "sample_id").map(|sample| format!("{}{sample}", view.prefix));
        Ok(Stored::Evidence(EvidenceRow { whom, sample, evidence: vec![evidence] }))
    }
}

fn bare(text: &str) -> String {
    text.to_lowercase().chars().filter(|c| c.is_alphanumeric()).collect()
}

fn assay(text: &str) -> Result<Assay, String> {
    match bare(text).as_str() {
        "pcr" | "rtpcr" | "naat" | "nucleicacid" | "nat" | "核酸" | "核酸检测" => Ok(Assay::Pcr),
        "antigen" | "rat" | "lft" | "lateralflow" | "rapid" | "抗原" | "抗原检测" => Ok(Assay::Antigen),
        "antibody" | "serology" | "igg" | "igm" | "抗体" | "抗体检测" => Ok(Assay::Antibody),
        _ => Err(format!(
            "assay {:?} is not known; write pcr, antigen or antibody",
            text.chars().take(40).collect::<String>()
        )),
    }
}

fn outcome(text: &str) -> Result<TestOutcome, String> {
    match bare(text).as_str() {
        "negative" | "neg" | "notdetected" | "阴性" | "阴" => Ok(TestOutcome::Negative),
        "positive" | "pos" | "detected" | "阳性" | "阳" => Ok(TestOutcome::Positive),
        "inconclusive" | "indeterminate" | "invalid" | "可疑" | "无效" | "待复检" => {
            Ok(TestOutcome::Inconclusive)
        }
        _ => {
            let cut: String = text.chars().take(40).collect();
            Err(format!("result {cut:?} is not known; write negative, positive or inconclusive"))
        }
    }
}

/// 32 hexadecimal digits made from a text, the same on every machine: FNV-1a, 128 bits. Names things; protects nothing.
pub fn digest(text: &str) -> String {
    const OFFSET: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
    const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;
    let fold = |hash: u128, byte: u8| (hash ^ u128::from(byte)).wrapping_mul(PRIME);
    format!("{:032x}", text.bytes().fold(OFFSET, fold))
}
