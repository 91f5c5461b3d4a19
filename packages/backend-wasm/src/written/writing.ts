import { OutOfMemoryError, type Kernels } from '@convnet/tensor-core';
import { WasmBuffer, type Derived, type SharedBlock } from '../buffer.ts';
import { callBytes, type Machine } from '../machine.ts';
import { HeldMemory, type Lent } from './held-memory.ts';
import type { Progress, StepForm, StepOperand } from './step-form.ts';
import {
  blockAt,
  Correction,
  Misfit,
  type Place,
  type Spot,
  type Transcript,
} from './transcript.ts';

/** A run of a step that has just been written down. */
export interface WrittenRun {
  readonly machine: Machine;
  readonly kernels: Kernels;
  readonly form: StepForm;
  readonly transcript: Transcript;
  /** All values, with the memory that they had. */
  readonly operands: StepOperand[];
  readonly inputs: readonly WasmBuffer[];
  readonly results: readonly WasmBuffer[];
  readonly scalars: ArrayBuffer;
}

/** A result, made in the same place in each run while it comes back in between. */
interface Result {
  readonly lent: Lent;
  /** The place in the passage of the operation that makes it. */
  readonly place: Place;
  readonly spot: Spot;
  /** Whether something else stands there while the result is not made yet. */
  readonly isShared: boolean;
  readonly operand: StepOperand;
  /** Operations that touch its memory. */
  readonly calls: readonly number[];
}

/** Where an input stood when the calls were last written. */
interface InputPlace {
  address: number;
  readonly layout: WasmBuffer['layout'];
  readonly calls: readonly number[];
}

/** Something derived from an input that calls read. */
interface Read {
  readonly input: number;
  readonly derived: Derived;
}

/** The kernel calls of a step with all their arguments, and the memory that they work in. */
export class Writing {
  readonly memory: HeldMemory;
  readonly #run: WrittenRun;
  /** Address of the first kernel call of each operation. */
  readonly #firstCalls: readonly number[];
  readonly #inputs: readonly InputPlace[];
  readonly #results: readonly Result[];
  readonly #reads: readonly Read[];
  readonly #scalars: Int32Array;

  /** Null where the run cannot be repeated so: its memory is taken, or its results share memory. */
  static of(run: WrittenRun): Writing | null {
    const { machine, results, transcript } = run;
    const memory = new HeldMemory(machine, transcript.tables);
    const places = transcript.passages.flatMap((passage) => passage.places);
    const blocks = results.map(({ shared }) => shared.block);
    const memories = [...run.inputs, ...results].map(({ shared }) => shared);
    const areOwn = results.every(
      ({ shared, address }) =>
        memories.indexOf(shared) === memories.lastIndexOf(shared) &&
        places.some((place) => place.address === address),
    );
    const reads = transcript.reads.map(({ buffer, derived }) => ({
      input: run.inputs.findIndex(({ shared }) => shared === buffer.shared),
      derived,
    }));
    if (areOwn && reads.every(({ input }) => input >= 0) && memory.claim(places, blocks)) {
      try {
        return new Writing(run, memory, reads);
      } catch (error) {
        // No room for the calls: the step runs by its operations.
        memory.letGo();
        if (!(error instanceof OutOfMemoryError)) throw error;
      }
    }
    return null;
  }

  private constructor(run: WrittenRun, memory: HeldMemory, reads: readonly Read[]) {
    this.memory = memory;
    this.#run = run;
    this.#reads = reads;
    const { machine, transcript, operands, inputs, results } = run;
    const { words, passages } = transcript;
    let call = memory.add(words.byteLength);
    // A call under way may read what was freed.
    machine.settle();
    machine.words.set(words, call / 4);
    this.#firstCalls = passages.map(({ refusals }) => {
      call += refusals.length * callBytes;
      return call - refusals.length * callBytes;
    });
    this.#scalars = new Int32Array(run.scalars.slice(0));
    const touching = this.#callsByMemory();
    const callsOf = ({ shared }: WasmBuffer): number[] => [...(touching.get(shared) ?? [])];
    this.#inputs = inputs.map((buffer) => ({
      address: buffer.address,
      layout: buffer.layout,
      calls: callsOf(buffer),
    }));
    // Of several at one address the last is the one that a result has.
    const spotAt = new Map<number, Spot>();
    passages.forEach(({ places }, passage) => {
      places.forEach(({ address }, index) => spotAt.set(address, { passage, index }));
    });
    const all = passages.flatMap(({ places }) => places);
    this.#results = results.map((buffer, i) => {
      const lent = memory.lend(buffer.shared.block);
      buffer.shared.keeper = lent;
      const spot = spotAt.get(buffer.address)!;
      const place = passages[spot.passage]!.places[spot.index]!;
      const isShared = all.some((other) => other !== place && overlap(other, place));
      const operand = operands[run.form.graph.outputs[i]!]!;
      return { lent, place, spot, isShared, operand, calls: callsOf(buffer) };
    });
    this.#detachOperands();
    machine.addReserve(memory);
  }

  /** The operations that touch each piece of memory. */
  #callsByMemory(): ReadonlyMap<SharedBlock, ReadonlySet<number>> {
    const { form, operands } = this.#run;
    const touching = new Map<SharedBlock, Set<number>>();
    form.graph.calls.forEach((call, i) => {
      for (const value of [...call.inputs, ...call.outputs]) {
        if (value === null) continue;
        const { shared } = operands[value]!.buffer;
        const calls = touching.get(shared) ?? new Set();
        touching.set(shared, calls.add(i));
      }
    });
    return touching;
  }

  /** Values made in the step are known by their places from now on: their buffers were given back. */
  #detachOperands(): void {
    const { operands, inputs } = this.#run;
    const detached = new Map<SharedBlock, SharedBlock>();
    for (const { shared } of inputs) detached.set(shared, shared);
    for (const operand of operands) {
      const { shared, byteLength, layout, address } = operand.buffer;
      let own = detached.get(shared);
      if (own === undefined) {
        const block = blockAt({ address, size: byteLength });
        own = { block, reuses: 0, derived: null, keeper: null };
        detached.set(shared, own);
      }
      if (own !== shared) operand.buffer = new WasmBuffer(own, byteLength, layout);
    }
  }

  /**
   * Runs the step; null where it must be written down anew.
   * @param progress is told of each call.
   * @throws OutOfMemoryError; what its kernels answer with.
   */
  run(
    inputs: readonly WasmBuffer[],
    scalars: ArrayBuffer,
    progress: Progress,
  ): WasmBuffer[] | null {
    const { machine, form } = this.#run;
    if (!this.memory.isHeld || !this.#fits(inputs)) return null;
    // Nobody else is to have the memory meanwhile.
    machine.removeReserve(this.memory);
    let isCorrect = false;
    try {
      isCorrect = this.#correct(inputs, scalars);
      if (!isCorrect) return null;
      for (const i of form.writtenInputs) machine.written(inputs[i]!);
      this.#submit(progress);
      return this.#results.map(({ lent, operand }) => {
        lent.isHome = false;
        const shared = { block: lent.block!, reuses: 0, derived: null, keeper: lent };
        return new WasmBuffer(shared, operand.buffer.byteLength, operand.buffer.layout);
      });
    } finally {
      if (isCorrect) machine.addReserve(this.memory);
      else this.memory.letGo();
    }
  }

  /** Results that somebody still has, and that stand where something else must stand before they are made. */
  get away(): readonly { readonly spot: Spot; readonly bytes: number }[] {
    return this.#results
      .filter(({ lent, isShared }) => isShared && !lent.isHome)
      .map(({ spot, operand }) => ({ spot, bytes: operand.buffer.byteLength }));
  }

  #fits(inputs: readonly WasmBuffer[]): boolean {
    if (this.#results.some(({ lent, isShared }) => isShared && !lent.isHome)) return false;
    for (let i = 0; i < inputs.length; i++) {
      if (inputs[i]!.layout !== this.#inputs[i]!.layout) return false;
    }
    return this.#reads.every(
      ({ input, derived }) => derived.isReady && inputs[input]!.shared.derived === derived,
    );
  }

  /** Writes the calls anew that something has changed for; false where they are no longer the same calls. */
  #correct(inputs: readonly WasmBuffer[], scalars: ArrayBuffer): boolean {
    const stale = new Set<number>();
    const { operands, form, machine } = this.#run;
    for (let i = 0; i < inputs.length; i++) {
      const place = this.#inputs[i]!;
      const buffer = inputs[i]!;
      operands[form.graph.inputs[i]!]!.buffer = buffer;
      if (place.address === buffer.address) continue;
      place.address = buffer.address;
      for (const call of place.calls) stale.add(call);
    }
    for (const { lent, place, operand, calls } of this.#results) {
      if (lent.isHome) continue;
      lent.moveTo(machine.permanent(operand.buffer.byteLength));
      place.address = lent.block!.address;
      place.size = lent.block!.size;
      for (const call of calls) stale.add(call);
    }
    const words = new Int32Array(scalars);
    for (let call = 0; call < form.graph.calls.length; call++) {
      if (!form.scalars.areSame(call, words, this.#scalars)) stale.add(call);
    }
    this.#scalars.set(words);
    if (stale.size === 0) return true;
    const block = new DataView(scalars);
    try {
      for (const call of [...stale].sort((a, b) => a - b)) this.#correctCall(call, block);
      return true;
    } catch (error) {
      if (error instanceof Misfit) return false;
      throw error;
    } finally {
      machine.scribe = null;
      machine.spent = null;
    }
  }

  #correctCall(index: number, scalars: DataView): void {
    const { machine, kernels, form, operands, transcript } = this.#run;
    const call = form.graph.calls[index]!;
    const correction = new Correction(
      machine,
      transcript.passages[index]!,
      this.#firstCalls[index]!,
    );
    machine.scribe = correction;
    const { spent } = transcript.passages[index]!;
    machine.spent = spent === null ? null : operands[spent]!.buffer;
    const made = call.run(
      kernels,
      form.operandsOf(index, operands),
      form.scalars.valuesOf(index, scalars),
    ) as readonly WasmBuffer[];
    correction.finish();
    if (machine.spent !== null) throw new Misfit();
    made.forEach((buffer, k) => {
      const operand = operands[call.outputs[k]!]!;
      if (buffer.layout !== operand.buffer.layout) throw new Misfit();
      operand.buffer = buffer;
    });
  }

  #submit(progress: Progress): void {
    const { machine, transcript } = this.#run;
    const { passages } = transcript;
    for (let i = 0; i < passages.length; i++) {
      progress.calls = i;
      const { refusals, places } = passages[i]!;
      let call = this.#firstCalls[i]!;
      for (let k = 0; k < refusals.length; k++) {
        machine.repeat(call, refusals[k]!, k === 0 ? places : []);
        call += callBytes;
      }
    }
    machine.finish();
  }

  /** Gives the memory back. */
  dispose(): void {
    this.#run.machine.removeReserve(this.memory);
    this.memory.letGo();
  }
}

function overlap(a: Place, b: Place): boolean {
  return a.address < b.address + b.size && b.address < a.address + a.size;
}
