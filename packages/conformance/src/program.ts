import {
  add,
  mul,
  scope,
  sum,
  tensor,
  type Device,
  type DType,
  type Tensor,
} from '@convnet/tensor-core';
import type { HostTensor, Scale } from './compare.ts';
import { elementsOf, seedOf, uniform, type Input } from './inputs.ts';

/** A computation that every device must carry out alike. */
export interface Program {
  readonly name: string;
  /** The operation that it is about; sets the tolerance. */
  readonly op: string;
  readonly inputs: readonly Input[];
  /** Pure: it may run several times, on several devices. What it returns is compared. */
  body(...inputs: Tensor[]): Tensor | readonly Tensor[];
  /** Sums of thousands of terms occur. Default false. */
  readonly long?: boolean;
  /** Default 'tensor'. */
  readonly scale?: Scale;
  /** Whether central differences approximate its gradient: not at ties and kinks. Default true. */
  readonly smooth?: boolean;
}

/** The operation that a program's name starts with. */
export function operationIn(name: string): string {
  return /^\w+/.exec(name)![0];
}

/** Results and gradients of one run. */
export interface ProgramRun {
  readonly outputs: readonly HostTensor[];
  /** Which outputs gradients flow from. */
  readonly differentiable: readonly boolean[];
  /** By each input; null where none was asked for. */
  readonly gradients: readonly (HostTensor | null)[];
}

export interface RunOptions {
  /** What float32 inputs are run as. Default float32. */
  readonly floating?: DType;
  /** Values in place of those that inputs would draw, by the input's number. */
  readonly values?: ReadonlyMap<number, HostTensor['values']>;
  /** Whether gradients are computed. Default true. */
  readonly backward?: boolean;
  /** The gradients that flow into the outputs. Default: drawn from the program's name. */
  readonly seed?: (output: number, count: number) => HostTensor['values'];
}

/** The element type that an input has where the floating type is `floating`. */
export function inputType(input: Input, floating: DType): DType {
  return input.dtype === 'float32' ? floating : input.dtype;
}

/** Elements of input number `i` of a program. */
export function inputElements(program: Program, i: number, floating: DType): HostTensor['values'] {
  const input = program.inputs[i]!;
  return elementsOf(input, seedOf(`${program.name}/input ${i}`), inputType(input, floating));
}

/** The gradient that flows into output number `i`. */
export function seedGradient(
  program: Program,
  i: number,
  shape: readonly number[],
  dtype: DType,
): HostTensor['values'] {
  return elementsOf(uniform(shape), seedOf(`${program.name}/gradient ${i}`), dtype);
}

/**
 * Runs a program on a device: forward and, where an input asks for it and an output depends on it,
 * backward from fixed gradients of the outputs. All tensors are freed again.
 */
export async function runProgram(
  program: Program,
  device: Device,
  { floating = 'float32', values, backward = true, seed }: RunOptions = {},
): Promise<ProgramRun> {
  return scope(async () => {
    const inputs = program.inputs.map((input, i) =>
      tensor(values?.get(i) ?? inputElements(program, i, floating), input.shape, {
        device,
        dtype: inputType(input, floating),
        requiresGrad: backward && input.grad,
      }),
    );
    const result = program.body(...inputs);
    const outputs = 'shape' in result ? [result] : result;
    const differentiable = outputs.map((output) => output.requiresGrad);
    if (differentiable.includes(true)) backwardFrom(program, outputs, differentiable, seed);
    return {
      outputs: await Promise.all(outputs.map(readBack)),
      differentiable,
      gradients: await Promise.all(
        inputs.map(({ grad }) => (grad === null ? Promise.resolve(null) : readBack(grad))),
      ),
    };
  });
}

function backwardFrom(
  program: Program,
  outputs: readonly Tensor[],
  differentiable: readonly boolean[],
  seed: RunOptions['seed'],
): void {
  const seeded = outputs.flatMap((output, i) => {
    if (!differentiable[i]) return [];
    const { shape, dtype, device } = output;
    const values = seed?.(i, output.size) ?? seedGradient(program, i, shape, dtype);
    return [{ output, gradient: tensor(values, shape, { device, dtype }) }];
  });
  if (seeded.length === 1) {
    seeded[0]!.output.backward(seeded[0]!.gradient);
    return;
  }
  const terms = seeded.map(({ output, gradient }) => sum(mul(output, gradient)));
  terms.reduce((a, b) => add(a, b)).backward();
}

async function readBack(t: Tensor): Promise<HostTensor> {
  return { shape: t.shape, dtype: t.dtype, values: await t.data() };
}
