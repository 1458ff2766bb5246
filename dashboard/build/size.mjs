// Fails if the first load of any page is too large: the script of the entry, of the page, and of all that the two import at
// once, as gzip sends it.
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const limit = 300 * 1024;
const folder = new URL('../dist', import.meta.url).pathname;
const manifest = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));

// What only some pages need, and they not at once, must not creep into what is loaded first.
const lazy = ['recharts', '@mantine/charts'];

/** The chunks that are loaded with a chunk. */
function loaded(name, found = new Set()) {
  if (found.has(name)) return found;
  found.add(name);
  for (const imported of manifest[name].imports ?? []) loaded(imported, found);
  return found;
}

const size = (names) =>
  [...names].reduce((sum, name) => sum + statSync(join(folder, `${manifest[name].file}.gz`)).size, 0);
const kilobytes = (bytes) => `${(bytes / 1024).toFixed(1).padStart(6)} KB`;

const entry = loaded('index.html');
console.log(`script as it is compressed, at most ${limit / 1024} KB:`);
console.log(`${kilobytes(size(entry))}  the frame alone`);
let failed = false;
for (const page of manifest['index.html'].dynamicImports ?? []) {
  const first = loaded(page, new Set(entry));
  // A tab stands in the campaign's page.
  if (page.endsWith('Tab.tsx')) loaded('src/campaign/CampaignPage.tsx', first);
  const total = size(first);
  const crept = [...first].filter((name) => lazy.some((library) => name.includes(library)));
  const fault = total > limit ? 'too large' : crept.length > 0 ? `loads ${crept.join(', ')}` : '';
  console.log(`${kilobytes(total)}  ${page.replace(/^src\//, '')} ${fault}`);
  failed ||= fault !== '';
}
if (failed) process.exit(1);
