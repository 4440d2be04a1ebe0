//! A decision in words: the colour, why, since when, what changes it and what leads out.

use clap::ValueEnum;
use healthcode_core::decision::{Colour, Decision, Due};
use healthcode_core::evidence::Source;
use healthcode_core::fact::Fact;
use healthcode_core::ids::PersonId;
use healthcode_core::life::Life;
use healthcode_core::rule_set::RuleSet;
use healthcode_core::time::Instant;
use healthcode_core::why_not::why_not;
use std::fmt::Write;

/// A language to explain in.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Speech {
    /// English
    En,
    /// Chinese
    Zh,
}

impl Speech {
    fn pick<'a>(self, en: &'a str, zh: &'a str) -> &'a str {
        match self {
            Self::En => en,
            Self::Zh => zh,
        }
    }
}

/// A decision together with what it was made from.
pub struct Explanation<'a> {
    /// The rules.
    pub rules: &'a RuleSet,
    /// The evidence.
    pub life: &'a Life,
    /// The decision.
    pub decision: &'a Decision,
    /// The instant decided for.
    pub at: Instant,
    /// The language.
    pub speech: Speech,
}

impl Explanation<'_> {
    /// The text about a person, some lines.
    pub fn of(&self, person: &PersonId) -> String {
        let (decision, zone, s) = (self.decision, &self.rules.zone, self.speech);
        let mut text = format!("{person}: {}\n", colour(s, decision.colour));
        for reason in &decision.reasons {
            let code = &self.rules.reasons[usize::from(reason.reason)];
            // Writing to a string cannot fail, here and below.
            let _ = writeln!(text, "  {}: {}", code.code, s.pick(&code.text.en, &code.text.zh));
            for index in &reason.evidence {
                let evidence = &self.life.originals()[*index as usize];
                let (happened, recorded) = (zone.show(evidence.happened_at), zone.show(evidence.recorded_at));
                let (id, source) = (&evidence.id, source(s, evidence.source));
                let _ = match s {
                    Speech::En => {
                        writeln!(text, "    from {id}, {source}, of {happened}, recorded {recorded}")
                    }
                    Speech::Zh => {
                        writeln!(text, "    依据 {id}，{source}，发生于 {happened}，记录于 {recorded}")
                    }
                };
            }
        }
        let mut line = |en: &str, zh: &str, what: &str| {
            let _ = writeln!(text, "  {}{}", s.pick(en, zh), what);
        };
        line("since: ", "自：", &zone.show(decision.since).to_string());
        let next = decision.next_change_at.map(|at| zone.show(at).to_string());
        let never = s.pick("not unless something new is recorded", "除非有新的记录，否则不变");
        line("next change: ", "下次变化：", next.as_deref().unwrap_or(never));
        for need in &decision.release {
            let way = need.way.map(|way| format!("{}{way}: ", s.pick("way ", "途径"))).unwrap_or_default();
            let of = s.pick(" of ", "/");
            line(
                "way out: ",
                "解除条件：",
                &match need.at {
                    Some(at) => format!("{way}{}, {}", words(s, need.need), zone.show(at)),
                    None => format!("{way}{} {}{of}{}", words(s, need.need), need.done, need.of),
                },
            );
        }
        if let Some(at) = decision.earliest_release_at {
            line("released at the earliest: ", "最早解除：", &zone.show(at).to_string());
        }
        let asked: Vec<_> = decision.obligations.iter().map(|due| obliged(s, due, self.rules)).collect();
        if !asked.is_empty() {
            line("asked of you: ", "请您：", &asked.join(s.pick("; ", "；")));
        }
        for close in why_not(self.rules, self.life, self.at) {
            let code = &self.rules.reasons[usize::from(self.rules.rules[close.rule].reason)].code;
            for missing in &close.missing {
                let words = s.pick(&missing.text.en, &missing.text.zh);
                line("came close: ", "接近但未适用：", &format!("{code}, {words}"));
            }
        }
        self.sources(&mut line);
        line("rules: ", "规则：", &format!("{}, {}", self.rules.id(), self.rules.authority));
        text
    }
}

impl Explanation<'_> {
    /// How far what is known of the person reaches, by source; and that nobody is coloured by kinship.
    fn sources(&self, line: &mut impl FnMut(&str, &str, &str)) {
        let (zone, s) = (&self.rules.zone, self.speech);
        let known = self.life.originals().iter().filter(|evidence| evidence.recorded_at <= self.at);
        let last = |is: fn(&Fact) -> bool| {
            let last = known
                .clone()
                .filter(|evidence| is(&evidence.fact))
                .map(|evidence| evidence.recorded_at)
                .max();
            last.map_or_else(
                || s.pick("nothing recorded", "无记录").to_owned(),
                |at| zone.show(at).to_string(),
            )
        };
        let sources = [
            (
                ("said by the person up to ", "本人申报截至 "),
                last(|f| matches!(f, Fact::Declaration(_) | Fact::HealthReport(_))),
            ),
            (("tests up to ", "检测截至 "), last(|f| matches!(f, Fact::TestResult(_)))),
            (("standing as a case up to ", "病例状态截至 "), last(|f| matches!(f, Fact::CaseReport(_)))),
            (("contacts up to ", "接触截至 "), last(|f| matches!(f, Fact::Exposure(_)))),
        ];
        let fresh: Vec<_> = sources.iter().map(|((en, zh), at)| format!("{}{at}", s.pick(en, zh))).collect();
        line("recorded: ", "记录：", &fresh.join(s.pick("; ", "；")));
        let exposures = known.clone().filter_map(|evidence| match &evidence.fact {
            Fact::Exposure(exposure) => Some(exposure.minutes),
            _ => None,
        });
        let (contacts, minutes) =
            exposures.fold((0, 0), |(contacts, all), minutes| (contacts + 1, all + minutes));
        let family = match s {
            Speech::En => format!(
                "nobody is coloured by kinship; recorded contacts with cases: {contacts}, together {minutes} minutes"
            ),
            Speech::Zh => format!("不会因亲属关系赋码；记录的病例接触：{contacts}次，共{minutes}分钟"),
        };
        line("family: ", "家人：", &family);
    }
}

fn colour(s: Speech, colour: Colour) -> &'static str {
    match (s, colour) {
        (Speech::En, colour) => colour.word(),
        (Speech::Zh, Colour::Green) => "绿码",
        (Speech::Zh, Colour::Yellow) => "黄码",
        (Speech::Zh, Colour::Red) => "红码",
        (Speech::Zh, Colour::Pending) => "审核中",
    }
}

fn source(s: Speech, source: Source) -> &'static str {
    match (s, source) {
        (Speech::En, Source::Own) => "said by the person",
        (Speech::En, Source::Guardian) => "said by a guardian",
        (Speech::En, Source::Officer) => "recorded by an officer",
        (Speech::En, Source::Checker) => "recorded by a checker",
        (Speech::En, Source::Laboratory) => "reported by a laboratory",
        (Speech::En, Source::Trace) => "found by contact tracing",
        (Speech::En, Source::Import) => "read from a file",
        (Speech::En, Source::System) => "made by the platform",
        (Speech::Zh, Source::Own) => "本人申报",
        (Speech::Zh, Source::Guardian) => "监护人申报",
        (Speech::Zh, Source::Officer) => "工作人员登记",
        (Speech::Zh, Source::Checker) => "查验人员登记",
        (Speech::Zh, Source::Laboratory) => "检测机构报告",
        (Speech::Zh, Source::Trace) => "密接追踪",
        (Speech::Zh, Source::Import) => "文件导入",
        (Speech::Zh, Source::System) => "平台生成",
    }
}

/// An obligation in words, with the days on which it is due.
fn obliged(s: Speech, due: &Due, rules: &RuleSet) -> String {
    let days: Vec<_> = due.days.iter().map(ToString::to_string).collect();
    let on = if days.is_empty() { String::new() } else { format!(" ({})", days.join(", ")) };
    format!("{}{on}", words(s, due.code(rules)))
}

/// Needs and obligations that the platform knows in words; a rule set's own codes are shown as they are.
fn words(s: Speech, code: &str) -> &str {
    let (en, zh) = match code {
        "daily_reports" => ("days in a row with a normal report", "连续正常打卡天数"),
        "report_days" => {
            ("days with a normal report, a missed one added at the end", "正常打卡天数（漏报顺延）")
        }
        "days" => ("time that has to pass", "须经过的时间"),
        "until" => ("the end that was ordered", "指令规定的结束时间"),
        "negative_test" => ("negative tests sampled after this began", "此后采样的阴性检测"),
        "isolation_ended" => ("isolation ended by the health authority", "卫生主管部门解除隔离"),
        "report" => ("a daily report", "每日打卡"),
        "recovered" => ("recovery recorded", "登记为治愈"),
        "excluded" => ("found not to be a case", "排除病例"),
        "isolate" => ("isolate", "隔离"),
        "isolate_central" => ("stay at the place of isolation", "集中隔离"),
        "isolate_home" => ("isolate at home", "居家隔离"),
        "monitor_health" => ("watch your health and avoid gatherings", "自我健康监测，避免聚集"),
        "measure_temperature" => ("measure and record your temperature", "测量并登记体温"),
        "contact_community" => ("contact your community", "联系所在社区"),
        "report_daily" => ("report your health every day", "每日健康打卡"),
        "test" => ("have a test", "进行检测"),
        other => (other, other),
    };
    s.pick(en, zh)
}
