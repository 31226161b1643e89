import { once } from 'node:events';
import { type WebSocket, WebSocketServer } from 'ws';
import type { PbxStep } from './calls.ts';
import { Dialog, headerOf, type Party, whatIs } from './dialog.ts';

/** Where the messages of the demo say that the PBX is: addresses of RFC 2544, which no configured peer has. */
export const PBX_ADDRESS = '198.18.0.1:5060';
/** Who the phone dials as. */
export const PHONE_USER = 'phone';
/** What the PBX calls it by. Not as above: a call to who has just dialled may be taken for a leg of that call. */
export const PHONE_CONTACT = 'desk';

type Send = (text: string) => void;

/** One call at the PBX: a dialog that follows its script. */
class Leg {
  readonly #dialog: Dialog;
  readonly #send: Send;
  readonly #steps: PbxStep[];
  readonly #onEnd: () => void;

  constructor(dialog: Dialog, script: Script, send: Send) {
    this.#dialog = dialog;
    this.#steps = [...script.steps];
    this.#onEnd = script.onEnd;
    this.#send = send;
  }

  receive(text: string): void {
    const what = whatIs(text);
    this.#dialog.receive(text);
    // RFC 3261 sections 9.2 and 15.1.2: these are answered whatever the call is at.
    if (what === 'BYE' || what === 'CANCEL') this.#send(this.#dialog.write(200, { to: what }));
    const [first] = this.#steps;
    if (first !== undefined && 'await' in first && first.await !== what) return;
    if (first !== undefined && 'await' in first) this.#steps.shift();
    this.play();
  }

  /** Sends what comes next, up to where the script waits for a message. */
  play(): void {
    for (let step = this.#steps[0]; step !== undefined; step = this.#steps[0]) {
      if ('await' in step) return;
      this.#steps.shift();
      this.#send(this.#dialog.write(step.send, { headers: step.headers ?? [] }));
    }
    this.#onEnd();
  }
}

interface Script {
  readonly steps: readonly PbxStep[];
  readonly onEnd: () => void;
}

/** A PBX of one phone: a WebSocket server on loopback that plays a script for each number. */
export class Pbx {
  readonly #server: WebSocketServer;
  readonly #scripts = new Map<string, Script>();
  readonly #legs = new Map<string, Leg>();
  #phone: WebSocket | null = null;

  private constructor(server: WebSocketServer) {
    this.#server = server;
    server.on('connection', (socket) => {
      this.#phone = socket;
      socket.on('message', (data) => this.#receive(String(data), socket));
    });
  }

  /** Listens on any free port. */
  static async start(): Promise<Pbx> {
    const server = new WebSocketServer({
      host: '127.0.0.1',
      port: 0,
      handleProtocols: () => 'sip',
    });
    const pbx = new Pbx(server);
    await once(server, 'listening');
    return pbx;
  }

  get url(): string {
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('not listening');
    return `ws://127.0.0.1:${address.port}/`;
  }

  /** Plays the script when the phone dials this number. Resolves at the script's end. */
  answer(number: string, steps: readonly PbxStep[]): Promise<void> {
    return new Promise((onEnd) => {
      this.#scripts.set(number, { steps, onEnd });
    });
  }

  /** Calls the phone in the name of this number. `ended` resolves at the script's end. */
  call(number: string, steps: readonly PbxStep[]): { callId: string; ended: Promise<void> } {
    const phone = this.#phone;
    if (phone === null) throw new Error('no phone is connected');
    const dialog = new Dialog(party(number), PHONE_CONTACT);
    const ended = new Promise<void>((onEnd) => {
      const leg = new Leg(dialog, { steps, onEnd }, (text) => phone.send(text));
      this.#legs.set(dialog.callId, leg);
      leg.play();
    });
    return { callId: dialog.callId, ended };
  }

  async close(): Promise<void> {
    for (const client of this.#server.clients) client.terminate();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #receive(text: string, socket: WebSocket): void {
    // RFC 7118 section 6: a keep-alive.
    if (text.trim() === '') return;
    const callId = headerOf(text, 'Call-ID');
    const leg = this.#legs.get(callId) ?? this.#newLeg(text, socket);
    if (leg === null) return;
    this.#legs.set(callId, leg);
    leg.receive(text);
  }

  #newLeg(text: string, socket: WebSocket): Leg | null {
    const number = /^INVITE sip:([^@]+)@/.exec(text)?.[1] ?? '';
    const script = this.#scripts.get(number);
    if (script === undefined) return null;
    return new Leg(new Dialog(party(number), PHONE_USER), script, (reply) => socket.send(reply));
  }
}

function party(user: string): Party {
  return { user, sentBy: PBX_ADDRESS, transport: 'WS' };
}
