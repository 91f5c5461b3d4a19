import {
  assign,
  capturing,
  cast,
  ConvnetError,
  DeviceError,
  everyReplay,
  guardCapture,
  noGrad,
  openScope,
  PartialUpdateError,
  refuseCapture,
  requireTraining,
  scope,
  StateError,
  tensor,
  Versions,
  type StateDict,
  type Stateful,
  type StateValue,
  type StepScalar,
  type Tensor,
} from '@convnet/tensor-core';

import type { KindsOf } from './check.ts';
import { readOptimizerState, writeOptimizerState, type GroupState } from './optimizer-state.ts';
import {
  groupsFrom,
  type OptimizerOptions,
  type ParameterGroup,
  type ParameterSource,
} from './parameter-groups.ts';
import { ParameterRecords, type ParameterRecord } from './parameter-records.ts';
import type { Snapshot } from './snapshot.ts';

/** A step that failed when some parameters had been updated already. `cause` says why. */
export class PartialStepError extends ConvnetError {
  override readonly name = 'PartialStepError';
  /** Parameters that the step has updated, the first ones in the order of the groups. */
  readonly updated: number;
  /** Parameters with a gradient, which it should have updated. */
  readonly expected: number;

  constructor(optimizer: string, updated: number, expected: number, cause: unknown) {
    super(
      `${optimizer}: step failed when ${updated} of ${expected} parameters were updated; the others are as ` +
        `before: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
    this.updated = updated;
    this.expected = expected;
  }
}

/**
 * Updates parameters from their gradients. An optimiser owns its state, such as momenta, and gives it back
 * on `dispose`.
 */
export abstract class Optimizer<
  Options extends OptimizerOptions = OptimizerOptions,
> implements Stateful {
  readonly groups: ParameterGroup<Options>[];
  readonly #kinds: KindsOf<Options> | undefined;
  #records = new ParameterRecords();

  /**
   * @param kinds What each option may be; without them none is refused.
   * @throws ArgumentError without parameters, for one that is listed twice or that an operation computed, for
   * options that are not known, and for options out of range.
   */
  constructor(source: ParameterSource<Options>, defaults: Options, kinds?: KindsOf<Options>) {
    this.groups = groupsFrom(this.constructor.name, source, defaults, kinds);
    this.#kinds = kinds;
    for (const group of this.groups) this.checkOptions(group.options);
  }

  /** Name of the method, which its state has with it. Classes that bundlers may rename state it. */
  get typeName(): string {
    return this.constructor.name;
  }

  /**
   * Whether `update` hands everything that changes from step to step to operations as step scalars, see `scalar`, so
   * that a captured step can replay it. One that reads `learningRate` or `step` as a number would repeat them.
   */
  protected readonly isReplayable: boolean = false;

  /** Looks at what options must be to each other. @throws ArgumentError. */
  protected checkOptions(_options: Options): void {}

  /**
   * Makes, by `stateOf`, what `update` will need. It is called for all parameters before the first is updated,
   * so that a step for which there is no memory changes nothing.
   */
  protected prepare(_parameter: Tensor, _options: Options): void {}

  /**
   * Updates one parameter and its state in place. What takes memory comes before the first write. `step` counts
   * the parameter's updates from 1. What changes from step to step goes to operations as a step scalar: see `scalar`.
   */
  protected abstract update(
    parameter: Tensor,
    gradient: Tensor,
    options: Options,
    step: number,
  ): void;

  /**
   * Updates parameters of one group that have been updated equally often, in order, with `step` their number of updates
   * from 1. An optimiser whose update is an operation that takes many parameters overrides it.
   * @throws PartialUpdateError where it fails and some have been updated.
   */
  protected updateAll(parameters: readonly Tensor[], options: Options, step: number): void {
    let updated = 0;
    try {
      for (const parameter of parameters) {
        const opened = openScope();
        try {
          this.update(parameter, parameter.grad!, options, step);
        } finally {
          opened.close();
        }
        updated++;
      }
    } catch (error) {
      if (updated === 0) throw error;
      throw new PartialUpdateError(this.constructor.name, updated, parameters.length, error);
    }
  }

  /**
   * Whether the first update of a parameter is another than the later ones, apart from what step scalars say. A captured
   * step then has a recording of its own for it.
   */
  protected firstDiffers(_options: Options): boolean {
    return true;
  }

  /**
   * Updates every parameter that has a gradient.
   * @throws PartialStepError where it fails and some parameters have been updated; after any other error, such
   * as OutOfMemoryError, or DeviceError where gradients or state are on another device, all is as before;
   * InferenceOnlyError in an application that was built to infer only.
   */
  step(): void {
    requireTraining(`${this.typeName}.step`);
    if (capturing() && !this.isReplayable) {
      refuseCapture(`${this.constructor.name} does not say that its update is replayable`);
    }
    let updated = 0;
    try {
      noGrad(() => {
        for (const run of this.#prepareAll(isDue)) {
          this.#updateAll(run);
          updated += run.parameters.length;
        }
        if (capturing()) for (const group of this.groups) guardCapture(group, optionsHold(group));
      });
    } catch (error) {
      let cause: unknown = error;
      if (error instanceof PartialUpdateError) {
        updated += error.updated;
        cause = error.cause;
      }
      this.#records.dropUnused();
      if (updated === 0) throw cause;
      throw new PartialStepError(this.constructor.name, updated, this.#countDue(), cause);
    }
  }

  /** Makes all that parameters need. They come in order, cut where they have been updated unequally often. */
  #prepareAll(isWanted: (parameter: Tensor) => boolean): Run<Options>[] {
    const runs: Run<Options>[] = [];
    for (const group of this.groups) {
      let run: Run<Options> | null = null;
      for (const parameter of group.parameters) {
        if (!isWanted(parameter)) continue;
        const record = this.#prepare(parameter, group);
        if (run === null || record.steps !== run.steps) {
          run = { options: group.options, steps: record.steps, parameters: [], records: [] };
          runs.push(run);
        }
        run.parameters.push(parameter);
        run.records.push(record);
      }
    }
    return runs;
  }

  #prepare(parameter: Tensor, group: ParameterGroup<Options>): ParameterRecord {
    const { options } = group;
    const record = this.#records.of(parameter);
    const { grad, device } = parameter;
    // A kernel that writes in place would take the address of one device for one of another.
    if (grad !== null && grad.device !== device) this.#refuseMoved(parameter, 'its gradient');
    if (record.state.size === 0) record.device = device;
    else if (record.device !== device) {
      const [name] = record.state.keys();
      this.#refuseMoved(parameter, `its '${name}' in the optimiser`);
    }
    record.group = group;
    if (record.preparedFor === options) return record;
    this.prepare(parameter, options);
    record.preparedFor = options;
    return record;
  }

  #refuseMoved(parameter: Tensor, what: string): never {
    const g = this.groups.findIndex(({ parameters }) => parameters.includes(parameter));
    throw new DeviceError(
      `${this.constructor.name}: parameter ${this.groups[g]!.parameters.indexOf(parameter)} of group ${g}, ` +
        `${parameter.describe()}, has moved to another device than ${what}; nothing was updated. Make the ` +
        `optimiser after model.to(device)`,
    );
  }

  #updateAll({ options, steps: before, parameters, records }: Run<Options>): void {
    const opened = openScope();
    const countUpTo = (count: number): void => {
      for (let i = 0; i < count; i++) records[i]!.steps = before + 1;
    };
    try {
      this.updateAll(parameters, options, before + 1);
    } catch (error) {
      if (error instanceof PartialUpdateError) countUpTo(error.updated);
      throw error;
    } finally {
      opened.close();
    }
    countUpTo(records.length);
    if (!capturing()) return;
    const firstDiffers = this.firstDiffers(options);
    guardCapture(records[0]!, () => {
      const { steps } = records[0]!;
      if (firstDiffers && (steps === 0) !== (before === 0)) return false;
      return records.every((record) => record.steps === steps);
    });
    everyReplay(
      () => {
        for (const record of records) record.steps++;
      },
      () => {
        for (const record of records) record.steps--;
      },
    );
  }

  /** A number that follows from the options of the parameter's group and the number of its step, from 1. */
  protected scalar(
    parameter: Tensor,
    value: (options: Options, step: number) => number,
  ): StepScalar {
    return new OptionScalar(this.#records.of(parameter), value);
  }

  #countDue(): number {
    return this.groups.flatMap(({ parameters }) => parameters.filter(isDue)).length;
  }

  /** Forgets the gradients of all parameters. */
  zeroGrad(): void {
    for (const { parameters } of this.groups) {
      for (const parameter of parameters) {
        parameter.clearGrad();
      }
    }
  }

  /** A tensor of the parameter's shape that lasts from step to step, filled with `initial` at first. */
  protected stateOf(parameter: Tensor, name: string, initial = 0): Tensor {
    return this.#records.stateOf(parameter, name, initial);
  }

  /**
   * Holds the state, such as momenta, the counts of updates and the groups' options, to go back to; the parameters
   * themselves are not in it. It takes as much memory as the state, at once: the state of parameters that have not
   * been stepped yet is made too, so that a run for which there is no memory fails at its start.
   * @throws OutOfMemoryError.
   */
  snapshot(): Snapshot {
    const records = this.#snapshotOfRecords();
    let groups = this.groups.map((group) => ({ ...group }));
    return {
      update: () => {
        records.update();
        groups = this.groups.map((group) => ({ ...group }));
      },
      restore: () => {
        records.restore();
        groups.forEach(({ options, initialLearningRate }, i) => {
          const group = this.groups[i]!;
          group.options = options;
          group.initialLearningRate = initialLearningRate;
        });
      },
      dispose: () => records.dispose(),
    };
  }

  #snapshotOfRecords(): Snapshot {
    try {
      this.#prepareAll((parameter) => parameter.requiresGrad && !parameter.device.isMeta);
      return this.#records.snapshot();
    } catch (error) {
      this.#records.dropUnused();
      throw error;
    }
  }

  /**
   * What it needs to go on in another program: `type`, the groups' options (`0.learningRate`), and of each parameter that
   * has been updated the count (`0.3.step`) and tensors under PyTorch's names (`0.3.exp_avg`), which are the live ones.
   */
  stateDict(): Map<string, StateValue> {
    return writeOptimizerState(this.typeName, this.groups, this.#records);
  }

  /**
   * Takes the state of an optimiser of the same type, with equal groups of parameters, over: options too, as in PyTorch.
   * All, or nothing and an error. From tensors on the devices of the parameters this is done when the call returns.
   * @throws StateError where it does not fit, or where tensors changed while they were being read from another device;
   * ArgumentError for options that the optimiser does not have or that are out of range; OutOfMemoryError.
   */
  async loadStateDict(state: StateDict): Promise<void> {
    const groups = readOptimizerState(this.typeName, this.groups, state, this.#kinds);
    for (const { options } of groups) this.checkOptions(options);
    const values = new Map<Tensor, Awaited<ReturnType<Tensor['data']>>>();
    const away = this.#away(groups);
    if (away.length > 0) {
      const versions = new Versions(away);
      const read = await Promise.all(away.map((source) => source.data()));
      if (!versions.areCurrent) {
        throw new StateError(this.typeName, 'the state changed while it was being read');
      }
      away.forEach((source, i) => values.set(source, read[i]!));
    }
    const fresh = this.#recordsOf(groups, (source, target) => {
      const { shape, device, dtype } = target;
      const read = values.get(source);
      if (read !== undefined) return tensor(read, shape, { device, dtype });
      return source.dtype === dtype ? source : cast(source, dtype);
    });
    // From here on nothing takes memory.
    this.#records.become(fresh);
    groups.forEach(({ options, initialLearningRate }, g) => {
      const group = this.groups[g]!;
      group.options = options;
      group.initialLearningRate = initialLearningRate;
    });
  }

  /** Tensors of a state that are on another device than their parameters. @throws DeviceError, ReleasedTensorError. */
  #away(groups: readonly GroupState<Options>[]): Tensor[] {
    const away: Tensor[] = [];
    groups.forEach(({ parameters }, g) => {
      for (const [i, { tensors }] of parameters) {
        const { device } = this.groups[g]!.parameters[i]!;
        for (const [name, source] of tensors) {
          source.requireLive(`${this.typeName}, '${g}.${i}.${name}'`);
          if (source.device.isMeta || device.isMeta) {
            throw new DeviceError(
              `${this.typeName}: '${g}.${i}.${name}' and its parameter must have values, and one of them is on ` +
                'the meta device; nothing was loaded',
            );
          }
          if (source.device !== device) away.push(source);
        }
      }
    });
    return away;
  }

  /** Records with the values of a state, made as a step would make them. @throws StateError, OutOfMemoryError. */
  #recordsOf(
    groups: readonly GroupState<Options>[],
    valueOf: (source: Tensor, target: Tensor) => Tensor,
  ): ParameterRecords {
    const present = this.#records;
    const fresh = new ParameterRecords();
    this.#records = fresh;
    try {
      noGrad(() => {
        groups.forEach(({ options, parameters }, g) => {
          for (const [i, { steps, tensors }] of parameters) {
            const parameter = this.groups[g]!.parameters[i]!;
            this.prepare(parameter, options);
            const record = fresh.of(parameter);
            record.steps = steps;
            this.#requireNames(`${g}.${i}`, [...tensors.keys()], [...record.state.keys()]);
            scope(() => {
              for (const [name, source] of tensors) {
                const target = fresh.stateOf(parameter, name, 0);
                assign(target, valueOf(source, target));
              }
            });
          }
        });
      });
      return fresh;
    } catch (error) {
      fresh.clear();
      throw error;
    } finally {
      this.#records = present;
    }
  }

  /** Tensors that `prepare` makes must all be there. More may be: an option may have been another one before. */
  #requireNames(place: string, given: readonly string[], made: readonly string[]): void {
    const missing = made.filter((name) => !given.includes(name));
    if (missing.length === 0) return;
    throw new StateError(
      this.typeName,
      `expected ${missing.map((name) => `'${place}.${name}'`).join(', ')} in the state, got ` +
        (given.map((name) => `'${place}.${name}'`).join(', ') || 'none'),
    );
  }

  /** Gives the memory of the state back. The optimiser is then as new. */
  dispose(): void {
    this.#records.clear();
  }
}

/** Parameters of one group that have been updated equally often. */
interface Run<Options> {
  readonly options: Options;
  readonly steps: number;
  readonly parameters: Tensor[];
  readonly records: ParameterRecord[];
}

/** Whether a step updates it. */
function isDue(parameter: Tensor): boolean {
  return parameter.grad !== null && !parameter.device.isMeta;
}

/** A number that follows from options and the count of steps, at every call. */
class OptionScalar<Options> implements StepScalar {
  readonly dtype = 'float32';
  readonly #record: ParameterRecord;
  readonly #value: (options: Options, step: number) => number;

  constructor(record: ParameterRecord, value: (options: Options, step: number) => number) {
    this.#record = record;
    this.#value = value;
  }

  value(): number {
    const { group, steps } = this.#record;
    return this.#value(group!.options as Options, steps + 1);
  }
}

/** Whether the options of a group, but for the rate, are still those of now. */
function optionsHold<Options extends OptimizerOptions>(
  group: ParameterGroup<Options>,
): () => boolean {
  const now = Object.entries(group.options).filter(([name]) => name !== 'learningRate');
  return () => now.every(([name, value]) => Object.is(group.options[name as keyof Options], value));
}
