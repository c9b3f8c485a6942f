//! Who a host is while its page is reloaded: the room's id stays, and with it every link to it.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use gloo_events::EventListener;
use live_core::id::{PeerId, random_token};
use live_core::picture::Picture;
use live_core::view::RoomMeta;
use live_core::wire;
use live_core::wire::message::Rules;

use crate::platform::clock;
use crate::platform::random::BrowserRng;
use crate::platform::storage::SessionStorage;

const KEY: &str = "host/";
/// Hexadecimal digits of the secret.
const SECRET: usize = 32;

/// A host's identity. It is kept in the tab for as long as this lives, and once the page has gone
/// until it comes back; dropping it gives the room up.
pub struct Identity {
    key: String,
    record: Rc<RefCell<Record>>,
    /// Written into the record only when the page goes.
    cover: Rc<RefCell<Option<Arc<Picture>>>>,
    resumed: bool,
    _leaving: Option<EventListener>,
}

#[derive(Clone)]
struct Record {
    id: PeerId,
    token: String,
    since: u64,
    /// What the host said about the room last.
    meta: Option<RoomMeta>,
    /// The network that it stood in.
    network: Option<PeerId>,
    /// The cover that was uploaded, as a `data:` address.
    cover: Option<String>,
    /// Its rules, as a text.
    rules: String,
    /// The page has gone. A tab that was duplicated finds a record that is in use.
    gone: bool,
}

wire!(struct Record {
    id,
    token,
    since,
    meta,
    network,
    cover,
    rules = String::new(),
    gone,
});

impl Identity {
    /// The identity that the page of that name had in this tab before it was reloaded, or a new
    /// one.
    pub fn take(page: &str) -> Self {
        let key = [KEY, page].concat();
        let kept: Option<Record> = SessionStorage::load(&key);
        let kept = kept.filter(|record| record.gone);
        let resumed = kept.is_some();
        let mut record = kept.unwrap_or_else(|| Record {
            id: PeerId::random(&mut BrowserRng),
            token: random_token(&mut BrowserRng, SECRET),
            since: clock::now().as_millis(),
            meta: None,
            network: None,
            cover: None,
            rules: String::new(),
            gone: false,
        });
        record.gone = false;
        SessionStorage::save(&key, &record);
        let cover = record.cover.as_deref().and_then(Picture::from_data_url).map(Arc::new);
        let (record, cover) = (Rc::new(RefCell::new(record)), Rc::new(RefCell::new(cover)));
        let leaving = web_sys::window().map(|window| {
            let (record, cover, key) = (record.clone(), cover.clone(), key.clone());
            EventListener::new(&window, "pagehide", move |_| {
                let mut record = record.borrow_mut();
                record.gone = true;
                record.cover = cover.borrow().as_ref().map(|cover| cover.to_data_url());
                SessionStorage::save(&key, &*record);
            })
        });
        Self { key, record, cover, resumed, _leaving: leaving }
    }

    /// The room's id.
    pub fn id(&self) -> PeerId {
        self.record.borrow().id.clone()
    }

    /// The secret that lets this tab, and nobody else, register the id again.
    pub fn token(&self) -> String {
        self.record.borrow().token.clone()
    }

    /// When the room that is taken up again was opened, in Unix milliseconds; `None` if it is new.
    pub fn since(&self) -> Option<u64> {
        self.resumed.then(|| self.record.borrow().since)
    }

    /// What the host said about the room before the page was reloaded, and the network that it
    /// stood in then.
    pub fn kept(&self) -> Option<(RoomMeta, Option<PeerId>)> {
        let record = self.record.borrow();
        record.meta.clone().map(|meta| (meta, record.network.clone()))
    }

    /// The cover that was uploaded before the page was reloaded.
    pub fn cover(&self) -> Option<Arc<Picture>> {
        self.cover.borrow().clone()
    }

    /// The room has this cover, or none that was uploaded.
    pub fn keep_cover(&self, cover: Option<Arc<Picture>>) {
        self.cover.replace(cover);
    }

    /// The rules of the room before the page was reloaded.
    pub fn rules(&self) -> Option<Rules> {
        Rules::from_text(&self.record.borrow().rules)
    }

    /// The host says this about the room, which stands in `network`, and these are its rules.
    pub fn keep(&self, meta: RoomMeta, network: Option<PeerId>, rules: &Rules) {
        let mut record = self.record.borrow_mut();
        record.meta = Some(meta);
        record.network = network;
        record.rules = rules.to_text();
    }
}

impl Drop for Identity {
    fn drop(&mut self) {
        SessionStorage::remove(&self.key);
    }
}
