import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, posix, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';

const PROJECT = resolve(import.meta.dirname, '../..');
const temporary: string[] = [];

/** A project of only these source files; a list entry is an import. Returns its root. */
function plant(files: Readonly<Record<string, readonly string[]>>): string {
  const root = mkdtempSync(join(tmpdir(), 'callfate-layers-'));
  temporary.push(root);
  copyFileSync(join(PROJECT, 'package.json'), join(root, 'package.json'));
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'), 'dir');
  mkdirSync(join(root, 'src'));
  for (const [file, imports] of Object.entries(files)) {
    const path = join(root, 'src', file);
    mkdirSync(dirname(path), { recursive: true });
    const lines = imports.map((to, index) =>
      to.startsWith('type ')
        ? `import type { x as x${index} } from '${to.slice(5)}';`
        : `import * as x${index} from '${to}';`,
    );
    writeFileSync(path, `${lines.join('\n')}\nexport const x = 1;\n`);
  }
  return root;
}

function layers(root: string, ...options: string[]): { status: number | null; output: string } {
  const run = spawnSync(process.execPath, [join(PROJECT, '.ci/layers.mjs'), root, ...options], {
    encoding: 'utf8',
  });
  return { status: run.status, output: run.stdout + run.stderr };
}

afterAll(() => {
  for (const root of temporary) rmSync(root, { recursive: true });
});

/** The shape of the real tree, with every import that the rules grant. */
const ALLOWED = {
  'main.ts': ['./app.ts', './cli/args.ts'],
  'index.ts': ['./observer.ts', 'type ./classify/outcome.ts'],
  'engine-worker.ts': [
    './engine.ts',
    './handover.ts',
    './live-capture.ts',
    './hep-input.ts',
    'node:worker_threads',
  ],
  'handover.ts': ['./api/routes.ts', './outputs/http.ts', './trace.ts'],
  'hep-input.ts': ['./hep-thread.ts', './sources/hep.ts'],
  'hep-thread.ts': ['./sources/udp-table.ts', 'node:worker_threads'],
  'hep-receiver.ts': ['./sources/udp-batches.ts', 'node:worker_threads'],
  'live-capture.ts': ['./capture-input.ts', './ring-capture.ts', './sources/tcpdump.ts'],
  'ring-capture.ts': ['./capture-input.ts', './sources/packet-calls.ts'],
  'capture-input.ts': ['./decode/hep.ts', './sip/parse.ts'],
  'captures.ts': ['./decode/hep.ts', './sources/capture-bytes.ts'],
  'engine-client.ts': ['node:worker_threads'],
  'app.ts': [
    './explain/explain.ts',
    './engine-client.ts',
    './config/load.ts',
    './sources/websocket.ts',
    './outputs/http.ts',
    './recent.ts',
  ],
  'recent.ts': ['./api/routes.ts', './outputs/http.ts'],
  'trace.ts': ['type ./calls/call.ts'],
  'api/routes.ts': ['../outputs/http.ts', '../trace.ts', '../classify/outcome.ts'],
  'api/openapi.ts': ['zod'],
  'page/app.ts': ['type ../api/routes.ts', 'type ../classify/outcome.ts'],
  'engine.ts': ['./pipeline.ts', './sources/hep.ts'],
  'observer.ts': ['./pipeline.ts', './outputs/registry.ts'],
  'scanner.ts': ['./sip/parse.ts', './package-files.ts'],
  'pipeline.ts': [
    './scanner.ts',
    './decode/hep.ts',
    './sip/parse.ts',
    './calls/tracker.ts',
    './classify/classify.ts',
  ],
  'lib/log.ts': ['pino', 'node:fs'],
  'lib/clock.ts': ['type ./result.ts'],
  'lib/result.ts': [],
  'package-files.ts': ['./lib/result.ts'],
  'config/load.ts': [
    'zod',
    'yaml',
    'node:fs',
    '../lib/result.ts',
    '../sources/address.ts',
    '../package-files.ts',
  ],
  'sources/source.ts': ['../lib/result.ts'],
  'sources/address.ts': ['../lib/result.ts'],
  'sources/websocket.ts': ['ws', 'node:http', './source.ts', '../lib/clock.ts'],
  'sources/hep.ts': ['node:dgram', './source.ts', './udp-table.ts'],
  'sources/udp-table.ts': ['node:fs'],
  'sources/udp-batches.ts': ['koffi', '../lib/result.ts'],
  'sources/packet-calls.ts': ['koffi', './interface-drops.ts'],
  'sources/interface-drops.ts': ['node:fs'],
  'sources/tcpdump.ts': ['node:child_process'],
  'sources/capture-bytes.ts': ['node:fs/promises', 'node:zlib'],
  'decode/hep.ts': ['node:zlib', '../sources/source.ts', '../lib/result.ts'],
  'simd/layout.ts': [],
  'sip/parse.ts': ['../lib/result.ts', '../simd/layout.ts', './reason.ts'],
  'sip/reason.ts': ['../lib/result.ts'],
  '../grafana/src/rules.ts': ['../../src/outputs/metric-table.ts', 'yaml'],
  'outputs/metric-table.ts': ['../classify/ratios.ts'],
  'classify/ratios.ts': ['type ./outcome.ts'],
  'calls/tracker.ts': ['../sip/parse.ts', './call.ts'],
  'calls/call.ts': ['../lib/result.ts'],
  'classify/classify.ts': ['../sip/reason.ts', '../calls/call.ts', './outcome.ts', 'node:crypto'],
  'classify/outcome.ts': ['../lib/result.ts'],
  'explain/explain.ts': ['../classify/classify.ts', '../sip/reason.ts', 'type ../calls/call.ts'],
  'outputs/http.ts': ['node:http', './call-log.ts', '../sources/source.ts'],
  'outputs/call-log.ts': ['pino', '../classify/outcome.ts', '../calls/call.ts', '../lib/log.ts'],
  'outputs/registry.ts': ['prom-client', './process-metrics.ts'],
  'outputs/process-metrics.ts': ['prom-client'],
  'cli/args.ts': ['./demo.ts', './analyze.ts', '../lib/result.ts'],
  'cli/analyze.ts': ['../captures.ts', '../capture-input.ts', '../capture-thread.ts'],
  'capture-thread.ts': ['node:worker_threads', './batch-memory.ts', 'type ./scan-batch.ts'],
  'capture-worker.ts': ['./capture-reading.ts', './scan-batch.ts'],
  'capture-reading.ts': ['./captures.ts', './capture-input.ts'],
  'scan-batch.ts': ['./batch-memory.ts', './pipeline.ts'],
  'batch-memory.ts': [],
  'cli/demo.ts': ['../app.ts', 'sip.js', 'ws', 'node:fs'],
};

/** rule, the file that breaks it, the import that does. Each is planted on its own beside the allowed tree. */
const VIOLATIONS: readonly (readonly [rule: string, from: string, to: string])[] = [
  ['no-circular', 'sip/parse.ts', '../sip/parse.ts'],
  ['not-resolved', 'sip/parse.ts', './nowhere.ts'],
  ['no-dev-package', 'lib/result.ts', 'fast-check'],
  ['pure-stages', 'sip/parse.ts', 'node:fs'],
  ['pure-stages', 'calls/tracker.ts', 'node:timers'],
  ['pure-stages', 'classify/classify.ts', 'node:os'],
  ['no-clock', 'calls/tracker.ts', '../lib/clock.ts'],
  ['layer-lib', 'lib/result.ts', '../sip/reason.ts'],
  ['layer-config', 'config/load.ts', '../classify/outcome.ts'],
  ['layer-context', 'context/event.ts', 'type ../calls/call.ts'],
  ['layer-sources', 'sources/hep.ts', '../decode/hep.ts'],
  ['layer-decode', 'decode/hep.ts', '../sources/hep.ts'],
  ['layer-decode', 'decode/hep.ts', '../sip/parse.ts'],
  ['layer-sip', 'sip/parse.ts', 'type ../calls/call.ts'],
  ['layer-simd', 'simd/layout.ts', '../lib/result.ts'],
  ['layer-calls', 'calls/tracker.ts', 'type ../classify/outcome.ts'],
  ['layer-calls', 'calls/tracker.ts', '../decode/hep.ts'],
  ['layer-classify', 'classify/classify.ts', '../calls/tracker.ts'],
  ['layer-classify', 'classify/classify.ts', '../sip/parse.ts'],
  ['layer-explain', 'explain/explain.ts', '../calls/tracker.ts'],
  ['layer-explain', 'explain/explain.ts', '../outputs/http.ts'],
  ['layer-outputs', 'outputs/http.ts', '../classify/classify.ts'],
  ['layer-outputs', 'outputs/http.ts', '../sip/reason.ts'],
  ['layer-outputs', 'outputs/http.ts', '../pipeline.ts'],
  ['grafana-tables', '../grafana/src/rules.ts', '../../src/outputs/http.ts'],
  ['no-grafana', 'outputs/http.ts', '../../grafana/src/rules.ts'],
  ['layer-api', 'api/routes.ts', '../config/load.ts'],
  ['layer-api', 'api/routes.ts', '../engine.ts'],
  ['layer-page', 'page/app.ts', '../outputs/http.ts'],
  ['layer-page', 'page/app.ts', 'type ../sip/reason.ts'],
  ['root-recent', 'observer.ts', './recent.ts'],
  ['root-handover', 'observer.ts', './handover.ts'],
  ['root-trace', 'app.ts', './trace.ts'],
  ['root-page', 'api/routes.ts', '../page/app.ts'],
  ['root-main', 'app.ts', './main.ts'],
  ['root-index', 'cli/args.ts', '../index.ts'],
  ['root-engine-worker', 'app.ts', './engine-worker.ts'],
  ['root-hep-input', 'app.ts', './hep-input.ts'],
  ['root-hep-thread', 'app.ts', './hep-thread.ts'],
  ['root-hep-receiver', 'app.ts', './hep-receiver.ts'],
  ['root-cli', 'app.ts', './cli/args.ts'],
  ['root-app', 'observer.ts', './app.ts'],
  ['root-captures', 'app.ts', './captures.ts'],
  ['root-live-capture', 'observer.ts', './live-capture.ts'],
  ['root-capture-input', 'app.ts', 'type ./capture-input.ts'],
  ['root-ring-capture', 'app.ts', './ring-capture.ts'],
  ['root-capture-reading', 'app.ts', 'type ./capture-reading.ts'],
  ['root-capture-thread', 'app.ts', './capture-thread.ts'],
  ['root-capture-worker', 'cli/analyze.ts', '../capture-worker.ts'],
  ['root-scan-batch', 'engine.ts', './scan-batch.ts'],
  ['root-batch-memory', 'engine.ts', './batch-memory.ts'],
  ['root-package-files', 'app.ts', './package-files.ts'],
  ['root-scanner', 'app.ts', './scanner.ts'],
  ['owner-ws', 'outputs/http.ts', 'ws'],
  ['owner-prom-client', 'outputs/http.ts', 'prom-client'],
  ['owner-pino', 'app.ts', 'pino'],
  ['owner-zod', 'app.ts', 'zod'],
  ['owner-yaml', 'cli/args.ts', 'yaml'],
  ['owner-sip.js', 'sources/hep.ts', 'sip.js'],
  ['owner-sockets', 'engine.ts', 'node:dgram'],
  ['owner-files', 'app.ts', 'node:fs/promises'],
  ['owner-http', 'app.ts', 'node:http'],
  ['owner-threads', 'sources/hep.ts', 'node:worker_threads'],
  ['owner-koffi', 'engine.ts', 'koffi'],
  ['owner-processes', 'cli/args.ts', 'node:child_process'],
];

describe('layer rules', () => {
  test('grant what the design grants', () => {
    const run = layers(plant(ALLOWED), '--floor', '31');
    expect(run.output).toContain(`${Object.keys(ALLOWED).length} source files, 0 violations`);
    expect(run.status).toBe(0);
  });

  test('bite', () => {
    // One cruise for all: a violation is told by its rule and both its ends.
    const tree: Record<string, readonly string[]> = { ...ALLOWED };
    for (const [, from, to] of VIOLATIONS) tree[from] = [...(tree[from] ?? []), to];
    tree['lib/nobody.ts'] = [];
    const run = layers(plant(tree), '--floor', '1');
    const lines = run.output.split('\n');
    const missed = VIOLATIONS.filter(([rule, from, to]) => {
      const target = to.replace(/^type /, '').replace(/^(?:node:|(?:\.\.?\/)+)/, '');
      const file = posix.normalize(`src/${from}`);
      return !lines.some((l) => l.startsWith(`${rule}: ${file} -> `) && l.includes(target));
    });
    expect(missed).toEqual([]);
    expect(lines).toContain('no-orphans: src/lib/nobody.ts -> src/lib/nobody.ts');
    expect(run.status).toBe(1);
  });

  test('cover every rule of the configuration', async () => {
    const { default: configuration } = await import('../../.dependency-cruiser.cjs');
    const planted = new Set(['no-orphans', ...VIOLATIONS.map(([rule]) => rule)]);
    const names = configuration.forbidden.map((rule: { name: string }) => rule.name);
    expect(names.filter((name: string) => !planted.has(name))).toEqual([]);
  });

  test('fail when too little was cruised', () => {
    const run = layers(plant({ 'main.ts': ['./app.ts'], 'app.ts': [] }), '--floor', '3');
    expect(run.output).toContain('too-few');
    expect(run.status).toBe(1);
  });
});
