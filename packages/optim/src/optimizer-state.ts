import { checkOptions, StateReader, Tensor, type StateDict } from '@convnet/tensor-core';

import type { KindsOf } from './check.ts';
import type { StateValue } from '@convnet/tensor-core';

import type { OptimizerOptions, ParameterGroup } from './parameter-groups.ts';
import type { ParameterRecords } from './parameter-records.ts';

/** What a state says of one parameter. */
export interface ParameterState {
  /** Updates so far. */
  readonly steps: number;
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** What a state says of one group. */
export interface GroupState<Options> {
  readonly options: Options;
  readonly initialLearningRate: number | undefined;
  /** By the place of the parameter; one that has not been updated yet has no state. */
  readonly parameters: ReadonlyMap<number, ParameterState>;
}

/**
 * The state of an optimiser: its `type`; of each group `group.parameters` (how many) and `group.option`; of each
 * parameter that has been updated `group.index.step` and `group.index.name` for its tensors.
 */
export function writeOptimizerState<Options extends OptimizerOptions>(
  type: string,
  groups: readonly ParameterGroup<Options>[],
  records: ParameterRecords,
): Map<string, StateValue> {
  const state = new Map<string, StateValue>([['type', type]]);
  groups.forEach(({ parameters, options, initialLearningRate }, g) => {
    state.set(`${g}.parameters`, parameters.length);
    for (const [name, value] of Object.entries({ ...options, initialLearningRate })) {
      if (value !== undefined) state.set(`${g}.${name}`, value as StateValue);
    }
    parameters.forEach((parameter, i) => {
      const record = records.find(parameter);
      if (record === undefined || record.steps === 0) return;
      state.set(`${g}.${i}.step`, record.steps);
      for (const [name, tensor] of record.state) state.set(`${g}.${i}.${name}`, tensor);
    });
  });
  return state;
}

/**
 * Takes a state apart, for an optimiser of these groups.
 * @param kinds What each option may be; without them none is refused.
 * @throws StateError where it is of another optimiser or of other groups; ArgumentError for unknown options and those of another
 * kind.
 */
export function readOptimizerState<Options extends OptimizerOptions>(
  type: string,
  groups: readonly ParameterGroup<Options>[],
  state: StateDict,
  kinds: KindsOf<Options> | undefined,
): GroupState<Options>[] {
  const reader = new StateReader(type, state);
  reader.requireType(type);
  const places = [...state].filter(([key]) => key !== 'type').map(placeOf);
  const count = 1 + Math.max(-1, ...places.map(({ group }) => group));
  if (count !== groups.length) {
    throw reader.fault(`expected the state of ${groupCount(groups.length)}, got that of ${count}`);
  }
  return groups.map(({ parameters }, g) => {
    const own = places.filter(({ group }) => group === g);
    const total = reader.count(`${g}.parameters`);
    if (total !== parameters.length) {
      throw reader.fault(
        `expected group ${g} with ${parameters.length} parameters, got a state of ${total}`,
      );
    }
    const { initialLearningRate, ...options } = Object.fromEntries(
      own
        .filter(({ index, name }) => index === null && name !== 'parameters')
        .map(({ name, value }) => [name, value]),
    );
    reader.number(`${g}.learningRate`);
    if (kinds !== undefined) checkOptions(`${type}, state of group ${g}`, options, kinds);
    if (initialLearningRate !== undefined) reader.number(`${g}.initialLearningRate`);
    const states = new Map<number, ParameterState>();
    for (const i of new Set(own.flatMap(({ index }) => index ?? []))) {
      const parameter = parameters[i];
      const tensors = new Map<string, Tensor>();
      for (const { index, name, key, value } of own) {
        if (index !== i || (name === 'step' && parameter !== undefined)) continue;
        if (parameter === undefined || !(value instanceof Tensor)) {
          throw reader.fault(`expected tensors of parameters, got '${key}'`);
        }
        if (value.shape.join() !== parameter.shape.join()) {
          throw reader.fault(
            `expected '${key}' as [${parameter.shape.join(', ')}], as its parameter is, got ` +
              `[${value.shape.join(', ')}]`,
          );
        }
        tensors.set(name, value);
      }
      states.set(i, { steps: reader.count(`${g}.${i}.step`), tensors });
    }
    return {
      options: options as unknown as Options,
      initialLearningRate: initialLearningRate as number | undefined,
      parameters: states,
    };
  });
}

/** A key of a state, taken apart. */
interface Place {
  readonly key: string;
  readonly group: number;
  /** Place of the parameter in its group; null for what the group has. */
  readonly index: number | null;
  readonly name: string;
  readonly value: StateValue;
}

function placeOf([key, value]: readonly [string, StateValue]): Place {
  const match = /^(\d+)\.(?:(\d+)\.)?([^.]+)$/.exec(key);
  // A key of no group is one of a group that no optimiser has.
  if (match === null) return { key, group: Infinity, index: null, name: key, value };
  const [, group, index, name] = match;
  const place = index === undefined ? null : Number(index);
  return { key, group: Number(group), index: place, name: name!, value };
}

function groupCount(count: number): string {
  return count === 1 ? '1 group' : `${count} groups`;
}
