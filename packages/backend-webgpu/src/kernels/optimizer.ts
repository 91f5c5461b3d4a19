import {
  elementCount,
  type AdamNumbers,
  type AdamStep,
  type Kernels,
  type Operand,
  type SgdStep,
} from '@convnet/tensor-core';

import { float, type CommandSink, type Parameters } from '../commands/command-sink.ts';
import { memoryOf, type Memory } from '../gpu-buffer.ts';
import { elementShader, shaderCache, workgroupSize, type Shader } from '../shader.ts';

/** One kind of update, of a parameter `w` by its gradient `g` and the state behind it. */
interface Rule {
  readonly name: string;
  /** Names of the buffers of the state. */
  readonly state: readonly string[];
  /** WGSL that updates element `i`. It sees its numbers as `n(0)`, `n(1)`, …, floats, and `flag(…)`, conditions. */
  readonly body: string;
}

/** Nothing without decay, also of an infinite weight, which times 0 is NaN. */
const decay =
  'fn decay(at: i32, w: f32) -> f32 { if (n(at) == 0.0) { return 0.0; } return n(at) * w; }';

/** Numbers: rate, momentum, 1 - dampening, weight decay, sign, nesterov, first. */
const sgdWithMomentum: Rule = {
  name: 'sgdWithMomentum',
  state: ['v'],
  body: `    var d = n(4) * g[i] + decay(3, w[i]);
    let velocity = select(n(1) * v[i] + n(2) * d, d, flag(6));
    v[i] = velocity;
    d = select(velocity, d + n(1) * velocity, flag(5));
    w[i] -= n(0) * d;`,
};

const sgd: Rule = {
  name: 'sgd',
  state: [],
  body: '    w[i] -= n(0) * (n(4) * g[i] + decay(3, w[i]));',
};

/**
 * Numbers: step size, betas, epsilon, weight decay, sign, what decoupled decay keeps, decoupled, the root's correction, and
 * what the betas leave of 1 (which float32 would round).
 */
const adam: Rule = {
  name: 'adam',
  state: ['m', 'v'],
  body: `    var weight = w[i];
    var slope = n(5) * g[i];
    if (flag(7)) { weight *= n(6); } else { slope += decay(4, weight); }
    let mean = n(1) * m[i] + n(9) * slope;
    let square = n(2) * v[i] + n(10) * slope * slope;
    m[i] = mean;
    v[i] = square;
    w[i] = weight - n(0) * mean / (sqrt(square) / n(8) + n(3));`,
};

const rules: Readonly<Record<string, Rule>> = { sgd, sgdWithMomentum, adam };

/**
 * Updates several parameters in one pass, each in workgroups of its own. Parameters: invocations in all, then for each of
 * them the invocation behind its last and its elements, then the numbers of the rule. Exported for its test.
 */
export const stepShader: (name: string, count: number) => Shader = shaderCache(
  (name: string, count: number) => {
    const { state, body } = rules[name]!;
    const places = Array.from({ length: count }, (_, k) => k);
    const buffers = ['w', 'g', ...state];
    const cases = places.map((k) => {
      const own = buffers.reduce(
        (text, buffer) => text.replaceAll(new RegExp(`\\b${buffer}\\[`, 'g'), `${buffer}${k}[`),
        body,
      );
      const begin = k === 0 ? '0' : `p[${2 * k - 1}]`;
      return `  ${k === 0 ? '' : 'else '}if (at < p[${1 + 2 * k}]) {
    let i = at - ${begin};
    if (i >= p[${2 + 2 * k}]) { return; }
${own}
  }`;
    });
    return elementShader(
      count === 1 ? name : `${name} of ${count}`,
      places.flatMap((k) =>
        buffers.map((buffer) => ({
          name: `${buffer}${k}`,
          type: 'f32' as const,
          writes: buffer !== 'g',
        })),
      ),
      `  let at = i;
${cases.join('\n')}`,
      `fn n(at: i32) -> f32 { return pf(${1 + 2 * count} + at); }
fn flag(at: i32) -> bool { return p[${1 + 2 * count} + at] != 0; }
${decay}`,
    );
  },
);

/** Elements of one dispatch, whose invocations shaders count with 31 bits. */
const mostElements = 2 ** 30;

/** What a step has for each parameter: itself, its gradient, the state. */
type Update = readonly (Operand | null)[];

export function optimizerKernels(
  sink: CommandSink,
): Pick<Kernels, 'sgdStep' | 'adamStep' | 'sgdSteps' | 'adamSteps'> {
  /** A dispatch for some parameters, whose numbers of elements are `counts`. */
  function updateSome(
    { name }: Rule,
    counts: readonly number[],
    memories: readonly Memory[],
    numbers: Parameters,
  ): void {
    let end = 0;
    const extents = counts.flatMap((count) => {
      end += Math.ceil(count / workgroupSize) * workgroupSize;
      return [end, count];
    });
    sink.dispatch(stepShader(name, counts.length), [end, ...extents, ...numbers], memories, end);
  }

  /** As few dispatches as the buffers of one allow. What reads or writes what one before writes comes behind it. */
  function updateAll(
    ruleOf: (update: Update) => Rule,
    updates: readonly Update[],
    numbers: Parameters,
  ): void {
    const { buffersPerKernel, bindingBytes } = sink.limits;
    let rule = sgd;
    let counts: number[] = [];
    let memories: Memory[] = [];
    let buffers = 0;
    let elements = 0;
    const read = new Set<Memory>();
    const written = new Set<Memory>();
    const dispatch = (): void => {
      if (counts.length > 0) updateSome(rule, counts, memories, numbers);
      counts = [];
      memories = [];
      buffers = 0;
      elements = 0;
      read.clear();
      written.clear();
    };
    for (const update of updates) {
      const count = elementCount(update[0]!.shape);
      if (count === 0) continue;
      const own = ruleOf(update);
      const used = update.filter((operand) => operand !== null).map(memoryOf);
      const gradient = used[1]!;
      const changed = used.filter((_, part) => part !== 1);
      const meets =
        written.has(gradient) || changed.some((memory) => written.has(memory) || read.has(memory));
      // A large one is bound in ranges.
      const bound = used.length * Math.ceil((4 * count) / bindingBytes);
      const isFull = buffers + bound > buffersPerKernel || elements + count > mostElements;
      if (meets || isFull || own !== rule) dispatch();
      rule = own;
      counts.push(count);
      memories.push(...used);
      buffers += bound;
      elements += count;
      read.add(gradient);
      for (const memory of changed) written.add(memory);
    }
    dispatch();
  }

  const sgdRule: (update: Update) => Rule = ([, , momentum]) =>
    momentum === null ? sgd : sgdWithMomentum;

  return {
    sgdStep(parameter, gradient, momentum, step, learningRate) {
      updateAll(sgdRule, [[parameter, gradient, momentum]], sgdNumbers(step, learningRate));
    },

    adamStep(parameter, gradient, mean, square, step, numbers) {
      updateAll(() => adam, [[parameter, gradient, mean, square]], adamNumbers(step, numbers));
    },

    sgdSteps(updates, step, learningRate) {
      updateAll(sgdRule, updates, sgdNumbers(step, learningRate));
    },

    adamSteps(updates, step, numbers) {
      updateAll(() => adam, updates, adamNumbers(step, numbers));
    },
  };
}

function sgdNumbers(step: SgdStep, learningRate: number): Parameters {
  return [
    float(learningRate),
    float(step.momentum),
    float(1 - step.dampening),
    float(step.weightDecay),
    float(step.maximize ? -1 : 1),
    step.nesterov ? 1 : 0,
    step.first ? 1 : 0,
  ];
}

function adamNumbers(step: AdamStep, numbers: AdamNumbers): Parameters {
  return [
    float(numbers.stepSize),
    float(step.beta1),
    float(step.beta2),
    float(step.epsilon),
    float(step.weightDecay),
    float(step.maximize ? -1 : 1),
    float(numbers.kept),
    step.decoupled ? 1 : 0,
    float(numbers.rootCorrection),
    float(1 - step.beta1),
    float(1 - step.beta2),
  ];
}
