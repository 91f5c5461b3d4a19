import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ConvnetError, meta, ones, zeros, type Tensor } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
import { alsoTakes, describePublicCalls, named, type Samples } from '@convnet/testing';
import { describe } from 'vitest';

import * as weights from './index.ts';
import * as node from './node/index.ts';
import { kerasFiles, type KerasCase } from './testing/keras-files.ts';

const device = reference();
const tensor = (): Tensor => ones([2], { device });
const state = (): ReadonlyMap<string, Tensor> => new Map([['w', tensor()]]);
const folder = mkdtempSync(join(tmpdir(), 'public-calls-'));
// What is written to any path is written here.
process.chdir(folder);
// Files are written to the path of nothing, and a folder cannot be: it is a file from the beginning.
writeFileSync(join(folder, 'no such thing'), '');

const safetensors = await weights.encodeSafetensors(state());
const torch = await weights.encodeTorch(new Map([['w', tensor()]]));
const numpy = await weights.encodeNpz(state());

const [{ bytes: keras }] = [...kerasFiles.values()] as [KerasCase];

/** Parts of a TensorFlow.js model: no weights. */
const tfjs = new TextEncoder().encode('{"weightsManifest": []}');

class Model {
  stateDict = state;
  loadStateDict = (): Promise<void> => Promise.resolve();
}

/** A model that has no values yet. */
class EmptyModel {
  stateDict = (): Map<string, Tensor> =>
    new Map(Array.from(state(), ([name, { shape }]) => [name, zeros(shape, { device: meta })]));
  loadStateDict = (): Promise<void> => Promise.resolve();
}

class Signal {
  readonly aborted = false;
}

writeFileSync(join(folder, 'w.safetensors'), safetensors);

/** Published weights, which the mirror has. */
class Published {
  readonly file = 'w.safetensors';
  readonly url = 'https://localhost/w.safetensors';
  readonly sha256 = createHash('sha256').update(safetensors).digest('hex');
  readonly bytes = 1;
}

/** Texts by names that are nobody's options. */
class Texts {
  readonly accept = 'all';
}

/** Numbers by names that are the caller's. */
class Figures {
  readonly accuracy = 0.5;
}

function anyTexts(): unknown {
  return alsoTakes(new Texts(), 'object');
}

const text = (value: string): unknown => alsoTakes(value, 'any string');
const location = (bytes: Uint8Array): unknown =>
  named('a file', alsoTakes(bytes, 'string', 'any string'));
const path = (name: string): unknown => named('path', text(join(folder, name)));
const tensors = (): unknown => named('tensors', alsoTakes(state(), 'object', 'list'));

const fetching = { fetch: () => Promise.resolve({}), headers: anyTexts(), signal: new Signal() };
const opening = { name: text('a file'), ...fetching };
const shard = (): unknown => alsoTakes(() => 'x');
const key = { key: text('') };
const pretrained = {
  ...fetching,
  onProgress: () => undefined,
  retries: 0,
  timeout: 1000,
  cache: text(folder),
  mirror: text(folder),
  offline: true,
};

const pickled = (): unknown =>
  named(
    '',
    alsoTakes(
      state(),
      'null',
      'boolean',
      'number',
      'NaN',
      'string',
      'any string',
      'list',
      'object',
    ),
  );
const chunks = (): Samples[string] => () => [tensors(), { metadata: anyTexts() }];

const samples: Samples = {
  openSource: () => [location(safetensors), opening],
  openSafetensors: () => [location(safetensors), { ...opening, shard: shard() }],
  openTorch: () => [location(torch), { ...opening, ...key }],
  openNumpy: () => [location(numpy), opening],
  openKeras: () => [location(keras), opening],
  openTfjs: () => [location(tfjs), { ...opening, shard: shard() }],
  openWeights: () => [location(safetensors), { ...opening, ...key, shard: shard() }],
  encodeSafetensors: chunks(),
  safetensorsChunks: chunks(),
  encodeTorch: () => [pickled()],
  torchChunks: () => [pickled()],
  encodeNpy: () => [tensor()],
  encodeNpz: () => [tensors()],
  npzChunks: () => [tensors()],
  loadWeights: () => [
    new EmptyModel(),
    location(safetensors),
    {
      ...opening,
      ...pretrained,
      ...key,
      shard: shard(),
      strict: true,
      map: alsoTakes('in order', 'list', 'object', 'function'),
      head: alsoTakes(true, 'string', 'any string', 'list'),
      device,
    },
  ],
  fetchWeights: () => [named('file', new Published()), pretrained],
};

const nodeSamples: Samples = {
  saveNpz: () => [path('a.npz'), tensors()],
  saveSafetensors: () => [path('a.safetensors'), tensors(), { metadata: anyTexts() }],
  publish: () => [
    path('published'),
    new Model(),
    {
      name: alsoTakes('@me/weights', 'any string'),
      version: '1.0.0',
      licence: alsoTakes('MIT', 'any string'),
      licenceText: text('x'),
      author: text('x'),
      description: text('x'),
      repository: text('x'),
      builder: {
        package: '@convnet/resnet',
        name: 'resnet18',
        options: alsoTakes(undefined, 'object'),
      },
      inputShape: [1, 3, 8, 8],
      classes: ['a'],
      metrics: alsoTakes(new Figures(), 'object'),
      measuredOn: text('x'),
      trainedOn: text('x'),
      preprocessing: alsoTakes('x', 'null', 'boolean', 'number', 'any string', 'list', 'object'),
      run: alsoTakes('x', 'null', 'boolean', 'number', 'any string', 'list', 'object'),
      versions: anyTexts(),
    },
  ],
  saveTorch: () => [path('a.pt'), pickled()],
  writeFileAtomic: () => [path('a.txt'), alsoTakes('text', 'any string', 'list')],
};

describe.each([
  ['weights', weights, samples],
  ['weights/node', node, nodeSamples],
] as const)('public calls of %s', (_, exports, given) => {
  describePublicCalls({
    exports,
    samples: given,
    errorClass: ConvnetError,
    folder: import.meta.dirname,
  });
});
