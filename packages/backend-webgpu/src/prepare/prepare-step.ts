import {
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

import { gridOf } from '../commands/command-sink.ts';
import { ParameterSlots } from '../commands/parameter-slots.ts';
import type { ReadyDispatch, Recorder } from '../commands/recorder.ts';
import {
  bytesFor,
  bytesInHalves,
  memoryIn,
  tensorBuffer,
  type Access,
  type Memory,
  type NumberedBuffer,
} from '../gpu-buffer.ts';
import { webgpuKernels } from '../kernels/index.ts';
import type { Shader } from '../shader.ts';
import { ParameterRewriter } from './parameter-rewriter.ts';
import { StepPlanner, type PlannedMemory } from './step-planner.ts';

/** A call whose numbers may be others at each run. */
interface ChangingCall {
  readonly call: StepCall;
  readonly operands: readonly (Operand | null)[];
  /** Its place among the calls, and where its dispatches and uploads begin in the step. */
  readonly index: number;
  readonly dispatch: number;
  readonly upload: number;
}

/** What is handed in. */
interface GivenMemory {
  readonly memory: PlannedMemory;
  readonly shape: readonly number[];
  /** How the dispatches of the step get at it. */
  readonly accesses: ReadonlySet<Access>;
}

interface Plan {
  readonly planner: StepPlanner;
  readonly inputs: readonly GivenMemory[];
  readonly outputs: readonly PlannedMemory[];
  readonly changing: readonly ChangingCall[];
  readonly scalars: ScalarBlock;
}

/** A dispatch of the step with all that is kept of it from run to run. */
interface RecordedDispatch extends ReadyDispatch {
  pipeline: GPUComputePipeline;
  buffers: GPUBindGroup;
  readonly shader: Shader;
  readonly memories: readonly PlannedMemory[];
  /** The buffers that `buffers` binds. */
  bound: readonly NumberedBuffer[];
  /** Whether one of them may be another at the next run. */
  readonly isOpen: boolean;
  readonly slot: number;
  readonly slots: number;
}

/**
 * Records a step once. What its kernels would dispatch is written down with numbers in one buffer, memory of its own and
 * bind groups that stay; a run hands the same commands over again, with those of its numbers that have changed.
 */
export function prepareStep(recorder: Recorder, graph: StepGraph): PreparedStep {
  return new RecordedStep(recorder, planOf(recorder, graph));
}

/** Calls the kernels of a step on memory that is not there yet. */
function planOf(recorder: Recorder, graph: StepGraph): Plan {
  const planner = new StepPlanner(recorder.limits, recorder.marksUnwritten);
  const kernels = webgpuKernels(planner) as Kernels;
  const buffers = new Map<number, DeviceBuffer>();
  const holdings = new Holdings();
  const given = graph.inputs.map((value) => {
    const memory = planner.given(bytesFor(graph.values[value]!));
    const buffer = tensorBuffer(memory, 0);
    buffers.set(value, buffer);
    holdings.hold(buffer);
    return memory;
  });
  const reused = new Set(graph.reused);
  const ends = lastReads(graph.calls, graph.outputs);
  const changing: ChangingCall[] = [];
  graph.calls.forEach((call, i) => {
    const operands = call.inputs.map((value): Operand | null =>
      value === null
        ? null
        : { ...graph.values[value]!, buffer: buffers.get(value)!, isReused: reused.has(value) },
    );
    const { dispatches, uploads } = planner;
    const start = { index: i, dispatch: dispatches.length, upload: uploads.length };
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
  const accesses = accessesOf(planner);
  const inputs = given.map((memory, i) => {
    const { shape } = graph.values[graph.inputs[i]!]!;
    return { memory, shape, accesses: accesses.get(memory) ?? noAccess };
  });
  return { planner, inputs, outputs, changing, scalars: new ScalarBlock(graph) };
}

const noAccess: ReadonlySet<Access> = new Set();

/** How the dispatches get at each memory. */
function accessesOf({ dispatches }: StepPlanner): Map<PlannedMemory, Set<Access>> {
  const accesses = new Map<PlannedMemory, Set<Access>>();
  for (const { shader, memories } of dispatches) {
    memories.forEach((memory, k) => {
      const access = shader.layout[k] as Access;
      const own = accesses.get(memory);
      if (own === undefined) accesses.set(memory, new Set([access]));
      else own.add(access);
    });
  }
  return accesses;
}

class RecordedStep implements PreparedStep {
  readonly ready: Promise<void>;
  readonly byteLength: number;
  readonly #recorder: Recorder;
  readonly #plan: Plan;
  /** Each memory that is handed out, once. */
  readonly #handedOut: readonly PlannedMemory[];
  readonly #blocks: readonly NumberedBuffer[];
  readonly #slots: ParameterSlots;
  readonly #rewriter: ParameterRewriter;
  readonly #rewriting: Kernels;
  readonly #dispatches: RecordedDispatch[] = [];
  /** The step scalars of the run before. */
  #numbers: Uint32Array | null = null;
  /** Submissions that had been made when it was last recorded. */
  #recordedBehind = -1;
  /** Slots that were rewritten and not handed over: from the first to behind the last. */
  #rewritten: [first: number, end: number] = [Infinity, 0];
  #isDisposed = false;

  constructor(recorder: Recorder, plan: Plan) {
    this.#recorder = recorder;
    this.#plan = plan;
    const { planner } = plan;
    const given = new Set(plan.inputs.map(({ memory }) => memory));
    this.#handedOut = [...new Set(plan.outputs)].filter((memory) => !given.has(memory));
    this.#blocks = this.#takeBlocks(planner.made);
    const counts = planner.dispatches.map(({ parameters }) =>
      ParameterSlots.slotsFor(parameters.length),
    );
    const slots = counts.reduce((sum, count) => sum + count, 0);
    this.#slots = new ParameterSlots(recorder.gpu, recorder.pipelines, Math.max(slots, 1));
    this.byteLength =
      this.#blocks.reduce((sum, { size }) => sum + size, 0) + this.#slots.byteLength;
    this.#rewriter = new ParameterRewriter(recorder.limits, recorder.marksUnwritten, {
      parameters: (i, parameters) => {
        const { slot, slots: count } = this.#dispatches[i]!;
        this.#slots.rewrite(slot, parameters);
        const [first, end] = this.#rewritten;
        this.#rewritten = [Math.min(first, slot), Math.max(end, slot + count)];
      },
      words: (i, words) => this.#write(planner.uploads[i]!, words),
    });
    this.#rewriting = webgpuKernels(this.#rewriter) as Kernels;
    planner.uploads.forEach((memory, i) => this.#write(memory, planner.uploaded[i]!));
    this.ready = this.#finish();
  }

  run(inputs: readonly DeviceBuffer[], scalars: ArrayBuffer): readonly DeviceBuffer[] {
    const recorder = this.#recorder;
    const { inputs: given, outputs } = this.#plan;
    given.forEach((each, i) => this.#take(each, memoryIn(inputs[i]!)));
    for (const memory of this.#handedOut) memory.buffer = recorder.pool.take(memory.bytes);
    this.#rewriteChanged(scalars);
    for (const dispatch of this.#dispatches) {
      if (dispatch.isOpen && !isBound(dispatch)) this.#bind(dispatch);
      recorder.record(dispatch);
    }
    this.#recordedBehind = recorder.submissions;
    const made = new Map(
      this.#handedOut.map((memory): [PlannedMemory, Memory] => [memory, { buffer: memory.buffer }]),
    );
    return outputs.map((memory) => {
      // What was handed in may come out under another shape.
      const own =
        made.get(memory) ?? memoryIn(inputs[given.findIndex((each) => each.memory === memory)]!);
      return tensorBuffer(own, memory.bytes || own.buffer!.size);
    });
  }

  /** Takes what is handed in for a run: of a weight that is told of, the forms that the step gets at. */
  #take({ memory, shape, accesses }: GivenMemory, source: Memory): void {
    if (accesses.has('h')) source.reuse ??= { count: 0, isDerived: false, shape };
    if (!source.reuse) {
      memory.buffer = source.buffer;
      return;
    }
    const { weights } = this.#recorder;
    for (const access of accesses) {
      const buffer = weights.bufferFor(source, access);
      if (access === 'h') memory.halves = buffer;
      else memory.buffer = buffer;
    }
  }

  dispose(): void {
    if (this.#isDisposed) return;
    this.#isDisposed = true;
    // What was recorded reads them.
    this.#recorder.submit();
    for (const block of this.#blocks) this.#recorder.pool.giveBack(block);
    this.#slots.dispose();
  }

  /** Buffers for the step's own memory. */
  #takeBlocks(made: readonly PlannedMemory[]): NumberedBuffer[] {
    const buffers = new Map<Block, NumberedBuffer>();
    for (const { block } of made) {
      if (block !== null && !buffers.has(block))
        buffers.set(block, this.#recorder.pool.take(block.size));
    }
    for (const memory of made) if (memory.block) memory.buffer = buffers.get(memory.block)!;
    return [...buffers.values()];
  }

  /** Makes the pipelines that are not there yet, then all that stays from run to run. */
  async #finish(): Promise<void> {
    const { pipelines } = this.#recorder;
    const { dispatches } = this.#plan.planner;
    const fitting = dispatches.map(({ shader, memories }) =>
      pipelines.fitting(
        shader,
        memories.map(({ bytes, block }, k) =>
          this.#recorder.pool.sizeFor(
            shader.layout[k] === 'h' ? bytesInHalves(bytes / 4) : (block?.size ?? bytes),
          ),
        ),
      ),
    );
    await pipelines.make(new Set(fitting));
    if (this.#isDisposed) return;
    for (const [i, { shader, parameters, memories, groups }] of dispatches.entries()) {
      const slots = ParameterSlots.slotsFor(parameters.length);
      const slot = this.#slots.write(parameters)!;
      const [width, height] = gridOf(groups, this.#recorder.limits.groupsPerDimension);
      const isOpen = memories.some(({ block }) => block === null);
      this.#dispatches.push({
        pipeline: pipelines.get(fitting[i]!),
        parameters: this.#slots.groupAt(slot, slots),
        // One that is open is bound at its first run.
        buffers: isOpen
          ? noGroup
          : pipelines.group(fitting[i]!.layout, buffersOf(shader, memories)),
        width,
        height,
        shader,
        memories,
        bound: [],
        isOpen,
        slot,
        slots,
      });
    }
    this.#slots.flush();
  }

  #bind(dispatch: RecordedDispatch): void {
    dispatch.bound = buffersOf(dispatch.shader, dispatch.memories);
    const { pipelines } = this.#recorder;
    const fitting = pipelines.fitting(
      dispatch.shader,
      dispatch.bound.map(({ size }) => size),
    );
    dispatch.pipeline = pipelines.get(fitting);
    dispatch.buffers = pipelines.group(fitting.layout, dispatch.bound);
  }

  /** Runs the calls whose numbers have changed for their parameters, and hands these over. */
  #rewriteChanged(scalars: ArrayBuffer): void {
    const numbers = new Uint32Array(scalars);
    const before = this.#numbers;
    const { changing, scalars: places } = this.#plan;
    const changed = changing.filter(
      ({ index }) => before === null || !places.areSame(index, numbers, before),
    );
    if (changed.length === 0) return;
    this.#numbers = numbers.slice();
    // The run before is still to read its own.
    if (this.#recordedBehind === this.#recorder.submissions) this.#recorder.submit();
    const view = new DataView(scalars);
    for (const { call, operands, index, dispatch, upload } of changed) {
      this.#rewriter.start(dispatch, upload);
      call.run(this.#rewriting, operands, places.valuesOf(index, view));
    }
    const [first, end] = this.#rewritten;
    if (end > first) this.#slots.flushSlots(first, end - first);
    this.#rewritten = [Infinity, 0];
  }

  #write(memory: PlannedMemory, words: Int32Array<ArrayBuffer> | Float32Array<ArrayBuffer>): void {
    this.#recorder.gpu.queue.writeBuffer(memory.buffer!.gpu, 0, words);
  }
}

/** Stands where a bind group follows. */
const noGroup = null as unknown as GPUBindGroup;

function buffersOf({ layout }: Shader, memories: readonly PlannedMemory[]): NumberedBuffer[] {
  return memories.map((memory, k) => bufferOf(memory, layout[k]!)!);
}

function isBound({ bound, memories, shader: { layout } }: RecordedDispatch): boolean {
  if (bound.length !== memories.length) return false;
  for (let i = 0; i < bound.length; i++) {
    if (bound[i] !== bufferOf(memories[i]!, layout[i]!)) return false;
  }
  return true;
}

function bufferOf({ buffer, halves }: PlannedMemory, access: string): NumberedBuffer | null {
  return access === 'h' ? halves! : buffer;
}
