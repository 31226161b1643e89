import { connect } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { EVENTS } from '../../src/api/schemas.ts';
import {
  STREAM_BACKLOG_MAX,
  STREAM_CALLS_PER_SECOND,
  STREAM_RESUME_MAX,
} from '../../src/api/stream.ts';
import { CALLER_BYE, CANCELLED } from '../support/calls.ts';
import { Desk, type DeskOptions, EPOCH, type Stream, tell } from '../support/recent.ts';
import { until } from '../support/until.ts';

const [COMPLETED] = tell(CALLER_BYE);
const [CANCEL] = tell(CANCELLED);
if (COMPLETED === undefined || CANCEL === undefined)
  throw new Error('the scripts make one call each');

const open: { desk: Desk; streams: Stream[] }[] = [];
afterEach(async () => {
  for (const { desk, streams } of open.splice(0)) {
    for (const stream of streams) stream.close();
    await desk.close();
  }
});

async function start(options: DeskOptions = {}) {
  const desk = await new Desk(options).open();
  const streams: Stream[] = [];
  open.push({ desk, streams });
  const stream = async (path = '/v1/stream', headers: Record<string, string> = {}) => {
    const one = await desk.stream(path, headers);
    streams.push(one);
    return one;
  };
  return { desk, stream };
}

describe('/v1/stream', () => {
  test('tells each call as it ends, whole or as a row', async () => {
    const { desk, stream } = await start();
    const [whole, rows] = [await stream(), await stream('/v1/stream?view=row')];
    expect(whole.response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
    });
    desk.add(COMPLETED, CANCEL);
    await until(() => whole.events.length === 2 && rows.events.length === 2);
    expect(whole.events.map(({ data }) => data)).toEqual([COMPLETED.verdict, CANCEL.verdict]);
    for (const { name, data } of [...whole.events, ...rows.events]) {
      expect(name).toBe('call');
      EVENTS.call.parse(data);
    }
    expect(rows.events[1]?.data).toMatchObject({ outcome: 'cancelled', legs: 1 });
  });

  test('tells what passes the filters alone', async () => {
    const { desk, stream } = await start();
    const one = await stream('/v1/stream?outcome=cancelled');
    desk.add(COMPLETED, CANCEL);
    await until(() => one.events.length > 0);
    expect(one.events.map(({ data }) => data)).toEqual([CANCEL.verdict]);
  });

  test('goes on after Last-Event-ID, and says when it cannot', async () => {
    const { desk, stream } = await start({ limits: { maxCalls: 3 } });
    const first = await stream();
    desk.add(COMPLETED);
    await until(() => first.events.length === 1);
    const last = first.events[0]?.id ?? '';
    first.close();
    desk.add(CANCEL, COMPLETED);
    const second = await stream('/v1/stream', { 'Last-Event-ID': last });
    await until(() => second.events.length === 2);
    expect(second.events.map(({ data }) => data)).toEqual([CANCEL.verdict, COMPLETED.verdict]);

    desk.add(COMPLETED, COMPLETED);
    const late = await stream('/v1/stream', { 'Last-Event-ID': last });
    await until(() => late.events.length === 4);
    expect(late.events[0]).toMatchObject({ name: 'gap', data: { calls: 1 } });
    for (const unknown of ['other-1', `${EPOCH}-zzz`, '<b>', '-']) {
      const strange = await stream('/v1/stream', { 'Last-Event-ID': unknown });
      await until(() => strange.events.length === 1);
      expect(strange.events[0]).toMatchObject({ name: 'gap', data: { calls: null } });
      strange.close();
      await until(() => desk.counts.get('open') === 2);
    }
  });

  test('whoever was told nothing knows all the same where it was', async () => {
    const { desk, stream } = await start();
    desk.add(COMPLETED);
    const first = await stream();
    await until(() => first.lastId !== '');
    first.close();
    desk.add(CANCEL);
    const second = await stream('/v1/stream', { 'Last-Event-ID': first.lastId });
    await until(() => second.lastId !== first.lastId && second.lastId !== '');
    expect(second.events.map(({ data }) => data)).toEqual([CANCEL.verdict]);
  });

  test('heartbeats tell where a client is that waits for other calls', async () => {
    const { desk, stream } = await start({ limits: { maxCalls: 2 }, heartbeatMs: 1000 });
    const first = await stream('/v1/stream?outcome=failed');
    desk.add(COMPLETED, COMPLETED, COMPLETED, COMPLETED);
    await until(() => first.lastId === `${EPOCH}-4`);
    expect(first.events).toEqual([]);
    expect(first.text).toMatch(/^:\nid: test-4\n$/m);
    first.close();
    const second = await stream('/v1/stream?outcome=failed', { 'Last-Event-ID': first.lastId });
    await until(() => second.lastId === `${EPOCH}-4`);
    expect(second.events).toEqual([]);
  });

  test('calls that do not pass take no room of those that are told again', async () => {
    const { desk, stream } = await start();
    const large = { ...COMPLETED, verdict: { ...COMPLETED.verdict, fromTag: 'x'.repeat(60_000) } };
    desk.add(CANCEL, ...Array.from({ length: STREAM_RESUME_MAX / 60_000 + 1 }, () => large));
    const one = await stream('/v1/stream?outcome=cancelled', { 'Last-Event-ID': `${EPOCH}-0` });
    await until(() => one.events.length > 0);
    expect(one.events).toMatchObject([{ name: 'call', data: CANCEL.verdict }]);
  });

  test('as many as configured, and room is made again', async () => {
    const { desk, stream } = await start({ streams: 1 });
    const one = await stream();
    const refused = await desk.ask('/v1/stream');
    expect(refused).toMatchObject({ status: 503, type: 'application/problem+json' });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(desk.counts.get('refused')).toBe(1);
    one.close();
    await until(() => desk.counts.get('open') === 0);
    expect(desk.counts.get('ended client')).toBe(1);
    expect((await stream()).response.statusCode).toBe(200);
  });

  test('of requests sent in one go one is a stream, and room is made again when its client goes', async () => {
    const { desk, stream } = await start({ streams: 2 });
    const socket = connect(desk.port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.write('GET /v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(20));
    await until(() => text.includes('retry: '));
    expect(desk.counts.get('open')).toBe(1);
    expect(text.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 200']);
    expect(text).toMatch(/^Connection: close\r$/im);
    socket.destroy();
    await until(() => desk.counts.get('open') === 0);
    for (let i = 0; i < 2; i++) expect((await stream()).response.statusCode).toBe(200);
  });

  test('more calls in a second than it carries are told by number', async () => {
    const { desk, stream } = await start();
    const one = await stream('/v1/stream?view=row');
    const calls = STREAM_CALLS_PER_SECOND + 7;
    // All within a turn of the event loop, so that no second can pass between them.
    desk.add(...Array.from({ length: calls }, () => COMPLETED));
    await until(() => one.events.some(({ name }) => name === 'skipped'));
    expect(one.events).toHaveLength(STREAM_CALLS_PER_SECOND + 1);
    expect(one.events.at(-1)).toMatchObject({ name: 'skipped', data: { calls: 7 } });
    expect(desk.counts.get('skipped')).toBe(7);
  });

  test('a client that does not read is let go, and the others are not', async () => {
    const { desk, stream } = await start();
    const [slow, quick] = [await stream(), await stream('/v1/stream?outcome=cancelled')];
    slow.response.pause();
    const large = { ...COMPLETED, verdict: { ...COMPLETED.verdict, fromTag: 'x'.repeat(60_000) } };
    // Kernel buffers take some MiB before anything waits here.
    for (let i = 0; desk.counts.get('ended slow') !== 1 && i < STREAM_BACKLOG_MAX / 1000; i++) {
      desk.add(large);
      if (i % 100 === 99) await until(() => true);
    }
    expect(desk.counts.get('ended slow')).toBe(1);
    desk.add(CANCEL);
    await until(() => quick.events.length === 1);
  });

  test('ends when callfate stops', async () => {
    const { desk, stream } = await start();
    const one = await stream();
    desk.streams.close();
    await until(() => one.ended);
    expect(desk.counts.get('ended stopped')).toBe(1);
  });

  test('HEAD asks for none', async () => {
    const { desk } = await start();
    expect((await desk.ask('/v1/stream', {}, 'HEAD')).status).toBe(200);
    expect(desk.counts.get('open')).toBeUndefined();
  });
});
