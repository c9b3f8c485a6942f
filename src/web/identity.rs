//! A host's identity, which survives a reload of its page, so that every link to the room stays
//! valid.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use gloo_events::EventListener;
use live_core::id::{PeerId, random_token};
use live_core::picture::Picture;
use live_core::view::RoomMeta;
use live_core::wire::message::Rules;
use serde::{Deserialize, Serialize};

use crate::platform::clock;
use crate::platform::random::BrowserRng;
use crate::platform::storage::SessionStorage;

const KEY: &str = "host/";
/// Hexadecimal digits of the secret.
const SECRET: usize = 32;

/// A host's identity. It stays in the tab's storage while this lives, and from `pagehide` until the
/// page is loaded again; dropping it gives the room up.
pub struct Identity {
    key: String,
    record: Rc<RefCell<Record>>,
    /// Copied to the record only on `pagehide`.
    cover: Rc<RefCell<Option<Arc<Picture>>>>,
    resumed: bool,
    _on_pagehide: Option<EventListener>,
}

#[derive(Serialize, Deserialize)]
struct Record {
    id: PeerId,
    token: String,
    since: u64,
    /// The last room details.
    meta: Option<RoomMeta>,
    /// The network of the room.
    network: Option<PeerId>,
    /// The uploaded cover, as a `data:` address.
    cover: Option<String>,
    /// The room's rules.
    rules: Option<Rules>,
    /// Set on `pagehide`. A duplicated tab finds a record that is still in use.
    gone: bool,
}

impl Identity {
    /// The identity that the page of that name had in this tab before the reload, or a new one.
    pub fn take(page: &str) -> Self {
        let key = [KEY, page].concat();
        let stored: Option<Record> = SessionStorage::load(&key);
        let stored = stored.filter(|record| record.gone);
        let resumed = stored.is_some();
        let mut record = stored.unwrap_or_else(|| Record {
            id: PeerId::random(&mut BrowserRng),
            token: random_token(&mut BrowserRng, SECRET),
            since: clock::now().as_millis(),
            meta: None,
            network: None,
            cover: None,
            rules: None,
            gone: false,
        });
        record.gone = false;
        SessionStorage::save(&key, &record);
        let cover = record.cover.as_deref().and_then(Picture::from_data_url).map(Arc::new);
        let (record, cover) = (Rc::new(RefCell::new(record)), Rc::new(RefCell::new(cover)));
        let on_pagehide = web_sys::window().map(|window| {
            let (record, cover, key) = (record.clone(), cover.clone(), key.clone());
            EventListener::new(&window, "pagehide", move |_| {
                let mut record = record.borrow_mut();
                record.gone = true;
                record.cover = cover.borrow().as_ref().map(|cover| cover.to_data_url());
                SessionStorage::save(&key, &*record);
            })
        });
        Self { key, record, cover, resumed, _on_pagehide: on_pagehide }
    }

    /// The room's id.
    pub fn id(&self) -> PeerId {
        self.record.borrow().id.clone()
    }

    /// The secret that lets only this tab register the id again.
    pub fn token(&self) -> String {
        self.record.borrow().token.clone()
    }

    /// When a resumed room was opened, in Unix milliseconds; `None` for a new room.
    pub fn since(&self) -> Option<u64> {
        self.resumed.then(|| self.record.borrow().since)
    }

    /// The room's details and network before the reload.
    pub fn kept(&self) -> Option<(RoomMeta, Option<PeerId>)> {
        let record = self.record.borrow();
        record.meta.clone().map(|meta| (meta, record.network.clone()))
    }

    /// The uploaded cover before the reload.
    pub fn cover(&self) -> Option<Arc<Picture>> {
        self.cover.borrow().clone()
    }

    /// Keeps the uploaded cover of the room.
    pub fn keep_cover(&self, cover: Option<Arc<Picture>>) {
        self.cover.replace(cover);
    }

    /// The rules of the room before the reload.
    pub fn rules(&self) -> Option<Rules> {
        self.record.borrow().rules.clone()
    }

    /// Keeps the room's details, its network and its rules.
    pub fn keep(&self, meta: RoomMeta, network: Option<PeerId>, rules: &Rules) {
        let mut record = self.record.borrow_mut();
        // The cover is kept by itself.
        record.meta = Some(RoomMeta { image: None, ..meta });
        record.network = network;
        record.rules = Some(rules.clone());
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        SessionStorage::remove(&self.key);
    }
}
