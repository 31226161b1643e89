/** The API of a whole sidecar: a call over HEP is kept and told, and a new token ends what the old one had opened. */
import { request as get, type IncomingMessage } from 'node:http';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { CallDetail } from '../../src/api/call-ladder.ts';
import type { CallRow } from '../../src/api/call-row.ts';
import type { Health } from '../../src/api/health.ts';
import type { Summary } from '../../src/api/summary.ts';
import { encodeHep } from '../support/hep.ts';
import { Sidecar } from '../support/sidecar.ts';
import { request, response } from '../support/sip.ts';
import { until, untilAsync } from '../support/until.ts';

let sidecar: Sidecar;
beforeEach(async () => {
  sidecar = await Sidecar.prepare();
});
afterEach(() => sidecar.close());

const http = (token: string): string[] => [
  `http: {port: ${sidecar.ports.http}, token: ${token}}`,
  'websocket: {enabled: false}',
  `hep: {udp: {port: ${sidecar.ports.hep}, receiveBufferBytes: 262144}}`,
  'peers: [{name: trunk, role: carrier, addresses: [10.0.0.2]}, {name: pbx, role: pbx, addresses: [10.0.0.1]}]',
];

async function ask<Answer>(path: string, token: string): Promise<Answer> {
  const headers = { Authorization: `Bearer ${token}` };
  const answer = await fetch(`http://127.0.0.1:${sidecar.ports.http}${path}`, { headers });
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return (await answer.json()) as Answer;
}

function stream(token: string): Promise<{ response: IncomingMessage; text: () => string }> {
  return new Promise((resolve, reject) => {
    const headers = { Authorization: `Bearer ${token}` };
    const options = { host: '127.0.0.1', port: sidecar.ports.http, path: '/v1/stream', headers };
    get({ ...options, agent: false }, (answer) => {
      let text = '';
      answer.setEncoding('utf8');
      answer.on('data', (more) => {
        text += more;
      });
      resolve({ response: answer, text: () => text });
    })
      .on('error', reject)
      .end();
  });
}

test('keeps calls, tells them, and asks again when the token is another', async () => {
  sidecar.rewrite(http('first-token'));
  sidecar.start();
  await sidecar.ready();
  const live = await stream('first-token');
  const [pbx, trunk] = ['10.0.0.1:5060', '10.0.0.2:5060'];
  const hep = (payload: string, src: string, dst: string) =>
    encodeHep({ payload, src, dst, captureId: 7, at: Date.now() });
  await sidecar.send(
    hep(request('>', 'INVITE'), pbx, trunk),
    hep(response('<', 503, 'INVITE', { headers: ['Reason: Q.850;cause=34'] }), trunk, pbx),
  );
  await until(() => live.text().includes('event: call'));

  const { calls } = await ask<{ calls: readonly CallRow[] }>('/v1/calls', 'first-token');
  expect(calls).toMatchObject([{ reason: 'no_circuit_available', outcome: 'failed', cause: 34 }]);
  const detail = await ask<CallDetail>(`/v1/calls/${calls[0]?.id}`, 'first-token');
  expect(detail.ladder?.messages.map(({ label, mark }) => [label, mark])).toEqual([
    ['INVITE', null],
    ['503 Service Unavailable', 'decided'],
  ]);
  const summary = await ask<Summary>('/v1/summary', 'first-token');
  expect(summary).toMatchObject({ calls: 1, abnormal: 1, peers: [{ peer: 'trunk', abnormal: 1 }] });
  const health = await ask<Health>('/v1/health', 'first-token');
  expect(health.laws).toEqual({ attempts: true, calls: true });
  expect(health.input).toMatchObject([{ source: 'hep_udp', messages: 2, lost: 0 }]);

  sidecar.rewrite(http('second-token'));
  const ended = new Promise((resolve) => live.response.once('close', resolve));
  sidecar.signal('SIGHUP');
  await ended;
  await untilAsync(async () => {
    const kept = await ask<{ kept: number }>('/v1/calls', 'second-token');
    return kept.kept === 1;
  });
  await expect(ask('/v1/calls', 'first-token')).rejects.toThrow('401');
});

test('keeps no call, and still shows no name of one leg in the texts of the other', async () => {
  const words = 'Reason: Q.850;cause=21;text="roberta refused"';
  sidecar.rewrite([...http('first-token'), 'recent: {maxCalls: 0}']);
  sidecar.start();
  await sidecar.ready();
  const [pbx, trunk, phone] = ['10.0.0.1:5060', '10.0.0.2:5060', '10.0.0.9:5060'];
  const inner = { id: 'b', from: 'b1', caller: 'trunk', callee: 'roberta' };
  const hep = (payload: string, src: string, dst: string, correlationId?: string) =>
    encodeHep({ payload, src, dst, at: Date.now(), ...(correlationId ? { correlationId } : {}) });
  await sidecar.send(
    hep(request('>', 'INVITE', { id: 'a' }), trunk, pbx),
    hep(request('>', 'INVITE', inner), pbx, phone, 'a'),
    hep(response('<', 403, 'INVITE', { ...inner, headers: [words] }), phone, pbx, 'a'),
    hep(response('<', 403, 'INVITE', { id: 'a', headers: [words] }), pbx, trunk),
  );
  await until(() => sidecar.calls().length > 0);
  expect(sidecar.calls()).toMatchObject([{ legs: [expect.any(String), expect.any(String)] }]);
  expect(sidecar.stdout).toContain('refused');
  expect(sidecar.stdout).not.toContain('roberta');
});
