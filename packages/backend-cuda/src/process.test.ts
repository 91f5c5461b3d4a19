import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { ones } from '@convnet/tensor-core';
import { describe, expect, test } from 'vitest';

import { forkAddon } from './testing/emulated.ts';
import { hasEmulator, openEmulated, platform } from './testing/emulated-device.ts';

/** What programs of their own begin with: `open(options)` gives a device on the emulated driver. */
const head = `
const [backend, core, driver, nativeFolder] = process.argv.slice(-4);
const { cuda } = await import(backend);
const { ones, add } = await import(core);
const open = (options) => cuda({ driver, nativeFolder, cublasLt: false, cudnn: false, nvrtc: false, ...options });
`;

function given(): string[] {
  const { driver, nativeFolder } = platform();
  return [
    new URL('index.ts', import.meta.url).href,
    import.meta.resolve('@convnet/tensor-core'),
    driver,
    nativeFolder,
  ];
}

/** Runs a program in a process of its own. @returns what it printed; throws where it does not end with 0. */
function run(
  program: string,
  variables: Readonly<Record<string, string>> = {},
  flags: readonly string[] = [],
): string {
  const options = [...flags, '--input-type=module', '--eval', head + program, ...given()];
  const env = { ...process.env, ...variables };
  return execFileSync(process.execPath, options, { encoding: 'utf8', env, stdio: 'pipe' });
}

describe.runIf(hasEmulator)('processes and threads', () => {
  test('a process ends by itself with a device open and work under way', () => {
    const program = `
      const device = await open();
      const x = ones([1000], { device });
      console.log((await x.data())[999]);
      for (let i = 0; i < 100; i++) add(x, x);
      void add(x, x).data();
    `;
    expect(run(program)).toBe('1\n');
  });

  test('process.exit() in the middle of a read ends it too', () => {
    const program = `
      const device = await open();
      const x = ones([1 << 20], { device });
      void x.data();
      console.log('leaving');
      process.exit(0);
    `;
    expect(run(program)).toBe('leaving\n');
  });

  test('after a kernel fault the process ends as it would', () => {
    const program = `
      const device = await open();
      const names = [];
      for (let i = 0; i < 3; i++) {
        try { await ones([4], { device }).data(); names.push('done'); } catch (error) { names.push(error.name); }
      }
      console.log(names.join());
    `;
    const told = run(program, { EMULATED_CUDA_FAULT: 'launch:2', EMULATED_CUDA_QUIET: '1' });
    expect(told).toBe('done,KernelFaultError,DeviceLostError\n');
  });

  test('a forked process is told so at what it asks of the device, and the first one goes on', async () => {
    const program = `
      const { writeSync } = await import('node:fs');
      const { createRequire } = await import('node:module');
      const { inFork } = createRequire(import.meta.url)(process.env.FORK_ADDON);
      const device = await open();
      const x = ones([4], { device });
      await x.data();
      const asked = {
        bigger: () => ones([1 << 22], { device }),
        recorded: () => { for (let i = 0; i < 64; i++) add(x, x); },
      };
      const ended = inFork(() => {
        for (const [name, ask] of Object.entries(asked)) {
          let told = 'done';
          try { ask(); } catch (error) { told = error.name + ' ' + /node:child_process/.test(error.message); }
          writeSync(1, name + ' ' + told + '\\n');
        }
        device.dispose();
      });
      console.log('fork ' + ended);
      console.log((await add(x, x).data()).join());
    `;
    const addon = await forkAddon();
    // A fork has none of the threads that V8 collects and compiles with.
    const told = run(program, { FORK_ADDON: addon, LD_PRELOAD: addon }, ['--single-threaded']);
    const lines = ['bigger', 'recorded'].map((name) => `${name} ForkedProcessError true`);
    expect(told.trim().split('\n')).toEqual([...lines, 'fork 0', '2,2,2,2']);
  });

  test('a worker thread opens a device of its own, and cannot be sent one', async () => {
    const { device } = await openEmulated();
    expect(() => structuredClone(device)).toThrow('could not be cloned');
    const program = `
      ${head}
      const { parentPort } = await import('node:worker_threads');
      const device = await open();
      parentPort.postMessage(await add(ones([3], { device }), ones([3], { device })).data());
    `;
    const source = `import(${JSON.stringify(`data:text/javascript,${encodeURIComponent(program)}`)})`;
    const worker = new Worker(source, { eval: true, argv: given() });
    const ended = once(worker, 'exit');
    const [values] = (await once(worker, 'message')) as [Float32Array];
    expect([...values]).toEqual([2, 2, 2]);
    // It ends with its device open; that of this thread goes on.
    expect(await ended).toEqual([0]);
    expect([...(await ones([2], { device }).data())]).toEqual([1, 1]);
    device.dispose();
  });
});
