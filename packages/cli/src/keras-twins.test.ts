import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { mobilenet_v1 } from '@convnet/mobilenet';
import { resnet50, resnetKeras } from '@convnet/resnet';
import { noGrad, tensor, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { loadWeights, openWeights } from '@convnet/weights';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { kerasPictures, kerasTwin, loadKerasWeights } from './keras-twins.ts';
import { loadModel, readCard } from './run/model-folder.ts';
import { convnet } from './testing/command.ts';

let folder = '';

/** Variables of a network of Keras by their names, as its family's fixture has them. */
type Variables = readonly (readonly [name: string, shape: readonly number[]])[];

const variablesOf = async (family: string, network: string): Promise<Variables> => {
  const path = `../../models/${family}/fixtures/keras/${network}.json`;
  const text = await readFile(new URL(path, import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly variables: Variables }).variables;
};

/** A network of Keras whose layers are `narrower` times as narrow, as TensorFlow.js saves it. */
async function writeNetwork(name: string, variables: Variables, narrower: number): Promise<void> {
  const weights = variables.map(([variable, shape]) => ({
    name: variable,
    dtype: 'float32',
    // Colours, sides of kernels and classes are fewer than any layer's channels.
    shape: shape.map((extent) => (extent < 32 ? extent : extent / narrower)),
  }));
  const values = weights.flatMap(({ name: variable, shape }) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const isKernel = variable.endsWith('kernel');
    const spread = isKernel ? Math.sqrt(6 / (count / shape[shape.length - 1]!)) : 0.1;
    const middle = /(variance|gamma)$/.test(variable) ? 1 : 0;
    return Array.from({ length: count }, (_, i) => middle + spread * Math.sin(i * 1.7 + count));
  });
  const manifest = [{ paths: [`${name}.bin`], weights }];
  const model = { format: 'layers-model', modelTopology: {}, weightsManifest: manifest };
  await writeFile(join(folder, `${name}.json`), JSON.stringify(model));
  await writeFile(join(folder, `${name}.bin`), Float32Array.from(values));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-keras-'));
  for (const [kind, grey] of [
    ['dark', 40],
    ['light', 210],
  ] as const) {
    await mkdir(join(folder, 'pictures', kind), { recursive: true });
    for (let i = 0; i < 6; i++) {
      const background = { r: grey, g: grey + i, b: grey - i };
      await sharp({ create: { width: 32, height: 32, channels: 3, background } })
        .png()
        .toFile(join(folder, 'pictures', kind, `${i}.png`));
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test('finetune begins with weights of Keras, and its run is one as any other', async () => {
  await writeNetwork('mobile', await variablesOf('mobilenet', 'mobilenet_v1'), 4);
  const { code, out, error } = await convnet(
    folder,
    [
      'finetune',
      '--model',
      'mobilenet_v1',
      '--weights',
      'mobile.json',
      '--data',
      'pictures',
    ].concat(
      ['--option', 'widthMult=0.25', '--size', '32', '--learn', 'head', '--epochs', '1'],
      ['--out', 'runs/keras', '--device', 'wasm', '--threads', '1'],
    ),
  );
  expect(error).not.toContain('error:');
  expect(out).toMatch(/^runs\/keras: accuracy/);
  expect(code).toBe(0);
  const run = join(folder, 'runs/keras');
  const card = await readCard(run);
  expect(card.options).toMatchObject({ twin: 'keras', own: { widthMult: 0.25 } });
  expect(card.preprocessing).toEqual({
    kind: 'image',
    size: 32,
    mean: [0.5, 0.5, 0.5],
    std: [0.5, 0.5, 0.5],
  });
  // The backbone is what Keras had: that of a program that loads the file.
  const device = reference();
  const { map, options } = kerasTwin('mobilenet_v1');
  const wanted = mobilenet_v1({ ...options, widthMult: 0.25, numClasses: 2, device });
  await loadWeights(wanted, join(folder, 'mobile.json'), { map, head: false });
  const found = (await loadModel(run, card, device)).stateDict();
  for (const [name, value] of wanted.stateDict()) {
    if (name.startsWith('classifier.')) continue;
    const values = await (found.get(name) as Tensor).data();
    expect([name, values]).toEqual([name, await (value as Tensor).data()]);
  }

  const predicted = await convnet(folder, ['predict', 'runs/keras', 'pictures/dark/0.png']);
  expect(predicted.out).toMatch(/dark|light/);
  const packed = await convnet(folder, [
    'publish',
    'runs/keras',
    '--name',
    'a',
    '--licence',
    'MIT',
  ]);
  expect(packed.error).toContain('its network was built as that of Keras');
  expect(packed.code).toBe(1);
  const again = await convnet(
    folder,
    ['finetune', '--from', 'runs/keras', '--data', 'pictures', '--epochs', '1'].concat([
      '--out',
      'runs/again',
      '--device',
      'wasm',
      '--threads',
      '1',
    ]),
  );
  expect(again.code).toBe(0);
  expect((await readCard(join(folder, 'runs/again'))).options.twin).toBe('keras');
});

test('a network that saw blue first sees red first, and gives what it gave', async () => {
  await writeNetwork('res', await variablesOf('resnet', 'resnet50'), 8);
  const path = join(folder, 'res.json');
  const device = reference();
  const sizes = { ...resnetKeras.options, width: 8, numClasses: 7, device };
  const own = resnet50(sizes).eval();
  await loadKerasWeights(own, 'resnet50', path);
  const twin = resnet50(sizes).eval();
  await loadWeights(twin, path, { map: resnetKeras.map, head: false });
  // Both heads are drawn anew.
  await twin.getModule('fc').loadStateDict(own.getModule('fc').stateDict());

  const bytes = Float32Array.from({ length: 3 * 32 * 32 }, (_, i) => (i * 37) % 256);
  const plane = (colour: number): Float32Array =>
    bytes.subarray(colour * 1024, (colour + 1) * 1024);
  const shape = [1, 3, 32, 32];
  const { mean, std, size } = kerasPictures('resnet50', 32);
  expect(size).toBe(32);
  const redFirst = [0, 1, 2].flatMap((colour) =>
    Array.from(plane(colour), (value) => (value / 255 - mean[colour]!) / std[colour]!),
  );
  const { preprocessing } = resnetKeras;
  const blueFirst = [2, 1, 0].flatMap((colour, place) =>
    Array.from(plane(colour), (value) => value - preprocessing.mean[place]!),
  );
  const outputs = (model: typeof own, values: number[]) =>
    noGrad(() => model.forward(tensor(values, shape, { device }))).data();
  const wanted = await outputs(twin, blueFirst);
  const found = await outputs(own, redFirst);
  const largest = Math.max(...wanted.map(Math.abs));
  wanted.forEach((value, i) => expect(Math.abs(found[i]! - value) / largest).toBeLessThan(1e-4));
});

test('every network of Keras has pictures as its own preparation makes them', async () => {
  await expect(openWeights(join(folder, 'nothing.h5'))).rejects.toThrow('nothing.h5');
  expect(kerasPictures('densenet121', 224)).toMatchObject({
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  });
  const { mean, std } = kerasPictures('vgg16', 224);
  expect(mean[0]! * 255).toBeCloseTo(123.68, 9);
  expect(std.map((value) => value * 255)).toEqual([1, 1, 1]);
  expect(() => kerasPictures('resnet18', 224)).toThrow('Keras has no network that computes');
});
