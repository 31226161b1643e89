/** The verdict as a schema, and the words that all answers share. */
import { z } from 'zod';
import {
  ATTRIBUTIONS,
  CERTAINTIES,
  DIRECTIONS,
  ENDED_BY,
  ENDED_BY_ROLES,
  EVIDENCE_KINDS,
  OUTCOMES,
  SEEN_IN,
  STAGES,
  type Verdict,
} from '../classify/outcome.ts';
import { REASONS } from '../classify/reasons.ts';

export const text = z.string();
export const maybe = text.nullable();
export const count = z.int().min(0);
export const number = z.number();
export const seconds = number.nullable();
export const time = z.iso.datetime();
export const outcome = z.enum(OUTCOMES);
export const attribution = z.enum(ATTRIBUTIONS);
export const direction = z.enum(DIRECTIONS);
export const stage = z.enum(STAGES);
export const endedBy = z.enum(ENDED_BY);
export const certainty = z.enum(CERTAINTIES);
export const reason = z.enum(REASONS.map(({ id }) => id));
export const status = count.nullable();

export const evidence = z.strictObject({
  kind: z.enum(EVIDENCE_KINDS),
  value: text,
  message: maybe,
  at: time.nullable(),
  decided: z.boolean(),
  why: text,
});

/** `{vocabulary: {field: code}}`. */
export const codes = z.record(text, z.record(text, z.strictObject({ code: text, name: text })));

// A field that the type has and the schema lacks, or the other way round, is an error here.
export const verdict = z.strictObject({
  schema: z.literal(1),
  source: z.enum(['sip', 'context']),
  id: text,
  captureId: count.nullable(),
  callId: text,
  fromTag: text,
  legs: z.array(text),
  joined: maybe,
  direction,
  peerIn: text,
  peerOut: text,
  caller: maybe,
  callee: maybe,
  startedAt: time,
  ringingAt: time.nullable(),
  answeredAt: time.nullable(),
  endedAt: time,
  outcome,
  reason: text,
  attribution,
  stage,
  endedBy,
  endedByRole: z.enum(ENDED_BY_ROLES),
  connected: z.boolean(),
  served: z.boolean(),
  abnormal: z.boolean(),
  certainty,
  sip: z.strictObject({ status, phrase: maybe, farStatus: status }),
  q850: z.strictObject({ cause: count, location: maybe, seenIn: z.enum(SEEN_IN) }).nullable(),
  reasonHeaders: z.array(text),
  branches: z.array(z.strictObject({ peer: text, status, cause: status, decided: z.boolean() })),
  stages: z.array(z.strictObject({ stage, enteredAt: time, leftAt: time })),
  context: z.array(z.looseObject({ kind: text, value: text, at: time, source: text })),
  evidence: z.array(evidence),
  conflicts: z.array(z.strictObject({ winner: evidence, loser: evidence })),
  vocabularies: codes,
  timing: z.strictObject({
    postDialDelay: seconds,
    ring: seconds,
    talk: seconds,
    hold: seconds,
    total: number,
  }),
} satisfies Record<keyof Verdict, z.ZodType>);
