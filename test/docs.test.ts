/** What README and docs say of the project must be true of it: links, commands, metrics, keys, reasons, samples. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { Registry } from 'prom-client';
import { describe, expect, onTestFinished, test } from 'vitest';
import { PAGE_MAX, WINDOW_MAX } from '../src/api/parameters.ts';
import { RECENT_CALL_MAX, RECENT_CALLS_PER_SECOND } from '../src/api/recent-calls.ts';
import { PAGE_CHARACTERS_MAX } from '../src/api/search.ts';
import {
  STREAM_BACKLOG_MAX,
  STREAM_CALLS_PER_SECOND,
  STREAM_RESUME_MAX,
} from '../src/api/stream.ts';
import { PEERS_MAX } from '../src/api/summary.ts';
import { BRANCHES_MAX } from '../src/calls/branch-table.ts';
import { LIMITS, REASON_TEXT_MAX } from '../src/calls/call.ts';
import { LADDERS_PER_SECOND } from '../src/calls/ladder.ts';
import { JOINED_MAX, LEGS_MAX } from '../src/calls/legs.ts';
import { PROBES_MAX } from '../src/calls/probes.ts';
import { RECORDS_MAX } from '../src/calls/record-table.ts';
import { ROUTES_MAX } from '../src/calls/routes.ts';
import { CHUNK, CHUNKS_MAX, TEXT_ITEM_MAX } from '../src/calls/text-store.ts';
import { OPEN_MAX } from '../src/captures.ts';
import { OUTCOMES, type Verdict } from '../src/classify/outcome.ts';
import { isReasonId } from '../src/classify/reasons.ts';
import { ASSIGNMENTS_MAX } from '../src/classify/vocabulary/assign.ts';
import { LADDER_MAX } from '../src/cli/analyze/ladder.ts';
import { ADDRESSES_MAX } from '../src/cli/analyze/summary.ts';
import { COMMANDS } from '../src/cli/args.ts';
import { keyRows } from '../src/config/keys.ts';
import { loadConfig, MAX_FILE_BYTES } from '../src/config/load.ts';
import { VOCABULARY_CODES_MAX } from '../src/config/vocabulary-file.ts';
import { READ_BUFFER } from '../src/decode/capture-reader.ts';
import { CAPTURED_MAX } from '../src/decode/capture-record.ts';
import { FRAGMENT_MS, FRAGMENTED_MAX } from '../src/decode/fragments.ts';
import { EXTENSIONS_MAX, NESTING_MAX } from '../src/decode/layers-table.ts';
import { INTERFACES_MAX } from '../src/decode/pcapng.ts';
import { PENDING_TOTAL_MAX } from '../src/decode/pending.ts';
import {
  HELD_BYTES_MAX,
  HELD_MS,
  HELD_SEGMENTS_MAX,
  HELD_TOTAL_MAX,
  STREAMS_MAX,
} from '../src/decode/tcp.ts';
import { FRAGMENTED_MESSAGES_MAX } from '../src/decode/websocket-reader.ts';
import { QUERY_MAX } from '../src/explain/query.ts';
import { createObserver } from '../src/index.ts';
import { SLAB_MESSAGE_MAX } from '../src/lib/slab.ts';
import { HTTP_LIMITS } from '../src/outputs/http.ts';
import { type Family, METRICS } from '../src/outputs/metric-table.ts';
import { REASON_VALUES_MAX } from '../src/sip/reason.ts';
import { REASON_LINES_MAX } from '../src/sip/scan.ts';
import { FILTER_MAX } from '../src/sources/packet-filter.ts';
import { BLOCK_BYTES } from '../src/sources/packet-socket.ts';
import { VERSION } from '../src/version.ts';
import { udpPayloads } from './support/pcap.ts';

const PROJECT = resolve(import.meta.dirname, '..');
const read = (path: string): string => readFileSync(join(PROJECT, path), 'utf8');
const PAGES = [
  ...readdirSync(PROJECT).filter((name) => name.endsWith('.md')),
  ...readdirSync(join(PROJECT, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
].map((path) => ({ path, text: read(path) }));
const README = read('README.md');
const OPERATIONS = read('docs/operations.md');
const ARCHITECTURE = read('docs/architecture.md');
const LIBRARY = read('docs/library.md');

/** Tests have variables of their own. */
const TEST_CODE = readdirSync(join(PROJECT, 'test'), { encoding: 'utf8', recursive: true })
  .filter((name) => name.endsWith('.ts') && name !== 'docs.test.ts')
  .map((name) => read(join('test', name)))
  .join('\n');

const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
const NPM_COMMANDS = new Set(['install', 'ci', 'start', 'test']);

/** Code spans and fenced blocks, which is where names of things stand. */
function codeOf(text: string): string[] {
  const fences = [...text.matchAll(/^```\w*\n([\s\S]*?)^```/gm)].map(([, code = '']) => code);
  const prose = text.replaceAll(/^```\w*\n[\s\S]*?^```/gm, '');
  return [...fences, ...[...prose.matchAll(/`([^`\n]+)`/g)].map(([, code = '']) => code)];
}

function fences(text: string, language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return [...text.matchAll(pattern)].map(([, code = '']) => code);
}

function section(text: string, heading: string): string {
  const [, rest = ''] = text.split(`\n## ${heading}\n`);
  return rest.split(/\n## /)[0] ?? '';
}

/** As GitHub makes anchors of headings. */
function anchorsOf(text: string): Set<string> {
  const prose = text.replaceAll(/^```[\s\S]*?^```/gm, '');
  return new Set(
    [...prose.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  );
}

describe.each(PAGES)('$path', ({ path, text }) => {
  test('links to what is there', () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
    const broken = links.filter((link) => {
      if (/^[a-z]+:/.test(link)) return false;
      const [target = '', anchor] = link.split('#');
      const file = target === '' ? join(PROJECT, path) : join(PROJECT, dirname(path), target);
      if (!existsSync(file)) return true;
      return anchor !== undefined && !anchorsOf(readFileSync(file, 'utf8')).has(anchor);
    });
    expect(broken).toEqual([]);
  });

  test('names npm scripts and commands that exist', () => {
    const code = codeOf(text).join('\n');
    const runs = [...code.matchAll(/\bnpm run ([\w:-]+)/g)].map(([, name = '']) => name);
    expect(runs.filter((name) => !(name in scripts))).toEqual([]);
    const npm = [...code.matchAll(/\bnpm (?!run\b|warn\b)([a-z]+)/g)].map(([, name = '']) => name);
    expect(npm.filter((name) => !NPM_COMMANDS.has(name))).toEqual([]);
    const callfate = [...code.matchAll(/(?:^|\bnode dist\/main\.js |`)callfate ([a-z][a-z-]*)/gm)];
    const commands = callfate.map(([, name = '']) => name);
    const words = new Set([...Object.keys(COMMANDS), 'demo', 'is', 'callfate']);
    expect(commands.filter((name) => !words.has(name))).toEqual([]);
  });

  test('names metrics and labels that exist', () => {
    const families = new Map<string, Family>(METRICS.map((family) => [family.name, family]));
    const familyOf = (name: string) =>
      families.get(name) ?? families.get(name.replace(/_(?:bucket|sum|count)$/, ''));
    // Between two colons it is a recorded series, and those are another test's.
    const mentions = [...text.matchAll(/(?<!:)\b(callfate_[a-z0-9_]+)\b(?!:)(?:\{([^}\n]*)\})?/g)];
    const wrong = mentions.flatMap(([whole, name = '', labels = '']) => {
      const family = familyOf(name);
      if (family === undefined) return [whole];
      const known = new Set([...family.axes.flatMap((axis) => axis.labels), 'le', 'call_id']);
      const used = [...labels.matchAll(/(\w+)(?:=~|!=|=)"/g)].map(([, label = '']) => label);
      return used.filter((label) => !known.has(label)).map((label) => `${name} ${label}`);
    });
    expect(wrong).toEqual([]);
  });

  test('names configuration keys and variables that exist', () => {
    const paths = new Set(keyRows().map((row) => row.path));
    const sections = new Set(keyRows().map((row) => row.path.split('.')[0] ?? ''));
    const spans = [...text.matchAll(/`([a-z]+(?:\[\])?(?:\.[a-z][A-Za-z]*(?:\[\])?)+)`/g)];
    const unknown = spans
      .map(([, span = '']) => span)
      .filter((span) => sections.has(span.split(/[.[]/)[0] ?? ''))
      .filter((span) => !/\.(?:conf|json|md|ts|tsv|yaml)$/.test(span) && !paths.has(span));
    expect(unknown).toEqual([]);

    const variables = new Set([
      ...keyRows().flatMap(({ variable, secret }) =>
        variable === null ? [] : secret ? [variable, `${variable}_FILE`] : [variable],
      ),
      // What Kubernetes sets beside a service named callfate.
      'CALLFATE_SERVICE_HOST',
    ]);
    const used = [...text.matchAll(/\bCALLFATE_[A-Z0-9_]*[A-Z0-9]\b/g)].map(([name]) => name);
    const unread = used.filter((name) => !variables.has(name) && !TEST_CODE.includes(name));
    expect(unread).toEqual([]);
  });
});

test('docs/metrics.md names every metric', () => {
  const text = read('docs/metrics.md');
  for (const { name } of METRICS) expect(text).toContain(`### ${name}\n`);
});

test('README links to every page of docs', () => {
  for (const { path } of PAGES.filter((page) => page.path.startsWith('docs/'))) {
    expect(README).toContain(`](${path})`);
  }
});

/** Verdicts and counters of the capture that README shows. */
async function capture(): Promise<{ readonly verdicts: Verdict[]; readonly metrics: string }> {
  const registry = new Registry();
  const verdicts: Verdict[] = [];
  const observer = createObserver({ registry, onVerdict: (verdict) => verdicts.push(verdict) });
  const file = join(PROJECT, 'test/corpus/kamailio/s25-503.hep.pcap');
  for (const { at, payload } of udpPayloads(file)) observer.hep(payload, { at });
  observer.close();
  return { verdicts, metrics: await registry.metrics() };
}

describe('README', () => {
  test('shows the verdict and the counters of the capture that it names', async () => {
    const { verdicts, metrics } = await capture();
    const shown: Record<string, unknown> = JSON.parse(fences(README, 'json')[0] ?? '{}');
    expect(Object.keys(shown).length).toBeGreaterThan(5);
    expect(verdicts).toHaveLength(5);
    for (const verdict of verdicts) expect(verdict).toMatchObject(shown);
    const excerpt = fences(README, 'text')[0]?.trim().split('\n') ?? [];
    expect(excerpt).toHaveLength(4);
    for (const line of excerpt) expect(metrics.split('\n')).toContain(line);
  });

  test('shows what a start prints', () => {
    const [, welcome = ''] = fences(README, 'text');
    expect(welcome).toContain(`callfate ${VERSION} is ready`);
    for (const path of ['websocket.port', 'hep.udp.port', 'http.port']) {
      const port = keyRows().find((row) => row.path === path)?.fallback;
      expect(welcome).toContain(`127.0.0.1:${port}`);
    }
  });

  test('names the two commands', () => {
    expect(README).toContain('npm install && npm start');
    expect(README).toContain('npm install && npm test');
  });

  test('names reasons and outcomes that exist', () => {
    const others = new Set(['res_hep', 'res_hep_pjsip', 'proto_hep', 'jq']);
    const spans = [...README.matchAll(/`([a-z]+(?:_[a-z0-9]+)+)`/g)].map(([, span = '']) => span);
    const known = (span: string) => isReasonId(span) || OUTCOMES.some((name) => name === span);
    expect(spans.length).toBeGreaterThan(0);
    expect(spans.filter((span) => !known(span) && !others.has(span))).toEqual([]);
  });

  test('sends SIP as docs/sources.md says', () => {
    const sources = read('docs/sources.md');
    const part = section(README, 'Send it SIP');
    const lines = ['ini', 'xml', 'text'].flatMap((language) =>
      fences(part, language).flatMap((code) => code.trim().split('\n')),
    );
    expect(lines).toHaveLength(8);
    for (const line of lines) expect(sources).toContain(line);
  });
});

test('every YAML example of callfate itself is a valid configuration', () => {
  const directory = mkdtempSync(join(tmpdir(), 'callfate-docs-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'callfate.yaml');
  const examples = [README, OPERATIONS].flatMap((text) => fences(text, 'yaml'));
  const own = examples.filter((text) => !text.startsWith('scrape_configs:'));
  expect(own.length).toBeGreaterThan(0);
  for (const text of own) {
    writeFileSync(file, text);
    expect(loadConfig({ file, environment: {} })).toMatchObject({ ok: true });
  }
});

test('docs/operations.md says what to do about every limit', () => {
  for (const limit of LIMITS)
    expect(OPERATIONS).toMatch(new RegExp(`^\\| .*\`${limit}\`.* \\|$`, 'm'));
});

describe('the bounds of docs/architecture.md', () => {
  const number = new Intl.NumberFormat('en-US').format;
  const rows = section(ARCHITECTURE, 'Bounds').split('\n');
  const fallback = (path: string): number => {
    const value = keyRows().find((row) => row.path === path)?.fallback;
    if (typeof value !== 'number') throw new Error(`${path} has no number`);
    return value;
  };

  test.each([
    ['One message', SLAB_MESSAGE_MAX, 'bytes'],
    ['One captured packet', CAPTURED_MAX, 'bytes'],
    ['One capture in memory', READ_BUFFER, 'bytes'],
    ['Captures read at a time, where they overlap', OPEN_MAX, ''],
    ['Interfaces of a pcapng section', INTERFACES_MAX, ''],
    ['Fragmented datagrams', FRAGMENTED_MAX, ''],
    ['Fragments of one datagram', FRAGMENT_MS, 'ms'],
    ['Tags and tunnels in one another', NESTING_MAX, ''],
    ['IPv6 extension headers', EXTENSIONS_MAX, ''],
    ['Directions of TCP connections', STREAMS_MAX, ''],
    ['Segments of one direction that wait', HELD_SEGMENTS_MAX, ''],
    ['Bytes of one direction that wait', HELD_BYTES_MAX, ''],
    ['Bytes of all directions that wait', HELD_TOTAL_MAX, ''],
    ['Missing TCP segment', HELD_MS, 'ms'],
    ['Unfinished messages of all streams', PENDING_TOTAL_MAX, 'bytes'],
    ['WebSocket messages in fragments, captured', FRAGMENTED_MESSAGES_MAX, ''],
    ['Messages of a call that is drawn', LADDER_MAX, ''],
    ['Failing addresses of a summary', ADDRESSES_MAX, ''],
    ['One recent call', RECENT_CALL_MAX, 'characters'],
    ['Calls kept of one second', RECENT_CALLS_PER_SECOND, ''],
    ['Ladders written in one second', LADDERS_PER_SECOND, ''],
    ['Calls on a page of the API', PAGE_MAX, ''],
    ['Characters of verdicts on such a page', PAGE_CHARACTERS_MAX, ''],
    ['Longest window of a summary', WINDOW_MAX, 's'],
    ['Peers told apart in 10 s of a summary', PEERS_MAX, ''],
    ['Bytes that wait for a stream', STREAM_BACKLOG_MAX, ''],
    ['Calls a second on a stream', STREAM_CALLS_PER_SECOND, ''],
    ['Characters that a stream begins with anew', STREAM_RESUME_MAX, ''],
    ['Branches of an attempt', BRANCHES_MAX, ''],
    ['Messages remembered of an attempt', RECORDS_MAX, ''],
    ['Texts of an attempt', CHUNKS_MAX, `chunks of ${CHUNK} bytes`],
    ['Pairs of addresses that messages travel between', ROUTES_MAX, ''],
    ['One text', TEXT_ITEM_MAX, 'bytes'],
    ['One Reason value', REASON_TEXT_MAX, 'bytes'],
    ['Reason headers of a message', REASON_LINES_MAX, ''],
    ['Values in a Reason header', REASON_VALUES_MAX, ''],
    ['Legs of a call', LEGS_MAX, ''],
    ['Calls of several legs, and identifiers that may join', JOINED_MAX, 'each'],
    ['OPTIONS and REGISTER in progress', PROBES_MAX, ''],
    ['Configuration file', MAX_FILE_BYTES, 'bytes'],
    ['Vocabulary file', MAX_FILE_BYTES, 'bytes'],
    ['Codes of a vocabulary', VOCABULARY_CODES_MAX, ''],
    ['Endings whose codes are remembered', ASSIGNMENTS_MAX, ''],
    ['Question to `explain`', QUERY_MAX, 'characters'],
    ['A block of a capture ring, and so a packet in it', BLOCK_BYTES, 'bytes'],
    ['Instructions of a capture filter', FILTER_MAX, ''],
    ['HTTP connections', HTTP_LIMITS.maxConnections, ''],
    ['HTTP request head', HTTP_LIMITS.maxHeaderBytes, 'bytes'],
    ['HTTP request', HTTP_LIMITS.requestTimeoutMs / 1000, 's'],
    ['Answer of the engine to a scrape', HTTP_LIMITS.scrapeTimeoutMs / 1000, 's'],
  ])('%s is %d', (name, value, unit) => {
    const row = `| ${name} | ${`${number(value)} ${unit}`.trim()} | - |`;
    expect(rows.filter((line) => line.startsWith(row))).toHaveLength(1);
  });

  test.each([
    ['websocket.maxPayloadBytes', 'bytes'],
    ['websocket.maxConnections', ''],
    ['websocket.idleTimeoutSeconds', 's'],
    ['hep.udp.receiveBufferBytes', 'bytes'],
    ['hep.udp.ringBytes', 'bytes'],
    ['capture.bufferKib', 'KiB'],
    ['limits.ringBytes', 'bytes'],
    ['calls.max', ''],
    ['limits.endpoints', ''],
    ['limits.verdictQueue', ''],
    ['limits.logQueueBytes', 'bytes'],
    ['limits.peers', ''],
    ['limits.series', ''],
    ['recent.maxCalls', ''],
    ['recent.maxAgeSeconds', 's'],
    ['recent.maxBytes', ''],
    ['recent.streams', ''],
  ])('have the default of %s', (path, unit) => {
    const cells = `| ${`${number(fallback(path))} ${unit}`.trim()} | \`${path}\` |`;
    expect(rows.filter((line) => line.includes(cells))).toHaveLength(1);
  });

  test('name every limit that is counted', () => {
    const counted = new Set(rows.flatMap((line) => line.match(/`(\w+)`|limit="(\w+)"/g) ?? []));
    const text = [...counted].join(' ');
    for (const limit of LIMITS) expect(text).toContain(limit);
  });
});

describe('docs/library.md', () => {
  test('has an example that prints what the page says', () => {
    const [example = ''] = fences(LIBRARY, 'js');
    const [output] = fences(LIBRARY, 'text');
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module'], {
      cwd: PROJECT,
      input: example,
      encoding: 'utf8',
    });
    expect(stderr).toBe('');
    expect(stdout).toBe(output);
  });

  test.each([
    ['ObserverOptions', 'Option'],
    ['Observer', 'Method'],
  ])('names every member of %s', (name, head) => {
    const source = read('src/observer.ts');
    const body = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source)?.[1];
    const members = [...(body ?? '').matchAll(/^ {2}(?:readonly )?(\w+)\??[:(]/gm)];
    const table = new RegExp(`\\| ${head} \\|[^\\n]*\\n((?:\\|.*\\n)+)`).exec(LIBRARY)?.[1] ?? '';
    const documented = [...table.matchAll(/^\| `(\w+)/gm)];
    expect(members.length).toBeGreaterThan(1);
    expect(documented.map(([, member]) => member)).toEqual(members.map(([, member]) => member));
  });
});
