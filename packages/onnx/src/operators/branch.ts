import type { Operator } from '../import/operator.ts';

/** What the branch gives that was taken: its outputs stand behind the condition, then those of the other one. */
const chosen: Operator = {
  host: [0],
  prepare: (node) => {
    const count = node.outputCount;
    return (inputs) => {
      const first = inputs.host(0).data[0] === 0 ? 1 + count : 1;
      return Array.from({ length: count }, (_, i) => inputs.value(first + i));
    };
  },
};

export const branchOperators: Readonly<Record<string, Operator>> = { If: chosen };
