/** A verdict as JSON text: what `JSON.stringify` gives, at half its price, since every call has one. */
import type { Evidence, Verdict } from '../classify/outcome.ts';
import type { Shown, ShownTexts } from './redact.ts';

const LINE_START = '{"level":"info","time":"';
const LINE_TIME = '2026-11-21T10:00:00.000Z';
export const LINE_END = '},"msg":"call ended"}\n';
/** Bytes of a line before the fields of its verdict, and behind them. */
export const LINE_HEAD = LINE_START.length + LINE_TIME.length + '",'.length;
export const LINE_TAIL = LINE_END.length - 1;
/** What stands before these fields, which each call has of its own. */
export const BEFORE = {
  fromTag: ',"fromTag":',
  legs: ',"legs":[',
  callee: ',"callee":',
  ring: ',"ring":',
  talk: ',"talk":',
  hold: ',"hold":',
  total: ',"total":',
} as const;

const [SPACE, QUOTE, BACKSLASH] = [0x20, 0x22, 0x5c];
/** Halves of pairs of UTF-16: one alone is escaped. */
const [FIRST_SURROGATE, LAST_SURROGATE] = [0xd800, 0xdfff];

/** Writes verdicts. Vocabularies share what they say of calls alike, so its text is made once. */
export class VerdictWriter {
  /** By object: it is gone when the vocabulary's own memory lets go of it. */
  readonly #vocabularies = new WeakMap<object, string>();

  /**
   * The line that pino writes of a verdict; `time`: ISO 8601 UTC. Fields stand in the order in which `toVerdict` makes
   * them; our own words and times need no look. `shown`: fields that are shown in another way.
   */
  line(verdict: Verdict, shown: Shown, time: string): string {
    const { postDialDelay, ring, talk, hold, total } = verdict.timing;
    return `${this.head(verdict, time)}${quoted(shown.callId)}${BEFORE.fromTag}${quoted(
      shown.fromTag,
    )}${BEFORE.legs}${texts(verdict.legs)}${this.peers(verdict)}${orNull(shown.caller)}${
      BEFORE.callee
    }${orNull(shown.callee)}${this.body(verdict, shown)}${postDialDelay}${BEFORE.ring}${ring}${
      BEFORE.talk
    }${talk}${BEFORE.hold}${hold}${BEFORE.total}${total}${LINE_END}`;
  }

  /** To the Call-ID. */
  head({ schema, source, id, captureId }: Verdict, time: string): string {
    return `${LINE_START}${time}","schema":${schema},"source":"${source}","id":"${id}","captureId":${captureId},"callId":`;
  }

  /** From the legs to the caller. */
  peers({ joined, direction, peerIn, peerOut }: Verdict): string {
    return `],"joined":${orNull(joined)},"direction":"${direction}","peerIn":${quoted(
      peerIn,
    )},"peerOut":${quoted(peerOut)},"caller":`;
  }

  /** From the callee to the first interval. */
  body(verdict: Verdict, shown: ShownTexts): string {
    const { q850 } = verdict;
    const { sip } = shown;
    return `,"startedAt":"${verdict.startedAt}","ringingAt":${word(
      verdict.ringingAt,
    )},"answeredAt":${word(verdict.answeredAt)},"endedAt":"${verdict.endedAt}","outcome":"${
      verdict.outcome
    }","reason":"${verdict.reason}","attribution":"${verdict.attribution}","stage":"${
      verdict.stage
    }","endedBy":"${verdict.endedBy}","endedByRole":"${verdict.endedByRole}","connected":${
      verdict.connected
    },"served":${verdict.served},"abnormal":${verdict.abnormal},"certainty":"${
      verdict.certainty
    }","sip":{"status":${sip.status},"phrase":${orNull(sip.phrase)},"farStatus":${
      sip.farStatus
    }},"q850":${
      q850 === null
        ? 'null'
        : `{"cause":${q850.cause},"location":${orNull(q850.location)},"seenIn":"${q850.seenIn}"}`
    },"reasonHeaders":[${texts(shown.reasonHeaders)}],"branches":${branches(
      verdict.branches,
    )},"stages":${stages(verdict.stages)},"context":${
      shown.context.length === 0 ? '[]' : JSON.stringify(shown.context)
    },"evidence":${evidenceList(shown.evidence)},"conflicts":${conflicts(
      shown.conflicts,
    )},"vocabularies":${this.#codes(verdict.vocabularies)},"timing":{"postDialDelay":`;
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
  return items;
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
