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

/**
 * Kernels that take more than they may: no kernel spills, and those that do most of the work of a network keep to the registers
 * that let two blocks share a multiprocessor.
 */
export function overBounds(all: readonly Resources[]): string[] {
  return all.flatMap(({ kernel, architecture, registers, spilled }) => {
    const problems: string[] = [];
    if (spilled > 0) problems.push(`${kernel} spills ${spilled} bytes on sm_${architecture}`);
    const bound =
      registerBounds.find(({ names }) => names.test(kernel))?.registers ?? mostRegisters;
    if (registers > bound) {
      problems.push(
        `${kernel} takes ${registers} registers on sm_${architecture}, more than ${bound}`,
      );
    }
    return problems;
  });
}

/** Of a thread, at all. */
const mostRegisters = 255;

/** What hot kernels may take: the first row that fits. */
const registerBounds: readonly { readonly names: RegExp; readonly registers: number }[] = [
  // Tiles of 128 threads whose shared memory lets three blocks on a multiprocessor.
  { names: /^(matmul|conv)_tf32_.*(tall|wide)/, registers: 168 },
  // Tiles of 256 threads: two blocks a multiprocessor of 65,536 registers.
  { names: /^(matmul|conv)_/, registers: 128 },
  // What walks memory needs many threads to hide its latency: six blocks of 256.
  { names: /^(fill|copy|transpose|move|pointwise|batch_norm|sgd|adam)_/, registers: 40 },
];
