import { expect, test } from 'vitest';

import { rows, columns } from '../conv/factors.ts';
import { partsOf, tileFor, tilesOf } from './tile.ts';
import { ownParameters, tiledParameters, tiledShader } from './tiled-shader.ts';

test('a tiled product in WGSL', () => {
  const { name, layout, code } = tiledShader({
    name: 'example',
    tile: { m: 8, n: 8, k: 4, tm: 4, tn: 4 },
    bindings: [
      { name: 'a', type: 'vec4f' },
      { name: 'b', type: 'f32' },
      { name: 'y', type: 'f32', writes: true },
    ],
    functions: '',
    setup: `  let line = p[${ownParameters}];`,
    left: rows('a', '0', 'line', true),
    right: columns('b', '0', 'columns', false),
    isInnerExact: false,
    store: 'y[m * columns + n] = value;',
  });
  expect([name, layout]).toEqual(['example, 8x8x4 of 4x4', 'rrw']);
  const main = code.slice(code.indexOf('var<workgroup>'));
  // Sixteen stores like the first one, and three more terms like the first.
  const lines = main.split('\n').filter((line) => !/_[123] |\.[yzw]; if|sum[123]_0/.test(line));
  expect(lines.join('\n')).toMatchInlineSnapshot(`
    "var<workgroup> left_tile: array<vec4f, 9>;
    var<workgroup> right_tile: array<vec4f, 8>;
    @compute @workgroup_size(4)
    fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
      let lane = i32(index);
      let group = i32(id.y * groups.x + id.x);
      if (group >= p[0]) { return; }
      let rows = p[2];
      let columns = p[3];
      let first_row = group % p[6] * 8;
      let first_column = group / p[6] % p[7] * 8;
      let depth = group / (p[6] * p[7]);
      let part = depth % p[8];
      let batch = depth / p[8];
      let begin = part * p[5];
      let end = min(begin + p[5], p[4]);
      let line = p[9];
      let left_at0 = first_row + lane / 1;
      let left_at1 = first_row + lane / 1 + 4;
      let right_at0 = first_column + 4 * (lane % 2);
      let across = lane % 2;
      let down = lane / 2;
      var sum0_0 = vec4f(0.0);
      for (var k0 = begin; k0 < end; k0 += 4) {
        let left_k0 = k0 + 4 * (lane % 1);
        left_tile[(lane % 1) * 9 + lane / 1] = select(vec4f(0.0), a[(0 + left_at0 * line + left_k0) / 4], vec4i(left_k0, left_k0 + 1, left_k0 + 2, left_k0 + 3) < vec4i(end));
        left_tile[(lane % 1) * 9 + lane / 1 + 4] = select(vec4f(0.0), a[(0 + left_at1 * line + left_k0) / 4], vec4i(left_k0, left_k0 + 1, left_k0 + 2, left_k0 + 3) < vec4i(end));
        let right_k0 = k0 + lane / 2;
        let right_k1 = k0 + lane / 2 + 2;
        right_tile[(lane / 2) * 2 + lane % 2] = select(vec4f(0.0), vec4f(b[0 + right_k0 * columns + right_at0 + 0], b[0 + right_k0 * columns + right_at0 + 1], b[0 + right_k0 * columns + right_at0 + 2], b[0 + right_k0 * columns + right_at0 + 3]), right_k0 < end);
        right_tile[(lane / 2 + 2) * 2 + lane % 2] = select(vec4f(0.0), vec4f(b[0 + right_k1 * columns + right_at0 + 0], b[0 + right_k1 * columns + right_at0 + 1], b[0 + right_k1 * columns + right_at0 + 2], b[0 + right_k1 * columns + right_at0 + 3]), right_k1 < end);
        workgroupBarrier();
        for (var quad = 0; quad < 1; quad++) {
          let l0 = left_tile[quad * 9 + down * 4 + 0];
          let l1 = left_tile[quad * 9 + down * 4 + 1];
          let l2 = left_tile[quad * 9 + down * 4 + 2];
          let l3 = left_tile[quad * 9 + down * 4 + 3];
          let r0_0 = right_tile[(4 * quad + 0) * 2 + across + 0];
          sum0_0 += l0.x * r0_0;
          sum0_0 += l0.y * r0_1;
          sum0_0 += l0.z * r0_2;
          sum0_0 += l0.w * r0_3;
        }
        workgroupBarrier();
      }
      { let m = first_row + down * 4 + 0; let n = first_column + 4 * (across + 0) + 0; let value = sum0_0.x; if (m < rows && n < columns) { y[m * columns + n] = value; } }
    }
    "
  `);
});

test('tiles follow the shape, and sums are divided where there are few outputs', () => {
  expect(tileFor(tilesOf('nvidia'), 4096, 4096, 4096, 1)).toMatchObject({
    m: 64,
    n: 64,
    tm: 8,
    tn: 4,
  });
  expect(tileFor(tilesOf(''), 64, 100_352, 576, 1)).toMatchObject({ m: 64, n: 64 });
  expect(tileFor(tilesOf(''), 12, 100_352, 576, 1)).toMatchObject({ m: 16 });
  expect(tileFor(tilesOf(''), 512, 4, 4608, 1)).toMatchObject({ m: 64, n: 16 });
  expect(tileFor(tilesOf(''), 32, 100_352, 576, 1)).toMatchObject({ m: 32, n: 64 });
  // A weight gradient: few outputs of many terms.
  const tile = tileFor(tilesOf(''), 64, 576, 100_352, 1);
  expect(tile).toMatchObject({ m: 64, n: 64 });
  expect(tileFor(tilesOf(''), 64, 576, 64, 1)).toMatchObject({ m: 32, n: 32 });
  const parts = partsOf(9, 100_352, tile);
  expect(parts.terms % tile.k).toBe(0);
  expect(parts.count).toBeGreaterThan(32);
  expect(parts.count * parts.terms).toBeGreaterThanOrEqual(100_352);
  expect((parts.count - 1) * parts.terms).toBeLessThan(100_352);
  expect(partsOf(512, 100_352, tile)).toEqual({ count: 1, terms: 100_352 });
  expect(partsOf(1, 0, tile)).toEqual({ count: 1, terms: 1 });
  const { groups, parameters } = tiledParameters(tile, 65, 1, 10, 3, { count: 2, terms: 16 }, -1);
  expect(groups).toBe(Math.ceil(65 / tile.m) * 3 * 2);
  expect(parameters).toHaveLength(ownParameters);
});
