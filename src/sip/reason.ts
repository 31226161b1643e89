/**
 * The Reason header field (RFC 3326 section 2), as specified and as met in the wild.
 *
 * Read tolerantly, because a Reason is evidence and half a Reason still is: LWS (folds included) may stand anywhere, a
 * missing `;` is supplied, a value may have no cause, no parameters or no protocol. Free text that is not quoted, or
 * whose closing quote is missing, runs on over `;` and `,` until something that can only be syntax follows.
 */

/** Reason values kept of one header field; the rest is ignored. */
export const REASON_VALUES_MAX = 16;
/** Parameters kept of one value besides `cause`, `text` and `location`; the rest is ignored. */
export const REASON_PARAMS_MAX = 32;
/** A cause with more digits is not a number anybody meant. */
export const REASON_CAUSE_DIGITS_MAX = 9;

export interface ReasonParam {
  /** As sent. */
  readonly name: string;
  /** Unquoted and unescaped; empty for a parameter without a value. */
  readonly value: string;
}

export interface ReasonValue {
  /** The protocol as sent (`SIP`, `Q.850`, `outofcredit`); empty when there is none. */
  readonly protocol: string;
  /** The protocol in lower case, for look-ups; `q850` is read as `q.850`. */
  readonly key: string;
  /** Decimal, unbounded by protocol (0 and 99999 are possible); null when absent or not a decimal number. */
  readonly cause: number | null;
  /** From `text=`, else from `description=` (CounterPath) or a bare quoted string; unquoted and unescaped. */
  readonly text: string | null;
  /** RFC 8606 location in upper case (`U`, `LN`, `RLN`, …), whatever the protocol. */
  readonly location: string | null;
  /** Every other parameter in order, repeats of the above included. */
  readonly params: readonly ReasonParam[];
}

const TAB = 0x09;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const QUOTE = 0x22;
const COMMA = 0x2c;
const SEMICOLON = 0x3b;
const EQUALS = 0x3d;
const BACKSLASH = 0x5c;

function isLws(code: number): boolean {
  return code === SPACE || code === TAB || code === CR || code === LF;
}

/** Ends an unquoted value. */
function endsValue(code: number): boolean {
  return code === SEMICOLON || code === COMMA || isLws(code);
}

/** Ends a protocol or a parameter name. */
function endsName(code: number): boolean {
  return code === EQUALS || code === QUOTE || endsValue(code);
}

/** The values of one Reason header field, folded or not, without the header name. Never throws; linear in length. */
export function parseReasons(value: string): ReasonValue[] {
  return new ReasonReader(value).read();
}

class Draft {
  protocol = '';
  cause: number | null = null;
  text: string | null = null;
  description: string | null = null;
  location: string | null = null;
  readonly params: ReasonParam[] = [];
  /** Items read: the protocol and every parameter. A value of nothing but delimiters has none and is no value. */
  items = 0;

  add(name: string, value: string): void {
    this.items++;
    if (!this.#addKnown(name.toLowerCase(), value) && this.params.length < REASON_PARAMS_MAX) {
      this.params.push({ name, value });
    }
  }

  /** False when `name` is not one of ours, is repeated, or its value is not what it should be. */
  #addKnown(name: string, value: string): boolean {
    if (name === 'cause' && this.cause === null) {
      if (value.length > REASON_CAUSE_DIGITS_MAX || !/^[0-9]+$/.test(value)) return false;
      this.cause = Number(value);
    } else if (name === 'text' && this.text === null) {
      this.text = value;
    } else if (name === 'description' && this.description === null) {
      this.description = value;
    } else if (name === 'location' && this.location === null) {
      this.location = value.toUpperCase();
    } else {
      return false;
    }
    return true;
  }

  finish(): ReasonValue {
    const folded = this.protocol.toLowerCase();
    return {
      protocol: this.protocol,
      key: folded === 'q850' ? 'q.850' : folded,
      cause: this.cause,
      text: this.text ?? this.description,
      location: this.location,
      params: this.params,
    };
  }
}

class ReasonReader {
  readonly #source: string;
  #at = 0;
  /** A quote was found unclosed: no later one is searched for, which keeps hostile input linear. */
  #unclosed = false;

  constructor(source: string) {
    this.#source = source;
  }

  read(): ReasonValue[] {
    const values: ReasonValue[] = [];
    while (this.#at < this.#source.length && values.length < REASON_VALUES_MAX) {
      const draft = this.#readValue();
      if (draft.items > 0) values.push(draft.finish());
    }
    return values;
  }

  #readValue(): Draft {
    const draft = new Draft();
    for (;;) {
      this.#at = this.#skipLws(this.#at);
      if (this.#at >= this.#source.length) return draft;
      const code = this.#source.charCodeAt(this.#at);
      if (code === COMMA) {
        this.#at++;
        return draft;
      }
      if (code === SEMICOLON) this.#at++;
      else this.#readItem(draft);
    }
  }

  /** The protocol, `name`, `name=value`, or a bare quoted string. Always moves on. */
  #readItem(draft: Draft): void {
    const source = this.#source;
    if (source.charCodeAt(this.#at) === QUOTE) {
      draft.add('description', this.#readValueOf(true));
      return;
    }
    const start = this.#at;
    let end = start;
    while (end < source.length && !endsName(source.charCodeAt(end))) end++;
    const name = source.slice(start, end);
    this.#at = this.#skipLws(end);
    if (source.charCodeAt(this.#at) === EQUALS) {
      this.#at = this.#skipLws(this.#at + 1);
      draft.add(name, this.#readValueOf(/^(?:text|description)$/i.test(name)));
    } else if (draft.items > 0) {
      draft.add(name, '');
    } else {
      draft.protocol = name;
      draft.items++;
    }
  }

  #readValueOf(freeText: boolean): string {
    const source = this.#source;
    const start = this.#at;
    const quoted = source.charCodeAt(start) === QUOTE;
    const close = quoted && !this.#unclosed ? closingQuote(source, start) : -1;
    if (close >= 0) {
      this.#at = close + 1;
      return dropEscapes(unfold(source.slice(start + 1, close)));
    }
    this.#unclosed ||= quoted;
    const from = quoted ? start + 1 : start;
    let end = from;
    if (freeText) {
      while (end < source.length && !this.#endsText(end)) end++;
      this.#at = end;
      return unfold(source.slice(from, this.#trimEnd(from, end)));
    }
    while (end < source.length && !endsValue(source.charCodeAt(end))) end++;
    this.#at = end;
    return source.slice(from, end);
  }

  /** Free text stops only where syntax is beyond doubt: `; name =` or `, protocol ;`. */
  #endsText(at: number): boolean {
    const delimiter = this.#source.charCodeAt(at);
    if (delimiter !== SEMICOLON && delimiter !== COMMA) return false;
    const start = this.#skipLws(at + 1);
    let end = start;
    while (end < this.#source.length && !endsName(this.#source.charCodeAt(end))) end++;
    if (end === start) return false;
    const next = this.#source.charCodeAt(this.#skipLws(end));
    return next === (delimiter === SEMICOLON ? EQUALS : SEMICOLON);
  }

  #trimEnd(from: number, end: number): number {
    let last = end;
    while (last > from && endsValue(this.#source.charCodeAt(last - 1))) last--;
    return last;
  }

  #skipLws(from: number): number {
    let at = from;
    while (at < this.#source.length && isLws(this.#source.charCodeAt(at))) at++;
    return at;
  }
}

/** Index of the quote that closes the one at `open`, -1 when none does. */
function closingQuote(source: string, open: number): number {
  for (let at = open + 1; at < source.length; at++) {
    const code = source.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === BACKSLASH) at++;
  }
  return -1;
}

function unfold(text: string): string {
  return text.replace(/\r?\n[ \t]+/g, ' ');
}

function dropEscapes(text: string): string {
  return text.replace(/\\([\s\S])/g, '$1');
}
