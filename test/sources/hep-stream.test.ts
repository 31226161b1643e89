import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { HepStreamReader } from '../../src/decode/hep-stream.ts';
import { Certificates } from '../../src/lib/certificates.ts';
import { createHepStreamSource, type HepStreamOptions } from '../../src/sources/hep-stream.ts';
import { createRing, RingWriter } from '../../src/sources/ring.ts';
import type { Discard, HepStreamEvents } from '../../src/sources/source.ts';
import { SOURCES } from '../../src/sources/source.ts';
import { CertificateFolder } from '../support/certificates.ts';
import { encodeHep } from '../support/hep.ts';
import { until } from '../support/until.ts';

class Recorder implements HepStreamEvents {
  readonly packets: Buffer[] = [];
  readonly told: string[] = [];
  count = 0;
  open = 0;
  received(_: string, packets: number): void {
    this.count += packets;
  }
  take(run: Buffer, count = 0): void {
    const before = this.packets.length;
    for (let at = 0, end = 0; at < run.length; at = end) {
      end = at + run.readUInt16BE(at + 4);
      this.packets.push(run.subarray(at, end));
    }
    expect(this.packets.length - before).toBe(count);
  }
  discarded(name: string, { counter, reason }: Discard): void {
    this.told.push(`${name} ${counter} ${reason}`);
  }
  rejected(name: string, reason: string): void {
    this.told.push(`${name} ${reason}`);
  }
  handshakeFailed(name: string): void {
    this.told.push(`${name} handshake`);
  }
  connections(_: string, open: number): void {
    this.open = open;
  }
}

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function listen(options: Partial<HepStreamOptions> = {}) {
  const seen = new Recorder();
  const source = await createHepStreamSource({
    name: 'hep_tcp',
    host: '127.0.0.1',
    port: 0,
    maxConnections: 4,
    idleTimeoutMs: 60_000,
    certificates: null,
    createReader: (packets, broken) => new HepStreamReader(packets, broken),
    sink: { accept: (bytes, { packets }) => seen.take(Buffer.from(bytes), packets) },
    events: seen,
    clock: () => performance.now(),
    onError: (error) => {
      throw error;
    },
    ...options,
  });
  cleanUps.push(() => source.close());
  return { seen, source, port: source.address().port };
}

function dial(port: number): Socket {
  return watched(connect(port, '127.0.0.1'));
}

function watched<S extends Socket>(socket: S): S {
  socket.on('error', () => {});
  socket.resume();
  cleanUps.push(() => socket.destroy());
  return socket;
}

const PACKET = encodeHep({ payload: Buffer.from('OPTIONS sip:a@b SIP/2.0\r\n\r\n') });

describe('HEP over TCP', () => {
  it('hands on packets of several senders, in whatever pieces they come', async () => {
    const { seen, port } = await listen();
    const [a, b] = [dial(port), dial(port)];
    a.write(Buffer.concat([PACKET, PACKET, PACKET.subarray(0, 20)]));
    b.write(PACKET.subarray(0, 4));
    await until(() => seen.count === 2 && seen.open === 2);
    b.write(PACKET.subarray(4));
    a.write(PACKET.subarray(20));
    await until(() => seen.count === 4);
    expect(seen.packets.every((packet) => packet.equals(PACKET))).toBe(true);
    a.end();
    b.end();
    await until(() => seen.open === 0);
    expect(seen.told).toEqual([]);
  });

  it('closes a sender of anything else, and counts it once', async () => {
    const { seen, port } = await listen();
    const socket = dial(port);
    socket.write(Buffer.concat([PACKET, Buffer.from('something else')]));
    await once(socket, 'close');
    expect(seen.told).toEqual(['hep_tcp malformed hep_stream']);
    expect(seen.packets).toHaveLength(1);
  });

  it('counts a packet that broke off', async () => {
    const { seen, port } = await listen();
    dial(port).end(PACKET.subarray(0, 30));
    await until(() => seen.told.length === 1);
    expect(seen.told).toEqual(['hep_tcp malformed hep_truncated']);
  });

  it('closes a sender that is silent for too long, and one connection too many', async () => {
    const { seen, port } = await listen({ idleTimeoutMs: 20, maxConnections: 1 });
    const silent = dial(port);
    await once(silent, 'connect');
    await once(dial(port), 'close');
    await once(silent, 'close');
    expect(seen.told).toEqual(['hep_tcp limit']);
  });

  it('beside an engine that hangs it holds senders up for a second at most, then drops and counts', async () => {
    const ring = new RingWriter(createRing(262_144), () => {});
    const { seen, port } = await listen({ sink: ring });
    const socket = dial(port);
    const count = 20_000;
    const block = Buffer.concat(Array.from({ length: 100 }, () => PACKET));
    for (let i = 0; i < count / 100; i++) socket.write(block);
    await until(() => seen.count === count);
    expect(socket.writableLength).toBe(0);
    const { ring_full: dropped } = ring.dropped(SOURCES.indexOf('hep_tcp'));
    expect(dropped).toBeGreaterThan(0);
    expect(dropped).toBeLessThan(count);
  });
});

describe('HEP over TCP, held up by an engine that is late', () => {
  /** A sink that is crowded from its first packet on, until it is told otherwise. */
  async function listenCrowded() {
    const engine = { isLate: true };
    const packets: Buffer[] = [];
    const { seen, source, port } = await listen({
      sink: {
        accept: (bytes) => packets.push(Buffer.from(bytes)),
        crowded: () => engine.isLate && packets.length > 0,
      },
    });
    const socket = dial(port);
    socket.write(PACKET);
    await until(() => packets.length === 1);
    return { engine, packets, seen, source, socket };
  }

  it('takes what a sender left behind that broke off in the middle of a packet', async () => {
    const { engine, packets, seen, socket } = await listenCrowded();
    socket.end(Buffer.concat([PACKET, PACKET, PACKET.subarray(0, 30)]));
    await once(socket, 'finish');
    engine.isLate = false;
    await until(() => seen.open === 0);
    expect(seen.count).toBe(3);
    expect(Buffer.concat(packets)).toEqual(Buffer.concat([PACKET, PACKET, PACKET]));
    expect(seen.told).toEqual(['hep_tcp malformed hep_truncated']);
  });

  it('goes on where it was when the rest of a packet comes after the wait', async () => {
    const { engine, packets, seen, socket } = await listenCrowded();
    socket.write(PACKET.subarray(0, 30));
    engine.isLate = false;
    socket.write(PACKET.subarray(30));
    await until(() => seen.count === 2);
    expect(Buffer.concat(packets)).toEqual(Buffer.concat([PACKET, PACKET]));
    expect(seen.told).toEqual([]);
  });

  it('lets go of a sender that resets the connection, also in the middle of a packet', async () => {
    const { seen, socket } = await listenCrowded();
    socket.write(PACKET.subarray(0, 30));
    socket.resetAndDestroy();
    // It is noticed at the latest when the engine has been waited for long enough.
    await until(() => seen.open === 0);
    expect(seen.count).toBe(1);
  });

  it('ends at once when the listener does', async () => {
    const { seen, source, socket } = await listenCrowded();
    socket.write(PACKET.subarray(0, 30));
    await source.close();
    await until(() => seen.open === 0);
    expect(seen.count).toBe(1);
  });
});

describe('HEP over TLS', () => {
  async function listenTls(withAuthority: boolean) {
    const folder = new CertificateFolder();
    cleanUps.push(() => folder.remove());
    const { certFile, keyFile, caFile } = folder;
    const certificates = Certificates.open(
      { certFile, keyFile, caFile: withAuthority ? caFile : null },
      { loaded: () => {}, failed: () => {} },
    );
    cleanUps.push(() => certificates.close());
    const { seen, port } = await listen({ name: 'hep_tls', certificates });
    const tls = (options: object = {}) =>
      watched(connectTls({ port, host: '127.0.0.1', ca: folder.ca.cert, ...options }));
    return { folder, seen, port, tls };
  }

  it('reads packets of whoever trusts its certificate', async () => {
    const { seen, tls } = await listenTls(false);
    tls().write(PACKET);
    await until(() => seen.count === 1);
    expect(seen.packets[0]?.equals(PACKET)).toBe(true);
  });

  it('counts a sender that speaks no TLS', async () => {
    const { seen, port } = await listenTls(false);
    const socket = dial(port);
    socket.write(PACKET);
    await once(socket, 'close');
    await until(() => seen.told.length > 0);
    expect(seen.told).toEqual(['hep_tls handshake']);
    expect(seen.packets).toEqual([]);
  });

  it('takes packets only from clients with a certificate, where one is asked for', async () => {
    const { folder, seen, tls } = await listenTls(true);
    const stranger = tls(folder.stranger);
    stranger.write(PACKET);
    const nobody = tls();
    nobody.write(PACKET);
    await Promise.all([once(stranger, 'close'), once(nobody, 'close')]);
    tls(folder.client).write(PACKET);
    await until(() => seen.count === 1);
    expect(seen.told).toEqual(['hep_tls certificate', 'hep_tls certificate']);
  });
});
