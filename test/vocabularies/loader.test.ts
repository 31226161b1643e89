/** Mistakes in a user's own vocabulary: one file for each, and the one line it is refused with. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { stringify } from 'yaml';
import { errorLines } from '../../src/config/errors.ts';
import { loadSetup } from '../../src/config/setup.ts';

/** The lines that a configuration with this file of its own is refused with; empty when it is accepted. */
function linesOf(text: string, config = 'vocabularies: {files: [own.yaml]}'): readonly string[] {
  const files: Readonly<Record<string, string>> = { 'x.yaml': config, 'own.yaml': text };
  const result = loadSetup({
    file: 'x.yaml',
    environment: {},
    readFile: (path) => {
      const found = files[path.replace(/^.*\//, '')];
      if (found === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
      return found;
    },
  });
  // Own files are named by their whole path, which is the working directory's here.
  const here = `${process.cwd()}/`;
  return result.ok ? [] : errorLines(result.error).map((line) => line.replaceAll(here, ''));
}

const HEAD = 'vocabulary: acme\ntitle: Acme\nsource: Acme manual\ncodes:\n';

/** One code with these lines in place of, or besides, its own. */
function code(name: string, lines: Readonly<Record<string, string | null>> = {}): string {
  const own = {
    field: 'status',
    code: '"1"',
    name,
    scope: 'call',
    evidence: 'signalling',
    reason: 'user_busy',
    when: '{outcome: busy}',
    ...lines,
  };
  const kept = Object.entries(own).filter(([, value]) => value !== null);
  return kept
    .map(([key, value], index) => `${index === 0 ? '  - ' : '    '}${key}: ${value}\n`)
    .join('');
}

const one = (lines: Readonly<Record<string, string | null>>): string => HEAD + code('Busy', lines);

const MISTAKES: readonly (readonly [what: string, text: string, line: string])[] = [
  [
    'unknown key of the file',
    `${HEAD}${code('Busy')}fields: []\n`,
    ':12:1: fields: unknown key; the keys here are vocabulary, title, source, codes [CFG_UNKNOWN_KEY]',
  ],
  [
    'unknown key of a code',
    one({ whn: '{}' }),
    ':12:5: codes[0].whn: unknown key; did you mean when? [CFG_UNKNOWN_KEY]',
  ],
  [
    'unknown condition',
    one({ when: '{outcom: busy}' }),
    ':11:12: codes[0].when.outcom: unknown key; did you mean outcome? [CFG_UNKNOWN_KEY]',
  ],
  [
    'unknown reason',
    one({ reason: 'user_bussy' }),
    ':10:13: codes[0].reason: "user_bussy" is not one of its values; did you mean user_busy? [CFG_VALUE]',
  ],
  [
    'a reason that is like no other',
    one({ reason: 'sunshine' }),
    ':10:13: codes[0].reason: "sunshine" is not one of its values; docs/reasons.md lists them [CFG_VALUE]',
  ],
  [
    'unknown reason of a condition',
    one({ when: '{reason: [user_busy, no_anser]}' }),
    ':11:32: codes[0].when.reason[1]: "no_anser" is not one of its values; did you mean no_answer? [CFG_VALUE]',
  ],
  [
    'unknown outcome',
    one({ when: '{outcome: buzy}' }),
    ':11:21: codes[0].when.outcome: "buzy" is not one of its values; did you mean busy? [CFG_VALUE]',
  ],
  [
    'no evidence source',
    one({ evidence: null }),
    ':5:5: codes[0].evidence: missing; choose signalling, context, media [CFG_MISSING]',
  ],
  [
    'wrong evidence source',
    one({ evidence: 'signaling' }),
    ':9:15: codes[0].evidence: "signaling" is not one of its values; did you mean signalling? [CFG_VALUE]',
  ],
  [
    'no conditions',
    one({ when: null }),
    ':5:5: codes[0].when: missing; add the conditions; {} holds for every call [CFG_MISSING]',
  ],
  [
    'empty conditions',
    one({ when: '' }),
    ':11:11: codes[0].when: missing; add the conditions; {} holds for every call [CFG_MISSING]',
  ],
  [
    'a number for a code',
    one({ code: '486' }),
    ':6:11: codes[0].code: expected text, got a number; put it in quotes [CFG_TYPE]',
  ],
  [
    'an empty name',
    one({ name: '""' }),
    ':7:11: codes[0].name: "" is no printable text; write printable characters, at least one [CFG_VALUE]',
  ],
  [
    'a name that is too long',
    one({ name: 'x'.repeat(65) }),
    ':7:11: codes[0].name: 65 characters, more than 64; choose 1 to 64 characters [CFG_RANGE]',
  ],
  [
    'a field that is no name',
    one({ field: '"Call Status"' }),
    ':5:12: codes[0].field: "Call Status" is no name; use 1 to 63 of a-z, 0-9, _ and -, the first a letter or digit [CFG_VALUE]',
  ],
  [
    'a vocabulary that is no name',
    one({}).replace('acme', 'Acme'),
    ':1:13: vocabulary: "Acme" is no name; use 1 to 63 of a-z, 0-9, _ and -, the first a letter or digit [CFG_VALUE]',
  ],
  [
    'unknown scope',
    one({ scope: 'calls' }),
    ':8:12: codes[0].scope: "calls" is not one of its values; did you mean call? [CFG_VALUE]',
  ],
  [
    'a flag in quotes',
    one({ when: '{served: "yes"}' }),
    ':11:20: codes[0].when.served: expected true or false, got text; write true or false, without quotes [CFG_TYPE]',
  ],
  [
    'a status that is none',
    one({ when: '{sipStatus: 4xx}' }),
    ':11:23: codes[0].when.sipStatus: "4xx" is no number or range from 100 to 699; write 100, or 100-699 [CFG_VALUE]',
  ],
  [
    'a range that is turned round',
    one({ when: '{sipStatus: 499-400}' }),
    ':11:23: codes[0].when.sipStatus: "499-400" is no number or range from 100 to 699; write 100, or 100-699 [CFG_VALUE]',
  ],
  [
    'a cause that is none',
    one({ when: '{q850: [34, 128]}' }),
    ':11:23: codes[0].when.q850[1]: 128 is no number or range from 0 to 127; write 0, or 0-127 [CFG_VALUE]',
  ],
  [
    'unknown threshold',
    one({ when: '{talk: {from: shortTalk}}' }),
    ':11:25: codes[0].when.talk.from: "shortTalk" is no time; write seconds, or one of shortTalkSeconds, shortQueueSeconds, longRingSeconds, longUnrungSeconds [CFG_VALUE]',
  ],
  [
    'a time that is empty',
    one({ when: '{talk: {from: 5, below: 5}}' }),
    ':11:18: codes[0].when.talk: no time is from 5 s and below 5 s; make from the smaller one [CFG_VALUE]',
  ],
  [
    'a fact of no kind',
    one({ when: '{context: agnt/timeout}' }),
    ':11:21: codes[0].when.context: "agnt/timeout" is no context fact; did you mean agent/timeout? [CFG_VALUE]',
  ],
  [
    'a fact of no value',
    one({ when: '{context: agent/tmeout}' }),
    ':11:21: codes[0].when.context: "agent/tmeout" is no context fact; did you mean agent/timeout? [CFG_VALUE]',
  ],
  [
    'a fact of an inherited kind',
    one({ when: '{context: constructor/x}' }),
    ':11:21: codes[0].when.context: "constructor/x" is no context fact; write kind/value; the kinds are stage, agent, ivr, voicemail, playback, announcement, policy, limit, media, device, component, task, forward, transfer, refused [CFG_VALUE]',
  ],
  [
    'an empty list',
    one({ when: '{reason: []}' }),
    ':11:20: codes[0].when.reason: 0 entries, less than 1; choose 1 to 64 entries [CFG_RANGE]',
  ],
  [
    'a transition that nothing shows',
    one({ scope: 'transition' }),
    ':5:5: codes[0].on: missing; add the context facts that show the transition [CFG_MISSING]',
  ],
  [
    'facts of a transition elsewhere',
    one({ on: 'agent/timeout' }),
    ':12:9: codes[0].on: belongs to the scope transition, not call; remove it, or change the scope [CFG_VALUE]',
  ],
  [
    'no codes',
    'vocabulary: acme\ntitle: Acme\nsource: x\ncodes: []\n',
    ':4:8: codes: 0 entries, less than 1; choose 1 to 512 entries [CFG_RANGE]',
  ],
  [
    'a name given twice',
    HEAD + code('Busy') + code('Busy', { when: '{outcome: declined}' }),
    ':14:11: codes[1].name: "Busy" is the name of codes[0] in status already; keep one of the two [CFG_VOCABULARY]',
  ],
  [
    'a code that an earlier one shadows',
    HEAD + code('Busy') + code('USER_BUSY', { when: '{reason: user_busy}' }),
    ':12:5: codes[1]: no call can get this code: codes[0] takes every call that it is for; move it up, or narrow what stands above [CFG_VOCABULARY]',
  ],
  [
    'a code that several shadow together',
    HEAD +
      code('Short', { when: '{talk: {below: 5}}' }) +
      code('Long', { when: '{talk: {from: 5}}' }) +
      code('Talked', { when: '{talk: {from: 0}}' }),
    ':19:5: codes[2]: no call can get this code: the codes above it take every call that it is for; move it up, or narrow what stands above [CFG_VOCABULARY]',
  ],
  [
    'a code that excludes itself',
    one({ when: '{reason: user_busy, outcome: declined}' }),
    ':5:5: codes[0]: no call can get this code: its conditions exclude each other; correct when and unless [CFG_VOCABULARY]',
  ],
  [
    'a code for calls that go the other way',
    one({ when: '{direction: outbound}', callType: 'inbound' }),
    ':5:5: codes[0]: no call can get this code: its conditions exclude each other; correct when and unless [CFG_VOCABULARY]',
  ],
];

describe('mistakes', () => {
  test.each(MISTAKES)('%s', (_, text, line) => {
    expect(linesOf(text)).toEqual([`own.yaml${line}`]);
  });

  test('all of a file are told at once, in its order', () => {
    expect(linesOf(one({ scope: 'x', evidence: 'y' })).map((line) => line.slice(0, 14))).toEqual([
      'own.yaml:8:12:',
      'own.yaml:9:15:',
    ]);
  });

  test('a file that is not there is told at the key that names it', () => {
    expect(linesOf('', 'vocabularies: {files: [none.yaml]}')).toEqual([
      'x.yaml:1:24: vocabularies.files[0]: none.yaml cannot be read (ENOENT); name a vocabulary file [CFG_READ]',
    ]);
  });

  test('a file that is too long is not read', () => {
    expect(linesOf('#'.repeat(1_048_577))).toEqual([
      'x.yaml:1:24: vocabularies.files[0]: own.yaml is longer than 1048576 bytes; name a vocabulary file [CFG_READ]',
    ]);
  });

  test('a name that a shipped one has', () => {
    const [line] = linesOf(one({}).replace('acme', 'retell'));
    expect(line).toMatch(
      /^x\.yaml:1:24: vocabularies\.files\[0\]: own\.yaml is named retell, which .*retell\.yaml is already; choose another name for the key vocabulary \[CFG_VOCABULARY\]$/,
    );
  });

  test('a shipped one that does not exist', () => {
    expect(linesOf('', 'vocabularies: {enabled: [retel]}')).toEqual([
      'x.yaml:1:26: vocabularies.enabled[0]: "retel" is not one of its values; choose tencent-ccc, call-status-bye-reason, itnio-call-center, retell, voice-campaign [CFG_VALUE]',
    ]);
  });

  test('a shipped one named twice', () => {
    expect(linesOf('', 'vocabularies: {enabled: [retell, retell]}')).toEqual([
      'x.yaml:1:25: vocabularies.enabled: this value names one twice; keep one of the two [CFG_VALUE]',
    ]);
  });
});

describe("a vocabulary of one's own", () => {
  test('stands beside the shipped ones, and is found from the configuration file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'callfate-vocabulary-'));
    onTestFinished(() => rmSync(directory, { recursive: true }));
    writeFileSync(
      join(directory, 'callfate.yaml'),
      'vocabularies: {enabled: [], files: [own.yaml]}',
    );
    writeFileSync(join(directory, 'own.yaml'), one({}));
    const setup = loadSetup({ file: join(directory, 'callfate.yaml'), environment: {} });
    expect(setup.ok && setup.value.vocabularies.enabled.map(({ id }) => id)).toEqual(['acme']);
    expect(setup.ok && setup.value.vocabularies.all.map(({ id }) => id)).toEqual([
      'tencent-ccc',
      'call-status-bye-reason',
      'itnio-call-center',
      'retell',
      'voice-campaign',
      'acme',
    ]);
  });

  test('means by short and long what the configuration says', () => {
    const text =
      HEAD +
      code('Short', { when: '{talk: {below: shortTalkSeconds}}' }) +
      code('Ten', { when: '{talk: {below: 10}}' });
    expect(linesOf(text)).toEqual([]);
    const config = 'vocabularies: {files: [own.yaml], thresholds: {shortTalkSeconds: 12}}';
    expect(linesOf(text, config)).toEqual([
      expect.stringContaining('codes[1]: no call can get this code: codes[0] takes'),
    ]);
  });
});

test('never throws, whatever the file', () => {
  const value = fc.oneof(
    fc.constantFrom(
      'user_busy',
      'busy',
      'agent/timeout',
      'call',
      'transition',
      'signalling',
      '486',
      '__proto__',
      'shortTalkSeconds',
    ),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.string({ maxLength: 5 }),
  );
  const key = fc.constantFrom(
    'reason',
    'outcome',
    'talk',
    'q850',
    'context',
    'served',
    'from',
    'below',
    'direction',
    '__proto__',
  );
  const condition = fc.dictionary(
    key,
    fc.oneof(value, fc.array(value, { maxLength: 3 }), fc.dictionary(key, value)),
  );
  const entry = fc.record(
    {
      field: fc.constantFrom('status', 'other'),
      code: value,
      name: fc.string({ maxLength: 8 }),
      scope: fc.constantFrom('call', 'leg', 'transition'),
      evidence: fc.constantFrom('signalling', 'context'),
      reason: fc.constantFrom('user_busy', 'no_answer'),
      when: fc.oneof(condition, fc.array(condition, { maxLength: 3 })),
      unless: condition,
      on: value,
    },
    { requiredKeys: ['field', 'code', 'name', 'scope', 'evidence', 'reason', 'when'] },
  );
  const file = fc.record({
    vocabulary: fc.constant('acme'),
    title: value,
    source: value,
    codes: fc.array(entry, { maxLength: 4 }),
  });
  fc.assert(
    fc.property(
      fc.oneof(
        file,
        fc.json().map((text) => JSON.parse(text)),
      ),
      (tree) => {
        for (const line of linesOf(stringify(tree))) {
          expect(line).toMatch(
            /^((own|x)\.yaml:[1-9]\d*:[1-9]\d*: .*; .* \[CFG_[A-Z_]+\]|and \d+ more errors)$/,
          );
        }
      },
    ),
    { numRuns: 60 },
  );
});
