import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';

import { livesOn } from './live-progress.ts';

beforeEach(() => {
  vi.stubEnv('CI', undefined);
  vi.stubEnv('TERM', 'xterm');
});
afterEach(() => vi.unstubAllEnvs());

const stream = (facts: { readonly isTTY?: true; readonly columns?: number }) =>
  Object.assign(new PassThrough(), facts);

test('lines are redrawn on terminals that know their size, and nowhere else', () => {
  expect(livesOn(stream({ isTTY: true, columns: 80 }))).toBe(true);
  expect(livesOn(stream({ isTTY: true, columns: 0 }))).toBe(false);
  expect(livesOn(stream({}))).toBe(false);
  vi.stubEnv('TERM', 'dumb');
  expect(livesOn(stream({ isTTY: true, columns: 80 }))).toBe(false);
});
