import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';

import { dawn, dawnEntry } from './testing/dawn.ts';

const found = await dawn();

/** Computes on a device whose `GPU` nobody else holds, while garbage is collected. */
const program = `
const [entry, backend, core] = process.argv.slice(1);
const { create } = await import(entry);
const { webgpu } = await import(backend);
const { ones, relu } = await import(core);
const device = await (async () => webgpu({ gpu: create([]) }))();
for (let i = 0; i < 20; i++) {
  globalThis.gc();
  await new Promise((done) => setTimeout(done, 20));
  await relu(ones([64 + i], { device })).data();
}
console.log('computed');
process.exit(0);
`;

describe.runIf('gpu' in found)('in a process of its own', () => {
  test('a device outlives what it came from', () => {
    const files = [
      dawnEntry()!,
      new URL('webgpu.ts', import.meta.url).href,
      import.meta.resolve('@convnet/tensor-core'),
    ];
    const options = ['--expose-gc', '--input-type=module', '--eval', program, ...files];
    expect(execFileSync(process.execPath, options, { encoding: 'utf8' })).toContain('computed');
  });
});
