// Servers, each on a port of its own: the one under test, PeerServer, and one of plain files.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const binary =
  process.env.P2P_LIVE || fileURLToPath(new URL('../../../target/release/p2p-live', import.meta.url));

/** A file that whatever serves the app has. */
const CONFIG = 'config.json';

/** Whether the suite runs on npm's PeerServer in place of p2p-live: `SIGNALLING=peer`. */
export const onPeerServer = process.env.SIGNALLING === 'peer';

/** The command that serves the app and its signalling. */
export const command = onPeerServer
  ? [process.execPath, fileURLToPath(new URL('peer-server.mjs', import.meta.url))]
  : [binary];

/** A TCP port that nothing listens on. */
export async function freePort() {
  const server = createServer().listen(0);
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

/**
 * Starts a server of the app and its signalling, and waits until it answers.
 * @param {{port?: number, flags?: string[], scheme?: string}} options `flags` as `p2p-live --help`
 *   lists them; PeerServer has some of them
 * @returns {Promise<{url: string, port: number, stop: (signal?: string) => Promise<void>}>}
 */
export async function startServer({ port, flags = [], scheme = 'http' } = {}) {
  port ??= await freePort();
  const [program, ...first] = command;
  const child = spawn(program, [...first, '--port', String(port), ...flags], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  const url = `${scheme}://localhost:${port}/`;
  const stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await gone;
  };
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${command.join(' ')} ended with ${child.exitCode}`);
    if (scheme === 'https' ? await isOpen(port) : await answers(`${url}${CONFIG}`)) return { url, port, stop };
    await sleep(50);
  }
  await stop('SIGKILL');
  throw new Error(`${command.join(' ')} does not answer on port ${port}`);
}

const answers = (url) => fetch(url).then((answer) => answer.ok, () => false);

/** Whether something listens there; a certificate that it made itself is no matter. */
async function isOpen(port) {
  const socket = connect(port);
  const open = await once(socket, 'connect').then(() => true, () => false);
  socket.destroy();
  return open;
}

/** npm's PeerServer on a port of its own; its path is `/myapp`. */
export async function startPeerServer() {
  const port = await freePort();
  const bin = fileURLToPath(new URL('../node_modules/peer/dist/bin/peerjs.js', import.meta.url));
  const child = spawn(process.execPath, [bin, '--port', String(port), '--path', '/myapp'], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  for (let tries = 0; tries < 200; tries += 1) {
    if (await answers(`http://localhost:${port}/myapp/`)) break;
    await sleep(50);
  }
  // Asked kindly, it waits for the pages to go first.
  return { port, stop: () => { child.kill('SIGKILL'); return gone; } };
}

const TYPES = {
  css: 'text/css', html: 'text/html', js: 'text/javascript', json: 'application/json', svg: 'image/svg+xml',
  txt: 'text/plain', wasm: 'application/wasm',
};

/**
 * Answers requests with the files of `dist/` below `folder`, with a `config.json` of one's own, and
 * leaves what is none of them to `rest`.
 */
export function fileHandler({ folder = '/', config, rest = (_, response) => response.writeHead(404).end() }) {
  const dist = new URL('../../../dist/', import.meta.url);
  return async (request, response) => {
    const { pathname } = new URL(request.url, 'http://files');
    const path = decodeURIComponent(pathname);
    const answer = (status, headers, body) => response.writeHead(status, headers).end(body);
    if (!path.startsWith(folder) || path.includes('..')) return rest(request, response);
    const name = path.slice(folder.length);
    if (config && name === CONFIG) return answer(200, { 'content-type': TYPES.json }, JSON.stringify(config));
    const file = new URL(name, dist);
    const kind = await stat(file).catch(() => null);
    if (kind?.isDirectory() && !path.endsWith('/')) return answer(301, { location: `${pathname}/` });
    const found = kind?.isDirectory() ? new URL('index.html', file) : file;
    const content = await readFile(found).catch(() => null);
    if (!content) return rest(request, response);
    return answer(200, { 'content-type': TYPES[found.pathname.split('.').pop()] }, content);
  };
}

/**
 * A web host that knows nothing but files: those of `dist/` below `folder`, with a `config.json` of
 * one's own.
 * @returns {Promise<{url: string, stop: () => Promise<void>}>} the URL is that of the folder
 */
export async function startFileServer({ folder = '/', config } = {}) {
  const server = createHttpServer(fileHandler({ folder, config })).listen(0);
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${server.address().port}${folder}`, stop };
}
