import type { DemoCall } from './calls.ts';
import { HepAgent, type HepTarget } from './hep.ts';
import { Mirror, type MirrorTarget } from './mirror.ts';
import { Pbx } from './pbx.ts';
import { Phone } from './phone.ts';

/** Where the calls are shown to callfate; null: that listener is switched off. */
export interface Listeners {
  readonly mirror: MirrorTarget | null;
  readonly hep: HepTarget | null;
}

export interface Played {
  readonly call: DemoCall;
  /** Empty when the call could not be placed. */
  readonly callId: string;
  /** Why it did not run to its end; null: it did. */
  readonly problem: string | null;
}

/** For one call to run to its end, ms. It takes a few. */
const CALL_MS = 5000;

/** The calls that these listeners can be shown. */
export function playable(calls: readonly DemoCall[], to: Listeners): readonly DemoCall[] {
  return calls.filter(({ by }) => (by === 'hep' ? to.hep : to.mirror) !== null);
}

/** Places the calls one after the other. Rejects when a listener cannot be reached. */
export async function play(calls: readonly DemoCall[], to: Listeners): Promise<readonly Played[]> {
  const stage = await Stage.open(to);
  try {
    const played: Played[] = [];
    for (const call of calls) played.push(await stage.play(call));
    return played;
  } finally {
    await stage.close();
  }
}

interface Parts {
  readonly pbx: Pbx;
  readonly phone: Phone;
  readonly mirror: Mirror;
}

class Stage {
  readonly #parts: Parts | null;
  readonly #hep: HepAgent | null;

  private constructor(parts: Parts | null, hep: HepAgent | null) {
    this.#parts = parts;
    this.#hep = hep;
  }

  static async open({ mirror: target, hep }: Listeners): Promise<Stage> {
    const mirror = target === null ? null : await Mirror.open(target);
    const parts = mirror === null ? null : await openParts(mirror);
    return new Stage(parts, hep === null ? null : new HepAgent(hep));
  }

  async play(call: DemoCall): Promise<Played> {
    let callId = '';
    try {
      const placed = await this.#place(call);
      callId = placed.callId;
      await within(CALL_MS, placed.ended);
      return { call, callId, problem: null };
    } catch (error) {
      return { call, callId, problem: error instanceof Error ? error.message : String(error) };
    }
  }

  async close(): Promise<void> {
    this.#hep?.close();
    if (this.#parts === null) return;
    await this.#parts.phone.stop();
    await this.#parts.pbx.close();
    await this.#parts.mirror.close();
  }

  async #place(call: DemoCall): Promise<{ callId: string; ended: Promise<unknown> }> {
    if (call.by === 'hep') {
      if (this.#hep === null) throw new Error('HEP is switched off');
      return { callId: await this.#hep.play(call.number, call.steps), ended: Promise.resolve() };
    }
    if (this.#parts === null) throw new Error('the WebSocket mirror is switched off');
    const { pbx, phone } = this.#parts;
    if (call.by === 'received') return pbx.call(call.number, call.pbx);
    const answered = pbx.answer(call.number, call.pbx);
    const { callId, ended } = phone.dial(call);
    return { callId, ended: Promise.all([answered, ended]) };
  }
}

async function openParts(mirror: Mirror): Promise<Parts> {
  const pbx = await Pbx.start();
  return { pbx, mirror, phone: await Phone.start(pbx.url, mirror.webSocketClass()) };
}

async function within(ms: number, promise: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not end within ${ms / 1000} s`)), ms);
  });
  try {
    await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
