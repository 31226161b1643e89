/** What the lines of calls that ended alike have in common: it is written once, and copied from then on. */
import type { Evidence, Verdict } from '../classify/outcome.ts';
import { ESCAPE_BYTES, type JsonBuffer, NUMBER_BYTES } from '../lib/json-buffer.ts';
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

  /** Writes the line. `time`: ISO 8601 UTC. */
  write(out: JsonBuffer, verdict: Verdict, ids: ShownIds, time: string): void {
    out.makeRoom(this.size + mostOf(verdict, ids));
    const { bytes, gaps } = this.#head;
    const head = out.length;
    out.putBytes(bytes);
    out.writeOver(head + (gaps[0] as number), time);
    out.writeOver(head + (gaps[1] as number), verdict.id);
    out.putString(ids.callId);
    out.putAscii(BEFORE.fromTag);
    out.putString(ids.fromTag);
    out.putAscii(BEFORE.legs);
    putLegs(out, verdict.legs);
    out.putBytes(this.#peers);
    out.putString(ids.caller);
    out.putAscii(BEFORE.callee);
    out.putString(ids.callee);
    const body = out.length;
    out.putBytes(this.#body.bytes);
    putTimes(new Gaps(out, body, this.#body.gaps), verdict);
    putTiming(out, verdict.timing);
  }
}

/** Bytes of a line at most, but for its pieces. */
function mostOf({ legs }: Verdict, { callId, fromTag, caller, callee }: ShownIds): number {
  let characters = callId.length + fromTag.length;
  characters += (caller?.length ?? 0) + (callee?.length ?? 0);
  for (const leg of legs) characters += leg.length + 1;
  return characters * ESCAPE_BYTES + 5 * NUMBER_BYTES + BETWEEN_BYTES;
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
    // Nobody's: a form lives longer than the call.
    callId: '',
    fromTag: '',
    legs: [],
    caller: null,
    callee: null,
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

function putLegs(out: JsonBuffer, legs: readonly string[]): void {
  for (let i = 0; i < legs.length; i++) {
    if (i > 0) out.putAscii(',');
    out.putString(legs[i] as string);
  }
}

/** A time, and where it stands. */
interface Placed {
  readonly time: string;
  readonly at: number;
}

/** Writes times into the gaps of a body, in their order. */
class Gaps {
  readonly #out: JsonBuffer;
  readonly #body: number;
  readonly #gaps: readonly number[];
  #next = 0;

  constructor(out: JsonBuffer, body: number, gaps: readonly number[]) {
    this.#out = out;
    this.#body = body;
    this.#gaps = gaps;
  }

  /** `known`: perhaps the same time, which is copied then; null has no gap. */
  put(time: string | null, known: Placed | null): Placed | null {
    if (time === null) return null;
    const at = this.#body + (this.#gaps[this.#next++] as number);
    if (known !== null && time === known.time) this.#out.copyOver(at, known.at, TIME_CHARS);
    else this.#out.writeOver(at, time);
    return { time, at };
  }
}

/**
 * Most of what happened to a call ended one stage and began another, or ended the call: such a time stands there
 * already.
 */
function putTimes(gaps: Gaps, verdict: Verdict): void {
  const { stages, evidence, conflicts } = verdict;
  const start = gaps.put(verdict.startedAt, null);
  const rang = gaps.put(verdict.ringingAt, null);
  const answer = gaps.put(verdict.answeredAt, null);
  const end = gaps.put(verdict.endedAt, null);
  let left = start;
  for (let i = 0; i < stages.length; i++) {
    const { enteredAt, leftAt } = stages[i] as Verdict['stages'][number];
    gaps.put(enteredAt, left);
    left = gaps.put(leftAt, i === stages.length - 1 ? end : i === 0 ? (rang ?? answer) : answer);
  }
  for (const { at } of evidence) gaps.put(at, end);
  for (const { winner, loser } of conflicts) {
    gaps.put(winner.at, end);
    gaps.put(loser.at, end);
  }
}

function putTiming(out: JsonBuffer, timing: Verdict['timing']): void {
  out.putSeconds(timing.postDialDelay);
  out.putAscii(BEFORE.ring);
  out.putSeconds(timing.ring);
  out.putAscii(BEFORE.talk);
  out.putSeconds(timing.talk);
  out.putAscii(BEFORE.hold);
  out.putSeconds(timing.hold);
  out.putAscii(BEFORE.total);
  out.putSeconds(timing.total);
  out.putAscii(LINE_END);
}
