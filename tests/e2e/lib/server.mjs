// Servers, each on a port of its own: the built one, PeerServer, and one of plain files.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat } from 'node:fs/promises';
import { createServer as createHttpServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const binary =
  process.env.P2P_LIVE || fileURLToPath(new URL('../../../target/release/p2p-live', import.meta.url));

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
 * Starts a server and waits until it answers.
 * @param {{port?: number, flags?: string[], scheme?: string}} options `flags` as `p2p-live --help`
 *   lists them
 * @returns {Promise<{url: string, port: number, stop: (signal?: string) => Promise<void>}>}
 */
export async function startServer({ port, flags = [], scheme = 'http' } = {}) {
  port ??= await freePort();
  const child = spawn(binary, ['--port', String(port), ...flags], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  const url = `${scheme}://localhost:${port}/`;
  const stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await gone;
  };
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${binary} ended with ${child.exitCode}`);
    if (scheme === 'https' ? await isOpen(port) : await isHealthy(url)) return { url, port, stop };
    await sleep(50);
  }
  await stop('SIGKILL');
  throw new Error(`${binary} does not answer on port ${port}`);
}

const isHealthy = (url) => fetch(`${url}health`).then((answer) => answer.ok, () => false);

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
    const answer = await fetch(`http://localhost:${port}/myapp/`).catch(() => null);
    if (answer?.ok) break;
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
 * A web host that knows nothing but files: those of `dist/` below `folder`, with a `config.json` of
 * one's own (none if undefined).
 * @returns {Promise<{url: string, stop: () => Promise<void>}>} the URL is that of the folder
 */
export async function startFileServer({ folder = '/', config } = {}) {
  const dist = new URL('../../../dist/', import.meta.url);
  const server = createHttpServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://files');
    const path = decodeURIComponent(pathname);
    const answer = (status, headers, body) => response.writeHead(status, headers).end(body);
    if (!path.startsWith(folder) || path.includes('..')) return answer(404);
    const name = path.slice(folder.length);
    if (name === 'config.json') {
      return config ? answer(200, { 'content-type': TYPES.json }, JSON.stringify(config)) : answer(404);
    }
    const file = new URL(name, dist);
    const kind = await stat(file).catch(() => null);
    if (kind?.isDirectory() && !path.endsWith('/')) return answer(301, { location: `${pathname}/` });
    const found = kind?.isDirectory() ? new URL('index.html', file) : file;
    const content = await readFile(found).catch(() => null);
    const type = TYPES[found.pathname.split('.').pop()];
    return content ? answer(200, { 'content-type': type }, content) : answer(404);
  }).listen(0);
  await once(server, 'listening');
  const stop = async () => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://localhost:${server.address().port}${folder}`, stop };
}
