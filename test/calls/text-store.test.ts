import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHUNK, CHUNKS_MAX, TEXT, TEXT_ITEM_MAX, TextStore } from '../../src/calls/text-store.ts';
import { loadSlab } from '../../src/lib/slab.ts';

const CHAIN_BYTES = CHUNKS_MAX * CHUNK;

interface Item {
  readonly kind: number;
  readonly text: string;
  readonly branch: number;
  readonly meta: number;
  readonly at: number;
}

/** Lengths around the edges of the chunks, and over the bound of an item. */
const text = fc
  .oneof(
    fc.integer({ min: 0, max: 10 }),
    fc.integer({ min: 30, max: 70 }),
    fc.integer({ min: 100, max: 300 }),
  )
  .chain((length) =>
    fc.string({
      minLength: length,
      maxLength: length,
      unit: fc.constantFrom('a', 'b', ';', '\xff', '\0'),
    }),
  );
const none = { branch: fc.constant(0), meta: fc.constant(0), at: fc.constant(0) };
/** A Reason and a phrase are UTF-8, so theirs is ASCII here. */
const ascii = text.map((bytes) => bytes.replaceAll('\xff', '.'));
const item: fc.Arbitrary<Item> = fc.oneof(
  fc.record({
    ...none,
    kind: fc.constantFrom(TEXT.CALL_ID, TEXT.FROM_TAG, TEXT.CALLER, TEXT.CALLEE),
    text,
  }),
  fc.record({
    ...none,
    kind: fc.constant(TEXT.PHRASE),
    text: ascii,
    meta: fc.integer({ min: 0, max: 699 }),
  }),
  fc.record({
    kind: fc.constant(TEXT.REASON),
    text: ascii,
    branch: fc.integer({ min: -1, max: 32 }),
    meta: fc.integer(),
    at: fc.integer(),
  }),
);

const header = (kind: number): number => (kind === TEXT.REASON ? 12 : kind === TEXT.PHRASE ? 4 : 2);
const size = ({ kind, text }: Item): number => header(kind) + Math.min(text.length, TEXT_ITEM_MAX);
const cut = (item: Item): Item => ({ ...item, text: item.text.slice(0, TEXT_ITEM_MAX) });

function append(store: TextStore, head: number, item: Item): boolean {
  const end = loadSlab(Buffer.from(item.text, 'latin1'));
  return store.append(head, item.kind, 0, end, item.branch, item.meta, item.at);
}

function equals(store: TextStore, head: number, text: string): boolean {
  return store.equals(head, 0, loadSlab(Buffer.from(text, 'latin1')));
}

function itemsOf(store: TextStore, head: number): Item[] {
  return Array.from({ length: store.load(head) }, (_, i) => {
    const kind = store.kindOf(i);
    const isReason = kind === TEXT.REASON;
    const status = kind === TEXT.PHRASE ? store.statusOf(i) : 0;
    return {
      kind,
      text: store.textOf(i),
      branch: isReason ? store.branchOf(i) : 0,
      meta: isReason ? store.metaOf(i) : status,
      at: isReason ? store.timeOf(i) : 0,
    };
  });
}

describe('TextStore', () => {
  test('keeps the items of interleaved chains, whole or not at all', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 2 }), item), { maxLength: 40 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 3, max: 40 }), (list, capacity) => {
        const store = new TextStore(capacity);
        const heads = [store.open(), store.open(), store.open()];
        const kept: Item[][] = [[], [], []];
        for (const [chain, next] of list) {
          const items = kept[chain] ?? [];
          const before = store.pool.used;
          const taken = append(store, heads[chain] ?? 0, next);
          if (taken) items.push(cut(next));
          else {
            expect(store.pool.used).toBe(before);
            const bytes = items.reduce((sum, i) => sum + size(i), 0) + size(next);
            const free = (capacity - before) * CHUNK;
            expect(bytes > CHAIN_BYTES || size(next) > free).toBe(true);
          }
          expect(heads.map((head) => itemsOf(store, head))).toEqual(kept);
        }
        for (const head of heads) store.pool.release(head);
        expect(store.pool.used).toBe(0);
      }),
      { numRuns: 200 },
    );
  });

  test('compares the Call-ID with bytes, however many chunks it takes', () => {
    fc.assert(
      fc.property(text, text, fc.nat(), (own, other, where) => {
        const store = new TextStore(100);
        const head = store.open();
        const item = { kind: TEXT.CALL_ID, text: own, branch: 0, meta: 0, at: 0 };
        append(store, head, item);
        append(store, head, { ...item, kind: TEXT.FROM_TAG, text: 'behind' });
        expect(equals(store, head, own)).toBe(true);
        expect(equals(store, head, other)).toBe(cut(item).text === other.slice(0, TEXT_ITEM_MAX));
        const kept = cut(item).text;
        if (kept.length === 0) return;
        const i = where % kept.length;
        const flipped = `${kept.slice(0, i)}${kept[i] === 'a' ? 'b' : 'a'}${kept.slice(i + 1)}`;
        expect(equals(store, head, flipped)).toBe(false);
        expect(equals(store, head, kept.slice(0, -1))).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  test('a chunk that is used again shows nothing of its last user', () => {
    const store = new TextStore(2);
    const first = store.open();
    append(store, first, { kind: TEXT.CALL_ID, text: 'secret', branch: 0, meta: 0, at: 0 });
    store.pool.release(first);
    expect(itemsOf(store, store.open())).toEqual([]);
  });

  test('knows the last item of each kind of the chain that is brought up', () => {
    const store = new TextStore(10);
    const [one, other] = [store.open(), store.open()];
    const put = (head: number, kind: number, text: string): void => {
      append(store, head, { kind, text, branch: 0, meta: 0, at: 0 });
    };
    put(one, TEXT.CALL_ID, 'a');
    put(one, TEXT.PHRASE, 'b');
    put(one, TEXT.PHRASE, 'c');
    put(other, TEXT.CALL_ID, 'd');
    store.load(one);
    expect([TEXT.CALL_ID, TEXT.PHRASE, TEXT.REASON].map((kind) => store.last(kind))).toEqual([
      0, 2, -1,
    ]);
    store.load(other);
    expect(store.last(TEXT.PHRASE)).toBe(-1);
  });

  test('texts whose places fall together stay apart', () => {
    const store = new TextStore(4);
    for (let i = 0; i < 20_000; i++) {
      const head = store.open();
      const text = `SIP;text="${i % 5000}"`;
      append(store, head, { kind: TEXT.REASON, text, branch: 0, meta: 0, at: 0 });
      store.load(head);
      if (store.textOf(0) !== text) expect.fail(`${store.textOf(0)} for ${text}`);
      store.pool.release(head);
    }
  });

  test('opens nothing when the pool is empty', () => {
    const store = new TextStore(1);
    expect([store.open(), store.open()]).toEqual([1, 0]);
  });

  test('reads Reason and phrase as UTF-8, the rest byte by byte', () => {
    const store = new TextStore(10);
    const head = store.open();
    const bytes = Buffer.from('gestört', 'utf8').toString('latin1');
    for (const kind of [TEXT.REASON, TEXT.PHRASE, TEXT.CALL_ID]) {
      append(store, head, { kind, text: bytes, branch: 0, meta: 0, at: 0 });
    }
    expect(itemsOf(store, head).map((i) => i.text)).toEqual(['gestört', 'gestört', bytes]);
  });
});
