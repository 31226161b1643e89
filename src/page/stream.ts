/** Calls as they end. Not an EventSource: that could not send the token. */
import type { CallRow } from '../api/call-row.ts';
import { ApiError, request } from './client.ts';

export type StreamState = 'connecting' | 'live' | 'broken';

export interface StreamListener {
  state(state: StreamState, words: string): void;
  call(row: CallRow): void;
  /** So many calls were not told; null: nobody knows how many. */
  missed(calls: number | null): void;
}

/** A heartbeat comes every 15 s; after this silence the connection is dead, ms. */
const SILENCE_MS = 40_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 10_000;

interface Event {
  readonly name: string;
  readonly data: string;
  readonly id: string | null;
}

/** Follows the stream for ever, and comes back whenever it breaks. */
export async function follow(listener: StreamListener): Promise<never> {
  let last: string | null = null;
  let wait = FIRST_WAIT_MS;
  for (;;) {
    listener.state('connecting', 'connecting');
    try {
      await once(last, {
        ...listener,
        live: () => {
          wait = FIRST_WAIT_MS;
          listener.state('live', 'live');
        },
        seen: (id) => {
          last = id;
        },
      });
      listener.state('broken', 'callfate closed the stream');
    } catch (error) {
      listener.state('broken', wordsOf(error));
    }
    await new Promise((resolve) => setTimeout(resolve, wait));
    wait = Math.min(2 * wait, LONGEST_WAIT_MS);
  }
}

function wordsOf(error: unknown): string {
  if (error instanceof ApiError) return error.message;
  return 'callfate cannot be reached';
}

interface Turn extends StreamListener {
  live(): void;
  seen(id: string): void;
}

async function once(last: string | null, turn: Turn): Promise<void> {
  const stop = new AbortController();
  const headers = last === null ? {} : { 'Last-Event-ID': last };
  const response = await request(
    '/v1/stream?view=row',
    { Accept: 'text/event-stream', ...headers },
    stop.signal,
  );
  turn.live();
  let timer = setTimeout(() => stop.abort(), SILENCE_MS);
  try {
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    for (;;) {
      const chunk = await reader?.read();
      if (chunk === undefined || chunk.done) return;
      clearTimeout(timer);
      timer = setTimeout(() => stop.abort(), SILENCE_MS);
      const blocks = (rest + chunk.value).split('\n\n');
      rest = blocks.pop() ?? '';
      for (const block of blocks) tell(parse(block), turn);
    }
  } finally {
    clearTimeout(timer);
    stop.abort();
  }
}

function parse(block: string): Event {
  let name = '';
  let data = '';
  let id: string | null = null;
  for (const line of block.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice(7);
    else if (line.startsWith('data: ')) data += line.slice(6);
    else if (line.startsWith('id: ')) id = line.slice(4);
  }
  return { name, data, id };
}

function tell({ name, data, id }: Event, turn: Turn): void {
  if (name === 'call') turn.call(JSON.parse(data) as CallRow);
  else if (name === 'gap' || name === 'skipped') {
    turn.missed((JSON.parse(data) as { calls: number | null }).calls);
  }
  if (id !== null) turn.seen(id);
}
