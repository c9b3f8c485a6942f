// The built server, on a port of its own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
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
 * @param {{port?: number, flags?: string[]}} options `flags` as `p2p-live --help` lists them
 * @returns {Promise<{url: string, port: number, stop: (signal?: string) => Promise<void>}>}
 */
export async function startServer({ port, flags = [] } = {}) {
  port ??= await freePort();
  const child = spawn(binary, ['--port', String(port), ...flags], { stdio: 'ignore' });
  const gone = once(child, 'exit');
  const url = `http://localhost:${port}/`;
  const stop = async (signal = 'SIGTERM') => {
    child.kill(signal);
    await gone;
  };
  for (let tries = 0; tries < 200; tries += 1) {
    if (child.exitCode !== null) throw new Error(`${binary} ended with ${child.exitCode}`);
    const answer = await fetch(`${url}health`).catch(() => null);
    if (answer?.ok) return { url, port, stop };
    await sleep(50);
  }
  await stop('SIGKILL');
  throw new Error(`${binary} does not answer on port ${port}`);
}
