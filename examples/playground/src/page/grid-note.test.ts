import { featureMapGrid, filterGrid } from '@convnet/explain';
import { expect, test } from 'vitest';

import { takeNote } from './grid-note.ts';

const zeros = (...shape: number[]): { data: Float32Array; shape: number[] } => ({
  data: new Float32Array(shape.reduce((size, extent) => size * extent, 1)),
  shape,
});

test('the line of a grid is taken out of its picture', async () => {
  const filters = await filterGrid(zeros(6, 1, 5, 5), { most: 4 });
  expect(takeNote(filters).note).toBe('4 of 6 filters, 1 of 1 channels');
  const maps = await featureMapGrid(zeros(1, 3, 40));
  const { picture, note } = takeNote(maps);
  expect(note).toBe('3 of 3 channels');
  expect(picture).not.toContain('<text');
  expect(picture.trimEnd()).toMatch(/^<svg [^]*<\/svg>$/);
});

test('a picture without one stays as it is', () => {
  const svg = '<svg width="3"><text x="1">0</text><rect/></svg>';
  expect(takeNote(svg)).toEqual({ picture: svg, note: '' });
});
