/** The view `#/call/ID`: how one call ended, why, and on what evidence. */
import type { CallDetail } from '../api/call-ladder.ts';
import type { Evidence, Verdict } from '../classify/outcome.ts';
import {
  branchTable,
  conflictTable,
  contextTable,
  evidenceTable,
  legTable,
  stageTable,
  vocabularyTable,
} from './call-tables.ts';
import { outcomeChip } from './calls.ts';
import { ApiError, get } from './client.ts';
import { type Child, el, facts, fill, link } from './dom.ts';
import { drawLadder } from './ladder.ts';
import { howSure, outcomeWords, plain, secondsWords, whoEnded, whoseFault } from './words.ts';

type Answer = CallDetail & { readonly advice: string; readonly source: string };

export function showCall(id: string): HTMLElement {
  const title = el('h1', { tabindex: -1 }, 'One call');
  const body = el('div', { 'aria-busy': 'true' }, el('p', { class: 'hint' }, 'Loading…'));
  void load(body, title, id);
  return el('section', { class: 'call' }, title, body);
}

async function load(body: HTMLElement, title: HTMLElement, id: string): Promise<void> {
  try {
    const answer = await get<Answer>(`/v1/calls/${encodeURIComponent(id)}`);
    const { outcome, reason } = answer.verdict;
    title.textContent = `${outcomeWords(outcome)}: ${plain(reason)}`;
    document.title = `${title.textContent} - callfate`;
    fill(body, ...parts(answer));
  } catch (error) {
    const words = error instanceof ApiError ? error.message : 'callfate cannot be reached';
    fill(body, el('p', { class: 'error' }, words), el('p', {}, link('#/', 'Back to calls now')));
  } finally {
    body.removeAttribute('aria-busy');
  }
}

function parts(answer: Answer): readonly Child[] {
  const { verdict, ladder, legs } = answer;
  return [
    el('div', { class: 'columns wide' }, verdictPart(answer), identityPart(verdict)),
    section(
      'Messages',
      ladder === null
        ? el('p', { class: 'hint' }, 'No messages are kept of this call.')
        : drawLadder(ladder, verdict.evidence, legs.length),
      el(
        'p',
        { class: 'hint' },
        '★ decided, ☆ was weighed. Phrases are the registered ones. +1: seen once more.',
      ),
    ),
    section('Evidence', evidenceTable(verdict.evidence)),
    verdict.conflicts.length > 0 && section('Conflicts', conflictTable(verdict)),
    section('Branches', branchTable(verdict)),
    legs.length > 1 && section('Legs', legTable(answer)),
    verdict.stages.length > 0 && section('Stages', stageTable(verdict)),
    verdict.context.length > 0 && section('What the platform told', contextTable(verdict)),
    section('In every vocabulary', vocabularyTable(verdict)),
    el(
      'details',
      {},
      el('summary', {}, 'The verdict as JSON'),
      el('pre', { tabindex: 0 }, JSON.stringify(verdict, null, 2)),
    ),
  ];
}

function section(title: string, ...children: readonly Child[]): HTMLElement {
  return el('section', {}, el('h2', {}, title), ...children);
}

function verdictPart({ verdict, advice, source }: Answer): HTMLElement {
  const decided = verdict.evidence.find((one) => one.decided);
  const why =
    decided === undefined
      ? null
      : el('span', {}, el('code', {}, decided.value), ` ${inMessage(decided)}: ${decided.why}`);
  return section(
    'Verdict',
    facts([
      ['How', el('span', {}, outcomeChip(verdict), ` ${plain(verdict.reason)}`)],
      ['Who ended it', whoEnded(verdict)],
      ['Why', why],
      ['Whose fault', whoseFault(verdict)],
      ['What to do', advice],
      ['How sure', howSure(verdict)],
      ['At stage', plain(verdict.stage)],
      ['Stands for', source],
    ]),
  );
}

function inMessage({ kind, message }: Evidence): string {
  return message === null ? `(${kind})` : `(${kind} in ${message})`;
}

function identityPart(verdict: Verdict): HTMLElement {
  const { caller, callee, sip, q850, timing } = verdict;
  const answered = sip.status === null ? null : `${sip.status} ${sip.phrase ?? ''}`.trim();
  const far =
    sip.farStatus === null || sip.farStatus === sip.status ? '' : `, far ${sip.farStatus}`;
  const cause =
    q850 === null
      ? null
      : `${q850.cause}${q850.location === null ? '' : ` at ${q850.location}`}, in ${q850.seenIn}`;
  return section(
    'Call',
    facts([
      ['Call-ID', el('span', { class: 'wire' }, verdict.callId)],
      ['From', el('span', { class: 'wire' }, caller ?? 'unknown')],
      ['To', el('span', { class: 'wire' }, callee ?? 'unknown')],
      ['Direction', `${verdict.direction}, ${verdict.peerIn} → ${verdict.peerOut}`],
      ['Started', utc(verdict.startedAt)],
      ['Answered', verdict.answeredAt === null ? 'no' : utc(verdict.answeredAt)],
      ['Ended', utc(verdict.endedAt)],
      ['Lasted', secondsWords(timing.total)],
      ['Rang', secondsWords(timing.ring)],
      ['Talked', secondsWords(timing.talk)],
      ['SIP status', answered === null ? null : `${answered}${far}`],
      ['Q.850 cause', cause],
      ['Reason headers', wire(verdict.reasonHeaders)],
    ]),
  );
}

function wire(texts: readonly string[]): Child {
  if (texts.length === 0) return null;
  return el('span', {}, ...texts.map((text) => el('code', { class: 'block' }, text)));
}

function utc(iso: string): HTMLElement {
  return el('time', { datetime: iso }, iso.replace('T', ' ').replace('Z', ' UTC'));
}
