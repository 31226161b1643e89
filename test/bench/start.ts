import { spawnSync } from 'node:child_process';
import { median, type Row, row } from './measure.ts';
import { Sidecar } from './sidecar.ts';

const RUNS = 7;

/** Part `start`: from spawning the process to its being ready, beside an empty Node process. */
export async function startRows(): Promise<Row[]> {
  const ready: number[] = [];
  const cpu: number[] = [];
  const bare: number[] = [];
  let resident = 0;
  for (let i = 0; i < RUNS; i++) {
    const from = performance.now();
    spawnSync(process.execPath, ['-e', '0']);
    bare.push(performance.now() - from);
    const sidecar = await Sidecar.start();
    ready.push(sidecar.startMillis);
    cpu.push(sidecar.cpuMicros() / 1000);
    resident = sidecar.residentBytes();
    await sidecar.stop();
  }
  const empty = median(bare);
  return [
    row('start to ready', median(ready), 'ms', {
      reach: 300,
      note: `${median(cpu).toFixed(0)} ms CPU; node -e 0 takes ${empty.toFixed(0)} ms`,
    }),
    row('RSS when ready', resident / 1024 / 1024, 'MiB'),
  ];
}
