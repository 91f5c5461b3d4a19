import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

import { boundsOf } from './bounds.ts';
import { pointwiseRows } from './pointwise-table.ts';

test('the table has every row that stands beside a function', () => {
  const source = globSync('*.ts', { cwd: import.meta.dirname })
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
    .join('\n');
  const written = Array.from(
    source.matchAll(/const (\w+)Row: PointwiseRow =/g),
    ([, name]) => name!,
  );
  expect(written.length).toBeGreaterThan(70);
  expect(Object.keys(pointwiseRows).sort()).toEqual(written.sort());
});

test('a row that says its bounds is an activation that joins others', () => {
  const bounded = Object.values(pointwiseRows).filter(({ bounds }) => bounds !== undefined);
  expect(bounded.map(({ name }) => name).sort()).toEqual(['hardtanh', 'relu']);
  for (const { name, bounds, exampleScalars = [] } of bounded) {
    expect(boundsOf({ name, scalars: exampleScalars })).toEqual(bounds!(exampleScalars));
  }
  expect(boundsOf({ name: 'tanh', scalars: [] })).toBeNull();
});
