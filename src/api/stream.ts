/** Calls as they end, as server-sent events (HTML, section 9.2) to a bounded number of clients. */
import type { ServerResponse } from 'node:http';
import type { Verdict } from '../classify/outcome.ts';
import type { StreamEnd } from '../sources/source.ts';
import { rowOf } from './call-row.ts';
import type { Query } from './parameters.ts';
import type { RecentCall, RecentCalls } from './recent-calls.ts';
import { testOf } from './search.ts';

/** Text that waits for a client, bytes; a slower one is let go. */
export const STREAM_BACKLOG_MAX = 1_048_576;
/** Calls that one stream carries in a second; more are told by number. */
export const STREAM_CALLS_PER_SECOND = 200;
/** What a client that comes back is sent at once, characters; older calls are told by number. */
export const STREAM_RESUME_MAX = 524_288;
/** Calls that are looked at for a client that comes back; older ones are told by number. */
export const STREAM_RESUME_CALLS = 4096;
/** From one heartbeat to the next, ms. */
export const STREAM_HEARTBEAT_MS = 15_000;
/** Before a client may come back, ms. */
const RETRY_MS = 2000;

export interface StreamEvents {
  open(count: number): void;
  ended(reason: StreamEnd): void;
  refused(): void;
  skipped(calls: number): void;
}

export interface StreamOptions {
  readonly store: RecentCalls;
  /** Streams at a time. */
  readonly max: number;
  /** Tells this run of the process from others. */
  readonly epoch: string;
  readonly events: StreamEvents;
  /** `STREAM_HEARTBEAT_MS` when it is left out. */
  readonly heartbeatMs?: number;
}

/** Where a client was: `EPOCH-SEQ` in base 36, the seq of the last call it has. */
export function cursorText(epoch: string, seq: number): string {
  return `${epoch}-${seq.toString(36)}`;
}

/** The seq; null when it is not of this run. */
export function cursorSeq(epoch: string, text: string): number | null {
  const [run, seq = ''] = text.split('-');
  const value = Number.parseInt(seq, 36);
  return run === epoch && Number.isSafeInteger(value) ? value : null;
}

class Client {
  readonly #response: ServerResponse;
  readonly passes: (call: RecentCall) => boolean;
  readonly #view: string;
  readonly #epoch: string;
  /** Of the second at hand. */
  #sent = 0;
  #skipped = 0;

  readonly #rowOf: (call: RecentCall) => string;

  constructor(
    response: ServerResponse,
    query: Query,
    { store, epoch }: StreamOptions,
    rowText: (call: RecentCall) => string,
  ) {
    this.#response = response;
    this.#rowOf = rowText;
    this.passes = testOf(query, store);
    this.#view = String(query.view);
    this.#epoch = epoch;
  }

  get isSlow(): boolean {
    return this.#response.writableLength > STREAM_BACKLOG_MAX;
  }

  call(call: RecentCall, limited: boolean): void {
    if (!this.passes(call)) return;
    if (limited && this.#sent >= STREAM_CALLS_PER_SECOND) {
      this.#skipped++;
      return;
    }
    this.#sent++;
    const data = this.#view === 'row' ? this.#rowOf(call) : call.verdict;
    this.write(`id: ${cursorText(this.#epoch, call.seq)}\nevent: call\ndata: ${data}\n\n`);
  }

  /**
   * All up to `seq` is told: who saw none of it, or waits for few calls, need not be told it again. Without data it is no
   * event, but its id counts (HTML, section 9.2.6).
   */
  upTo(seq: number, field: string): void {
    this.write(`${field}\nid: ${cursorText(this.#epoch, seq)}\n\n`);
  }

  /** A second is over; gives how many calls it did not carry. */
  tick(): number {
    const skipped = this.#skipped;
    if (skipped > 0) this.write(`event: skipped\ndata: {"calls":${skipped}}\n\n`);
    this.#sent = 0;
    this.#skipped = 0;
    return skipped;
  }

  write(text: string): void {
    this.#response.write(text);
  }

  end(): void {
    this.#response.end();
  }

  drop(): void {
    this.#response.destroy();
  }
}

function lastRow(): (call: RecentCall) => string {
  let last: RecentCall | null = null;
  let text = '';
  return (call) => {
    if (call !== last) text = JSON.stringify(rowOf(JSON.parse(call.verdict) as Verdict));
    last = call;
    return text;
  };
}

export class CallStreams {
  readonly #options: StreamOptions;
  readonly #clients = new Set<Client>();
  #timer: NodeJS.Timeout | null = null;
  #sinceBeat = 0;
  /** The row that was written last: all streams get the same call one after the other. */
  readonly #rowText = lastRow();

  constructor(options: StreamOptions) {
    this.#options = options;
  }

  get isOff(): boolean {
    return this.#options.max === 0;
  }

  get isFull(): boolean {
    return this.#clients.size >= this.#options.max;
  }

  /** Counts a stream that finds no room. */
  refuse<Answer>(answer: Answer): Answer {
    this.#options.events.refused();
    return answer;
  }

  /** Takes the response over, with its head written. `last`: Last-Event-ID of a client that comes back. */
  open(response: ServerResponse, query: Query, last: string | null): void {
    const client = new Client(response, query, this.#options, this.#rowText);
    if (last !== null) this.#resume(client, last);
    client.upTo(this.#options.store.next - 1, `retry: ${RETRY_MS}`);
    this.#clients.add(client);
    this.#options.events.open(this.#clients.size);
    response.once('close', () => this.#forget(client, 'client'));
    response.on('error', () => this.#forget(client, 'client'));
    this.#timer ??= setInterval(() => this.#tick(), 1000).unref();
  }

  /** A call ended and is kept. */
  publish(call: RecentCall): void {
    for (const client of this.#clients) {
      client.call(call, true);
      if (client.isSlow) this.#shed(client);
    }
  }

  /** Ends all of them: callfate stops. */
  close(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#timer = null;
    for (const client of [...this.#clients]) {
      this.#forget(client, 'stopped');
      client.end();
    }
  }

  /** What the client missed and is still kept; of the rest only the number, null when that is not known. */
  #resume(client: Client, last: string): void {
    const { store, epoch } = this.#options;
    const seen = cursorSeq(epoch, last);
    if (seen === null || seen >= store.next) {
      client.write('event: gap\ndata: {"calls":null}\n\n');
      return;
    }
    const from = this.#resumeFrom(client, seen);
    if (from > seen + 1) {
      client.write(`event: gap\ndata: {"calls":${from - seen - 1}}\n\n`);
    }
    for (let seq = from; seq < store.next; seq++) {
      const call = store.at(seq);
      if (call !== null) client.call(call, false);
    }
  }

  /** The oldest call behind `seen` that is kept and fits with all after it; what does not pass takes no room. */
  #resumeFrom(client: Client, seen: number): number {
    const { store } = this.#options;
    const oldest = Math.max(seen + 1, store.first, store.next - STREAM_RESUME_CALLS);
    let from = store.next;
    for (let room = STREAM_RESUME_MAX; from > oldest; from--) {
      const call = store.at(from - 1);
      if (call === null) break;
      if (client.passes(call)) room -= call.verdict.length;
      if (room < 0) break;
    }
    return from;
  }

  #tick(): void {
    let skipped = 0;
    this.#sinceBeat += 1000;
    const beat = this.#sinceBeat >= (this.#options.heartbeatMs ?? STREAM_HEARTBEAT_MS);
    if (beat) this.#sinceBeat = 0;
    for (const client of this.#clients) {
      skipped += client.tick();
      // A comment: it keeps proxies from closing the connection, and tells the client that it is there.
      if (beat) client.upTo(this.#options.store.next - 1, ':');
      if (client.isSlow) this.#shed(client);
    }
    if (skipped > 0) this.#options.events.skipped(skipped);
  }

  #shed(client: Client): void {
    this.#forget(client, 'slow');
    client.drop();
  }

  #forget(client: Client, reason: StreamEnd): void {
    if (!this.#clients.delete(client)) return;
    const { events } = this.#options;
    events.ended(reason);
    events.open(this.#clients.size);
    if (this.#clients.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }
}
