// Starts the app from the files beside the page. Where the glue and the wasm are, the page's preload
// links know; the browser has begun to fetch both before this runs.
import { run } from './run.js';

const href = (selector) => document.querySelector(selector).href;

run(async () => {
  const app = await import(href('link[rel=modulepreload]'));
  await app.default({ module_or_path: href('link[as=fetch]') });
});
