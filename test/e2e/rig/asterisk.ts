/** The B2BUA: an Asterisk that `.ci/asterisk` unpacked, with test/e2e/conf/asterisk, or what one once sent. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { TapeMode } from './hep-tape.ts';
import { CONFIGURATION, type Namespace, ROOT } from './namespace.ts';
import type { ProcessSpec, Ready } from './protocol.ts';
import { type Calls, placeCalls } from './sipp.ts';

/** The Debian releases of which `.ci/asterisk` takes Asterisk. */
export const RELEASES = ['bullseye', 'sid'] as const;
export type Release = (typeof RELEASES)[number];

/** Which version was recorded, and of which release it was. */
export const RECORDED = { release: 'sid', major: 22 } as const;
const TAPES = join(ROOT, 'test/e2e/tapes', `asterisk-${RECORDED.major}`);
const RECORDING = process.env.E2E_RECORD !== undefined;

const HEP_PORT = 9060;
/** Where the recorder listens, before callfate. */
const TAPE_PORT = 9061;
const PLAY_MS = 60_000;

export interface Asterisk {
  readonly release: Release;
  readonly directory: string;
  /** The first number of its version. */
  readonly major: number;
}

/** Undefined when it is not there. */
export function findAsterisk(release: Release): Asterisk | undefined {
  const base = process.env.E2E_ASTERISK_DIR ?? join(ROOT, '.cache/asterisk');
  const directory = resolve(ROOT, base, release);
  const launcher = join(directory, 'asterisk');
  if (!existsSync(launcher)) return undefined;
  const version = execFileSync(launcher, ['-V'], { encoding: 'utf8' });
  return { release, directory, major: Number(/^Asterisk (\d+)/.exec(version)?.[1]) };
}

/** `directory`: of the run; Asterisk keeps its configuration, database, socket and log there. */
export function asteriskIn(directory: string, { directory: installation }: Asterisk): ProcessSpec {
  const run = join(directory, 'asterisk');
  mkdirSync(run);
  const values: Readonly<Record<string, string>> = {
    installation,
    run,
    hepPort: String(RECORDING ? TAPE_PORT : HEP_PORT),
  };
  const templates = join(CONFIGURATION, 'asterisk');
  for (const file of readdirSync(templates)) {
    const text = readFileSync(join(templates, file), 'utf8');
    const filled = text.replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? key);
    writeFileSync(join(run, file), filled);
  }
  return {
    name: 'asterisk',
    command: join(installation, 'asterisk'),
    args: ['-f', '-C', join(run, 'asterisk.conf')],
    // Its socket is bound before the dialplan is read.
    ready: [{ kind: 'log', file: 'asterisk/asterisk.log', text: 'Asterisk Ready.' }],
  };
}

/** As `placeCalls`; what Asterisk sends to callfate becomes a tape when E2E_RECORD is set. */
export async function placeCallsAt(
  { release }: Asterisk,
  namespace: Namespace,
  calls: Calls,
  settled: () => Promise<void>,
): Promise<void> {
  if (!RECORDING) {
    await placeCalls(namespace, calls);
    return settled();
  }
  const name = `${calls.name}-tape`;
  const file = join(namespace.directory, `${name}.jsonl`);
  const ready: Ready = { kind: 'udp', address: '127.0.0.1', port: TAPE_PORT };
  const ports = [TAPE_PORT, HEP_PORT].map(String);
  await namespace.start(tape(namespace, name, 'record', [file, ...ports], [ready]));
  await placeCalls(namespace, calls);
  await settled();
  await namespace.stop(name);
  if (release === RECORDED.release) await copyFile(file, join(TAPES, `${calls.name}.jsonl`));
}

/** Plays the tape of a scenario. */
export async function replayCalls(namespace: Namespace, scenario: string): Promise<void> {
  const name = `${scenario}-tape`;
  const file = join(TAPES, `${scenario}.jsonl`);
  await namespace.start(tape(namespace, name, 'play', [file, String(HEP_PORT)], []));
  const exit = await namespace.wait(name, PLAY_MS);
  if (exit.code !== 0) throw new Error(`${name} ended with ${JSON.stringify(exit)}`);
}

function tape(
  namespace: Namespace,
  name: string,
  mode: TapeMode,
  args: readonly string[],
  ready: readonly Ready[],
): ProcessSpec {
  return {
    name,
    command: process.execPath,
    args: [namespace.program('hep-tape.js'), mode, ...args],
    ready,
  };
}
