import { parentPort } from 'node:worker_threads';
import type { ContextEvent } from './context/results.ts';
import { Engine, type OnVerdict } from './engine.ts';
import { Handover } from './handover.ts';
import { HepInput } from './hep-input.ts';
import { monotonicClock } from './lib/clock.ts';
import type { LiveCapture } from './live-capture.ts';
import type { EngineData, FromEngine, HepState, ToEngine } from './messages.ts';
import { RingReader } from './sources/ring.ts';
import { RingDrain } from './sources/ring-drain.ts';
import type { FrameMeta } from './sources/source.ts';

/** How often time moves on while no frames come, ms. */
const HEARTBEAT_MS = 50;
/** A verdict waits for others so long at most, ms: a message to the edge costs both threads more than a verdict. */
const VERDICT_WAIT_MS = 20;
/** Calls that are ended at a time when the engine stops. */
const DRAIN_BATCH = 256;

type Post = (message: FromEngine, transferred?: readonly ArrayBuffer[]) => void;

/** The engine's thread: HEP listener, ring of WebSocket frames, timers; verdicts and snapshots go to the edge. */
class EngineThread {
  readonly #engine: Engine;
  readonly #ring: RingDrain;
  readonly #data: EngineData;
  readonly #post: Post;
  readonly #hep: HepInput | null;
  #hepState: HepState | null = null;
  #capture: LiveCapture | null = null;
  #heartbeat: NodeJS.Timeout | null = null;
  readonly #handover: Handover;
  #waiting: NodeJS.Timeout | null = null;
  #unwritten = 0;
  #toldFault = false;
  readonly #droppedCell: number;

  constructor(data: EngineData, post: Post) {
    this.#data = data;
    this.#post = post;
    this.#hep = data.hep === null ? null : new HepInput(data.hep);
    this.#engine = new Engine(data.options, (...told) => this.#verdict(...told));
    this.#handover = new Handover(data.handover, Date.now);
    this.#droppedCell = this.#engine.bank.cell('callfate_verdicts_dropped_total');
    const { pipeline } = this.#engine;
    pipeline.onFault = (error) => this.#faulty(error);
    this.#ring = new RingDrain(new RingReader(data.ring), {
      accept: (bytes: Uint8Array, meta: FrameMeta) => pipeline.relay(bytes, meta),
    });
  }

  async start(): Promise<void> {
    const { capture } = this.#data;
    const { scannerProblem } = this.#engine.pipeline;
    if (scannerProblem !== null) {
      const text = `SIP is read by the plain scanner, which takes more time: ${scannerProblem}`;
      this.#post({ type: 'warning', text });
    }
    if (this.#hep !== null) await this.#listen(this.#hep);
    this.#heartbeat = setInterval(() => this.#beat(monotonicClock()), HEARTBEAT_MS);
    this.#ring.wake();
    if (capture !== null) await this.#startCapture(capture);
    this.#post({ type: 'ready', hep: this.#hepState });
  }

  receive(message: ToEngine): void {
    switch (message.type) {
      case 'start':
        throw new Error('started twice');
      case 'bell':
        this.#ring.wake();
        return;
      case 'scrape':
        this.#scrape();
        return;
      case 'context':
        this.#context(message.id, message.events);
        return;
      case 'reload':
        this.#engine.configure(message.options);
        return;
      case 'written':
        this.#unwritten -= message.count;
        return;
      case 'stop':
        void this.#stop();
    }
  }

  #beat(now: number): void {
    this.#capture?.advance(now);
    this.#engine.tracker.advance(now);
  }

  async #startCapture(origin: NonNullable<EngineData['capture']>): Promise<void> {
    const { LiveCapture: Capture } = await import('./live-capture.ts');
    this.#capture = new Capture(origin, this.#engine.pipeline, monotonicClock, {
      info: (text) => this.#post({ type: 'info', text }),
      warning: (text) => this.#post({ type: 'warning', text }),
      ended: (problem) => this.#post({ type: 'capture_ended', problem }),
    });
    if (this.#data.again) this.#capture.startAgain();
    else await this.#capture.start();
  }

  async #listen(hep: HepInput): Promise<void> {
    const state = await hep.start({
      sink: this.#engine.pipeline,
      onError: (text) => this.#post({ type: 'warning', text: `hep: ${text}` }),
    });
    this.#hepState = state;
    const { bank } = this.#engine;
    bank.set(bank.cell('callfate_receive_buffer_bytes', 'hep_udp'), state.granted);
    const batched = state.receiver === 'batched' ? 1 : 0;
    bank.set(bank.cell('callfate_hep_udp_batched'), batched);
  }

  /** Told once: one bug is met again and again. */
  #faulty(error: unknown): void {
    if (this.#toldFault) return;
    this.#toldFault = true;
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const text = `a bug in callfate; what it hits is left out and counted in callfate_input_lost_total{reason="observer"}: ${what}`;
    this.#post({ type: 'warning', text });
  }

  #context(id: number, events: readonly ContextEvent[]): void {
    const now = monotonicClock();
    const answers = events.map((event) => this.#engine.context(event, now));
    this.#post({ type: 'context', id, answers });
  }

  #scrape(): void {
    this.#publishHep();
    this.#publishCapture();
    this.#post({ type: 'snapshot', snapshot: this.#engine.snapshot() });
  }

  #publishHep(): void {
    if (this.#hep === null) return;
    const { kernel, ringFull } = this.#hep.lost();
    if (kernel !== null) this.#engine.lost('hep_udp', 'kernel', kernel);
    this.#engine.lost('hep_udp', 'ring_full', ringFull);
  }

  #publishCapture(): void {
    if (this.#capture === null) return;
    const { bank } = this.#engine;
    const { isRunning, receiver } = this.#capture;
    bank.set(bank.cell('callfate_capture_running'), isRunning ? 1 : 0);
    bank.set(bank.cell('callfate_capture_ring'), isRunning && receiver === 'ring' ? 1 : 0);
    const drops = this.#capture.dropped();
    if (drops !== null) this.#engine.lost('capture', 'kernel', drops);
  }

  #verdict(...told: Parameters<OnVerdict>): void {
    if (this.#unwritten >= this.#data.verdictQueue) {
      this.#engine.bank.add(this.#droppedCell);
      return;
    }
    this.#handover.add(...told);
    this.#unwritten++;
    const isLast = this.#unwritten >= this.#data.verdictQueue;
    if (isLast || this.#handover.isFull) this.#flush();
    else this.#waiting ??= setTimeout(() => this.#flush(), VERDICT_WAIT_MS);
  }

  #flush(): void {
    if (this.#waiting !== null) clearTimeout(this.#waiting);
    this.#waiting = null;
    if (this.#handover.isEmpty) return;
    const batch = this.#handover.take();
    this.#post({ type: 'verdicts', batch }, [batch.lines.buffer]);
  }

  /** In steps that the edge can follow: a verdict that finds no room in the queue would be lost. */
  #drain(): void {
    const room = this.#data.verdictQueue - this.#unwritten;
    const done = room > 0 && this.#engine.tracker.drain(Math.min(room, DRAIN_BATCH));
    this.#flush();
    if (done) this.#post({ type: 'stopped' });
    else setImmediate(() => this.#drain());
  }

  async #stop(): Promise<void> {
    if (this.#heartbeat !== null) clearInterval(this.#heartbeat);
    await this.#hep?.close(this.#engine.pipeline);
    await this.#capture?.stop();
    this.#ring.finish();
    this.#drain();
  }
}

function main(): void {
  const port = parentPort;
  if (port === null) throw new Error('engine-worker runs as a worker of callfate only');
  const post: Post = (message, transferred) => port.postMessage(message, transferred);
  port.once('message', (first: ToEngine) => {
    if (first.type !== 'start') throw new Error(`${first.type} came before start`);
    const thread = new EngineThread(first.data, post);
    port.on('message', (message: ToEngine) => thread.receive(message));
    thread.start().catch((error: unknown) => {
      post({ type: 'failed', error: error instanceof Error ? error.message : String(error) });
    });
  });
}

main();
