import { defineConfig } from 'vitest/config';

/** `unit` needs nothing but Node and the built `dist/`; `e2e` needs the peers that `.ci/setup` installs. */
export default defineConfig({
  test: {
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts'],
      reporter: ['text-summary', 'html'],
    },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          // For what hangs: the longest takes ten seconds, and four times that where other work has the cores.
          testTimeout: 180_000,
          // By default one core is left free: half the machine, where there are two.
          maxWorkers: '100%',
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
          // Each file has a network namespace of its own; its calls mostly wait for timers.
          maxWorkers: 2,
        },
      },
    ],
  },
});
