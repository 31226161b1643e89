import { FIELD, type SipScanner } from '../sip/scan.ts';
import { uriUser } from '../sip/uri.ts';
import type { AttemptTable } from './attempt-table.ts';
import { FLAG } from './marks.ts';
import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';
import { TEXT } from './text-store.ts';

/** Keeps who called whom, as the INVITE nearest to the caller says. */
export class NameKeeper {
  readonly #store: CallStore;
  readonly #range = new Int32Array(2);

  constructor(store: CallStore) {
    this.#store = store;
  }

  /** An embryo may have been opened by the callee's request: the INVITE's From is the caller for good. */
  tag(a: number, message: SipScanner): void {
    const { attempts } = this.#store;
    attempts.raise(a, FLAG.NAMED);
    if (attempts.fromTag[a] !== this.#store.fromTag) {
      if (attempts.dialog[a] === this.#store.fromTag)
        attempts.dialog[a] = attempts.fromTag[a] as number;
      attempts.fromTag[a] = this.#store.fromTag;
      swapByes(attempts, a);
    }
    this.#store.texts.field(a, TEXT.FROM_TAG, message, FIELD.fromTag);
  }

  /** The names of the nearest hop count: what the caller dialled, before anybody rewrote it. */
  keep(a: number, message: SipScanner): void {
    this.#store.attempts.namedVias[slotOf(a)] = Math.min(message.viaCount, 255);
    this.#keepUser(a, TEXT.CALLER, message, FIELD.from);
    this.#keepUser(a, TEXT.CALLEE, message, FIELD.requestUri);
  }

  #keepUser(a: number, kind: number, message: SipScanner, field: number): void {
    uriUser(message.at[2 * field] as number, message.at[2 * field + 1] as number, this.#range);
    const start = this.#range[0] as number;
    const end = this.#range[1] as number;
    if (start < end) this.#store.texts.range(a, kind, start, end, 0, 0, 0);
  }
}

/** The sender of a BYE seen before the INVITE was taken for the caller; it was the callee. */
function swapByes(attempts: AttemptTable, a: number): void {
  const flags = attempts.flags[a] as number;
  const caller = (flags & FLAG.BYE_CALLER) !== 0 ? FLAG.BYE_CALLEE : 0;
  const callee = (flags & FLAG.BYE_CALLEE) !== 0 ? FLAG.BYE_CALLER : 0;
  attempts.flags[a] =
    (flags & ~(FLAG.BYE_CALLER | FLAG.BYE_CALLEE)) | caller | callee | FLAG.SWAPPED;
}
