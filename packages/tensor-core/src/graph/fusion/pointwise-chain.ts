import type { PointwiseProgram, ProgramRow } from '../../fused-kernels.ts';
import type { Operation } from '../../operation.ts';
import { mulScalarRow } from '../../ops/arithmetic.ts';
import { rowOf } from '../../ops/pointwise.ts';
import { sameShape } from '../../shape.ts';
import type { StepScalar } from '../../step-scalar.ts';
import type { GraphStep, Value } from '../graph.ts';
import type { Draft } from './draft.ts';
import { Liveness } from './liveness.ts';
import { mostLive } from './program-slots.ts';

/** What a chain may have at most: backends hold its values in registers or in the first-level cache. */
const most = { rows: 24, inputs: 8, results: 4, live: 8, axes: 8 };

interface ChainAttributes {
  /** The rows by name, for who reads the graph. */
  readonly rows: string;
  readonly program: PointwiseProgram;
  /** The numbers of all rows in order; null for the next of the step scalars. */
  readonly scalars: readonly (number | null)[];
}

const chainOperation: Operation<ChainAttributes> = {
  name: 'pointwiseChain',
  infer: () => {
    throw new TypeError('pointwiseChain is made by fusion, which knows its outputs');
  },
  run(kernels, inputs, { program, scalars }, out, steps) {
    let next = 0;
    const numbers = scalars.map((scalar) => scalar ?? steps[next++]!);
    return kernels.pointwiseChain!(
      program,
      inputs.map((input) => input!),
      numbers,
      out[0]!,
    );
  },
  cost: (_, outputs, { program }) => ({
    macs: 0,
    flops: outputs[0]!.size * program.rows.length,
  }),
};

/** A pointwise step, or several that are one by now. */
interface Chain {
  readonly program: PointwiseProgram;
  readonly numbers: readonly (number | null)[];
  readonly scalars: readonly StepScalar[];
  readonly inputs: readonly Value[];
  /** What each row gives. */
  readonly values: readonly Value[];
}

/** A step as a chain of one row; null for one that is none: rows work in float32, with the conditions of `where`. */
export function chainOf(step: GraphStep): Chain | null {
  const { operation, attributes, outputs, scalars } = step;
  const inputs = step.inputs as readonly Value[];
  if (operation === (chainOperation as Operation<unknown>)) {
    return { ...madeChains.get(attributes as ChainAttributes)!, inputs };
  }
  // Times a step scalar.
  const row = operation.name === 'scale' ? mulScalarRow : rowOf(operation);
  if (row === undefined || inputs.length !== row.inputs) return null;
  const { name } = row;
  const isTyped = inputs.every(({ dtype }, i) =>
    name === 'where' && i === 0 ? dtype === 'bool' : dtype === 'float32',
  );
  const output = outputs[0]!;
  if (!isTyped || output.dtype !== (row.result === 'bool' ? 'bool' : 'float32')) return null;
  const given = (attributes as { readonly scalars?: readonly number[] } | null)?.scalars ?? [];
  const numbers = scalars.length > 0 ? scalars.map(() => null) : given;
  const distinct = [...new Set(inputs)];
  return {
    program: {
      inputs: distinct.length,
      rows: [
        {
          name,
          operands: inputs.map((value) => distinct.indexOf(value)),
          scalars: numbers.length,
        },
      ],
      results: [0],
    },
    numbers,
    scalars,
    inputs: distinct,
    values: [output],
  };
}

/** The chains that steps were made of, by their attributes. */
const madeChains = new WeakMap<ChainAttributes, Chain>();

/** Two chains as one, of which the second reads what the first gives; null where it would be too large. */
function joinedChain(
  first: Chain,
  second: Chain,
  isNeeded: (value: Value) => boolean,
): Chain | null {
  const values = [...first.values, ...second.values];
  const inputs = [
    ...new Set([
      ...first.inputs,
      ...second.inputs.filter((value) => !first.values.includes(value)),
    ]),
  ];
  const place = (value: Value): number => {
    const row = values.indexOf(value);
    return row === -1 ? inputs.indexOf(value) : inputs.length + row;
  };
  const moved = ({ program, inputs: own, values: made }: Chain): ProgramRow[] =>
    program.rows.map((row) => ({
      ...row,
      operands: row.operands.map((operand) =>
        place(operand < own.length ? own[operand]! : made[operand - own.length]!),
      ),
    }));
  const rows = [...moved(first), ...moved(second)];
  const results = [...values.keys()].filter((row) => isNeeded(values[row]!));
  const program = { inputs: inputs.length, rows, results };
  const fits =
    values[0]!.shape.length <= most.axes &&
    rows.length <= most.rows &&
    inputs.length <= most.inputs &&
    results.length <= most.results &&
    mostLive(program) <= most.live &&
    results.every((row) => values[row]!.dtype === 'float32');
  if (!fits) return null;
  return {
    program,
    numbers: [...first.numbers, ...second.numbers],
    scalars: [...first.scalars, ...second.scalars],
    inputs,
    values,
  };
}

function stepOf(chain: Chain): GraphStep {
  const { program, numbers, inputs, scalars, values } = chain;
  const attributes: ChainAttributes = {
    rows: program.rows.map(({ name }) => name).join(' '),
    program,
    scalars: numbers,
  };
  madeChains.set(attributes, chain);
  return {
    operation: chainOperation,
    attributes,
    inputs,
    outputs: program.results.map((row) => values[row]!),
    scalars,
  };
}

/**
 * Joins pointwise steps of one shape of which one reads what the other gives. What lies between is not written, or not read
 * again where others need it too: each joining saves at least one tensor's way through memory. A step goes to where the other
 * one stands if that changes nothing and no more memory is held for it at the worst place between.
 */
export function fusePointwiseChains(draft: Draft): void {
  const liveness = new Liveness(draft);
  for (let i = 0; i < draft.length; i++) {
    // What it is joined to may stand in front of it, and be joined in turn.
    let at: number | null = i;
    while (at !== null) at = joinInFront(draft, liveness, at);
  }
}

/** Joins a step to one whose result it reads; where they are, or null where there is none. */
function joinInFront(draft: Draft, liveness: Liveness, position: number): number | null {
  const step = draft.operationAt(position);
  const chain = step && chainOf(step);
  if (step === null || chain === null) return null;
  const makers = new Set(
    chain.inputs.flatMap((value) => {
      const maker = draft.makerOf(value);
      return maker === null ? [] : [maker];
    }),
  );
  for (const first of [...makers].sort((a, b) => b - a)) {
    const maker = draft.operationAt(first);
    const before = maker && chainOf(maker);
    if (maker === null || before === null) continue;
    if (!sameShape(maker.outputs[0]!.shape, step.outputs[0]!.shape)) continue;
    const isNeeded = (value: Value): boolean =>
      draft.isOutput(value) ||
      draft.readersOf(value).some((reader) => reader !== first && reader !== position);
    const both = joinedChain(
      before,
      chain,
      (value) =>
        // Rows between that nobody asked for stay so.
        step.outputs.includes(value) || (maker.outputs.includes(value) && isNeeded(value)),
    );
    if (both === null) continue;
    const joined = stepOf(both);
    for (const [from, at] of [
      [first, position],
      [position, first],
    ] as const) {
      if (!draft.canMove(from, at)) continue;
      if (liveness.join({ first, second: position, at, joined })) return at;
    }
  }
  return null;
}
