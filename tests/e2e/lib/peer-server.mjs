// npm's PeerServer with the app's files in front of it: what p2p-live is, without anything of ours.
//
// node peer-server.mjs --port N [--alive_timeout MS]
import { parseArgs } from 'node:util';
import { PeerServer } from 'peer';
import { fileHandler } from './server.mjs';

const { values } = parseArgs({ options: { port: { type: 'string' }, alive_timeout: { type: 'string' } } });
const options = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, Number(value)]));

const signalling = PeerServer({ path: '/', ...options }, (server) => {
  const [rest] = server.listeners('request');
  server.removeListener('request', rest);
  server.on('request', fileHandler({ rest }));
});
// As its command line does; whoever sends nonsense would end it otherwise.
signalling.on('error', () => {});
