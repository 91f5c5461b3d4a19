import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

import { wasm } from '@convnet/backend-wasm';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { inferenceNetworks } from '../inference/networks.ts';
import { OwnInference } from '../inference/own-inference.ts';
import { pixels } from '../inference/pixels.ts';
import { inferBeside } from './page-inference.ts';

const network = inferenceNetworks.find(({ name }) => name === 'squeezenet1_1')!;

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convnet-libraries-'));
});

afterAll(() => rm(folder, { recursive: true }));

/** A library of one script. @returns the address of its folder. */
async function fake(name: string, script: string, source: string): Promise<string> {
  const file = join(folder, name, script);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(join(folder, name, 'package.json'), '{ "type": "module" }');
  await writeFile(file, source);
  return `${pathToFileURL(join(folder, name)).href}/`;
}

test('a library that answers the same takes turns; one that answers something else, or fails, is refused by name', async () => {
  const device = await wasm({ threads: 1 });
  try {
    const own = await OwnInference.of(network, pixels(network.inputShape), device);
    const logits = Array.from(await own.output());
    own.dispose();
    const right = await fake(
      'right',
      'ort.wasm.min.mjs',
      `export const env = { wasm: {} };
      export class Tensor {}
      export const InferenceSession = {
        create: async () => ({
          inputNames: ['x'],
          outputNames: ['y'],
          run: async () => {
            await new Promise((resolve) => setTimeout(resolve, 5));
            return { y: { data: ${JSON.stringify(logits)} } };
          },
          release: async () => {},
        }),
      };`,
    );
    const wrong = await fake(
      'wrong',
      'dist/index.js',
      `const data = ${JSON.stringify(logits.map((value, i) => (i === 7 ? value + 1 : value)))};
      export class Tensor { delete() {} }
      export const loadLiteRt = async () => {};
      export const loadAndCompile = async () => ({
        run: async () => [{ data: async () => data, delete: () => {} }],
        delete: () => {},
      });`,
    );
    const ran = await inferBeside(network.name, device, 'wasm', 1, [
      { name: 'onnxruntime-web', url: right },
      { name: '@litertjs/core', url: wrong },
      { name: 'onnxruntime-web', url: `${pathToFileURL(folder).href}/absent/` },
    ]);
    expect(ran.own.length).toBeGreaterThan(0);
    const [same, other, absent] = ran.peers;
    expect(same).toMatchObject({ difference: 0 });
    expect((same as { readonly ms: readonly (readonly number[])[] }).ms.length).toBeGreaterThan(0);
    expect(other).toEqual({
      failure: expect.stringMatching(
        /^logits differ from @litertjs\/core's by 0\.\d+ of the largest$/,
      ),
    });
    expect(absent).toEqual({ failure: expect.stringContaining('ort.wasm.min.mjs') });
  } finally {
    device.dispose();
  }
});
