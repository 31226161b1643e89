/** Reads CloudEvents 1.0 in JSON, structured mode, that tell facts about calls. Never throws, whatever comes. */
import { fail, ok, type Result } from '../lib/result.ts';
import { type CONTEXT_KINDS, CONTEXT_STAGES, contextName, ENFORCERS, SUBJECTS } from './kinds.ts';
import type { ContextAnswer, ContextEvent, ContextResult } from './results.ts';

/** Longest id and source, characters. */
export const ATTRIBUTE_MAX = 256;
/** Longest Call-ID or correlation id, characters: as long as an attempt keeps its own. */
export const CALL_ID_MAX = 255;

const TYPE_PREFIX = 'callfate.';
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
/** RFC 3339, with the offset that it demands. */
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/i;
/** A Call-ID is bytes (RFC 3261 §25.1 word); a character above 255 is none, and no space stands in one. */
const CALL_ID = /^[!-~\u0080-\u00ff]+$/;
/** RFC 6838 §4.2.8: JSON by itself or by its suffix. */
const JSON_DATA = /^(?:application|text)\/(?:[^;]+\+)?json(?:;|$)/i;
const DATA_KEYS: ReadonlySet<string> = new Set([
  'callId',
  'correlationId',
  'name',
  'enforcedBy',
  'subject',
]);

type JsonObject = Readonly<Record<string, unknown>>;
type Wrong = readonly [ContextResult, string];

/** One event, or its refusal told. */
export function parseContextEvent(value: unknown): Result<ContextEvent, ContextAnswer> {
  if (!isObject(value)) {
    return fail({ id: null, result: 'not_an_object', detail: 'an event is a JSON object' });
  }
  const id = text(value.id, ATTRIBUTE_MAX);
  const refuse = ([result, detail]: Wrong) => fail({ id, result, detail });
  const source = text(value.source, ATTRIBUTE_MAX);
  if (value.specversion !== '1.0') return refuse(['specversion', 'specversion must be "1.0"']);
  if (id === null || source === null) {
    const detail = `id and source must be text of 1 to ${ATTRIBUTE_MAX} characters`;
    return refuse(['attributes', detail]);
  }
  const kind = typeOf(value.type);
  if (kind === null) {
    const detail = 'type is none of docs/context.md; write callfate.KIND.VALUE';
    return refuse(['unknown_type', detail]);
  }
  const data = dataOf(value);
  if (!data.ok) return refuse(['data', data.error]);
  const callId = callIdOf(value, data.value);
  if (callId === null) {
    const detail = `subject, data.callId or data.correlationId must be a Call-ID of 1 to ${CALL_ID_MAX} characters`;
    return refuse(['call_id', detail]);
  }
  const at = timeOf(value.time);
  if (at === undefined) return refuse(['time', 'time must be RFC 3339: 2026-11-21T10:00:00Z']);
  const wrong = wrongData(kind.kind, data.value);
  if (wrong !== null) return refuse(['data', wrong]);
  const { name = null, enforcedBy = null, subject = null } = data.value as Record<string, string>;
  return ok({ callId, fact: { ...kind, name, enforcedBy, subject }, at, id, source });
}

/** `callfate.refused` has no value of its own. */
function typeOf(type: unknown): ReturnType<typeof contextName> {
  if (typeof type !== 'string' || !type.startsWith(TYPE_PREFIX)) return null;
  const name = type.slice(TYPE_PREFIX.length);
  return contextName(name === 'refused' ? 'refused.refused' : name);
}

function dataOf(event: JsonObject): Result<JsonObject, string> {
  if (event.data_base64 !== undefined) return fail('data_base64 is not read; send JSON in data');
  const type = event.datacontenttype;
  if (type !== undefined && !(typeof type === 'string' && JSON_DATA.test(type))) {
    return fail('datacontenttype must be application/json');
  }
  const data = event.data ?? {};
  return isObject(data) ? ok(data) : fail('data must be a JSON object');
}

/** What is wrong with the data of this kind; null: nothing. A key that is not known may be a known one misspelt. */
function wrongData(kind: keyof typeof CONTEXT_KINDS, data: JsonObject): string | null {
  const unknown = Object.keys(data).find((key) => !DATA_KEYS.has(key));
  if (unknown !== undefined) return `data has a key that is not known; known: ${known(DATA_KEYS)}`;
  const { name, enforcedBy, subject } = data;
  if (kind === 'stage' && !isOneOf(CONTEXT_STAGES, name)) {
    return `data.name must be one of ${CONTEXT_STAGES.join(', ')}`;
  }
  if (name !== undefined && !(typeof name === 'string' && NAME.test(name))) {
    return 'data.name must be 1 to 64 letters, digits, _ . or -';
  }
  if (kind !== 'policy' && (enforcedBy ?? subject) !== undefined) {
    return 'data.enforcedBy and data.subject belong to policy facts only';
  }
  if (enforcedBy !== undefined && !isOneOf(ENFORCERS, enforcedBy)) {
    return `data.enforcedBy must be one of ${ENFORCERS.join(', ')}`;
  }
  if (subject !== undefined && !isOneOf(SUBJECTS, subject)) {
    return `data.subject must be one of ${SUBJECTS.join(', ')}`;
  }
  return null;
}

/** What the data names goes before the attribute, which some senders fill with something of their own. */
function callIdOf(event: JsonObject, data: JsonObject): string | null {
  const given = data.callId ?? data.correlationId ?? event.subject;
  const callId = text(given, CALL_ID_MAX);
  return callId !== null && CALL_ID.test(callId) ? callId : null;
}

/** ms since the epoch; null without a time, undefined for one that is none. */
function timeOf(time: unknown): number | null | undefined {
  if (time === undefined || time === null) return null;
  if (typeof time !== 'string' || !TIME.test(time)) return undefined;
  const at = Date.parse(time);
  return Number.isFinite(at) ? at : undefined;
}

function text(value: unknown, longest: number): string | null {
  return typeof value === 'string' && value.length > 0 && value.length <= longest ? value : null;
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isOneOf(values: readonly string[], value: unknown): boolean {
  return typeof value === 'string' && values.includes(value);
}

function known(values: Iterable<string>): string {
  return [...values].join(', ');
}
