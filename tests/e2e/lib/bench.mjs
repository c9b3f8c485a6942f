// Runs benchmarks: `node bench.mjs [NAME…] [--json FILE] [--with FILE]`; the results in the file
// of `--with` go into that of `--json`, too.
//
// Each file in ../bench/ exports as its default an async function that is given
// `{ browser, url, startServer }` and returns `{ title, rows }`, where rows are objects with the
// same keys; units are in the keys.
import { readFile, readdir, writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { chromium } from '@playwright/test';
import { args, executablePath } from './chromium.mjs';
import { startServer } from './server.mjs';

const folder = new URL('../bench/', import.meta.url);

const { values, positionals } = parseArgs({
  options: { json: { type: 'string' }, with: { type: 'string' } },
  allowPositionals: true,
});
const known = (await readdir(folder).catch(() => []))
  .filter((name) => name.endsWith('.mjs'))
  .map((name) => name.slice(0, -'.mjs'.length))
  .sort();
const unknown = positionals.find((name) => !known.includes(name));
if (unknown !== undefined || known.length === 0) {
  const problem = unknown === undefined ? 'there are no benchmarks' : `there is no benchmark ${unknown}`;
  console.error(`error: ${problem}; known are: ${known.join(', ') || 'none'}`);
  process.exit(1);
}

const results = values.with === undefined ? {} : JSON.parse(await readFile(values.with, 'utf8'));
for (const name of positionals.length > 0 ? positionals : known) {
  const { default: run } = await import(new URL(`${name}.mjs`, folder));
  const server = await startServer();
  const browser = await chromium.launch({ executablePath, args });
  try {
    const { title, rows } = await run({ browser, url: server.url, startServer });
    console.log(`\n${name}: ${title}\n${table(rows)}`);
    results[name] = { title, rows };
  } finally {
    await browser.close();
    await server.stop();
  }
}
if (values.json !== undefined) {
  await writeFile(values.json, `${JSON.stringify(results, null, 2)}\n`);
}

/** Rows as text in columns: words to the left, numbers to the right. */
function table(rows) {
  const keys = Object.keys(rows[0] ?? {});
  const cells = rows.map((row) => keys.map((key) => String(row[key] ?? '')));
  const widths = keys.map((key, at) => Math.max(key.length, ...cells.map((row) => row[at].length)));
  const isNumber = keys.map((key) => rows.every((row) => typeof row[key] === 'number'));
  const line = (row) => row
    .map((cell, at) => (isNumber[at] ? cell.padStart(widths[at]) : cell.padEnd(widths[at])))
    .join('  ')
    .trimEnd();
  return [keys, widths.map((width) => '-'.repeat(width)), ...cells].map(line).join('\n');
}
