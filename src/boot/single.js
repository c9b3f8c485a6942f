// Starts the app in a page that has all of it inside.
import start from 'app';
import packed from 'wasm';
import parts from 'parts';
import { run } from './run.js';

const unpack = (packed) => new Response(
  new Blob([packed]).stream().pipeThrough(new DecompressionStream('gzip')),
  { headers: { 'content-type': 'application/wasm' } },
);

// The script that loads the other parts asks here before it looks beside the page.
globalThis.p2pLivePart = (url) => unpack(parts[url.href.split('/').pop()]);

run(() => start({ module_or_path: unpack(packed) }));
