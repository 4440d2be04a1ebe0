//! Letters about an order of isolation: what is in the file, in both languages, and who may print which.

use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::on_both_engines;
use healthcode_testkit::world::{Caller, DAY, World};
use serde_json::{Value, json};

on_both_engines! {
    a_letter_is_a_pdf_that_says_the_order_in_both_languages
    a_change_is_printed_with_what_was_there_before
    a_certificate_exists_only_once_the_rules_have_released
    whoever_is_told_to_stay_prints_her_own_letter
    a_print_is_a_look_and_an_export_and_keeps_to_the_area
}

struct Ordered {
    who: Caller,
    person: String,
    order: String,
    officer: Caller,
}

async fn ordered(world: &World) -> Ordered {
    let who = world.declared(&alice()).await;
    let (person, officer) = (world.person(&who).await, world.officer().await);
    let request = json!({
        "kind": "close_contact", "place": "home", "address": "1 Lane (rear \\ 3号楼",
        "until": "2026-03-09T00:00:00+08:00", "reason": "同乘一辆车 on Sunday",
    });
    let made = world.post(&officer, &format!("/api/v1/people/{person}/quarantines"), request).await.done();
    Ordered { who, person, order: made["order"].as_str().unwrap().to_owned(), officer }
}

impl Ordered {
    fn path(&self, query: &str) -> String {
        format!("/api/v1/people/{}/quarantines/{}/letter?purpose=case{query}", self.person, self.order)
    }

    async fn letter(&self, world: &World, query: &str) -> Pdf {
        Pdf(world.read(&self.officer, &self.path(query)).await.bytes())
    }
}

/// A PDF as it came.
struct Pdf(Vec<u8>);

impl Pdf {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).into_owned()
    }

    /// Every entry of the table of objects leads to the object that it names.
    fn assert_whole(&self) {
        let text = self.text();
        assert!(text.starts_with("%PDF-1.") && text.trim_end().ends_with("%%EOF"));
        let find = |needle: &[u8]| self.0.windows(needle.len()).rposition(|part| part == needle).unwrap();
        let line = |at: usize| String::from_utf8_lossy(&self.0[at..(at + 24).min(self.0.len())]).into_owned();
        let start = find(b"startxref");
        let at: usize = line(start + 10).lines().next().unwrap().trim().parse().unwrap();
        assert!(self.0[at..].starts_with(b"xref"));
        let table = String::from_utf8_lossy(&self.0[at..start]).into_owned();
        let used: Vec<_> = table.lines().filter(|line| line.trim_end().ends_with(" n")).collect();
        assert!(used.len() > 10, "{table}");
        for (number, entry) in used.iter().enumerate() {
            let offset: usize = entry[..10].parse().unwrap();
            assert!(line(offset).starts_with(&format!("{} 0 obj", number + 1)), "{entry}");
        }
    }

    /// Whether Chinese stands in it, in UTF-16 as the font takes it.
    fn says(&self, chinese: &str) -> bool {
        let units = chinese.encode_utf16().map(|unit| format!("{unit:04X}"));
        self.text().to_uppercase().contains(&units.collect::<String>())
    }
}

async fn a_letter_is_a_pdf_that_says_the_order_in_both_languages(world: &World) {
    let ordered = ordered(world).await;
    let answer = world.read(&ordered.officer, &ordered.path("")).await;
    assert_eq!(
        (answer.header("content-type"), answer.header("cache-control")),
        ("application/pdf", "no-store")
    );
    let pdf = Pdf(answer.bytes());
    pdf.assert_whole();
    let text = pdf.text();
    for english in
        ["(Order of isolation) Tj", "(9 March 2026 00:00) Tj", "(Close contact) Tj", "/Lang (en-GB)"]
    {
        assert!(text.contains(english), "{english}");
    }
    assert!(text.contains("(Home: 1 Lane \\(rear \\\\ 3) Tj"), "a bracket that is not closed closes no text");
    assert!(text.contains("(officer) Tj"), "who ordered it");
    for chinese in ["隔离医学观察告知书", "密切接触者", "号楼", "杭州", "同乘一辆车", "李"]
    {
        assert!(pdf.says(chinese), "{chinese}");
    }
    assert!(!pdf.says("爱丽") && !text.contains(alice().document.expose()), "the name is masked");
    assert!(text.contains("/CreationDate (D:20260302090000+08'00"), "made when the server says");
    let english = ordered.letter(world, "&language=en").await;
    assert!(english.text().contains("/Count 1") && !english.says("隔离医学观察告知书"));
    assert!(ordered.letter(world, "&language=zh").await.says("隔离医学观察告知书"));
    assert_eq!(world.read(&ordered.officer, &ordered.path("&language=fr")).await.code(), "body");
}

async fn a_change_is_printed_with_what_was_there_before(world: &World) {
    let ordered = ordered(world).await;
    assert_eq!(world.read(&ordered.officer, &ordered.path("&kind=change")).await.code(), "no_letter");
    let path = format!("/api/v1/people/{}/quarantines/{}", ordered.person, ordered.order);
    let change = json!({ "until": "2026-03-12T00:00:00+08:00", "reason": "fell ill beside others" });
    world.post(&ordered.officer, &format!("{path}/changes"), change).await.done();
    let text = ordered.letter(world, "").await.text();
    for part in ["Change of an order of isolation", "9 March 2026 00:00", "12 March 2026 00:00"] {
        assert!(text.contains(&format!("({part}) Tj")), "{part}");
    }
    world.forward(60);
    let reason = json!({ "reason": "another was meant" });
    world.post(&ordered.officer, &format!("{path}/withdrawal"), reason).await.done();
    assert_eq!(world.read(&ordered.officer, &ordered.path("&kind=order")).await.code(), "no_letter");
    let pdf = ordered.letter(world, "&language=zh").await;
    assert!(pdf.says("予撤销") && !pdf.says("不得离开"), "nothing is asked any more");
}

async fn a_certificate_exists_only_once_the_rules_have_released(world: &World) {
    let ordered = ordered(world).await;
    world.confirm(&ordered.person).await;
    world.forward(8 * DAY);
    let officer = world.officer().await;
    let released = ordered.path("&kind=release");
    assert_eq!(world.read(&officer, &released).await.code(), "no_letter", "the rules hold on");
    world.exclude(&ordered.person).await;
    let pdf = Pdf(world.read(&world.officer().await, &ordered.path("")).await.bytes());
    pdf.assert_whole();
    assert!(pdf.text().contains("(Certificate of release from isolation) Tj"));
    assert!(pdf.says("解除隔离医学观察证明"));
}

async fn whoever_is_told_to_stay_prints_her_own_letter(world: &World) {
    let path = "/api/v1/me/quarantine/letter";
    let stranger = world.declared(&bob()).await;
    assert_eq!(world.read(&stranger, path).await.code(), "no_letter");
    let Ordered { who, person, officer, .. } = ordered(world).await;
    let pdf = Pdf(world.read(&who, path).await.bytes());
    pdf.assert_whole();
    assert!(pdf.says("隔离医学观察告知书"));
    assert!(!pdf.text().contains("(officer) Tj"), "residents read the authority, not the officer");
    let for_her = format!("{path}?for={person}");
    assert_eq!(world.read(&stranger, &for_her).await.code(), "not_acting_for");
    let guardian = json!({ "guardian": world.person(&stranger).await, "reason": "father" });
    world.post(&officer, &format!("/api/v1/people/{person}/guardians"), guardian).await.done();
    Pdf(world.read(&stranger, &for_her).await.bytes()).assert_whole();
    let looks = world.read(&who, "/api/v1/me/looks").await.done();
    assert_eq!(looks["items"][0]["purpose"], "household");
}

async fn a_print_is_a_look_and_an_export_and_keeps_to_the_area(world: &World) {
    let ordered = ordered(world).await;
    let without = format!("/api/v1/people/{}/quarantines/{}/letter", ordered.person, ordered.order);
    assert_eq!(world.read(&ordered.officer, &without).await.code(), "purpose");
    let stranger = world.officer_of("330106902").await;
    assert_eq!(world.read(&stranger, &ordered.path("")).await.code(), "outside_area");
    world.forward(60);
    ordered.letter(world, "").await;
    let looks = world.read(&ordered.who, "/api/v1/me/looks").await.done();
    assert_eq!(looks["items"][0]["purpose"], "case");
    let inquiries = world.read(&ordered.officer, "/api/v1/inquiries").await.done();
    let last = &inquiries["items"][0];
    assert_eq!((&last["what"], &last["subject"]), (&json!("export"), &json!("letter")));
    let none = without.replace(&ordered.order, "none") + "?purpose=case";
    assert_eq!(world.read(&ordered.officer, &none).await.body["code"], Value::from("not_found"));
}
