import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { wasm } from '@convnet/backend-wasm';
import type { Device } from '@convnet/tensor-core';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, describe } from 'vitest';

import { chromiumFlags, findChromium } from '../browser/chromium.ts';
import {
  addLibrary,
  bundlePage,
  libraryFolder,
  pageScript,
  servePage,
} from '../browser/serve-page.ts';
import type { Accelerator } from '../browser/page-session.ts';
import { installedLitert } from '../peers/litert.ts';
import type { LitertPage } from './litert-page.ts';

/** What tests against LiteRT.js are given. */
export interface LitertTests {
  /** The device that computes what is expected; from the first test on. */
  readonly device: Device;
  /** The output for a .tflite file, channels last. @param input channels second. */
  run(file: Uint8Array, input: Float32Array, shape: readonly number[]): Promise<readonly number[]>;
}

/** For WebGPU, Chromium brings an adapter in software. */
const flags: Readonly<Record<Accelerator, readonly string[]>> = {
  wasm: [],
  webgpu: ['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader'],
};

/**
 * Tests that need LiteRT.js in a page of Chromium; where one of the two is not installed their name says that they are not
 * run.
 */
export async function describeInLitert(
  what: string,
  { accelerator, threads }: { readonly accelerator: Accelerator; readonly threads: number },
  body: (tests: LitertTests) => void,
): Promise<void> {
  const executablePath = findChromium();
  const litert = await installedLitert(threads);
  const absent = [
    ...(litert === null ? ['@litertjs/core is not installed'] : []),
    ...(executablePath === undefined ? ['there is no Chromium'] : []),
  ];
  const outcome = absent.length === 0 ? '' : ` (not run: ${absent.join(', ')})`;
  describe.skipIf(absent.length > 0)(`${what} in LiteRT.js${outcome}`, () => {
    const opened = new AsyncDisposableStack();
    let device: Device;
    let run: LitertTests['run'];

    beforeAll(async () => {
      device = opened.adopt(await wasm({ threads: 1 }), (one) => one.dispose());
      const page = await bundlePage(join(import.meta.dirname, 'litert-page.ts'));
      opened.defer(() => rm(page, { recursive: true }));
      await addLibrary(page, litert!);
      const server = opened.use(await servePage(page, true));
      const browser = opened.use(
        await chromium.launch({
          executablePath: executablePath!,
          args: [...chromiumFlags(), ...flags[accelerator]],
        }),
      );
      const tab = await browser.newPage();
      await tab.goto(server.url);
      await tab.addScriptTag({ url: pageScript, type: 'module' });
      const at = (path: string): string => new URL(path, server.url).href;
      let files = 0;
      run = async (file, input, shape) => {
        const [model, elements] = [`model-${files}.tflite`, `input-${files++}.bin`];
        await writeFile(join(page, model), file);
        await writeFile(join(page, elements), input);
        const args = [libraryFolder('@litertjs/core'), model, elements].map(at);
        return tab.evaluate(
          ([library, tflite, values, extents, unit, count]) =>
            (globalThis as unknown as LitertPage).answer(
              library,
              tflite,
              values,
              extents,
              unit,
              count,
            ),
          [args[0]!, args[1]!, args[2]!, shape, accelerator, threads] as const,
        );
      };
    });
    afterAll(() => opened.disposeAsync());

    body({
      get device() {
        return device;
      },
      run: (...task) => run(...task),
    });
  });
}
