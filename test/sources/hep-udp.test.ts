import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createHepUdpSource,
  type HepUdpOptions,
  type HepUdpSource,
  receiveBufferWarning,
} from '../../src/sources/hep-udp.ts';
import { type FrameMeta, type FrameSink, SOURCES } from '../../src/sources/source.ts';
import { encodeHep } from '../support/hep.ts';
import { until } from '../support/until.ts';

class Recorder implements FrameSink {
  readonly frames: { readonly bytes: Buffer; readonly meta: FrameMeta }[] = [];
  accept(bytes: Uint8Array, meta: FrameMeta): void {
    this.frames.push({ bytes: Buffer.from(bytes), meta: { ...meta } });
  }
}

const LOOPBACKS = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, address }) => internal && ['127.0.0.1', '::1'].includes(address))
  .map(({ address }) => address);

const open: HepUdpSource[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((source) => source.close()));
});

async function listen(options: Partial<HepUdpOptions>): Promise<HepUdpSource> {
  const source = await createHepUdpSource({
    host: '127.0.0.1',
    port: 0,
    receiveBufferBytes: 65_536,
    sink: new Recorder(),
    clock: () => 1,
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  open.push(source);
  return source;
}

async function send(source: HepUdpSource, datagrams: readonly Uint8Array[]): Promise<void> {
  const { address, port } = source.address();
  const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) => {
      socket.send(datagram, port, address, (error) => (error ? reject(error) : resolve()));
    });
  }
  socket.close();
  await once(socket, 'close');
}

describe('HEP over UDP', () => {
  it.each(LOOPBACKS)('hands on every datagram as it came to %s', async (host) => {
    const sink = new Recorder();
    let now = 1000;
    const source = await listen({ host, sink, clock: () => now++ });
    const datagrams = [encodeHep({ payload: 'OPTIONS' }), Buffer.from('junk'), Buffer.alloc(0)];
    await send(source, datagrams);
    await until(() => sink.frames.length === datagrams.length);
    expect(sink.frames.map((frame) => frame.bytes)).toEqual(datagrams);
    expect(sink.frames.map((frame) => frame.meta.arrivedAt)).toEqual([1000, 1001, 1002]);
    expect(sink.frames[0]?.meta).toMatchObject({
      source: SOURCES.indexOf('hep_udp'),
      payload: 'hep',
      transport: 17,
    });
  });

  it('rejects an address in use and names it', async () => {
    const { port } = (await listen({})).address();
    await expect(listen({ port })).rejects.toThrow(
      new RegExp(`^cannot listen for HEP on udp 127\\.0\\.0\\.1:${port}: .*EADDRINUSE`),
    );
  });

  it('rejects an address that is not this host', async () => {
    await expect(listen({ host: '192.0.2.1' })).rejects.toThrow(
      /udp 192\.0\.2\.1:0: .*EADDRNOTAVAIL/,
    );
    await expect(listen({ host: '2001:db8::1' })).rejects.toThrow(/udp \[2001:db8::1\]:0: /);
  });

  it('reads back the receive buffer that the kernel gave', async () => {
    const small = await listen({ receiveBufferBytes: 65_536 });
    expect(small.receiveBuffer).toEqual({ requested: 65_536, granted: 65_536 });
    const huge = await listen({ receiveBufferBytes: 2 ** 31 - 1 });
    expect(huge.receiveBuffer.requested).toBe(2 ** 31 - 1);
    expect(huge.receiveBuffer.granted).toBeLessThan(2 ** 31 - 1);
  });

  it('warns of a smaller buffer and says what to change', () => {
    expect(receiveBufferWarning({ requested: 4096, granted: 4096 })).toBeNull();
    expect(receiveBufferWarning({ requested: 4096, granted: 2048 })).toContain(
      'sysctl -w net.core.rmem_max=4096',
    );
  });

  it.runIf(existsSync('/proc/net/udp'))('counts what the kernel dropped', async () => {
    const sink = new Recorder();
    const source = await listen({ receiveBufferBytes: 4096, sink });
    expect(source.kernelDrops()).toBe(0);
    // The sockets of one thread: nothing is received while this loop sends without yielding to it.
    const sent = 200;
    const { address, port } = source.address();
    const socket = createSocket('udp4');
    let done = 0;
    for (let i = 0; i < sent; i++) socket.send(Buffer.alloc(1400), port, address, () => done++);
    await until(() => done === sent);
    await until(() => sink.frames.length + (source.kernelDrops() ?? 0) === sent);
    socket.close();
    expect(source.kernelDrops()).toBeGreaterThan(0);
  });

  it('closes once, however often it is asked', async () => {
    const source = await listen({});
    const { port } = source.address();
    await Promise.all([source.close(), source.close()]);
    expect(source.kernelDrops()).toBeNull();
    expect((await listen({ port })).address().port).toBe(port);
  });
});
