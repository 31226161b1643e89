/** Keys of log, context, vocabularies, recent calls and bounds. */
import { z } from 'zod';
import { flag, integer, LOG_LEVELS, SHIPPED_VOCABULARIES, secret } from './values.ts';

export const log = z
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

export const context = z
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

export const vocabularies = z
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

export const recent = z
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

export const limits = z
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
