import { full, keep, outsideCapture, type Device, type Tensor } from '@convnet/tensor-core';

import type { ParameterGroup } from './parameter-groups.ts';
import { assignAll, copiesOf, type Snapshot } from './snapshot.ts';

/** What an optimiser knows of one parameter. */
export interface ParameterRecord {
  /** The parameter's group, as the last step or snapshot found it. */
  group: ParameterGroup<unknown> | null;
  /** Updates so far. */
  steps: number;
  /** Tensors of the parameter's shape, such as momenta, by name. */
  readonly state: Map<string, Tensor>;
  /** Where the state is, if there is some. */
  device: Device;
  /** The options for which all state is there. */
  preparedFor: unknown;
}

/** A copy of a record. */
type HeldRecord = Pick<ParameterRecord, 'steps' | 'state'>;

/** What an optimiser knows of its parameters. */
export class ParameterRecords {
  readonly #records = new Map<Tensor, ParameterRecord>();
  // A step asks for the same record several times in a row.
  #lastParameter: Tensor | null = null;
  #last: ParameterRecord | null = null;

  of(parameter: Tensor): ParameterRecord {
    if (parameter === this.#lastParameter) return this.#last!;
    let record = this.#records.get(parameter);
    if (record === undefined) {
      record = {
        group: null,
        steps: 0,
        state: new Map(),
        device: parameter.device,
        preparedFor: undefined,
      };
      this.#records.set(parameter, record);
    }
    this.#lastParameter = parameter;
    this.#last = record;
    return record;
  }

  /** What is known of a parameter; undefined where nothing is. */
  find(parameter: Tensor): ParameterRecord | undefined {
    return this.#records.get(parameter);
  }

  /** A tensor that lasts from step to step, filled with `initial` when it is first asked for. */
  stateOf(parameter: Tensor, name: string, initial: number): Tensor {
    const { state } = this.of(parameter);
    let tensor = state.get(name);
    if (tensor === undefined) {
      const { shape, device, dtype } = parameter;
      // A step that is captured finds it there.
      tensor = outsideCapture(() => keep(full(shape, initial, { device, dtype })));
      state.set(name, tensor);
    }
    return tensor;
  }

  /** Gives the state of parameters that have not been updated yet back. */
  dropUnused(): void {
    for (const [parameter, record] of this.#records) {
      if (record.steps > 0) continue;
      dropState(record);
      this.#records.delete(parameter);
    }
    this.#forgetLast();
  }

  /** Gives all state back and forgets it. */
  clear(): void {
    for (const record of this.#records.values()) dropState(record);
    this.#records.clear();
    this.#forgetLast();
  }

  #forgetLast(): void {
    this.#lastParameter = null;
    this.#last = null;
  }

  /**
   * Takes over what others hold, in the tensors that are here where there are such, so that a captured step goes on
   * with them. It needs no memory; the others are empty then.
   */
  become(others: ParameterRecords): void {
    for (const [parameter, record] of this.#records) {
      const other = others.#records.get(parameter);
      if (other === undefined) {
        dropState(record);
        this.#records.delete(parameter);
        continue;
      }
      for (const [name, tensor] of record.state) {
        const value = other.state.get(name);
        if (value !== undefined && value.device === tensor.device) {
          assignAll([tensor], [value]);
          value.dispose();
          other.state.set(name, tensor);
        } else {
          tensor.dispose();
        }
      }
      record.state.clear();
      for (const [name, tensor] of other.state) record.state.set(name, tensor);
      record.steps = other.steps;
      record.device = other.device;
      record.preparedFor = undefined;
    }
    for (const [parameter, other] of others.#records) {
      if (!this.#records.has(parameter)) this.#records.set(parameter, other);
    }
    others.#records.clear();
    others.#forgetLast();
    this.#forgetLast();
  }

  /** Holds all state and the counts, in as much memory as the state. @throws OutOfMemoryError. */
  snapshot(): Snapshot {
    let held = new Map<Tensor, HeldRecord>();
    const update = (): void => {
      held = this.#copyInto(held);
    };
    const restore = (): void => {
      for (const [parameter, record] of this.#records) {
        const copy = held.get(parameter);
        if (copy === undefined) {
          dropState(record);
          this.#records.delete(parameter);
          continue;
        }
        record.steps = copy.steps;
        for (const [name, tensor] of record.state) {
          const value = copy.state.get(name);
          if (value !== undefined) {
            assignAll([tensor], [value]);
            continue;
          }
          tensor.dispose();
          record.state.delete(name);
          record.preparedFor = undefined;
        }
      }
      this.#forgetLast();
    };
    const dispose = (): void => {
      for (const record of held.values()) dropState(record);
      held.clear();
    };
    update();
    return { update, restore, dispose };
  }

  /** Copies of all records, in the memory of `old` where that has it; or an error, and `old` as it was. */
  #copyInto(old: ReadonlyMap<Tensor, HeldRecord>): Map<Tensor, HeldRecord> {
    const live: Tensor[] = [];
    const reused: (Tensor | undefined)[] = [];
    for (const [parameter, { state }] of this.#records) {
      for (const [name, tensor] of state) {
        live.push(tensor);
        reused.push(old.get(parameter)?.state.get(name));
      }
    }
    const fresh = copiesOf(live.filter((_, i) => reused[i] === undefined));
    // Nothing below takes memory.
    const copies = reused.map((copy) => copy ?? fresh.shift()!);
    assignAll(copies, live);
    const kept = new Set(copies);
    for (const { state } of old.values()) {
      for (const tensor of state.values()) if (!kept.has(tensor)) tensor.dispose();
    }
    const next = copies[Symbol.iterator]();
    return new Map(
      Array.from(this.#records, ([parameter, { steps, state }]) => [
        parameter,
        { steps, state: new Map(Array.from(state.keys(), (name) => [name, next.next().value!])) },
      ]),
    );
  }
}

function dropState({ state }: HeldRecord): void {
  for (const tensor of state.values()) tensor.dispose();
  state.clear();
}
