//! Clusters: cases that belong together, such as a family, a workplace, a party. A cluster changes nobody's colour.

use crate::app::App;
use crate::caller::Caller;
use crate::looking::{look, read_person};
use crate::once::{Change, Done, OnceKey, once};
use crate::permission::Deed;
use crate::problem::{Answer, Code, Problem};
use crate::reach::reachable;
use crate::recording::show;
use crate::request::Body;
use crate::retention::{self, forget_on};
use axum::Json;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::IntoResponse;
use healthcode_core::ids::PersonId;
use healthcode_core::time::Instant;
use healthcode_store::clusters::{self, Cluster};
use healthcode_store::{Tx, looks, sessions};
use serde::{Deserialize, Serialize};

/// A new cluster.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterRequest {
    /// 1 to 200 bytes; kept sealed.
    name: String,
}

/// A cluster that was opened.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
pub struct ClusterOpened {
    id: String,
}

/// Whether a case belongs to a cluster.
#[derive(Deserialize, Serialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClusterCaseRequest {
    /// The cluster.
    cluster: String,
    /// `false` takes the case out; `true` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    belongs: Option<bool>,
}

/// A cluster.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ClusterAnswer {
    id: String,
    name: String,
    cases: i64,
    opened_at: String,
    by: String,
}

/// Clusters, newest first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ClustersAnswer {
    items: Vec<ClusterAnswer>,
}

struct OpenCluster {
    app: App,
    cluster: Cluster,
}

impl Change for OpenCluster {
    type Answer = ClusterOpened;
    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<ClusterOpened>> {
        let forget = forget_on(self.cluster.opened_at, retention::PERSON);
        tx.later(clusters::open(self.app.store.seal(), &self.cluster, forget)?).await?;
        Ok(Done { answer: ClusterOpened { id: self.cluster.id.clone() }, changed: Vec::new() })
    }
}

/// Opens a cluster.
#[utoipa::path(post, path = "/api/v1/clusters", tag = "officer", request_body = ClusterRequest, responses((status = 201, body = ClusterOpened)))]
pub async fn open_cluster(
    State(app): State<App>,
    caller: Caller,
    key: OnceKey,
    Body(request): Body<ClusterRequest>,
) -> Answer<(StatusCode, Json<ClusterOpened>)> {
    caller.may(Deed::OpenCluster)?;
    let name = request.name.trim();
    if name.is_empty() || name.len() > 200 || name.chars().any(char::is_control) {
        return Err(Problem::new(Code::Body).field("name").detail("name: 1 to 200 bytes"));
    }
    let cluster = Cluster {
        id: app.clock.random_name(),
        name: name.to_owned(),
        opened_by: caller.account.clone(),
        opened_at: app.clock.now(),
    };
    let change = OpenCluster { app: app.clone(), cluster };
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "open_cluster", &request, change).await?)))
}

/// Lists clusters.
#[utoipa::path(get, path = "/api/v1/clusters", tag = "officer", responses((status = 200, body = ClustersAnswer)))]
pub async fn list_clusters(State(app): State<App>, caller: Caller) -> Answer<impl IntoResponse> {
    caller.may(Deed::ListClusters)?;
    let mut conn = app.store.reader().await?;
    let mut items = Vec::new();
    for (cluster, cases) in clusters::list(&mut conn, app.store.seal()).await? {
        items.push(ClusterAnswer {
            by: sessions::label_of(&mut conn, &cluster.opened_by).await?.unwrap_or_default(),
            opened_at: show(&app, cluster.opened_at).to_string(),
            id: cluster.id,
            // Its name may name a family; whose area is a part of the installation sees the number only.
            name: if caller.area.is_empty() { cluster.name } else { String::new() },
            cases,
        });
    }
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(ClustersAnswer { items })))
}

struct PutCase {
    app: App,
    caller: Caller,
    person: PersonId,
    cluster: String,
    belongs: bool,
    at: Instant,
}

impl Change for PutCase {
    type Answer = ClusterOpened;

    async fn run<'a>(&'a self, tx: &'a mut Tx<'_>) -> Answer<Done<ClusterOpened>> {
        if !clusters::exists(tx.conn().await?, &self.cluster).await? {
            return Err(Problem::new(Code::NotFound).field("cluster"));
        }
        let (account, at) = (&self.caller.account, self.at);
        tx.later(match self.belongs {
            true => clusters::put(&self.cluster, &self.person, account, at, forget_on(at, retention::PERSON)),
            false => clusters::take(&self.cluster, &self.person),
        })
        .await?;
        let looked = look(&self.app, &self.caller, &self.person, "case");
        tx.later(looks::record(&looked, forget_on(at, retention::LOOK))).await?;
        Ok(Done { answer: ClusterOpened { id: self.cluster.clone() }, changed: Vec::new() })
    }
}

/// Puts a case into a cluster, or takes it out.
#[utoipa::path(post, path = "/api/v1/cases/{person}/clusters", tag = "officer", params(("person" = String, Path)), request_body = ClusterCaseRequest, responses((status = 201, body = ClusterOpened)))]
pub async fn put_in_cluster(
    State(app): State<App>,
    caller: Caller,
    Path(person): Path<String>,
    key: OnceKey,
    Body(request): Body<ClusterCaseRequest>,
) -> Answer<(StatusCode, Json<ClusterOpened>)> {
    caller.may(Deed::PutInCluster)?;
    let person = read_person(&person)?;
    reachable(&app, &caller, &person).await?;
    let change = PutCase {
        app: app.clone(),
        caller: caller.clone(),
        person: person.clone(),
        cluster: request.cluster.clone(),
        belongs: request.belongs.unwrap_or(true),
        at: app.clock.now(),
    };
    let request = (&person, &request);
    Ok((StatusCode::CREATED, Json(once(&app, &caller, key, "put_in_cluster", &request, change).await?)))
}
