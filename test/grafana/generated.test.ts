/** `npm run generate` writes these files; here they are held to be what the tables say. */
import { expect, test } from 'vitest';
import { OUTPUTS } from '../../grafana/src/generate.ts';

test.each(OUTPUTS)('$path is current', async ({ path, text }) => {
  await expect(text()).toMatchFileSnapshot(`../../${path}`);
});

test('no two outputs are one file', () => {
  expect(new Set(OUTPUTS.map(({ path }) => path)).size).toBe(OUTPUTS.length);
});
