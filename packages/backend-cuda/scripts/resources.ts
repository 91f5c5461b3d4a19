/** What kernels take of a multiprocessor, as ptxas tells it. */

/** One kernel on one architecture. */
export interface Resources {
  readonly kernel: string;
  /** Such as 90. */
  readonly architecture: number;
  readonly registers: number;
  /** Bytes that did not fit the registers: stores and loads. */
  readonly spilled: number;
  /** Bytes of local memory of a thread, such as arrays that are indexed by what is not known before. */
  readonly stack: number;
}

/** Reads what `ptxas -v` writes. */
export function readResources(text: string, architecture: number): Resources[] {
  const found: Resources[] = [];
  let kernel = '';
  let stack = 0;
  let spilled = 0;
  for (const line of text.split('\n')) {
    kernel = /Compiling entry function '([^']+)'/.exec(line)?.[1] ?? kernel;
    const frame = /(\d+) bytes stack frame, (\d+) bytes spill stores, (\d+) bytes spill loads/.exec(
      line,
    );
    if (frame !== null) {
      stack = Number(frame[1]);
      spilled = Number(frame[2]) + Number(frame[3]);
    }
    const used = /Used (\d+) registers/.exec(line);
    if (used !== null)
      found.push({ kernel, architecture, registers: Number(used[1]), spilled, stack });
  }
  return found;
}

/** The resources of all kernels as a table: registers by architecture, and what was spilled. */
export function resourceTable(all: readonly Resources[]): string {
  const architectures = [...new Set(all.map(({ architecture }) => architecture))].sort(
    (a, b) => a - b,
  );
  const kernels = [...new Set(all.map(({ kernel }) => kernel))].toSorted();
  const width = Math.max(...kernels.map((kernel) => kernel.length));
  const lines = kernels.map((kernel) => {
    const rows = all.filter((row) => row.kernel === kernel);
    const cells = architectures.map((architecture) => {
      const row = rows.find((each) => each.architecture === architecture);
      if (row === undefined) return '-';
      return `${row.registers}${row.spilled > 0 ? ` spills ${row.spilled}` : ''}${row.stack > 0 ? ` stack ${row.stack}` : ''}`;
    });
    return `${kernel.padEnd(width)}  ${cells.map((cell) => cell.padStart(5)).join('')}`;
  });
  const head = architectures.map((architecture) => `sm_${architecture}`.padStart(5)).join('');
  return [`${'registers'.padEnd(width)}  ${head}`, ...lines].join('\n');
}

/** Kernels that take more than they may. What they take at present is what they may: more is a step back. */
export function overBounds(all: readonly Resources[]): string[] {
  return all.flatMap(({ kernel, architecture, registers, spilled }) => {
    const bound = bounds.find(({ names }) => names.test(kernel))!;
    const problems: string[] = [];
    if (spilled > bound.spilled) {
      problems.push(
        `${kernel} spills ${spilled} bytes on sm_${architecture}, more than ${bound.spilled}`,
      );
    }
    if (registers > bound.registers) {
      problems.push(
        `${kernel} takes ${registers} registers on sm_${architecture}, more than ${bound.registers}`,
      );
    }
    return problems;
  });
}

/** The first row that fits counts. */
const bounds: readonly {
  readonly names: RegExp;
  readonly registers: number;
  readonly spilled: number;
}[] = [
  // Products keep their sums in registers: a spill would be in the innermost loop.
  { names: /^(matmul|conv)_/, registers: 152, spilled: 0 },
  // What walks memory needs many threads to hide its latency.
  { names: /^(fill|copy|transpose|move|pointwise|chain|sgd)_/, registers: 64, spilled: 16 },
  { names: /^/, registers: 255, spilled: 32 },
];
