/** A verdict as JSON text: what `JSON.stringify` gives, at half its price, since every call has one. */
import type { Evidence, Verdict } from '../classify/outcome.ts';
import type { Shown } from './redact.ts';

const LINE_START = '{"level":"info","time":"';
const LINE_TIME = '2026-11-21T10:00:00.000Z';
const LINE_END = ',"msg":"call ended"}\n';
/** Bytes of a line before the fields of its verdict, and behind them. */
export const LINE_HEAD = LINE_START.length + LINE_TIME.length + '",'.length;
export const LINE_TAIL = LINE_END.length;

/** The line that pino writes of a verdict; `fields`: its JSON without the braces; `time`: ISO 8601 UTC. */
export function callLine(fields: string, time: string): string {
  return `${LINE_START}${time}",${fields}${LINE_END}`;
}

const [SPACE, QUOTE, BACKSLASH] = [0x20, 0x22, 0x5c];
/** Halves of pairs of UTF-16: one alone is escaped. */
const [FIRST_SURROGATE, LAST_SURROGATE] = [0xd800, 0xdfff];

/** Writes verdicts. Vocabularies share what they say of calls alike, so its text is made once. */
export class VerdictWriter {
  /** By object: it is gone when the vocabulary's own memory lets go of it. */
  readonly #vocabularies = new WeakMap<object, string>();

  /**
   * The JSON without its braces, in the order in which `toVerdict` makes it; our own words and times need no look.
   * `shown`: its fields that are shown in another way.
   */
  fields(verdict: Verdict, shown: Shown = verdict): string {
    const { q850, timing } = verdict;
    const { sip } = shown;
    return `"schema":${verdict.schema},"source":"${verdict.source}","id":"${verdict.id}","captureId":${
      verdict.captureId
    },"callId":${quoted(shown.callId)},"fromTag":${quoted(shown.fromTag)},"legs":${texts(
      verdict.legs,
    )},"joined":${orNull(verdict.joined)},"direction":"${verdict.direction}","peerIn":${quoted(
      verdict.peerIn,
    )},"peerOut":${quoted(verdict.peerOut)},"caller":${orNull(shown.caller)},"callee":${orNull(
      shown.callee,
    )},"startedAt":"${verdict.startedAt}","ringingAt":${word(verdict.ringingAt)},"answeredAt":${word(
      verdict.answeredAt,
    )},"endedAt":"${verdict.endedAt}","outcome":"${verdict.outcome}","reason":"${
      verdict.reason
    }","attribution":"${verdict.attribution}","stage":"${verdict.stage}","endedBy":"${
      verdict.endedBy
    }","endedByRole":"${verdict.endedByRole}","connected":${verdict.connected},"served":${
      verdict.served
    },"abnormal":${verdict.abnormal},"certainty":"${verdict.certainty}","sip":{"status":${
      sip.status
    },"phrase":${orNull(sip.phrase)},"farStatus":${sip.farStatus}},"q850":${
      q850 === null
        ? 'null'
        : `{"cause":${q850.cause},"location":${orNull(q850.location)},"seenIn":"${q850.seenIn}"}`
    },"reasonHeaders":${texts(shown.reasonHeaders)},"branches":${branches(
      verdict.branches,
    )},"stages":${stages(verdict.stages)},"context":${
      shown.context.length === 0 ? '[]' : JSON.stringify(shown.context)
    },"evidence":${evidenceList(shown.evidence)},"conflicts":${conflicts(
      shown.conflicts,
    )},"vocabularies":${this.#codes(verdict.vocabularies)},"timing":{"postDialDelay":${
      timing.postDialDelay
    },"ring":${timing.ring},"talk":${timing.talk},"hold":${timing.hold},"total":${timing.total}}`;
  }

  #codes(codes: Verdict['vocabularies']): string {
    const known = this.#vocabularies.get(codes);
    if (known !== undefined) return known;
    const text = JSON.stringify(codes);
    this.#vocabularies.set(codes, text);
    return text;
  }
}

/** Most texts are short: a look at each character takes less than a pattern. */
function quoted(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    const isEscaped = code < SPACE || code === QUOTE || code === BACKSLASH;
    if (isEscaped || (code >= FIRST_SURROGATE && code <= LAST_SURROGATE))
      return JSON.stringify(text);
  }
  return `"${text}"`;
}

function orNull(text: string | null): string {
  return text === null ? 'null' : quoted(text);
}

/** Of our own: nothing in it is escaped. */
function word(text: string | null): string {
  return text === null ? 'null' : `"${text}"`;
}

function texts(list: readonly string[]): string {
  let items = '';
  for (const text of list) items += items === '' ? quoted(text) : `,${quoted(text)}`;
  return `[${items}]`;
}

function branches(list: Verdict['branches']): string {
  let items = '';
  for (const { peer, status, cause, decided } of list) {
    items += `${items === '' ? '' : ','}{"peer":${quoted(peer)},"status":${status},"cause":${cause},"decided":${decided}}`;
  }
  return `[${items}]`;
}

function stages(list: Verdict['stages']): string {
  let items = '';
  for (const { stage, enteredAt, leftAt } of list) {
    items += `${items === '' ? '' : ','}{"stage":"${stage}","enteredAt":"${enteredAt}","leftAt":"${leftAt}"}`;
  }
  return `[${items}]`;
}

function evidenceList(list: readonly Evidence[]): string {
  let items = '';
  for (const item of list) items += items === '' ? evidence(item) : `,${evidence(item)}`;
  return `[${items}]`;
}

function evidence({ kind, value, message, at, decided, why }: Evidence): string {
  return `{"kind":"${kind}","value":${quoted(value)},"message":${orNull(message)},"at":${word(
    at,
  )},"decided":${decided},"why":${quoted(why)}}`;
}

function conflicts(list: Verdict['conflicts']): string {
  let items = '';
  for (const { winner, loser } of list) {
    items += `${items === '' ? '' : ','}{"winner":${evidence(winner)},"loser":${evidence(loser)}}`;
  }
  return `[${items}]`;
}
