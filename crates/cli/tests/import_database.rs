//! `healthcode import --database` of people, evidence and regions as its users meet it.
#![allow(clippy::unwrap_used)]

mod common;
use common::Room;
use common::installation::{Installation, PEOPLE, last_line, now, person};
use healthcode_core::decision::Colour;
use healthcode_core::evidence::Source;
use healthcode_core::personal::{Phone, check_character};
use healthcode_core::region::Region;
use healthcode_core::time::Instant;
use healthcode_server::rules_in_force::scheme;
use healthcode_store::people::{self, Assurance};
use healthcode_store::queue::{self, RECONCILE};
use healthcode_store::{decisions, evidence, outbox, regions};

on_both! {
    people_become_pending_and_are_skipped_the_second_time
    a_held_number_under_another_name_is_refused_without_naming_anyone
    people_who_cannot_be_stored_are_refused_with_the_reason
    cases_are_matched_by_document_and_their_reconciliation_is_asked_for
    tests_are_matched_by_phone_and_refused_where_it_is_shared
    evidence_about_nobody_here_or_of_tomorrow_is_refused
    a_file_without_numbers_names_people_by_their_id
    a_line_list_that_has_grown_adds_what_is_new
    a_sample_with_another_result_is_refused
    a_case_that_never_was_cannot_be_excluded
    regions_are_kept_and_known_to_later_imports
    more_rows_than_one_act_holds_are_all_accounted_for
}

async fn people_become_pending_and_are_skipped_the_second_time(site: &Installation) {
    site.adopt_rules();
    let report = site.import("people", PEOPLE, &[]);
    assert_eq!(last_line(&report), "read 3 = stored 3 + refused 0 + skipped 0", "{report}");
    let again = site.import("people", &PEOPLE.replace("Ann Ash", "ANN  ASH"), &[]);
    assert_eq!(last_line(&again), "read 3 = stored 0 + refused 0 + skipped 3", "{again}");
    let store = site.store().await;
    let ben = person(&store, "AB100002").await;
    let mut conn = store.reader().await.unwrap();
    assert_eq!(people::count(&mut conn).await.unwrap(), 3);
    let stored = people::get(&mut conn, store.seal(), &ben).await.unwrap().unwrap();
    assert_eq!((stored.assurance, stored.active), (Assurance::Declared, false));
    assert_eq!(stored.residence, Region::new("330100").unwrap(), "by its name");
    assert_eq!(stored.personal.name.expose(), "Ben Birch");
    assert_eq!(evidence::of_person(&mut conn, &ben).await.unwrap(), [], "nothing was declared");
    let decision = decisions::of_person(&mut conn, &ben, &scheme()).await.unwrap().unwrap();
    assert_eq!(decision.colour, Colour::Pending);
    assert!(!decision.reasons.is_empty() && decision.rule_set.starts_with("hangzhou"), "{decision:?}");
    drop(conn);
    store.close().await;
    let check = site.run(&["store", "check"]);
    assert_eq!(check.status, 0, "{}{}", check.out, check.err);
}

async fn a_held_number_under_another_name_is_refused_without_naming_anyone(site: &Installation) {
    site.import("people", PEOPLE, &[]);
    let other = PEOPLE.replace("Ann Ash", "Eve Elm");
    let report = site.import("people", &other, &["--refused", "refused.csv"]);
    assert_eq!(last_line(&report), "read 3 = stored 0 + refused 1 + skipped 2", "{report}");
    assert!(report.contains("refused, line 2: document: someone of another name"), "{report}");
    for personal in ["Ann", "Eve", "AB100001", "13800000001"] {
        assert!(!report.contains(personal), "{personal} in {report}");
    }
    assert!(
        site.room
            .read("refused.csv")
            .lines()
            .nth(1)
            .unwrap()
            .ends_with("Eve Elm,AB100001,13800000001,330106")
    );
}

async fn people_who_cannot_be_stored_are_refused_with_the_reason(site: &Installation) {
    let body = "33010621500101123";
    let unborn = format!("{body}{}", check_character(body) as char);
    let table = format!(
        "name,document,phone,residence\nA,{unborn},13800000001,330106\nB,AB100002,,330106\n\
         C,AB100003,13800000003,\nD,AB100004,13800000004,999999\nE,AB100005,13800000005,330106\n"
    );
    let report = site.import("people", &table, &[]);
    assert_eq!(last_line(&report), "read 5 = stored 1 + refused 4 + skipped 0", "{report}");
    for reason in [
        "line 2: document: the date of birth",
        "line 3: no phone",
        "line 4: no residence",
        "line 5: residence: no region",
    ] {
        assert!(report.contains(reason), "{reason} in {report}");
    }
    assert!(!report.contains(&unborn));
    site.room.write("in.csv", "name,document,phone\nA,AB100009,13800000001\n");
    let ran = site.run(&["import", "people", "in.csv"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("--map residence=COLUMN"), "{}", ran.err);
}

async fn cases_are_matched_by_document_and_their_reconciliation_is_asked_for(site: &Installation) {
    site.adopt_rules();
    site.import("people", PEOPLE, &[]);
    let began = now();
    let table = "编号,证件号码,确诊日期,发病日期,来源,暴露结束日期\n\
        7,AB100001,2026-03-02,2026-03-01,武汉,2026-02-27\n8,AB999999,2026-03-02,,,\n";
    let report = site.import("linelist", table, &[]);
    assert_eq!(last_line(&report), "read 2 = stored 1 + refused 1 + skipped 0", "{report}");
    assert!(report.contains("line 3: document: nobody here holds this number"), "{report}");
    assert!(!report.contains("AB999999"), "{report}");
    let again = site.import("linelist", table, &[]);
    assert_eq!(last_line(&again), "read 2 = stored 0 + refused 1 + skipped 1", "{again}");
    let store = site.store().await;
    let ann = person(&store, "AB100001").await;
    let mut conn = store.reader().await.unwrap();
    let recorded = evidence::of_person(&mut conn, &ann).await.unwrap();
    let kinds: Vec<_> = recorded.iter().map(|e| e.fact.kind()).collect();
    assert_eq!(recorded.len(), 2, "{kinds:?}");
    for piece in &recorded {
        assert!(piece.recorded_at >= began && piece.recorded_at <= now(), "by the server's clock");
        assert_eq!(piece.source, Source::Import);
        assert!(piece.happened_at < Instant::parse("2026-03-03T00:00:00+08:00").unwrap());
    }
    let decision = decisions::of_person(&mut conn, &ann, &scheme()).await.unwrap().unwrap();
    assert_eq!(decision.colour, Colour::Red, "{}", decision.body);
    assert!(queue::is_due(&mut conn, RECONCILE, now()).await.unwrap());
    let told = outbox::since(&mut conn, began, 10).await.unwrap();
    assert_eq!(told.iter().filter(|(_, _, person)| *person == ann).count(), 1, "once, for both pieces");
    drop(conn);
    store.close().await;
}

async fn tests_are_matched_by_phone_and_refused_where_it_is_shared(site: &Installation) {
    site.import("people", PEOPLE, &[]);
    let table = "phone,assay,result,sampled_at\n138 0000 0001,pcr,negative,2026-03-02T08:00:00+08:00\n\
        13800000002,pcr,negative,2026-03-02T08:00:00+08:00\n13899999999,pcr,negative,2026-03-02T08:00:00+08:00\n\
        ,pcr,negative,2026-03-02T08:00:00+08:00\n";
    let report = site.import("tests", table, &[]);
    assert_eq!(last_line(&report), "read 4 = stored 1 + refused 3 + skipped 0", "{report}");
    for reason in
        ["line 3: phone: several people", "line 4: phone: nobody here", "line 5: no document and no phone"]
    {
        assert!(report.contains(reason), "{reason} in {report}");
    }
    // Other rows before it, another order of columns: the same test.
    let other = "result,mobile,assay,date\npositive,13899999999,pcr,2026-03-02T08:00:00+08:00\n\
        negative,+8613800000001,PCR,2026-03-02T00:00:00Z\n";
    let again = site.import("tests", other, &[]);
    assert_eq!(last_line(&again), "read 2 = stored 0 + refused 1 + skipped 1", "{again}");
    let store = site.store().await;
    let ann = person(&store, "AB100001").await;
    let mut conn = store.reader().await.unwrap();
    let phone = Phone::new("13800000001").unwrap();
    assert_eq!(people::by_phone(&mut conn, store.seal(), &phone).await.unwrap(), std::slice::from_ref(&ann));
    assert_eq!(evidence::of_person(&mut conn, &ann).await.unwrap().len(), 1);
    assert!(!queue::is_due(&mut conn, RECONCILE, now()).await.unwrap(), "a test makes no case");
    drop(conn);
    store.close().await;
}

async fn evidence_about_nobody_here_or_of_tomorrow_is_refused(site: &Installation) {
    site.import("people", PEOPLE, &[]);
    let by_id = "case_id,confirmed_on\nTJ1,2026-03-02\n";
    let report = site.import("linelist", by_id, &[]);
    assert_eq!(last_line(&report), "read 1 = stored 0 + refused 1 + skipped 0", "{report}");
    assert!(report.contains("line 2: nobody here has this id"), "{report}");
    let tomorrow = now().plus_days_of_24h(2);
    let table = format!("document,assay,result,date\nAB100001,pcr,negative,{tomorrow}\n");
    let report = site.import("tests", &table, &[]);
    assert!(report.contains("line 2: its date lies in the future"), "{report}");
    // Never by name.
    site.room.write("in.csv", "姓名,确诊日期\nAnn Ash,2026-03-02\n");
    let ran = site.run(&["import", "linelist", "in.csv"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("--map document=COLUMN") && !ran.err.contains("Ann"), "{}", ran.err);
}

async fn a_file_without_numbers_names_people_by_their_id(site: &Installation) {
    site.import("people", PEOPLE, &[]);
    let store = site.store().await;
    let ann = person(&store, "AB100001").await;
    let table = format!("person,result,date\n{ann},negative,2026-03-02\nsomeone,negative,2026-03-02\n");
    let report = site.import("tests", &table, &["--assay", "pcr"]);
    assert_eq!(last_line(&report), "read 2 = stored 1 + refused 1 + skipped 0", "{report}");
    let recorded = evidence::of_person(&mut store.reader().await.unwrap(), &ann).await.unwrap();
    assert_eq!(recorded.iter().map(|e| e.fact.kind()).collect::<Vec<_>>(), ["test_result"]);
    store.close().await;
}

async fn a_line_list_that_has_grown_adds_what_is_new(site: &Installation) {
    site.import("people", PEOPLE, &[]);
    let first = "id,document,date_confirmation,recovered_on\n1,AB100001,2026-03-02,\n";
    assert!(site.import("linelist", first, &[]).contains("stored 1"));
    let grown = "id,document,date_confirmation,recovered_on\n9,AB100001,2026-03-02,2026-03-20\n";
    let report = site.import("linelist", grown, &[]);
    assert!(report.contains("stored 1"), "numbers of lines are no part of the content: {report}");
    assert!(site.import("linelist", grown, &[]).contains("skipped 1"));
    let store = site.store().await;
    let ann = person(&store, "AB100001").await;
    let recorded = evidence::of_person(&mut store.reader().await.unwrap(), &ann).await.unwrap();
    assert_eq!(recorded.len(), 2, "the case once, and its recovery: {recorded:?}");
    store.close().await;
}

async fn a_sample_with_another_result_is_refused(site: &Installation) {
    site.import("people", PEOPLE, &[]);
    let table = "document,barcode,assay,result,date\nAB100001,S1,pcr,negative,2026-03-02T08:00:00+08:00\n";
    assert!(site.import("tests", table, &[]).contains("stored 1"));
    assert!(site.import("tests", table, &[]).contains("skipped 1"));
    let report = site.import("tests", &table.replace("negative", "positive"), &[]);
    assert!(report.contains("line 2: this sample is recorded with another result"), "{report}");
    let second = site.import("tests", &table.replace("S1", "S2"), &[]);
    assert!(second.contains("stored 1"), "another sample of the same hour: {second}");
}

async fn a_case_that_never_was_cannot_be_excluded(site: &Installation) {
    site.import("people", PEOPLE, &[]);
    let excluded = "id,document,date_confirmation,status\n1,AB100001,2026-03-04,excluded\n";
    let report = site.import("linelist", excluded, &[]);
    assert!(report.contains("line 2: excluded, but the person is not recorded"), "{report}");
    let suspected = excluded.replace("excluded", "suspected").replace("03-04", "03-02");
    assert!(site.import("linelist", &suspected, &[]).contains("stored 1"));
    assert!(site.import("linelist", excluded, &[]).contains("stored 1"));
    assert!(site.import("linelist", excluded, &[]).contains("skipped 1"), "though it is no case any more");
}

async fn regions_are_kept_and_known_to_later_imports(site: &Installation) {
    let table = "code,en,zh,parent,from\n990101,Lane,巷,990100,\n990100,Town,镇,990000,\n990000,Land,省,CN,2020-01-01\n";
    let report = site.import("regions", table, &[]);
    assert_eq!(last_line(&report), "read 3 = stored 3 + refused 0 + skipped 0", "{report}");
    assert!(report.contains("1 regions have dates"), "{report}");
    let again = site.import("regions", table, &[]);
    assert_eq!(last_line(&again), "read 3 = stored 0 + refused 0 + skipped 3", "{again}");
    let below =
        site.import("regions", "code,en,zh,parent\n990102,Road,路,990100\n980102,Road,路,980100\n", &[]);
    assert_eq!(last_line(&below), "read 2 = stored 1 + refused 1 + skipped 0", "{below}");
    let store = site.store().await;
    assert_eq!(regions::all(&mut store.reader().await.unwrap()).await.unwrap().len(), 4);
    store.close().await;
    let adopt = ["rules", "adopt", "hangzhou-2020-02", "--authority", "990100"];
    let dates = ["--from", "2020-01-01T00:00:00+08:00", "--until", "2099-01-01T00:00:00+08:00"];
    site.done(&[&adopt[..], &dates].concat(), &[]);
    let people = site.import("people", &PEOPLE.replace("330106", "990102"), &[]);
    assert_eq!(last_line(&people), "read 3 = stored 3 + refused 0 + skipped 0", "{people}");
}

async fn more_rows_than_one_act_holds_are_all_accounted_for(site: &Installation) {
    let mut table = "name,document,phone,residence\n".to_owned();
    for number in 0..1_100 {
        table += &format!("P{number},P{number:08},139{number:08},330106\n");
    }
    let report = site.import("people", &table, &["--json"]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!((report["read"].as_u64(), report["stored"].as_u64()), (Some(1_100), Some(1_100)));
    let again =
        site.import("people", &(table + "Q,AB100001,13800000001,330106\nR,AB1,13800000001,330106\n"), &[]);
    assert_eq!(last_line(&again), "read 1102 = stored 1 + refused 1 + skipped 1100", "{again}");
}

#[test]
fn exactly_one_target_is_named() {
    let room = Room::new();
    room.write("in.csv", "case,confirmed_on\n1,2020-01-21\n");
    for more in [
        &[][..],
        &["--dry-run", "--out", "e"],
        &["--dry-run", "--database", "sqlite:x"],
        &["--out", "e", "--database", "sqlite:x"],
    ] {
        let ran = room.run(&[&["import", "linelist", "in.csv"], more].concat());
        assert_eq!((ran.status, ran.out.as_str()), (2, ""), "{more:?} {}", ran.err);
    }
    assert_eq!(room.files(), ["in.csv"]);
}

#[test]
fn a_lost_or_foreign_key_file_is_noticed_before_anything_is_stored() {
    let room = Room::new();
    room.write("in.csv", PEOPLE);
    let import = ["import", "people", "in.csv", "--database", "sqlite:city.sqlite", "--data"];
    assert_eq!(room.run(&[&import[..], &["data"]].concat()).status, 0);
    let lost = room.run(&[&import[..], &["empty"]].concat());
    assert!(
        lost.status == 2 && lost.err.contains("the key file empty/keys.json is not there"),
        "{}",
        lost.err
    );
    assert_eq!(room.run(&["keys", "make", "--data", "other"]).status, 0);
    let foreign = room.run(&[&import[..], &["other"]].concat());
    assert!(
        foreign.status == 2 && foreign.err.contains("does not open the personal data"),
        "{}",
        foreign.err
    );
    let doctor = room.run(&["doctor", "--database", "sqlite:city.sqlite", "--data", "other", "--json"]);
    assert_eq!(doctor.status, 1, "{}", doctor.err);
    assert!(doctor.out.contains("does not open the personal data"), "{}", doctor.out);
    assert!(!room.path("empty/keys.json").exists());
}
