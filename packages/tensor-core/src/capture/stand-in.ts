import { context } from '../context.ts';
import { EagerTensor } from '../eager-tensor.ts';
import type { Storage } from '../storage.ts';
import type { Tensor } from '../tensor.ts';
import { outsideCapture } from './hooks.ts';

/**
 * What a step that is being recorded gets for an input: the same values on the same memory, under another identity, so that
 * the recording tells the input from a tensor that the step closes over, even where that is the same one. Its gradient is
 * that of the input.
 */
class StandIn extends EagerTensor {
  readonly #input: Tensor;

  constructor(input: Tensor, storage: Storage) {
    super(input.device, input.shape, input.dtype, storage);
    this.#input = input;
    const { origin } = input;
    if (origin !== null) this.recordOrigin(origin.node, origin.output);
  }

  override get grad(): Tensor | null {
    context().recorder?.gradientRead(this);
    return outsideCapture(() => this.#input.grad);
  }

  override set grad(gradient: Tensor | null) {
    context().recorder?.gradientRead(this);
    outsideCapture(() => {
      this.#input.grad = gradient;
    });
  }

  override takeGrad(gradient: Tensor): void {
    context().recorder?.gradientRead(this);
    outsideCapture(() => this.#input.takeGrad(gradient));
  }

  override clearGrad(): void {
    context().recorder?.gradientCleared(this);
    outsideCapture(() => this.#input.clearGrad());
  }

  override get requiresGrad(): boolean {
    return this.#input.requiresGrad;
  }

  override set requiresGrad(value: boolean) {
    this.#input.requiresGrad = value;
  }
}

/** Stand-ins of inputs, in the innermost scope; those of inputs that share memory share theirs. */
export function standInsFor(inputs: readonly Tensor[]): Tensor[] {
  const lent = new Map<Storage, Storage>();
  return inputs.map((input) => {
    const { storage } = input;
    const before = lent.get(storage);
    const own = before?.retain() ?? storage.lend();
    lent.set(storage, own);
    return new StandIn(input, own);
  });
}

/** Makes known that a step has written its inputs, by their stand-ins. */
export function noteWrites(inputs: readonly Tensor[], standIns: readonly Tensor[]): void {
  for (const storage of new Set(inputs.map((input) => input.memory))) {
    if (storage === null) continue;
    const standIn = standIns[inputs.findIndex((input) => input.memory === storage)]!;
    storage.version += standIn.memory?.version ?? 0;
  }
}
