//! The sentences of letters, in both languages.

use healthcode_core::region_table::Language;

/// Something that letters say.
#[derive(Clone, Copy)]
pub(super) struct Said(&'static str, &'static str);

impl Said {
    /// In a language.
    pub(super) const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::English => self.0,
            Language::Chinese => self.1,
        }
    }
}

pub(super) const ORDER: Said = Said("Order of isolation", "隔离医学观察告知书");
pub(super) const CHANGE: Said = Said("Change of an order of isolation", "隔离医学观察变更告知书");
pub(super) const RELEASE: Said = Said("Certificate of release from isolation", "解除隔离医学观察证明");

pub(super) const ORDER_WORDS: Said = Said(
    "Isolation is ordered for you for the time and at the place below.",
    "现决定对您在以下时间和地点实施隔离医学观察。",
);
pub(super) const CHANGE_WORDS: Said =
    Said("The order of isolation below has been changed.", "以下隔离医学观察决定已作变更。");
pub(super) const WITHDRAWN_WORDS: Said = Said(
    "The order of isolation below was a mistake. It has been withdrawn and binds you no more.",
    "以下隔离医学观察决定有误，现予撤销，不再具有约束力。",
);
pub(super) const RELEASE_WORDS: Said = Said(
    "The isolation below has ended. The rules in force do not ask for isolation any more.",
    "以下隔离医学观察已结束，现行规则不再要求隔离。",
);

pub(super) const TO: Said = Said("To", "致");
pub(super) const DOCUMENT: Said = Said("document ending in", "证件尾号");
pub(super) const KIND: Said = Said("Why", "原因");
pub(super) const REASON: Said = Said("Reason", "说明");
pub(super) const PLACE: Said = Said("Place", "地点");
pub(super) const FROM: Said = Said("Beginning", "开始");
pub(super) const UNTIL: Said = Said("End", "结束");
pub(super) const ORDERED_AT: Said = Said("Ordered", "决定时间");
pub(super) const ORDERED_BY: Said = Said("Ordered by", "决定人");
pub(super) const AUTHORITY: Said = Said("Health authority", "卫生主管部门");
pub(super) const RULE_SET: Said = Said("Rules", "依据规则");
pub(super) const RELEASED_BY: Said = Said("Released under rules", "解除依据");
pub(super) const NUMBER: Said = Said("Number of the order", "决定编号");
pub(super) const CHANGED_AT: Said = Said("Changed", "变更时间");
pub(super) const CHANGED_BY: Said = Said("Changed by", "变更人");
pub(super) const BEFORE: Said = Said("End before", "原结束时间");
pub(super) const AFTER: Said = Said("End now", "现结束时间");
pub(super) const AREA_BEFORE: Said = Said("Area before", "原管辖地区");
pub(super) const AREA_AFTER: Said = Said("Area now", "现管辖地区");

pub(super) const DUTIES: Said = Said("What is asked of you", "对您的要求");
pub(super) const STAY: Said = Said(
    "Do not leave the place of isolation, except in an emergency. Emergency care is never refused.",
    "除紧急情况外，不得离开隔离地点。急诊救治不受限制。",
);
pub(super) const REPORT: Said = Said(
    "Report your temperature and symptoms every day before noon, from the day after the beginning, on your code page.",
    "自开始次日起，每日中午前在健康码页面上报体温和症状。",
);
pub(super) const TEST: Said = Said("Have a sample taken on these days", "请于以下日期接受采样检测");
pub(super) const HOLDS: Said = Said(
    "Where the rules do not release you at the end, because reports or tests are missing, they are asked on until they do.",
    "如因上报或检测不足，到期仍未满足解除条件，则继续要求上报或检测，直至满足为止。",
);
pub(super) const RIGHTS: Said = Said("How to contest it", "异议途径");
pub(super) const APPEAL: Said = Said(
    "Show this letter to the health authority named above and say what is wrong. An officer corrects or withdraws a mistake, and the rules decide anew at once. Your code page shows why you have your colour, what leads out, and who looked at your record.",
    "如有异议，请持本文书向上述卫生主管部门说明。如确有错误，由工作人员更正或撤销，并立即按规则重新判定。健康码页面可查看赋码原因、解除条件和查看记录。",
);
pub(super) const MADE: Said =
    Said("Made on {time}. Times are those of {zone}.", "出具时间：{time}。时间以{zone}时区为准。");
pub(super) const MASKED: Said = Said(
    "The name is shortened. Whoever signs compares the document.",
    "姓名已作部分隐去，签发人须核对证件。",
);
pub(super) const SIGN: Said = Said("Signature and seal", "签名盖章");

/// Why somebody is isolated.
pub(super) fn kind(word: &str, language: Language) -> &'static str {
    let said = match word {
        "case" => Said("Case", "病例"),
        "close_contact" => Said("Close contact", "密切接触者"),
        "secondary_contact" => Said("Contact of a contact", "次密切接触者"),
        "arrival" => Said("Arrival", "入境或返回人员"),
        "risk_area" => Said("Stay in a risk area", "风险区旅居史"),
        _ => Said("Other", "其他"),
    };
    said.in_language(language)
}

/// Where it is spent.
pub(super) fn place(word: &str, language: Language) -> &'static str {
    let said = match word {
        "central" => Said("Central place", "集中"),
        "monitoring" => Said("Health monitoring", "健康监测"),
        _ => Said("Home", "居家"),
    };
    said.in_language(language)
}
