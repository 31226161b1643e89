import { FLAG } from './marks.ts';
import type { CallStore } from './store.ts';

/**
 * The answered dialogs of one attempt: usually one, two when forks answered at the same time. The caller keeps either
 * and ends the other with a BYE (RFC 3261 §13.2.2.4), so the call ends with the last one's BYE.
 */

/** To-tag hash of the second dialog; 0: there is none. */
export function secondDialog({ attempts }: CallStore, a: number): number {
  return attempts.extras.secondDialog[attempts.extra(a)] as number;
}

/** A 2xx with this To-tag (hash), or a BYE of its dialog, was seen. False when two others are known already. */
export function know(store: CallStore, a: number, tag: number): boolean {
  const { attempts } = store;
  const { dialog } = attempts;
  const second = secondDialog(store, a);
  if (dialog[a] === tag || second === tag) return true;
  if (dialog[a] === 0) dialog[a] = tag;
  else if (second === 0) attempts.extras.secondDialog[attempts.extend(a)] = tag;
  else return false;
  return true;
}

/** Notes an answered dialog. Returns false when a call that seemed over is up in it. */
export function dialogAnswered(store: CallStore, a: number, tag: number): boolean {
  know(store, a, tag);
  return allOver(store, a);
}

/** Notes the BYE of a dialog. Returns false when it is none of the two that are known. */
export function dialogEnded(store: CallStore, a: number, tag: number): boolean {
  if (!know(store, a, tag)) return false;
  const { attempts } = store;
  attempts.raise(a, attempts.dialog[a] === tag ? FLAG.DIALOG_OVER : FLAG.SECOND_DIALOG_OVER);
  return true;
}

/** True when that dialog has had its BYE. */
export function isOver(store: CallStore, a: number, tag: number): boolean {
  const { attempts } = store;
  if (attempts.dialog[a] === tag) return attempts.has(a, FLAG.DIALOG_OVER);
  return secondDialog(store, a) === tag && attempts.has(a, FLAG.SECOND_DIALOG_OVER);
}

/** True when every dialog that is known has had its BYE. */
export function allOver(store: CallStore, a: number): boolean {
  const { attempts } = store;
  const first = attempts.dialog[a] === 0 || attempts.has(a, FLAG.DIALOG_OVER);
  return first && (secondDialog(store, a) === 0 || attempts.has(a, FLAG.SECOND_DIALOG_OVER));
}
