//! Errors for people: a permanent code, a plain sentence in both languages, and what to do next.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use healthcode_core::rule_set::Text;
use healthcode_store::StoreFault;
use serde::Serialize;

/// A public problem. What goes wrong inside is logged and never shown.
#[derive(Debug, Clone)]
pub struct Problem {
    code: Code,
    field: Option<&'static str>,
    detail: Option<String>,
}

macro_rules! codes {
    ($($name:ident = $code:literal, $status:ident, $en:literal, $zh:literal, $next_en:literal, $next_zh:literal;)+) => {
        /// Permanent codes of problems; never reused, never removed.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        #[allow(missing_docs, reason = "the sentence beside each code says what it means")]
        pub enum Code { $($name),+ }

        impl Code {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            /// The code as clients see it.
            pub const fn word(self) -> &'static str { match self { $(Self::$name => $code),+ } }
            /// The HTTP status.
            pub const fn status(self) -> StatusCode { match self { $(Self::$name => StatusCode::$status),+ } }
            const fn sentences(self) -> [&'static str; 4] {
                match self { $(Self::$name => [$en, $zh, $next_en, $next_zh]),+ }
            }
        }
    };
}

codes! {
    SignIn = "sign_in", UNAUTHORIZED, "You are not signed in.", "您尚未登录。", "Sign in with your link, or open your own code on this device.", "请使用登录链接，或在本设备上打开您的健康码。";
    LinkUsed = "link_used", GONE, "This sign-in link has been used or is too old.", "此登录链接已使用或已过期。", "Ask whoever gave it to you for a new one.", "请向提供者索取新的链接。";
    NotAllowed = "not_allowed", FORBIDDEN, "Your role may not do this.", "您的角色无权进行此操作。", "Sign in with the role that may.", "请以有权限的角色登录。";
    NotFound = "not_found", NOT_FOUND, "There is nothing here.", "未找到相关内容。", "Check the address or the code.", "请检查地址或编码。";
    NotDeclared = "not_declared", CONFLICT, "Nothing has been declared on this device yet.", "本设备尚未申报。", "Declare first; it takes less than a minute.", "请先申报，用时不到一分钟。";
    Method = "method_not_allowed", METHOD_NOT_ALLOWED, "This address does not take that method.", "该地址不支持此方法。", "See /api/openapi.json.", "参见 /api/openapi.json。";
    Body = "body", UNPROCESSABLE_ENTITY, "The request is not of the form that is expected here.", "请求格式不正确。", "Correct the field named in the detail.", "请更正提示中的字段。";
    BodySize = "body_size", PAYLOAD_TOO_LARGE, "The request is too large.", "请求过大。", "Send less at once.", "请减少内容。";
    KeyMissing = "idempotency_key", BAD_REQUEST, "Every write needs an Idempotency-Key of 8 to 64 characters.", "每次写入都需要 8 至 64 个字符的 Idempotency-Key。", "Send a random one, and the same one when you repeat the request.", "请发送随机值，重复请求时使用相同的值。";
    KeyReused = "idempotency_key_reused", CONFLICT, "This Idempotency-Key was used for another request.", "该 Idempotency-Key 已用于其他请求。", "Use a new key for a new request.", "新请求请使用新的值。";
    IdentityForm = "identity_form", UNPROCESSABLE_ENTITY, "An identity card number has 18 characters: 17 digits and a check character.", "身份证号码应为18位：17位数字加1位校验码。", "Compare it with the card.", "请核对证件。";
    IdentityCheck = "identity_check", UNPROCESSABLE_ENTITY, "The identity card number contains a mistyped character.", "身份证号码校验不通过，有字符输入错误。", "Compare it with the card, digit by digit.", "请逐位核对证件。";
    IdentityBirthday = "identity_birthday", UNPROCESSABLE_ENTITY, "The identity card number contains a date of birth that does not exist.", "身份证号码中的出生日期不存在。", "Compare it with the card.", "请核对证件。";
    DocumentForm = "document_form", UNPROCESSABLE_ENTITY, "A document number has 5 to 20 letters and digits.", "证件号码应为5至20位字母和数字。", "Compare it with the document.", "请核对证件。";
    PhoneForm = "phone_form", UNPROCESSABLE_ENTITY, "A phone number has 11 digits, or + and 7 to 15 digits for one from abroad.", "手机号码应为11位数字；境外号码为 + 加7至15位数字。", "Correct the number.", "请更正号码。";
    MailForm = "mail_form", UNPROCESSABLE_ENTITY, "A mail address is written name@host.", "邮箱地址格式应为 name@host。", "Correct the address.", "请更正邮箱地址。";
    NotOffered = "not_offered", UNPROCESSABLE_ENTITY, "This installation does not tell people in this way.", "本系统不提供此通知方式。", "Choose one that `offered` lists.", "请选择所提供的方式。";
    NameForm = "name_form", UNPROCESSABLE_ENTITY, "A name has 1 to 60 characters.", "姓名应为1至60个字符。", "Correct the name.", "请更正姓名。";
    RegionForm = "region_form", UNPROCESSABLE_ENTITY, "This is not a region code.", "地区编码格式不正确。", "Choose the region from the list.", "请从列表中选择地区。";
    RegionUnknown = "region_unknown", UNPROCESSABLE_ENTITY, "No region has this code.", "没有此地区编码。", "Choose the region from the list.", "请从列表中选择地区。";
    TemperatureRange = "temperature_range", UNPROCESSABLE_ENTITY, "A body temperature lies between 30 and 45 degrees Celsius.", "体温应在30至45摄氏度之间。", "Measure again or correct the number.", "请重新测量或更正。";
    DateForm = "date_form", UNPROCESSABLE_ENTITY, "This is not a time with an offset, such as 2020-02-11T09:00:00+08:00.", "时间格式不正确，应为带时区的格式，如 2020-02-11T09:00:00+08:00。", "Correct the time.", "请更正时间。";
    DateFuture = "date_future", UNPROCESSABLE_ENTITY, "This time is in the future.", "该时间在未来。", "Give a time that has passed.", "请填写已发生的时间。";
    DatePast = "date_past", UNPROCESSABLE_ENTITY, "This time is too long ago.", "该时间过于久远。", "Give a time within the last 90 days.", "请填写最近90天内的时间。";
    OtherDocument = "other_document", CONFLICT, "This device already carries a code for another document.", "本设备已绑定其他证件的健康码。", "Sign out on this device first; your code can be opened again with your document.", "请先在本设备退出登录；凭证件可重新开通。";
    EvidenceForm = "evidence_form", UNPROCESSABLE_ENTITY, "The evidence is not of the form of its kind.", "证据内容与其类型不符。", "Correct the field named in the detail.", "请更正提示中的字段。";
    EvidenceKind = "evidence_kind", UNPROCESSABLE_ENTITY, "This kind of evidence cannot be added here.", "此处不能添加该类证据。", "Use the act that is meant for it.", "请使用相应的功能。";
    NoOriginal = "no_original", UNPROCESSABLE_ENTITY, "No evidence of this person has that id.", "该人没有此编号的证据。", "Choose it from the person's list.", "请从该人的列表中选择。";
    NotAuditable = "not_auditable", UNPROCESSABLE_ENTITY, "Only a declaration can be audited.", "只能审核申报。", "Choose a declaration.", "请选择申报。";
    IdentityDisputed = "identity_disputed", CONFLICT, "Someone else declared the same number before.", "该证件号码已由他人先行申报。", "Compare the document and activate the code that is shown with it.", "请核对证件，并激活与证件一同出示的健康码。";
    NoCase = "no_case", CONFLICT, "This person is not recorded as a case.", "该人未登记为病例。", "Report the case first.", "请先登记病例。";
    OrderRuns = "order_runs", CONFLICT, "This person is under an order of isolation already.", "该人已处于隔离决定之中。", "Extend or shorten the order that runs.", "请延长或缩短现有的隔离决定。";
    OrderEnd = "order_end", UNPROCESSABLE_ENTITY, "An order ends at the earliest tomorrow, and at most 90 days after it begins.", "隔离决定最早于次日结束，最长不超过开始后90天。", "Correct the end.", "请更正结束时间。";
    NoOrder = "no_order", CONFLICT, "No order of isolation holds this person now.", "该人目前没有有效的隔离决定。", "Look at the person's orders.", "请查看该人的隔离决定。";
    NoLetter = "no_letter", CONFLICT, "There is no such letter: a certificate only once the rules have released, a change only where something was changed, no order that was withdrawn.", "没有此类文书：规则解除后方可出具证明，有变更方可出具变更告知书，已撤销的决定不再出具告知书。", "Look at the person's orders.", "请查看该人的隔离决定。";
    ReasonMissing = "reason_missing", UNPROCESSABLE_ENTITY, "This needs a reason of 1 to 500 bytes.", "须说明理由（1至500字节）。", "Say why; it is kept, and the person may read it.", "请说明理由；理由将被保存，本人可以查看。";
    ReportTooSoon = "report_too_soon", TOO_MANY_REQUESTS, "A report was counted within the last 15 minutes; this one is not counted.", "15分钟内已有一次上报被计入，本次不予计入。", "Report again later. If you feel worse, report that: it counts at once.", "请稍后再报。如感觉不适，请如实上报，将立即计入。";
    ReportClock = "report_clock", UNPROCESSABLE_ENTITY, "This report is of another time than now, so it is not counted.", "本次上报的时间与当前时间不符，不予计入。", "Set the clock of the device right, measure, and report.", "请校准设备时间，重新测量后上报。";
    NotGuardian = "not_guardian", NOT_FOUND, "You do not answer for this person.", "您无权代此人上报。", "Ask the health officer who ordered the isolation.", "请联系作出隔离决定的卫生官员。";
    Nights = "nights", UNPROCESSABLE_ENTITY, "Nights are stated from a date at most 14 days ago, for at most 28 nights.", "过夜日期须自14天内起，最多28晚。", "Correct the dates; who stays longer agrees again.", "请更正日期；更长时间请再次确认。";
    NoHousehold = "no_household", NOT_FOUND, "There is no such household of yours that you can change.", "没有您可以更改的此共同居住记录。", "Look at your households; it may have ended, or somebody else was asked.", "请查看您的共同居住记录；可能已结束，或询问的是他人。";
    SeatForm = "seat_form", UNPROCESSABLE_ENTITY, "This is no seat.", "座位格式不正确。", "Write a row and letter (r12/A), a bay (c5/b3), a compartment (c5/k2), a carriage (c5) or crew (crew, c5/crew).", "请填写排和字母（r12/A）、隔间（c5/b3）、包厢（c5/k2）、车厢（c5）或乘务员（crew、c5/crew）。";
    NoRecord = "no_record", NOT_FOUND, "No officer's record of such a household of this person runs.", "该人没有由官员登记且仍有效的此共同居住记录。", "Look at the person's households: it may have ended, and what two adults agreed they end themselves.", "请查看该人的共同居住记录：可能已结束；双方自行确认的由本人结束。";
    NotActingFor = "not_acting_for", FORBIDDEN, "This device does not act for this person.", "本设备无权代表此人。", "Ask the health authority to enter you as the guardian; where that ended, the person's codes are on their own phone or on paper.", "请向卫生部门申请登记为监护人；如监护已终止，请使用本人手机或纸质码。";
    OutsideArea = "outside_area", FORBIDDEN, "This person is outside your area.", "该人不在您的管辖范围内。", "Break the glass with a reason, or ask the officers of that area.", "请说明理由申请查看，或联系当地官员。";
    RunOvertaken = "run_overtaken", CONFLICT, "This tracing run does not wait any more.", "该次追踪已不在等待审批。", "Look at the case again: something else may have been found.", "请重新查看该病例，可能已有新的追踪结果。";
    SecondOfficerRun = "second_officer_run", FORBIDDEN, "Whoever reported the case, set its window or chose at a place cannot approve its tracing run.", "登记该病例、设定传染期或作出场所选择的官员不能审批其追踪。", "Ask a second officer.", "请由另一名官员审批。";
    NotCrowded = "not_crowded", CONFLICT, "This place waits for no choice about this case.", "该场所没有等待就此病例作出的选择。", "Choose a place from the list of the case.", "请从该病例的列表中选择场所。";
    ChoiceRange = "choice_range", UNPROCESSABLE_ENTITY, "A choice asks for 1 to 40,320 minutes, and ends after it begins.", "时长应在1至40320分钟之间，且结束须晚于开始。", "Correct the number or the times; to expose nobody, choose that.", "请更正时长或时间；如不涉及任何人，请选择该项。";
    DefinitionForm = "definition_form", UNPROCESSABLE_ENTITY, "This is no contact definition.", "接触者定义格式不正确。", "Mend every line of the detail.", "请逐条更正提示中的问题。";
    DefinitionOff = "definition_off", UNPROCESSABLE_ENTITY, "This contact definition may not be used.", "该接触者定义不允许使用。", "Choose another; the detail says why.", "请选择其他定义；原因见提示。";
    DefinitionApproved = "definition_approved", CONFLICT, "This contact definition is approved already.", "该接触者定义已批准。", "Bring it in again to return to it.", "如需恢复，请重新提交。";
    NotPreviewed = "not_previewed", CONFLICT, "Whom this definition would concern was not counted yet.", "尚未统计该定义将涉及哪些人。", "Count it first, and read how many would change colour.", "请先统计，并查看会有多少人变码。";
    WindowRange = "window_range", UNPROCESSABLE_ENTITY, "An infectious window ends after it begins, at most 28 days later.", "传染期的结束须晚于开始，且最长28天。", "Correct the end.", "请更正结束时间。";
    LookLimit = "look_limit", TOO_MANY_REQUESTS, "You looked up more than 200 people within this hour; nobody more is shown until it ends.", "您在本小时内已查询超过200人，本小时内不再显示。", "Go on in the next hour, or share the work; the alarm is on the list of all officers.", "请在下一小时继续，或由多人分担；警报已列入官员名单。";
    PointUnknown = "point_unknown", UNPROCESSABLE_ENTITY, "There is no such collection point.", "没有此采集点。", "Choose one from the list.", "请从列表中选择。";
    PlaceCode = "place_code", UNPROCESSABLE_ENTITY, "This is no code of a place of this city.", "这不是本市的场所码。", "Scan the code that hangs or is shown at the place itself; where another one is pasted over it, tell the staff.", "请扫描场所内张贴或显示的场所码；如被覆盖，请告知工作人员。";
    PlaceCodeReplaced = "place_code_replaced", GONE, "This place has a newer code; this one counts no more.", "该场所已更换场所码，此码已失效。", "Scan the code that hangs or is shown there now, and tell the staff.", "请扫描现场当前的场所码，并告知工作人员。";
    PlaceCodeOld = "place_code_old", GONE, "The screen shows another code by now.", "屏幕上的场所码已更新。", "Scan the code that the screen shows now.", "请扫描屏幕当前显示的场所码。";
    PlaceScans = "place_scans", TOO_MANY_REQUESTS, "This place was scanned a moment ago, or 60 scans were made within this hour.", "您刚刚扫过此场所码，或一小时内已扫码60次。", "What was scanned before is recorded; scan again later.", "之前的扫码已记录，请稍后再扫。";
    VisitAge = "visit_age", UNPROCESSABLE_ENTITY, "A visit is stored from the day before it is due until 28 days after it began; this one began earlier or lies ahead.", "到访记录自发生起保存28天；该记录过早或在未来。", "Set the clock of the device right; what is older is kept no longer.", "请校准设备时间；更早的记录不再保存。";
    NotDoubted = "not_doubted", NOT_FOUND, "There is no doubted visit of this id.", "没有此编号的存疑到访记录。", "Choose one from the list; a visit is kept for 28 days.", "请从列表中选择；到访记录保存28天。";
    RideTime = "ride_time", UNPROCESSABLE_ENTITY, "A ride began within the last 28 days and lasts at most 24 hours.", "行程须在最近28天内开始，且最长24小时。", "Correct the times; enter a longer trip as one ride a day.", "请更正时间；较长行程请按天分段登记。";
    StayRange = "stay_range", UNPROCESSABLE_ENTITY, "A usual stay lies between 1 and 240 minutes.", "通常停留时间应在1至240分钟之间。", "Correct the number.", "请更正。";
    CodeUnknown = "code_unknown", UNPROCESSABLE_ENTITY, "This code is not valid here, so there is nothing to activate.", "该码在此无效，无法激活。", "Scan the code again; if it stays so, the person declares anew.", "请重新扫码；如仍无效，请其重新申报。";
    CodeExpired = "code_expired", UNPROCESSABLE_ENTITY, "This code has expired.", "此码已过期。", "Ask for the code that is shown now.", "请出示当前显示的码。";
    CodeUnreadable = "code_unreadable", UNPROCESSABLE_ENTITY, "This is no valid code of this platform.", "这不是本平台的有效码。", "Copy or scan the whole code again.", "请重新完整复制或扫描。";
    Purpose = "purpose", UNPROCESSABLE_ENTITY, "Looking at a person needs a purpose: case, audit, identity or help.", "查看个人信息须说明用途：case、audit、identity 或 help。", "Say what for; the person will see it.", "请说明用途；本人将会看到。";
    SearchForm = "search_form", UNPROCESSABLE_ENTITY, "Search by one of: document number, phone, code.", "请按证件号码、手机号码或健康码之一查询。", "Give exactly one.", "请只提供一项。";
    EditionMistakes = "edition_mistakes", UNPROCESSABLE_ENTITY, "The edition has mistakes and was not taken in.", "该版规则有错误，未予接收。", "Mend every line of the detail; `healthcode rules check` finds them, too.", "请逐条更正；也可用 healthcode rules check 检查。";
    EditionKnown = "edition_known", CONFLICT, "This version of the rules was brought in before.", "该版本的规则已提交过。", "Raise `version`: a version never changes.", "请提高 version：同一版本不可更改。";
    EditionApproved = "edition_approved", CONFLICT, "This edition is approved and cannot be changed.", "该版规则已批准，不可更改。", "Bring in the next version, or withdraw this one.", "请提交下一版本，或撤回此版。";
    SecondOfficer = "second_officer", FORBIDDEN, "Whoever brought an edition in cannot approve it.", "提交者不能批准自己提交的规则。", "Ask a second officer.", "请由另一名官员批准。";
    NotCompared = "not_compared", CONFLICT, "This edition was not compared on the city yet.", "该版规则尚未在全市进行比对。", "Compare it first, and read who would change colour.", "请先比对，并查看哪些人会变码。";
    PointForm = "point_form", UNPROCESSABLE_ENTITY, "This is no public key on the curve P-256.", "这不是 P-256 曲线上的公钥。", "Send the uncompressed point of 65 bytes in base64url without padding.", "请以无填充的 base64url 发送65字节的未压缩点。";
    NotEnrolled = "not_enrolled", CONFLICT, "This phone is not enrolled, or is enrolled for somebody else.", "本手机尚未注册密钥，或注册的是他人。", "Enrol it, then ask again.", "请先注册，再重新获取。";
    RenewalSignature = "renewal_signature", UNPROCESSABLE_ENTITY, "The request is not signed by the key that this phone enrolled.", "请求未由本手机注册的密钥签名。", "Enrol the phone again.", "请重新注册本手机。";
    RenewalTime = "renewal_time", UNPROCESSABLE_ENTITY, "The request was made more than five minutes ago or ahead.", "请求时间与服务器相差超过五分钟。", "Use the server's time and sign again.", "请采用服务器时间并重新签名。";
    DemoOnly = "demo_only", NOT_FOUND, "This exists in the demo only.", "仅演示环境提供。", "Start `healthcode demo`.", "请启动 healthcode demo。";
    Busy = "busy", SERVICE_UNAVAILABLE, "The server cannot store anything at the moment.", "服务器暂时无法保存。", "Try again in a few seconds with the same Idempotency-Key.", "请数秒后使用相同的 Idempotency-Key 重试。";
    Internal = "internal", INTERNAL_SERVER_ERROR, "Something went wrong on the server.", "服务器出现错误。", "Try again; if it stays so, tell the operator the time.", "请重试；如仍如此，请将时间告知运维人员。";
}

/// The body of a problem document.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The sentence in English.
    title: &'static str,
    status: u16,
    /// Permanent code.
    code: &'static str,
    /// What exactly, in English; never a personal datum.
    detail: String,
    /// The field at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// The sentence in both languages.
    #[schema(value_type = Object)]
    text: Text,
    /// What to do next, in both languages.
    #[schema(value_type = Object)]
    next: Text,
}

impl Problem {
    /// A problem of a code.
    pub fn new(code: Code) -> Self {
        Self { code, field: None, detail: None }
    }

    /// Names the field at fault.
    pub fn field(mut self, field: &'static str) -> Self {
        self.field = Some(field);
        self
    }

    /// Says what exactly. Never a personal datum.
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// Its code.
    pub fn code(&self) -> Code {
        self.code
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

impl From<StoreFault> for Problem {
    fn from(fault: StoreFault) -> Self {
        if fault.is_taken() {
            // Part of the ordinary course: another act was first, and the caller looks at what it left.
            tracing::debug!(%fault, "the store has it already");
            return Self::new(Code::Busy);
        }
        tracing::error!(%fault, "the store refused");
        match fault {
            StoreFault::NotCommitted(_) | StoreFault::Overtaken | StoreFault::Stopped => {
                Self::new(Code::Busy)
            }
            _ => Self::new(Code::Internal),
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let [en, zh, next_en, next_zh] = self.code.sentences();
        let status = self.code.status();
        let text = |en: &str, zh: &str| Text { en: en.to_owned(), zh: zh.to_owned() };
        let body = ProblemBody {
            kind: "about:blank",
            title: en,
            status: status.as_u16(),
            code: self.code.word(),
            detail: self.detail.unwrap_or_else(|| en.to_owned()),
            field: self.field,
            text: text(en, zh),
            next: text(next_en, next_zh),
        };
        let mut response = (status, axum::Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if status == StatusCode::SERVICE_UNAVAILABLE {
            headers.insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
        }
        response
    }
}

/// The answer of an act.
pub type Answer<T> = Result<T, Problem>;
