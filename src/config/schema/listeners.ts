/** Keys of what callfate listens to and captures from. */
import { z } from 'zod';
import { parseUpstream } from '../../lib/upstream.ts';
import {
  file,
  flag,
  host,
  integer,
  OPEN,
  origins,
  port,
  secret,
  TLS_KEYS,
  tls,
  URL_PATH,
} from './values.ts';

export const http = z
  .strictObject({
    host: host('Address to listen on.'),
    port: port(9606, 'TCP port.'),
    token: secret(8, 'Bearer token that a request must carry. null: none.', { reload: true }),
    tls,
    allowUnauthenticated: flag(false, `${OPEN} read the metrics and the recent calls.`),
  })
  .prefault({})
  .meta({ description: 'Live page, API, metrics and health over HTTP.' });

export const websocket = z
  .strictObject({
    enabled: flag(true, 'Starts this listener.'),
    host: host('Address to listen on.'),
    port: port(8060, 'TCP port.'),
    path: z
      .string()
      .max(255)
      .regex(URL_PATH, 'is no URL path; start it with / and use no spaces')
      .default('/')
      .meta({ description: 'URL path of the WebSocket endpoint; any other path is answered 404.' }),
    maxPayloadBytes: integer(
      65_536,
      1024,
      65_536,
      'Longest message; a longer one closes with 1009.',
    ),
    maxConnections: integer(1024, 1, 65_535, 'Open connections; one more is answered 503.'),
    idleTimeoutSeconds: integer(
      300,
      1,
      86_400,
      'A connection on which nothing arrives for this long is closed.',
    ),
    token: secret(8, 'Token that a client must present. null: none.', { reload: true }),
    allowedOrigins: origins(
      'Values of the Origin header that may connect: scheme, host and port. Empty: any.',
    ),
    tls,
    allowUnauthenticated: flag(false, `${OPEN} feed it calls.`),
  })
  .prefault({})
  .meta({ description: 'Copies of SIP messages over WebSocket (RFC 7118, subprotocol sip).' });

export const relay = z
  .strictObject({
    upstream: z
      .string()
      .max(300)
      .refine((value) => parseUpstream(value).ok, {
        error: 'is no WebSocket address; write ws://host:port or wss://host:port, no path',
      })
      .nullable()
      .default(null)
      .meta({
        description:
          "The PBX's own WebSocket listener: ws://host:port or wss://host:port. null: no relay.",
      }),
    host: host('Address to listen on.'),
    port: port(8061, 'TCP port.'),
    observe: z.boolean().default(true).meta({
      description:
        'Copies what passes to callfate. false: passes it only; to be read again, a client has to connect anew.',
      reload: true,
    }),
    connectTimeoutSeconds: integer(
      5,
      1,
      60,
      'For the PBX to answer an upgrade; then the client is told 504.',
    ),
    drainSeconds: integer(
      0,
      0,
      86_400,
      'When callfate stops, for connections to end by themselves, while no new ones are taken; then they are closed with 1001.',
    ),
    maxConnections: integer(1024, 1, 65_535, 'Open connections; one more is answered 503.'),
    allowedOrigins: origins(
      'Values of the Origin header that may connect: scheme, host and port. Empty: any; the PBX decides.',
    ),
    tls,
    upstreamTls: z
      .strictObject({
        caFile: file(
          "Certificates, PEM, that the PBX's own is checked against. null: those that Node knows.",
        ),
        verify: flag(true, "Checks the PBX's certificate. false: whoever answers is believed."),
      })
      .prefault({})
      .meta({ description: 'TLS to a wss upstream.' }),
  })
  .prefault({})
  .meta({
    description:
      "A listener in front of the PBX's own WebSocket listener: passes everything on, and reads along.",
  });

const hepUdp = z
  .strictObject({
    enabled: flag(true, 'Starts this listener.'),
    host: host('Address to listen on.'),
    port: port(9060, 'UDP port.'),
    receiveBufferBytes: integer(
      8_388_608,
      65_536,
      1_073_741_824,
      'Kernel receive buffer to ask for. Linux gives at most net.core.rmem_max.',
    ),
    receiver: z.enum(['auto', 'dgram', 'batched']).default('auto').meta({
      description:
        'How datagrams are received: one at a time (dgram), or many in one system call (batched), which takes Linux and the npm package koffi. auto: batched where it can be had.',
    }),
    ringBytes: integer(
      33_554_432,
      262_144,
      1_073_741_824,
      'Datagrams received in batches that wait for the engine. Full: they wait in the kernel.',
    ),
    authKey: secret(
      1,
      'Key that a packet must carry in chunk 0x000e; others are counted and dropped. null: none.',
      { reload: true },
    ),
    allowUnauthenticated: flag(false, `${OPEN} feed it calls.`),
  })
  .prefault({})
  .meta({ description: 'HEP over UDP, version 3 and before.' });

function hepStream(defaultPort: number) {
  return {
    enabled: flag(false, 'Starts this listener.'),
    host: host('Address to listen on.'),
    port: port(defaultPort, 'TCP port.'),
    maxConnections: integer(256, 1, 65_535, 'Open connections; one more is closed at once.'),
    idleTimeoutSeconds: integer(
      3600,
      1,
      86_400,
      'A connection on which nothing arrives for this long is closed.',
    ),
    authKey: secret(
      1,
      'Key that a packet must carry in chunk 0x000e; others are counted and dropped. null: none.',
      { reload: true },
    ),
    allowUnauthenticated: flag(false, `${OPEN} feed it calls.`),
  };
}

const hepTcp = z
  .strictObject(hepStream(9060))
  .prefault({})
  .meta({ description: 'HEP version 3 over TCP.' });

const hepTls = z
  .strictObject({ ...hepStream(9061), ...TLS_KEYS })
  .prefault({})
  .meta({ description: 'HEP version 3 over TLS. It needs a certificate.' });

export const hep = z.strictObject({ udp: hepUdp, tcp: hepTcp, tls: hepTls }).prefault({}).meta({
  description: 'SIP from capture agents: Kamailio, OpenSIPS, Asterisk, FreeSWITCH, heplify.',
});

/** SIP, the second port of many PBXs, HEP, and later fragments, which have no ports. */
const CAPTURE_FILTER =
  'port 5060 or port 5080 or port 9060 or (ip[6:2] & 0x1fff != 0) or (ip6 proto 44)';

export const capture = z
  .strictObject({
    interface: z
      .string()
      .regex(
        /^[A-Za-z0-9_][A-Za-z0-9_.:@-]{0,63}$/,
        'is no interface; write eth0, or any for all of them',
      )
      .nullable()
      .default(null)
      .meta({
        description: 'Interface to capture from, any for all of them. null: no capture.',
      }),
    receiver: z.enum(['auto', 'tcpdump', 'ring']).default('auto').meta({
      description:
        'How packets come here: from a tcpdump that callfate starts, or out of a ring that the kernel fills, which takes Linux, the npm package koffi, Ethernet or any, and the right to capture. auto: a ring where it can be had.',
    }),
    filter: z.string().max(4096).default(CAPTURE_FILTER).meta({
      description:
        'What to capture, see pcap-filter(7). What is no SIP costs time and is counted as not ours.',
    }),
    bufferKib: integer(
      16_384,
      64,
      4_194_304,
      'Room for packets in the kernel, KiB: the ring, or what tcpdump asks for. Full: they are dropped and counted.',
    ),
    program: z
      .string()
      .min(1)
      .max(4096)
      .default('tcpdump')
      .meta({ description: 'Name or path of tcpdump. For a ring it only compiles the filter.' }),
  })
  .prefault({})
  .meta({ description: 'SIP and HEP captured from a network interface.' });
