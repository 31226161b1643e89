import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { BATCH_MAX, errorText, UdpBatches, whyNoBatches } from '../../src/sources/udp-batches.ts';
import { findDescriptor } from '../../src/sources/udp-table.ts';

const HOSTS = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ internal, address }) => internal && ['127.0.0.1', '::1'].includes(address))
  .map(({ address }) => address);
const WAIT_MS = 1000;

const open: Socket[] = [];
afterEach(async () => {
  for (const socket of open.splice(0)) {
    socket.close();
    await once(socket, 'close');
  }
});

async function opened(descriptor: number | null): Promise<UdpBatches> {
  const batches = await UdpBatches.open(descriptor);
  if (!batches.ok) throw new Error(batches.error);
  return batches.value;
}

/** A receiver that is bound to `host`, and a function that sends to it without yielding: `dgram` reads nothing meanwhile. */
async function pair(host: string) {
  const [receiver, sender] = [0, 1].map(() => createSocket(isIPv6(host) ? 'udp6' : 'udp4'));
  if (receiver === undefined || sender === undefined) throw new Error('no sockets');
  open.push(receiver, sender);
  receiver.bind(0, host);
  await once(receiver, 'listening');
  const { port } = receiver.address();
  sender.connect(port, host);
  await once(sender, 'connect');
  const batches = await opened(findDescriptor(receiver.address()));
  return { batches, send: (datagram: Uint8Array) => sender.send(datagram) };
}

/** Everything that is there, taken `limit` at a time; the last number is that of an empty socket. */
function takeAll(batches: UdpBatches, limit = BATCH_MAX) {
  const datagrams: Buffer[] = [];
  const counts: number[] = [];
  do {
    counts.push(batches.take((datagram) => datagrams.push(Buffer.from(datagram)), limit));
  } while ((counts.at(-1) ?? 0) > 0);
  return { datagrams, counts };
}

describe.runIf(whyNoBatches() === null)('batches of datagrams', () => {
  it.each(HOSTS)('are taken as they were sent to %s', async (host) => {
    const { batches, send } = await pair(host);
    const sent = [0, 1, 700, 1472, 9000, 65_507].map((length) => Buffer.alloc(length, length));
    for (const datagram of sent) send(datagram);
    batches.wait(WAIT_MS);
    expect(takeAll(batches)).toEqual({ datagrams: sent, counts: [sent.length, 0] });
  });

  it('hold as many as one call may take, and no more than asked for', async () => {
    const { batches, send } = await pair('127.0.0.1');
    const sent = Array.from({ length: BATCH_MAX + 3 }, (_, i) => Buffer.from(`number ${i}`));
    for (const datagram of sent) send(datagram);
    batches.wait(WAIT_MS);
    expect(takeAll(batches, 1000)).toEqual({ datagrams: sent, counts: [BATCH_MAX, 3, 0] });
    for (const datagram of sent.slice(0, 5)) send(datagram);
    expect(takeAll(batches, 2)).toEqual({ datagrams: sent.slice(0, 5), counts: [2, 2, 1, 0] });
  });

  it('of a socket that is none are an error in words', async () => {
    const batches = await opened(-1);
    const code = batches.take(() => {}, BATCH_MAX);
    expect(code).toBeLessThan(0);
    expect(errorText(code)).toBe('recvmmsg EBADF');
  });

  it('cannot be had without a descriptor', async () => {
    expect(await UdpBatches.open(null)).toEqual({
      ok: false,
      error: '/proc does not tell the descriptor of the socket',
    });
  });
});
