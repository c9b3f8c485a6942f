// Starts the app in a page that has all of it inside.
import start from 'app';
import packed from 'wasm';
import { run } from './load.js';

const unpacked = () => new Response(
  new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')),
  { headers: { 'content-type': 'application/wasm' } },
);

run(() => start({ module_or_path: unpacked() }));
