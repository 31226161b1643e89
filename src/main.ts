#!/usr/bin/env node
import { type Args, EXIT, readArgs } from './cli/args.ts';
import { VERSION } from './version.ts';

const streams = {
  out: (text: string) => process.stdout.write(text),
  err: (text: string) => process.stderr.write(text),
};

/** Runs one command. Each is loaded only when it is asked for, so that the short ones start fast. */
async function execute(args: Args): Promise<number> {
  switch (args.command) {
    case 'run': {
      const { runCommand } = await import('./cli/run.ts');
      return runCommand({ file: args.config, interface: args.interface, pcap: args.pcap });
    }
    case 'analyze': {
      const { startReading } = await import('./cli/analyze/threads.ts');
      // Before the rest is loaded, which takes as long as to start a thread.
      const threads = startReading(args);
      const { analyze } = await import('./cli/analyze.ts');
      return analyze(args, threads);
    }
    case 'check-config': {
      const { checkConfig } = await import('./cli/check-config.ts');
      return checkConfig(args, process.env, streams);
    }
    case 'explain': {
      const { explainCommand } = await import('./cli/explain.ts');
      return explainCommand(args, process.env, streams);
    }
    case 'demo': {
      const { runDemo } = await import('./cli/demo.ts');
      return runDemo(args);
    }
    case 'help': {
      const { helpText } = await import('./cli/help.ts');
      streams.out(helpText(VERSION));
      return EXIT.ok;
    }
    case 'version':
      streams.out(`${VERSION}\n`);
      return EXIT.ok;
  }
}

async function main(argv: readonly string[]): Promise<number> {
  const args = readArgs(argv);
  if (!args.ok) {
    streams.err(`callfate: ${args.error}\n`);
    return EXIT.usage;
  }
  try {
    return await execute(args.value);
  } catch (error) {
    streams.err(`callfate: ${error instanceof Error ? error.message : String(error)}\n`);
    return EXIT.failure;
  }
}

// Not process.exit: what is still on its way to a pipe would be lost.
process.exitCode = await main(process.argv.slice(2));
