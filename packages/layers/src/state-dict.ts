import { ConvnetError, noGrad, tensor, type Device, type Tensor } from '@convnet/tensor-core';

import type { AnyModule } from './module.ts';

/** Weights that do not fit a model; nothing was loaded. */
export class StateDictError extends ConvnetError {
  override readonly name = 'StateDictError';
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  /** `key: expected [64, 3, 7, 7], got [64, 1, 7, 7]`. */
  readonly misshaped: readonly string[];

  constructor(
    model: string,
    missing: readonly string[],
    unexpected: readonly string[],
    misshaped: readonly string[],
  ) {
    const part = (title: string, list: readonly string[]): string =>
      list.length === 0 ? '' : `\n  ${title}: ${list.join(', ')}`;
    super(
      `the weights do not fit ${model}; nothing was loaded.` +
        part('missing', missing) +
        part('unexpected', unexpected) +
        part('of another shape', misshaped),
    );
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshaped = misshaped;
  }
}

export interface LoadOptions {
  /** Refuse missing and unexpected keys. Default true. Shapes must fit either way. */
  readonly strict?: boolean;
}

/**
 * Copies weights into a model, from tensors on any device. All or nothing.
 * @throws StateDictError that lists every missing, unexpected and mis-shaped key.
 */
export async function loadStateDict(
  model: AnyModule,
  state: ReadonlyMap<string, Tensor>,
  { strict = true }: LoadOptions = {},
): Promise<void> {
  const own = model.stateDict();
  const missing = [...own.keys()].filter((key) => !state.has(key));
  const unexpected = [...state.keys()].filter((key) => !own.has(key));
  const shared = [...own].filter(([key]) => state.has(key));
  const misshaped = shared
    .filter(([key, target]) => state.get(key)!.shape.join() !== target.shape.join())
    .map(
      ([key, target]) =>
        `${key}: expected [${target.shape.join(', ')}], got [${state.get(key)!.shape.join(', ')}]`,
    );
  if ((strict && missing.length + unexpected.length > 0) || misshaped.length > 0) {
    throw new StateDictError(
      model.architecture || model.typeName,
      strict ? missing : [],
      strict ? unexpected : [],
      misshaped,
    );
  }
  const values = await Promise.all(shared.map(([key]) => state.get(key)!.data()));
  shared.forEach(([, target], i) => {
    const { device, dtype, shape } = target;
    noGrad(() => target.replaceWith(tensor(values[i]!, shape, { device, dtype })));
  });
  await Promise.all(Array.from(model.namedModules(), ([, module]) => module.afterLoad()));
}

/**
 * Moves a model's parameters and buffers to a device, in place. From the meta device, where there are no
 * values, parameters are initialised and buffers start as new.
 */
export async function moveTo(model: AnyModule, device: Device): Promise<void> {
  for (const target of model.stateDict().values()) {
    if (target.device === device) continue;
    if (target.device.isMeta) {
      target.initialize(device);
      continue;
    }
    const values = await target.data();
    noGrad(() => target.replaceWith(tensor(values, target.shape, { device, dtype: target.dtype })));
  }
}
