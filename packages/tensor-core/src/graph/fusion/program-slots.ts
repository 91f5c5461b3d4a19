import type { PointwiseProgram } from '../../fused-kernels.ts';

/** @internal Where the values of a program's rows stand while it runs, in places that they have one after the other. */
export interface ProgramSlots {
  /** The place of each row. */
  readonly slots: readonly number[];
  /** Places in all. */
  readonly count: number;
}

/**
 * @internal Gives each row a place that no value has which is still read behind it, or is a result unless `areResultsApart`: those
 * have places of their own then (-1).
 */
export function programSlots(program: PointwiseProgram, areResultsApart: boolean): ProgramSlots {
  const { inputs, rows, results } = program;
  const last = rows.map((_, row) => row);
  rows.forEach(({ operands }, row) => {
    for (const operand of operands) if (operand >= inputs) last[operand - inputs] = row;
  });
  for (const row of results) last[row] = rows.length;
  const slots: number[] = [];
  const free: number[] = [];
  let count = 0;
  for (let row = 0; row < rows.length; row++) {
    // A row works element by element, so that it may stand where what it reads last did.
    for (let before = 0; before < row; before++) {
      if (last[before] === row && slots[before] !== -1) free.push(slots[before]!);
    }
    slots.push(areResultsApart && results.includes(row) ? -1 : (free.pop() ?? count++));
  }
  return { slots, count };
}

/** Values that are held at a time. */
export function mostLive(program: PointwiseProgram): number {
  return programSlots(program, false).count;
}
