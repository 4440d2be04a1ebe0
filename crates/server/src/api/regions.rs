//! Known regions, for choosing one.

use super::{PAGE, Page};
use crate::app::App;
use crate::problem::{Answer, Code, Problem};
use crate::request::Asked;
use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::IntoResponse;
use healthcode_core::region::Region;
use healthcode_core::region_table::RegionEntry;
use healthcode_core::rule_set::Text;
use serde::{Deserialize, Serialize};

/// Which regions.
#[derive(Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RegionQuery {
    /// Regions directly below this one; the countries when absent.
    parent: Option<String>,
    /// Regions whose code or name contains this.
    search: Option<String>,
}

/// A region.
#[derive(Serialize, utoipa::ToSchema)]
pub struct RegionAnswer {
    code: String,
    #[schema(value_type = Object)]
    name: Text,
    parent: Option<String>,
    has_children: bool,
}

/// Known regions.
#[utoipa::path(get, path = "/api/v1/regions", tag = "anyone", params(RegionQuery), responses((status = 200, body = Page<RegionAnswer>)))]
pub async fn regions(State(app): State<App>, Asked(query): Asked<RegionQuery>) -> Answer<impl IntoResponse> {
    let shown = |(code, entry): (&Region, &RegionEntry)| RegionAnswer {
        code: code.to_string(),
        name: Text { en: entry.en.to_string(), zh: entry.zh.to_string() },
        parent: entry.parent.as_ref().map(ToString::to_string),
        has_children: app.regions.children(code).next().is_some(),
    };
    let mut items: Vec<RegionAnswer> = if let Some(search) = &query.search {
        let wanted = search.trim().to_lowercase();
        let fits = |(code, entry): &(&Region, &RegionEntry)| {
            code.as_str().contains(&wanted)
                || entry.en.to_lowercase().contains(&wanted)
                || entry.zh.contains(&wanted)
        };
        app.regions.iter().filter(fits).take(PAGE).map(shown).collect()
    } else if let Some(parent) = &query.parent {
        let parent = Region::new(parent).map_err(|_| Problem::new(Code::RegionForm).field("parent"))?;
        app.regions.children(&parent).map(shown).collect()
    } else {
        app.regions.iter().filter(|(_, entry)| entry.parent.is_none()).map(shown).collect()
    };
    items.sort_by(|a, b| (a.code != "CN", &a.code).cmp(&(b.code != "CN", &b.code)));
    Ok(([(header::CACHE_CONTROL, "public, max-age=3600")], Json(Page { items, next: None })))
}
