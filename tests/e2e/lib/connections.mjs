// The connections of a page, for what only they tell.

/** Runs before a page's scripts: keeps every connection that they make in `window.connections`, and
 * in `wasConnected` whether it ever came about. */
export function keepConnections() {
  window.connections = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...options) {
      super(...options);
      window.connections.push(this);
      this.addEventListener('connectionstatechange', () => {
        this.wasConnected ||= this.connectionState === 'connected';
      });
    }
  };
}
