import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ATTRIBUTE_MAX, CALL_ID_MAX, parseContextEvent } from '../../src/context/event.ts';
import { CONTEXT_KINDS, CONTEXT_NAMES } from '../../src/context/kinds.ts';
import { CONTEXT_RESULTS, isRefused } from '../../src/context/results.ts';
import { cloudEvent } from '../support/context.ts';

const sound = cloudEvent('callfate.agent.timeout', 'a@b', { time: '2026-11-21T10:00:00.5+01:00' });

describe('an event', () => {
  test('is read', () => {
    expect(parseContextEvent(sound)).toEqual({
      ok: true,
      value: {
        callId: 'a@b',
        fact: { kind: 'agent', value: 'timeout', name: null, enforcedBy: null, subject: null },
        at: Date.UTC(2026, 10, 21, 9, 0, 0, 500),
        id: '1',
        source: 'pbx',
      },
    });
  });

  test.each(CONTEXT_NAMES)('of type callfate.%s', (name) => {
    const [kind = '', value] = name.split('.');
    const data = kind === 'stage' ? { name: 'queue' } : {};
    const parsed = parseContextEvent(cloudEvent(`callfate.${name}`, 'x', { data }));
    expect(parsed).toMatchObject({ ok: true, value: { fact: { kind, value }, at: null } });
  });

  test('the closed set has as many names as values', () => {
    expect(CONTEXT_NAMES).toHaveLength(Object.values(CONTEXT_KINDS).flat().length);
  });

  test.each([
    ['data.callId', { data: { callId: 'c' } }],
    ['data.correlationId', { data: { correlationId: 'c' }, subject: undefined }],
    ['the subject', { subject: 'c', data: {} }],
  ])('names its call by %s', (_, more) => {
    const parsed = parseContextEvent({ ...sound, ...more });
    expect(parsed.ok && parsed.value.callId).toBe('c');
  });

  test('callfate.refused is short for its only value', () => {
    const parsed = parseContextEvent({ ...sound, type: 'callfate.refused' });
    expect(parsed).toMatchObject({ ok: true, value: { fact: { kind: 'refused' } } });
  });
});

const policy = { ...sound, type: 'callfate.policy.area' };
const stage = { ...sound, type: 'callfate.stage.entered' };

/** What is wrong, and the one line that says so. */
const BAD: readonly (readonly [string, unknown, string, RegExp])[] = [
  ['null', null, 'not_an_object', /JSON object/],
  ['a number', 7, 'not_an_object', /JSON object/],
  ['an array', [sound], 'not_an_object', /JSON object/],
  ['no specversion', { ...sound, specversion: undefined }, 'specversion', /"1.0"/],
  ['another specversion', { ...sound, specversion: '0.3' }, 'specversion', /"1.0"/],
  ['no id', { ...sound, id: undefined }, 'attributes', /id and source/],
  ['an empty id', { ...sound, id: '' }, 'attributes', /id and source/],
  ['a number for an id', { ...sound, id: 5 }, 'attributes', /id and source/],
  ['a long id', { ...sound, id: 'x'.repeat(ATTRIBUTE_MAX + 1) }, 'attributes', /256/],
  ['no source', { ...sound, source: undefined }, 'attributes', /id and source/],
  ['no type', { ...sound, type: undefined }, 'unknown_type', /docs\/context.md/],
  ['an unknown kind', { ...sound, type: 'callfate.agent.gone' }, 'unknown_type', /KIND/],
  ['a type of somebody else', { ...sound, type: 'agent.timeout' }, 'unknown_type', /KIND/],
  ['a type of the prototype', { ...sound, type: 'callfate.constructor' }, 'unknown_type', /KIND/],
  ['no Call-ID', { ...sound, subject: undefined }, 'call_id', /Call-ID/],
  ['an empty Call-ID', { ...sound, subject: '' }, 'call_id', /Call-ID/],
  ['a long Call-ID', { ...sound, subject: 'x'.repeat(CALL_ID_MAX + 1) }, 'call_id', /255/],
  ['a Call-ID with a line break', { ...sound, subject: 'a\nb' }, 'call_id', /Call-ID/],
  ['a Call-ID that is no bytes', { ...sound, subject: '電話' }, 'call_id', /Call-ID/],
  ['a Call-ID that is a number', { ...sound, data: { callId: 7 } }, 'call_id', /Call-ID/],
  ['a time without offset', { ...sound, time: '2026-11-21T10:00:00' }, 'time', /RFC 3339/],
  ['a time that is none', { ...sound, time: '2026-13-41T99:00:00Z' }, 'time', /RFC 3339/],
  ['a number for a time', { ...sound, time: 5 }, 'time', /RFC 3339/],
  ['data that is no object', { ...sound, data: 'x' }, 'data', /JSON object/],
  ['binary data', { ...sound, data_base64: 'eA==' }, 'data', /data_base64/],
  ['data in XML', { ...sound, datacontenttype: 'text/xml' }, 'data', /application\/json/],
  ['an unknown key', { ...sound, data: { agentId: 7 } }, 'data', /known: callId/],
  [
    'a key of the prototype',
    JSON.parse(JSON.stringify(sound).replace(/}$/, ',"data":{"__proto__":1}}')),
    'data',
    /known/,
  ],
  ['a stage without name', stage, 'data', /data.name must be one of greeting/],
  ['a stage that is none', { ...stage, data: { name: 'ringing' } }, 'data', /one of greeting/],
  ['a name with a space', { ...sound, data: { name: 'a b' } }, 'data', /1 to 64/],
  ['a long name', { ...sound, data: { name: 'x'.repeat(65) } }, 'data', /1 to 64/],
  ['enforcedBy of an agent', { ...sound, data: { enforcedBy: 'carrier' } }, 'data', /policy/],
  ['an unknown enforcer', { ...policy, data: { enforcedBy: 'me' } }, 'data', /platform/],
  ['an unknown subject', { ...policy, data: { subject: 'x' } }, 'data', /callee/],
  ['an object for a subject', { ...policy, data: { subject: {} } }, 'data', /callee/],
];

describe('an event is refused, and told why', () => {
  test.each(BAD)('%s', (_, event, result, detail) => {
    const parsed = parseContextEvent(event);
    expect(parsed).toMatchObject({ ok: false, error: { result } });
    if (parsed.ok) return;
    expect(parsed.error.detail).toMatch(detail);
    expect(isRefused(parsed.error.result)).toBe(true);
  });

  test('with its id, when it has one that can be told', () => {
    const parsed = parseContextEvent({ ...sound, type: 'x' });
    expect(parsed.ok ? null : parsed.error.id).toBe('1');
  });

  test('whatever comes, it is an event or one of the known refusals, and nothing throws', () => {
    const key = fc.constantFrom(...Object.keys(sound), 'data', 'datacontenttype', 'data_base64');
    const any = fc.oneof(
      fc.jsonValue(),
      fc.record({ name: fc.jsonValue(), callId: fc.jsonValue() }),
    );
    fc.assert(
      fc.property(fc.dictionary(key, any), fc.boolean(), (event, whole) => {
        const parsed = parseContextEvent(whole ? { ...sound, ...event } : event);
        if (parsed.ok) {
          expect(CONTEXT_NAMES).toContain(`${parsed.value.fact.kind}.${parsed.value.fact.value}`);
        } else expect(CONTEXT_RESULTS).toContain(parsed.error.result);
      }),
      { numRuns: 2000 },
    );
  });
});
