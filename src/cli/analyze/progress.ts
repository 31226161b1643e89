import type { CaptureProgress } from '../../captures.ts';
import { number } from './table.ts';

const REDRAW_MS = 100;
const BAR = 20;
/** Back to the start of the line, and erase it. */
const CLEAR = '\r\u001b[K';

/** One line on a terminal that is redrawn: share, rate and time left. `draw` of null switches it off. */
export class Progress {
  readonly #draw: ((text: string) => void) | null;
  readonly #clock: () => number;
  readonly #begun: number;
  #drawn = Number.NEGATIVE_INFINITY;

  constructor(draw: ((text: string) => void) | null, clock: () => number) {
    this.#draw = draw;
    this.#clock = clock;
    this.#begun = clock();
  }

  /** `messages`: SIP messages so far. */
  show(progress: CaptureProgress, messages: number): void {
    const now = this.#clock();
    if (this.#draw === null || now - this.#drawn < REDRAW_MS) return;
    this.#drawn = now;
    this.#draw(CLEAR + progressLine(progress, messages, (now - this.#begun) / 1000));
  }

  clear(): void {
    if (this.#drawn > Number.NEGATIVE_INFINITY) this.#draw?.(CLEAR);
  }
}

/** Such as `[#####---------------]  25 %  310,000 messages/s  12 s left`. */
export function progressLine(
  { read, total }: CaptureProgress,
  messages: number,
  seconds: number,
): string {
  const rate = seconds > 0 ? `${number(Math.round(messages / seconds))} messages/s` : '';
  if (total === null || total === 0) {
    return `${number(Math.round(read / 1_000_000))} MB  ${number(messages)} messages  ${rate}`;
  }
  const share = Math.min(read / total, 1);
  const filled = Math.round(share * BAR);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}]`;
  const left = share > 0 ? `${Math.ceil((seconds / share) * (1 - share))} s left` : '';
  return `${bar} ${String(Math.floor(share * 100)).padStart(3)} %  ${rate}  ${left}`;
}
