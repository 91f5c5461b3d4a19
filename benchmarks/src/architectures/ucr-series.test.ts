import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

import { ucrSeries } from './ucr-series.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-ucr-series-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A file of series whose classes take turns. */
const series = (count: number, length = 6): string =>
  `@problemName waves\n@classLabel true 0 1\n@data\n${Array.from(
    { length: count },
    (_, i) => `${Array.from({ length }, (__, t) => i + t).join(',')}:${i % 2}`,
  ).join('\n')}\n`;

async function write(home: string, train: string, tested: string): Promise<void> {
  await mkdir(join(folder, home), { recursive: true });
  await writeFile(join(folder, home, 'Waves_TRAIN.ts'), train);
  await writeFile(join(folder, home, 'Waves_TEST.ts'), tested);
}

test('a quarter of each class validates, wherever of two places the problem lies', async () => {
  await write('Waves', series(16), series(6));
  const { train, validation, test: tested, digest } = await ucrSeries('Waves', folder);
  expect([train, validation, tested].map(({ length }) => length)).toEqual([12, 4, 6]);
  expect(Array.from(validation.labels!)).toEqual([0, 1, 0, 1]);
  expect(train.inputShape).toEqual([1, 6]);
  await write('ucr/Waves', series(16), series(6));
  await rm(join(folder, 'Waves'), { recursive: true });
  expect((await ucrSeries('Waves', folder)).digest).toBe(digest);
  await write('ucr/Waves', series(18), series(6));
  expect((await ucrSeries('Waves', folder)).digest).not.toBe(digest);
});

test('where it is absent, the error says what was expected and how to get it', async () => {
  await expect(ucrSeries('Waves', folder)).rejects.toMatchObject({
    name: 'DatasetAbsentError',
    message: expect.stringMatching(/Waves_TRAIN\.ts.*pip download aeon.*--data/) as unknown,
  });
});

test('series of several lengths are refused', async () => {
  await write('Waves', series(8), series(6, 7));
  await expect(ucrSeries('Waves', folder)).rejects.toThrow(
    'Waves: training series are [1, 6], test series [1, 7]',
  );
  await write('Waves', `${series(2)}1,2,3:0\n`, series(6));
  await expect(ucrSeries('Waves', folder)).rejects.toThrow(
    'Waves: expected series of one length, got [1, 6] and [1, 3]',
  );
});
