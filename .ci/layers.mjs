#!/usr/bin/env node
/**
 * Runs the layer rules over `<root>/src` and `<root>/grafana` and exits 1 on a violation.
 *
 * A cruiser that sees no file finds no violation. So every `.ts` file on disk must have been cruised, and there must be
 * at least `FLOOR` of them.
 *
 *     node .ci/layers.mjs [root] [--floor N]
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

/** No fewer source files than this; raise it as the tree grows. */
const FLOOR = 60;

/**
 * @typedef {{ rule: { name: string }, from: string, to: string }} Violation
 * @typedef {{ modules: { source: string }[], summary: { totalCruised: number, violations: Violation[] } }} Cruise
 */

const home = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const { values, positionals } = parseArgs({
  options: { floor: { type: 'string', default: String(FLOOR) } },
  allowPositionals: true,
});
const root = resolve(positionals[0] ?? home);
const floor = Number(values.floor);

const cruiser = join(home, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
const folders = ['src', 'grafana'].filter((folder) => existsSync(join(root, folder)));
const run = spawnSync(
  process.execPath,
  [cruiser, ...folders, '--config', join(home, '.dependency-cruiser.cjs'), '--output-type', 'json'],
  { cwd: root, encoding: 'utf8', maxBuffer: 256 * 1024 * 1024 },
);
if (run.status !== 0) {
  console.error(run.stderr || String(run.error));
  process.exit(1);
}

/** @type {Cruise} */
const cruise = JSON.parse(run.stdout);
const { violations, totalCruised } = cruise.summary;
const seen = new Set(cruise.modules.map((module) => module.source));
const files = folders.flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => `${folder}/${name.replaceAll(sep, '/')}`),
);
const unseen = files.filter((file) => !seen.has(file));

for (const { rule, from, to } of violations) console.log(`${rule.name}: ${from} -> ${to}`);
for (const file of unseen) console.log(`not-cruised: ${file}`);
if (totalCruised < floor) console.log(`too-few: ${totalCruised} modules cruised, floor ${floor}`);
console.log(
  `${totalCruised} modules cruised, ${files.length} source files, ${violations.length} violations`,
);
process.exitCode = violations.length + unseen.length > 0 || totalCruised < floor ? 1 : 0;
