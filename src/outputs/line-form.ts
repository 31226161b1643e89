/** What the lines of calls that ended alike have in common: it is written once, and copied from then on. */
import type { Evidence, Verdict } from '../classify/outcome.ts';
import {
  CHARACTER_BYTES,
  NUMBER_BYTES,
  putAscii,
  putBytes,
  putSeconds,
  putString,
} from '../lib/json-bytes.ts';
import { type CommonTexts, commonTexts, type ShownIds } from './redact.ts';
import { ID_CHARS, isAlike, TIME_CHARS } from './verdict-likeness.ts';
import { BEFORE, LINE_END, type VerdictWriter } from './verdict-text.ts';

/** Stand where a time or an id is to be written: no JSON text has a NUL in it. */
const NUL = 0;
const TIME = String.fromCharCode(NUL).repeat(TIME_CHARS);
const ID = String.fromCharCode(NUL).repeat(ID_CHARS);
/** Bytes of what stands between the pieces and the strings, and of quotes and nulls. */
const BETWEEN_BYTES = 160;

/** Bytes, and the places in them that are written over. */
interface Piece {
  readonly bytes: Uint8Array;
  readonly gaps: readonly number[];
}

/** The line of one kind of ending, but for its times and for what each call has of its own. */
export class LineForm {
  readonly #like: Verdict;
  readonly #head: Piece;
  readonly #peers: Uint8Array;
  readonly #body: Piece;
  /** What of it may have to be redacted. */
  readonly texts: CommonTexts;

  constructor(verdict: Verdict, writer: VerdictWriter) {
    const like = withoutTimes(verdict);
    this.#like = like;
    this.#head = pieceOf(writer.head(like, TIME));
    this.#peers = Buffer.from(writer.peers(like));
    this.#body = pieceOf(writer.body(like, like));
    this.texts = commonTexts(textsOf(like));
  }

  /** Bytes that it takes itself. */
  get size(): number {
    return this.#head.bytes.length + this.#peers.length + this.#body.bytes.length;
  }

  /** True when the line of the verdict differs from this one only where `write` writes. */
  fits(verdict: Verdict): boolean {
    return isAlike(verdict, this.#like);
  }

  /** Bytes of the line at most. */
  most({ legs }: Verdict, { callId, fromTag, caller, callee }: ShownIds): number {
    let characters = callId.length + fromTag.length;
    characters += (caller?.length ?? 0) + (callee?.length ?? 0);
    for (const leg of legs) characters += leg.length + 1;
    return this.size + characters * CHARACTER_BYTES + 5 * NUMBER_BYTES + BETWEEN_BYTES;
  }

  /** Writes the line, and returns its end. `time`: ISO 8601 UTC. */
  write(out: Buffer, from: number, verdict: Verdict, ids: ShownIds, time: string): number {
    const { bytes, gaps } = this.#head;
    let at = putBytes(out, from, bytes);
    putAscii(out, from + (gaps[0] as number), time);
    putAscii(out, from + (gaps[1] as number), verdict.id);
    at = putString(out, at, ids.callId);
    at = putAscii(out, at, BEFORE.fromTag);
    at = putString(out, at, ids.fromTag);
    at = putAscii(out, at, BEFORE.legs);
    at = putLegs(out, at, verdict.legs);
    at = putBytes(out, at, this.#peers);
    at = putString(out, at, ids.caller);
    at = putAscii(out, at, BEFORE.callee);
    at = putString(out, at, ids.callee);
    const body = at;
    at = putBytes(out, at, this.#body.bytes);
    putTimes(out, body, this.#body.gaps, verdict);
    return putTiming(out, at, verdict.timing);
  }
}

function pieceOf(text: string): Piece {
  const bytes = Buffer.from(text);
  const gaps: number[] = [];
  for (let i = bytes.indexOf(NUL); i >= 0; i = bytes.indexOf(NUL, i)) {
    gaps.push(i);
    while (bytes[i] === NUL) i++;
  }
  return { bytes, gaps };
}

const blank = (time: string | null): string | null => (time === null ? null : TIME);
const withoutTime = (item: Evidence): Evidence => ({ ...item, at: blank(item.at) });

/** The same, with gaps in place of its id and times. */
function withoutTimes(verdict: Verdict): Verdict {
  const { ringingAt, answeredAt, stages, evidence, conflicts } = verdict;
  return {
    ...verdict,
    id: ID,
    startedAt: TIME,
    ringingAt: blank(ringingAt),
    answeredAt: blank(answeredAt),
    endedAt: TIME,
    stages: stages.map(({ stage }) => ({ stage, enteredAt: TIME, leftAt: TIME })),
    evidence: evidence.map(withoutTime),
    conflicts: conflicts.map(({ winner, loser }) => ({
      winner: withoutTime(winner),
      loser: withoutTime(loser),
    })),
  };
}

function textsOf({ sip, reasonHeaders, evidence, conflicts }: Verdict): string[] {
  const items = [...evidence, ...conflicts.flatMap(({ winner, loser }) => [winner, loser])];
  const texts = items.flatMap(({ value, why }) => [value, why]);
  return [...(sip.phrase === null ? [] : [sip.phrase]), ...reasonHeaders, ...texts];
}

function putLegs(out: Buffer, from: number, legs: readonly string[]): number {
  let at = from;
  for (const leg of legs) {
    if (at > from) at = putAscii(out, at, ',');
    at = putString(out, at, leg);
  }
  return at;
}

/** In the order in which the gaps of the body stand. */
function putTimes(out: Buffer, body: number, gaps: readonly number[], verdict: Verdict): void {
  let next = 0;
  const put = (time: string | null): void => {
    if (time !== null) putAscii(out, body + (gaps[next++] as number), time);
  };
  put(verdict.startedAt);
  put(verdict.ringingAt);
  put(verdict.answeredAt);
  put(verdict.endedAt);
  for (const { enteredAt, leftAt } of verdict.stages) {
    put(enteredAt);
    put(leftAt);
  }
  for (const { at } of verdict.evidence) put(at);
  for (const { winner, loser } of verdict.conflicts) {
    put(winner.at);
    put(loser.at);
  }
}

function putTiming(out: Buffer, from: number, timing: Verdict['timing']): number {
  let at = putSeconds(out, from, timing.postDialDelay);
  at = putAscii(out, at, BEFORE.ring);
  at = putSeconds(out, at, timing.ring);
  at = putAscii(out, at, BEFORE.talk);
  at = putSeconds(out, at, timing.talk);
  at = putAscii(out, at, BEFORE.hold);
  at = putSeconds(out, at, timing.hold);
  at = putAscii(out, at, BEFORE.total);
  at = putSeconds(out, at, timing.total);
  return putAscii(out, at, LINE_END);
}
