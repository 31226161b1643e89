/**
 * Where the files of this package lie. This file stands right below src/ or dist/, as do all parts that the build puts
 * together out of several files: whoever else asks `import.meta.url` asks for another place once it is built.
 */
import { fileURLToPath } from 'node:url';

/** The YAML of the shipped vocabularies, `<id>.yaml` each; ends in a slash. */
export const VOCABULARY_FOLDER = fileURLToPath(new URL('../config/vocabularies/', import.meta.url));

/** The same as the build compiled them; there is none below src/. */
export const COMPILED_VOCABULARIES = fileURLToPath(new URL('./vocabularies.json', import.meta.url));

/** What src/simd/ is compiled to, as code for a slab of one thread and for one that threads share; the build puts it there. */
export const SCANNER_CODE = {
  own: fileURLToPath(new URL('../dist/scan.wasm', import.meta.url)),
  shared: fileURLToPath(new URL('../dist/scan-shared.wasm', import.meta.url)),
} as const;
