import { tensor, ArgumentError, ShapeError } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';

import { toPng } from '../png/to-png.ts';
import { sequential } from './colours.ts';
import { featureMapGrid, filterGrid } from './map-grid.ts';
import { relevancePicture } from './relevance.ts';
import { sampleGrid } from './sample-grid.ts';
import { trainingCurves, type EpochNumbers } from './training-curves.ts';

const device = reference();
const ramp = (shape: readonly number[]): { data: Float32Array; shape: readonly number[] } => {
  const size = shape.reduce((product, extent) => product * extent, 1);
  return { data: Float32Array.from({ length: size }, (_, i) => i / size), shape };
};

/** The bytes of the pictures within a picture, decoded. */
async function picturesIn(svg: string): Promise<{ width: number; height: number; data: Buffer }[]> {
  const found = [...svg.matchAll(/href="data:image\/png;base64,([^"]+)"/g)];
  return Promise.all(
    found.map(async ([, base64]) => {
      const { data, info } = await sharp(Buffer.from(base64!, 'base64'))
        .ensureAlpha()
        .raw()
        .toBuffer({ resolveWithObject: true });
      return { width: info.width, height: info.height, data };
    }),
  );
}

const epochs: EpochNumbers[] = [1, 2, 3].map((epoch) => ({
  epoch,
  loss: 1 / epoch,
  test: { loss: 2 / epoch, accuracy: epoch / 4, metrics: { f1: epoch / 5 } },
}));

describe('relevance', () => {
  test('an image keeps its numbers, the map takes the colours of viridis', async () => {
    const image = { data: Float32Array.of(0, 0.5, 1, 0.25), shape: [1, 1, 2, 2] };
    const map = { data: Float32Array.of(0, 1, 2, 4), shape: [1, 2, 2] };
    const [plain, , heat, legend] = await picturesIn(await relevancePicture(image, map));
    expect(Array.from(plain!.data).filter((_, i) => i % 4 === 0)).toEqual([0, 128, 255, 64]);
    const colours = [0, 0.25, 0.5, 1].map((t) => sequential('viridis', t).slice(0, 3));
    const found = [0, 1, 2, 3].map((i) => [...heat!.data.subarray(i * 4, i * 4 + 3)]);
    expect(found).toEqual(colours);
    expect(legend!.width).toBe(64);
  });

  test('the normalisation is undone', async () => {
    const image = { data: Float32Array.of(-1, 1, 0, 0.5), shape: [1, 1, 2, 2] };
    const options = { mean: [0.5], std: [0.5] };
    const [plain] = await picturesIn(await sampleGrid(image, options));
    expect(Array.from(plain!.data).filter((_, i) => i % 4 === 0)).toEqual([0, 255, 128, 191]);
  });

  test('signals: a ground as opaque as what lies before it matters, channels added up', async () => {
    const map = tensor([0, 2, -1, 0, 2, -1], [1, 2, 3], { device });
    const svg = await relevancePicture(tensor([1, 2, 3, 3, 2, 1], [1, 2, 3], { device }), map);
    const [ground] = await picturesIn(svg);
    expect(Array.from(ground!.data).filter((_, i) => i % 4 === 3)).toEqual([0, 205, 103]);
    expect(ground!.data[4]!).toBeGreaterThan(ground!.data[6]!);
    expect(ground!.data[8]!).toBeLessThan(ground!.data[10]!);
    expect(svg).toContain('against');
  });

  test('numbers that do not fit each other', async () => {
    await expect(relevancePicture(ramp([2, 1, 4, 4]), ramp([2, 4, 5]))).rejects.toThrow(
      'relevancePicture: expected a map [2, 4, 4] of the input [2, 1, 4, 4], got [2, 4, 5]',
    );
    await expect(relevancePicture(ramp([4, 4]), ramp([4]))).rejects.toThrow(ShapeError);
    await expect(relevancePicture(ramp([1, 1, 4]), ramp([1, 4]), { captions: [] })).rejects.toThrow(
      'a caption for each of 1 samples, got 0',
    );
    await expect(relevancePicture({ data: [1], shape: [1, 1, 4] }, ramp([1, 4]))).rejects.toThrow(
      'that fit each other',
    );
    await expect(
      relevancePicture(ramp([1, 1, 4]), ramp([1, 4]), { colours: 'jet' as never }),
    ).rejects.toThrow("expected colours as one of 'viridis', 'cividis'");
  });
});

describe('samples', () => {
  test('right and wrong predictions, with all texts escaped', async () => {
    const svg = await sampleGrid(ramp([3, 1, 4, 4]), {
      title: '<script>&"',
      labels: [0, 1, 1],
      predicted: Int32Array.of(0, 1, 0),
      probabilities: [0.994, 0.5, 0.25],
      classes: ['a<b', 'c&d'],
    });
    expect(svg).not.toContain('<script>');
    expect(svg).toContain('&lt;script&gt;&amp;&quot;');
    expect(svg).toContain('>a&lt;b 99 %<');
    expect(svg).toContain('>is c&amp;d<');
    expect(svg.match(/>is /g)).toHaveLength(1);
    expect(await sharp(await toPng(svg)).metadata()).toMatchObject({ format: 'png' });
  });

  test('lists that do not fit', async () => {
    const samples = ramp([2, 1, 4]);
    await expect(sampleGrid(samples, { labels: [1] })).rejects.toThrow(
      'sampleGrid: expected labels for each of 2 samples, got 1',
    );
    await expect(sampleGrid(samples, { labels: [0, 2], classes: ['a', 'b'] })).rejects.toThrow(
      'sample 1 is of class 2, but classes names 0 to 1',
    );
    await expect(sampleGrid(samples, { column: 2 } as never)).rejects.toThrow(
      "did you mean 'columns'?",
    );
    await expect(sampleGrid(samples, { columns: 0 })).rejects.toThrow(ArgumentError);
  });
});

describe('long signals', () => {
  test('are drawn by the least and greatest of each column, and keep spikes and gaps', async () => {
    const data = Float32Array.from({ length: 50_000 }, (_, i) => Math.sin(i / 40));
    [data[20_001], data[30_001]] = [9, NaN];
    const svg = await sampleGrid({ data, shape: [1, 1, 50_000] });
    const [, path] = / d="(M[^"]*)"/.exec(svg)!;
    const points = path!.split(/[ML]/).slice(1);
    expect(points.length).toBeGreaterThan(400);
    expect(points.length).toBeLessThan(800);
    expect(path!.match(/M/g)).toHaveLength(2);
    // The spike is the highest point, and alone there.
    const heights = points.map((point) => Number(point.split(' ')[1]));
    const top = Math.min(...heights);
    expect(heights.filter((y) => y === top)).toHaveLength(1);
    const xs = points.map((point) => Number(point.split(' ')[0]));
    expect(xs).toEqual(xs.toSorted((a, b) => a - b));
  });
});

describe('filters and feature maps', () => {
  test('a picture for each channel of a filter; of three channels one in colours', async () => {
    expect(await picturesIn(await filterGrid(ramp([4, 2, 3, 3])))).toHaveLength(8);
    expect(await picturesIn(await filterGrid(ramp([4, 3, 3, 3])))).toHaveLength(4);
    expect(await filterGrid(ramp([4, 2, 5]))).toContain('<path');
    const large = await filterGrid(ramp([5, 20, 1, 2]), { most: 3 });
    expect(await picturesIn(large)).toHaveLength(3 * 16);
    expect(large).toContain('3 of 5 filters, 16 of 20 channels');
    await expect(filterGrid(ramp([4, 2]))).rejects.toThrow(ShapeError);
  });

  test('the channels of one sample, at most so many', async () => {
    const svg = await featureMapGrid(ramp([2, 6, 3, 3]), { sample: 1, most: 4 });
    expect(await picturesIn(svg)).toHaveLength(4);
    expect(svg).toContain('4 of 6 channels');
    await expect(featureMapGrid(ramp([2, 6, 3]), { sample: 2 })).rejects.toThrow(
      'featureMapGrid: expected sample from 0 to 1, got 2',
    );
  });
});

describe('curves', () => {
  test('the same from reports and from JSON lines, the last of which is broken', () => {
    const text = ['start', 'step', 'epoch'].flatMap((event) =>
      epochs.map((epoch) => JSON.stringify({ event, ...epoch })),
    );
    expect(trainingCurves([...text, '{"event":"ep'].join('\n'))).toBe(trainingCurves(epochs));
    expect(trainingCurves(`\ufeff${text.join('\r\n')}`)).toBe(trainingCurves(epochs));
    expect(() => trainingCurves(['{', ...text].join('\n'))).toThrow('line 1 is no JSON');
  });

  test('a panel for losses, accuracy and each metric, with the best', () => {
    const svg = trainingCurves(epochs);
    for (const name of ['loss', 'accuracy', 'f1']) expect(svg).toContain(`>${name}<`);
    expect(svg).toContain('best: 0.6667 in epoch 3');
    expect(svg).toContain('best: 0.7500 in epoch 3');
  });

  test('gaps where numbers are not finite; one epoch; equal numbers; none', () => {
    const broken = [1, null, NaN, 2, 2].map((loss, i) => ({ epoch: i + 1, loss }));
    for (const history of [broken, [{ epoch: 1, loss: 2 }], [{ epoch: 1, loss: NaN }]]) {
      for (const logLoss of [false, true]) {
        expect(trainingCurves(history, { logLoss })).not.toMatch(/NaN|Infinity|undefined/);
      }
    }
    expect(trainingCurves(broken).match(/ d="M[^"]*M[^"]*L/)).not.toBeNull();
    expect(() => trainingCurves([])).toThrow('at least one epoch, got none');
    expect(() => trainingCurves('')).toThrow(ArgumentError);
  });
});

describe('themes and PNG', () => {
  const groundOf = async (theme: 'auto' | 'light' | 'dark'): Promise<number[]> => {
    const png = await toPng(trainingCurves(epochs, { theme }), { scale: 1 });
    const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
    expect(trainingCurves(epochs, { theme })).toContain(
      `width="${info.width}" height="${info.height}"`,
    );
    return [...data.subarray(0, 3)];
  };

  test('light, dark, and auto, which is light in a PNG', async () => {
    expect(await groundOf('light')).toEqual([255, 255, 255]);
    expect(await groundOf('auto')).toEqual([255, 255, 255]);
    expect(await groundOf('dark')).toEqual([20, 23, 28]);
    expect(trainingCurves(epochs)).toContain('prefers-color-scheme:dark');
    expect(() => trainingCurves(epochs, { theme: 'night' as never })).toThrow(
      "'dark', got 'night'",
    );
  });

  test('twice the size by default; what is no SVG', async () => {
    const svg = trainingCurves(epochs);
    const [once, twice] = await Promise.all([toPng(svg, { scale: 1 }), toPng(svg)]);
    const widths = await Promise.all([once, twice].map((png) => sharp(png).metadata()));
    expect(widths[1]!.width).toBe(2 * widths[0]!.width);
    await expect(toPng('hello')).rejects.toThrow("expected the text of an SVG, got 'hello'");
    await expect(toPng(sampleGrid(ramp([1, 1, 4])) as never)).rejects.toThrow(
      'a promise; await it',
    );
    await expect(toPng(svg, { scale: 0 })).rejects.toThrow('scale as a number above 0');
  });
});
