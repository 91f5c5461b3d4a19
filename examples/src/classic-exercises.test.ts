import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { alexnet } from '@convnet/alexnet';
import { densenet121 } from '@convnet/densenet';
import type { AnyModule } from '@convnet/layers';
import { assign, manualSeed, mul, scope, tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { vgg16 } from '@convnet/vgg';
import { imagenetClasses } from '@convnet/weights';
import { saveSafetensors } from '@convnet/weights/node';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';

const device = reference();
let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'convnet-exercises-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Runs an example as its reader does. */
function run(name: string, args: readonly string[], env: NodeJS.ProcessEnv): string {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(import.meta.dirname, `${name}.ts`), ...args],
    { encoding: 'utf8', env: { ...process.env, ...env } },
  );
  expect(stderr).not.toContain('Error');
  expect(status).toBe(0);
  return stdout;
}

/** Weights of a narrow network, as examples load them. */
async function standIn(name: string, model: AnyModule): Promise<string> {
  const path = join(folder, `${name}.safetensors`);
  await saveSafetensors(path, model.stateDict());
  return path;
}

/** A picture of spots in one colour on a noisy ground. */
async function draw(
  path: string,
  seed: number,
  colour: readonly number[],
  side = 96,
): Promise<void> {
  let state = seed + 1;
  const random = (): number => (state = (state * 48271) % 2147483647) / 2147483647;
  const pixels = Uint8Array.from({ length: side * side * 3 }, () => 60 * random());
  for (let spot = 0; spot < 12; spot++) {
    const [left, top] = [Math.floor(random() * (side - 16)), Math.floor(random() * (side - 16))];
    for (let i = 0; i < 256; i++) {
      const at = 3 * ((top + (i >> 4)) * side + left + (i & 15));
      pixels.set(colour, at);
    }
  }
  await sharp(pixels, { raw: { width: side, height: side, channels: 3 } }).toFile(path);
}

/** `<folder>/{train,val}/{ants,bees}/*.jpg`. */
async function antsAndBees(): Promise<string> {
  const root = join(folder, 'hymenoptera');
  for (const [part, count] of [
    ['train', 8],
    ['val', 4],
  ] as const) {
    for (const [name, colour] of [
      ['ants', [200, 30, 20]],
      ['bees', [20, 60, 230]],
    ] as const) {
      mkdirSync(join(root, part, name), { recursive: true });
      for (let i = 0; i < count; i++) {
        await draw(join(root, part, name, `${i}.jpg`), 31 * i + part.length + name.length, colour);
      }
    }
  }
  return root;
}

test('VGG names the five classes that its weights make likeliest', async () => {
  manualSeed(0);
  const model = vgg16({ width: 4, hidden: 16, device });
  const wanted = [1, 985, 207, 0, 999];
  const bias = new Float32Array(1000);
  for (const [i, label] of wanted.entries()) bias[label] = 20 - i;
  assign(model.stateDict().get('classifier.6.bias')!, tensor(bias, [1000], { device }));
  const photo = join(folder, 'photo.jpg');
  await draw(photo, 5, [200, 180, 90], 300);
  const said = run('photographs', [photo], { STAND_IN: await standIn('vgg', model) });
  const lines = said.trimEnd().split('\n');
  expect(lines[0]).toBe(photo);
  const names = lines.slice(1).map((line) => line.replace(/^ +[\d.]+ % /, ''));
  expect(names).toEqual(wanted.map((label) => imagenetClasses[label]));
  const shares = lines.slice(1).map((line) => parseFloat(line));
  expect(shares).toEqual(shares.toSorted((a, b) => b - a));
});

test('AlexNet learns ants and bees with another head, and keeps its best weights', async () => {
  manualSeed(0);
  const narrow = alexnet({ hidden: 32, device });
  // As weights that were trained, they keep the size of what flows through (He et al. 2015); fresh ones do not.
  for (const weight of narrow.parameters()) {
    if (weight.rank > 1) scope(() => assign(weight, mul(weight, Math.sqrt(6))));
  }
  const weights = await standIn('alexnet', narrow);
  const root = await antsAndBees();
  const said = run('ants-and-bees', [root], { STAND_IN: weights, EPOCHS: '6' });
  expect(Number(/accuracy ([\d.]+)/.exec(said)![1])).toBeGreaterThan(0.85);
  expect(readFileSync(join(root, 'ants-and-bees.safetensors')).length).toBeGreaterThan(1e6);
}, 300_000);

test('a linear head on the features of a frozen DenseNet tells ants from bees', async () => {
  manualSeed(0);
  const narrow = densenet121({ growthRate: 4, numInitFeatures: 8, device });
  const said = run('densenet-features', [await antsAndBees()], {
    STAND_IN: await standIn('densenet', narrow),
  });
  expect(Number(/accuracy ([\d.]+)/.exec(said)![1])).toBeGreaterThan(0.85);
}, 300_000);

test('LeNet learns CIFAR-10, and what was saved says the same in another process', async () => {
  const names = 'airplane automobile bird cat deer dog frog horse ship truck'.split(' ');
  const set = join(folder, 'cifar-10-batches-bin');
  mkdirSync(set);
  /** One colour for each class, with noise. */
  const record = (i: number): Uint8Array => {
    const label = i % 10;
    const colour = [(label & 1) * 150, (label >> 1) * 50, label * 25];
    const noise = (at: number): number => (at * 7919 + i * 104729) % 40;
    const pixels = Uint8Array.from({ length: 3072 }, (_, at) => colour[at >> 10]! + noise(at));
    return Uint8Array.of(label, ...pixels);
  };
  const file = (first: number, count: number): Uint8Array =>
    Uint8Array.from(Array.from({ length: count }, (_, i) => [...record(first + i)]).flat());
  for (let i = 0; i < 5; i++) writeFileSync(join(set, `data_batch_${i + 1}.bin`), file(i * 80, 80));
  writeFileSync(join(set, 'test_batch.bin'), file(1000, 50));
  writeFileSync(join(set, 'batches.meta.txt'), `${names.join('\n')}\n`);

  const results = join(folder, 'results');
  const said = run('cifar10', [results, '12'], { CIFAR10: set });
  const lines = said.trimEnd().split('\n');
  expect(lines.map((line) => line.split(/ +/)[0])).toEqual(names);
  const shares = lines.map((line) => Number(/([\d.]+) %/.exec(line)![1]));
  expect(shares.reduce((a, b) => a + b) / 10).toBeGreaterThan(80);
  const grid = readFileSync(join(results, 'predictions.svg'), 'utf8');
  expect(grid).toMatch(/^<svg/);
  expect(grid).toContain('truck');

  // A class that was learned whole, as a picture of its own.
  const learned = shares.indexOf(100);
  expect(learned).toBeGreaterThanOrEqual(0);
  const planes = record(1000 + learned).subarray(1);
  const pixels = Uint8Array.from(
    { length: 3072 },
    (_, i) => planes[(i % 3) * 1024 + Math.floor(i / 3)]!,
  );
  const picture = join(folder, 'picture.png');
  await sharp(pixels, { raw: { width: 32, height: 32, channels: 3 } }).toFile(picture);
  expect(run('cifar10-predict', [results, picture], {})).toBe(`${picture}: ${names[learned]}\n`);
}, 300_000);
