import type { Peer } from './calls/peers.ts';
import { REASONS } from './classify/reasons.ts';
import { SIP_STATUSES } from './classify/sip-status.ts';
import { placeCodes } from './classify/vocabulary/assign.ts';
import type { Vocabulary } from './classify/vocabulary/vocabulary.ts';
import { createLayout, type Layout } from './outputs/bank.ts';
import { OTHER_PREFIX, type PrefixGroup } from './prefixes.ts';

/** What decides which series there are. */
export interface LayoutOptions {
  readonly version: string;
  readonly peers: readonly Peer[];
  readonly prefixes: readonly PrefixGroup[];
  /** Those that verdicts are told in. */
  readonly vocabularies: readonly Vocabulary[];
}

/** The layout of the metrics, the same on both threads. */
export function layoutFor({ version, peers, prefixes, vocabularies }: LayoutOptions): Layout {
  return createLayout({
    version,
    peers: ['other', ...peers.map((peer) => peer.name)],
    prefixes: [OTHER_PREFIX, ...prefixes.map((group) => group.name)],
    vocabularyCodes: placeCodes(vocabularies).map(({ vocabulary, code }) => [
      vocabulary,
      code.field,
      code.code,
      code.name,
    ]),
    tuples: REASONS.map(({ id, outcome, attribution }) => ({ reason: id, outcome, attribution })),
    finalStatuses: SIP_STATUSES.map((row) => row.status).filter((status) => status >= 200),
  });
}
