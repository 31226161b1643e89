/** Queries and words of the recorded ratios. docs/ratios.md defines what each counts. */
import { RATIOS as DEFINED, type Ratio } from '../../../src/classify/ratios.ts';
import { littleIsGood, muchIsGood } from './colours.ts';
import type { Query, Step } from './spec.ts';

type RatioId = Ratio['id'];

/** What to think of a value. Thresholds are where to begin: what is usual differs from trunk to trunk. */
const READING: Readonly<
  Record<RatioId, { readonly hint: string; readonly steps: readonly Step[] }>
> = {
  asr: {
    hint: 'People who do not answer lower it, so compare it with its own past.',
    steps: muchIsGood(0.3, 0.45),
  },
  abr: {
    hint: 'Below ASR where calls fail before they reach the other side.',
    steps: muchIsGood(0.3, 0.45),
  },
  ner: {
    hint: 'People do not lower it. A fall is the fault of a network: see what the peer answers.',
    steps: muchIsGood(0.9, 0.95),
  },
  ser: {
    hint: 'As ASR, by status alone: compare it with its own past.',
    steps: muchIsGood(0.3, 0.45),
  },
  seer: {
    hint: 'People hardly lower it. A fall means that set-up fails.',
    steps: muchIsGood(0.85, 0.95),
  },
  isa: {
    hint: 'Little is good. A rise is overload or an outage on the way.',
    steps: littleIsGood(0.05, 0.1),
  },
  scr: {
    hint: 'Far below ABR: calls break off, or their BYE is not copied to callfate.',
    steps: muchIsGood(0.25, 0.4),
  },
};

/** Said wherever a recorded ratio is shown. */
export const RECORDED =
  'Recorded by callfate.rules.yaml for the whole job: without those rules it is empty, and Instance does not apply. No value means no attempts.';

export interface RatioWords {
  readonly title: string;
  readonly description: string;
  readonly steps: readonly Step[];
}

/** What a panel of this ratio says. */
export function ratio(id: RatioId): RatioWords {
  const row = DEFINED.find((defined) => defined.id === id);
  if (!row) throw new Error(`no ratio ${id}`);
  const { hint, steps } = READING[id];
  const words = `${row.definition.charAt(0).toUpperCase()}${row.definition.slice(1)}`;
  return { title: row.name, description: `${words}. ${hint} ${RECORDED}`, steps };
}

/** Of whole jobs: one line for each. */
export function jobRatio(id: RatioId, legend = '{{job}}'): Query {
  return { expr: `job:callfate_${id}:ratio_rate\${window}{job=~"$job"}`, legend };
}

/** Of peers, apart by direction. */
export function peerRatio(id: RatioId, ...matchers: readonly string[]): Query {
  const all = ['job=~"$job"', ...matchers, 'direction=~"$direction"'].join(',');
  const expr = `job_peer_direction:callfate_${id}:ratio_rate\${window}{${all}}`;
  return { expr, legend: '{{peer}} {{direction}}' };
}
