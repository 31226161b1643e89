/** The answers of the API as schemas: for the OpenAPI document, and for the tests that hold answers to it. */
import { z } from 'zod';
import { CALL_TYPES, EVIDENCE_SOURCES, SCOPES } from '../classify/vocabulary/vocabulary.ts';
import { SETTINGS } from '../explain/wire.ts';
import type { AnswerName } from './endpoints.ts';
import {
  attribution,
  certainty,
  codes,
  count,
  direction,
  endedBy,
  evidence,
  maybe,
  number,
  outcome,
  reason,
  seconds,
  stage,
  status,
  text,
  time,
  verdict,
} from './verdict-schema.ts';

const row = z.strictObject({
  ...{ id: text, callId: text, startedAt: time, endedAt: time, direction },
  ...{ peerIn: text, peerOut: text, caller: maybe, callee: maybe },
  ...{ outcome, reason: text, attribution, stage, endedBy, certainty },
  connected: z.boolean(),
  abnormal: z.boolean(),
  status,
  cause: status,
  legs: count,
  talk: seconds,
  total: number,
});

const leg = z.strictObject({
  ...{ id: text, callId: text, fromTag: text, direction, peerIn: text, peerOut: text },
  ...{ caller: maybe, callee: maybe, startedAt: time, answeredAt: time.nullable(), endedAt: time },
  ...{ outcome, reason: text, attribution, endedBy, status },
});

const ladder = z.strictObject({
  hosts: z.array(text),
  messages: z.array(
    z.strictObject({
      at: time,
      leg: count,
      from: count.nullable(),
      to: count.nullable(),
      method: text,
      status,
      label: text,
      repeats: count,
      mark: z.enum(['decided', 'weighed']).nullable(),
      evidence: z.array(count),
    }),
  ),
});

const summary = z.strictObject({
  window: count,
  from: time,
  to: time,
  calls: count,
  abnormal: count,
  outcomes: z.record(outcome, count),
  reasons: z.array(
    z.strictObject({
      ...{ reason, outcome, attribution, abnormal: z.boolean(), advice: text, calls: count },
    }),
  ),
  peers: z.array(
    z.strictObject({
      peer: text,
      calls: count,
      abnormal: count,
      outcomes: z.partialRecord(outcome, count),
    }),
  ),
});

const health = z.strictObject({
  version: text,
  at: time,
  parts: z.record(text, z.boolean()),
  input: z.array(
    z.strictObject({
      source: text,
      ...{ frames: count, messages: count, notOurs: count, malformed: count, lost: count },
    }),
  ),
  attempts: z.strictObject({ started: count, ended: count, active: count }),
  calls: z.strictObject({ opened: count, closed: count, open: count, merged: count }),
  laws: z.strictObject({ attempts: z.boolean(), calls: z.boolean() }),
  verdictsDropped: count,
  logLinesDropped: count,
  engineRestarts: count,
  limits: z.record(text, count),
});

const vocabularies = z.strictObject({
  vocabularies: z.array(
    z.strictObject({
      ...{ id: text, title: text, source: text, enabled: z.boolean() },
      codes: z.array(
        z.strictObject({
          ...{ field: text, code: text, name: text, title: maybe },
          scope: z.enum(SCOPES),
          reason,
          evidence: z.enum(EVIDENCE_SOURCES),
        }),
      ),
    }),
  ),
});

const vendor = z.strictObject({
  ...{ vocabulary: text, field: text, code: text, name: text, title: maybe },
  scope: z.enum(SCOPES),
  callType: z.enum(CALL_TYPES),
  attribution: maybe,
  connected: z.boolean().nullable(),
  evidence: z.enum(EVIDENCE_SOURCES),
  note: maybe,
});

const explanation = z.strictObject({
  query: text,
  matches: z.array(
    z.strictObject({
      input: text,
      setting: z.enum(SETTINGS.map(({ id }) => id)).nullable(),
      ...{ reason, outcome, attribution, abnormal: z.boolean(), advice: text, source: text },
      certainty: certainty.nullable(),
      why: text,
      evidence: z.array(evidence),
      vendor: vendor.nullable(),
      vocabularies: codes,
    }),
  ),
});

export const PROBLEM = z.looseObject({
  type: z.literal('about:blank'),
  title: text,
  status: count,
  detail: text,
  error: text,
});

export const ANSWERS = {
  CallPage: z.strictObject({
    calls: z.array(z.union([row, verdict])),
    next: maybe,
    kept: count,
  }),
  CallDetail: z.strictObject({
    verdict,
    legs: z.array(leg),
    ladder: ladder.nullable(),
    advice: text,
    source: text,
  }),
  Summary: summary,
  Health: health,
  VocabularyList: vocabularies,
  Explanation: explanation,
  ContextAnswer: z.strictObject({
    accepted: count,
    refused: count,
    events: z.array(z.looseObject({ result: text })),
  }),
  Document: z.looseObject({ openapi: text, paths: z.record(text, z.unknown()) }),
  /** The text of a stream. */
  Events: text,
} as const satisfies Readonly<Record<AnswerName, z.ZodType>>;

/** The data of the events of a stream. */
export const EVENTS = {
  call: z.union([verdict, row]),
  skipped: z.strictObject({ calls: count }),
  gap: z.strictObject({ calls: count.nullable() }),
} as const;
