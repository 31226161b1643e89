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

/** One event as it is sent: lines of a field and its value (HTML, section 9.2.6), `:` at first is a comment. */
export function parse(block: string): Event {
  const event = { name: '', data: '', id: null as string | null };
  for (const line of block.split('\n')) {
    const [, field, value = ''] = /^([^:]*)(?:: ?(.*))?$/.exec(line) ?? [];
    if (field === 'event') event.name = value;
    else if (field === 'data') event.data += value;
    else if (field === 'id') event.id = value;
  }
  return event;
}

/** An event without data tells nothing but where the stream is. */
export function tell(
  { name, data, id }: Event,
  turn: Pick<Turn, 'call' | 'missed' | 'seen'>,
): void {
  if (data !== '') {
    if (name === 'call') turn.call(JSON.parse(data) as CallRow);
    else if (name === 'gap' || name === 'skipped') {
      turn.missed((JSON.parse(data) as { calls: number | null }).calls);
    }
  }
  if (id !== null) turn.seen(id);
}
