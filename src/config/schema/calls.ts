/** Keys of how calls are followed: time-outs, joins, memory. */
import { z } from 'zod';
import { flag, integer } from './values.ts';

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

export const calls = z
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
