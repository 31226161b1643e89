import {
  createShapes,
  FURTHER,
  SERIAL_DIGITS,
  type Shape,
  type ShapeOptions,
  type Template,
} from './calls.ts';

/** Messages of one batch at most, and room for their bytes. */
export const BATCH_MESSAGES = 2048;
const BATCH_BYTES = 4 * 1024 * 1024;
/** A step of the stream makes at most this many messages. */
const STEP_MESSAGES = 16;
const TEMPLATE_MAX = 12_000;
/** One call in sixteen is being set up, the others talk: 8 s of ringing before 2 minutes of talk. */
const SET_UP_SHARE = 16;
/** Start of the simulated time, ms since the epoch. */
const EPOCH = Date.UTC(2026, 10, 21, 10);

/** Messages ready to be fed: their HEP packets, the SIP messages in them, and when they arrive (ms since the epoch). */
export interface Batch {
  count: number;
  readonly packets: Uint8Array[];
  readonly messages: Uint8Array[];
  readonly at: Float64Array;
}

export interface StreamOptions extends ShapeOptions {
  /** Calls in progress in the steady state. */
  readonly inProgress: number;
  /** Messages per second of simulated time. */
  readonly rate: number;
  /** Calls are numbered from here on. */
  readonly firstSerial?: number;
}

/** Repeatable random numbers: xorshift32. */
class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  below(limit: number): number {
    let x = this.#state;
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    this.#state = x;
    return (x >>> 0) % limit;
  }
}

/**
 * An endless stream of messages with a constant number of calls in progress. Whenever one call is answered, another one
 * that talks hangs up; whenever one fails, a new one begins. Made in batches, so that making is not measured.
 */
export class CallStream {
  /** Calls begun so far. */
  begun = 0;
  /** Calls that came to their end, by what they are to be judged as. */
  readonly ended = new Map<string, number>();
  /** ms since the epoch, simulated; whoever sends in real time sets it. */
  now = EPOCH;
  readonly batch: Batch = {
    count: 0,
    packets: [],
    messages: [],
    at: new Float64Array(BATCH_MESSAGES),
  };
  readonly #shapes: readonly Shape[];
  readonly #choice: Uint8Array;
  readonly #step: number;
  readonly #firstSerial: number;
  readonly #random = new Random(20_261_121);
  /** Written to at once, as `#talk` is: pages of the generator must not come in later and count as the engine's. */
  readonly #bytes = Buffer.alloc(BATCH_BYTES, 1);
  readonly #setUp: { serial: number; shape: number; burst: number }[];
  readonly #talk: { readonly serial: Uint32Array; readonly shape: Uint8Array };
  #talking = 0;
  #fill = 0;

  constructor({ inProgress, rate, firstSerial = 0, ...shapes }: StreamOptions) {
    this.#firstSerial = firstSerial;
    this.#shapes = createShapes(shapes);
    this.#choice = Uint8Array.from(
      this.#shapes.flatMap(({ weight }, index) => new Array<number>(weight).fill(index)),
    );
    this.#step = 1000 / rate;
    const setUp = Math.ceil(inProgress / SET_UP_SHARE);
    this.#setUp = Array.from({ length: setUp }, () => ({ serial: 0, shape: -1, burst: 0 }));
    this.#talk = {
      serial: new Uint32Array(inProgress - setUp).fill(0),
      shape: new Uint8Array(inProgress - setUp).fill(0),
    };
  }

  /** Calls that talk, in the steady state. */
  get talkers(): number {
    return this.#talk.serial.length;
  }

  /**
   * The next batch of set-ups: calls of nine messages that are answered and go on. False, with an empty batch, when as
   * many talk as should.
   */
  establish(): boolean {
    this.#open();
    const { serial, shape } = this.#talk;
    while (this.#talking < serial.length && this.#hasRoom()) {
      const call = this.#begin(this.begun % 2);
      this.#play(call.shape, 0, call.serial);
      this.#play(call.shape, 1, call.serial);
      this.#play(call.shape, 2, call.serial);
      serial[this.#talking] = call.serial;
      shape[this.#talking++] = call.shape;
    }
    return this.batch.count > 0;
  }

  /** The next batch of more messages, UPDATE at both hops, for each call that talks from number `from` on. */
  further(from: number): number {
    this.#open();
    let i = from;
    for (; i < this.#talking && this.#hasRoom(); i++) {
      this.#playAll(FURTHER, this.#talk.serial[i] ?? 0);
    }
    return i;
  }

  /** The next batch of the steady state. */
  fill(): Batch {
    this.#open();
    while (this.#hasRoom()) this.#advance();
    return this.batch;
  }

  /** All packets of the batch, one behind the other. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#fill);
  }

  /** The next batch of ends of all calls that are in progress. False, with an empty batch, when there are none left. */
  finish(): boolean {
    this.#open();
    const { serial, shape } = this.#talk;
    for (; this.#talking > 0 && this.#hasRoom(); this.#talking--) {
      const last = this.#talking - 1;
      this.#hangUp(shape[last] ?? 0, serial[last] ?? 0);
    }
    for (const call of this.#setUp) {
      if (call.shape < 0 || !this.#hasRoom()) continue;
      const { bursts } = this.#shapeOf(call.shape);
      for (; call.burst < bursts.length; call.burst++) {
        this.#play(call.shape, call.burst, call.serial);
      }
      this.#count(call.shape);
      call.shape = -1;
    }
    return this.batch.count > 0;
  }

  #count(shape: number): void {
    const { outcome } = this.#shapeOf(shape);
    this.ended.set(outcome, (this.ended.get(outcome) ?? 0) + 1);
  }

  #hangUp(shape: number, serial: number): void {
    const { bursts, talkAt } = this.#shapeOf(shape);
    for (let burst = talkAt; burst < bursts.length; burst++) this.#play(shape, burst, serial);
    this.#count(shape);
  }

  #advance(): void {
    const slot = this.#random.below(this.#setUp.length);
    const call = this.#setUp[slot];
    if (call === undefined) return;
    if (call.shape < 0) this.#setUp[slot] = this.#begin(this.#choose());
    else this.#next(call);
  }

  #next(call: { serial: number; shape: number; burst: number }): void {
    const { bursts, talkAt } = this.#shapeOf(call.shape);
    this.#play(call.shape, call.burst, call.serial);
    call.burst++;
    if (call.burst === talkAt) this.#talkInstead(call);
    else if (call.burst === bursts.length) {
      this.#count(call.shape);
      call.shape = -1;
    }
  }

  /** The call talks from now on, and one that talked hangs up. */
  #talkInstead(call: { serial: number; shape: number }): void {
    const { serial, shape } = this.#talk;
    const i = this.#random.below(serial.length);
    this.#hangUp(shape[i] ?? 0, serial[i] ?? 0);
    serial[i] = call.serial;
    shape[i] = call.shape;
    call.shape = -1;
  }

  #begin(shape: number): { serial: number; shape: number; burst: number } {
    return { serial: this.#firstSerial + ++this.begun, shape, burst: 0 };
  }

  #choose(): number {
    return this.#choice[this.#random.below(this.#choice.length)] ?? 0;
  }

  #shapeOf(index: number): Shape {
    const shape = this.#shapes[index];
    if (shape === undefined) throw new Error(`no shape ${index}`);
    return shape;
  }

  #open(): void {
    this.#fill = 0;
    this.batch.count = 0;
    this.batch.packets.length = 0;
    this.batch.messages.length = 0;
  }

  #hasRoom(): boolean {
    return (
      this.batch.count + STEP_MESSAGES <= BATCH_MESSAGES &&
      this.#fill + STEP_MESSAGES * TEMPLATE_MAX <= BATCH_BYTES
    );
  }

  #play(shape: number, burst: number, serial: number): void {
    this.#playAll(this.#shapeOf(shape).bursts[burst] ?? [], serial);
  }

  #playAll(templates: readonly Template[], serial: number): void {
    const digits = Buffer.from(String(serial).padStart(SERIAL_DIGITS, '0'), 'latin1');
    const high = digits.readUInt32LE(0);
    const low = digits.readUInt32LE(4);
    for (const template of templates) this.#emit(template, high, low);
  }

  #emit(template: Template, high: number, low: number): void {
    const { batch } = this;
    const start = this.#fill;
    const bytes = this.#bytes;
    bytes.set(template.bytes, start);
    for (const at of template.serials) {
      bytes.writeUInt32LE(high, start + at);
      bytes.writeUInt32LE(low, start + at + 4);
    }
    this.now += this.#step;
    const seconds = Math.floor(this.now / 1000);
    bytes.writeUInt32BE(seconds, start + template.time);
    bytes.writeUInt32BE(Math.round((this.now - seconds * 1000) * 1000), start + template.time + 10);
    this.#fill += template.bytes.length;
    batch.packets.push(bytes.subarray(start, this.#fill));
    batch.messages.push(bytes.subarray(start + template.sipStart, start + template.sipEnd));
    batch.at[batch.count++] = this.now;
  }
}
