import { expect, test } from 'vitest';

import { elementShader } from './shader.ts';
import { splitShader } from './split-shader.ts';

const example = elementShader(
  'example',
  [
    { name: 'x', type: 'f32' },
    { name: 'index', type: 'i32' },
    { name: 'y', type: 'f32', writes: true },
  ],
  `  let place = vec3i(1, 2, 3);
  let v = select(0.0, x[index[i] + place.x], x[i] == y[i]);
  if (index[i] == 0) { y[4 * (i + index[i])] = v; }
  y[i] += v * x[index[x_of(i)]];
  y[i] -= 1.0;`,
  'fn x_of(i: i32) -> i32 { return i; }',
);

test('a shader whose first and last buffer are bound in two ranges, in WGSL', () => {
  const { code, layout, name } = splitShader(example, [2, 1, 3]);
  expect(name).toBe('example, in ranges 2 1 3');
  expect(layout).toBe('rrrwww');
  expect(code.slice(0, code.indexOf('fn pf'))).toMatchInlineSnapshot(`
    "@group(1) @binding(0) var<storage, read> x_range0: array<f32>;
    @group(1) @binding(1) var<storage, read> x_range1: array<f32>;
    @group(1) @binding(2) var<storage, read> index: array<i32>;
    @group(1) @binding(3) var<storage, read_write> y_range0: array<f32>;
    @group(1) @binding(4) var<storage, read_write> y_range1: array<f32>;
    @group(1) @binding(5) var<storage, read_write> y_range2: array<f32>;
    fn read_of_x(at: i32) -> f32 {
      var k = at;
      if (k < i32(arrayLength(&x_range0))) { return x_range0[k]; }
      k -= i32(arrayLength(&x_range0));
      return x_range1[k];
    }
    fn read_of_y(at: i32) -> f32 {
      var k = at;
      if (k < i32(arrayLength(&y_range0))) { return y_range0[k]; }
      k -= i32(arrayLength(&y_range0));
      if (k < i32(arrayLength(&y_range1))) { return y_range1[k]; }
      k -= i32(arrayLength(&y_range1));
      return y_range2[k];
    }
    fn write_of_y(at: i32, value: f32) {
      var k = at;
      if (k < i32(arrayLength(&y_range0))) { y_range0[k] = value; return; }
      k -= i32(arrayLength(&y_range0));
      if (k < i32(arrayLength(&y_range1))) { y_range1[k] = value; return; }
      k -= i32(arrayLength(&y_range1));
      y_range2[k] = value; return;
    }
    @group(0) @binding(0) var<storage, read> p: array<i32>;
    "
  `);
  expect(code.slice(code.indexOf('fn main'))).toMatchInlineSnapshot(`
    "fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
      let i = i32(id.y * groups.x * 64u + id.x);
      if (i >= p[0]) { return; }
      let place = vec3i(1, 2, 3);
      let v = select(0.0, read_of_x(index[i] + place.x), read_of_x(i) == read_of_y(i));
      if (index[i] == 0) { write_of_y(4 * (i + index[i]), v); }
      write_of_y(i, read_of_y(i) + (v * read_of_x(index[x_of(i)])));
      write_of_y(i, read_of_y(i) - (1.0));
    }
    "
  `);
});

test('a buffer that is bound whole is read and written as before', () => {
  const { code } = splitShader(example, [1, 1, 1]);
  expect(code).not.toMatch(/read_of|write_of/);
  expect(code.slice(code.indexOf('fn main'))).toBe(
    example.code.slice(example.code.indexOf('fn main')),
  );
});
