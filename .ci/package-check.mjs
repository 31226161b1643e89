#!/usr/bin/env node
/**
 * Looks at what `npm pack` would publish: everything that `package.json` points at and a user needs, and nothing of the
 * workshop. And at how much room it takes with all that it depends on.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {{ main: string, types: string, bin: Record<string, string> }} Manifest */

/** @type {Manifest} */
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const pointedAt = [manifest.main, manifest.types, ...Object.values(manifest.bin)];
const REQUIRED = [
  ...pointedAt.map((path) => path.replace(/^\.\//, '')),
  'dist/engine-worker.js',
  'dist/hep-receiver.js',
  'dist/vocabularies.json',
  'dist/scan.wasm',
  'dist/scan-shared.wasm',
  'dist/THIRD-PARTY-NOTICES.txt',
  'dist/page/app.js',
  'config/callfate.schema.json',
  'config/vocabularies/tencent-ccc.yaml',
  'grafana/compose.yaml',
  'grafana/dashboards/callfate-overview.json',
  'grafana/prometheus/callfate.rules.yaml',
  'grafana/prometheus/callfate.alerts.yaml',
  'grafana/alertmanager/callfate.yaml',
  'grafana/provisioning/dashboards/callfate.yaml',
  'package.json',
  'README.md',
  'LICENSE',
  'CHANGELOG.md',
];
const FORBIDDEN =
  /^(?:src|grafana\/src|test|\.ci|coverage|node_modules)\/|\.(?:pcap|tsbuildinfo)$|\.test\./;

const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
  encoding: 'utf8',
  maxBuffer: 64 * 1024 * 1024,
});
/** @type {{ files: { path: string, size: number }[], size: number }[]} */
const [pack] = JSON.parse(output);
const files = new Set(pack?.files.map((file) => file.path));

const problems = [
  ...REQUIRED.filter((path) => !files.has(path)).map((path) => `missing: ${path}`),
  ...[...files].filter((path) => FORBIDDEN.test(path)).map((path) => `does not belong: ${path}`),
];
for (const path of Object.values(manifest.bin)) {
  const starts = files.has(path) && readFileSync(path, 'utf8').startsWith('#!/usr/bin/env node\n');
  if (!starts) problems.push(`${path} does not start with #!/usr/bin/env node`);
}
/** A production install may take so much room on disk, bytes. */
const INSTALL_MAX = 30_000_000;
const BLOCK = 4096;

/** @param {number} size */
const onDisk = (size) => Math.ceil(size / BLOCK) * BLOCK;

/** @param {string} folder of one package, those inside it included */
function room(folder) {
  return readdirSync(folder, { recursive: true }).reduce((sum, name) => {
    const stat = statSync(join(folder, String(name)));
    return sum + onDisk(stat.size);
  }, BLOCK);
}

/** @type {{ packages: Record<string, { dev?: boolean, optional?: boolean }> }} */
const lock = JSON.parse(readFileSync('package-lock.json', 'utf8'));
const production = Object.entries(lock.packages)
  .filter(([path, one]) => /^node_modules\/(?:@[^/]+\/)?[^/]+$/.test(path) && one.dev !== true)
  .map(([path]) => path);
const own = (pack?.files ?? []).reduce((sum, { size }) => sum + onDisk(size), 0);
const install = own + production.reduce((sum, path) => sum + room(path), 0);
if (install > INSTALL_MAX)
  problems.push(`an install takes ${install} bytes, more than ${INSTALL_MAX}`);

for (const problem of problems) console.error(problem);
const megabytes = (install / 1_000_000).toFixed(1);
const sizes = `${pack?.size ?? 0} bytes packed, ${megabytes} MB installed`;
console.log(`${files.size} files, ${sizes}, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
