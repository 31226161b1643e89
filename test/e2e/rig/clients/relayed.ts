/**
 * What a browser application does whose PBX is behind callfate's relay: nothing. This only counts what it sends and
 * receives, and gives each phone an address of its own.
 */
import { WebSocket } from 'ws';
import type { Tap } from './main.ts';

/** One for each phone, in the order in which they start. */
const ADDRESSES = ['127.0.0.22', '127.0.0.21'] as const;

export class Relayed implements Tap {
  frames = 0;
  registers = 0;
  readonly #sockets: WebSocket[] = [];

  webSocketClass(): new (url: string, protocols?: string) => WebSocket {
    const sockets = this.#sockets;
    const count = (frame: string) => this.#count(frame);
    return class CountedWebSocket extends WebSocket {
      constructor(url: string, protocols?: string) {
        super(url, protocols, { localAddress: ADDRESSES[sockets.length] ?? '127.0.0.21' });
        sockets.push(this);
        this.on('message', (data) => count(String(data)));
      }

      override send(data: string): void {
        count(data);
        super.send(data);
      }
    };
  }

  /** Cuts the newest connection off, as a browser that crashes or loses its network. */
  vanish(): void {
    this.#sockets.at(-1)?.terminate();
  }

  async close(): Promise<void> {}

  #count(frame: string): void {
    this.frames += 1;
    if (/^CSeq:\s*\d+\s+REGISTER/im.test(frame)) this.registers += 1;
  }
}
