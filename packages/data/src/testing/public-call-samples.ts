import { deflateRawSync } from 'node:zlib';

import { Generator } from '@convnet/tensor-core';
import { alsoTakes, named, type Arguments, type Samples } from '@convnet/testing';

import { FileError, RandomStream } from '../index.ts';
import { wavFile } from '../signal/testing/wav-file.ts';

export const random = (): RandomStream => new RandomStream(new Generator(1));

/** Numbers with a shape. An object of a class: what it has is data, no options. */
export class Shaped {
  readonly data: Float32Array;
  readonly shape: readonly number[];
  readonly sampleRate = 100;

  constructor(...shape: number[]) {
    this.shape = shape;
    this.data = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i % 7);
  }
}

export class Picture {
  readonly width = 8;
  readonly height = 8;
  readonly data: Uint8Array = Uint8Array.from({ length: 192 }, (_, i) => i);
}

/** Files in memory. */
export class Files {
  readonly name = 'files';
  readonly #files: Readonly<Record<string, Uint8Array>>;

  constructor(files: Readonly<Record<string, Uint8Array>>) {
    this.#files = files;
  }

  list = (): Promise<string[]> => Promise.resolve(Object.keys(this.#files));
  read = (path: string): Promise<Uint8Array> => {
    const found = this.#files[path];
    return found === undefined
      ? Promise.reject(new FileError('missing', path, 'is not there'))
      : Promise.resolve(found);
  };
}

export const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);

/** A PNG of one black pixel. */
export const png: Uint8Array = (() => {
  const crcOf = (bytes: Uint8Array): number => {
    let crc = -1;
    for (const byte of bytes) {
      crc ^= byte;
      for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
    }
    return ~crc >>> 0;
  };
  const word = (value: number): number[] => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  const chunk = (name: string, content: readonly number[]): number[] => {
    const body = [...bytesOf(name), ...content];
    return [...word(content.length), ...body, ...word(crcOf(Uint8Array.from(body)))];
  };
  const packed = [0x78, 0x9c, ...deflateRawSync(Uint8Array.of(0, 0, 0, 0)), 0, 4, 0, 1];
  return Uint8Array.of(
    0x89,
    0x50,
    0x4e,
    0x47,
    13,
    10,
    26,
    10,
    ...chunk('IHDR', [...word(1), ...word(1), 8, 2, 0, 0, 0]),
    ...chunk('IDAT', packed),
    ...chunk('IEND', []),
  );
})();

/** What is handed on as it came. */
export const anySort = (value: unknown): unknown =>
  alsoTakes(
    value,
    ...(['null', 'boolean', 'number', 'NaN', 'string', 'list', 'function', 'object'] as const),
  );

export const source = (): unknown => alsoTakes('a file', 'any string');

export const fileBytes = (bytes: Uint8Array): unknown => named('bytes', bytes);

export const stream = (): unknown => alsoTakes(random(), 'undefined');

/** A step: what makes it, and what it is made for. */
export const step = (
  make: Arguments,
  sample: () => unknown,
  name: string,
  ...chance: (() => unknown)[]
): Samples[string] => ({
  make,
  result: () => [named(name, sample()), ...chance.map((draw) => draw())],
});

export const anySteps = (): unknown => named('step', (value: unknown) => value);

export const composing: Samples = {
  compose: () => [anySteps()],
  randomApply: () => [(value: unknown) => value, 0.5],
  randomChoice: () => [anySteps()],
};

export const resampling: Samples = {
  createResampler: {
    make: () => [2, 1, { attenuation: 80, zeroCrossings: 24 }],
    result: () => [new Float32Array(8), { start: 0, length: 2 }],
  },
  resample: () => [new Float32Array(8), 2, 1, { attenuation: 80, zeroCrossings: 24 }],
};

export const parseWav: Arguments = () => [
  fileBytes(wavFile([Float32Array.of(0, 0.5)], 100)),
  source(),
  { strict: true },
];

export const listing: Readonly<Record<string, unknown>> = {
  list: alsoTakes('labels.csv', 'any string'),
  path: alsoTakes('file', 'any string'),
  label: alsoTakes('label', 'any string'),
  targets: ['target'],
  group: alsoTakes('group', 'any string'),
  classes: ['a', 'b'],
  delimiter: alsoTakes(',', 'any string'),
};

export const list: Uint8Array = bytesOf('file,label,target,group\n1,a,0,x\n2,b,1,y\n');

export const listedFiles = (): Files => new Files({ 'labels.csv': list, '1': png, '2': png });

export const folder = (files: () => Files): unknown =>
  named('folder', alsoTakes(files(), 'string', 'any string'));
