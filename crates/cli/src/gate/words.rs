//! One sentence for the guard, in both languages, for every outcome.

use clap::ValueEnum;
use healthcode_credential::outcome::Reason;

/// The language of the sentences.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Language {
    /// English
    En,
    /// Chinese
    Zh,
}

const SENTENCES: [(&str, &str, &str); 23] = [
    ("green", "Green: let pass.", "绿码：放行。"),
    ("pending", "Under review: ask.", "审核中：请询问。"),
    ("yellow", "Yellow: follow what is said for this point.", "黄码：请按本点规定处理。"),
    ("red", "Red: stop, and say where to turn.", "红码：禁止通行，并告知咨询渠道。"),
    ("undecided", "There is no decision about this person: ask.", "尚无判定结果：请询问。"),
    (
        "clock",
        "This gate's clock is wrong: set it, and check documents until then.",
        "本机时钟有误：请校正，在此之前请核对证件。",
    ),
    (
        "presentation_missing",
        "This is a picture of a code: ask for the live one.",
        "这是健康码的图片：请出示实时健康码。",
    ),
    (
        "not_recognised",
        "The code is of a region that is not recognised here: ask.",
        "该地区的健康码在此未获互认：请询问。",
    ),
    (
        "bundle_ended",
        "This gate's trust has ended: bring it to the network, and check documents until then.",
        "本机信任文件已到期：请联网更新，在此之前请核对证件。",
    ),
    (
        "keys_old",
        "Keys or rules were not renewed for a day: bring this gate to the network, and check documents until then.",
        "密钥或规则已超过一天未更新：请联网，在此之前请核对证件。",
    ),
    (
        "paper_offline",
        "A paper code, and the centre cannot be reached: compare name and last four characters, and ask.",
        "纸质码，且无法连接中心：请核对姓名和证件后四位，并询问。",
    ),
    (
        "colours_old",
        "Colours were not renewed for a day: bring this gate to the network, and check documents until then.",
        "健康码状态已超过一天未更新：请联网，在此之前请核对证件。",
    ),
    ("no_table", "The colour of this code is not known here: ask.", "本机没有该码的状态：请询问。"),
    (
        "expired",
        "The code has expired: ask for the one that is shown now.",
        "该码已过期：请出示当前的健康码。",
    ),
    (
        "presented_earlier",
        "This was shown more than 90 seconds ago, as a screenshot is: ask for the live code.",
        "该码生成已超过90秒，可能是截屏：请出示实时健康码。",
    ),
    (
        "presented_later",
        "The phone's clock is ahead: have it set, and ask.",
        "手机时钟偏快：请校正手机时间，并询问。",
    ),
    ("not_yet_valid", "The code is not valid yet: ask.", "该码尚未生效：请询问。"),
    ("bad_signature", "The code is forged or altered: stop.", "该码系伪造或被篡改：禁止通行。"),
    ("unknown_key", "The code comes from an unknown issuer: ask.", "该码的签发机构未知：请询问。"),
    (
        "withdrawn_key",
        "The issuer's key was withdrawn: ask for a fresh code.",
        "签发密钥已撤销：请重新获取健康码。",
    ),
    ("wrong_usage", "This is not a code for gates: ask.", "该码不能用于通行：请询问。"),
    (
        "malformed",
        "This is no health code, or it was read badly: scan again.",
        "这不是健康码，或识读有误：请重新扫描。",
    ),
    ("unsupported", "This kind of code is not known here: ask.", "本机不识别此类码：请询问。"),
];

/// The sentence of a reason or colour, else of the verdict.
pub fn sentence(reason: &str, verdict: &str, language: Language) -> &'static str {
    let of = |code: &str| SENTENCES.iter().find(|(known, ..)| *known == code);
    let outcome = Reason::ALL.iter().find(|known| known.code() == reason).map(|known| known.outcome().word());
    let found = of(reason).or_else(|| of(outcome?)).or_else(|| of(verdict));
    let (_, en, zh) =
        found.copied().unwrap_or(("", "The centre cannot decide: ask.", "中心无法判定：请询问。"));
    match language {
        Language::En => en,
        Language::Zh => zh,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use healthcode_credential::gate::GateReason;
    use healthcode_credential::status::table::Status;
    use std::collections::BTreeSet;

    #[test]
    fn every_outcome_has_a_sentence_in_both_languages() {
        let reasons = GateReason::ALL.iter().map(|reason| reason.code());
        for code in reasons.chain(Status::ALL.iter().map(|status| status.word())) {
            assert!(SENTENCES.iter().any(|(known, ..)| *known == code), "{code}");
        }
        for reason in Reason::ALL {
            let word = reason.outcome().word();
            assert!(SENTENCES.iter().any(|(known, ..)| *known == word), "{word}");
        }
        let codes: BTreeSet<_> = SENTENCES.iter().map(|(code, ..)| code).collect();
        assert_eq!(codes.len(), SENTENCES.len());
        assert!(SENTENCES.iter().all(|(_, en, zh)| en.is_ascii() && !zh.is_ascii()));
    }
}
