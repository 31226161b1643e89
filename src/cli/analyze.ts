import type { CaptureReport } from '../captures.ts';
import type { Vocabulary } from '../classify/vocabulary/vocabulary.ts';
import { errorLines } from '../config/errors.ts';
import { loadSetup, type Setup } from '../config/setup.ts';
import { suggest } from '../config/suggest.ts';
import type { Engine } from '../engine.ts';
import { endpointText } from '../lib/endpoint.ts';
import { fail, ok, type Result } from '../lib/result.ts';
import { METHOD } from '../sip/scan.ts';
import { Analysis } from './analyze/analysis.ts';
import { callReport } from './analyze/call.ts';
import { CSV_HEADER, csvLine } from './analyze/csv.ts';
import { exposition } from './analyze/exposition.ts';
import { printable } from './analyze/ladder.ts';
import { createReport } from './analyze/report.ts';
import { isFailure, SEPARATOR, Summary } from './analyze/summary.ts';
import { renderReport } from './analyze/table.ts';
import type { CaptureThreads } from './analyze/threads.ts';
import { type AnalyzeArgs, EXIT } from './args.ts';

/** `callfate analyze`: judges the calls in captures, which `threads` read where there are any. Resolves with the exit code. */
export async function analyze(args: AnalyzeArgs, threads: CaptureThreads | null): Promise<number> {
  const loaded = loadSetup({ file: args.config, environment: process.env });
  if (!loaded.ok) {
    for (const line of errorLines(loaded.error)) complain(line);
    return EXIT.configuration;
  }
  const vocabularies = chosen(args.vocabulary, loaded.value);
  if (!vocabularies.ok) {
    complain(`callfate: ${vocabularies.error}`);
    return EXIT.usage;
  }
  const analysis = new Analysis(args, loaded.value.config, vocabularies.value, threads);
  const { output } = analysis;
  const { captures, isFound } =
    args.call === null
      ? { captures: await allCalls(analysis), isFound: true }
      : await callReport(analysis, args.call);
  await output.flush();
  // Whoever read the output has seen enough.
  if (output.isGone) return EXIT.ok;
  const trouble = captures.flatMap(troubleLine);
  for (const line of trouble) complain(line);
  return isFound && trouble.length === 0 ? EXIT.ok : EXIT.failure;
}

/** The vocabularies in which endings are told. */
function chosen(
  name: string | null,
  { vocabularies }: Setup,
): Result<readonly Vocabulary[], string> {
  if (name === null) return ok(vocabularies.enabled);
  const found = vocabularies.all.filter(({ id }) => id === name);
  if (found.length > 0) return ok(found);
  const names = vocabularies.all.map(({ id }) => id);
  const near = suggest(name, names);
  const advice = near === null ? `choose ${names.join(', ')}` : `did you mean ${near}?`;
  return fail(`unknown vocabulary "${printable(name)}"; ${advice}`);
}

async function allCalls(analysis: Analysis): Promise<readonly CaptureReport[]> {
  const { args, config, output } = analysis;
  const { format } = args;
  const summary = new Summary();
  const hasPeers = config.peers.length > 0;
  let heading = format === 'csv' ? CSV_HEADER : '';
  const pass = await analysis.pass({
    onVerdict: (verdict, legs) => {
      summary.add(verdict, legs);
      if (format === 'jsonl') output.write(`${JSON.stringify(verdict)}\n`);
      if (format !== 'csv') return;
      output.write(`${heading}${csvLine(verdict)}`);
      heading = '';
    },
    // With peers, they are told by name.
    prepare: (engine) => (hasPeers ? undefined : tapFailures(engine, summary)),
  });
  // The reasons why are all that there is to say.
  if (pass.captures.every(isUnread)) return pass.captures;
  output.write(heading);
  const report = createReport({ summary, ...pass, hasPeers });
  if (format === 'table') output.write(renderReport(report, args.vocabulary));
  if (format === 'json') output.write(`${JSON.stringify(report, null, 2)}\n`);
  if (format === 'prometheus') output.write(exposition(pass.engine));
  return pass.captures;
}

function isUnread({ packets, stop, error }: CaptureReport): boolean {
  return packets === 0 && (error !== null || stop !== null);
}

/** Without configured peers, who fails is told by address. */
function tapFailures({ pipeline }: Engine, summary: Summary): void {
  pipeline.tap = (message, { addresses }) => {
    if (message.method !== METHOD.INVITE || !isFailure(message.status)) return;
    summary.addresses.add(`${endpointText(addresses, 0, 32)}${SEPARATOR}${message.status}`);
  };
}

/** One line for a capture that could not be read, or not to its end. */
function troubleLine({ name, stop, error, packets }: CaptureReport): readonly string[] {
  const file = name === '-' ? 'standard input' : name;
  if (error !== null && packets === 0 && stop?.kind !== 'truncated') {
    return [`callfate: ${error.startsWith(name) ? error : `${file}: ${error}`}`];
  }
  if (error !== null) return [`callfate: ${file}: stopped after packet ${packets}: ${error}`];
  if (stop === null) return [];
  if (stop.kind === 'foreign') {
    return [`callfate: ${file}: no capture, ${stop.what}; pcap and pcapng are read, also gzipped`];
  }
  const word = stop.kind === 'truncated' ? 'ends in the middle' : 'is corrupt';
  return [
    `callfate: ${file}: ${word} at byte ${stop.offset}, after packet ${packets}: ${stop.what}; ` +
      'what stands before it was read',
  ];
}

function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}
