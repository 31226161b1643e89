import { slotOf } from './rows.ts';
import type { CallStore } from './store.ts';

/** A message that an attempt remembers; see `RecordTable`. */
interface Recalled {
  readonly record: number;
  readonly method: number;
  readonly status: number;
  /** Endpoints between which it travelled. */
  readonly source: number;
  readonly target: number;
}

/** What an attempt remembers of its messages, in order of arrival. */
export function recall({ attempts, records, endpoints }: CallStore, a: number): Recalled[] {
  const head = attempts.records[a] as number;
  return records.list(head, attempts.recordCount[slotOf(a)] as number).map((record) => {
    const { method, status, route, reversed } = records.read(record);
    const [low, high] = endpoints.routes.endsOf(route);
    const [source, target] = reversed ? [high, low] : [low, high];
    return { record, method, status, source, target };
  });
}
