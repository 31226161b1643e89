/** The lines of verdicts one after the other as bytes, redacted. */
import type { Verdict } from '../classify/outcome.ts';
import { iso } from '../lib/iso.ts';
import { JsonBuffer } from '../lib/json-buffer.ts';
import { LineForm } from './line-form.ts';
import { Parties } from './parties.ts';
import type { Redactor, ShownIds } from './redact.ts';
import { likenessOf } from './verdict-likeness.ts';
import { VerdictWriter } from './verdict-text.ts';

/** Forms of lines remembered, and bytes of all of them; when either is reached all begins anew. */
export const FORMS_MAX = 1024;
export const FORMS_BYTES_MAX = 4_194_304;
/** Places for kinds of endings that were met once, a power of two: a form is made when one comes again. */
const MET_PLACES = 1024;
/** So often is a form kept that does not fit what has the same number, where text differs from call to call. */
const PATIENCE = 64;

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
  readonly #out: JsonBuffer;
  #filled = 0;
  #now = Number.NaN;
  #time = '';

  /** `bytes`: room to begin with; it grows when a line needs more. `redactor` null: numbers are shown. */
  constructor(bytes: number, redactor: Redactor | null) {
    this.#out = new JsonBuffer(bytes);
    this.#redactor = redactor;
  }

  /** Bytes that wait to be taken. */
  get length(): number {
    return this.#out.length;
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
      if (form === null) this.#out.write(this.#writer.line(verdict, verdict, time));
      else this.#fill(form, verdict, verdict, time);
      return verdict;
    }
    const parties = new Parties(verdict, others);
    const ids = redactor.ids(verdict, parties);
    if (form !== null && redactor.leaves(form.texts, parties)) {
      this.#fill(form, verdict, ids, time);
    } else {
      const shown = { ...ids, ...redactor.texts(verdict, parties) };
      this.#out.write(this.#writer.line(verdict, shown, time));
    }
    return ids;
  }

  /** Takes back what was added behind so many bytes. */
  cut(length: number): void {
    this.#out.cut(length);
  }

  /** All lines so far; then none is left. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#out.take();
  }

  #formOf(verdict: Verdict): LineForm | null {
    // Facts of the context have times and ids of their own.
    if (verdict.context.length > 0) return null;
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
    // With a time that is none, or of five digits in its year: made anew for each such call, of which a live process, whose
    // times are those of its own clock, has none before the year 10000.
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
    form.write(this.#out, verdict, ids, time);
    this.#filled++;
  }
}
