//! The whole API on one screen, grouped by caller.

use crate::api::*;
use crate::app::App;
use crate::problem::{Code, Problem};
use crate::{description, telemetry, web};
use axum::extract::DefaultBodyLimit;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use utoipa::OpenApi;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

#[derive(OpenApi)]
#[openapi(info(
    title = "healthcode",
    description = "Epidemic prevention code platform",
    license(name = "AGPL-3.0-or-later")
))]
struct Description;

/// Bytes of a request body, at most.
const MOST_BODY_BYTES: usize = 64 * 1024;
/// Bytes of a gate's delivery, at most: 200 scans of a kilobyte.
const MOST_DELIVERY_BYTES: usize = 256 * 1024;
/// Bytes of an edition with its cases, at most.
const MOST_DRAFT_BYTES: usize = 4 * 1024 * 1024;

fn api() -> OpenApiRouter<App> {
    let anyone = OpenApiRouter::new()
        .routes(routes!(clock::clock))
        .routes(routes!(regions::regions))
        .routes(routes!(sign_in::open_device_session))
        .routes(routes!(sign_in::sign_in))
        .routes(routes!(sign_in::session, sign_in::sign_out));
    let resident = OpenApiRouter::new()
        .routes(routes!(declare::declare))
        .routes(routes!(show_code::show_code))
        .routes(routes!(dependants::dependants))
        .routes(routes!(enrol::enrol))
        .routes(routes!(fetch_passes::fetch_passes))
        .routes(routes!(print_pass::print_pass))
        .routes(routes!(why::why))
        .routes(routes!(place_visit::visit_place))
        .routes(routes!(together::together))
        .routes(routes!(advice::advice))
        .routes(routes!(household::my_households, household::propose::propose))
        .routes(routes!(household::agree::agree))
        .routes(routes!(household::end::end))
        .routes(routes!(watch::watch))
        .routes(routes!(report::report))
        .routes(routes!(report::report_for))
        .routes(routes!(my_quarantine::my_quarantine))
        .routes(routes!(quarantines::letter::print_own_letter))
        .routes(routes!(looks::looks))
        .routes(routes!(notices::see_notices, notices::set_notices));
    let checker = OpenApiRouter::new()
        .routes(routes!(scan::scan))
        .routes(routes!(activate::activate))
        .routes(routes!(door_check::door_check))
        .routes(routes!(count_scans::count_scans))
        .routes(routes!(place_codes::see_screen))
        .routes(routes!(see_gate::see_gate))
        .routes(routes!(watch_gate::watch_gate))
        .routes(routes!(deliver_scans::deliver_scans).layer(DefaultBodyLimit::max(MOST_DELIVERY_BYTES)));
    let officer = OpenApiRouter::new()
        .routes(routes!(audits::list_audits, audits::audit))
        .routes(routes!(identity_queue::identity_queue))
        .routes(routes!(shown_twice::shown_twice))
        .routes(routes!(doubted::list_doubted))
        .routes(routes!(doubted::rule_on_visit))
        .routes(routes!(search::search))
        .routes(routes!(see_person::see_person))
        .routes(routes!(history::history))
        .routes(routes!(cases::report_case, cases::list_cases))
        .routes(routes!(cases::see::see_case))
        .routes(routes!(cases::contacts::contacts))
        .routes(routes!(cases::preview::preview_case))
        .routes(routes!(cases::tracing::see_tracing))
        .routes(routes!(cases::approve_run::settle_run))
        .routes(routes!(cases::choose::choose))
        .routes(routes!(cases::waiting::list_waiting))
        .routes(routes!(definitions::list::list_definitions, definitions::bring_in::bring_in_definition))
        .routes(routes!(definitions::preview::preview_definition))
        .routes(routes!(definitions::approve::approve_definition))
        .routes(routes!(cases::file::set_window))
        .routes(routes!(cases::file::transfer_case))
        .routes(routes!(cases::file::assign_case))
        .routes(routes!(cases::interview::add_said))
        .routes(routes!(cases::clusters::put_in_cluster))
        .routes(routes!(cases::clusters::list_clusters, cases::clusters::open_cluster))
        .routes(routes!(cases::merge::merge_cases))
        .routes(routes!(cases::merge::part_cases))
        .routes(routes!(cases::curve::curve))
        .routes(routes!(cases::chain::chain))
        .routes(routes!(cases::export::export_cases))
        .routes(routes!(officers::list_officers))
        .routes(routes!(officers::assign_quarantine))
        .routes(routes!(watch_looks::list_inquiries))
        .routes(routes!(watch_looks::list_look_alarms))
        .routes(routes!(break_glass::break_the_glass))
        .routes(routes!(break_glass::list_break_glass))
        .routes(routes!(break_glass::unseen::count_break_glass))
        .routes(routes!(break_glass::unseen::see_break_glass))
        .routes(routes!(evidence::add_evidence))
        .routes(routes!(evidence::correct_evidence))
        .routes(routes!(evidence::withdraw_evidence))
        .routes(routes!(quarantines::work_list::work_list))
        .routes(routes!(quarantines::order::order_quarantine, quarantines::of_person::quarantines_of))
        .routes(routes!(quarantines::order_many::order_many))
        .routes(routes!(quarantines::order_many::preview_orders))
        .routes(routes!(quarantines::letter::print_letter))
        .routes(routes!(quarantines::change::change_quarantine))
        .routes(routes!(quarantines::transfer::transfer_quarantine))
        .routes(routes!(quarantines::withdraw::withdraw_quarantine))
        .routes(routes!(quarantines::follow_up::follow_up))
        .routes(routes!(guardians::set_guardian))
        .routes(routes!(household::of_person::households_of, household::record::record_household))
        .routes(routes!(household::close::end_recorded))
        .routes(routes!(points::list_points, points::add_point))
        .routes(routes!(place_codes::see_poster, place_codes::issue_poster))
        .routes(routes!(rides::list_rides, rides::add_ride))
        .routes(routes!(rides::passengers::see_passengers, rides::passengers::enter_passenger))
        .routes(routes!(rules::list::list_rules))
        .routes(routes!(rules::draft::draft_rules).layer(DefaultBodyLimit::max(MOST_DRAFT_BYTES)))
        .routes(routes!(rules::compare::compare_rules))
        .routes(routes!(rules::approve::approve_rules))
        .routes(routes!(rules::withdraw::withdraw_rules))
        .routes(routes!(invite::invite));
    let demo = OpenApiRouter::new().routes(routes!(demo::demo)).routes(routes!(demo::forward));
    OpenApiRouter::with_openapi(Description::openapi())
        .merge(anyone)
        .merge(resident)
        .merge(checker)
        .merge(officer)
        .merge(demo)
}

/// The description of the API.
pub fn description() -> utoipa::openapi::OpenApi {
    description::complete(api().split_for_parts().1)
}

/// Everything the server answers.
pub fn router(app: App) -> Router {
    let (api, description) = api().split_for_parts();
    let description = Json(description::complete(description));
    let described = move || async move { description.clone() };
    api.layer(middleware::map_response(keep_from_caches))
        .route("/api/openapi.json", get(described))
        .route("/status/{region}/latest", get(status_files::latest))
        .route("/status/{region}/{kind}/{number}", get(status_files::file))
        .route("/healthz", get(|| async { "ok\n" }))
        .route("/readyz", get(ready))
        .method_not_allowed_fallback(|| async { Problem::new(Code::Method).into_response() })
        .fallback(web::page)
        .layer(DefaultBodyLimit::max(MOST_BODY_BYTES))
        .layer(middleware::from_fn_with_state(app.clone(), telemetry::count))
        .with_state(app)
}

/// Nothing of the API is kept on the way, unless the act itself says that it may be.
async fn keep_from_caches(mut response: Response) -> Response {
    let headers = response.headers_mut();
    if !headers.get(header::CACHE_CONTROL).is_some_and(|value| value.as_bytes().starts_with(b"public")) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

/// Whether the store answers; says nothing else.
async fn ready(axum::extract::State(app): axum::extract::State<App>) -> impl IntoResponse {
    match app.store.reader().await {
        Ok(_) => (axum::http::StatusCode::OK, "ready\n"),
        Err(_) => (axum::http::StatusCode::SERVICE_UNAVAILABLE, "not ready\n"),
    }
}
