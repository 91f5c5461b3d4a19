import { memoryOf, type Memory } from '../../cuda-buffer.ts';
import {
  wide,
  type KernelContext,
  type LaunchShape,
  type Word,
} from '../../commands/kernel-context.ts';
import { mostSigned, requireCountable } from '../countable.ts';
import { endingWords, noEnding, type Ending } from './ending.ts';

/** What a planned launch points to. `parts`: scratch for sums in parts. */
export type Role = 'left' | 'right' | 'out' | 'bias' | 'residual' | 'parts';

/** A launch that waits for its memories. */
export interface PlannedLaunch {
  readonly kernel: string;
  readonly shape: LaunchShape;
  readonly pointers: readonly (Role | null)[];
  readonly words: readonly Word[];
}

/** What a kernel of `Kernels` does for one shape. Plans are kept: making one takes longer than running it. */
export interface Plan {
  readonly launches: readonly PlannedLaunch[];
  /** Bytes of scratch for sums in parts. */
  readonly partBytes: number;
  /** A library that does it in place of launches. */
  readonly call?: PlannedCall;
}

/** A call of a library that waits for its memories. */
export interface PlannedCall {
  /** Its number in commands. */
  readonly plan: number;
  readonly pointers: readonly (Role | null)[];
  /** Bytes of scratch, to which a pointer follows the others. */
  readonly workspaceBytes: number;
}

/** Plans that are kept; where shapes differ at every call, the oldest go. */
const mostPlans = 4096;

/** Plans by everything that they depend on. */
export class Plans {
  readonly #plans = new Map<string, Plan>();

  get(key: string, make: () => Plan): Plan {
    let plan = this.#plans.get(key);
    if (plan === undefined) {
      plan = make();
      this.#plans.set(key, plan);
      if (this.#plans.size > mostPlans) this.#plans.delete(this.#plans.keys().next().value!);
    }
    return plan;
  }
}

/** The class of an ending, for the key of a plan. */
export function endingKey({ bias, residual, activation }: Ending): string {
  const name = activation === null ? '' : `${activation.name} ${activation.scalars.join(' ')}`;
  return `${bias === null ? '' : 'b'}${residual === null ? '' : 'r'}${name}`;
}

export function runPlan(
  context: KernelContext,
  { launches, partBytes, call }: Plan,
  memories: { readonly left: Memory; readonly right: Memory; readonly out: Memory },
  { bias, residual }: Ending,
): void {
  const at: Readonly<Record<Role, Memory | null>> = {
    ...memories,
    bias: bias && memoryOf(bias),
    residual: residual && memoryOf(residual),
    parts: partBytes === 0 ? null : context.scratch(partBytes),
  };
  const memory = (role: Role | null): Memory | null => (role === null ? null : at[role]);
  for (const { kernel, shape, pointers, words } of launches) {
    context.launch(kernel, shape, pointers.map(memory), words);
  }
  if (call === undefined) return;
  const workspace = call.workspaceBytes === 0 ? null : context.scratch(call.workspaceBytes);
  context.callLibrary(call.plan, [...call.pointers.map(memory), workspace]);
}

const threads = 256;
const mostBlocks = 8192;

/** A grid of one axis whose threads go on in steps of it. */
export function gridFor(count: number, blockThreads: number): LaunchShape {
  const blocks = Math.min(Math.ceil(count / blockThreads), mostBlocks);
  return { grid: [blocks, 1, 1], block: [blockThreads, 1, 1] };
}

/** Adds up parts of `elements` sums each, which lie as the output does, in rows of `columns`. */
export function addParts(
  elements: number,
  parts: number,
  columns: number,
  ending: Ending = noEnding,
  biasAxis: 'columns' | 'rows' = 'columns',
  rows = 1,
): PlannedLaunch {
  requireCountable('product', { 'elements of a row': columns }, mostSigned - 3);
  return {
    kernel: 'add_parts',
    shape: gridFor((elements / columns) * Math.ceil(columns / 4), threads),
    pointers: ['parts', 'out', 'bias', 'residual'],
    words: [...wide(elements), parts, columns, rows, ...endingWords(ending, biasAxis)],
  };
}
