import { ArgumentError, formatValue, type Device, type Tensor } from '@convnet/tensor-core';

/** What is needed of a model; every `Module` has it. */
export interface LoadableModel {
  /** Its tensors by their names: the live ones. */
  stateDict(): ReadonlyMap<string, Tensor>;
  /** Copies tensors of the same device in: all, or nothing and an error. */
  loadStateDict(
    state: ReadonlyMap<string, Tensor>,
    options: { readonly strict: boolean; readonly assign?: boolean },
  ): Promise<unknown>;
  /** Moves it to a device; from the meta device, it gets its first values. */
  to?(device: Device): Promise<unknown>;
  /** Name of the architecture, for errors. */
  readonly architecture?: string;
}

/** @throws ArgumentError for what is no model. */
export function requireModel(model: unknown, op = 'loadWeights'): asserts model is LoadableModel {
  const { stateDict, loadStateDict } = (model ?? {}) as Partial<LoadableModel>;
  if (typeof stateDict === 'function' && typeof loadStateDict === 'function') return;
  throw new ArgumentError(
    `${op}: expected a model with stateDict() and loadStateDict(), got ${formatValue(model)}`,
  );
}

/** What errors call a model. */
export function nameOf(model: LoadableModel): string {
  const { architecture = '' } = model;
  return architecture === '' ? model.constructor.name : architecture;
}

/** Whether a file may lack a tensor of the model, as those from before PyTorch 0.4.1 lack `num_batches_tracked`. */
export function isOptional(tensor: Tensor): boolean {
  return (tensor as Tensor & { readonly isOptional?: boolean }).isOptional === true;
}
