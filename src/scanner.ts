import { endianness } from 'node:os';
import { SLAB_MEMORY } from './lib/slab.ts';
import { instantiate, loadCode, whyNotVisible } from './lib/web-assembly.ts';
import { SCANNER_CODE } from './package-files.ts';
import { SipScanner } from './sip/scan.ts';
import { SimdScanner } from './sip/simd-scanner.ts';
import { writeScanTables } from './sip/simd-tables.ts';

/** A scanner, and why it is the plain one; null: it is machine code, which says the same in less time. */
export interface ScannerChoice {
  readonly scanner: SipScanner;
  readonly problem: string | null;
}

/** The fastest scanner that this machine can run. */
export function createScanner(files = SCANNER_CODE): ScannerChoice {
  if (endianness() !== 'LE') return plainScanner('this machine has the high byte first');
  const problem = whyNotVisible(SLAB_MEMORY);
  if (problem !== null) return plainScanner(problem);
  const isShared = SLAB_MEMORY.buffer instanceof SharedArrayBuffer;
  const code = loadCode(isShared ? files.shared : files.own);
  if (code instanceof Error) return plainScanner(code.message);
  const functions = instantiate(code, SLAB_MEMORY, { imports: writeScanTables() });
  if (functions instanceof Error) return plainScanner(functions.message);
  return functions.scan === undefined
    ? plainScanner('the code has no scanner')
    : { scanner: new SimdScanner(functions.scan), problem: null };
}

function plainScanner(problem: string): ScannerChoice {
  return { scanner: new SipScanner(), problem };
}
