// An old page, as far as it concerns others: what the original host, audience and index pages do
// with their links, rewritten from the protocol that was observed. It runs in a browser with the
// real PeerJS, and makes the original's mistakes where others can see them.
/* global Peer */

class OldPage {
  constructor(peer, name) {
    this.peer = peer;
    this.name = name;
    this.log = [];
    this.chats = [];
    this.calls = [];
    this.placed = [];
    this.conns = [];
    this.audiences = [];
    this.parent = null;
    this.awaited = null;
    this.asked = [];
    this.column = null;
    this.mesh = [];
    this.met = [];
    this.tiles = {};
    this.video = document.body.appendChild(document.createElement('video'));
    this.video.muted = true;
    this.video.autoplay = true;
    peer.on('connection', (conn) => {
      this.conns.push(conn);
      conn.on('open', () => {
        if (this.column && this.map[2].includes(conn.peer)) this.meet(conn);
        else this.greet(conn);
      });
      conn.on('data', (data) => {
        if (!this.mesh.includes(conn)) this.hear(conn, data);
      });
      conn.on('close', () => {
        if (!this.mesh.includes(conn)) this.lost(conn);
      });
    });
    peer.on('call', (call) => this.called(call));
  }

  say(conn, message) {
    conn.send(message);
  }

  // To the parent and all children, except the one that it came from.
  liveSend(message, except) {
    let count = 0;
    for (const conn of [this.parent, ...this.audiences]) {
      if (!conn || conn.peer === except) continue;
      this.say(conn, message);
      count += 1;
    }
    return count;
  }

  chat(text, image = null, avatar = '') {
    this.liveSend([0, this.peer.id, this.name, text, image, avatar]);
  }

  record(nodes, message) {
    const at = nodes.indexOf(message[4]);
    if (at === -1) nodes.push(message[4], message[5], message);
    else nodes.splice(at, 3, message[4], message[5], message);
    nodes[2] = this.audiences.length;
  }

  forget(nodes, conn) {
    this.audiences = this.audiences.filter((known) => known !== conn);
    const at = nodes.indexOf(conn.peer);
    if (at !== -1) nodes.splice(at, 3);
    nodes[2] = this.audiences.length;
  }

  adopt(conn, stream) {
    if (this.audiences.some((known) => known.peer === conn.peer)) return;
    this.audiences.push(conn);
    if (stream) this.call(conn.peer, stream);
  }

  call(id, stream) {
    this.placed.push(this.peer.call(id, stream));
  }

  hear(conn, data) {
    this.log.push([conn.peer, data]);
    this.heard(conn, data);
  }

  // The conference: whoever takes part has a seat, given by the host, and a link to everybody else
  // who does.
  confer() {
    this.up([5, 0, [null, this.peer.id, this.name]]);
  }

  stand() {
    this.up([5, 2, 0, this.column, this.peer.id]);
    this.column = null;
  }

  publish(stream) {
    this.shows = stream;
    for (const conn of this.mesh) this.show(conn);
    this.up(this.info());
  }

  info() {
    return [5, 3, this.column, this.shows?.id ?? null, null, this.name];
  }

  show(conn) {
    this.say(conn, this.info());
    if (this.shows) this.call(conn.peer, this.shows);
  }

  meet(conn, dialled = false) {
    this.mesh.push(conn);
    conn.on('data', (data) => {
      this.met.push(data);
      if (data[3]) this.map[11][3][data[2]] = data[3];
      if (dialled) this.show(conn);
    });
    if (!dialled) this.show(conn);
  }

  seated([column, id]) {
    if (id !== this.peer.id) return;
    this.column = column;
    for (const other of this.map[11][1]) {
      if (other && other !== id) this.meet(this.peer.connect(other), true);
    }
  }

  // Whether a stream is somebody's in the conference; then it has a place of its own.
  isTile(stream) {
    const column = this.map?.[11] ? this.map[11][3].indexOf(stream.id) : -1;
    if (column > 0) this.tiles[column] = stream;
    return column > 0;
  }

  // Calls that are connected at this moment.
  open(calls) {
    return calls.filter((call) => call.peerConnection?.connectionState === 'connected').length;
  }
}

class OldHost extends OldPage {
  constructor(peer, name, { title, summary, network = '' }) {
    super(peer, name);
    this.nodes = [1, 1, 0, [], peer.id, name, []];
    this.map = [1, 1, [peer.id], 0, title, summary, '', peer.id, name, this.nodes, network, false];
    if (network) {
      this.root = peer.connect(network);
      this.root.on('open', () => this.root.send(this.map));
      this.root.on('data', (data) => this.log.push([network, data]));
    }
  }

  greet(conn) {
    this.say(conn, this.map);
  }

  heard(conn, data) {
    if (data[0] === 0) {
      this.chats.push([data[2], data[3], data[4], data[5]]);
      this.liveSend(data.with(1, this.peer.id), data[1]);
    } else if (data[0] === 1 && data[1] === 0) {
      this.adopt(conn, this.stream);
      this.record(this.nodes, data);
      this.announce();
    } else if (data[0] === 2) {
      this.borrower = data[1];
    } else if (data[0] === 4) {
      this.asked.push(data[1]);
      if (this.stream) this.call(data[1], this.stream);
      else this.say(conn, [4, 0]);
    } else if (data[0] === 5) {
      this.up(data);
    }
  }

  enable() {
    this.map[11] = [[0], [0], [0], [0]];
    this.announce();
  }

  up(data) {
    const rows = this.map[11];
    if (data[1] === 0) {
      const [, id, name] = data[2];
      let column = 1;
      while (rows[1][column]) column += 1;
      this.liveSend([5, 1, [column, id, name]]);
      this.seated([column, id]);
      [column, id, name, null].forEach((cell, row) => { rows[row][column] = cell; });
    } else if (data[1] === 2) {
      for (const row of rows) row[data[3]] = null;
      this.liveSend([5, 2, 1, data[3], data[4]]);
    } else if (data[1] === 3) {
      rows[3][data[2]] = data[3];
    }
    this.announce();
  }

  lost(conn) {
    this.forget(this.nodes, conn);
    this.announce();
  }

  // Asks somebody for a stream, and takes what comes for its own.
  borrow(id) {
    const link = this.peer.connect(id);
    link.on('open', () => this.say(link, [2, this.peer.id, this.name]));
  }

  called(call) {
    this.calls.push(call);
    call.answer(null);
    call.on('stream', (stream) => {
      if (this.isTile(stream)) return;
      this.stream = stream;
      this.video.srcObject = stream;
      this.video.play().catch(() => {});
    });
  }

  announce() {
    const ids = (nodes) => {
      const found = [];
      for (let at = 7; at < nodes.length; at += 3) found.push(nodes[at], ...ids(nodes[at + 2]));
      return found;
    };
    this.map[2] = [...ids(this.nodes), this.peer.id];
    if (this.root?.open) this.root.send(this.map);
    this.liveSend(this.map);
  }

  modify(title) {
    this.map[4] = title;
    this.announce();
  }

  cover(address) {
    this.map[6] = address;
    this.announce();
  }

  goLive(stream) {
    this.stream = stream;
    this.liveSend([4, this.peer.id]);
  }
}

class OldAudience extends OldPage {
  constructor(peer, name) {
    super(peer, name);
    this.here = [1, 0, 0, [], peer.id, name, []];
    this.map = null;
    this.streams = 0;
    this.closed = 0;
  }

  join(id, options) {
    this.parent = this.peer.connect(id, options);
    this.parent.on('open', () => this.say(this.parent, this.here));
    this.parent.on('data', (data) => this.hear(this.parent, data));
    this.parent.on('close', () => { this.closed += 1; });
  }

  greet(conn) {
    if (!this.map) return;
    this.say(conn, this.map.with(1, -1));
  }

  heard(conn, data) {
    const up = conn === this.parent;
    if (data[0] === 0) {
      this.chats.push([data[2], data[3], data[4], data[5]]);
      this.liveSend(data.with(1, this.peer.id), data[1]);
    } else if (data[0] === 1 && data[1] === 0) {
      this.adopt(conn, this.remoteStream);
      this.record(this.here, data);
      this.say(this.parent, this.here);
    } else if (data[0] === 1 && data[1] === 1 && up) {
      this.map = data;
      for (const child of this.audiences) this.say(child, data);
    } else if (data[0] === 4 && up && data[1] === 0) {
      if (this.awaited) this.say(this.audiences.find((c) => c.peer === this.awaited), [4]);
    } else if (data[0] === 4 && up) {
      this.say(this.parent, [4, this.peer.id]);
      this.liveSend([4, this.peer.id]);
    } else if (data[0] === 4) {
      this.awaited = data[1];
      this.asked.push(data[1]);
      this.say(this.parent, [4, this.peer.id]);
    } else if (data[0] === 5 && up) {
      this.liveSend(data, conn.peer);
      if (data[1] === 1) this.seated(data[2]);
    } else if (data[0] === 5) {
      this.up(data);
      if (data[1] === 2) this.up(data);
    }
  }

  up(data) {
    this.say(this.parent, data);
  }

  lost(conn) {
    this.forget(this.here, conn);
    this.say(this.parent, this.here);
  }

  refresh() {
    this.say(this.parent, [4, this.peer.id]);
  }

  rename(name) {
    this.name = name;
    this.here[5] = name;
    this.say(this.parent, this.here);
  }

  called(call) {
    this.calls.push(call);
    call.answer(null);
    call.on('stream', (stream) => {
      if (this.isTile(stream)) return;
      this.streams += 1;
      this.remoteStream = stream;
      if (this.awaited) {
        this.call(this.awaited, stream);
        this.awaited = null;
        return;
      }
      this.video.srcObject = stream;
      this.video.play().catch(() => {});
    });
  }
}

class OldRoot extends OldPage {
  constructor(peer) {
    super(peer, '');
    this.rooms = [];
    this.hosts = [];
  }

  greet(conn) {
    this.say(conn, this.rooms);
  }

  heard(conn, data) {
    if (data[0] !== 1 || !this.conns.some((known) => known.peer === data[7])) return;
    const at = this.rooms.findIndex((room) => room[7] === data[7]);
    if (at === -1) this.rooms.push(data);
    else this.rooms[at] = data;
    if (!this.hosts.includes(conn)) this.hosts.push(conn);
    this.tell();
  }

  lost(conn) {
    this.conns = this.conns.filter((known) => known !== conn);
    if (!this.hosts.includes(conn)) return;
    this.hosts = this.hosts.filter((known) => known !== conn);
    this.rooms = this.rooms.filter((room) => room[7] !== conn.peer);
    this.tell();
  }

  tell() {
    for (const conn of this.conns) {
      if (conn.open && !this.hosts.includes(conn)) this.say(conn, this.rooms);
    }
  }
}

class OldGuest extends OldPage {
  browse(network) {
    this.rooms = null;
    this.root = this.peer.connect(network);
    this.root.on('data', (data) => { this.rooms = data; });
  }

  greet() {}

  heard() {}
}

/** The exchange page: a data link for texts, and a call that goes both ways. */
class OldExchange {
  constructor(peer, name) {
    this.peer = peer;
    this.name = name;
    this.texts = [];
    this.video = document.body.appendChild(document.createElement('video'));
    this.video.muted = true;
    this.video.autoplay = true;
    this.log = document.body.appendChild(document.createElement('div'));
    peer.on('connection', (conn) => this.take(conn));
  }

  take(conn) {
    this.conn = conn;
    this.closed = false;
    conn.on('data', ([name, text]) => {
      this.texts.push([name, text]);
      this.log.innerHTML += `<p>${name}: ${text}</p>`;
    });
    conn.on('close', () => { this.closed = true; });
  }

  show(call) {
    this.call = call;
    call.on('stream', (stream) => {
      this.video.srcObject = stream;
      this.video.play().catch(() => {});
    });
  }

  /** Only now are calls answered. */
  start(stream) {
    this.peer.on('call', (call) => {
      call.answer(stream);
      this.show(call);
    });
  }

  connect(id, stream) {
    this.take(this.peer.connect(id, { reliable: true }));
    this.show(this.peer.call(id, stream));
  }

  say(text) {
    this.conn.send([this.name, text]);
  }
}

/** A picture that moves, with a tone. */
function picture() {
  const canvas = document.createElement('canvas');
  Object.assign(canvas, { width: 320, height: 240 });
  const context = canvas.getContext('2d');
  let hue = 0;
  setInterval(() => {
    hue += 37;
    context.fillStyle = `hsl(${hue} 90% 50%)`;
    context.fillRect(0, 0, 160, 240);
    context.fillStyle = `hsl(${hue + 180} 90% 50%)`;
    context.fillRect(160, 0, 160, 240);
  }, 100);
  const audio = new AudioContext();
  const destination = audio.createMediaStreamDestination();
  const tone = audio.createOscillator();
  tone.connect(destination);
  tone.start();
  const stream = canvas.captureStream(10);
  stream.addTrack(destination.stream.getAudioTracks()[0]);
  return stream;
}

/** A peer that is known to the server. */
function openPeer(id, options) {
  return new Promise((resolve, reject) => {
    const peer = id ? new Peer(id, options) : new Peer(options);
    peer.on('open', () => resolve(peer));
    peer.on('error', (error) => {
      window.peerErrors = [...(window.peerErrors ?? []), error.type];
      reject(error);
    });
  });
}

window.oldPages = { OldHost, OldAudience, OldRoot, OldGuest, OldExchange, openPeer, picture };
