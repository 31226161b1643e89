/** What the suites need beside Node, and what to do when it is missing. */
import { accessSync, constants, existsSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT, SEARCH_PATH } from './namespace.ts';

const PROGRAMS = ['kamailio', 'sipp', 'prometheus', 'ip', 'unshare'] as const;

/**
 * Empty when everything is there, else one line that says what is missing and how to get it. `more`: what a suite needs
 * beside the programs that all need.
 */
export function missingRequirements(more: readonly string[] = []): string {
  const missing = [...PROGRAMS, ...more].filter((program) => !isOnPath(program));
  const advice: string[] = [];
  if (missing.length > 0) advice.push(`missing ${missing.join(', ')}: bash .ci/setup`);
  if (!existsSync(join(ROOT, 'dist/main.js'))) advice.push('missing dist/main.js: npm run build');
  return advice.join('; ');
}

function isOnPath(program: string): boolean {
  return SEARCH_PATH.some((directory) => {
    try {
      accessSync(join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
