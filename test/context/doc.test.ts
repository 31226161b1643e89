/**
 * The generated parts of docs/context.md, and its examples. After a change of the tables:
 *
 *     npx vitest run --project unit test/context/doc.test.ts -u
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { FACTS_PER_CALL } from '../../src/calls/context-book.ts';
import { EVENT_IDS_MAX } from '../../src/calls/event-ids.ts';
import { FACT_ROWS, type FactRow } from '../../src/classify/context-facts.ts';
import { loadConfig } from '../../src/config/load.ts';
import { CONTEXT_NAMES, CONTEXT_STAGES } from '../../src/context/kinds.ts';
import {
  CONTEXT_RESULTS,
  type ContextResult,
  REQUEST_REFUSALS,
  type RequestRefusal,
} from '../../src/context/results.ts';
import { REFUSALS } from '../../src/outputs/http-context.ts';
import { PATTERN_READS } from '../../src/sip/pattern.ts';
import { Sidecar } from '../support/sidecar.ts';
import { until } from '../support/until.ts';

const PAGE = join(import.meta.dirname, '../../docs/context.md');
const TEXT = readFileSync(PAGE, 'utf8');

const RESULTS = {
  accepted: 'The call is in progress or settling.',
  held: 'The call was not seen yet: the fact waits for it.',
  duplicate: 'Its source sent this id before.',
  late: 'The call has its verdict.',
  call_full: 'The call has 32 facts already.',
  full: 'As many facts are held as `limits.contextFacts` allows.',
  not_an_object: 'An event is a JSON object.',
  specversion: '`specversion` is not `1.0`.',
  attributes: '`id` or `source` is missing, empty or too long.',
  unknown_type: '`type` is none of the facts above.',
  call_id: 'No Call-ID, or one that is none.',
  time: '`time` is not RFC 3339.',
  data: 'Something in `data` is wrong or not known; `detail` says what.',
} as const satisfies Record<ContextResult, string>;

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
const code = (text: string): string => `\`${text}\``;

function conditions(one: FactRow): string {
  const parts = [
    one.name && `name ${one.name.map(code).join(', ')}`,
    one.enforcedBy && `enforcedBy ${one.enforcedBy.map(code).join(', ')}`,
    one.subject && `subject ${one.subject.map(code).join(', ')}`,
    one.from && `from ${code(one.from)}`,
    one.beside && `beside ${code(one.beside)}`,
    one.outbound && 'outbound',
    one.redirected && 'answered by a 3xx',
    one.generic && 'a default',
  ];
  return parts.filter((part) => part !== undefined).join('; ') || '-';
}

const reason = (id: string): string => `[\`${id}\`](reasons.md)`;

function facts(): string {
  const rows = CONTEXT_NAMES.flatMap((name) => {
    const readBy = FACT_ROWS.filter(({ fact }) => fact === name);
    if (readBy.length === 0) return [[code(name), '-', '-', '-']];
    return readBy.map((one) => {
      const both = one.connected === null || one.holds === 'setup';
      const given = both
        ? reason(one.setup)
        : `${reason(one.setup)}; answered: ${reason(one.connected ?? one.setup)}`;
      return [code(name), conditions(one), one.holds, given];
    });
  });
  return table(['Fact', 'When', 'Holds', 'Reason'], rows);
}

const PARTS = {
  facts,
  stages: () => `${CONTEXT_STAGES.map(code).join(', ')}.`,
  results: () =>
    table(
      ['Result', 'Means'],
      CONTEXT_RESULTS.map((result) => [code(result), RESULTS[result]]),
    ),
  requests: () =>
    table(
      ['Reason', 'Status', 'Error'],
      REQUEST_REFUSALS.map((name: RequestRefusal) => [
        code(name),
        String(REFUSALS[name].status),
        REFUSALS[name].error,
      ]),
    ),
} as const satisfies Record<string, () => string>;

function page(): string {
  let text = TEXT;
  for (const [name, part] of Object.entries(PARTS)) {
    const begin = `<!-- generated: ${name} -->\n`;
    const end = `<!-- end of generated: ${name} -->`;
    const [from, to] = [text.indexOf(begin), text.indexOf(end)];
    if (from < 0 || to < 0) throw new Error(`no markers of ${name}`);
    text = `${text.slice(0, from)}${begin}\n${part()}\n\n${text.slice(to)}`;
  }
  return text;
}

test('docs/context.md is current', async () => {
  await expect(page()).toMatchFileSnapshot(PAGE);
});

test('its bounds are those of the code', () => {
  const number = new Intl.NumberFormat('en-US').format;
  expect(TEXT).toContain(
    `| Facts under one Call-ID, and facts of rules on one attempt | ${FACTS_PER_CALL} |`,
  );
  expect(TEXT).toContain(`| Event ids remembered | ${number(EVENT_IDS_MAX)} |`);
  expect(TEXT).toContain(`the first ${number(PATTERN_READS)} bytes`);
});

const EXAMPLES = [...TEXT.matchAll(/^```yaml\n([\s\S]*?)^```/gm)].map(([, yaml = '']) => yaml);

test.each(EXAMPLES.map((yaml, i) => [i, yaml] as const))(
  'example %i is a valid configuration',
  (_, yaml) => {
    const loaded = loadConfig({ file: 'x.yaml', environment: {}, readFile: () => yaml });
    expect(loaded).toMatchObject({ ok: true });
  },
);

interface Exchange {
  readonly type: string;
  readonly token: string;
  readonly body: string;
  readonly answer: string;
}

/** A curl command and the answer that follows it. */
function exchanges(): Exchange[] {
  const pattern = /^```sh\ncurl ([\s\S]*?)^```\n\n```json\n([\s\S]*?)^```/gm;
  return [...TEXT.matchAll(pattern)].map(([, command = '', answer = '']) => ({
    type: /Content-Type: ([^']+)/.exec(command)?.[1] ?? '',
    token: /Bearer ([^']+)/.exec(command)?.[1] ?? '',
    body: /-d '([^']+)'/.exec(command)?.[1] ?? '',
    answer,
  }));
}

describe('a sidecar', () => {
  let sidecar: Sidecar;

  beforeAll(async () => {
    sidecar = await Sidecar.prepare();
    sidecar.configure(`${EXAMPLES[0]}  waitMs: 0\n`);
    sidecar.start();
    await sidecar.ready();
  });
  afterAll(() => sidecar.close());

  test('answers the examples as the page says, and writes the verdict on the refused call', async () => {
    const said = exchanges();
    expect(said).toHaveLength(3);
    for (const { type, token, body, answer } of said) {
      const response = await fetch(`http://127.0.0.1:${sidecar.ports.http}/v1/context`, {
        method: 'POST',
        headers: { 'Content-Type': type, Authorization: `Bearer ${token}` },
        body,
      });
      expect(await response.text()).toBe(answer);
    }
    await until(() => sidecar.calls().length > 0);
    expect(sidecar.calls()).toMatchObject([
      { source: 'context', callId: 'task-4711', reason: 'callee_blacklisted', connected: false },
    ]);
    const held = 'callfate_context_events_total{result="held"}';
    expect(await sidecar.metric(held)).toBe('4');
    expect(await sidecar.metric('callfate_context_events_total{result="unknown_type"}')).toBe('1');
    expect(await sidecar.metric('callfate_attempts_started_total')).toBe('0');
    expect(await sidecar.metric('callfate_context_held_facts')).toBe('2');
    const refused =
      'callfate_context_attempts_ended_total{direction="unknown",outcome="blocked",reason="callee_blacklisted",attribution="policy"}';
    expect(await sidecar.metric(refused)).toBe('1');
  });
});
