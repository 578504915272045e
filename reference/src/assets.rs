//! Source assets: taking one in, and telling how far it is. Nothing is fetched or kept: only the clock decides.

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use uuid::Uuid;

use super::app::App;
use super::auth::Caller;
use super::envelope::Failure;
use super::fields;
use super::payload::Payload;
use super::response::Reply;
use super::route::Class;
use super::source::Source;

/// A picture that was taken in, or is on its way.
#[derive(Debug, Clone)]
pub(super) struct Asset {
    /// What its two ids share.
    key: String,
    pub(super) ready_at: Instant,
    /// Whether it turns out that the picture cannot be had.
    pub(super) unavailable: bool,
}

impl Asset {
    /// An asset that is ready, or known to have failed, after `time`.
    pub(super) fn new(source: &Source, now: Instant, time: Duration) -> Self {
        Self {
            key: Uuid::new_v4().simple().to_string(),
            ready_at: now + time,
            unavailable: source.unavailable(),
        }
    }

    /// An asset that is there from the start.
    pub(super) fn ready(key: &str, now: Instant) -> Self {
        Self {
            key: key.to_owned(),
            ready_at: now,
            unavailable: false,
        }
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// The id that generations refer to.
    pub(super) fn id(&self) -> String {
        format!("ast_{}", self.key)
    }

    /// What polling shows: the asset's id only once there is something behind it.
    fn view(&self, now: Instant) -> Value {
        let status = match (now >= self.ready_at, self.unavailable) {
            (false, _) => "pending",
            (true, false) => "ready",
            (true, true) => "failed",
        };
        let mut view = json!({"ingest_id": format!("ing_{}", self.key), "status": status});
        if status == "ready" {
            view["source_asset_id"] = self.id().into();
        }
        view
    }
}

/// `POST /source-assets`
pub(super) fn create(app: &App, caller: Caller, payload: &Payload) -> Result<Reply, Failure> {
    let source = Source::of(payload)?;
    fields::only(&payload.fields, &["source_url"])?;
    let now = Instant::now();
    let asset = Asset::new(&source, now, app.options.job_time);
    let reply = Reply::accepted(&asset.view(now));
    app.state.ledger(caller, |ledger| {
        let key = asset.key.clone();
        ledger.assets.put(&key, asset);
    });
    Ok(reply)
}

/// `GET /source-assets/{ingest_id}`
pub(super) fn read(app: &App, caller: Caller, id: &str) -> Result<Reply, Failure> {
    let own = app
        .state
        .ledger(caller, |ledger| ledger.ingest(id).cloned());
    let asset =
        own.or_else(|_| app.foreign(Class::ReadAsset, |ledger| ledger.ingest(id).ok().cloned()))?;
    Ok(Reply::found(&asset.view(Instant::now())))
}
