import { readFile } from 'node:fs/promises';

import { expect, test } from 'vitest';

import { detectorSection } from './detector-costs.ts';
import { costCells, costRows, modelFamilies, ranksLine } from './model-costs.ts';

test('docs/models.md says which ranks each family is built for', async () => {
  const page = await readFile(new URL('../docs/models.md', import.meta.url), 'utf8');
  for (const [name, family] of await modelFamilies()) {
    expect(page, 'pnpm docs:models writes it anew').toContain(
      `## ${name}\n\n${ranksLine(family)}\n`,
    );
  }
});

test('docs/models.md has every builder in both ranks, with the costs that it has now', async () => {
  const page = await readFile(new URL('../docs/models.md', import.meta.url), 'utf8');
  const written = page
    .split('\n## detection\n')[0]!
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) =>
      line
        .split('|')
        .slice(1, 7)
        .map((cell) => cell.trim()),
    );
  const families = [...(await modelFamilies()).values()];
  expect(written, 'pnpm docs:models writes it anew').toEqual(
    families.flatMap((family) => costRows(family).map(costCells)),
  );
});

test('docs/models.md has every detector, with the costs that it has now', async () => {
  const page = await readFile(new URL('../docs/models.md', import.meta.url), 'utf8');
  expect(page, 'pnpm docs:models writes it anew').toContain(detectorSection());
});
