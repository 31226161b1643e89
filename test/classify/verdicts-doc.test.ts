/**
 * The generated parts of docs/verdicts.md. After a change of the rules:
 *
 *     npx vitest run --project unit test/classify/verdicts-doc.test.ts -u
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { JOIN_METHODS } from '../../src/calls/call.ts';
import { Peers } from '../../src/calls/peers.ts';
import { CALL_RULES } from '../../src/classify/call-rules.ts';
import { type Classified, classify } from '../../src/classify/classify.ts';
import {
  ATTRIBUTIONS,
  CERTAINTIES,
  DIRECTIONS,
  ENDED_BY,
  ENDED_BY_ROLES,
  EVIDENCE_KINDS,
  type EvidenceKind,
  OUTCOMES,
  type Outcome,
  SEEN_IN,
  type SeenIn,
  STAGES,
  type Verdict,
} from '../../src/classify/outcome.ts';
import { type Reading, readings } from '../../src/classify/readings.ts';
import { isReasonId, REASONS } from '../../src/classify/reasons.ts';
import { RULES, type Rule, WEIGHTS, type Weight } from '../../src/classify/rules.ts';
import { SHIPPED_VOCABULARIES } from '../../src/config/schema.ts';
import type { ContextSource } from '../../src/context/kinds.ts';
import { createObserver } from '../../src/index.ts';
import { CALLER_BYE } from '../support/calls.ts';
import { sipPayloads } from '../support/pcap.ts';
import { directoryOf, play } from '../support/sip.ts';

const PAGE = join(import.meta.dirname, '../../docs/verdicts.md');
const TEXT = readFileSync(PAGE, 'utf8');
const CORPUS = join(import.meta.dirname, '../corpus');

const OUTCOME_MEANINGS = {
  completed: 'Served, and ended normally.',
  dropped:
    'Answered, then ended by a fault: media, network, session timer, a dialog that was gone, a limit.',
  transferred: "The transferor's leg only.",
  voicemail: 'A voicemail or another machine was reached, or a message was left.',
  abandoned: 'The customer left an IVR, a queue, a ringing agent, a voicemail greeting or hold.',
  answered_by_platform: 'An IVR or queue peer answered, and nothing says what followed.',
  busy: 'The callee was busy.',
  no_answer: 'It rang, and nobody answered.',
  declined: 'The callee refused.',
  redirected: '3xx that nobody followed.',
  unreachable: 'The callee could not be reached.',
  invalid_number: 'The number does not exist or is not complete.',
  cancelled: 'The caller gave up before the answer, or its CANCEL crossed the answer.',
  answered_elsewhere: 'A leg that lost: another one was answered. In no ratio.',
  blocked: 'Refused by policy, or an unlisted stranger without credentials.',
  failed: 'Set-up failed: network, carrier, platform, credentials given up, no ACK.',
  lost: 'No end was seen.',
} as const satisfies Record<Outcome, string>;

const WEIGHT_MEANINGS = {
  ruling: 'Ends the matter.',
  specific: 'Names a cause.',
  generic: 'A default: any specific reading beats it, even one of a weaker kind.',
  synthetic: 'Made up by a PBX.',
  none: 'Shown, and never decides.',
  impossible: 'A fact that the signalling rules out: never decides, and is a conflict.',
} as const satisfies Record<Weight, string>;

const KIND_MEANINGS = {
  context:
    'What the platform told of the call, and what stage rules found, see [context.md](context.md).',
  vendor_reason: "A Reason of a vendor's own protocol or with a telling text.",
  q850: 'Q.850 cause in a final response, BYE or CANCEL.',
  sip_status: 'Final status.',
  sip_reason: 'SIP status in a Reason of a BYE or CANCEL.',
  provisional_reason: 'Reason in a provisional response, which a later default may hide.',
  request: 'Who sent BYE or CANCEL, and how it went on.',
  inference: 'Timers, silence, peers, several legs together.',
} as const satisfies Record<EvidenceKind, string>;

/** When a row of `CALL_RULES` holds, in words. */
const CALL_CONDITIONS: Readonly<Record<string, string>> = {
  'lead-told': 'Facts decided the lead.',
  'transfer-target-failed':
    'The lead left by a transfer; the far leg began after that was answered, and was refused.',
  'transferred-on-b2bua-hung-up':
    'As the next, and the B2BUA ended the leg that ended first, without a fault.',
  'transferred-on': 'The lead left by a transfer, and another leg went on.',
  'lead-lost': 'Both were answered; the end of the lead was not seen, that of the far leg was.',
  'b2bua-hung-up-with-cause':
    'Both were answered; the callee ended the lead and the caller the far leg; the lead names a cause.',
  'b2bua-hung-up-with-cause-behind':
    'Both were answered; the callee ended the lead and the caller the far leg; only the far leg names a cause.',
  'far-fault': 'Both were answered; the lead ended by default, the far leg names a cause.',
  'b2bua-hung-up': 'Both were answered; the callee ended the lead and the caller the far leg.',
  'answered-after-others':
    'The lead was answered after all others had been refused or cancelled, and ended without a fault.',
  'abandoned-while-agents-rang':
    'The lead was answered and its caller hung up; the far leg was cancelled before an answer.',
  'rang-out-behind-answer':
    'The lead was answered and its callee hung up without a fault; nobody else answered, and the far leg was cancelled.',
  'abandoned-unreached':
    'The lead was answered and its caller hung up without a fault; nobody else answered, and the far leg was busy, declined, unreachable or not answered.',
  'refused-behind-answer':
    'The lead was answered and ended without a fault; nobody else answered, and the far leg was refused.',
  'refused-first-hand': 'Both were refused.',
  'lead-decides': 'The lead was answered, cancelled or lost, or its own evidence is sure.',
  'b2bua-stopped-ringing': 'The far leg was cancelled, and the caller had not given up.',
};

const code = (text: string): string => `\`${text}\``;
/** A cell may hold text that means something to Markdown. */
const cell = (text: string): string => text.replaceAll(/[\\|<*_]/g, '\\$&');
const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
}

function verdictsOf(capture: string): Verdict[] {
  const verdicts: Verdict[] = [];
  const observer = createObserver({
    onVerdict: (verdict) => verdicts.push(verdict),
    vocabularies: SHIPPED_VOCABULARIES,
  });
  for (const { at, src, dst, payload } of sipPayloads(join(CORPUS, capture))) {
    observer.sip(payload, { at, source: src, destination: dst });
  }
  observer.close();
  return verdicts;
}

/** One line a field; lists of objects one line an entry. */
function sample(): string {
  const [verdict] = verdictsOf('kamailio/s25-503.sip.pcap');
  const lines = Object.entries(verdict ?? {}).map(([key, value]) => {
    const list = Array.isArray(value) && typeof value[0] === 'object' && value.length > 1;
    const text = list
      ? `[\n${value.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n')}\n  ]`
      : JSON.stringify(value);
    return `  ${JSON.stringify(key)}: ${text}`;
  });
  return `\`\`\`json\n{\n${lines.join(',\n')}\n}\n\`\`\``;
}

function meanings<K extends string>(
  head: string,
  names: readonly K[],
  text: Readonly<Record<K, string>>,
): string {
  return table(
    [head, 'Means'],
    names.map((name) => [code(name), text[name]]),
  );
}

function outcomes(): string {
  const rows = OUTCOMES.map((outcome) => {
    const count = REASONS.filter((reason) => reason.outcome === outcome).length;
    return [`[\`${outcome}\`](reasons.md#${outcome})`, String(count), OUTCOME_MEANINGS[outcome]];
  });
  return table(['Outcome', 'Reasons', 'Means'], rows);
}

const PLACES: Readonly<Record<string, string>> = {
  response: 'in a final response',
  provisional: 'in a provisional response',
  bye: 'in a BYE',
  cancel: 'in a CANCEL',
} satisfies Record<SeenIn, string>;

const SOURCE_NAMES = {
  api: 'the context API',
  rule: 'a stage rule',
  media: 'media statistics',
} as const satisfies Record<ContextSource, string>;

function conditions(rule: Rule): string {
  const parts = [
    rule.protocol?.map(code).join(' '),
    rule.causes && `cause ${rule.causes.join(', ')}`,
    rule.sources && `from ${rule.sources.map((source) => SOURCE_NAMES[source]).join(', ')}`,
    rule.status && `status ${rule.status.join(', ')}`,
    rule.seenIn?.map((place) => PLACES[place] ?? '?').join(', '),
    rule.text && `text ${code(rule.text.source.replaceAll('|', '\\|'))}`,
    rule.when && '*also*',
  ];
  return [rule.on, ...parts.filter((part) => part !== undefined)].join('; ');
}

function reasonOf(rule: Rule): string {
  if (typeof rule.reason === 'string') return code(rule.reason);
  const known: Readonly<Record<string, unknown>> = readings;
  const name = Object.keys(known).find((key) => known[key] === rule.reason);
  return `${NAMES[name ?? ''] ?? '?'} (looked up)`;
}

/** What the readings look a reason up by. */
const NAMES: Readonly<Record<string, string>> = {
  clearing: 'who hung up',
  cancelled: 'how far it had come',
  cause: 'Q.850 cause',
  status: 'SIP status',
  freeswitch: "FreeSWITCH's cause",
  transferred: 'kind of transfer',
  dialogFailed: '481 or 408',
  cutOff: 'answered or not, and which end closed',
  preempted: 'answered or not',
  credit: 'answered or not',
  context: '[facts](context.md#facts)',
};

function rules(): string {
  const rows = RULES.map((rule) => [
    code(rule.id),
    conditions(rule),
    code(rule.kind),
    rule.weight === 'row' ? 'as the row says' : rule.weight,
    rule.certainty ?? 'observed',
    reasonOf(rule),
    cell(rule.why),
  ]);
  return table(['Rule', 'Reads', 'Kind', 'Weight', 'Certainty', 'Reason', 'Why'], rows);
}

/** Two different legs, to tell which one a rule chooses. */
function twoLegs(): readonly [Classified, Classified] {
  const peers = directoryOf(new Peers([]));
  const legs = ['one', 'two'].flatMap((id) =>
    play(CALLER_BYE.replaceAll(/^(\s+\d+ .*)$/gm, `$1 id=${id}`)).ended.map((ended) =>
      classify(ended, peers),
    ),
  );
  const [lead, far] = legs;
  if (lead === undefined || far === undefined) throw new Error('a leg did not end');
  return [lead, far];
}

function callRules(): string {
  const [lead, far] = twoLegs();
  const rows = CALL_RULES.map((rule) => {
    const { leg, reason, endedBy, certainty, why } = rule.decide(lead, far, [far]);
    const decides = leg === lead ? 'lead' : 'far';
    return [
      code(rule.id),
      CALL_CONDITIONS[rule.id] ?? '?',
      reason === undefined ? `that of the ${decides}` : code(reason),
      endedBy ?? `as of the ${decides}`,
      certainty ?? `as of the ${decides}`,
      cell(why ?? '-'),
    ];
  });
  return table(['Rule', 'Holds when', 'Reason', 'Ended by', 'Certainty', 'Why'], rows);
}

const PARTS = {
  sample,
  outcomes,
  weights: () => meanings('Weight', WEIGHTS, WEIGHT_MEANINGS),
  kinds: () => meanings('Kind, strongest first', EVIDENCE_KINDS, KIND_MEANINGS),
  rules,
  'call-rules': callRules,
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

test('docs/verdicts.md is current', async () => {
  await expect(page()).toMatchFileSnapshot(PAGE);
});

test('every reading that a rule names has words', () => {
  const looked = RULES.map(({ reason }) => reason).filter(
    (reason): reason is Reading => typeof reason !== 'string',
  );
  expect(looked.length).toBeGreaterThan(0);
  expect(rules()).not.toContain('| ? (looked up)');
});

test('every rule about calls has words', () => {
  expect(Object.keys(CALL_CONDITIONS)).toEqual(CALL_RULES.map(({ id }) => id));
});

/** Paths of all fields: `sip.status`, `branches[].peer`. Evidence in a conflict has the fields of evidence. */
function paths(value: unknown, path: string): string[] {
  if (Array.isArray(value) && value.length === 0) return path === 'context' ? [path] : [];
  if (Array.isArray(value) && typeof value[0] === 'object') {
    return value.flatMap((entry) => paths(entry, `${path}[]`));
  }
  const leaf = /^(?:vocabularies|conflicts\[\]\..*)$/.test(path);
  if (leaf || typeof value !== 'object' || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, child]) =>
    paths(child, path === '' ? key : `${path}.${key}`),
  );
}

describe('the table of fields', () => {
  const section = /## Fields\n([\s\S]*?)\n## /.exec(TEXT)?.[1] ?? '';
  const rows = [...section.matchAll(/^\| (`.*?`) \| (.*) \|$/gm)];
  const documented = rows.flatMap(([, names = '']) => [...names.matchAll(/`([^`]+)`/g)]);

  test('has every field of a verdict and no other', () => {
    // A refusal with a cause, and one with a conflict.
    const verdicts = ['kamailio/s25-503.sip.pcap', 'asterisk16/a13-b2bua-603.sip.pcap'].flatMap(
      verdictsOf,
    );
    const fields = new Set(verdicts.flatMap((verdict) => paths(verdict, '')));
    expect(new Set(documented.map(([, name]) => name))).toEqual(fields);
  });

  test.each([
    ['joined', JOIN_METHODS],
    ['direction', DIRECTIONS],
    ['attribution', ATTRIBUTIONS],
    ['stage', STAGES],
    ['endedBy', ENDED_BY],
    ['endedByRole', ENDED_BY_ROLES],
    ['certainty', CERTAINTIES],
    ['q850.seenIn', SEEN_IN],
  ] as const)('names every value of %s', (field, values) => {
    const text = rows.find(([, names = '']) => names.includes(`\`${field}\``))?.[2] ?? '';
    for (const value of values) expect(text).toContain(`\`${value}\``);
  });
});

test('every reason that the page names is one', () => {
  const section = /## Lost\n([\s\S]*)$/.exec(TEXT)?.[1] ?? '';
  const named = [...section.matchAll(/^\| `(\w+)`/gm)].map(([, id = '']) => id);
  const lost = REASONS.filter(({ outcome }) => outcome === 'lost').map(({ id }) => id);
  expect(named.every(isReasonId)).toBe(true);
  expect(new Set(named)).toEqual(new Set(lost));
});
