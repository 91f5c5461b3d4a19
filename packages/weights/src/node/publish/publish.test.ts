import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ArgumentError, DeviceError, meta } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { openWeights, SourceError } from '../../index.ts';
import { publish, type PublishOptions } from '../index.ts';
import { PlainModel } from '../../testing/plain-model.ts';

const device = reference();
const shapes = { 'a.weight': [2, 3], 'a.bias': [2] };
const options: PublishOptions = {
  name: '@me/weights',
  licence: 'CC-BY-4.0',
  builder: { package: '@me/networks', name: 'small', options: { width: 2, stem: 'cifar' } },
  inputShape: [1, 3],
};
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-publish-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Opens weights in a program of its own, whose working folder is `cwd`, and tells their names or the error. */
function openedIn(cwd: string, location: string): string {
  const entry = JSON.stringify(new URL('../../index.ts', import.meta.url).href);
  const program = `
    const { openWeights } = await import(${entry});
    const told = await openWeights(${JSON.stringify(location)}).then(
      ({ tensors }) => [...tensors.keys()].join(),
      (error) => error.name + ': ' + error.message,
    );
    console.log(told);`;
  const args = ['--input-type=module', '-e', program];
  return spawnSync(process.execPath, args, { cwd, encoding: 'utf8' }).stdout.trim();
}

test('types, licence and card say what was given, and nothing that was not', async () => {
  const path = join(folder, 'plain');
  await publish(path, new PlainModel(shapes, device), options);
  const text = (name: string): Promise<string> => readFile(join(path, name), 'utf8');
  expect(await text('index.d.ts')).toContain('{\n  "width": 2;\n  "stem": "cifar";\n}');
  expect(await text('LICENSE')).toContain('SPDX-License-Identifier: CC-BY-4.0');
  expect(await text('README.md')).not.toContain('Measured');
  expect(JSON.parse(await text('package.json'))).toMatchObject({
    name: '@me/weights',
    version: '1.0.0',
    convnet: { weights: 'model.safetensors' },
    peerDependencies: { '@me/networks': '*', '@convnet/weights': '*' },
  });
  const file = await openWeights(join(path, 'model.safetensors'));
  expect([...file.tensors.keys()].sort()).toEqual(Object.keys(shapes).sort());
  await file.close();
});

test('an installed package is found by its name from folders below, and only one of weights', async () => {
  const installed = join(folder, 'node_modules/@me/weights');
  await publish(installed, new PlainModel(shapes, device), options);
  const below = join(folder, 'src/deep');
  await mkdir(below, { recursive: true });
  expect(openedIn(below, 'npm:@me/weights')).toBe('a.bias,a.weight');
  // A mark of the encoding in front, which npm and Node take, is none of its text.
  const manifest = join(installed, 'package.json');
  await writeFile(manifest, `\ufeff${await readFile(manifest, 'utf8')}`);
  expect(openedIn(below, 'npm:@me/weights')).toBe('a.bias,a.weight');
  await publish(installed, new PlainModel(shapes, device), options);
  expect(openedIn(below, 'npm:@me/none')).toMatch(/^SourceError: npm:@me\/none: no such package/);
  const other = join(folder, 'node_modules/other');
  await mkdir(other);
  await writeFile(join(other, 'package.json'), '{}');
  expect(openedIn(below, 'npm:other')).toContain('names no weights of convnet');
  await writeFile(join(other, 'package.json'), '{ "convnet": { "weights": "../x" } }');
  expect(openedIn(below, 'npm:other')).toMatch(/^SourceError/);
  await expect(openWeights('npm:../x')).rejects.toThrow(SourceError);
});

test('a folder of something else, and weights without values, are refused', async () => {
  const model = new PlainModel(shapes, device);
  const other = join(folder, 'taken');
  await mkdir(other);
  await writeFile(join(other, 'notes.txt'), 'mine');
  await expect(publish(other, model, options)).rejects.toThrow('in which there is notes.txt');
  await expect(publish(join(folder, 'm'), new PlainModel(shapes, meta), options)).rejects.toThrow(
    DeviceError,
  );
  const { name, ...nameless } = options;
  await expect(publish(join(folder, name), model, nameless as PublishOptions)).rejects.toThrow(
    'publish: expected name, got none',
  );
  const wrong = { ...options, builder: { ...options.builder, name: 'a; b' } };
  await expect(publish(join(folder, 'w'), model, wrong)).rejects.toThrow(ArgumentError);
});
