import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import { describe, expect, it, onTestFinished } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { type FrameMeta, type FrameSink, WEBSOCKET_REFUSALS } from '../../src/sources/source.ts';
import { createWebSocketSource } from '../../src/sources/websocket.ts';
import { encodeAddresses } from '../support/hep.ts';
import { until } from '../support/until.ts';

const TEXT = readFileSync(new URL('../../docs/sources.md', import.meta.url), 'utf8');

function port(server: WebSocketServer): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  return address.port;
}

describe('docs/sources.md', () => {
  it('names every reason for which an upgrade is refused', () => {
    for (const reason of WEBSOCKET_REFUSALS)
      expect(TEXT).toMatch(new RegExp(`[\`"]${reason}[\`"]`));
  });

  it('has a browser snippet that mirrors both directions of a SIP connection and no other', async () => {
    const frames: string[] = [];
    const [toPbx, fromPbx] = [
      encodeAddresses('192.0.2.9:1', '192.0.2.10:5060').fill(0, 0, 16).fill(0, 32, 34),
      encodeAddresses('192.0.2.10:5060', '192.0.2.9:1').fill(0, 16, 32).fill(0, 34, 36),
    ];
    const sink: FrameSink = {
      accept(bytes: Uint8Array, { addresses }: FrameMeta) {
        const sides = [Buffer.compare(addresses, toPbx), Buffer.compare(addresses, fromPbx)];
        frames.push(`${['>', '<'][sides.indexOf(0)]} ${Buffer.from(bytes)}`);
      },
    };
    let open = 0;
    const mirror = await createWebSocketSource({
      host: '127.0.0.1',
      port: 0,
      path: '/',
      allowedOrigins: [],
      token: () => null,
      certificates: null,
      onHandshakeFailed: () => {},
      maxPayloadBytes: 65_536,
      maxConnections: 4,
      idleTimeoutMs: 60_000,
      createReader: null,
      sink,
      events: {
        received() {},
        discarded() {},
        rejected() {},
        connections(now) {
          open = now;
        },
      },
      clock: () => 0,
      onError: (error) => {
        throw error;
      },
    });
    const pbx = new WebSocketServer({ port: 0, host: '127.0.0.1' });
    await once(pbx, 'listening');
    pbx.on('connection', (socket) => socket.on('message', (data) => socket.send(`re ${data}`)));
    onTestFinished(async () => {
      for (const client of pbx.clients) client.terminate();
      pbx.close();
      await mirror.close();
    });

    const snippet = /```js\n([\s\S]*?)```/.exec(TEXT)?.[1] ?? '';
    const page = createContext({ WebSocket });
    runInContext(snippet.replace('127.0.0.1:8060', `127.0.0.1:${mirror.address().port}`), page);
    const Wrapped: typeof WebSocket = page.WebSocket;
    expect(Wrapped).not.toBe(WebSocket);
    await until(() => open === 2);

    for (const protocol of ['sip', 'chat']) {
      const socket = new Wrapped(`ws://127.0.0.1:${port(pbx)}`, protocol);
      await once(socket, 'open');
      socket.send(`hello ${protocol}`);
      await once(socket, 'message');
    }
    await until(() => frames.length === 2);
    expect(new Set(frames)).toEqual(new Set(['> hello sip', '< re hello sip']));
  });
});
