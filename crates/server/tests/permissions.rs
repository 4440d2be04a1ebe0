//! Who may do what: the table as reviewed, and the server held against it, operation by operation.
#![allow(clippy::unwrap_used, missing_docs)]

mod snapshot;

use healthcode_server::permission::{Deed, Role, may, table};
use healthcode_server::router::description;
use healthcode_testkit::cast::{alice, bob};
use healthcode_testkit::world::{Caller, Setting, World, declaration};
use serde_json::{Value, json};

/// Whom an operation asks for.
#[derive(Clone, Copy, PartialEq, Debug)]
enum Asks {
    Nobody,
    AnySession,
    Deed(Deed),
}

/// Every operation of the description.
const OPERATIONS: &[(&str, Asks)] = &[
    ("clock", Asks::Nobody),
    ("regions", Asks::Nobody),
    ("open_device_session", Asks::Nobody),
    ("sign_in", Asks::Nobody),
    ("session", Asks::AnySession),
    ("sign_out", Asks::AnySession),
    ("declare", Asks::Deed(Deed::Declare)),
    ("show_code", Asks::Deed(Deed::ShowCode)),
    ("why", Asks::Deed(Deed::Why)),
    ("together", Asks::Deed(Deed::AskTogether)),
    ("advice", Asks::Deed(Deed::SeeAdvice)),
    ("watch", Asks::Deed(Deed::Watch)),
    ("report", Asks::Deed(Deed::Report)),
    ("report_for", Asks::Deed(Deed::ReportFor)),
    ("my_quarantine", Asks::Deed(Deed::SeeOwnQuarantine)),
    ("print_own_letter", Asks::Deed(Deed::PrintOwnLetter)),
    ("looks", Asks::Deed(Deed::SeeLooks)),
    ("see_notices", Asks::Deed(Deed::SeeNotices)),
    ("set_notices", Asks::Deed(Deed::SetNotices)),
    ("scan", Asks::Deed(Deed::Scan)),
    ("activate", Asks::Deed(Deed::Activate)),
    ("door_check", Asks::Deed(Deed::DoorCheck)),
    ("count_scans", Asks::Deed(Deed::CountScans)),
    ("list_audits", Asks::Deed(Deed::ListAudits)),
    ("audit", Asks::Deed(Deed::Audit)),
    ("identity_queue", Asks::Deed(Deed::ListClaims)),
    ("search", Asks::Deed(Deed::SearchPeople)),
    ("see_person", Asks::Deed(Deed::SeePerson)),
    ("history", Asks::Deed(Deed::SeeHistory)),
    ("report_case", Asks::Deed(Deed::ReportCase)),
    ("list_cases", Asks::Deed(Deed::ListCases)),
    ("see_case", Asks::Deed(Deed::SeeCase)),
    ("contacts", Asks::Deed(Deed::ListContacts)),
    ("preview_case", Asks::Deed(Deed::PreviewCase)),
    ("see_tracing", Asks::Deed(Deed::SeeTracing)),
    ("settle_run", Asks::Deed(Deed::SettleRun)),
    ("choose", Asks::Deed(Deed::ChooseAtPlace)),
    ("list_waiting", Asks::Deed(Deed::ListWaiting)),
    ("list_definitions", Asks::Deed(Deed::ListDefinitions)),
    ("bring_in_definition", Asks::Deed(Deed::BringInDefinition)),
    ("preview_definition", Asks::Deed(Deed::PreviewDefinition)),
    ("approve_definition", Asks::Deed(Deed::ApproveDefinition)),
    ("set_window", Asks::Deed(Deed::SetWindow)),
    ("transfer_case", Asks::Deed(Deed::TransferCase)),
    ("assign_case", Asks::Deed(Deed::AssignCase)),
    ("add_said", Asks::Deed(Deed::Interview)),
    ("list_clusters", Asks::Deed(Deed::ListClusters)),
    ("open_cluster", Asks::Deed(Deed::OpenCluster)),
    ("put_in_cluster", Asks::Deed(Deed::PutInCluster)),
    ("merge_cases", Asks::Deed(Deed::MergeCases)),
    ("part_cases", Asks::Deed(Deed::PartCases)),
    ("curve", Asks::Deed(Deed::SeeCurve)),
    ("chain", Asks::Deed(Deed::SeeChain)),
    ("export_cases", Asks::Deed(Deed::ExportCases)),
    ("list_officers", Asks::Deed(Deed::ListOfficers)),
    ("assign_quarantine", Asks::Deed(Deed::AssignQuarantine)),
    ("list_inquiries", Asks::Deed(Deed::ListInquiries)),
    ("list_look_alarms", Asks::Deed(Deed::ListLookAlarms)),
    ("break_the_glass", Asks::Deed(Deed::BreakGlass)),
    ("list_break_glass", Asks::Deed(Deed::ListBreakGlass)),
    ("count_break_glass", Asks::Deed(Deed::CountBreakGlass)),
    ("see_break_glass", Asks::Deed(Deed::SeeBreakGlass)),
    ("add_evidence", Asks::Deed(Deed::AddEvidence)),
    ("correct_evidence", Asks::Deed(Deed::CorrectEvidence)),
    ("withdraw_evidence", Asks::Deed(Deed::WithdrawEvidence)),
    ("work_list", Asks::Deed(Deed::ListQuarantines)),
    ("order_quarantine", Asks::Deed(Deed::OrderQuarantine)),
    ("quarantines_of", Asks::Deed(Deed::SeeQuarantines)),
    ("preview_orders", Asks::Deed(Deed::PreviewOrders)),
    ("order_many", Asks::Deed(Deed::OrderMany)),
    ("print_letter", Asks::Deed(Deed::PrintLetter)),
    ("transfer_quarantine", Asks::Deed(Deed::TransferQuarantine)),
    ("change_quarantine", Asks::Deed(Deed::ChangeQuarantine)),
    ("withdraw_quarantine", Asks::Deed(Deed::WithdrawQuarantine)),
    ("follow_up", Asks::Deed(Deed::FollowUp)),
    ("set_guardian", Asks::Deed(Deed::SetGuardian)),
    ("list_points", Asks::Deed(Deed::ListPoints)),
    ("add_point", Asks::Deed(Deed::AddPoint)),
    ("see_poster", Asks::Deed(Deed::SeePoster)),
    ("issue_poster", Asks::Deed(Deed::IssuePoster)),
    ("see_screen", Asks::Deed(Deed::SeeScreen)),
    ("visit_place", Asks::Deed(Deed::VisitPlace)),
    ("list_rules", Asks::Deed(Deed::ListRules)),
    ("draft_rules", Asks::Deed(Deed::DraftRules)),
    ("compare_rules", Asks::Deed(Deed::CompareRules)),
    ("approve_rules", Asks::Deed(Deed::ApproveRules)),
    ("withdraw_rules", Asks::Deed(Deed::WithdrawRules)),
    ("invite", Asks::Deed(Deed::InviteStaff)),
    ("my_households", Asks::Deed(Deed::SeeHousehold)),
    ("propose", Asks::Deed(Deed::ProposeHousehold)),
    ("agree", Asks::Deed(Deed::AgreeHousehold)),
    ("end", Asks::Deed(Deed::EndHousehold)),
    ("households_of", Asks::Deed(Deed::SeeHouseholds)),
    ("record_household", Asks::Deed(Deed::RecordHousehold)),
    ("end_recorded", Asks::Deed(Deed::EndRecorded)),
    ("list_rides", Asks::Deed(Deed::ListRides)),
    ("add_ride", Asks::Deed(Deed::AddRide)),
    ("see_passengers", Asks::Deed(Deed::SeePassengers)),
    ("enter_passenger", Asks::Deed(Deed::EnterPassenger)),
    ("list_doubted", Asks::Deed(Deed::ListDoubted)),
    ("rule_on_visit", Asks::Deed(Deed::RuleOnVisit)),
    ("demo", Asks::Nobody),
    ("forward", Asks::Nobody),
    ("dependants", Asks::Deed(Deed::ListDependants)),
    ("enrol", Asks::Deed(Deed::EnrolPhone)),
    ("fetch_passes", Asks::Deed(Deed::FetchPasses)),
    ("print_pass", Asks::Deed(Deed::PrintPass)),
    ("see_gate", Asks::Deed(Deed::SeeGate)),
    ("watch_gate", Asks::Deed(Deed::WatchGate)),
    ("deliver_scans", Asks::Deed(Deed::DeliverScans)),
    ("shown_twice", Asks::Deed(Deed::ListShownTwice)),
];

/// A body that is read without complaint, so that what refuses is the permission.
fn body(operation: &str, code: &str, person: &str) -> Value {
    let none = json!({});
    match operation {
        "sign_in" => json!({ "link": "unknown" }),
        "declare" => declaration(&bob()),
        "report" | "report_for" => json!({ "temperature_c": 36.5, "symptoms": [] }),
        "scan" | "visit_place" => json!({ "code": code, "direction": "passing" }),
        "activate" | "together" => json!({ "code": code }),
        "door_check" => json!({ "code": code }),
        "order_quarantine" => {
            json!({ "kind": "other", "place": "home", "until": "2026-03-09T00:00:00+08:00" })
        }
        "preview_orders" => json!({ "people": [person] }),
        "order_many" => json!({ "people": [person], "order": {
            "kind": "other", "place": "home", "until": "2026-03-09T00:00:00+08:00", "reason": "a test" } }),
        "change_quarantine" => json!({ "until": "2026-03-10T00:00:00+08:00", "reason": "a test" }),
        "withdraw_quarantine" => json!({ "reason": "mistaken" }),
        "set_window" | "assign_case" | "break_the_glass" => json!({ "reason": "a test" }),
        "propose" => json!({ "code": code, "first_night": "2026-03-02" }),
        "record_household" => json!({ "with": [person], "first_night": "2026-03-02", "reason": "a test" }),
        "add_ride" => json!({ "operator": "CR", "line": "1", "kind": "bus", "region": "330100",
            "from": "2026-03-01T10:00:00+08:00", "until": "2026-03-01T12:00:00+08:00" }),
        "enter_passenger" => json!({ "person": person }),
        "end_recorded" => json!({ "reason": "a test" }),
        "rule_on_visit" => json!({ "ruling": "cleared", "reason": "a test" }),
        "preview_case" => json!({ "person": person }),
        "settle_run" => json!({ "run": "none", "approve": true, "reason": "a test" }),
        "choose" => json!({ "point": "none", "choice": { "choice": "nobody" }, "reason": "a test" }),
        "bring_in_definition" => json!({ "preset": "place-15min-unbroken" }),
        "transfer_case" | "transfer_quarantine" => json!({ "region": "330106", "reason": "a test" }),
        "add_said" => json!({ "kind": "ride", "said": "bus 7" }),
        "open_cluster" => json!({ "name": "a family" }),
        "put_in_cluster" => json!({ "cluster": "none" }),
        "merge_cases" => json!({ "duplicate": "none", "reason": "a test" }),
        "part_cases" => json!({ "id": "none", "reason": "a test" }),
        "export_cases" => json!({ "purpose": "case" }),
        "set_guardian" => json!({ "guardian": person, "reason": "mother" }),
        "audit" => json!({ "person": person, "of": "none", "result": "confirmed" }),
        "search" => json!({ "code": code, "purpose": "help" }),
        "report_case" => json!({ "person": person, "status": "suspected" }),
        "add_evidence" => json!({ "kind": "stay", "happened_at": "2026-03-01T00:00:00Z", "data": none }),
        "correct_evidence" => json!({ "of": "none", "data": none }),
        "withdraw_evidence" => json!({ "of": "none", "reason": "mistaken" }),
        "add_point" => json!({ "name": { "en": "Hall", "zh": "厅" }, "kind": "office", "region": "330106" }),
        "draft_rules" => json!({ "rules": "", "cases": [] }),
        "approve_rules" => json!({ "from": "2030-01-01T00:00:00Z", "until": "2031-01-01T00:00:00Z" }),
        "invite" => json!({ "role": "officer" }),
        "set_notices" => json!({ "mail": null, "sms": false }),
        "enrol" => json!({ "key": "" }),
        "fetch_passes" => json!({ "made_at": "2026-03-02T01:00:00Z", "device_keys": [], "signature": "" }),
        "print_pass" => json!({ "days": 14 }),
        "deliver_scans" => json!({ "scans": [] }),
        "forward" => json!({ "forward_seconds": 1 }),
        _ => none,
    }
}

struct Operation {
    method: String,
    path: String,
    id: String,
    asks: Asks,
}

fn operations() -> Vec<Operation> {
    let described = serde_json::to_value(description()).unwrap();
    let mut found = Vec::new();
    for (path, methods) in described["paths"].as_object().unwrap() {
        for (method, operation) in
            methods.as_object().unwrap().iter().filter(|(_, o)| o.get("operationId").is_some())
        {
            let id = operation["operationId"].as_str().unwrap().to_owned();
            let asks = OPERATIONS.iter().find(|(known, _)| *known == id);
            let asks = asks.unwrap_or_else(|| panic!("say in this test whom the operation {id} asks for")).1;
            found.push(Operation { method: method.to_uppercase(), path: path.clone(), id, asks });
        }
    }
    found
}

async fn caller(world: &World, role: Role, point: &str) -> Caller {
    match role {
        Role::Resident => world.resident().await,
        Role::Checker => world.checker(point).await,
        Role::Officer => world.officer().await,
    }
}

#[test]
fn the_table_changes_only_on_purpose() {
    println!("{}", table());
    snapshot::compare("permissions.txt", &table());
}

#[test]
fn every_act_of_the_table_is_an_operation_and_the_other_way_round() {
    let described = operations();
    assert_eq!(described.len(), OPERATIONS.len());
    for deed in Deed::ALL {
        let of = described.iter().filter(|operation| operation.asks == Asks::Deed(*deed)).count();
        assert_eq!(of, 1, "{}", deed.words());
    }
}

#[tokio::test]
async fn every_operation_refuses_exactly_whom_the_table_refuses() {
    let world = World::new(Setting::default()).await;
    let point = world.point("Gate").await;
    let declared = world.declared(&alice()).await;
    let shown = world.show(&declared).await;
    let (code, person) = (shown["pass"]["text"].as_str().unwrap(), shown["person"].as_str().unwrap());
    for operation in operations() {
        let Operation { method, path, id, asks } = &operation;
        let path = path
            .replace("{person}", person)
            .replace("{name}", "none")
            .replace("{version}", "1")
            .replace("{order}", "none")
            .replace("{id}", "none")
            .replace("{household}", "none")
            .replace("{ride}", "none")
            .replace("{point}", &point)
            .replace("{visit}", "none");
        let body = matches!(method.as_str(), "POST" | "PUT").then(|| body(id, code, person).to_string());
        let send = async |token: Option<&str>| {
            let key = world.new_key();
            world.send(method, &path, token, body.as_deref(), Some(&key)).await.status
        };
        let stranger = send(None).await;
        assert_eq!(stranger == 401, *asks != Asks::Nobody, "{method} {path} without a session: {stranger}");
        for role in Role::ALL {
            let status = send(Some(&caller(&world, role, &point).await.token)).await;
            let allowed = match asks {
                Asks::Nobody | Asks::AnySession => true,
                Asks::Deed(deed) => may(role, *deed),
            };
            assert_ne!(status, 401, "{method} {path} as {role}");
            assert_eq!(status == 403, !allowed, "{method} {path} as {role}: {status}");
            assert!(status < 500, "{method} {path} as {role}: {status}");
        }
    }
}

#[tokio::test]
async fn a_checker_scans_only_at_the_own_point() {
    let world = World::new(Setting::default()).await;
    let (own, other) = (world.point("Own").await, world.point("Other").await);
    let checker = world.checker(&own).await;
    let code = world.code(&world.declared(&alice()).await).await;
    let scan = json!({ "code": code, "direction": "in", "point": other });
    assert_eq!(world.post(&checker, "/api/v1/scans", scan).await.code(), "not_allowed");
}
