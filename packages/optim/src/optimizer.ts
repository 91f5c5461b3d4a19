import {
  ArgumentError,
  capturing,
  ConvnetError,
  DeviceError,
  everyReplay,
  full,
  guardCapture,
  keep,
  noGrad,
  openScope,
  type StepScalar,
  type Tensor,
} from '@convnet/tensor-core';

/** Parameters that share their options. */
export interface ParameterGroup<Options> {
  readonly parameters: readonly Tensor[];
  /** Options of this group; schedules change them between steps. */
  options: Options;
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
interface ParameterRecord<Options> {
  readonly group: ParameterGroup<Options>;
  /** Updates so far. */
  steps: number;
  readonly state: Record<string, Tensor>;
}

/**
 * Updates parameters from their gradients. An optimiser owns its state, such as momenta, and gives it back
 * on `dispose`.
 */
export abstract class Optimizer<Options extends OptimizerOptions = OptimizerOptions> {
  readonly groups: ParameterGroup<Options>[];
  readonly #records = new Map<Tensor, ParameterRecord<Options>>();

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

  /**
   * Updates one parameter in place. `step` counts its updates from 1. What changes from step to step goes to
   * operations as a step scalar: see `scalar`.
   */
  protected abstract update(
    parameter: Tensor,
    gradient: Tensor,
    options: Options,
    step: number,
  ): void;

  /**
   * Updates every parameter that has a gradient. Where one fails, the error says how many had been updated.
   * @throws DeviceError, before anything is updated, where a parameter has moved away from its gradient or from
   * what the optimiser keeps for it: as in PyTorch, make the optimiser after `model.to(device)`.
   */
  step(): void {
    noGrad(() => {
      this.#requireOneDevice();
      let updated = 0;
      for (const group of this.groups) {
        const { parameters, options } = group;
        if (capturing()) guardCapture(group, optionsHold(group));
        for (const parameter of parameters) {
          if (parameter.grad === null || parameter.device.isMeta) continue;
          const record = this.#recordOf(parameter, group);
          const opened = openScope();
          try {
            this.update(parameter, parameter.grad, options, record.steps + 1);
          } catch (error) {
            this.#sayWhatStands(error, updated);
            throw error;
          } finally {
            opened.close();
          }
          record.steps++;
          if (capturing()) everyReplay(() => void record.steps++);
          updated++;
        }
      }
    });
  }

  #requireOneDevice(): void {
    for (const [g, { parameters }] of this.groups.entries()) {
      for (const [p, parameter] of parameters.entries()) {
        const { grad, device } = parameter;
        if (grad === null || device.isMeta) continue;
        if (grad.device !== device) this.#refuse(g, p, 'its gradient', grad);
        const state = this.#records.get(parameter)?.state;
        for (const name in state) {
          if (state[name]!.device !== device) {
            this.#refuse(g, p, `its '${name}' in the optimiser`, state[name]!);
          }
        }
      }
    }
  }

  #refuse(group: number, index: number, what: string, where: Tensor): never {
    const parameter = this.groups[group]!.parameters[index]!;
    throw new DeviceError(
      `${this.constructor.name}: parameter ${index} of group ${group}, ${parameter.describe()}, has moved to ` +
        `another device than ${what}, ${where.describe()}; nothing was updated. Make the optimiser after ` +
        `model.to(device)`,
    );
  }

  #sayWhatStands(error: unknown, updated: number): void {
    if (!(error instanceof ConvnetError)) return;
    const count = this.groups.reduce((total, { parameters }) => total + parameters.length, 0);
    error.message = `${this.constructor.name}: after ${updated} of ${count} parameters were updated: ${error.message}`;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const { parameters } of this.groups) {
      for (const parameter of parameters) {
        parameter.clearGrad();
      }
    }
  }

  /** A tensor of the parameter's shape that lasts from step to step, zeros at first. */
  protected stateOf(parameter: Tensor, name: string): Tensor {
    const { state } = this.#records.get(parameter)!;
    return (state[name] ??= keep(
      full(parameter.shape, 0, { device: parameter.device, dtype: parameter.dtype }),
    ));
  }

  /** A number that follows from the options of the parameter's group and the number of its step, from 1. */
  protected scalar(
    parameter: Tensor,
    value: (options: Options, step: number) => number,
  ): StepScalar {
    return new OptionScalar(this.#records.get(parameter)!, value);
  }

  #recordOf(parameter: Tensor, group: ParameterGroup<Options>): ParameterRecord<Options> {
    let record = this.#records.get(parameter);
    if (record === undefined) {
      record = { group, steps: 0, state: {} };
      this.#records.set(parameter, record);
    }
    return record;
  }

  /** Gives the memory of the state back. A later step is a first one again. */
  dispose(): void {
    for (const { state } of this.#records.values()) {
      for (const tensor of Object.values(state)) tensor.dispose();
    }
    this.#records.clear();
  }
}

/** A number that follows from options and the count of steps, at every call. */
class OptionScalar<Options> implements StepScalar {
  readonly dtype = 'float32';
  readonly #record: ParameterRecord<Options>;
  readonly #value: (options: Options, step: number) => number;

  constructor(record: ParameterRecord<Options>, value: (options: Options, step: number) => number) {
    this.#record = record;
    this.#value = value;
  }

  value(): number {
    return this.#value(this.#record.group.options, this.#record.steps + 1);
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

/** Whether the options of a group, but for the rate, are still those of now. */
function optionsHold<Options extends OptimizerOptions>(
  group: ParameterGroup<Options>,
): () => boolean {
  const now = Object.entries(group.options).filter(([name]) => name !== 'learningRate');
  return () => now.every(([name, value]) => Object.is(group.options[name as keyof Options], value));
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
