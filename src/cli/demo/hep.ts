import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { writeEndpoint } from '../../sources/address.ts';
import type { HepStep } from './calls.ts';
import { CREDENTIALS, Dialog, type Party } from './dialog.ts';
import { PBX_ADDRESS } from './pbx.ts';

export interface HepTarget {
  readonly host: string;
  readonly port: number;
  readonly authKey: string | null;
}

const CALLER: Party = { user: 'trunk', sentBy: PBX_ADDRESS, transport: 'UDP' };
const CALLEE_ADDRESS = '198.18.0.2:5060';
/** Generic chunk types, HEP3 specification rev. 37. */
const CHUNK = {
  family: 0x01,
  protocol: 0x02,
  source: 0x03,
  destination: 0x04,
  sourcePort: 0x07,
  destinationPort: 0x08,
  seconds: 0x09,
  microseconds: 0x0a,
  payloadType: 0x0b,
  captureId: 0x0c,
  authKey: 0x0e,
  payload: 0x0f,
} as const;
const FAMILY_IPV4 = 2;
const PROTOCOL_UDP = 17;
const PAYLOAD_SIP = 1;
/** Capture agent id of the demo's packets. */
const CAPTURE_ID = 9;

/** A capture agent that sees calls which nobody makes. */
export class HepAgent {
  readonly #target: HepTarget;
  readonly #socket: Socket;

  constructor(target: HepTarget) {
    this.#target = target;
    this.#socket = createSocket(isIPv6(target.host) ? 'udp6' : 'udp4');
  }

  /** Sends every message of the call, in order. Resolves with its Call-ID when the system has taken the last one. */
  async play(number: string, steps: readonly HepStep[]): Promise<string> {
    const caller = new Dialog(CALLER, number);
    const callee = new Dialog({ ...CALLER, user: number, sentBy: CALLEE_ADDRESS }, CALLER.user);
    for (const { from, send, to = 'INVITE', headers = [] } of steps) {
      const [writer, reader] = from === 'caller' ? [caller, callee] : [callee, caller];
      const extra = send === 'INVITE' ? [CREDENTIALS, ...headers] : headers;
      const text = writer.write(send, { to, headers: extra });
      reader.receive(text);
      await this.#send(encode(text, from, this.#target.authKey));
    }
    return caller.callId;
  }

  close(): void {
    this.#socket.close();
  }

  #send(packet: Buffer): Promise<void> {
    const { host, port } = this.#target;
    return new Promise((resolve, reject) => {
      this.#socket.send(packet, port, host, (error) => (error ? reject(error) : resolve()));
    });
  }
}

/** One HEP version 3 packet over IPv4. */
function encode(text: string, from: HepStep['from'], authKey: string | null): Buffer {
  const addresses = Buffer.alloc(36);
  const [source, destination] =
    from === 'caller' ? [PBX_ADDRESS, CALLEE_ADDRESS] : [CALLEE_ADDRESS, PBX_ADDRESS];
  writeEndpoint(source, addresses, 'source');
  writeEndpoint(destination, addresses, 'destination');
  const now = Date.now();
  const chunks = Buffer.concat([
    chunk(CHUNK.family, number(1, FAMILY_IPV4)),
    chunk(CHUNK.protocol, number(1, PROTOCOL_UDP)),
    chunk(CHUNK.source, addresses.subarray(12, 16)),
    chunk(CHUNK.destination, addresses.subarray(28, 32)),
    chunk(CHUNK.sourcePort, addresses.subarray(32, 34)),
    chunk(CHUNK.destinationPort, addresses.subarray(34, 36)),
    chunk(CHUNK.seconds, number(4, Math.floor(now / 1000))),
    chunk(CHUNK.microseconds, number(4, (now % 1000) * 1000)),
    chunk(CHUNK.payloadType, number(1, PAYLOAD_SIP)),
    chunk(CHUNK.captureId, number(4, CAPTURE_ID)),
    ...(authKey === null ? [] : [chunk(CHUNK.authKey, Buffer.from(authKey, 'utf8'))]),
    chunk(CHUNK.payload, Buffer.from(text, 'utf8')),
  ]);
  return Buffer.concat([Buffer.from('HEP3', 'latin1'), number(2, chunks.length + 6), chunks]);
}

/** A generic chunk: vendor 0, type, length with this header, body. */
function chunk(type: number, body: Buffer): Buffer {
  return Buffer.concat([number(2, 0), number(2, type), number(2, body.length + 6), body]);
}

function number(width: number, value: number): Buffer {
  const bytes = Buffer.alloc(width);
  bytes.writeUIntBE(value, 0, width);
  return bytes;
}
