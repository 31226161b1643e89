/**
 * What a browser application does to be observed (docs/sources.md): a WebSocket class that sends a copy of every frame
 * to callfate's mirror listener. A page knows the PBX's address and not its own, so it has one connection for each
 * direction, which states the PBX's side.
 */
import { WebSocket } from 'ws';

const MIRROR = 'ws://127.0.0.1:8060/';
const PBX = '127.0.0.1:8088';

export class Mirror {
  /** Frames copied, and those of them that belong to a REGISTER. */
  frames = 0;
  registers = 0;
  readonly #closings: (() => Promise<void>)[] = [];

  /** A WebSocket class whose every connection is mirrored. */
  webSocketClass(): new (url: string, protocols?: string) => WebSocket {
    const open = (side: string) => this.#open(side);
    return class MirroredWebSocket extends WebSocket {
      readonly #toPbx = open(`dst=${PBX}`);
      readonly #fromPbx = open(`src=${PBX}`);

      constructor(url: string, protocols?: string) {
        super(url, protocols);
        this.on('message', (data) => this.#fromPbx(String(data)));
      }

      override send(data: string): void {
        this.#toPbx(data);
        super.send(data);
      }
    };
  }

  /** Resolves when callfate has received every copy: it answers the close frame behind them. */
  async close(): Promise<void> {
    await Promise.all(this.#closings.map((close) => close()));
  }

  #open(side: string): (frame: string) => void {
    const socket = new WebSocket(`${MIRROR}?${side}`, 'sip');
    const opened = new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    const closed = new Promise<void>((resolve) => {
      socket.once('close', () => resolve());
    });
    let sent: Promise<unknown> = opened;
    this.#closings.push(async () => {
      await sent;
      socket.close();
      await closed;
    });
    return (frame) => {
      this.frames += 1;
      if (/^CSeq:\s*\d+\s+REGISTER/im.test(frame)) this.registers += 1;
      sent = sent.then(() => socket.send(frame));
    };
  }
}
