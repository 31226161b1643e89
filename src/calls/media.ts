import type { ContextNote } from '../context/kinds.ts';
import { METHOD, type SipScanner } from '../sip/scan.ts';
import { hasSdp, SDP, sdpDirection } from '../sip/sdp.ts';
import type { Arrival } from './arrival.ts';
import type { ReportResult } from './call.ts';
import { FLAG, MOMENT, NEVER, UNITS_PER_MS } from './marks.ts';
import { recall } from './recall.ts';
import { VIAS_MAX } from './record-table.ts';
import { ReportTable, SIDE, SIDES } from './report-table.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';

/** One RTCP report, as far as it tells who sends and who receives; `decode/rtcp.ts` `RtcpReport` is one. */
export interface MediaReport {
  readonly sent: number | null;
  readonly heard: number | null;
  readonly highest: number;
}

/** Packets take a moment: what a side says sooner after the answer says nothing. */
const TELLS_UNITS = 5000 * UNITS_PER_MS;
/** Reports come every 5 s, give or take half of it (RFC 3550 §6.2): silence that two of them bear out, and this long. */
const STILL_REPORTS = 2;
const STILL_UNITS = 8000 * UNITS_PER_MS;
/** The last word on a stream that stopped must be about the end of the call. */
const FRESH_UNITS = 12_000 * UNITS_PER_MS;
const STILL_MAX = 255;

/** Whether packets went one way: `none` is said by a side, `sent` is not borne out by who should have received them. */
type Flow = 'some' | 'sent' | 'none' | 'unknown';

/**
 * RTCP reports of calls in progress, by the attempt that owns the Call-ID. They become a fact when the attempt ends, and
 * only when they are clear: two ends at most, and media for both ways, negotiated once.
 */
export class MediaReader {
  readonly #store: CallStore;
  readonly #capacity: number;
  /** Made with the first report: most systems send none. */
  #table: ReportTable | null = null;

  constructor(store: CallStore, capacity: number) {
    this.#store = store;
    this.#capacity = capacity;
  }

  /** Takes a report, whose correlation id is the Call-ID of the leg; null: RTCP that reports nothing. */
  report(report: MediaReport | null, arrival: Arrival): ReportResult {
    if (report === null) return 'silent';
    const { correlationStart, correlationEnd, addresses } = arrival;
    if (correlationStart >= correlationEnd) return 'no_call_id';
    const a = this.#store.findByCallId(correlationStart, correlationEnd);
    if (a === 0) return 'unknown_call';
    this.#table ??= new ReportTable(this.#capacity);
    const { endpoints } = this.#store;
    const from = endpoints.key(addresses, 0, 32);
    const to = endpoints.key(addresses, 16, 34);
    const side = from === 0 ? -1 : sideOf(this.#table, a, from, to);
    if (side < 0) {
      this.#table.raise(SIDES * slotOf(a), SIDE.CROWDED);
      return 'unclear';
    }
    if ((this.#table.flags[side] as number) <= SIDE.REPORTED) this.#name(a, side, addresses);
    this.#take(this.#table, side, report, this.#store.clock.units(a, arrival));
    return 'taken';
  }

  /** Offer or answer of the call's beginning: one that does not ask for both ways explains silence. */
  negotiated(a: number, message: SipScanner): void {
    if (!hasSdp(message)) return;
    if (sdpDirection(message) !== SDP.TALK) this.#store.attempts.raise(a, FLAG.MEDIA_CHANGED);
  }

  /** The fact that the reports on attempt `a`, which ends, make; null: none. */
  conclude(a: number): ContextNote | null {
    const table = this.#table;
    if (table === null || table.flags[SIDES * slotOf(a)] === 0) return null;
    const { attempts } = this.#store;
    const answer = attempts.moment(a, MOMENT.ANSWER);
    const told = answer !== NEVER && !attempts.has(a, FLAG.MEDIA_CHANGED);
    const last = lastReport(table, a);
    const bye = attempts.moment(a, MOMENT.BYE);
    const fact = told ? judge(table, a, answer, bye === NEVER ? last : bye) : null;
    const at = attempts.timeOf(a, last);
    table.clear(a);
    if (fact === null) return null;
    return {
      ...fact,
      kind: 'media',
      enforcedBy: null,
      subject: null,
      at,
      id: null,
      source: 'media',
    };
  }

  #take(table: ReportTable, side: number, report: MediaReport, units: number): void {
    const { sent, heard, highest } = report;
    table.lastAt[side] = units;
    if (sent !== null && sent > 0 && !(table.has(side, SIDE.SENT) && table.sent[side] === sent)) {
      table.raise(side, SIDE.SENT);
      table.sent[side] = sent;
      table.sentAt[side] = units;
    }
    if (heard === null) return;
    table.raise(side, SIDE.LISTENS);
    const moved = !table.has(side, SIDE.HEARD) || table.highest[side] !== highest;
    if (heard > 0 && moved) {
      table.raise(side, SIDE.HEARD);
      table.highest[side] = highest;
      table.highestAt[side] = units;
      table.still[side] = 0;
    } else table.still[side] = Math.min((table.still[side] as number) + 1, STILL_MAX);
  }

  /** A side whose host sent the INVITE is the caller's, one whose host got it is the callee's. */
  #name(a: number, side: number, addresses: Uint8Array): void {
    const { records, attempts, endpoints } = this.#store;
    let caller = false;
    let callee = false;
    for (const { record: r, method, status, source, target } of recall(this.#store, a)) {
      if (method !== METHOD.INVITE || status !== 0) continue;
      const fewest = Math.min(attempts.minVias[slotOf(a)] as number, VIAS_MAX);
      const first = records.vias(r) === fewest;
      caller ||= first && endpoints.isHost(source, addresses, 0);
      callee ||= endpoints.isHost(target, addresses, 0);
    }
    if (caller !== callee) this.#table?.raise(side, caller ? SIDE.CALLER : SIDE.CALLEE);
  }
}

/**
 * The side that reports from one address to another; -1 when there are two others already. A side whose address changed
 * on its way is known by whom it reports to.
 */
function sideOf(table: ReportTable, a: number, from: number, to: number): number {
  for (let side = SIDES * slotOf(a); side < SIDES * (slotOf(a) + 1); side++) {
    const known = table.has(side, SIDE.REPORTED);
    if (known && table.from[side] !== from && (to === 0 || table.to[side] !== to)) continue;
    table.raise(side, SIDE.REPORTED);
    table.from[side] = from;
    table.to[side] = to;
    if (!known) table.still[side] = 0;
    return side;
  }
  return -1;
}

function lastReport(table: ReportTable, a: number): number {
  const [first, second] = [SIDES * slotOf(a), SIDES * slotOf(a) + 1];
  const last = table.lastAt[first] as number;
  return table.has(second, SIDE.REPORTED) ? Math.max(last, table.lastAt[second] as number) : last;
}

type Fact = Pick<ContextNote, 'value' | 'name'>;

/** `answer`, `end`: units. */
function judge(table: ReportTable, a: number, answer: number, end: number): Fact | null {
  const [one, two] = [SIDES * slotOf(a), SIDES * slotOf(a) + 1];
  if (table.has(one, SIDE.CROWDED)) return null;
  const there = flow(table, one, two, answer);
  const back = flow(table, two, one, answer);
  if (there === 'none' && back === 'none') return { value: 'no_audio', name: null };
  // A flow that nobody speaks of may be none as well: then this is not one way.
  if (there === 'none' && back !== 'unknown') {
    return { value: 'one_way', name: nameOf(table, two, one) };
  }
  if (back === 'none' && there !== 'unknown') {
    return { value: 'one_way', name: nameOf(table, one, two) };
  }
  if (there === 'some' && stopped(table, one, two, end)) {
    return { value: 'interrupted', name: nameOf(table, two, one) };
  }
  if (back === 'some' && stopped(table, two, one, end)) {
    return { value: 'interrupted', name: nameOf(table, one, two) };
  }
  return null;
}

function flow(table: ReportTable, from: number, to: number, answer: number): Flow {
  if (table.has(to, SIDE.HEARD)) return 'some';
  if (table.has(to, SIDE.LISTENS) && isLate(table, to, answer)) return 'none';
  if (table.has(from, SIDE.SENT)) return 'sent';
  return isLate(table, from, answer) ? 'none' : 'unknown';
}

/** The side spoke late enough for its silence to mean something. */
function isLate(table: ReportTable, side: number, answer: number): boolean {
  if (!table.has(side, SIDE.REPORTED)) return false;
  return (table.lastAt[side] as number) - answer >= TELLS_UNITS;
}

/**
 * Who received goes on reporting that no more came, while who sent says that it sends on, or has fallen silent itself: a
 * side that stops by its own will (silence suppression) goes on reporting that it sends nothing.
 */
function stopped(table: ReportTable, from: number, to: number, end: number): boolean {
  const last = table.lastAt[to] as number;
  const since = table.highestAt[to] as number;
  const still = (table.still[to] as number) >= STILL_REPORTS && last - since >= STILL_UNITS;
  if (!still || end - last > FRESH_UNITS || !table.has(from, SIDE.SENT)) return false;
  const sentOn = (table.sentAt[from] as number) - since >= STILL_UNITS / 2;
  return sentOn || (table.lastAt[from] as number) <= since;
}

/** Who did not hear: `caller`, `callee`, or null when that is not known. */
function nameOf(table: ReportTable, deaf: number, other: number): string | null {
  const name = (caller: number, callee: number): string | null => {
    if (table.has(deaf, caller) && !table.has(other, caller)) return 'deaf';
    return table.has(other, callee) && !table.has(deaf, callee) ? 'deaf' : null;
  };
  if (name(SIDE.CALLER, SIDE.CALLEE) !== null) return 'caller';
  return name(SIDE.CALLEE, SIDE.CALLER) !== null ? 'callee' : null;
}
