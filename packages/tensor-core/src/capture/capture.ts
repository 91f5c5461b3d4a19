import { context, within } from '../context.ts';
import type { Device } from '../device.ts';
import type { DType } from '../dtype.ts';
import { CaptureError, DeviceError, DTypeError } from '../errors.ts';
import { formatGraph, isOperation } from '../graph/graph.ts';
import { aBoolean, aCount, oneOf } from '../kinds.ts';
import { checkOptions, optionKinds } from '../options.ts';
import { openScope, scopedIn } from '../scope.ts';
import { sameShape } from '../shape.ts';
import { requireBody } from '../synchronous.ts';
import { Tensor } from '../tensor.ts';
import { givenTwiceCheck } from './given-twice.ts';
import { describeSpec, Recording, type Guard, type Recorded } from './recording.ts';
import { Replay } from './replay.ts';
import { noteWrites, standInsFor } from './stand-in.ts';

/** What a step may return: tensors, alone or in arrays, maps and plain objects. */
export type StepResult =
  | Tensor
  | null
  | undefined
  | void
  | readonly StepResult[]
  | { readonly [name: string]: StepResult };

/** Options of `capture`. */
export interface CaptureOptions {
  /** Recordings kept, for different shapes and modes; the one not used for longest goes first. Default 8. */
  readonly limit?: number;
  /**
   * What to do with a step that cannot be replayed: 'throw' a `CaptureError`, or go on running it as it is. Default
   * 'throw'.
   */
  readonly otherwise?: 'throw' | 'eager';
  /**
   * Whether operations that follow each other are joined where the backend can, such as a batch norm and its
   * activation. On `reference` and wasm the bits are those of the parts. Default true.
   */
  readonly fuse?: boolean;
}

const captureOptions = optionKinds<CaptureOptions>({
  limit: aCount,
  otherwise: oneOf('throw', 'eager'),
  fuse: aBoolean,
});

/** A step that is recorded once and replayed. */
export interface CapturedStep<Inputs extends readonly Tensor[], Result extends StepResult> {
  (...inputs: Inputs): Result;
  /** Settles once the device is ready to replay what has been recorded. */
  readonly ready: Promise<void>;
  /** Recordings at hand. */
  readonly recordings: number;
  /** Gives back what the recordings hold. Using the step afterwards throws. */
  dispose(): void;
  /** The operations of each recording. */
  toString(): string;
}

/** Runs that a step may take until it leaves nothing new behind: the first one makes the optimiser's state. */
const attempts = 3;

/**
 * A step of tensors (forward, backward, optimiser, whatever it does) that runs for real once or twice, is recorded,
 * and is replayed from then on, with the same results and less work on the host.
 *
 *     const step = capture((x, y) => {
 *       const loss = crossEntropy(model.forward(x), y);
 *       optimizer.zeroGrad();
 *       loss.backward();
 *       optimizer.step();
 *       return loss;
 *     });
 *     for await (const [x, y] of loader) step(x, y);
 *
 * There is a recording for each set of: shapes of the inputs, which of them learn and which share memory, gradient mode, training or evaluation mode of the modules,
 * options of the optimiser apart from its rate, which leaves require a gradient, and which of those that the step adds
 * to hold one. Learning rates, momenta of running statistics and random draws go on as they would; every other number
 * of the program is the one it was. Results are outside the graph of gradients.
 *
 * While it is recorded the step gets stand-ins for its inputs, so that it must use its arguments: a tensor that it knows
 * otherwise is the same one at every replay.
 *
 * A replay gives gradients that the step clears unread back before it begins, for their memory: where it fails they are gone,
 * wherever the step clears them.
 *
 * @throws CaptureError where the step does what a replay cannot repeat (it reads values, makes tensors of data of the
 * host, draws random numbers on the host, leaves tensors behind), where an input is closed over too and written or
 * learning, or where a module has changed or the step was disposed of;
 * DeviceError, DTypeError where inputs or weights are on another device or of another type than before;
 * ReleasedTensorError where a tensor that it reads was disposed of; ArgumentError for an asynchronous step and for options
 * that are not known or out of range.
 */
export function capture<Inputs extends readonly Tensor[], Result extends StepResult>(
  step: (...inputs: Inputs) => Result,
  options: CaptureOptions = {},
): CapturedStep<Inputs, Result> {
  checkOptions('capture', options, captureOptions);
  requireBody('capture', step);
  const captures = new Captures(step, options);
  const call = (...inputs: Inputs): Result => captures.call(inputs);
  return Object.defineProperties(call, {
    ready: { get: () => captures.ready },
    recordings: { get: () => captures.count },
    dispose: { value: () => captures.dispose() },
    toString: { value: () => captures.toString() },
  }) as CapturedStep<Inputs, Result>;
}

/** One recording that can be replayed. */
interface Variant {
  readonly key: Key;
  readonly guards: readonly Guard[];
  readonly checkGivenTwice: (inputs: readonly Tensor[]) => void;
  readonly recorded: Recorded;
  readonly replay: Replay;
  /** Builds what the step returns around the tensors of a replay. */
  readonly assemble: (tensors: readonly Tensor[]) => unknown;
}

class Captures<Inputs extends readonly Tensor[], Result extends StepResult> {
  readonly #step: (...inputs: Inputs) => Result;
  readonly #limit: number;
  readonly #isStrict: boolean;
  readonly #fuses: boolean;
  /** In the order of use, the latest last. */
  #variants: Variant[] = [];
  #device: Device | null = null;
  #dtypes: readonly DType[] = [];
  #attempts = 0;
  #isEager = false;
  #isDisposed = false;

  constructor(step: (...inputs: Inputs) => Result, options: CaptureOptions) {
    this.#step = step;
    this.#limit = options.limit ?? 8;
    this.#fuses = options.fuse ?? true;
    this.#isStrict = (options.otherwise ?? 'throw') === 'throw';
  }

  get ready(): Promise<void> {
    return Promise.all(this.#variants.map(({ replay }) => replay.ready)).then(() => undefined);
  }

  get count(): number {
    return this.#variants.length;
  }

  call(inputs: Inputs): Result {
    if (this.#isDisposed) throw new CaptureError('capture: this step was disposed of');
    const { recorder, listeners, shapesOnly, recordsGradients } = context();
    // Who listens hears every operation: a step inside another one is part of it.
    if (recorder !== null || listeners.length > 0 || shapesOnly || this.#isEager) {
      return this.#step(...inputs);
    }
    const device = this.#checkInputs(inputs);
    if (device?.isMeta === true) return this.#step(...inputs);
    let variant: Variant | undefined;
    try {
      variant = this.#find(recordsGradients, inputs);
    } catch (error) {
      if (this.#isStrict || !(error instanceof CaptureError)) throw error;
      this.#isEager = true;
      return this.#step(...inputs);
    }
    if (variant === undefined) {
      const key = { inputs: inputs.map(traitsOf), recordsGradients };
      return this.#record(key, device, inputs);
    }
    return variant.assemble(variant.replay.run(inputs)) as Result;
  }

  /** @throws DeviceError, DTypeError, ReleasedTensorError. */
  #checkInputs(inputs: Inputs): Device | null {
    inputs.forEach((input, i) => {
      input.requireLive('capture');
      const device = (this.#device ??= input.device);
      if (input.device !== device) {
        throw new DeviceError(
          `capture: the step was captured on ${device.nameBeside(input.device)}, got input ${i} ` +
            input.describe(device),
        );
      }
      const dtype = this.#dtypes[i] ?? input.dtype;
      if (input.dtype !== dtype) {
        throw new DTypeError(
          `capture: the step was captured with input ${i} of type ${dtype}, got ${input.describe()}`,
        );
      }
    });
    if (this.#dtypes.length === 0) this.#dtypes = inputs.map(({ dtype }) => dtype);
    return this.#device;
  }

  #find(recordsGradients: boolean, inputs: Inputs): Variant | undefined {
    for (let i = this.#variants.length - 1; i >= 0; i--) {
      const variant = this.#variants[i]!;
      if (!matches(variant.key, recordsGradients, inputs) || !holds(variant, inputs)) continue;
      if (i < this.#variants.length - 1) this.#variants.push(...this.#variants.splice(i, 1));
      return variant;
    }
    return undefined;
  }

  #record(key: Key, device: Device | null, inputs: Inputs): Result {
    const opened = openScope();
    const standIns = standInsFor(inputs) as unknown as Inputs;
    const recording = new Recording(device, standIns, opened, this.#isStrict);
    let kept = false;
    try {
      const result = this.#run(recording, inputs, standIns);
      const detached = mapTensors(result, (tensor) =>
        tensor.requiresGrad && !tensor.isLeaf ? tensor.detach() : tensor,
      ) as Result;
      opened.escape(detached);
      opened.close();
      kept = this.#keep(key, recording, detached, inputs);
      return detached;
    } finally {
      opened.close();
      if (!kept) recording.discard();
    }
  }

  /** Runs the step for real while it is recorded. */
  #run(recording: Recording, inputs: Inputs, standIns: Inputs): Result {
    try {
      return within('capture', { recorder: recording }, () =>
        refusingHostRandomness(recording, () => this.#step(...standIns)),
      );
    } finally {
      noteWrites(inputs, standIns);
    }
  }

  /** Makes the recording one to replay, unless the step left something behind; whether it did. */
  #keep(key: Key, recording: Recording, result: Result, inputs: Inputs): boolean {
    const tensors = [...scopedIn(result)] as Tensor[];
    // The step may have disposed of its own capture.
    if (this.#isDisposed) return false;
    if (recording.refusal !== null) {
      if (this.#isStrict) throw new CaptureError(recording.refusal);
      this.#isEager = true;
      return false;
    }
    const leftOver = recording.leftOver(tensors);
    if (leftOver !== null) {
      this.#attempts++;
      if (this.#attempts < attempts) return false;
      if (!this.#isStrict) {
        this.#isEager = true;
        return false;
      }
      throw new CaptureError(
        `capture: a result of ${leftOver} outlives the step, so that it would stay the same at every replay: ` +
          'return it from the step (the step itself has run)',
      );
    }
    this.#attempts = 0;
    const results = tensors.map((tensor) => recording.valueOf(tensor));
    const recorded = recording.finish();
    const checkGivenTwice = givenTwiceCheck(recorded);
    try {
      checkGivenTwice(inputs);
    } catch (error) {
      if (this.#isStrict) throw error;
      this.#isEager = true;
      return false;
    }
    this.#device ??= recorded.device;
    this.#variants.push({
      key,
      guards: recorded.guards,
      checkGivenTwice,
      recorded,
      replay: new Replay(recorded, results, this.#fuses),
      assemble: assembler(result),
    });
    if (this.#variants.length > this.#limit) release(this.#variants.shift()!);
    return true;
  }

  dispose(): void {
    this.#isDisposed = true;
    this.#variants.forEach(release);
    this.#variants = [];
  }

  toString(): string {
    if (this.#variants.length === 0) return 'captured step, nothing recorded yet';
    return this.#variants
      .map(({ recorded, replay: { sequence } }) => {
        const graph = { ...sequence, steps: sequence.steps.filter(isOperation) };
        return `captured for ${recorded.inputs.map(describeSpec).join(', ')}\n${formatGraph(graph)}`;
      })
      .join('\n\n');
  }
}

/** What an input decides of a recording. */
interface InputTraits {
  readonly shape: readonly number[];
  readonly learns: boolean;
  /** The first input that has its memory, which may be itself. */
  readonly first: number;
}

/** What a recording is found by, before its guards are asked. */
interface Key {
  readonly inputs: readonly InputTraits[];
  readonly recordsGradients: boolean;
}

function traitsOf(input: Tensor, i: number, inputs: readonly Tensor[]): InputTraits {
  return {
    shape: input.shape,
    learns: input.requiresGrad,
    first: firstWithMemoryOf(input, i, inputs),
  };
}

function firstWithMemoryOf(input: Tensor, i: number, inputs: readonly Tensor[]): number {
  let first = 0;
  while (first < i && !inputs[first]!.sharesMemoryWith(input)) first++;
  return first;
}

function matches(key: Key, recordsGradients: boolean, inputs: readonly Tensor[]): boolean {
  if (key.recordsGradients !== recordsGradients || key.inputs.length !== inputs.length)
    return false;
  for (let i = 0; i < inputs.length; i++) {
    const { shape, learns, first } = key.inputs[i]!;
    const input = inputs[i]!;
    if (input.requiresGrad !== learns || !sameShape(input.shape, shape)) return false;
    if (firstWithMemoryOf(input, i, inputs) !== first) return false;
  }
  return true;
}

/** Runs `body`, in which a number from `Math.random` would be the same at every replay. */
function refusingHostRandomness<T>(recording: Recording, body: () => T): T {
  const { random } = Math;
  Math.random = () => {
    recording.refuse('Math.random() was called');
    return random();
  };
  try {
    return body();
  } finally {
    Math.random = random;
  }
}

/**
 * Whether a recording may be replayed now.
 * @throws CaptureError, DeviceError, ReleasedTensorError where it never can be again.
 */
function holds({ guards, checkGivenTwice, recorded }: Variant, inputs: readonly Tensor[]): boolean {
  const { device } = recorded;
  for (const [tensor] of recorded.constants) {
    tensor.requireLive('capture');
    if (tensor.device !== device) {
      throw new DeviceError(
        `capture: a tensor ${tensor.describe(device)}, which the step reads, was on ` +
          `${device.nameBeside(tensor.device)} when it was captured: capture the step anew`,
      );
    }
  }
  checkGivenTwice(inputs);
  for (const guard of guards) {
    if (guard.holds(inputs)) continue;
    if (guard.broken !== undefined) throw new CaptureError(`capture: ${guard.broken()}`);
    return false;
  }
  return true;
}

function release({ recorded, replay }: Variant): void {
  replay.dispose();
  for (const literal of recorded.literals) literal.dispose();
}

/** The same arrays, maps and plain objects around other tensors. */
function mapTensors(value: unknown, map: (tensor: Tensor) => Tensor): unknown {
  if (value instanceof Tensor) return map(value);
  if (Array.isArray(value)) return value.map((item) => mapTensors(item, map));
  if (value instanceof Map) {
    return new Map([...value].map(([name, item]) => [name, mapTensors(item, map)]));
  }
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([name, item]) => [name, mapTensors(item, map)]),
    );
  }
  return value;
}

/** Puts tensors where those of `template` stand, in order. */
function assembler(template: unknown): (tensors: readonly Tensor[]) => unknown {
  if (template instanceof Tensor) return ([tensor]) => tensor;
  return (tensors) => {
    let next = 0;
    return mapTensors(template, () => tensors[next++]!);
  };
}
