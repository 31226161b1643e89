/**
 * Puts the command and the engine's thread together out of their 300 files: Node loads a few files in half the time. The
 * library (`dist/index.js`) stays as it is compiled. All parts lie flat in dist/, see src/package-files.ts.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

/** The licences of what is put together, as they ask for. */
function notices(): Plugin {
  return {
    name: 'notices',
    generateBundle(_, bundle) {
      const parts = Object.values(bundle).flatMap((part) => (part.type === 'chunk' ? part : []));
      const folders = new Set(parts.flatMap(({ moduleIds }) => moduleIds.flatMap(packageFolder)));
      const source = [...folders]
        .toSorted((a, b) => (a < b ? -1 : 1))
        .map(notice)
        .join(`\n${'-'.repeat(80)}\n\n`);
      this.emitFile({ type: 'asset', fileName: 'THIRD-PARTY-NOTICES.txt', source });
    },
  };
}

/** The folder of the package that a module belongs to; none for our own. */
function packageFolder(module: string): string[] {
  const name = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(module)?.[0];
  return name === undefined ? [] : [name];
}

function notice(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const file = ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'license', 'license.md']
    .map((one) => join(folder, one))
    .find((path) => existsSync(path));
  const text = file === undefined ? '' : `\n${readFileSync(file, 'utf8').trim()}\n`;
  return `${name} ${version}, ${license}\n${text}`;
}

export default defineConfig({
  input: {
    main: 'src/main.ts',
    'engine-worker': 'src/engine-worker.ts',
    'capture-worker': 'src/capture-worker.ts',
    'hep-receiver': 'src/hep-receiver.ts',
  },
  // Optional, and a binary of its own: it is looked for when it is to be used.
  external: ['koffi'],
  platform: 'node',
  tsconfig: 'tsconfig.build.json',
  plugins: [notices()],
  logLevel: 'warn',
  output: { dir: 'dist', format: 'esm', chunkFileNames: 'part-[name].js', sourcemap: true },
});
