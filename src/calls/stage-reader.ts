import type { ContextNote } from '../context/kinds.ts';
import { Pattern } from '../sip/pattern.ts';
import { statistic } from '../sip/rtp-stat.ts';
import { FIELD, METHOD, type SipScanner } from '../sip/scan.ts';
import type { Arrival } from './arrival.ts';
import type { ContextBook } from './context-book.ts';
import { FLAG } from './marks.ts';
import type { ContextOptions } from './options.ts';
import { PeerNames } from './peer-names.ts';
import { RULE_MESSAGES, type RuleMessage, STATISTICS, type StageRule } from './stage-rules.ts';
import type { CallStore } from './store.ts';

/** Lines of one header that a rule looks at; more are not read. */
const HEADER_LINES_MAX = 16;

/** A rule as it is asked: patterns ready, the header as the scanner knows it. */
interface Asked {
  readonly rule: StageRule;
  readonly uri: Pattern | null;
  /** Field number of a header that the scanner keeps; -1: it has to be looked for by `names`. */
  readonly field: number;
  readonly names: readonly Uint8Array[];
  readonly value: Pattern | null;
}

const STATISTIC_HEADERS = STATISTICS.map(({ header }) => Buffer.from(header, 'latin1'));
const STATISTIC_ROWS = STATISTICS.map(({ sent, received }) => ({
  sent: sent === null ? null : Buffer.from(sent, 'latin1'),
  received: Buffer.from(received, 'latin1'),
}));

/** Kept by the scanner under any of its spellings, so that a compact form is found too. */
const FIELDS: Readonly<Record<string, number>> = { contact: FIELD.contact };

/** Asks the stage rules of each message that they may concern, and reads media statistics of a BYE. */
export class StageReader {
  readonly #store: CallStore;
  readonly #book: ContextBook;
  readonly #names: PeerNames;
  readonly #range = new Int32Array(3);
  #rules: Readonly<Record<RuleMessage, readonly Asked[]>>;
  #builtIn: boolean;

  constructor(store: CallStore, book: ContextBook, options: ContextOptions) {
    this.#store = store;
    this.#book = book;
    this.#names = new PeerNames(store);
    this.#rules = prepare(options.rules);
    this.#builtIn = options.builtIn;
  }

  configure(options: ContextOptions): void {
    this.#rules = prepare(options.rules);
    this.#builtIn = options.builtIn;
  }

  /** A new message of attempt `a`. */
  read(a: number, message: SipScanner, arrival: Arrival, units: number): void {
    if (message.method === METHOD.INVITE) {
      if (message.isRequest) {
        if (!message.has(FIELD.toTag)) this.#ask(this.#rules.invite, a, message, arrival, units);
      } else if (message.status < 200) {
        this.#ask(this.#rules.progress, a, message, arrival, units);
      } else if (message.status < 300) this.#ask(this.#rules.answer, a, message, arrival, units);
      return;
    }
    if (message.method !== METHOD.BYE) return;
    if (!message.isRequest && (message.status < 200 || message.status >= 300)) return;
    if (this.#builtIn) this.#statistics(a, message, units);
    this.#ask(this.#rules.bye, a, message, arrival, units);
  }

  /** The first rule that holds gives its fact. */
  #ask(
    rules: readonly Asked[],
    a: number,
    message: SipScanner,
    arrival: Arrival,
    units: number,
  ): void {
    if (rules.length === 0 || this.#store.attempts.has(a, FLAG.RECORDING)) return;
    for (let i = 0; i < rules.length; i++) {
      const asked = rules[i] as Asked;
      if (!this.#holds(a, asked, message, arrival)) continue;
      const { kind, fact, name } = asked.rule;
      this.#found(a, kind, fact, name, 'rule', units);
      return;
    }
  }

  #holds(a: number, asked: Asked, message: SipScanner, arrival: Arrival): boolean {
    const { rule, uri } = asked;
    if (rule.status !== null && rule.status !== message.status) return false;
    if (uri !== null) {
      const { at } = message;
      const start = at[2 * FIELD.requestUri] as number;
      if (!message.isRequest || !uri.matches(start, at[2 * FIELD.requestUri + 1] as number)) {
        return false;
      }
    }
    if (rule.role !== null && this.#roleOf(a, message, arrival) !== rule.role) return false;
    return asked.names.length === 0 || this.#header(asked, message);
  }

  /** Role of the peer that is called, or that answers. */
  #roleOf(a: number, message: SipScanner, arrival: Arrival): string {
    const { attempts, branches, branch, endpoints } = this.#store;
    if (message.isRequest) {
      return endpoints.peers.role(this.#names.peerOf(message, arrival, 'target'));
    }
    const b = branches.find(attempts.branches[a] as number, branch, message.cseq);
    const peer = b === 0 ? this.#store.peerOf(arrival, 'source') : branches.target(b);
    return endpoints.peers.role(peer);
  }

  #header({ field, names, value }: Asked, message: SipScanner): boolean {
    if (field >= 0) {
      const start = message.at[2 * field] as number;
      const end = message.at[2 * field + 1] as number;
      return start < end && (value === null || value.matches(start, end));
    }
    let next = 0;
    for (let lines = 0; lines < HEADER_LINES_MAX; lines++) {
      next = message.findNext(names, next, this.#range);
      if (next < 0) return false;
      if (value === null) return true;
      if (value.matches(this.#range[0] as number, this.#range[1] as number)) return true;
    }
    return false;
  }

  /** Who sent this message received no packet: it did not hear, and when it sent none either, nobody did. */
  #statistics(a: number, message: SipScanner, units: number): void {
    if (!message.has(FIELD.rtpStatistics)) return;
    const range = this.#range;
    let next = message.findNext(STATISTIC_HEADERS, 0, range);
    for (let lines = 0; next >= 0 && lines < HEADER_LINES_MAX; lines++) {
      const [start = 0, end = 0, which = 0] = range;
      const row = STATISTIC_ROWS[which];
      if (row !== undefined && statistic(row.received, start, end) === 0) {
        const silent = row.sent !== null && statistic(row.sent, start, end) === 0;
        const byCaller = this.#store.forward(a) === message.isRequest;
        const deaf = byCaller ? 'caller' : 'callee';
        this.#found(a, 'media', silent ? 'no_audio' : 'one_way', deaf, 'media', units);
      }
      next = message.findNext(STATISTIC_HEADERS, next, range);
    }
  }

  #found(
    a: number,
    kind: ContextNote['kind'],
    value: string,
    name: string | null,
    source: ContextNote['source'],
    units: number,
  ): void {
    const at = this.#store.attempts.timeOf(a, units);
    this.#book.found(a, {
      kind,
      value,
      name,
      enforcedBy: null,
      subject: null,
      at,
      id: null,
      source,
    });
  }
}

function prepare(rules: readonly StageRule[]): Record<RuleMessage, Asked[]> {
  const asked = rules.map((rule) => {
    const name = rule.header?.toLowerCase() ?? null;
    return {
      rule,
      uri: rule.uri === null ? null : new Pattern(rule.uri),
      field: FIELDS[name ?? ''] ?? -1,
      names: name === null ? [] : [Buffer.from(name, 'latin1')],
      value: rule.value === null ? null : new Pattern(rule.value),
    };
  });
  const [invite = [], progress = [], answer = [], bye = []] = RULE_MESSAGES.map((message) =>
    asked.filter(({ rule }) => rule.in === message),
  );
  return { invite, progress, answer, bye };
}
