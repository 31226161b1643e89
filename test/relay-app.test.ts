/** The sidecar with a relay, built: calls go on while its engine dies and comes back. */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { DEFAULTS } from '../src/config/schema.ts';
import { createLogger } from '../src/lib/log.ts';
import { freePort } from './support/sidecar.ts';
import { request } from './support/sip.ts';
import { until, untilAsync } from './support/until.ts';

/** The engine's thread is started from a built file. */
const BUILT = '../dist/app.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start() {
  const pbx = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await once(pbx, 'listening');
  const heard: string[] = [];
  pbx.on('connection', (end) => end.on('message', (data) => heard.push(String(data))));
  const { App } = (await import(BUILT)) as typeof import('../src/app.ts');
  const fatal: Error[] = [];
  const any = { host: '127.0.0.1', port: 0 };
  const app = new App({
    setup: {
      config: {
        ...DEFAULTS,
        http: { ...DEFAULTS.http, port: 0 },
        websocket: { ...DEFAULTS.websocket, enabled: false },
        context: { ...DEFAULTS.context, api: { ...DEFAULTS.context.api, enabled: true } },
        hep: { ...DEFAULTS.hep, udp: { ...DEFAULTS.hep.udp, port: await freePort() } },
        relay: {
          ...DEFAULTS.relay,
          ...any,
          upstream: `ws://127.0.0.1:${(pbx.address() as { port: number }).port}`,
        },
      },
      vocabularies: { all: [], enabled: [] },
    },
    version: 'test',
    logger: createLogger({ level: 'info', destination: { write: () => {} } }),
    onFatal: (error) => fatal.push(error),
  });
  const { http, relay, hep } = await app.start();
  const client = new WebSocket(`ws://127.0.0.1:${relay?.port}`, 'sip');
  await once(client, 'open');
  cleanUps.push(async () => {
    client.terminate();
    await app.stop();
    await new Promise((resolve) => pbx.close(resolve));
  });
  const url = `http://127.0.0.1:${http.port}`;
  const metric = async (series: string): Promise<number> => {
    const text = await (await fetch(`${url}/metrics`)).text();
    const line = text.split('\n').find((one) => one.startsWith(`${series} `));
    return Number(line?.slice(series.length));
  };
  return { client, heard, fatal, url, metric, hep: hep?.port ?? 0 };
}

/** One datagram that is no HEP. */
function send(port: number): void {
  const socket = createSocket('udp4');
  socket.send('junk', port, '127.0.0.1', () => socket.close());
}

/** Tells that this call waits in the queue; returns the status and what became of the event. */
async function tell(url: string, callId: string) {
  const event = {
    specversion: '1.0',
    id: callId,
    source: 'test',
    type: 'callfate.stage.entered',
    subject: callId,
    data: { name: 'queue' },
  };
  const response = await fetch(`${url}/v1/context`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/cloudevents+json' },
    body: JSON.stringify(event),
  });
  const body = (await response.json()) as { reason?: string; events?: { result: string }[] };
  return [response.status, body.reason ?? body.events?.[0]?.result];
}

test('the death of the engine ends no relayed connection, and it is started again', async () => {
  const posted = vi.spyOn(Worker.prototype, 'postMessage');
  cleanUps.push(() => posted.mockRestore());
  const { client, heard, fatal, url, metric, hep } = await start();
  const invite = (id: string) => client.send(request('>', 'INVITE', { id }));
  const messages = 'callfate_input_messages_total{source="relay"}';
  invite('before');
  await untilAsync(async () => (await metric(messages)) === 1);
  const datagrams = 'callfate_input_frames_total{source="hep_udp"}';
  send(hep);
  await untilAsync(async () => (await metric(datagrams)) === 1);
  expect(await tell(url, 'before')).toEqual([200, 'accepted']);

  // A message that it does not understand is the end of the thread.
  const engine = posted.mock.contexts.at(-1) as Worker;
  const dead = new Promise((resolve) => engine.once('exit', resolve));
  engine.postMessage({ type: 'reload', options: null });
  await dead;
  invite('meanwhile');
  await until(() => heard.length === 2);
  expect((await fetch(`${url}/readyz`)).status).toBe(503);
  expect(await tell(url, 'meanwhile')).toEqual([503, 'no_answer']);

  await untilAsync(async () => (await fetch(`${url}/readyz`)).status === 200);
  invite('after');
  // What the old engine had counted stays; what came meanwhile has waited in the ring.
  await untilAsync(async () => (await metric(messages)) === 3);
  // It has the UDP port that the old one had.
  send(hep);
  await untilAsync(async () => (await metric(datagrams)) === 2);
  expect(await metric('callfate_attempts_started_total')).toBe(3);
  expect(await metric('callfate_attempts_active')).toBe(2);
  const lost = 'direction="unknown",outcome="lost",reason="observer_stopped",attribution="unknown"';
  expect(await metric(`callfate_attempts_ended_total{${lost}}`)).toBe(1);
  expect(await metric('callfate_calls_opened_total')).toBe(3);
  expect(await metric('callfate_calls_closed_total')).toBe(1);
  expect(await metric('callfate_calls_open')).toBe(2);
  expect(heard).toHaveLength(3);
  // It knows no call of the old one, and no event either.
  expect(await tell(url, 'before')).toEqual([200, 'held']);
  expect(await tell(url, 'meanwhile')).toEqual([200, 'accepted']);
  expect(await metric('callfate_engine_restarts_total')).toBe(1);
  expect(await metric('callfate_input_frames_total{source="relay"}')).toBe(3);
  expect(fatal).toEqual([]);
});
