/** The lines of verdicts one after the other as bytes, redacted. */
import type { Verdict } from '../classify/outcome.ts';
import { iso } from '../lib/iso.ts';
import { LineForm } from './line-form.ts';
import { Parties } from './parties.ts';
import type { Redactor, ShownIds } from './redact.ts';
import { likenessOf } from './verdict-likeness.ts';
import { VerdictWriter } from './verdict-text.ts';

/** Forms of lines remembered, and bytes of all of them; when either is reached all begins anew. */
export const FORMS_MAX = 1024;
export const FORMS_BYTES_MAX = 8_388_608;
/** Places for kinds of endings that were met once, a power of two: a form is made when one comes again. */
const MET_PLACES = 1024;
/** So often is a form kept that does not fit what has the same number, where text differs from call to call. */
const PATIENCE = 8;
/** UTF-8 bytes that a character of a string takes at most. */
const UTF8_BYTES = 3;

interface Kept {
  readonly form: LineForm;
  misses: number;
}

export class LineWriter {
  readonly #redactor: Redactor | null;
  readonly #writer = new VerdictWriter();
  readonly #forms = new Map<number, Kept>();
  #formBytes = 0;
  readonly #met = new Int32Array(MET_PLACES);
  #bytes: Buffer;
  #end = 0;
  #filled = 0;
  #now = Number.NaN;
  #time = '';

  /** `bytes`: room to begin with; it grows when a line needs more. `redactor` null: numbers are shown. */
  constructor(bytes: number, redactor: Redactor | null) {
    this.#bytes = Buffer.allocUnsafeSlow(bytes);
    this.#redactor = redactor;
  }

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#end;
  }

  /** Forms remembered now, and lines that were made of one. */
  get forms(): number {
    return this.#forms.size;
  }

  get filled(): number {
    return this.#filled;
  }

  /**
   * Adds the line of a verdict at this time, ms since the epoch, and returns what it shows of its names and numbers.
   * `others`: callers and callees of further legs.
   */
  add(verdict: Verdict, others: readonly string[], now: number): ShownIds {
    const redactor = this.#redactor;
    const form = this.#formOf(verdict);
    const time = this.#timeOf(now);
    if (redactor === null) {
      if (form === null) this.#write(this.#writer.line(verdict, verdict, time));
      else this.#fill(form, verdict, verdict, time);
      return verdict;
    }
    const parties = new Parties(verdict, others);
    const ids = redactor.ids(verdict, parties);
    if (form !== null && redactor.leaves(form.texts, parties)) {
      this.#fill(form, verdict, ids, time);
    } else {
      const shown = { ...ids, ...redactor.texts(verdict, parties) };
      this.#write(this.#writer.line(verdict, shown, time));
    }
    return ids;
  }

  /** All lines so far; then none is left. */
  take(): Uint8Array<ArrayBuffer> {
    const taken = Buffer.allocUnsafeSlow(this.#end);
    this.#bytes.copy(taken, 0, 0, this.#end);
    this.#end = 0;
    return taken;
  }

  #formOf(verdict: Verdict): LineForm | null {
    const likeness = likenessOf(verdict);
    const kept = this.#forms.get(likeness);
    if (kept === undefined) return this.#isMet(likeness) ? this.#keep(likeness, verdict) : null;
    if (kept.form.fits(verdict)) return kept.form;
    return ++kept.misses < PATIENCE ? null : this.#keep(likeness, verdict);
  }

  #isMet(likeness: number): boolean {
    const place = likeness & (MET_PLACES - 1);
    const isMet = this.#met[place] === likeness;
    this.#met[place] = likeness;
    return isMet;
  }

  #keep(likeness: number, verdict: Verdict): LineForm | null {
    const form = new LineForm(verdict, this.#writer);
    // With facts of the context, or a time that is none.
    if (!form.fits(verdict)) return null;
    if (this.#forms.size >= FORMS_MAX || this.#formBytes + form.size > FORMS_BYTES_MAX) {
      this.#forms.clear();
      this.#formBytes = 0;
    }
    this.#formBytes += form.size - (this.#forms.get(likeness)?.form.size ?? 0);
    this.#forms.set(likeness, { form, misses: 0 });
    return form;
  }

  /** Many calls end within one ms. */
  #timeOf(now: number): string {
    if (now !== this.#now) this.#time = iso(now);
    this.#now = now;
    return this.#time;
  }

  #fill(form: LineForm, verdict: Verdict, ids: ShownIds, time: string): void {
    this.#filled++;
    this.#makeRoom(form.most(verdict, ids));
    this.#end = form.write(this.#bytes, this.#end, verdict, ids, time);
  }

  #write(line: string): void {
    this.#makeRoom(line.length * UTF8_BYTES);
    this.#end += this.#bytes.write(line, this.#end);
  }

  #makeRoom(most: number): void {
    if (this.#end + most <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(this.#end + most);
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
