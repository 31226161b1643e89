import { endianness } from 'node:os';
import { SLAB_MEMORY } from './lib/slab.ts';
import { instantiate, isVisible, loadCode } from './lib/web-assembly.ts';
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
export function createScanner(): ScannerChoice {
  if (endianness() !== 'LE') return plainScanner('this machine has the high byte first');
  if (!isVisible(SLAB_MEMORY))
    return plainScanner(
      'WebAssembly gets no memory (--jitless, or a limit of addresses, ulimit -v)',
    );
  const isShared = SLAB_MEMORY.buffer instanceof SharedArrayBuffer;
  const code = loadCode(isShared ? SCANNER_CODE.shared : SCANNER_CODE.own);
  if (code instanceof Error) return plainScanner(code.message);
  const { scan } = instantiate(code, SLAB_MEMORY, { imports: writeScanTables() });
  if (scan === undefined) return plainScanner('the code is of another version');
  return { scanner: new SimdScanner(scan), problem: null };
}

export function plainScanner(problem: string): ScannerChoice {
  return { scanner: new SipScanner(), problem };
}
