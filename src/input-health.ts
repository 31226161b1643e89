import { type Discard, LOST, MALFORMED, NOT_OURS, SOURCES } from './sources/source.ts';

const REASONS = { not_ours: NOT_OURS, malformed: MALFORMED, lost: LOST } as const;

/** What came in, by source; `discards` by source and reason. Plain sums since the start. */
export class InputHealth {
  readonly frames = new Float64Array(SOURCES.length);
  readonly messages = new Float64Array(SOURCES.length);
  readonly discards = {
    not_ours: new Float64Array(SOURCES.length * NOT_OURS.length),
    malformed: new Float64Array(SOURCES.length * MALFORMED.length),
    lost: new Float64Array(SOURCES.length * LOST.length),
  };

  discard(source: number, { counter, reason }: Discard): void {
    const reasons: readonly string[] = REASONS[counter];
    const cells = this.discards[counter];
    const i = source * reasons.length + reasons.indexOf(reason);
    cells[i] = (cells[i] as number) + 1;
  }

  /** Adds what a thread counted that does all up to the scan; its messages are counted where they are followed. */
  addUnscanned({ frames, discards }: Pick<InputHealth, 'frames' | 'discards'>): void {
    addTo(this.frames, frames);
    addTo(this.discards.not_ours, discards.not_ours);
    addTo(this.discards.malformed, discards.malformed);
    addTo(this.discards.lost, discards.lost);
  }
}

function addTo(sums: Float64Array, more: Float64Array): void {
  for (let i = 0; i < sums.length; i++) sums[i] = (sums[i] as number) + (more[i] as number);
}
