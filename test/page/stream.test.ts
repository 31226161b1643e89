import { describe, expect, test } from 'vitest';
import { parse, tell } from '../../src/page/stream.ts';

/** What an event tells, in the order in which it is told. */
function told(block: string): readonly (readonly [string, unknown])[] {
  const all: (readonly [string, unknown])[] = [];
  tell(parse(block), {
    call: (row) => all.push(['call', row]),
    missed: (calls) => all.push(['missed', calls]),
    seen: (id) => all.push(['seen', id]),
  });
  return all;
}

describe('an event of the stream', () => {
  const cases: readonly (readonly [string, string, ReturnType<typeof told>])[] = [
    [
      'call',
      'id: e-5\nevent: call\ndata: {"id":"1"}',
      [
        ['call', { id: '1' }],
        ['seen', 'e-5'],
      ],
    ],
    ['gap', 'event: gap\ndata: {"calls":null}', [['missed', null]]],
    [
      'gap with a place',
      'id: e-7\nevent: gap\ndata: {"calls":2}',
      [
        ['missed', 2],
        ['seen', 'e-7'],
      ],
    ],
    ['skipped', 'event: skipped\ndata: {"calls":3}', [['missed', 3]]],
    ['the first one, with a place', 'retry: 2000\nid: e-4', [['seen', 'e-4']]],
    ['a heartbeat with a place', ':\nid: e-6', [['seen', 'e-6']]],
    ['a heartbeat', ':', []],
    ['a place without a space', 'id:e-6', [['seen', 'e-6']]],
    ['a name without data', 'id: e-6\nevent: call', [['seen', 'e-6']]],
    ['one that is not known', 'event: other\ndata: x', []],
    ['nothing', '', []],
  ];
  test.each(cases)('%s', (_, block, expected) => {
    expect(told(block)).toEqual(expected);
  });
});
