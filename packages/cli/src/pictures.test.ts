import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { convnet } from './testing/command.ts';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-cli-'));
  for (const [name, background] of Object.entries({ blue: '#2040f0', red: '#f04020' })) {
    await mkdir(join(folder, 'photos', name), { recursive: true });
    for (let i = 0; i < 12; i++) {
      const image = { width: 32 + i, height: 40, channels: 3, background } as const;
      await sharp({ create: image })
        .png()
        .toFile(join(folder, 'photos', name, `${i}.png`));
    }
  }
  await writeFile(join(folder, 'photos/red/5.png'), 'no picture');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('pictures are learned from; a damaged one stops the run, or is left out and named', async () => {
  const device = ['--device', 'wasm', '--threads', '1'];
  const train = ['train', '--data', 'photos', '--epochs', '8', '--batch-size', '4', '--seed', '1'];
  const options = ['--option', 'width=8', '--size', '32', '--test-share', '0.25'];
  const stopped = await convnet(folder, [...train, ...options, ...device, '--out', 'runs/a']);
  expect(stopped.error).toMatch(/error: .*red\/5\.png/);
  expect(stopped.code).toBe(1);
  const skip = ['--on-error', 'skip', '--out', 'runs/b'];
  const { code, error } = await convnet(folder, [...train, ...options, ...device, ...skip]);
  expect(error).toContain('input [3, 32, 32]');
  expect(error).toMatch(/left out 1 sample that[\s\S]*red\/5\.png/);
  expect(code).toBe(0);
  const paths = ['photos/blue/3.png', 'photos/red/3.png'];
  const { out } = await convnet(folder, ['predict', 'runs/b', ...paths, '--json', ...device]);
  const rows = JSON.parse(out) as { classes: { name: string }[] }[];
  expect(rows.map(({ classes }) => classes[0]!.name)).toEqual(['blue', 'red']);
});
