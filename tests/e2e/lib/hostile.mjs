// A peer with a modified client: the real PeerJS, which speaks our messages and lies.
import { options, withPeerJs } from './old.mjs';

/** Makes a page a hostile client; `window.hostile` holds what it can do. */
export async function hostile(page, url) {
  await withPeerJs(page, url);
  await page.evaluate((options) => {
    /* global Peer */
    const openPeer = () => new Promise((resolve, reject) => {
      const peer = new Peer(options);
      peer.on('open', () => resolve(peer));
      peer.on('error', reject);
    });

    const dial = (peer, target, intent) => peer.connect(target, {
      serialization: 'binary', reliable: true, metadata: { p2pLive: { v: 1, intent, slots: 4 } },
    });

    window.hostile = {
      members: [],

      /** Joins under a new id, with the claim to have four children's worth of uplink. */
      async join(target) {
        const peer = await openPeer();
        const conn = dial(peer, target, 'join');
        await new Promise((resolve) => conn.on('open', resolve));
        const summary = { size: 1, height: 0, slots: 4, free: 4, free_slots: [], displaceable: [] };
        conn.send({ join: { name: 'Mallory', summary, high_water: [] } });
        const member = { conn, heard: [] };
        conn.on('data', (data) => member.heard.push(data));
        this.members.push(member);
        return peer.id;
      },

      /** Every member says that it gets no pictures. */
      complain() {
        for (const { conn } of this.members) conn.send('media_timeout');
      },

      /** Every member says something under the name and number of an author, without a proof. */
      async speakAs(author, number, text) {
        const said = { author, number, name: 'somebody else', text, at: Date.now() };
        const payload = await window.peerjs.util.pack(said);
        for (const { conn } of this.members) conn.send({ chat: { payload } });
      },

      /** Every member asks for a move in the game in the name of another, without a proof. */
      async moveAs(author, cell) {
        const adopted = ({ heard }) => heard.find((message) => message.adopted)?.adopted;
        const room = this.members.map(adopted).find(Boolean).room;
        const { since } = await window.peerjs.util.unpack(room.payload);
        const act = { game: { move: { five: { stone: cell } } } };
        const asked = { since, number: Date.now(), author, name: 'somebody else', act };
        const payload = await window.peerjs.util.pack(asked);
        for (const { conn } of this.members) conn.send({ request: { payload } });
      },

      /** Offers connections of `count` new peers that never come up, again and again. */
      async offerEmptily(target, count) {
        const peers = await Promise.all(Array.from({ length: count }, openPeer));
        const offer = () => peers.forEach((peer) => {
          const conn = dial(peer, target, 'join');
          // The answer is not set, so the other side waits.
          conn.peerConnection.setRemoteDescription = async () => {};
        });
        offer();
        setInterval(offer, 1_000);
      },
    };
  }, options(url));
  return page;
}
