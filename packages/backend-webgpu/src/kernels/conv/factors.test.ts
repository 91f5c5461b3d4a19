import { expect, test } from 'vitest';

import { reachingGradients, underTaps } from './factors.ts';

test('what lies under a tap of 3 x 3 with stride 2, in WGSL', () => {
  const { factor, functions } = underTaps([1, 3, 3], [1, 2, 2], [1, 1, 1], true);
  const name = (of: string): string => `at_${of}`;
  expect(`${factor.prepare!('at', name)}\n${functions}`).toMatchInlineSnapshot(`
    "  let at_o = vec3i((at % positions) / (output.z * output.y), ((at % positions) / output.z) % output.y, (at % positions) % output.z);
      let at_first = at_o * vec3i(1, 2, 2) - pad;
      let at_start = (at / positions * channels + batch * per_group) * input_positions;

    fn under_tap(k: i32, first: vec3i, start: i32, input: vec3i, input_positions: i32) -> f32 {
      let channel = k / 9;
      let tap = vec3i((k % 9) / 9, (k % 9) / 3 % 3, (k % 9) % 3);
      let place = first + tap * vec3i(1, 1, 1);
      return select(0.0, x[start + channel * input_positions + (place.x * input.y + place.y) * input.z + place.z], all(vec3u(place) < vec3u(input)));
    }
    "
  `);
  // Without padding there is nothing to look out for.
  expect(underTaps([1, 3, 3], [1, 2, 2], [1, 1, 1], false).functions).not.toContain('select');
});

test('the gradients that reach one phase of a stride', () => {
  const phase = { counts: [1, 2, 1], steps: [1, 2, 2], backs: [1, 1, 1] } as const;
  expect(reachingGradients(phase).functions).toMatchInlineSnapshot(`
    "
    fn reaching(k: i32, last: vec3i, start: i32, output: vec3i, positions: i32) -> f32 {
      let channel = k / 2;
      let tap = vec3i((k % 2) / 2, (k % 2) / 1 % 2, (k % 2) % 1);
      let place = last - tap * vec3i(1, 1, 1);
      return select(0.0, dy[start + channel * positions + (place.x * output.y + place.y) * output.z + place.z], all(vec3u(place) < vec3u(output)));
    }
    "
  `);
});
