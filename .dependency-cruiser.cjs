/**
 * The layer rules of docs/architecture.md as data. `npm run layers` runs them; test/project/layers.test.ts plants one
 * violation of each rule and expects it to be found.
 */

/**
 * What a folder may import besides itself: folders end in `/`, the rest are files. Sources to outputs, one direction.
 */
const LAYERS = {
  lib: [],
  context: ['lib/'],
  config: [
    'lib/',
    'package-files.ts',
    'sources/address.ts',
    'context/',
    'classify/context.ts',
    'classify/vocabulary/reach.ts',
    'classify/vocabulary/vocabulary.ts',
  ],
  sources: ['lib/'],
  decode: ['lib/', 'sources/source.ts'],
  // AssemblyScript: of the rest it is only `layout.ts` that TypeScript reads, too.
  simd: [],
  sip: ['lib/', 'simd/layout.ts'],
  calls: ['lib/', 'sip/', 'context/'],
  classify: ['lib/', 'sip/reason.ts', 'calls/call.ts', 'context/'],
  explain: [
    'lib/',
    'sip/reason.ts',
    'calls/call.ts',
    'calls/untold.ts',
    'classify/',
    'config/suggest.ts',
  ],
  api: [
    'lib/',
    'classify/',
    'explain/wire.ts',
    'outputs/',
    'sip/methods.ts',
    'sources/source.ts',
    'calls/call.ts',
    'trace.ts',
    'version.ts',
  ],
  // It runs in a browser: of the rest only shapes.
  page: ['api/', 'classify/outcome.ts', 'explain/explain.ts'],
  outputs: [
    'lib/',
    'sources/source.ts',
    'calls/call.ts',
    'classify/outcome.ts',
    'classify/ratios.ts',
    'context/',
  ],
};

/** Who may import a composition root or an entry. An entry that nothing imports has no row of importers. */
const ROOTS = {
  'main.ts': [],
  'index.ts': [],
  'engine-worker.ts': [],
  'hep-receiver.ts': [],
  'hep-input.ts': ['engine-worker.ts'],
  'hep-thread.ts': ['hep-input.ts'],
  'cli/': ['cli/', 'main.ts'],
  'app.ts': ['main.ts', 'cli/'],
  'recent.ts': ['app.ts'],
  'handover.ts': [
    'app.ts',
    'edge-state.ts',
    'engine-client.ts',
    'engine-worker.ts',
    'messages.ts',
    'recent.ts',
  ],
  'trace.ts': ['handover.ts', 'api/'],
  'page/': ['page/'],
  'captures.ts': ['cli/', 'capture-reading.ts', 'capture-thread.ts', 'capture-worker.ts'],
  'capture-reading.ts': ['cli/', 'capture-thread.ts', 'capture-worker.ts'],
  'capture-thread.ts': ['cli/', 'main.ts', 'capture-worker.ts'],
  'capture-worker.ts': [],
  'scan-batch.ts': ['cli/', 'capture-thread.ts', 'capture-worker.ts'],
  'batch-memory.ts': ['cli/', 'capture-thread.ts', 'scan-batch.ts'],
  'package-files.ts': ['config/', 'scanner.ts'],
  'scanner.ts': ['pipeline.ts'],
  'live-capture.ts': ['app.ts', 'engine-worker.ts', 'messages.ts'],
  'ring-capture.ts': ['live-capture.ts'],
  'capture-input.ts': ['cli/', 'live-capture.ts', 'ring-capture.ts', 'capture-reading.ts'],
};

/** The only places that may import a package or a Node built-in that does I/O. */
const OWNERS = {
  ws: { to: 'node_modules/(?:@types/)?ws/', owners: ['sources/websocket.ts', 'cli/demo'] },
  'prom-client': {
    to: 'node_modules/prom-client/',
    owners: ['outputs/process-metrics.ts', 'outputs/registry.ts'],
  },
  pino: { to: 'node_modules/pino/', owners: ['lib/log.ts', 'outputs/call-log.ts'] },
  zod: {
    to: 'node_modules/zod/',
    owners: ['config/', 'api/schemas.ts', 'api/verdict-schema.ts', 'api/openapi.ts'],
  },
  yaml: { to: 'node_modules/yaml/', owners: ['config/'] },
  'sip.js': { to: 'node_modules/sip\\.js/', owners: ['cli/demo'] },
  sockets: {
    to: '^(?:node:)?(?:dgram|net|tls)$',
    owners: ['sources/', 'cli/demo', 'lib/certificates.ts'],
  },
  files: {
    to: '^(?:node:)?fs(?:/promises)?$',
    owners: [
      'config/',
      'sources/udp-table.ts',
      'sources/interface-drops.ts',
      'sources/capture-bytes.ts',
      'sources/standard-input.ts',
      'cli/',
      'lib/',
      'api/page-files.ts',
    ],
  },
  http: {
    to: '^(?:node:)?https?$',
    owners: [
      'outputs/http',
      'outputs/problem.ts',
      'api/',
      'sources/websocket.ts',
      'sources/http-server.ts',
      'sources/upgrade.ts',
      'sources/relay.ts',
      'sources/relay-handshake.ts',
      'sources/relay-upstream.ts',
      'cli/',
    ],
  },
  threads: {
    to: '^(?:node:)?worker_threads$',
    owners: [
      'engine-client.ts',
      'engine-worker.ts',
      'capture-thread.ts',
      'capture-worker.ts',
      'hep-receiver.ts',
      'hep-thread.ts',
      'lib/slab-memory.ts',
    ],
  },
  koffi: {
    to: 'node_modules/koffi/',
    owners: ['sources/udp-batches.ts', 'sources/packet-calls.ts'],
  },
  processes: {
    to: '^(?:node:)?(?:child_process|cluster)$',
    owners: ['sources/tcpdump.ts'],
  },
};

/**
 * A path below src/ as a pattern: a `.ts` file is matched whole, anything else is a prefix.
 * @param {string} path
 */
const inSource = (path) =>
  path.endsWith('.ts') ? `^src/${path.replaceAll('.', '\\.')}$` : `^src/${path}`;

/**
 * No path at all must match nothing, where an empty pattern would match everything.
 * @param {string[]} paths
 */
const anyOf = (paths) => (paths.length > 0 ? paths.map(inSource) : ['^$']);

/**
 * @param {string} name
 * @param {object} from
 * @param {object} to
 */
const rule = (name, from, to) => ({ name, severity: 'error', from, to });

/** What the sources of `grafana/` may read of the program: tables alone. */
const TABLES = [
  'classify/outcome.ts',
  'classify/q850.ts',
  'classify/ratios.ts',
  'classify/reasons.ts',
  'classify/sip-status.ts',
  'outputs/metric-table.ts',
  'sources/source.ts',
];

module.exports = {
  forbidden: [
    rule('no-circular', {}, { circular: true }),
    rule('no-orphans', { orphan: true, path: '^src/' }, {}),
    rule('not-resolved', { path: '^(?:src|grafana)/' }, { couldNotResolve: true }),
    rule(
      'no-dev-package',
      { path: '^src/' },
      {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: '@types/|node_modules/koffi/',
      },
    ),
    // The same engine runs live and over captures: these four neither do I/O nor read a clock (DESIGN: one direction).
    rule(
      'pure-stages',
      { path: '^src/(?:context|sip|calls|classify)/' },
      { dependencyTypes: ['core'], pathNot: '^(?:node:)?(?:buffer|crypto)$' },
    ),
    rule(
      'no-clock',
      { path: '^src/(?:context|sip|calls|classify)/' },
      { path: '^src/lib/(?:clock|log)\\.ts$' },
    ),
    rule('grafana-tables', { path: '^grafana/' }, { path: '^src/', pathNot: anyOf(TABLES) }),
    rule('no-grafana', { path: '^src/' }, { path: '^grafana/' }),
    ...Object.entries(LAYERS).map(([layer, allowed]) =>
      rule(
        `layer-${layer}`,
        { path: `^src/${layer}/` },
        { path: '^src/', pathNot: anyOf([`${layer}/`, ...allowed]) },
      ),
    ),
    ...Object.entries(ROOTS).map(([root, importers]) =>
      rule(
        `root-${root.replace(/\/|\.ts$/, '')}`,
        { path: '^src/', pathNot: anyOf(importers) },
        { path: inSource(root) },
      ),
    ),
    ...Object.entries(OWNERS).map(([name, { to, owners }]) =>
      rule(`owner-${name}`, { path: '^src/', pathNot: anyOf(owners) }, { path: to }),
    ),
  ],
  options: {
    // Type-only imports cross layers too. TypeScript 7 is unknown to this version: without swc it would see no file.
    tsPreCompilationDeps: true,
    parser: 'swc',
    doNotFollow: { path: 'node_modules' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
