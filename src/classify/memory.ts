/** What classification remembers from call to call, so that the same ending is not judged anew each time. */
import type { Ended } from '../calls/call.ts';
import { IsoTexts } from '../lib/iso.ts';
import { parseReasons } from '../sip/reason.ts';
import {
  atSessionExpiry,
  crossed,
  farFinalMissed,
  isStaleDate,
  neverAcked,
  ownInviteMissed,
  proxyCancelled,
  rangLong,
  rangTooLong,
} from './conditions.ts';
import type { Seen } from './facts.ts';
import type { Finding } from './finding.ts';

/** Findings remembered, and texts (Reasons, roles) that signatures speak of; when either is full all begins anew. */
export const FINDINGS_MAX = 4096;
export const TEXTS_MAX = 4096;
/** Places for the hash of a Reason that was met once: a power of two. */
const MET_PLACES = 4096;
/** An attempt with more Reasons is judged anew. */
export const SIGNED_REASONS_MAX = 8;

const FIXED_WORDS = 5;
const WORDS_PER_REASON = 2;

const ENDINGS: Readonly<Record<Ended['ending'], number>> = {
  rejected: 0,
  challenged: 1,
  cancelled: 2,
  hung_up: 3,
  dialog_failed: 4,
  no_response: 5,
  expired: 6,
  evicted: 7,
  shutdown: 8,
  refused: 9,
};
const PARTIES = { caller: 1, callee: 2, platform: 3 } as const;
const TRANSFERS = { blind: 1, attended: 2 } as const;
const REPLACED = { attended: 1, pickup: 2 } as const;
const DIALOG_FAILURES = { 0: 0, 408: 1, 481: 2 } as const;
const SEEN_IN = { response: 0, provisional: 1, bye: 2, cancel: 3 } as const;

interface Text {
  readonly id: number;
  /** The first Q.850 cause that it holds as a Reason. */
  readonly cause: number | null;
}

interface Entry {
  readonly words: Int32Array;
  readonly finding: Finding;
}

/**
 * Findings by signature: all that rules look at, with a bit in place of each condition on times. For one table of
 * rules; peers may change, since their roles are in the signature. Attempts with context facts or a lost connection
 * are few, and what rules look at there is open-ended: they have no signature.
 */
export class Memory {
  readonly times = new IsoTexts();
  readonly #texts = new Map<string, Text>();
  readonly #met = new Int32Array(MET_PLACES);
  /** By hash; of two signatures with the same one, which are next to none, the later has it. */
  readonly #findings = new Map<number, Entry>();
  /** The signature at hand. */
  readonly #words = new Int32Array(FIXED_WORDS + WORDS_PER_REASON * SIGNED_REASONS_MAX);
  #count = 0;
  #hash = 0;

  /** Findings remembered now. */
  get size(): number {
    return this.#findings.size;
  }

  /** Brings up the signature of an attempt, for `recall` and `keep`. False when it has none. */
  sign(seen: Seen): boolean {
    const { ended, deciding } = seen;
    const { reasons } = ended;
    if (ended.context.length > 0 || ended.connectionLoss !== null) return false;
    if (reasons.length > SIGNED_REASONS_MAX) return false;
    // Here, and not below: the numbers of texts in one signature must be of one time.
    if (this.#texts.size + reasons.length + 2 > TEXTS_MAX) {
      this.#texts.clear();
      this.#findings.clear();
    }
    const words = this.#words;
    words[0] = progressOf(seen);
    words[1] = conditionsOf(seen);
    words[2] =
      ended.status | ((deciding?.status ?? 0) << 10) | (deciding?.key === true ? 1 << 20 : 0);
    words[3] = this.#text(seen.roleIn).id;
    words[4] = this.#text(seen.roleOut).id;
    this.#count = FIXED_WORDS;
    if (!this.#areKnown(reasons)) return false;
    for (const header of reasons) {
      const { seenIn, status, by, branch } = header;
      const own = ended.branches[branch];
      const inChain = own !== undefined && seen.chain.includes(own);
      words[this.#count++] = this.#text(header.raw).id;
      words[this.#count++] =
        SEEN_IN[seenIn] | ((by === null ? 0 : PARTIES[by]) << 2) | (+inChain << 4) | (status << 5);
    }
    this.#mix();
    return true;
  }

  /** The finding of the signature at hand; null when none is remembered. */
  recall(): Finding | null {
    const entry = this.#findings.get(this.#hash);
    if (entry === undefined || entry.words.length !== this.#count) return null;
    for (let i = 0; i < this.#count; i++) if (entry.words[i] !== this.#words[i]) return null;
    return entry.finding;
  }

  /** Remembers the finding of the signature at hand. */
  keep(finding: Finding): void {
    // The texts stay: the signature at hand speaks of them.
    if (this.#findings.size >= FINDINGS_MAX) this.#findings.clear();
    this.#findings.set(this.#hash, { words: this.#words.slice(0, this.#count), finding });
  }

  /** The first Q.850 cause in a Reason; null when it has none. */
  causeIn(raw: string): number | null {
    const known = this.#texts.get(raw);
    return known === undefined ? causeIn(raw) : known.cause;
  }

  /**
   * False when one of them was not met before: a Reason that names its call comes only once, and those that come again
   * and again shall not be forgotten for it.
   */
  #areKnown(reasons: Ended['reasons']): boolean {
    let areKnown = true;
    for (const { raw } of reasons) {
      if (this.#texts.has(raw)) continue;
      const hash = hashOf(raw);
      const place = (hash ^ (hash >>> 15)) & (MET_PLACES - 1);
      if (this.#met[place] === hash) continue;
      this.#met[place] = hash;
      areKnown = false;
    }
    return areKnown;
  }

  #text(text: string): Text {
    const known = this.#texts.get(text);
    if (known !== undefined) return known;
    const fresh = { id: this.#texts.size, cause: causeIn(text) };
    this.#texts.set(text, fresh);
    return fresh;
  }

  #mix(): void {
    let hash = this.#count;
    for (let i = 0; i < this.#count; i++) {
      hash = Math.imul(hash ^ (this.#words[i] as number), 0x85ebca6b);
      hash ^= hash >>> 15;
    }
    // A small integer to V8.
    this.#hash = hash & 0x3fff_ffff;
  }
}

function hashOf(text: string): number {
  let hash = text.length;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash;
}

function causeIn(raw: string): number | null {
  for (const { key, cause } of parseReasons(raw)) {
    if (key === 'q.850' && cause !== null) return cause;
  }
  return null;
}

/** How far the attempt came, and who did what. */
function progressOf({ ended, connected, stranger }: Seen): number {
  const { heldBy, endedBy, transfer, replaced } = ended;
  return (
    ENDINGS[ended.ending] |
    (+connected << 4) |
    (+(ended.answeredAt !== null) << 5) |
    (+(ended.ringingAt !== null) << 6) |
    (+(ended.earlyMediaAt !== null) << 7) |
    (+(ended.byeAt !== null) << 8) |
    (+ended.glare << 9) |
    (+ended.cancelSeen << 10) |
    (+ended.authenticated << 11) |
    (+ended.otherAnswer << 12) |
    (+ended.setupMissed << 13) |
    (+stranger << 14) |
    ((heldBy === null ? 0 : PARTIES[heldBy]) << 15) |
    ((endedBy === null ? 0 : PARTIES[endedBy]) << 17) |
    ((transfer === null ? 0 : TRANSFERS[transfer]) << 19) |
    ((replaced === null ? 0 : REPLACED[replaced]) << 21) |
    (DIALOG_FAILURES[ended.dialogFailure] << 23)
  );
}

/** What times, branches and the phrase come to. */
function conditionsOf(c: Seen): number {
  return (
    +rangLong(c) |
    (+rangTooLong(c) << 1) |
    (+crossed(c) << 2) |
    (+neverAcked(c) << 3) |
    (+atSessionExpiry(c) << 4) |
    (+proxyCancelled(c) << 5) |
    (+farFinalMissed(c) << 6) |
    (+ownInviteMissed(c) << 7) |
    (+isStaleDate(c) << 8)
  );
}
