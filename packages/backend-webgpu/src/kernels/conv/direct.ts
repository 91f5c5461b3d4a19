import type { Convolution } from '@convnet/tensor-core';

import type { CommandSink } from '../../commands/command-sink.ts';
import type { Memory } from '../../gpu-buffer.ts';
import { asFloat, elementShader, floatType, head, layoutOf, shaderCache } from '../../shader.ts';
import { quietNaN } from '../kernel-support.ts';
import { addParts } from '../tiled/add-parts.ts';
import {
  endingClass,
  endingMemories,
  endingParameters,
  endingText,
  noEnding,
  type Ending,
} from '../tiled/epilogue.ts';
import {
  convolutionNames,
  convolutionParameterCount,
  convolutionParameters,
  flatOf,
  geometryClass,
  geometryOf,
  isInside,
  nameOfHalves,
  placeOf,
  tapOf,
  vec3i,
} from './geometry.ts';

/*
 * Convolutions whose groups have few channels, such as depthwise ones, and small ones: an output to an invocation, with
 * the loops over the taps of known length. There is too little in common between outputs for tiles to pay.
 */

/** Parameters: count, bits of NaN, then those of the convolution. */
const own = 2;
const behind = own + convolutionParameterCount;

function loops(taps: readonly number[], body: string): string {
  return `for (var a = 0; a < ${taps[0]}; a++) { for (var b = 0; b < ${taps[1]}; b++) { for (var t = 0; t < ${taps[2]}; t++) {
${body}
  } } }`;
}

const forwardShader = shaderCache(
  (geometry: string, isPadded: boolean, ending: string, inHalves: boolean) => {
    const { taps, stride, dilation } = geometryOf(geometry);
    const { bindings, functions, statements } = endingText(ending);
    const count = taps[0] * taps[1] * taps[2];
    const term = `v += x[source + ${flatOf('place', 'input')}] * ${asFloat(`weight[filter_at + (a * ${taps[1]} + b) * ${taps[2]} + t]`, inHalves)};`;
    return elementShader(
      `conv of few ${geometry} ${ending}${nameOfHalves(inHalves)}`.trim(),
      [
        { name: 'x', type: 'f32' },
        { name: 'weight', type: floatType(false, inHalves) },
        ...bindings,
        { name: 'y', type: 'f32', writes: true },
      ],
      `${convolutionNames(own)}
  let c = (i / positions) % outputs;
${placeOf('o', '(i % positions)', 'output')}
  let first = o * ${vec3i(stride)} - pad;
  let first_channel = i / positions / outputs * channels + c / outputs_per_group * per_group;
  var v = 0.0;
  for (var k = 0; k < per_group; k++) {
    let source = (first_channel + k) * input_positions;
    let filter_at = (c * per_group + k) * ${count};
    ${loops(
      taps,
      `    let place = first + vec3i(a, b, t) * ${vec3i(dilation)};
    ${isPadded ? `if (${isInside('place', 'input')}) { ${term} }` : term}`,
    )}
  }
  ${statements('c', 'i', `${behind}`)}
  y[i] = v;`,
      functions,
    );
  },
);

const inputGradientShader = shaderCache((geometry: string, inHalves: boolean) => {
  const { taps, stride, dilation } = geometryOf(geometry);
  const hasStride = stride.some((step) => step !== 1);
  const count = taps[0] * taps[1] * taps[2];
  return elementShader(
    `conv input gradient of few ${geometry}${nameOfHalves(inHalves)}`,
    [
      { name: 'dy', type: 'f32' },
      { name: 'weight', type: floatType(false, inHalves) },
      { name: 'dx', type: 'f32', writes: true },
    ],
    `${convolutionNames(own)}
  let c = (i / input_positions) % channels;
${placeOf('at', '(i % input_positions)', 'input')}
  let k = c % per_group;
  let first_output = c / per_group * outputs_per_group;
  let source = i / input_positions / channels * outputs + first_output;
  var sum = 0.0;
  ${loops(
    taps,
    `    let reach = at + pad - vec3i(a, b, t) * ${vec3i(dilation)};
    ${hasStride ? `let place = reach / ${vec3i(stride)};` : 'let place = reach;'}
    if (any(reach < vec3i(0))${hasStride ? ` || any(place * ${vec3i(stride)} != reach)` : ''} || any(place >= output)) { continue; }
    for (var j = 0; j < outputs_per_group; j++) {
      sum += dy[(source + j) * positions + ${flatOf('place', 'output')}]
        * ${asFloat(`weight[((first_output + j) * per_group + k) * ${count} + (a * ${taps[1]} + b) * ${taps[2]} + t]`, inHalves)};
    }`,
  )}
  dx[i] = sum;`,
  );
});

/** Invocations that share the positions of one output and channel. */
const sharing = 64;

/** Taps up to which an invocation keeps all sums of an output and channel. */
const mostTaps = 49;

/** Products of one weight below which an invocation sums them alone. */
const fewProducts = 512;

/** Positions of a part, at least. */
const leastPositions = 4096;

/** Workgroups that fill a device. */
const enoughGroups = 512;

/**
 * A workgroup for each output and channel of its group, and part of the positions: it reads both once and keeps a sum for
 * every tap. Parameters behind: parts, positions of one, and all weights.
 */
const weightGradientShader = shaderCache((geometry: string, isPadded: boolean) => {
  const { taps, stride, dilation } = geometryOf(geometry);
  const count = taps[0] * taps[1] * taps[2];
  const all = Array.from({ length: count }, (_, tap) => tap);
  const bindings = [
    { name: 'x', type: 'f32' },
    { name: 'dy', type: 'f32' },
    { name: 'dw', type: 'f32', writes: true },
  ] as const;
  const terms = all.map((tap) => {
    const [a, b, t] = [
      Math.floor(tap / (taps[1] * taps[2])),
      Math.floor(tap / taps[2]) % taps[1],
      tap % taps[2],
    ];
    const offset = vec3i([a * dilation[0], b * dilation[1], t * dilation[2]]);
    const value = `x[source + ${flatOf('place', 'input')}]`;
    const read = isPadded ? `select(0.0, ${value}, ${isInside('place', 'input')})` : value;
    return `    { let place = first + ${offset}; sum${tap} += g * ${read}; }`;
  });
  const code = `${head(bindings)}
var<workgroup> sums: array<f32, ${count * sharing}>;
@compute @workgroup_size(${sharing})
fn main(@builtin(local_invocation_index) index: u32, @builtin(workgroup_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let lane = i32(index);
  let group = i32(id.y * groups.x + id.x);
  if (group >= p[0]) { return; }
${convolutionNames(own)}
  let part = group % p[${behind}];
  let plane = group / p[${behind}];
  let k = plane % per_group;
  let c = plane / per_group;
  let channel = c / outputs_per_group * per_group + k;
  let begin = part * p[${behind + 1}];
  let end = min(begin + p[${behind + 1}], samples * positions);
${all.map((tap) => `  var sum${tap} = 0.0;`).join('\n')}
  for (var j = begin + lane; j < end; j += ${sharing}) {
    let n = j / positions;
${placeOf('o', '(j % positions)', 'output')}
    let first = o * ${vec3i(stride)} - pad;
    let source = (n * channels + channel) * input_positions;
    let g = dy[(n * outputs + c) * positions + j % positions];
${terms.join('\n')}
  }
${all.map((tap) => `  sums[${tap * sharing} + lane] = sum${tap};`).join('\n')}
  workgroupBarrier();
  if (lane < ${count}) {
    var total = 0.0;
    for (var j = 0; j < ${sharing}; j++) { total += sums[lane * ${sharing} + (j + lane) % ${sharing}]; }
    dw[part * p[${behind + 2}] + plane * ${count} + lane] = total;
  }
}
`;
  return { name: `conv weight gradient of few ${geometry}`, code, layout: layoutOf(bindings) };
});

/** A weight to an invocation, which sums all its products. */
const serialWeightGradientShader = shaderCache((geometry: string) => {
  const { taps, stride, dilation } = geometryOf(geometry);
  const count = taps[0] * taps[1] * taps[2];
  return elementShader(
    `conv weight gradient one by one ${geometry}`,
    [
      { name: 'x', type: 'f32' },
      { name: 'dy', type: 'f32' },
      { name: 'dw', type: 'f32', writes: true },
    ],
    `${convolutionNames(own)}
  let tap_at = i % ${count};
  ${tapOf('tap', 'tap_at', taps)}
  let k = i / ${count} % per_group;
  let c = i / ${count} / per_group;
  let channel = c / outputs_per_group * per_group + k;
  var sum = 0.0;
  for (var n = 0; n < samples; n++) {
    for (var j = 0; j < positions; j++) {
${placeOf('o', 'j', 'output')}
      let place = o * ${vec3i(stride)} - pad + tap * ${vec3i(dilation)};
      if (${isInside('place', 'input')}) {
        sum += x[(n * channels + channel) * input_positions + ${flatOf('place', 'input')}] * dy[(n * outputs + c) * positions + j];
      }
    }
  }
  dw[i] = sum;`,
  );
});

export function directForward(
  sink: CommandSink,
  c: Convolution,
  x: Memory,
  weight: Memory,
  out: Memory,
  inHalves: boolean,
  ending: Ending,
): void {
  const count = c.batch * c.outputs * c.positions;
  sink.dispatch(
    forwardShader(geometryClass(c), c.isPadded, endingClass(ending), inHalves),
    [count, quietNaN, ...convolutionParameters(c), ...endingParameters(ending)],
    [x, weight, ...endingMemories(ending), out],
    count,
  );
}

export function directInputGradient(
  sink: CommandSink,
  c: Convolution,
  dy: Memory,
  weight: Memory,
  out: Memory,
  inHalves: boolean,
): void {
  const count = c.batch * c.channels * c.inputPositions;
  const parameters = [count, quietNaN, ...convolutionParameters(c)];
  const shader = inputGradientShader(geometryClass(c), inHalves);
  sink.dispatch(shader, parameters, [dy, weight, out], count);
}

export function directWeightGradient(
  sink: CommandSink,
  c: Convolution,
  x: Memory,
  dy: Memory,
  out: Memory,
): void {
  const planes = c.outputs * c.perGroup;
  const weights = planes * c.tapCount;
  const all = c.batch * c.positions;
  if (c.tapCount > mostTaps || all < fewProducts) {
    const parameters = [weights, quietNaN, ...convolutionParameters(c)];
    sink.dispatch(serialWeightGradientShader(geometryClass(c)), parameters, [x, dy, out], weights);
    return;
  }
  const wanted = Math.min(Math.floor(enoughGroups / planes), Math.floor(all / leastPositions));
  const parts = Math.max(wanted, 1);
  const target = parts === 1 ? out : sink.take(weights * parts * 4);
  sink.dispatchGroups(
    weightGradientShader(geometryClass(c), c.isPadded),
    [planes * parts, quietNaN, ...convolutionParameters(c), parts, Math.ceil(all / parts), weights],
    [x, dy, target],
    planes * parts,
  );
  if (parts > 1) {
    const size = { elements: weights, parts, channels: 1, inner: weights };
    addParts(sink, target, out, size, noEnding);
    sink.giveBack(target);
  }
}
