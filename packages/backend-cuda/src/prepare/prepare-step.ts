import {
  byteLength,
  Holdings,
  lastReads,
  ScalarBlock,
  type Block,
  type DeviceBuffer,
  type Kernels,
  type Operand,
  type PreparedStep,
  type StepCall,
  type StepGraph,
} from '@convnet/tensor-core';

import type { AddonError } from '../addon/interface.ts';
import { addressOf, Encoder } from '../commands/encoder.ts';
import type { Word } from '../commands/kernel-context.ts';
import type { Recorder } from '../commands/recorder.ts';
import { cudaBuffer, memoryIn, type Memory } from '../cuda-buffer.ts';
import { cudaKernels } from '../kernels/index.ts';
import {
  StepPlanner,
  type PlannedCall,
  type PlannedLaunch,
  type PlannedMemory,
  type PlannedPointer,
} from './step-planner.ts';
import { WordRewriter } from './word-rewriter.ts';

/** A call whose numbers may be others at each run. */
interface ChangingCall {
  readonly call: StepCall;
  readonly operands: readonly (Operand | null)[];
  /** Its place among the calls, and where its launches and uploads begin in the step. */
  readonly index: number;
  readonly launch: number;
  readonly upload: number;
}

interface Plan {
  readonly planner: StepPlanner;
  readonly inputs: readonly PlannedMemory[];
  readonly outputs: readonly PlannedMemory[];
  readonly changing: readonly ChangingCall[];
  readonly scalars: ScalarBlock;
}

/** A launch that points to memory which is handed in or out. */
interface OpenLaunch {
  readonly number: number;
  readonly pointers: readonly PlannedPointer[];
  /** What it pointed to at the run before. */
  readonly addresses: number[];
}

/**
 * Records a step once, as a graph of the device: what its kernels would launch, on memory of its own. A run launches the graph whole;
 * of its launches those are given anew whose numbers or outer memory have changed.
 */
export function prepareStep(recorder: Recorder, graph: StepGraph): PreparedStep {
  return new RecordedStep(recorder, planOf(recorder, graph));
}

/** Calls the kernels of a step on memory that is not there yet. */
function planOf(recorder: Recorder, graph: StepGraph): Plan {
  const planner = new StepPlanner(recorder);
  const kernels = cudaKernels(planner, recorder) as Kernels;
  const buffers = new Map<number, DeviceBuffer>();
  const holdings = new Holdings();
  const inputs = graph.inputs.map((value) => {
    const bytes = byteLength(graph.values[value]!);
    const memory = planner.given(bytes);
    const buffer = cudaBuffer(memory, bytes);
    buffers.set(value, buffer);
    holdings.hold(buffer);
    return memory;
  });
  const ends = lastReads(graph.calls, graph.outputs);
  const changing: ChangingCall[] = [];
  graph.calls.forEach((call, i) => {
    const operands = call.inputs.map((value): Operand | null =>
      value === null ? null : { ...graph.values[value]!, buffer: buffers.get(value)! },
    );
    const { launches, uploads } = planner;
    const start = { index: i, launch: launches.length, upload: uploads.length };
    if (call.scalars.length > 0) changing.push({ call, operands, ...start });
    // Numbers that will be others: 1 is one that no kernel refuses.
    const numbers = call.scalars.map(() => 1);
    const made = call.run(kernels, operands, numbers);
    call.outputs.forEach((value, k) => {
      buffers.set(value, made[k]!);
      holdings.hold(made[k]!);
    });
    for (const value of ends[i]!) {
      const buffer = buffers.get(value)!;
      if (holdings.letGo(buffer)) planner.giveBack(memoryIn(buffer));
    }
  });
  const outputs = graph.outputs.map((value) => memoryIn(buffers.get(value)!) as PlannedMemory);
  for (const memory of outputs) memory.block = null;
  return { planner, inputs, outputs, changing, scalars: new ScalarBlock(graph) };
}

/** CUDA_ERROR_GRAPH_EXEC_UPDATE_FAILURE. */
const updateFailed = 910;

class RecordedStep implements PreparedStep {
  readonly ready: Promise<void> = Promise.resolve();
  readonly byteLength: number;
  readonly #recorder: Recorder;
  readonly #plan: Plan;
  /** Each memory that is handed out, once. */
  readonly #handedOut: readonly PlannedMemory[];
  readonly #blocks: readonly number[];
  readonly #open: readonly OpenLaunch[];
  readonly #rewriter: WordRewriter;
  readonly #rewriting: Kernels;
  /** Launches that are to be given anew before the next run. */
  readonly #changed = new Set<number>();
  readonly #encoder = new Encoder(1 << 12);
  /** The graph of the device, once the first run says where all its memory is. */
  #graph: number | null = null;
  /** The step scalars of the run before. */
  #numbers: Uint32Array | null = null;
  #isDisposed = false;

  constructor(recorder: Recorder, plan: Plan) {
    this.#recorder = recorder;
    this.#plan = plan;
    const { planner } = plan;
    const given = new Set(plan.inputs);
    this.#handedOut = [...new Set(plan.outputs)].filter((memory) => !given.has(memory));
    const blocks = takeBlocks(recorder, planner.made);
    this.#blocks = blocks.addresses;
    this.byteLength = blocks.bytes;
    this.#open = planner.launches.flatMap(openLaunch);
    this.#rewriter = new WordRewriter(recorder, {
      words: (i, words) => {
        const launch = planner.launches[i]!;
        if ('plan' in launch || areEqual(launch.words, words)) return;
        launch.words = words;
        this.#changed.add(i);
      },
      contents: (i, contents) => recorder.write(planner.uploads[i]!, contents),
    });
    this.#rewriting = cudaKernels(this.#rewriter, recorder) as Kernels;
    planner.uploads.forEach((memory, i) => recorder.write(memory, planner.uploaded[i]!));
  }

  run(inputs: readonly DeviceBuffer[], scalars: ArrayBuffer): readonly DeviceBuffer[] {
    const recorder = this.#recorder;
    const { inputs: given, outputs } = this.#plan;
    given.forEach((memory, i) => {
      memory.address = memoryIn(inputs[i]!).address;
    });
    this.#takeHandedOut();
    try {
      this.#rewriteChanged(scalars);
      // In front of it is what was encoded before, and what was just written.
      recorder.submit();
      recorder.attempt(() => this.#launch());
    } catch (error) {
      for (const { address } of this.#handedOut) recorder.pool.giveBack(address);
      throw error;
    }
    const made = new Map(
      this.#handedOut.map((memory): [PlannedMemory, Memory] => [
        memory,
        { address: memory.address, bytes: memory.bytes },
      ]),
    );
    return outputs.map((memory) => {
      // What was handed in may come out under another shape.
      const own = made.get(memory) ?? memoryIn(inputs[given.indexOf(memory)]!);
      return cudaBuffer(own, memory.bytes);
    });
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    const { pool, session } = this.#recorder;
    const graph = this.#graph;
    // One that is running goes on to its end.
    if (graph !== null) this.#recorder.attempt(() => session.destroyGraph(graph));
    for (const address of this.#blocks) pool.giveBack(address);
  }

  /** Memory for what is handed out: all of it, or none where there is no room. */
  #takeHandedOut(): void {
    const taken: PlannedMemory[] = [];
    try {
      for (const memory of this.#handedOut) {
        memory.address = this.#recorder.takeAddress(memory.bytes);
        taken.push(memory);
      }
    } catch (error) {
      for (const { address } of taken) this.#recorder.pool.giveBack(address);
      throw error;
    }
  }

  /** Runs the calls whose numbers have changed for their words. */
  #rewriteChanged(scalars: ArrayBuffer): void {
    const numbers = new Uint32Array(scalars);
    const before = this.#numbers;
    const { changing, scalars: places } = this.#plan;
    const changed = changing.filter(
      ({ index }) => before === null || !places.areSame(index, numbers, before),
    );
    if (changed.length === 0) return;
    this.#numbers = numbers.slice();
    const view = new DataView(scalars);
    for (const { call, operands, index, launch, upload } of changed) {
      this.#rewriter.start(launch, upload);
      call.run(this.#rewriting, operands, places.valuesOf(index, view));
    }
  }

  /** Gives the graph what has changed. @returns false where it has to be made anew, and is gone. */
  #update(graph: number): boolean {
    if (this.#changed.size === 0) return true;
    const { session } = this.#recorder;
    const encoder = this.#encoder;
    const nodes = Uint32Array.from(this.#changed);
    for (const number of nodes) encode(encoder, this.#plan.planner.launches[number]!);
    try {
      session.updateGraph(graph, nodes, nodes.length, encoder.words, encoder.length);
      return true;
    } catch (error) {
      // A library may launch other kernels for other addresses, which a graph does not take.
      if ((error as AddonError).code !== updateFailed) throw error;
      this.#graph = null;
      session.destroyGraph(graph);
      return false;
    }
  }

  /** Launches the graph; the first time it is made. */
  #launch(): void {
    const { session, counts } = this.#recorder;
    for (const { number, pointers, addresses } of this.#open) {
      let isMoved = false;
      for (let i = 0; i < pointers.length; i++) {
        const address = addressOf(pointers[i]!);
        if (address === addresses[i]) continue;
        addresses[i] = address;
        isMoved = true;
      }
      if (isMoved) this.#changed.add(number);
    }
    const { launches } = this.#plan.planner;
    if (launches.length === 0) return;
    const encoder = this.#encoder;
    encoder.clear();
    if (this.#graph === null || !this.#update(this.#graph)) {
      encoder.clear();
      for (const launch of launches) encode(encoder, launch);
      this.#graph = session.makeGraph(encoder.words, encoder.length);
    }
    this.#changed.clear();
    session.launchGraph(this.#graph);
    counts.submissions++;
    counts.launches++;
  }
}

function encode(encoder: Encoder, launch: PlannedLaunch | PlannedCall): void {
  if ('plan' in launch) encoder.call(launch.plan, launch.pointers);
  else encoder.launch(launch.kernel.number, launch.shape, launch.pointers, launch.words);
}

/** Memory of the device for the step's own. @throws OutOfMemoryError, and then none is taken. */
function takeBlocks(
  recorder: Recorder,
  made: readonly PlannedMemory[],
): { readonly addresses: readonly number[]; readonly bytes: number } {
  const places = new Map<Block, number>();
  let bytes = 0;
  try {
    for (const { block } of made) {
      if (block === null || places.has(block)) continue;
      places.set(block, recorder.takeAddress(block.size));
      bytes += block.size;
    }
  } catch (error) {
    for (const address of places.values()) recorder.pool.giveBack(address);
    throw error;
  }
  for (const memory of made) if (memory.block !== null) memory.address = places.get(memory.block)!;
  return { addresses: [...places.values()], bytes };
}

function openLaunch({ pointers }: PlannedLaunch | PlannedCall, number: number): OpenLaunch[] {
  const isOpen = pointers.some((pointer) => pointer !== null && memoryOf(pointer).block === null);
  return isOpen ? [{ number, pointers, addresses: [] }] : [];
}

function memoryOf(pointer: NonNullable<PlannedPointer>): PlannedMemory {
  return 'memory' in pointer ? pointer.memory : pointer;
}

function areEqual(before: readonly Word[], now: readonly Word[]): boolean {
  return before.length === now.length && now.every((word, i) => isEqual(before[i]!, word));
}

function isEqual(a: Word, b: Word): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return Object.is(a.float, b.float);
}
