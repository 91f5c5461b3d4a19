import { expect, test } from 'vitest';

import { recipeFor } from '../architectures/recipe.ts';
import { recipeLines } from './recipe-lines.ts';

test('a recipe is told in words, each set on a line of its own', () => {
  const lines = recipeLines({ ...recipeFor() });
  expect(lines).toContain('weight decay: 0.01');
  expect(lines).toContain('rates: 0.0003, 0.001, 0.003, 0.01');
  expect(lines).toContainEqual(
    'quickdraw100: dims 2; epochs 10; augmentation moved by up to 2 of 32 pixels; stem cifar',
  );
  expect(lines.filter((line) => /[[\]{}"]/.test(line))).toEqual([]);
});
