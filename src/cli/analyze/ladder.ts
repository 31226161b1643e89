import type { Verdict } from '../../classify/outcome.ts';
import type { Packet } from '../../decode/packet.ts';
import { endpointText } from '../../lib/endpoint.ts';
import { FIELD, METHODS, REASON_LINES_MAX, type SipScanner } from '../../sip/scan.ts';
import { columns } from './table.ts';

/** Messages of one call that are kept; more are counted. */
export const LADDER_MAX = 2000;
/** Hosts that get a line of their own; with more, messages are listed with both addresses. */
const HOSTS_MAX = 6;
/** At least so wide is what lies between two hosts. */
const WIDTH_MIN = 26;
/** Evidence tells its time in milliseconds, from units that are a little coarser. */
const SAME_MOMENT_MS = 3;
const LABEL_MAX = 40;

/** One message of the call. */
export interface LadderMessage {
  /** ms since the epoch. */
  readonly at: number;
  readonly from: string;
  readonly to: string;
  /** `INVITE`, `183 Session Progress`. */
  readonly label: string;
  /** Method of a request, else of the transaction. */
  readonly method: string;
  /** 0: a request. */
  readonly status: number;
  readonly callId: string;
  readonly reasons: readonly string[];
}

/** Collects the messages of a few Call-IDs. */
export class LadderCollector {
  readonly messages: LadderMessage[] = [];
  /** Messages that found no room. */
  left = 0;
  readonly #callIds: ReadonlySet<string>;

  constructor(callIds: Iterable<string>) {
    this.#callIds = new Set(callIds);
  }

  take(message: SipScanner, packet: Packet): void {
    const callId = message.text(FIELD.callId);
    if (!this.#callIds.has(callId)) return;
    if (this.messages.length >= LADDER_MAX) {
      this.left++;
      return;
    }
    const method = METHODS[message.method] ?? '';
    const { status } = message;
    this.messages.push({
      at: packet.capturedAt === 0 ? packet.arrivedAt : packet.capturedAt,
      from: endpointText(packet.addresses, 0, 32),
      to: endpointText(packet.addresses, 16, 34),
      label: printable(message.isRequest ? method : `${status} ${message.text(FIELD.phrase)}`),
      method,
      status: message.isRequest ? 0 : status,
      callId,
      reasons: reasonsOf(message),
    });
  }
}

function reasonsOf(message: SipScanner): string[] {
  const count = Math.min(message.reasonCount, REASON_LINES_MAX);
  return Array.from({ length: count }, (_, i) =>
    printable(message.slice(message.reasons[2 * i] ?? 0, message.reasons[2 * i + 1] ?? 0)),
  );
}

/** What the wire says must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '?');
}

/** The call message by message, evidence marked: `*` decided, `+` was weighed. */
export function renderLadder(
  verdict: Verdict,
  messages: readonly LadderMessage[],
  left: number,
): string {
  const hosts = [...new Set(messages.flatMap(({ from, to }) => [from, to]))];
  const body =
    hosts.length > HOSTS_MAX ? listLines(verdict, messages) : ladderLines(verdict, messages, hosts);
  const more = left > 0 ? [`and ${left} more messages`] : [];
  return `${[...headLines(verdict), '', ...body, ...more, '', ...evidenceLines(verdict)].join('\n')}\n`;
}

function headLines(verdict: Verdict): readonly string[] {
  const { legs, joined } = verdict;
  const many = legs.length > 1 ? `, ${legs.length} legs joined by ${joined}` : '';
  const parties = [verdict.caller, verdict.callee].map((party) => printable(party ?? 'unknown'));
  return [
    `Call-ID ${printable(verdict.callId)}${many}`,
    `${parties[0]} to ${parties[1]}, ${verdict.startedAt} to ${verdict.endedAt}`,
    `${verdict.outcome}: ${verdict.reason}, fault ${verdict.attribution}, at ${verdict.stage}, ` +
      `ended by ${verdict.endedBy}, ${verdict.certainty}`,
  ];
}

function evidenceLines(verdict: Verdict): readonly string[] {
  const rows = verdict.evidence.map((one) => [
    one.decided ? '*' : '+',
    one.kind,
    printable(one.value),
    one.message ?? '',
    one.why,
  ]);
  return ['Evidence (* decided, + was weighed):', ...columns(rows).map((line) => `  ${line}`)];
}

/** `*`, `+` or a space: what the verdict made of this message. */
function markOf(verdict: Verdict, message: LadderMessage): string {
  let mark = ' ';
  for (const { at, message: where, decided } of verdict.evidence) {
    if (at === null || where === null || !isMeant(where, message)) continue;
    if (Math.abs(Date.parse(at) - message.at) > SAME_MOMENT_MS) continue;
    if (decided) return '*';
    mark = '+';
  }
  return mark;
}

/** `480 to INVITE`, or `BYE from caller`. */
function isMeant(where: string, { method, status }: LadderMessage): boolean {
  if (status > 0) return where === `${status} to ${method}`;
  return where.startsWith(`${method} from `);
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(11, 23);
}

function listLines(verdict: Verdict, messages: readonly LadderMessage[]): readonly string[] {
  return columns(
    messages.map((one) => [
      markOf(verdict, one),
      timeOf(one.at),
      one.from,
      '->',
      one.to,
      one.label.slice(0, LABEL_MAX),
      one.reasons.join(' '),
    ]),
  );
}

function ladderLines(
  verdict: Verdict,
  messages: readonly LadderMessage[],
  hosts: readonly string[],
): readonly string[] {
  const indent = ' '.repeat(15);
  const rails = (cells: readonly string[]) => `${indent}${cells.join('')}`.trimEnd();
  const width = Math.max(WIDTH_MIN, ...hosts.map((host) => host.length + 2));
  const head = rails(hosts.map((host) => host.padEnd(width)));
  const lines = messages.map((one) => {
    const [from, to] = [hosts.indexOf(one.from), hosts.indexOf(one.to)];
    const row = arrow({ from, to, label: one.label, hosts: hosts.length, width });
    const text = [row.trimEnd(), ...one.reasons.map((reason) => `  ${reason}`)].join('');
    return `${markOf(verdict, one)} ${timeOf(one.at)} ${text}`;
  });
  return [head, ...lines];
}

interface Arrow {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly hosts: number;
  readonly width: number;
}

/** One row: a rail for each host, and between two of them the message. */
function arrow({ from, to, label, hosts, width }: Arrow): string {
  const [left, right] = from < to ? [from, to] : [to, from];
  let row = '';
  for (let host = 0; host < hosts; host++) {
    if (host === left && left !== right) {
      const room = (right - left) * width - 1;
      row += `|${line(label, room, from < to)}`;
      host = right - 1;
    } else if (host === left) row += `|${line(label, width - 1, true)}`;
    else row += `|${' '.repeat(width - 1)}`;
  }
  return row;
}

function line(label: string, room: number, isRight: boolean): string {
  const text = ` ${label.slice(0, room - 6)} `;
  const dashes = room - text.length - 1;
  const before = '-'.repeat(Math.floor(dashes / 2));
  const after = '-'.repeat(Math.ceil(dashes / 2));
  return isRight ? `${before}${text}${after}>` : `<${before}${text}${after}`;
}
