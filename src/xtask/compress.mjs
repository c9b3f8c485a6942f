// Writes a brotli and a gzip sibling beside each file named, for servers that send them as is.
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

await Promise.all(process.argv.slice(2).map(async (path) => {
  const content = await readFile(path);
  const brotli = promisify(brotliCompress)(content, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
    },
  });
  const gzipped = promisify(gzip)(content, { level: 9 });
  await writeFile(`${path}.br`, await brotli);
  await writeFile(`${path}.gz`, await gzipped);
}));
