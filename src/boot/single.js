// Starts the app in a page that has all of it inside.
import start from 'app';
import packed from 'wasm';
import { run } from './run.js';

run(async () => {
  const unpacked = new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip'));
  const wasm = new Response(unpacked, { headers: { 'content-type': 'application/wasm' } });
  await start({ module_or_path: wasm });
});
