/** SIPp callers and callees from the templates in test/e2e/sipp. */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Namespace, ROOT } from './namespace.ts';
import type { ProcessSpec } from './protocol.ts';

/** Where the caller is when a scenario does not say otherwise. */
export const CALLER_ADDRESS = '127.0.0.2';
const CALLER_PORT = 5062;
const CALLEE_PORT = 5080;
const RUN_MS = 30_000;
/** Characters of what SIPp complains of. */
const ERRORS_MAX = 4000;
/** Calls a second, when the end of one is what the next waits for. */
const BRISK = 20;

/** Values for the `{{placeholders}}` of a template; one that the template lacks, or one too few, is an error. */
export type Values = Readonly<Record<string, string>>;

export interface Party {
  /** File name in test/e2e/sipp without `.xml`. */
  readonly template: string;
  readonly values: Values;
}

export interface Callee extends Party {
  readonly address: string;
}

export interface Calls {
  /** Starts every Call-ID. */
  readonly name: string;
  /** Starts every Call-ID instead of the name. */
  readonly callId?: string;
  /** How many. */
  readonly count: number;
  readonly caller: Party;
  /** Absent: `CALLER_ADDRESS`. */
  readonly callerAddress?: string;
  readonly callees: readonly Callee[];
  /** Where the calls are sent, address and port. */
  readonly target: string;
  /** Of the caller; absent: udp. */
  readonly transport?: 'udp' | 'tcp';
  /** At most this many at a time; absent: all, evenly within a second. One at a time follow each other at once. */
  readonly atOnce?: number;
}

/** Places the calls and waits until each SIPp says that all went as scripted. */
export async function placeCalls(namespace: Namespace, calls: Calls): Promise<void> {
  const callees: ProcessSpec[] = [];
  for (const callee of calls.callees) {
    callees.push({
      name: `${calls.name}-${callee.address}`,
      command: 'sipp',
      args: [
        ...(await commonArgs(namespace, `${calls.name}-${callee.address}`, callee, calls.count)),
        ...['-i', callee.address, '-p', String(CALLEE_PORT)],
      ],
      ready: [{ kind: 'udp', address: callee.address, port: CALLEE_PORT }],
    });
  }
  const atOnce = calls.atOnce ?? calls.count;
  const perSecond = atOnce === 1 ? BRISK : calls.count;
  const caller: ProcessSpec = {
    name: `${calls.name}-caller`,
    command: 'sipp',
    args: [
      calls.target,
      ...(await commonArgs(namespace, `${calls.name}-caller`, calls.caller, calls.count)),
      ...['-i', calls.callerAddress ?? CALLER_ADDRESS, '-p', String(CALLER_PORT)],
      ...['-r', String(perSecond), '-l', String(atOnce)],
      ...['-cid_str', `${calls.callId ?? calls.name}-%u`],
      ...(calls.transport === 'tcp' ? ['-t', 't1'] : []),
    ],
    ready: [],
  };
  for (const spec of [...callees, caller]) await namespace.start(spec);
  for (const { name } of [caller, ...callees]) {
    const exit = await namespace.wait(name, RUN_MS);
    if (exit.code === 0) continue;
    const errors = await readErrors(join(namespace.directory, `${name}.errors`));
    throw new Error(`${name}: SIPp ended with ${JSON.stringify(exit)}\n${errors}`);
  }
}

/** SIPp writes the file with its first error. */
async function readErrors(file: string): Promise<string> {
  if (!existsSync(file)) return '';
  return (await readFile(file, 'utf8')).slice(0, ERRORS_MAX);
}

/** `-nr`: SIPp repeats nothing by itself, so that the number of messages does not depend on the machine's speed. */
async function commonArgs(
  namespace: Namespace,
  name: string,
  party: Party,
  count: number,
): Promise<readonly string[]> {
  const file = (suffix: string) => join(namespace.directory, `${name}.${suffix}`);
  const template = await readFile(join(ROOT, 'test/e2e/sipp', `${party.template}.xml`), 'utf8');
  await writeFile(file('xml'), render(template, party.values));
  return [
    ...['-sf', file('xml'), '-m', String(count), '-nr', '-nostdin'],
    ...['-timeout', '20s', '-timeout_error'],
    ...['-trace_err', '-error_file', file('errors')],
    ...['-trace_msg', '-message_file', file('messages')],
  ];
}

function render(template: string, values: Values): string {
  const unused = new Set(Object.keys(values));
  const text = template.replace(/\{\{(\w+)\}\}/g, (_, key: string) => {
    const value = values[key];
    if (value === undefined) throw new Error(`no value for {{${key}}}`);
    unused.delete(key);
    return value;
  });
  if (unused.size > 0) throw new Error(`no placeholder for ${[...unused].join(', ')}`);
  return text;
}
