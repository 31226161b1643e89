#!/usr/bin/env node
/**
 * Looks at what `npm pack` would publish: everything that `package.json` points at and a user needs, and nothing of the
 * workshop.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** @typedef {{ main: string, types: string, bin: Record<string, string> }} Manifest */

/** @type {Manifest} */
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
const pointedAt = [manifest.main, manifest.types, ...Object.values(manifest.bin)];
const REQUIRED = [
  ...pointedAt.map((path) => path.replace(/^\.\//, '')),
  'dist/engine-worker.js',
  'config/callfate.schema.json',
  'config/vocabularies/tencent-ccc.yaml',
  'grafana/prometheus/callfate.rules.yaml',
  'grafana/prometheus/callfate.alerts.yaml',
  'grafana/alertmanager/callfate.yaml',
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
/** @type {{ files: { path: string }[], size: number }[]} */
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
for (const problem of problems) console.error(problem);
console.log(`${files.size} files, ${pack?.size ?? 0} bytes packed, ${problems.length} problems`);
process.exitCode = problems.length > 0 ? 1 : 0;
