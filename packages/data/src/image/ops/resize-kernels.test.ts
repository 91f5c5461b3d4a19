import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { blank, type Image } from '../image.ts';
import { resizeBinary } from './resize-binary.ts';
import { planesBy, resizeBy, resizeKernels } from './resize-kernels.ts';
import { resizeByLoops } from './resize.ts';
import { cachedWeights } from './resize-weights.ts';

const noise = (width: number, height: number): Image => {
  let state = width * 31 + height;
  return {
    width,
    height,
    data: Uint8Array.from({ length: width * height * 3 }, () => {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      return state >>> 24;
    }),
  };
};

describe('the resize kernels', () => {
  it('run here', () => {
    expect(resizeKernels()).not.toBeNull();
  });

  it('are built from the source that is here', () => {
    const source = readFileSync(new URL('../../../rust/src/lib.rs', import.meta.url));
    expect(createHash('sha256').update(source).digest('hex')).toBe(resizeBinary.source);
  });

  it('make the planes that the arithmetic makes, of every byte and length', () => {
    const [mean, std] = [Float32Array.of(0.485, 0, 0.406), Float32Array.of(0.229, 1, 0.225)];
    for (const size of [1, 2, 15, 16, 17, 300, 1031]) {
      const data = Uint8Array.from({ length: 3 * size }, (_, i) => (i * 7 + (i >> 3)) % 256);
      const found = new Float32Array(3 * size);
      planesBy(resizeKernels()!, data, mean, std, found);
      const wanted = Float32Array.from({ length: 3 * size }, (_, i) => {
        const [colour, pixel] = [Math.floor(i / size), i % size];
        const share = Math.fround(data[3 * pixel + colour]! / 255);
        return Math.fround(share - mean[colour]!) / std[colour]!;
      });
      expect(found).toEqual(wanted);
    }
  });

  it('do what the loops do, for every kind of size', () => {
    const sizes = [1, 2, 3, 5, 16, 17, 31, 64, 97];
    for (const [i, from] of sizes.entries()) {
      for (const [j, to] of sizes.entries()) {
        const image = noise(from + 4, sizes[(i + j) % sizes.length]! + 3);
        const box = { top: 1, left: 2, height: image.height - 2, width: from };
        const height = sizes[(i * 3 + j) % sizes.length]!;
        for (const kind of ['bilinear', 'bicubic'] as const) {
          const across = cachedWeights(from, to, kind);
          const down = cachedWeights(box.height, height, kind);
          const found = blank(to, height);
          resizeBy(resizeKernels()!, image, box, across, down, found.data);
          expect(found).toEqual(resizeByLoops(image, box, across, down));
        }
      }
    }
  });
});
