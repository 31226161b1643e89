import { z } from 'zod';
import { CONTEXT_NAMES, CONTEXT_STAGES } from '../context/kinds.ts';
import { parseUpstream } from '../lib/upstream.ts';
import { isAddress, parseCidr } from './cidr.ts';

/**
 * Every configuration key with its default, bound and description. Loader, printer, JSON Schema and
 * docs/configuration.md derive from this table.
 *
 * A description is one or more plain sentences: it becomes a comment in config/default.yaml. `reload: true` marks a
 * key that SIGHUP may change; on a section it holds for every key below. `writeOnly` marks a secret.
 */

/** What stands in for a secret wherever configuration is shown. No key accepts it as a value. */
export const MASK = '<masked>';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export const PEER_ROLES = [
  'carrier',
  'agent',
  'pbx',
  'ivr',
  'queue',
  'voicemail',
  'proxy',
] as const;

/** Vocabularies that come with callfate, files of config/vocabularies. */
export const SHIPPED_VOCABULARIES = [
  'tencent-ccc',
  'call-status-bye-reason',
  'itnio-call-center',
  'retell',
  'voice-campaign',
] as const;

/** The label of every address that no peer claims (index 0 of the peers), so no peer may take it. */
export const OTHER_PEER = 'other';
const PEER_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,62}$/;
/** RFC 1123 section 2.1; a name of digits and dots only would be read as an address by some resolvers. */
const HOST_NAME =
  /^(?=.*[A-Za-z])[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?(\.[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?)*$/;
/** Visible ASCII: it travels in an HTTP header, a URL query or a HEP chunk, where a space would be lost. */
const VISIBLE = /^[!-~]+$/;
/** RFC 6454 section 6.2. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#@,]+$/i;
const URL_PATH = /^\/[!-~]*$/;

interface Meta {
  readonly reload?: true;
}

function integer(fallback: number, min: number, max: number, description: string, meta: Meta = {}) {
  return z
    .int()
    .min(min)
    .max(max)
    .default(fallback)
    .meta({ description, ...meta });
}

function flag(fallback: boolean, description: string) {
  return z.boolean().default(fallback).meta({ description });
}

function secret(minLength: number, description: string, meta: Meta = {}) {
  return z
    .string()
    .min(minLength)
    .max(255)
    .regex(VISIBLE, 'holds a space or a character outside ASCII; use visible ASCII characters')
    .refine((value) => value !== MASK, {
      error: 'is the mask that check-config prints; give the secret itself',
    })
    .nullable()
    .default(null)
    .meta({ description, writeOnly: true, ...meta });
}

function host(description: string) {
  return z
    .string()
    .max(253)
    .refine((value) => isAddress(value) || HOST_NAME.test(value), {
      error: 'is neither an IP address nor a host name; write 127.0.0.1, ::1 or localhost',
    })
    .default('127.0.0.1')
    .meta({ description });
}

function port(fallback: number, description: string) {
  return integer(fallback, 0, 65_535, `${description} 0: any free port.`);
}

const OPEN =
  'Lets this listener start on an address that is not loopback without a credential. Whoever reaches it can then';

function file(description: string) {
  return z.string().min(1).max(4096).nullable().default(null).meta({ description });
}

const TLS_KEYS = {
  certFile: file(
    'Certificate of this listener with those that lead to its root, PEM. null: no TLS. A changed file is taken over while callfate runs.',
  ),
  keyFile: file('Private key of the certificate, PEM.'),
  caFile: file(
    'Certificates, PEM. A client has to present one that they signed. null: clients need none.',
  ),
};

const tls = z.strictObject(TLS_KEYS).prefault({}).meta({ description: 'TLS of this listener.' });

function origins(description: string) {
  return z
    .array(
      z
        .string()
        .max(255)
        .regex(ORIGIN, 'is no origin; write scheme://host or scheme://host:port, no path'),
    )
    .max(256)
    .default([])
    .meta({ description });
}

const log = z
  .strictObject({
    level: z
      .enum(LOG_LEVELS)
      .default('info')
      .meta({ description: 'Lowest level that is written.', reload: true }),
    redactNumbers: flag(
      true,
      'Writes telephone numbers and user names as keyed hashes n:1a2b3c4d, in log lines, API and live page.',
    ),
    hashKey: secret(
      16,
      'Key of those hashes. null: random at each start, so that hashes match within one run only.',
    ),
    calls: flag(true, 'Writes one line a call, whatever the level is, unless the level is silent.'),
  })
  .prefault({})
  .meta({ description: 'Log lines, JSON, on standard output.' });

/** A pattern costs its own length a byte, so it is short, and has few places to search from. */
const PATTERN_MAX = 128;
const STARS_MAX = 4;

function pattern() {
  return z
    .string()
    .min(1)
    .max(PATTERN_MAX)
    .refine((value) => value.split('*').length <= STARS_MAX + 1, {
      error: `has more than ${STARS_MAX} asterisks; write a shorter pattern`,
    });
}

const http = z
  .strictObject({
    host: host('Address to listen on.'),
    port: port(9606, 'TCP port.'),
    token: secret(8, 'Bearer token that a request must carry. null: none.', { reload: true }),
    tls,
    allowUnauthenticated: flag(false, `${OPEN} read the metrics and the recent calls.`),
  })
  .prefault({})
  .meta({ description: 'Live page, API, metrics and health over HTTP.' });

const websocket = z
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

const relay = z
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

const hep = z.strictObject({ udp: hepUdp, tcp: hepTcp, tls: hepTls }).prefault({}).meta({
  description: 'SIP from capture agents: Kamailio, OpenSIPS, Asterisk, FreeSWITCH, heplify.',
});

/** SIP, the second port of many PBXs, HEP, and later fragments, which have no ports. */
const CAPTURE_FILTER =
  'port 5060 or port 5080 or port 9060 or (ip[6:2] & 0x1fff != 0) or (ip6 proto 44)';

const capture = z
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
        description:
          'Interface to capture from with tcpdump, any for all of them. null: no capture.',
      }),
    filter: z.string().max(4096).default(CAPTURE_FILTER).meta({
      description:
        'What to capture, see pcap-filter(7). What is no SIP costs time and is counted as not ours.',
    }),
    bufferKib: integer(
      16_384,
      64,
      4_194_304,
      'Buffer that tcpdump asks the kernel for, KiB. Full: packets are dropped and counted.',
    ),
    program: z
      .string()
      .min(1)
      .max(4096)
      .default('tcpdump')
      .meta({ description: 'Name or path of tcpdump.' }),
  })
  .prefault({})
  .meta({ description: 'SIP and HEP captured from a network interface.' });

const timeouts = z
  .strictObject({
    noResponseSeconds: integer(
      33,
      1,
      3600,
      'INVITE without any response. Timer B is 32 s (RFC 3261 section 17.1.1.2).',
    ),
    setupSeconds: integer(
      240,
      1,
      86_400,
      'Provisional response without a final one. Timer C is over 180 s (RFC 3261 section 16.6).',
    ),
    cancelSeconds: integer(
      33,
      1,
      3600,
      'CANCEL without a final response. 64*T1 is 32 s (RFC 3261 section 9.1).',
    ),
    answeredSeconds: integer(14_400, 1, 604_800, 'Answered call without a BYE.'),
    connectionLostSeconds: integer(
      900,
      1,
      86_400,
      'Answered call after its relayed WebSocket connection was closed, without a message of that party since. Its media may go on.',
    ),
  })
  .prefault({})
  .meta({
    description:
      'A call that stays in one state for this long without a message ends: no response, or lost.',
    reload: true,
  });

const join = z
  .strictObject({
    sessionId: flag(true, 'By Session-ID (RFC 7989), which both legs carry.'),
    correlation: flag(true, "By a HEP correlation id that is not the leg's own Call-ID."),
    inferred: flag(
      true,
      'By address and number when exactly one call in set-up fits; the verdict says inferred.',
    ),
    headers: z
      .array(z.string().regex(/^[A-Za-z0-9-]{1,64}$/, 'is no header name; write X-Call-Id'))
      .max(8)
      .default([])
      .meta({
        description: "Headers whose value is the other leg's Call-ID, or shared by both legs.",
        reload: true,
      }),
    callIdSuffixes: z.array(z.string().min(1).max(32)).max(8).default([]).meta({
      description: "What a B2BUA appends to the other leg's Call-ID for its own.",
      reload: true,
    }),
  })
  .prefault({})
  .meta({
    description: 'How the legs that a B2BUA splits a call into are joined again.',
    reload: true,
  });

const calls = z
  .strictObject({
    max: integer(
      131_072,
      1,
      1_048_576,
      'Attempts in progress or settling. Over it the oldest is evicted and counted.',
    ),
    reorderWindowMs: integer(
      500,
      0,
      10_000,
      'An ended attempt waits this long for messages that arrive late.',
      { reload: true },
    ),
    retryWindowMs: integer(
      5000,
      0,
      60_000,
      'A new INVITE within this time of a 401, 407, 3xx, 415, 420, 422 or 503 belongs to the same attempt.',
      { reload: true },
    ),
    tombstoneSeconds: integer(
      64,
      1,
      3600,
      'Stragglers of an ended attempt are absorbed for this long.',
      { reload: true },
    ),
    captureSkewMs: integer(
      5000,
      0,
      3_600_000,
      'A HEP capture time further than this from arrival is ignored and counted.',
      { reload: true },
    ),
    join,
    timeouts,
  })
  .prefault({})
  .meta({ description: 'Call tracking.' });

const peer = z
  .strictObject({
    name: z
      .string()
      .regex(
        PEER_NAME,
        'is no peer name; use 1 to 63 letters, digits, _ . or -, the first a letter or digit',
      )
      .refine((value) => value.toLowerCase() !== OTHER_PEER, {
        error: 'is reserved for addresses that no peer claims; choose another name',
      })
      .meta({ description: 'Value of the label peer. Unique, upper and lower case alike.' }),
    role: z.enum(PEER_ROLES).meta({ description: 'What it is; decides direction and stage.' }),
    hosts: z.array(pattern()).max(64).default([]).meta({
      description:
        'Hosts in the Request-URI of whom is called, in From of who calls; * stands for any text.',
    }),
    users: z.array(pattern()).max(64).default([]).meta({
      description:
        'User parts in the Request-URI of whom is called, in From of who calls; * stands for any text.',
    }),
    addresses: z
      .array(
        z.string().check((context) => {
          const parsed = parseCidr(context.value);
          if (parsed.ok) return;
          context.issues.push({ code: 'custom', message: parsed.error, input: context.value });
        }),
      )
      .max(1024)
      .default([])
      .meta({
        description:
          'IP addresses and networks (CIDR). The longest prefix wins. With hosts or users, all that is given must fit.',
      }),
  })
  .check((context) => {
    const { addresses, hosts, users } = context.value;
    if (addresses.length + hosts.length + users.length > 0) return;
    context.issues.push({
      code: 'custom',
      message: 'names no address, host or user; add addresses, hosts or users',
      input: context.value,
    });
  });

const stageRule = z
  .strictObject({
    in: z.enum(['invite', 'progress', 'answer', 'bye']).meta({
      description:
        'The message: INVITE, provisional response, 2xx to the INVITE, BYE or the 2xx to it.',
    }),
    status: z.int().min(100).max(299).nullable().default(null).meta({
      description: 'Status of the response. null: any.',
    }),
    role: z.enum(PEER_ROLES).nullable().default(null).meta({
      description: 'Role of the peer that is called, or that answers. null: any.',
    }),
    uri: pattern()
      .nullable()
      .default(null)
      .meta({ description: 'Pattern of the whole Request-URI, * for any text. null: any.' }),
    header: z
      .string()
      .regex(/^[A-Za-z0-9-]{1,64}$/, 'is no header name; write History-Info')
      .nullable()
      .default(null)
      .meta({ description: 'Header that the message must have. null: none.' }),
    value: pattern()
      .nullable()
      .default(null)
      .meta({ description: "Pattern of that header's value, * for any text. null: any." }),
    fact: z
      .enum(CONTEXT_NAMES.filter((name) => name !== 'refused.refused'))
      .meta({ description: 'What the call then has, see docs/context.md.' }),
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/, 'is no name; use letters, digits, _ . or -')
      .nullable()
      .default(null)
      .meta({ description: 'Name of the stage or component. null: none.' }),
  })
  .check((context) => {
    const wrong = wrongStageRule(context.value);
    if (wrong === null) return;
    const [key, message] = wrong;
    const path = key === null ? [] : [key];
    const input = key === null ? context.value : context.value[key];
    context.issues.push({ code: 'custom', message, input, path });
  });

interface StageRuleKeys {
  readonly in: string;
  readonly status: number | null;
  readonly role: string | null;
  readonly uri: string | null;
  readonly header: string | null;
  readonly value: string | null;
  readonly fact: string;
  readonly name: string | null;
}

/** What does not fit together in a stage rule: the key, and what to do. */
function wrongStageRule(
  rule: StageRuleKeys,
): readonly [key: keyof StageRuleKeys | null, message: string] | null {
  const { status, role, uri, header, value, fact, name } = rule;
  if ((status ?? role ?? uri ?? header) === null) {
    return [null, 'holds for every message; add status, role, uri or header'];
  }
  if (uri !== null && rule.in !== 'invite')
    return ['uri', 'is read of an INVITE only; set in: invite'];
  if (role !== null && rule.in === 'bye') return ['role', 'is of who was called; set in: answer'];
  if (status !== null && rule.in === 'invite')
    return ['status', 'is of responses; set in: progress'];
  if (value !== null && header === null) return ['value', 'belongs to a header; add header'];
  const isStage = fact.startsWith('stage.');
  if (isStage && !CONTEXT_STAGES.some((stage) => stage === name)) {
    return ['name', `is no stage; write one of ${CONTEXT_STAGES.join(', ')}`];
  }
  return null;
}

const contextApi = z
  .strictObject({
    enabled: flag(false, 'Takes CloudEvents at POST /v1/context of the HTTP server.'),
    token: secret(8, 'Bearer token that a request must carry; http.token is not asked for.', {
      reload: true,
    }),
    allowUnauthenticated: flag(
      false,
      'Takes events without a token, while http.host is loopback only.',
    ),
    maxBodyBytes: integer(262_144, 1024, 1_048_576, 'Longest body; a longer one is answered 413.'),
    maxBatch: integer(256, 1, 4096, 'Events of a batch; more are answered 413.'),
    queue: integer(
      4096,
      1,
      65_536,
      'Events on their way to the engine; a request that does not fit is answered 429.',
    ),
  })
  .prefault({})
  .meta({ description: 'Facts about calls that the platform tells over HTTP.' });

const context = z
  .strictObject({
    api: contextApi,
    waitMs: integer(
      2000,
      0,
      60_000,
      'While the API is enabled, an ended attempt waits so much longer for facts.',
      { reload: true },
    ),
    waitPeers: z.array(z.string().min(1).max(63)).max(4096).default([]).meta({
      description: 'Peers whose attempts wait. Empty: all attempts do.',
      reload: true,
    }),
    holdSeconds: integer(60, 1, 3600, 'How long facts wait for a call that is not seen yet.', {
      reload: true,
    }),
    builtInRules: z.boolean().default(true).meta({
      description:
        'Reads 182, msg-taker, RFC 4458, RTP statistics and RTCP reports, besides stageRules.',
      reload: true,
    }),
  })
  .prefault({})
  .meta({ description: 'What signalling alone cannot say of a call, see docs/context.md.' });

const prefix = z.strictObject({
  name: z
    .string()
    .regex(
      PEER_NAME,
      'is no name; use 1 to 63 letters, digits, _ . or -, the first a letter or digit',
    )
    .refine((value) => value.toLowerCase() !== OTHER_PEER, {
      error: 'is reserved for numbers that no group lists; choose another name',
    })
    .meta({ description: 'Value of the label prefix. Unique, upper and lower case alike.' }),
  starts: z
    .array(z.string().regex(/^\+?[0-9*#]{1,20}$/, 'is no start of a number; write +49 or 0049'))
    .min(1)
    .max(64)
    .meta({ description: 'How numbers of this group begin in the Request-URI. The longest wins.' }),
});

const vocabularies = z
  .strictObject({
    enabled: z
      .array(z.enum(SHIPPED_VOCABULARIES))
      .max(SHIPPED_VOCABULARIES.length)
      .refine((list) => new Set(list).size === list.length, {
        error: 'names one twice; keep one of the two',
      })
      .default([...SHIPPED_VOCABULARIES])
      .meta({
        description:
          'Vocabularies of docs/vocabularies.md in which verdicts are told and counted. Empty: none of them.',
      }),
    files: z.array(z.string().min(1).max(4096)).max(8).default([]).meta({
      description:
        'Vocabularies of your own, YAML, always enabled. A relative path starts at the configuration file.',
    }),
    thresholds: z
      .strictObject({
        shortTalkSeconds: integer(5, 1, 3600, 'Talk below this many seconds is short.'),
        shortQueueSeconds: integer(
          5,
          1,
          3600,
          'A time in the queue below this many seconds is short.',
        ),
        longRingSeconds: integer(30, 1, 3600, 'Ringing from this many seconds on is long.'),
        longUnrungSeconds: integer(
          15,
          1,
          3600,
          'A call that has not rung after this many seconds is long unrung.',
        ),
      })
      .prefault({})
      .meta({ description: 'What the rules of vocabularies mean by short and long.' }),
  })
  .prefault({})
  .meta({
    description: "How a vendor would call the ending, beside callfate's own verdict.",
    reload: true,
  });

const recent = z
  .strictObject({
    maxCalls: integer(10_000, 0, 200_000, 'Calls that are kept; the oldest goes. 0: none is.'),
    maxAgeSeconds: integer(3600, 10, 604_800, 'A call is kept for this long after its verdict.'),
    maxBytes: integer(
      67_108_864,
      1_048_576,
      1_073_741_824,
      'Characters of verdicts and ladders that are kept; the oldest call goes.',
    ),
    streams: integer(16, 0, 48, 'Open streams of calls that end; one more is answered 503.'),
  })
  .prefault({})
  .meta({ description: 'Calls that ended, kept in memory for the live page and the API.' });

const limits = z
  .strictObject({
    peers: integer(64, 1, 4096, 'Entries in peers.'),
    series: integer(
      100_000,
      1000,
      10_000_000,
      'Series that a scrape may have, with all peers, number groups and vocabularies. A configuration with more is refused.',
      { reload: true },
    ),
    ringBytes: z
      .int()
      .min(262_144)
      .max(1_073_741_824)
      .refine((value) => Number.isInteger(Math.log2(value)), {
        error: 'is no power of two; write 4194304, 8388608, 16777216 or another one',
      })
      .default(8_388_608)
      .meta({
        description:
          'Ring from the WebSocket listener to the engine, a power of two. Full: messages are counted and dropped.',
      }),
    verdictQueue: integer(8192, 1, 1_048_576, 'Verdicts on their way to the outputs.'),
    logQueueBytes: integer(
      16_777_216,
      65_536,
      1_073_741_824,
      'Log text waiting for standard output. Full: lines are counted and dropped.',
    ),
    endpoints: integer(65_535, 1, 65_535, 'Distinct remote addresses remembered.'),
    contextFacts: integer(
      65_536,
      1,
      1_048_576,
      'Facts of calls in progress and of calls to come; one more is refused.',
    ),
  })
  .prefault({})
  .meta({ description: 'Bounds of queues and tables. What does not fit is counted.' });

export const configSchema = z
  .strictObject({
    log,
    http,
    websocket,
    relay,
    hep,
    capture,
    calls,
    peers: z.array(peer).default([]).meta({
      description: 'Systems that SIP is exchanged with. Any other address is the peer other.',
      reload: true,
    }),
    prefixes: z.array(prefix).max(64).default([]).meta({
      description: 'Groups of called numbers to count apart. Any other number is the prefix other.',
      reload: true,
    }),
    context,
    stageRules: z.array(stageRule).max(64).default([]).meta({
      description: 'Facts that follow from what SIP carries. The first rule that holds counts.',
      reload: true,
    }),
    vocabularies,
    recent,
    limits,
  })
  .meta({ title: 'callfate configuration' });

type DeepReadonly<T> = T extends readonly (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** A complete, valid configuration: every key is present. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;

/** What runs when nothing is configured. Frozen. */
export const DEFAULTS: Config = deepFreeze(configSchema.parse({}));

/** Freezes a tree of plain objects and arrays. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    for (const child of Object.values(value)) deepFreeze(child);
    Object.freeze(value);
  }
  return value;
}
