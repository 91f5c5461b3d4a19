import { ArgumentError, full, keep, noGrad, openScope, type Tensor } from '@convnet/tensor-core';

/** Parameters that share their options. */
export interface ParameterGroup<Options> {
  readonly parameters: readonly Tensor[];
  /** Options of this group; schedules change them between steps. */
  options: Options;
  /**
   * The learning rate that schedules count from: what the group had when its first schedule was made; undefined
   * before.
   */
  initialLearningRate?: number | undefined;
}

/** Parameters, or groups of them with options of their own. */
export type ParameterSource<Options> =
  | readonly Tensor[]
  | readonly (Partial<Options> & { readonly parameters: readonly Tensor[] })[];

/** Options that every optimiser has. */
export interface OptimizerOptions {
  readonly learningRate: number;
}

/** What an optimiser knows of one parameter. */
interface ParameterRecord {
  /** Updates so far. */
  steps: number;
  state: Record<string, Tensor>;
}

/**
 * Updates parameters from their gradients. An optimiser owns its state, such as momenta, and gives it back
 * on `dispose`.
 */
export abstract class Optimizer<Options extends OptimizerOptions = OptimizerOptions> {
  readonly groups: ParameterGroup<Options>[];
  readonly #records = new Map<Tensor, ParameterRecord>();

  /** @throws ArgumentError without parameters, or for options out of range. */
  constructor(source: ParameterSource<Options>, defaults: Options) {
    this.groups = groupsFrom(source, defaults);
    if (this.groups.every((group) => group.parameters.length === 0)) {
      throw new ArgumentError(`${this.constructor.name}: expected at least one parameter`);
    }
    for (const group of this.groups) this.checkOptions(group.options);
  }

  /** @throws ArgumentError for options out of range. */
  protected abstract checkOptions(options: Options): void;

  /** Updates one parameter in place. `step` counts its updates from 1. */
  protected abstract update(
    parameter: Tensor,
    gradient: Tensor,
    options: Options,
    step: number,
  ): void;

  /** Updates every parameter that has a gradient. */
  step(): void {
    noGrad(() => {
      for (const { parameters, options } of this.groups) {
        for (const parameter of parameters) {
          if (parameter.grad === null || parameter.device.isMeta) continue;
          const record = this.#recordOf(parameter);
          record.steps++;
          const opened = openScope();
          try {
            this.update(parameter, parameter.grad, options, record.steps);
          } finally {
            opened.close();
          }
          parameter.storage.version++;
        }
      }
    });
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const { parameters } of this.groups) {
      for (const parameter of parameters) {
        parameter.grad?.dispose();
        parameter.grad = null;
      }
    }
  }

  /** A tensor of the parameter's shape that lasts from step to step, zeros at first. */
  protected stateOf(parameter: Tensor, name: string): Tensor {
    const { state } = this.#recordOf(parameter);
    return (state[name] ??= keep(
      full(parameter.shape, 0, { device: parameter.device, dtype: parameter.dtype }),
    ));
  }

  #recordOf(parameter: Tensor): ParameterRecord {
    let record = this.#records.get(parameter);
    if (record === undefined) {
      record = { steps: 0, state: {} };
      this.#records.set(parameter, record);
    }
    return record;
  }

  /** Gives the memory of the state back. */
  dispose(): void {
    for (const record of this.#records.values()) {
      for (const state of Object.values(record.state)) state.dispose();
      record.state = {};
    }
  }
}

function groupsFrom<Options extends OptimizerOptions>(
  source: ParameterSource<Options>,
  defaults: Options,
): ParameterGroup<Options>[] {
  const loose: Tensor[] = [];
  const groups: ParameterGroup<Options>[] = [];
  for (const item of source) {
    if ('parameters' in item) {
      const { parameters, ...own } = item;
      groups.push({ parameters, options: { ...defaults, ...own } });
    } else {
      loose.push(item);
    }
  }
  return loose.length > 0 ? [{ parameters: loose, options: defaults }, ...groups] : groups;
}

/** @throws ArgumentError where `value` is not within [low, high], naming the option. */
export function requireRange(
  optimizer: string,
  name: string,
  value: number,
  low: number,
  high: number = Number.POSITIVE_INFINITY,
): void {
  if (value >= low && value <= high) return;
  const range = high === Number.POSITIVE_INFINITY ? `at least ${low}` : `from ${low} to ${high}`;
  throw new ArgumentError(`${optimizer}: expected ${name} ${range}, got ${value}`);
}
