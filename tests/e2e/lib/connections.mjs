// The connections of a page, for what only they tell.

/** Runs before a page's scripts: keeps every connection that they make in `window.connections`. */
export function keepConnections() {
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      window.connections.push(this);
    }
  };
}
