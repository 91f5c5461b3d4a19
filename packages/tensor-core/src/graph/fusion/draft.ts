import { isOperation, type GraphStep, type Sequence, type Step, type Value } from '../graph.ts';

/** Who makes and who uses a value. */
interface Place {
  /** Position of the step that makes it; -1 for one from outside. */
  made: number;
  /** Positions of the steps that read it, one for each time. */
  readonly readers: number[];
}

const nowhere: Place = { made: -1, readers: [] };

/**
 * A sequence that is being rewritten: steps are replaced or taken out, and moved where that changes nothing. Positions
 * stay the same all the while.
 */
export class Draft {
  readonly #steps: (Step | null)[];
  readonly #outputs: ReadonlySet<Value>;
  readonly #inputs: ReadonlySet<Value>;
  readonly #places = new Map<Value, Place>();
  /** The value whose memory another one may share. */
  readonly #shared = new Map<Value, Value>();
  /** The values that do, by the one whose memory it is. */
  readonly #sharing = new Map<Value, Value[]>();

  constructor(sequence: Sequence) {
    this.#steps = [...sequence.steps];
    this.#outputs = new Set(sequence.outputs);
    this.#inputs = new Set(sequence.inputs);
    for (const step of sequence.steps) {
      if (!isOperation(step) || step.operation.aliases !== true) continue;
      const memory = this.memoryOf(step.inputs[0]!);
      for (const output of step.outputs) {
        this.#shared.set(output, memory);
        this.#sharing.set(memory, [...(this.#sharing.get(memory) ?? []), output]);
      }
    }
    this.#steps.forEach((step, position) => this.#enter(step, position));
  }

  get length(): number {
    return this.#steps.length;
  }

  /** The operation at a position; null where there is none, or no longer. */
  operationAt(position: number): GraphStep | null {
    const step = this.#steps[position] ?? null;
    return step !== null && isOperation(step) ? step : null;
  }

  /** Positions of the steps that read a value, one for each time. */
  readersOf(value: Value): readonly number[] {
    return this.#placeOf(value).readers;
  }

  /** Position of the step that makes a value; null for one from outside. */
  makerOf(value: Value): number | null {
    const { made } = this.#placeOf(value);
    return made === -1 ? null : made;
  }

  /** Whether a value is read behind the last step. */
  isOutput(value: Value): boolean {
    return this.#outputs.has(value);
  }

  /** The one step that reads a value, where that is all that becomes of it. */
  onlyReaderOf(value: Value): number | null {
    const [first, ...others] = this.readersOf(value);
    return first === undefined || others.length > 0 || this.isOutput(value) ? null : first;
  }

  /** The value whose memory a value is on: itself, where it was not made of another's. */
  memoryOf(value: Value): Value {
    return this.#shared.get(value) ?? value;
  }

  /** The values on the memory of one, itself among them. */
  valuesOn(memory: Value): readonly Value[] {
    return [memory, ...(this.#sharing.get(memory) ?? [])];
  }

  /**
   * Whether the memory of a value is the sequence's own and nobody reads it behind the step at a position, under
   * whatever name: the step may make something else of it.
   */
  isSpent(value: Value, position: number): boolean {
    const memory = this.memoryOf(value);
    if (this.makerOf(memory) === null) return false;
    return this.valuesOn(memory).every(
      (name) => !this.isOutput(name) && this.readersOf(name).every((reader) => reader <= position),
    );
  }

  /** Whoever reads `value`, which no step makes any more, reads `place`, whose memory it has been made in. */
  putInPlace(value: Value, place: Value): void {
    this.rename(value, place, -1);
    const memory = this.memoryOf(place);
    const moved = this.valuesOn(value).slice(1);
    for (const name of moved) this.#shared.set(name, memory);
    this.#sharing.delete(value);
    this.#sharing.set(memory, [...this.valuesOn(memory).slice(1), ...moved]);
  }

  replace(position: number, step: GraphStep | null): void {
    this.#leave(this.#steps[position] ?? null, position);
    this.#steps[position] = step;
    this.#enter(step, position);
  }

  /** Has the steps behind a position read one value in place of another. */
  rename(from: Value, to: Value, behind: number): void {
    for (const reader of new Set(this.readersOf(from))) {
      if (reader <= behind) continue;
      const step = this.operationAt(reader)!;
      const inputs = step.inputs.map((input) => (input === from ? to : input));
      this.replace(reader, { ...step, inputs });
    }
  }

  /** Whether no step strictly between two positions writes a value. */
  staysSame(value: Value, from: number, to: number): boolean {
    for (let k = from + 1; k < to; k++) {
      const step = this.operationAt(k);
      if (step !== null && this.#written(step).includes(this.memoryOf(value))) return false;
    }
    return true;
  }

  /** Whether the step at `from` may stand at `to` instead, where another one is taken out or joined to it. */
  canMove(from: number, to: number): boolean {
    const step = this.operationAt(from);
    if (step === null) return false;
    const read = step.inputs.filter((input) => input !== null);
    // Up, it must find its inputs; down, nobody may have asked for its results yet.
    if (to < from && read.some((value) => this.#placeOf(value).made > to)) return false;
    if (to > from && step.outputs.some((y) => this.readersOf(y).some((r) => r < to))) return false;
    const memories = new Set(read.map((value) => this.memoryOf(value)));
    const written = this.#written(step);
    for (let k = Math.min(from, to) + 1; k < Math.max(from, to); k++) {
      const between = this.#steps[k] ?? null;
      if (between === null) continue;
      if (!isOperation(between)) {
        // The host may change what the numbers of a step come from, and takes gradients of leaves away.
        if (step.scalars.length > 0 || read.some((value) => this.#isOfTheHost(value))) return false;
        continue;
      }
      if (this.#written(between).some((memory) => memories.has(memory))) return false;
      const others = between.inputs.map((value) => value && this.memoryOf(value));
      if (written.some((memory) => others.includes(memory))) return false;
    }
    return true;
  }

  /** The steps as they are now. */
  finish(): Step[] {
    return this.#steps.filter((step) => step !== null);
  }

  /** Gradients of leaves from before the step, which the host may take away. */
  #isOfTheHost(value: Value): boolean {
    return value.constant === null && this.#placeOf(value).made === -1 && !this.#inputs.has(value);
  }

  #written({ operation, inputs }: GraphStep): readonly Value[] {
    const written: Value[] = [];
    for (const position of operation.writes ?? []) {
      const value = inputs[position] ?? null;
      if (value !== null) written.push(this.memoryOf(value));
    }
    return written;
  }

  #placeOf(value: Value): Place {
    return this.#places.get(value) ?? nowhere;
  }

  #enter(step: Step | null, position: number): void {
    if (step === null || !isOperation(step)) return;
    for (const input of step.inputs) {
      if (input === null) continue;
      const { readers } = this.#placed(input);
      let at = readers.length;
      while (at > 0 && readers[at - 1]! > position) at--;
      readers.splice(at, 0, position);
    }
    for (const output of step.outputs) this.#placed(output).made = position;
  }

  #leave(step: Step | null, position: number): void {
    if (step === null || !isOperation(step)) return;
    for (const input of step.inputs) {
      if (input === null) continue;
      const { readers } = this.#placed(input);
      readers.splice(readers.indexOf(position), 1);
    }
    for (const output of step.outputs) {
      const place = this.#placed(output);
      if (place.made === position) place.made = -1;
    }
  }

  #placed(value: Value): Place {
    let place = this.#places.get(value);
    if (place === undefined) this.#places.set(value, (place = { made: -1, readers: [] }));
    return place;
  }
}
