import { setTimeout as delay } from 'node:timers/promises';
import { errorLines } from '../config/errors.ts';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { VERSION } from '../version.ts';
import { type DemoArgs, EXIT } from './args.ts';
import { CALLS } from './demo/calls.ts';
import {
  brokenLaws,
  countedReasons,
  inexactCounters,
  type Judged,
  judgeByCounters,
  judgeByVerdicts,
} from './demo/compare.ts';
import { type Played, play, playable } from './demo/play.ts';
import { callLines, counterLines } from './demo/report.ts';
import type { Scrape } from './demo/scrape.ts';
import { hostPort, runningSidecar, type Sidecar, startSidecar } from './demo/sidecar.ts';

const POLL_MS = 100;

/**
 * `callfate demo`: places calls that end differently and holds each verdict against the one it must get. Resolves with
 * the exit code: 0 when all agree.
 */
export async function runDemo(args: DemoArgs): Promise<number> {
  const loaded = loadConfig({ file: args.config, environment: process.env });
  if (!loaded.ok) {
    for (const line of errorLines(loaded.error)) complain(line);
    return EXIT.configuration;
  }
  if (args.url !== null && !isHttp(args.url)) {
    complain(`callfate: --url ${args.url} is no address; write http://127.0.0.1:9606`);
    return EXIT.usage;
  }
  const sidecar = await findSidecar(loaded.value, args.url);
  try {
    return await demonstrate(sidecar);
  } finally {
    await sidecar.close();
  }
}

/** The one that was named, else one that answers where the configuration says, else one of the demo's own. */
async function findSidecar(config: Config, url: string | null): Promise<Sidecar> {
  const running = runningSidecar(config, url);
  try {
    await running.scrape();
    return running;
  } catch (error) {
    if (url !== null) throw error;
    say(`${error instanceof Error ? error.message : error}: the demo starts a callfate of its own`);
    return startSidecar();
  }
}

async function demonstrate(sidecar: Sidecar): Promise<number> {
  const calls = playable(CALLS, sidecar.listeners);
  for (const line of openingLines(sidecar, calls.length)) say(line);
  const before = await sidecar.scrape();
  const played = await play(calls, sidecar.listeners);
  const { after, judged } = await settle(sidecar, played, before);
  const problems = [
    ...judged.flatMap(({ call, problem }, index) =>
      problem === null ? [] : [`call ${index + 1} (${call.played}): ${problem}`],
    ),
    ...(sidecar.verdicts === null ? [] : inexactCounters(played, countedReasons(before, after))),
    ...brokenLaws(after),
  ];
  say('', ...callLines(judged), '', 'Counters that moved:', ...counterLines(before, after), '');
  for (const problem of problems) complain(`callfate: ${problem}`);
  say(closingLine(judged, problems.length));
  return problems.length === 0 ? EXIT.ok : EXIT.failure;
}

interface Settled {
  readonly after: Scrape;
  readonly judged: readonly Judged[];
}

/** How it stands when every call has its verdict, or else at the deadline. */
async function settle(
  sidecar: Sidecar,
  played: readonly Played[],
  before: Scrape,
): Promise<Settled> {
  const deadline = performance.now() + sidecar.waitMs;
  for (;;) {
    // Judged as of before the scrape: a verdict that comes during it may not be counted in it.
    const byVerdict =
      sidecar.verdicts === null ? null : judgeByVerdicts(played, new Map(sidecar.verdicts));
    const after = await sidecar.scrape();
    const judged = byVerdict ?? judgeByCounters(played, countedReasons(before, after));
    const missing = judged.some(({ seen }) => seen === null);
    if (!missing || performance.now() > deadline) return { after, judged };
    await delay(POLL_MS);
  }
}

function openingLines(
  { url, listeners: { mirror, hep }, verdicts, waitMs }: Sidecar,
  count: number,
): readonly string[] {
  const off = 'switched off: its calls are left out';
  const lines = [
    `callfate ${VERSION} demo: ${count} calls to ${verdicts === null ? 'the callfate at' : 'its own callfate,'} ${url}`,
    `  SIP over WebSocket, mirrored to  ${mirror?.url ?? off}`,
    `  raw HEP over UDP to              ${hep === null ? off : hostPort(hep.host, hep.port)}`,
  ];
  if (verdicts !== null) return lines;
  return [
    ...lines,
    '  It runs already and its log cannot be read from here, so a verdict is read from the counter',
    '  of its reason: it must move at least as often as it was played. Other calls may move it too.',
    `  The last verdict may take up to ${Math.ceil(waitMs / 1000)} s.`,
  ];
}

function closingLine(judged: readonly Judged[], problems: number): string {
  const good = judged.filter(({ problem }) => problem === null).length;
  const end = problems === 0 ? 'this installation works' : `${problems} disagreements, see above`;
  return `${good} of ${judged.length} calls ended as expected: ${end}.`;
}

function isHttp(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}

function say(...lines: readonly string[]): void {
  for (const line of lines) process.stdout.write(`${line}\n`);
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}
