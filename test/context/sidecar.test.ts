/** Facts over HTTP and SIP over HEP, into a sidecar of its own process: both threads, the log line, the counters. */
import { afterEach, describe, expect, test } from 'vitest';
import { cloudEvent } from '../support/context.ts';
import { encodeHep } from '../support/hep.ts';
import { Sidecar } from '../support/sidecar.ts';
import { type Options, request, response } from '../support/sip.ts';
import { until, untilAsync } from '../support/until.ts';

const TOKEN = 'token-of-events';
const sidecars: Sidecar[] = [];
afterEach(async () => {
  await Promise.all(sidecars.splice(0).map((sidecar) => sidecar.close()));
});

/** A sidecar that settles soon. */
async function start(more = ''): Promise<Sidecar> {
  const sidecar = await Sidecar.prepare();
  sidecars.push(sidecar);
  sidecar.configure(configuration(TOKEN) + more);
  sidecar.start();
  await sidecar.ready();
  return sidecar;
}

const configuration = (token: string): string =>
  `context: {waitMs: 1500, api: {enabled: true, token: ${token}}}\n`;

async function post(sidecar: Sidecar, events: readonly object[], token = TOKEN) {
  const reply = await fetch(`http://127.0.0.1:${sidecar.ports.http}/v1/context`, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/cloudevents-batch+json',
      Authorization: `Bearer ${token}`,
    },
    body: JSON.stringify(events),
  });
  return { status: reply.status, body: await reply.json() };
}

const packet = (payload: string): Uint8Array =>
  encodeHep({ payload, src: '10.0.0.1:5060', dst: '10.0.0.2:5060', at: Date.now() });
const fact = (type: string, id: string, data: object = {}): object =>
  cloudEvent(`callfate.${type}`, 'c-1', { id, data });
const o: Options = { id: 'c-1' };

describe('a sidecar with the context API', () => {
  test('joins facts before, during and after a call with its SIP', async () => {
    const sidecar = await start();
    const before = await post(sidecar, [fact('task.inbound', '1')]);
    expect(before.body).toMatchObject({ events: [{ result: 'held' }] });
    await sidecar.send(
      packet(request('>', 'INVITE', o)),
      packet(response('<', 200, 'INVITE', o)),
      packet(request('>', 'ACK', o)),
    );
    await untilAsync(async () => (await sidecar.metric('callfate_attempts_started_total')) === '1');
    const during = await post(sidecar, [fact('stage.entered', '2', { name: 'queue' })]);
    expect(during.body).toMatchObject({ events: [{ result: 'accepted' }] });
    await sidecar.send(packet(request('>', 'BYE', { ...o, n: 2 })));
    await untilAsync(async () => {
      const age = await sidecar.metric('callfate_oldest_attempt_age_seconds{stage="settling"}');
      return Number(age) > 0;
    });
    const after = await post(sidecar, [fact('stage.left', '3', { name: 'queue' })]);
    expect(after.body).toMatchObject({ events: [{ result: 'accepted' }] });
    await until(() => sidecar.calls().length > 0);
    const [call] = sidecar.calls();
    expect(call).toMatchObject({
      source: 'sip',
      direction: 'inbound',
      outcome: 'abandoned',
      reason: 'abandoned_queue',
      stage: 'queue',
      connected: true,
      served: false,
      context: [{ kind: 'task' }, { value: 'entered' }, { value: 'left' }],
    });
    const late = await post(sidecar, [fact('agent.timeout', '4')]);
    expect(late).toMatchObject({ status: 422, body: { events: [{ result: 'late' }] } });
    const results = ['held', 'accepted', 'late', 'duplicate'].map((result) =>
      sidecar.metric(`callfate_context_events_total{result="${result}"}`),
    );
    expect(await Promise.all(results)).toEqual(['1', '2', '1', '0']);
    const facts = 'callfate_context_facts_total{source="api",kind="stage"}';
    expect(await sidecar.metric(facts)).toBe('2');
    expect(await sidecar.metric('callfate_context_held_facts')).toBe('0');
  });

  test('asks for the token of the last reload, and counts who has none', async () => {
    const sidecar = await start();
    sidecar.configure(configuration('another-token'));
    sidecar.signal('SIGHUP');
    await untilAsync(async () => (await post(sidecar, [], 'another-token')).status === 200);
    const refused = () =>
      sidecar.metric('callfate_context_requests_refused_total{reason="unauthorized"}');
    const before = Number(await refused());
    expect((await post(sidecar, [])).status).toBe(401);
    expect(Number(await refused())).toBe(before + 1);
  });

  test('a stop writes the verdict of what was refused and not judged yet', async () => {
    const sidecar = await start();
    await post(sidecar, [fact('policy.rate', '1'), fact('refused', '2')]);
    sidecar.signal('SIGTERM');
    expect(await sidecar.exited()).toBe(0);
    expect(sidecar.calls()).toMatchObject([{ source: 'context', reason: 'rate_limited' }]);
  });

  test('reads stage rules out of its configuration', async () => {
    const sidecar = await start(
      'stageRules: [{in: invite, uri: "sip:8*", fact: stage.entered, name: queue}]\n',
    );
    const to = { ...o, callee: '800' };
    await sidecar.send(
      packet(request('>', 'INVITE', to)),
      packet(request('>', 'CANCEL', to)),
      packet(response('<', 487, 'INVITE', to)),
    );
    await until(() => sidecar.calls().length > 0);
    expect(sidecar.calls()).toMatchObject([
      { reason: 'abandoned_queue', context: [{ source: 'rule', name: 'queue' }] },
    ]);
  });
});
