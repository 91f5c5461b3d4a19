import {
  add,
  assign,
  capture,
  conv,
  div,
  exp,
  expand,
  Generator,
  gt,
  keep,
  lt,
  logicalNot,
  mean,
  mul,
  neg,
  noGrad,
  pointwise,
  pointwiseRows,
  relu,
  scale,
  scope,
  sigmoid,
  silu,
  sqrt,
  square,
  stepScalar,
  sub,
  sum,
  tensor,
  where,
  type Device,
  type Tensor,
} from '@convnet/tensor-core';
import { checkCase, type ConformanceCase } from '../case.ts';
import { difference, wrongSign, type HostTensor } from '../compare.ts';
import { elementsOf, listed, seedOf, uniform, type Input } from '../inputs.ts';

/** A computation whose pointwise steps are joined where the device has the kernel. */
interface Chained {
  readonly name: string;
  readonly inputs: readonly Input[];
  body(...inputs: Tensor[]): readonly Tensor[];
  /** Chains that are made of it; null: that depends. Default 1. */
  readonly chains?: number | null;
}

/** What a device's own compiler may change between rows that are joined, of an element's own magnitude. */
const contraction = 2e-6;

async function read(t: Tensor): Promise<HostTensor> {
  return { shape: t.shape, dtype: t.dtype, values: await t.data() };
}

/** Runs a step eagerly and captured on one device, three times with other inputs, and says where they differ. */
async function check(
  { name, inputs, body, chains = 1 }: Chained,
  device: Device,
): Promise<string[]> {
  const failures: string[] = [];
  const captured = capture((...t: Tensor[]) => [...body(...t)]);
  let before: readonly HostTensor[] = [];
  for (let run = 0; run < 4; run++) {
    // The last two are of the same inputs.
    const seed = Math.min(run, 2);
    await scope(async () => {
      const given = inputs.map((input, i) =>
        tensor(elementsOf(input, seedOf(`${name}/${i}/${seed}`), input.dtype), input.shape, {
          device,
          dtype: input.dtype,
        }),
      );
      const expected = await Promise.all(body(...given).map(read));
      const actual = await Promise.all(captured(...given).map(read));
      expected.forEach((wanted, i) => {
        const { error, at } = difference(actual[i]!, wanted, 'element');
        if (error > contraction) failures.push(`run ${run}, result ${i}: ${at}`);
        const sign = wrongSign(actual[i]!, wanted);
        if (sign !== null) failures.push(`run ${run}, result ${i}: ${sign}`);
        const same = run < 3 || bits(actual[i]!) === bits(before[i]!);
        if (!same) failures.push(`result ${i} has other bits in another run`);
      });
      before = actual;
    });
  }
  const found = String(captured).match(/= pointwiseChain\(/g)?.length ?? 0;
  const wanted = device.backend.fuses?.includes('pointwise') === true ? (chains ?? 0) : 0;
  if (chains !== null && found !== wanted) {
    failures.push(`expected ${wanted} chains, got ${found} in\n${String(captured)}`);
  }
  captured.dispose();
  return failures;
}

/** All that a result says of itself: one NaN is as good as another. */
function bits({ values }: HostTensor): string {
  return Array.from(values, (value) => (Object.is(value, -0) ? '-0' : String(value))).join();
}

const x4 = uniform([2, 3, 4, 5]);

/** Shapes that repeat along other axes of [2, 3, 4, 5] each. */
const repeated: readonly (readonly number[])[] = [
  [1, 3, 1, 1],
  [2, 3, 1, 1],
  [2, 1, 1, 5],
  [1, 1, 4, 1],
  [1, 1, 1, 1],
  [2, 1, 4, 5],
  [1, 3, 4, 5],
  [2, 3, 4, 1],
];

const special = [NaN, Infinity, -Infinity, 0, -0, 1, -1, 0.5, -2.5, 3, -3, 1e30, -1e30, 88, -104];

/** Each row of float32 on special values, with another one behind it. */
const everyRow: readonly Chained[] = Object.entries(pointwiseRows)
  .filter(([, { result }]) => result !== 'bool')
  .map(([name, { inputs, exampleScalars = [] }]) => ({
    name: `${name} and neg`,
    inputs: [
      listed(special, [15, 15]),
      {
        ...listed(special, [15, 15]),
        value: (_: number, i: number) => special[Math.floor(i / 15)]!,
      },
      { ...listed(special, [15, 15]), value: (_: number, i: number) => special[(i * 7 + 3) % 15]! },
    ],
    body: (a, b, c) => {
      const operands = name === 'where' ? [gt(a, b), b, c] : [a, b, c].slice(0, inputs);
      return [neg(pointwise(name, operands, exampleScalars))];
    },
  }));

const everyComparison: readonly Chained[] = Object.entries(pointwiseRows)
  .filter(([name, { result }]) => result === 'bool' && !name.startsWith('logical'))
  .map(([name, { inputs }]) => ({
    name: `${name} and where`,
    inputs: [
      listed(special, [15, 15]),
      {
        ...listed(special, [15, 15]),
        value: (_: number, i: number) => special[Math.floor(i / 15)]!,
      },
    ],
    body: (a, b) => [where(pointwise(name, [a, b].slice(0, inputs)), a, b)],
  }));

const shaped: readonly Chained[] = [
  ...[1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 1023, 1024, 1025, 1031, 2049, 5000].map((n) => ({
    name: `${n} elements`,
    inputs: [uniform([n]), uniform([n])],
    body: (a: Tensor, b: Tensor) => [add(mul(a, b), silu(a))],
  })),
  ...repeated.map((shape) => ({
    name: `an operand [${shape.join(', ')}] of [2, 3, 4, 5]`,
    inputs: [x4, uniform(shape), x4],
    body: (a: Tensor, b: Tensor, c: Tensor) => [add(mul(a, b), c)],
  })),
  ...[1, 3, 5, 17, 40].map((channels) => ({
    name: `a gate of ${channels} channels behind a convolution`,
    inputs: [uniform([2, 3, 9, 7]), uniform([channels, 3, 3, 3]), uniform([2, channels, 1, 1])],
    body: (x: Tensor, w: Tensor, gate: Tensor) => {
      const y = conv(x, w);
      return [add(mul(y, sigmoid(expand(gate, y.shape))), y)];
    },
  })),
  {
    name: 'several repeated operands and a gate in rows',
    inputs: [x4, ...repeated.slice(0, 6).map((shape) => uniform(shape, 0.5, 2))],
    body: (x, ...others) => [
      others.reduce((y, other, i) => (i % 2 === 0 ? mul(y, other) : add(y, other)), x),
    ],
  },
  {
    name: 'a gradient of a mean',
    inputs: [uniform([3, 5, 6, 4]), uniform([3, 5, 1, 1])],
    body: (x, g) => [relu(add(expand(g, x.shape), x))],
  },
  {
    name: 'nothing',
    inputs: [uniform([0, 3]), uniform([1, 3])],
    body: (a, b) => [add(mul(a, b), a)],
  },
  {
    name: 'one number',
    inputs: [uniform([])],
    body: (a) => [exp(neg(a))],
  },
  {
    name: '60 rows, more than a chain has',
    inputs: [uniform([40], 0.5, 1)],
    chains: 3,
    body: (a) => {
      let y = a;
      for (let i = 0; i < 20; i++) y = mul(add(sqrt(y), 0.1), 0.9);
      return [y];
    },
  },
  {
    name: 'more operands than a chain has',
    inputs: Array.from({ length: 12 }, () => uniform([33])),
    chains: 2,
    body: (first, ...others) => [others.reduce((y, other) => add(y, other), first)],
  },
];

const valued: readonly Chained[] = [
  {
    name: 'several results',
    inputs: [uniform([7, 9]), uniform([7, 9])],
    body: (a, b) => {
      const y = exp(a);
      const z = mul(y, b);
      return [y, z, sub(z, y)];
    },
  },
  {
    name: 'a result that is read again outside',
    inputs: [uniform([7, 9])],
    body: (a) => {
      const y = exp(a);
      return [mul(y, a), sum(y, [0])];
    },
  },
  {
    name: 'values that live long',
    inputs: [uniform([1030], 0.5, 2)],
    body: (a) => {
      const held = Array.from({ length: 7 }, (_, i) => mul(a, i + 1));
      const roots = held.map((value) => sqrt(value));
      return [roots.reduce((total, root) => add(total, root))];
    },
  },
  {
    name: 'conditions from outside',
    inputs: [uniform([2, 5, 3, 3]), uniform([2, 5, 3, 3])],
    body: (a, b) => {
      const condition = logicalNot(gt(sum(a, [0], { keepDim: true }), 0));
      return [neg(where(condition, mul(a, b), b))];
    },
  },
  {
    name: 'a condition of numbers that are computed',
    inputs: [x4, x4],
    body: (a, b) => [where(lt(square(a), square(b)), div(a, b), div(b, a))],
  },
  {
    name: 'the same operand twice',
    inputs: [uniform([19])],
    body: (a) => [add(mul(a, a), a)],
  },
  {
    name: 'integers, which stay apart',
    inputs: [{ ...listed([3, -4, 7, 2 ** 30], [4]), dtype: 'int32' }],
    chains: 0,
    body: (a) => [mul(add(a, a), 3)],
  },
];

/** Rows that a random chain is made of, and the inputs that each reads. */
const drawn = Object.entries(pointwiseRows)
  .filter(([name, { result, domain, gradient }]) => {
    const isSmooth = gradient !== undefined || name.endsWith('Grad');
    return result !== 'bool' && domain === undefined && isSmooth;
  })
  .map(([name]) => name)
  .filter((name) => !['sign', 'floor', 'ceil', 'round', 'where'].includes(name));

/** A chain of rows on inputs and on what was computed before, by a number. */
function randomChain(seed: number): Chained {
  const generator = new Generator(seed);
  const below = (n: number): number => Math.floor(generator.uniform(1)[0]! * n);
  const shape = Array.from({ length: 1 + below(4) }, () => 1 + below(7));
  const inputs = Array.from({ length: 1 + below(5) }, (_, i) =>
    uniform(i === 0 ? shape : shape.map((extent) => (below(3) === 0 ? 1 : extent))),
  );
  const count = 2 + below(12);
  const rows = Array.from({ length: count }, (_, row) => {
    const name = drawn[below(drawn.length)]!;
    const operands = Array.from({ length: pointwiseRows[name]!.inputs }, () =>
      below(inputs.length + row),
    );
    // The whole shape, from the row before.
    if (operands.every((operand) => operand < inputs.length))
      operands[0] = row === 0 ? 0 : inputs.length + row - 1;
    return { name, operands };
  });
  const names = rows.map(({ name }) => name).join(' ');
  return {
    name: `random ${seed}: ${names}`,
    inputs,
    chains: null,
    body(...given) {
      const values = [...given];
      for (const { name, operands } of rows) {
        const { exampleScalars = [] } = pointwiseRows[name]!;
        const args = operands.map((operand) => values[operand]!);
        // Bounded, so that nothing outgrows what is compared.
        values.push(pointwise('clamp', [pointwise(name, args, exampleScalars)], [-50, 50]));
      }
      return values.slice(-2);
    },
  };
}

const named: readonly ConformanceCase[] = [
  ...everyRow,
  ...everyComparison,
  ...shaped,
  ...valued,
  ...Array.from({ length: 60 }, (_, seed) => randomChain(seed)),
].map((chained) =>
  checkCase(`chain of pointwise rows: ${chained.name}`, 'pointwiseChain', (device) =>
    check(chained, device),
  ),
);

/** What happens around a chain from run to run. */
const others: readonly ConformanceCase[] = [
  checkCase(
    'chain of pointwise rows: numbers that change from step to step',
    'pointwiseChain',
    (device) =>
      scope(async () => {
        const failures: string[] = [];
        let rate = 0;
        const step = capture((x: Tensor) => {
          const factor = stepScalar(() => rate);
          return sub(x, scale(mul(x, 2), factor));
        });
        const x = tensor([1, 2, 3], { device });
        for (rate = 1; rate < 5; rate++) {
          const [first] = await step(x).data();
          if (first !== 1 - 2 * rate) failures.push(`rate ${rate}: got ${first}`);
        }
        const joined = String(step).includes('pointwiseChain');
        if (joined !== device.backend.fuses?.includes('pointwise')) failures.push(String(step));
        step.dispose();
        return failures;
      }),
  ),
  checkCase(
    'chain of pointwise rows: what is written between is read as it was',
    'pointwiseChain',
    (device) =>
      scope(async () => {
        const held = keep(tensor([1, 2, 3], { device }));
        const step = capture((x: Tensor) =>
          noGrad(() => {
            const before = mul(held, x);
            assign(held, x);
            return [add(before, held), mean(held)];
          }),
        );
        const failures: string[] = [];
        for (const [given, wanted] of [
          [2, [4, 6, 8]],
          [3, [9, 9, 9]],
          [5, [20, 20, 20]],
        ] as const) {
          const [y] = step(tensor([given, given, given], { device }));
          const got = [...(await y!.data())];
          if (got.join() !== wanted.join())
            failures.push(`expected ${wanted.join()}, got ${got.join()}`);
        }
        step.dispose();
        held.dispose();
        return failures;
      }),
  ),
];

/** Pointwise steps of a captured step that follow each other, which devices may compute in one pass. */
export const pointwiseChainCases: readonly ConformanceCase[] = [...named, ...others];
