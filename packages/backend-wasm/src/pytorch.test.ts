import { describeConformance } from '@convnet/conformance/vitest';
import { wasm } from './loader.ts';

// As users have them: nothing is marked, and threads share what is worth it.
for (const build of ['simd', 'relaxed'] as const) {
  for (const threads of [1, 2]) {
    describeConformance(() => wasm({ build, threads }), {
      name: `${build}, ${threads} thread(s)`,
      parts: ['pytorch', 'random'],
    });
  }
}
