import type { DeviceBuffer, Kernels, PreparedStep, StepGraph } from '@convnet/tensor-core';
import type { WasmBuffer } from '../buffer.ts';
import type { Block } from '../heap.ts';
import type { Machine } from '../machine.ts';
import { StepForm, type Progress, type StepOperand } from './step-form.ts';
import { Tables, Transcript, type Spot } from './transcript.ts';
import { Writing } from './writing.ts';

/** Runs in a row that may fail to be written down. */
const attempts = 4;

/**
 * A captured step on one machine. A run is written down while its operations run: the arguments of all kernel calls, the
 * memory that they work in. Later runs submit these calls again, and the TypeScript of the kernels is left out. What has
 * moved since (an input, a result that somebody still holds, a step scalar) is corrected in the calls that read it.
 */
export class WrittenStep implements PreparedStep {
  readonly ready: Promise<void> = Promise.resolve();
  readonly #machine: Machine;
  readonly #kernels: Kernels;
  readonly #form: StepForm;
  readonly #tables: Tables;
  /** Results that whoever runs the step has kept beyond the next run, with their bytes: nothing else may stand there. */
  readonly #kept = new Map<string, { readonly spot: Spot; readonly bytes: number }>();
  #writing: Writing | null = null;
  readonly #progress: Progress = { calls: 0 };
  #failures = 0;

  constructor(machine: Machine, kernels: Kernels, graph: StepGraph) {
    this.#machine = machine;
    this.#kernels = kernels;
    this.#form = new StepForm(machine, graph);
    this.#tables = new Tables(machine);
  }

  get byteLength(): number {
    return this.#writing?.memory.heldBytes ?? this.#tables.heldBytes;
  }

  get carriedOut(): number {
    return this.#progress.calls;
  }

  run(inputs: readonly DeviceBuffer[], scalars: ArrayBuffer): readonly DeviceBuffer[] {
    const buffers = inputs as readonly WasmBuffer[];
    this.#progress.calls = 0;
    const results = this.#writing?.run(buffers, scalars, this.#progress) ?? null;
    if (results !== null) {
      this.#failures = 0;
      return results;
    }
    for (const { spot, bytes } of this.#writing?.away ?? []) {
      this.#kept.set(`${spot.passage} ${spot.index}`, { spot, bytes });
    }
    this.#forget();
    if (this.#failures === attempts) {
      this.#tables.letGo();
      return this.#resultsOf(this.#runParts(buffers, scalars, null));
    }
    this.#failures++;
    return this.#write(buffers, scalars);
  }

  #write(inputs: readonly WasmBuffer[], scalars: ArrayBuffer): readonly WasmBuffer[] {
    this.#tables.begin();
    const apart = new Map<Spot, Block>();
    let taken: readonly Block[] = [];
    try {
      for (const { spot, bytes } of this.#kept.values()) {
        apart.set(spot, this.#machine.permanent(bytes));
      }
      const blocks = [...apart.values()];
      const transcript = new Transcript(this.#machine, this.#tables, apart);
      const results = this.#writeInto(transcript, inputs, scalars);
      const own = results.map(({ shared }) => shared.block);
      // What this run had as a temporary, where it asked for other memory than the one before.
      taken = blocks.filter(
        (block) => !own.includes(block) && ![...apart.values()].includes(block),
      );
      return results;
    } finally {
      for (const block of [...apart.values(), ...taken]) this.#machine.release(block);
    }
  }

  #writeInto(
    transcript: Transcript,
    inputs: readonly WasmBuffer[],
    scalars: ArrayBuffer,
  ): readonly WasmBuffer[] {
    const layouts = inputs.map(({ layout }) => layout);
    const operands = this.#runParts(inputs, scalars, transcript);
    const results = this.#resultsOf(operands);
    if (transcript.isWhole && inputs.every(({ layout }, i) => layout === layouts[i])) {
      this.#writing = Writing.of({
        machine: this.#machine,
        kernels: this.#kernels,
        form: this.#form,
        transcript,
        operands,
        inputs,
        results,
        scalars,
      });
    }
    return results;
  }

  #runParts(
    inputs: readonly WasmBuffer[],
    scalars: ArrayBuffer,
    transcript: Transcript | null,
  ): StepOperand[] {
    return this.#form.run(
      this.#machine,
      this.#kernels,
      inputs,
      scalars,
      transcript,
      this.#progress,
    );
  }

  #resultsOf(operands: readonly StepOperand[]): WasmBuffer[] {
    return this.#form.graph.outputs.map((value) => operands[value]!.buffer);
  }

  #forget(): void {
    this.#writing?.dispose();
    this.#writing = null;
  }

  dispose(): void {
    this.#forget();
    this.#tables.letGo();
  }
}
