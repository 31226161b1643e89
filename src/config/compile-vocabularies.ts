/** Last step of `npm run build`: proves the shipped vocabularies and writes them down beside the compiled program. */
import { writeFileSync } from 'node:fs';
import { COMPILED_VOCABULARIES } from '../package-files.ts';
import { compile } from './compiled-vocabularies.ts';
import { DEFAULTS } from './schema.ts';
import { provenVocabularies, shippedTexts } from './setup.ts';

const { thresholds } = DEFAULTS.vocabularies;
writeFileSync(
  COMPILED_VOCABULARIES,
  compile(provenVocabularies(DEFAULTS), { texts: shippedTexts(), thresholds }),
);
