//! Who a page is in a room: a key, which survives a reload. A host can keep the key of its room for
//! another day, or take it elsewhere in a file.

mod kept_room;
mod key_file;
mod record;
mod seed;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use gloo_events::EventListener;
use js_sys::{Array, Uint8Array};
use live_core::id::PeerId;
use live_core::identity::Identity as PeerIdentity;
use live_core::picture::Picture;
use live_core::view::RoomMeta;
use live_core::wire::message::Rules;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Blob, BlobPropertyBag};

use self::key_file::FILE_LIMIT;
use self::record::{About, Record};
use crate::platform::clock;
use crate::platform::js::{WebLock, WebLockError};
use crate::platform::storage::SessionStorage;

pub use self::kept_room::KeptRoom;
pub use self::key_file::{FILE_NAME, KeyFileError, RoomKey};

/// How long to wait for another page to release a room: one that is being closed takes a moment.
const PATIENCE_MILLIS: u32 = 2_000;

/// Who a page is in one room. It stays in the tab's storage while this lives, and from `pagehide`
/// until the page is loaded again; dropping the last clone gives it up.
#[derive(Clone)]
pub struct Identity(Rc<Inner>);

struct Inner {
    /// Where it is in the tab's storage.
    key: String,
    own: Rc<RefCell<Own>>,
    _on_pagehide: Option<EventListener>,
}

struct Own {
    record: Record,
    /// The uploaded cover of the room.
    cover: Option<Arc<Picture>>,
    /// Whether the people in the room still wait for it.
    resumed: bool,
    /// Held while this page hosts the room.
    _lock: Option<WebLock>,
}

/// The room is open on another page of this browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the room is open on another page of this browser")]
pub struct OpenElsewhere;

impl Identity {
    /// Who the viewer of that page was in this tab before a reload, or somebody new.
    pub fn take(page: &str) -> Self {
        let key = key(page);
        match resumed(&key) {
            Some(record) => Self::start(key, record, true, None),
            None => Self::start(key, Record::new(), false, None),
        }
    }

    /// Who the host of that page was in this tab before a reload, or the host of the room that this
    /// browser keeps if no other page has it open, or somebody new. An address that `describes` the
    /// room counts for more than how the kept room was described.
    pub async fn host(page: &str, describes: bool) -> Self {
        let key = key(page);
        if let Some(record) = resumed(&key) {
            let lock = lock(&record).await.ok();
            return Self::start(key, record, true, lock);
        }
        let kept = match kept_room::load() {
            Some(record) => claim(record).await.ok(),
            None => None,
        };
        let Some((mut record, lock)) = kept else {
            let record = Record::new();
            let lock = lock(&record).await.ok();
            return Self::start(key, record, false, lock);
        };
        let resumed = record.reopen();
        if describes {
            record.about = None;
        }
        Self::start(key, record, resumed, lock)
    }

    fn start(key: String, record: Record, resumed: bool, lock: Option<WebLock>) -> Self {
        SessionStorage::save(&key, &record);
        let own = Rc::new(RefCell::new(Own::new(record, resumed, lock)));
        let on_pagehide = web_sys::window().map(|window| {
            let (own, key) = (own.clone(), key.clone());
            EventListener::new(&window, "pagehide", move |_| {
                let mut own = own.borrow_mut();
                own.record.left = Some(clock::now().as_millis());
                own.save_cover();
                SessionStorage::save(&key, &own.record);
                own.save_kept();
            })
        });
        Self(Rc::new(Inner { key, own, _on_pagehide: on_pagehide }))
    }

    /// The key as the node takes it, and the token that lets only this peer register its id again.
    pub fn credentials(&self) -> (PeerIdentity, String) {
        let own = self.0.own.borrow();
        (PeerIdentity::Key(own.record.seed.keypair()), own.record.token.clone())
    }

    /// When a room was opened in which people still wait, in Unix milliseconds; `None` for one that
    /// is opened now.
    pub fn since(&self) -> Option<u64> {
        let own = self.0.own.borrow();
        own.resumed.then_some(own.record.since)
    }

    /// The room's details and network, if it was open before.
    pub fn details(&self) -> Option<(RoomMeta, Option<PeerId>)> {
        let own = self.0.own.borrow();
        own.record.about.as_ref().map(|about| (about.meta.clone(), about.network.clone()))
    }

    /// The uploaded cover of a room that was open before.
    pub fn cover(&self) -> Option<Arc<Picture>> {
        self.0.own.borrow().cover.clone()
    }

    /// The room's rules; the default ones for a new room.
    pub fn rules(&self) -> Rules {
        self.0.own.borrow().record.rules.clone()
    }

    /// Remembers how the room is now, and when it was opened, in Unix milliseconds: to its people, one
    /// that was opened at another time is another room.
    pub fn remember(
        &self,
        since: u64,
        meta: RoomMeta,
        network: Option<PeerId>,
        rules: &Rules,
        cover: Option<Arc<Picture>>,
    ) {
        let mut own = self.0.own.borrow_mut();
        own.record.since = since;
        // The cover is kept by itself, and packed only when it is another one.
        let meta = RoomMeta { image: None, ..meta };
        let old = own.record.about.take();
        let same_cover = cover == own.cover;
        own.cover = cover;
        let packed = old.as_ref().and_then(|old| old.cover.clone()).filter(|_| same_cover);
        let about = Some(About { meta, network, cover: packed });
        let changed = about != old || !same_cover || own.record.rules != *rules;
        own.record.about = about;
        if changed {
            own.record.rules = rules.clone();
            own.save_kept();
        }
    }

    /// Whether this browser keeps the room.
    pub fn is_kept(&self) -> bool {
        kept_room::is(&self.0.own.borrow().record.seed)
    }

    /// Keeps the room, in place of one that was kept before. Returns whether the browser does.
    pub fn keep(&self) -> bool {
        let mut own = self.0.own.borrow_mut();
        own.save_cover();
        kept_room::save(&own.record)
    }

    /// No longer keeps the room; it stays open.
    pub fn unkeep(&self) {
        if self.is_kept() {
            kept_room::remove();
        }
    }

    /// Becomes the host of a new room, which is described as the one before.
    pub async fn renew(&self) {
        let record = Record::new();
        let lock = lock(&record).await.ok();
        self.become_host(record, false, lock);
    }

    /// Becomes the host of the room of this key, which is described as the one before.
    pub async fn adopt(&self, key: RoomKey) -> Result<(), OpenElsewhere> {
        match kept_room::load().filter(|kept| kept.seed == key.0) {
            Some(kept) => self.adopt_record(kept).await,
            None => self.adopt_record(Record::of(key.0)).await,
        }
    }

    /// Becomes the host of the room that this browser keeps, if it still does.
    pub async fn adopt_kept(&self) -> Result<(), OpenElsewhere> {
        match kept_room::load() {
            Some(kept) => self.adopt_record(kept).await,
            None => Ok(()),
        }
    }

    async fn adopt_record(&self, record: Record) -> Result<(), OpenElsewhere> {
        let (mut record, lock) = claim(record).await?;
        let resumed = record.reopen();
        self.become_host(record, resumed, lock);
        Ok(())
    }

    fn become_host(&self, mut record: Record, resumed: bool, lock: Option<WebLock>) {
        let mut own = self.0.own.borrow_mut();
        own.save_cover();
        if record.about.is_none() {
            record.about = own.record.about.take();
        }
        SessionStorage::save(&self.0.key, &record);
        *own = Own::new(record, resumed, lock);
    }

    /// The room's key.
    pub fn room_key(&self) -> RoomKey {
        RoomKey(self.0.own.borrow().record.seed.clone())
    }
}

impl Own {
    fn new(record: Record, resumed: bool, lock: Option<WebLock>) -> Self {
        let cover = record.about.as_ref().and_then(|about| about.cover.as_deref());
        let cover = cover.and_then(Picture::from_data_url).map(Arc::new);
        Self { record, cover, resumed, _lock: lock }
    }

    /// Packs the cover as text, unless it is already.
    fn save_cover(&mut self) {
        if let Some(about) = &mut self.record.about
            && about.cover.is_none()
        {
            about.cover = self.cover.as_ref().map(|cover| cover.to_data_url());
        }
    }

    /// Brings the browser's record up to date if this room is still the one that it keeps: another
    /// page may have forgotten it, or keep another one.
    fn save_kept(&mut self) {
        if kept_room::is(&self.record.seed) {
            self.save_cover();
            kept_room::save(&self.record);
        }
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        SessionStorage::remove(&self.key);
    }
}

impl RoomKey {
    /// The file of this key.
    pub fn file(&self) -> Option<Blob> {
        let options = BlobPropertyBag::new();
        options.set_type("application/json");
        let parts = Array::of1(&self.to_file().into());
        Blob::new_with_str_sequence_and_options(&parts, &options).ok()
    }

    /// Reads a file that a user has chosen.
    pub async fn read(file: &Blob) -> Result<Self, KeyFileError> {
        if file.size() > FILE_LIMIT as f64 {
            return Err(KeyFileError::Foreign);
        }
        let content = JsFuture::from(file.array_buffer()).await;
        let content = content.map_err(|_| KeyFileError::Foreign)?;
        Self::from_file(&Uint8Array::new(&content).to_vec())
    }
}

fn key(page: &str) -> String {
    ["identity/", page].concat()
}

/// What this tab has kept there for a page that was left.
fn resumed(key: &str) -> Option<Record> {
    let record: Option<Record> = SessionStorage::load(key);
    let mut record = record.filter(|record| record.left.is_some())?;
    record.left = None;
    Some(record)
}

/// Takes a room for this page alone.
async fn claim(mut record: Record) -> Result<(Record, Option<WebLock>), OpenElsewhere> {
    match lock(&record).await {
        Ok(lock) => Ok((record, Some(lock))),
        Err(WebLockError::Taken) => Err(OpenElsewhere),
        Err(WebLockError::Unsupported) => {
            // With a token of its own this page is refused by the server if another one has the id;
            // with the same token both would take it from each other again and again.
            record.token = Record::new().token;
            Ok((record, None))
        }
    }
}

async fn lock(record: &Record) -> Result<WebLock, WebLockError> {
    let id = record.seed.keypair().id().to_string();
    WebLock::request(&["p2p-live/", &id].concat(), PATIENCE_MILLIS).await
}
