import { describe, expect, test } from 'vitest';
import { BUILT_IN_RULES, type StageRule } from '../../src/calls/stage-rules.ts';
import { RULES } from '../../src/classify/rules.ts';
import { DEFAULTS } from '../../src/config/schema.ts';
import { CONTEXT_NAMES } from '../../src/context/kinds.ts';
import { engineOptions } from '../../src/engine-options.ts';
import { RINGING } from '../support/calls.ts';
import { CONTEXT, verdictTold } from '../support/context.ts';
import { encodeAddresses } from '../support/hep.ts';
import { overHops, type Play, Rig, readScript, request, T0, verdictOf } from '../support/sip.ts';

const ANY = { status: null, role: null, uri: null, header: null, value: null, name: null } as const;
const inStage = (name: string): Pick<StageRule, 'kind' | 'fact' | 'name'> => ({
  kind: 'stage',
  fact: 'entered',
  name,
});
/** With these rules before the built-in ones, as the configuration has it. */
const withRules = (...rules: readonly StageRule[]): Play => ({
  tracker: { context: { ...CONTEXT, waitMs: 0, rules: [...rules, ...BUILT_IN_RULES] } },
});

const LEAVES = '20000 > BYE\n20010 < 200 BYE';
const answered = (first: string, ok = '1000 < 200'): string =>
  `${first}\n${ok}\n1010 > ACK\n${LEAVES}`;

describe('built-in rules', () => {
  test('are facts of the closed set', () => {
    const names = BUILT_IN_RULES.map(({ kind, fact }) => `${kind}.${fact}`);
    expect(names.filter((name) => !CONTEXT_NAMES.includes(name))).toEqual([]);
  });

  test.each([
    ['Contact: <sip:vm@10.0.0.4>;actor="msg-taker";automata', 'RFC 3840'],
    ['m: <sip:vm@10.0.0.4>;Actor="MSG-taker"', 'its compact form'],
  ])('%s answers: a voicemail (%s)', (contact) => {
    const script = answered('0 > INVITE', `1000 < 200 | ${contact}`);
    const verdict = verdictOf(script);
    expect(verdict).toMatchObject({
      outcome: 'voicemail',
      reason: 'voicemail_reached',
      stage: 'voicemail',
      served: false,
      certainty: 'inferred',
      context: [{ kind: 'voicemail', value: 'detected', source: 'rule', id: null }],
    });
    const without = RULES.filter(({ id }) => id !== 'fact-by-rule');
    const other = verdictOf(script, { rules: without });
    expect(other.evidence[0]?.why).not.toBe(verdict.evidence[0]?.why);
  });

  test.each([
    ['actor="principal"', 'completed'],
    ['actor="attendant"', 'completed'],
    ['x="actor=\\"msg-taker"', 'completed'],
  ])('%s is no machine beyond doubt', (parameter, outcome) => {
    const script = answered('0 > INVITE', `1000 < 200 | Contact: <sip:a@b>;${parameter}`);
    expect(verdictOf(script)).toMatchObject({ outcome, context: [] });
  });

  /** A script has no way to write such a Request-URI. */
  function toVoicemail(uri: string, status: string): ReturnType<typeof verdictOf> {
    const rig = new Rig();
    const addresses = encodeAddresses('10.0.0.1:5060', '10.0.0.2:5060');
    const invite = request('>', 'INVITE').replace('sip:bob@example.com SIP/2.0', `${uri} SIP/2.0`);
    rig.frame(Buffer.from(invite), { payload: 'sip', arrivedAt: T0, addresses });
    for (const step of readScript(status)) rig.send(step);
    rig.finish('time');
    const [verdict] = rig.verdicts;
    if (verdict === undefined) throw new Error('no verdict');
    return verdict;
  }

  test.each([
    ['sip:voicemail@example.com;target=bob%40example.com;cause=486', 'voicemail_reached'],
    [
      'sip:voicemail@example.com;cause=408;target=sip:bob%40example.com;user=phone',
      'voicemail_reached',
    ],
    ['sip:voicemail@example.com;target=bob', 'normal_clearing_caller'],
    ['sip:voicemail@example.com;cause=486', 'normal_clearing_caller'],
  ])('%s: %s', (uri, reason) => {
    expect(toVoicemail(uri, '1000 < 200\n1010 > ACK\n9000 > BYE').reason).toBe(reason);
  });

  test('a voicemail that was asked and did not answer decides nothing', () => {
    const uri = 'sip:voicemail@example.com;target=bob%40example.com;cause=486';
    expect(toVoicemail(uri, '500 < 404')).toMatchObject({
      reason: 'unallocated_number',
      context: [{ kind: 'voicemail' }],
    });
  });

  test('can be switched off', () => {
    const script = '0 > INVITE\n400 < 182\n30000 > CANCEL\n30010 < 487';
    const off = { context: { ...CONTEXT, rules: [], builtIn: false } };
    expect(verdictOf(script, { tracker: off })).toMatchObject({
      reason: 'caller_cancelled_before_ringing',
      context: [],
    });
    expect(verdictOf(script).reason).toBe('abandoned_queue');
  });
});

describe('a rule', () => {
  const history = {
    ...ANY,
    in: 'invite',
    header: 'History-Info',
    value: '*cause=302*',
    ...inStage('queue'),
  } as const;

  test.each<readonly [string, StageRule, string]>([
    [
      'over the Request-URI',
      { ...ANY, in: 'invite', uri: 'sip:queue-*@*', ...inStage('queue') },
      answered('0 > INVITE callee=queue-sales'),
    ],
    [
      'over a header, on whichever of its lines',
      history,
      answered(
        '0 > INVITE | History-Info: <sip:a@b>;index=1 | History-Info: <sip:c@d;cause=302>;index=1.1',
      ),
    ],
    [
      'over Diversion',
      {
        ...ANY,
        in: 'invite',
        header: 'diversion',
        value: '*reason=no-answer*',
        ...inStage('queue'),
      },
      answered('0 > INVITE | Diversion: <sip:a@b>;reason=no-answer;counter=1'),
    ],
    [
      'over a header of any value',
      { ...ANY, in: 'answer', header: 'X-Queue', ...inStage('queue') },
      answered('0 > INVITE', '1000 < 200 | X-Queue: sales'),
    ],
    [
      'over the status of a provisional response',
      { ...ANY, in: 'progress', status: 181, ...inStage('queue') },
      answered('0 > INVITE\n500 < 181'),
    ],
    [
      'over the role of who is called',
      { ...ANY, in: 'invite', role: 'queue', ...inStage('queue') },
      answered('0 > INVITE'),
    ],
    [
      'over the role of who answers',
      { ...ANY, in: 'answer', role: 'queue', ...inStage('queue') },
      answered('0 > INVITE'),
    ],
  ])('%s', (_, rule, script) => {
    const peers = { '10.0.0.2': 'queue' } as const;
    const found = verdictOf(script, { ...withRules(rule), peers });
    expect(found).toMatchObject({
      outcome: 'abandoned',
      reason: 'abandoned_queue',
      stage: 'queue',
      context: [{ kind: 'stage', value: 'entered', name: 'queue', source: 'rule' }],
    });
    expect(verdictOf(script, { ...withRules(), peers }).reason).not.toBe('abandoned_queue');
  });

  test('in a BYE tells how the call ended', () => {
    const rule: StageRule = {
      ...ANY,
      in: 'bye',
      header: 'X-End',
      value: 'max*',
      kind: 'limit',
      fact: 'duration',
    };
    const script = '0 > INVITE\n1000 < 200\n1010 > ACK\n9000 < BYE | X-End: maxtime';
    expect(verdictOf(script, withRules(rule))).toMatchObject({
      reason: 'max_duration_reached',
      certainty: 'inferred',
    });
  });

  test('that holds on several hops gives one fact', () => {
    const script = overHops('0 > INVITE | History-Info: <sip:c@d;cause=302>\n1000 < 486', 3);
    expect(verdictOf(script, withRules(history)).context).toHaveLength(1);
  });

  test('of the user goes before the built-in ones, and the first that holds counts', () => {
    const rule: StageRule = {
      ...ANY,
      in: 'answer',
      header: 'contact',
      kind: 'ivr',
      fact: 'detected',
    };
    const other: StageRule = { ...rule, ...inStage('queue') };
    const script = answered('0 > INVITE', '1000 < 200 | Contact: <sip:a@b>;actor="msg-taker"');
    expect(verdictOf(script, withRules(rule, other)).context).toMatchObject([{ kind: 'ivr' }]);
  });

  test('is not asked of a re-INVITE or of a refusal', () => {
    const script = `${RINGING}\n1000 < 200\n1010 > ACK\n2000 > REINVITE n=2 | History-Info: <sip:c@d;cause=302>\n2010 < 488 n=2\n9000 > BYE`;
    expect(verdictOf(script, withRules(history)).context).toEqual([]);
  });

  test('and the API together: what the platform tells later counts', () => {
    const rule: StageRule = { ...ANY, in: 'invite', uri: 'sip:bob*', ...inStage('queue') };
    const script = `${answered('0 > INVITE')}\n5000 ! agent.answered`;
    expect(verdictTold(script, withRules(rule))).toMatchObject({
      outcome: 'completed',
      served: true,
      timing: { talk: 15 },
    });
  });
});

test('the configuration is what the engine is told', () => {
  const stageRules = [
    { ...ANY, in: 'invite' as const, uri: 'sip:9*', fact: 'stage.entered', name: 'queue' },
  ];
  const { context } = engineOptions({ ...DEFAULTS, stageRules }, 'x').tracker;
  expect(context.rules).toEqual([
    { ...ANY, in: 'invite', uri: 'sip:9*', kind: 'stage', fact: 'entered', name: 'queue' },
    ...BUILT_IN_RULES,
  ]);
  expect([context.waitMs, context.waitPeers]).toEqual([0, null]);
  const api = { ...DEFAULTS.context.api, enabled: true };
  const enabled = {
    ...DEFAULTS,
    context: { ...DEFAULTS.context, api, waitPeers: ['a'], builtInRules: false },
  };
  expect(engineOptions(enabled, 'x').tracker.context).toMatchObject({
    waitMs: 2000,
    waitPeers: ['a'],
    rules: [],
    builtIn: false,
  });
});
