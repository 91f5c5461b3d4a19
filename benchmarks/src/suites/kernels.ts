import { kernelCases, type KernelCase } from '../kernels/cases.ts';
import { timeKernel } from '../kernels/time-kernel.ts';
import { blankRow } from '../report/blank-row.ts';
import * as columns from '../report/columns.ts';
import { rowError } from '../report/failures.ts';
import { digits, fixed, percent } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import { copiedInCache, copiedOutOfCache, Roofline } from '../roofline/roofline.ts';
import type { Suite, SuiteContext } from '../suite.ts';

/** Milliseconds for each kernel, and for each limit that it is compared with. */
const time = { quick: 300, full: 2000 } as const;
const limitTime = { quick: 40, full: 200 } as const;
/** How often the limits are measured before the first kernel. */
const limitRounds = 3;

/** Times single kernels. */
export const kernels: Suite = {
  name: 'kernels',
  summary: 'time of single kernels, and their share of what the machine can do',
  description:
    'Times matrix products, convolutions with their gradients, pooling and pointwise operations at shapes ' +
    'of LeNet, ResNet and MobileNet. GFLOP/s count 2 for a multiply-accumulate; GB/s count every input and ' +
    'output once. The first rows are the limits of WebAssembly on this machine in this run, measured in ' +
    'processes of their own on as many threads: a loop of multiply-adds, and copies in and out of the cache. ' +
    'The share of the limit is the least time that multiply-adds and a copy of as many bytes allow, over the ' +
    'least time of the kernel; a convolution that does with fewer operations than counted may pass 100 %.',
  options: [],
  columns: [
    columns.kernel,
    columns.input,
    { ...columns.median, optional: true },
    columns.min,
    columns.gflops,
    columns.gigabytes,
    {
      title: ['share', 'of limit'],
      align: 'right',
      cell: ({ kernel }) => percent(kernel?.shareOfLimit, 0),
    },
  ],
  async *run(context) {
    const { device, threads, progress, signal, note } = context;
    // The limits are those of WebAssembly, and say nothing about another backend.
    using roofline =
      device.name === 'wasm' ? new Roofline(threads, String(device).includes('256-bit')) : null;
    if (roofline !== null) yield* limitRows(context, roofline);
    for (const [i, kernel] of kernelCases.entries()) {
      signal.throwIfAborted();
      const share = i / kernelCases.length;
      progress.show([{ label: kernel.name, share, detail: `${i + 1} of ${kernelCases.length}` }]);
      const row = await kernelRow(context, kernel, roofline);
      const ofLimit = row.kernel?.shareOfLimit;
      const told = ofLimit === undefined ? '' : `, ${percent(ofLimit, 0)} of the limit`;
      progress.milestone(`${row.model}: ${digits(row.ms?.median)} ms${told}`);
      yield row;
      if (kernel.name.startsWith('matmul') && row.ms !== null && roofline !== null) {
        const best = (2 * row.macs!) / row.ms.min / 1e6;
        note(
          `${kernel.name} reaches ${digits(best)} GFLOP/s in its least time, ` +
            `${fixed(best / roofline.narrowPeak)} times the peak of 128-bit vectors.`,
        );
      }
    }
  },
};

function emptyRow(context: SuiteContext, model: string): Row {
  return blankRow(context, {
    suite: kernels.name,
    model,
    dims: null,
    inputShape: null,
  });
}

/** The limits of the machine, as rows without times. */
async function* limitRows(context: SuiteContext, roofline: Roofline): AsyncGenerator<Row> {
  const { options, progress, signal } = context;
  progress.note('Measuring the limits of the machine');
  const milliseconds = limitTime[options.profile];
  const copies = { inCache: 0, outOfCache: 0 };
  for (let round = 0; round < limitRounds; round++) {
    signal.throwIfAborted();
    await roofline.measurePeaks(2 * milliseconds);
    const rate = (bytes: number) => roofline.copyRate(bytes, milliseconds);
    copies.inCache = Math.max(copies.inCache, await rate(copiedInCache));
    copies.outOfCache = Math.max(copies.outOfCache, await rate(copiedOutOfCache));
  }
  const compute = (name: string, gflops: number): Row => ({
    ...emptyRow(context, `limit: ${name}`),
    kernel: { gflops, gigabytesPerSecond: null },
  });
  const copy = (name: string, gigabytesPerSecond: number): Row => ({
    ...emptyRow(context, `limit: copy ${name}`),
    kernel: { gflops: null, gigabytesPerSecond },
  });
  yield compute('multiply-add, 128-bit', roofline.narrowPeak);
  if (roofline.isWide) yield compute('multiply-add, 256-bit', roofline.peak);
  yield copy('in cache', copies.inCache);
  yield copy('out of cache', copies.outOfCache);
}

async function kernelRow(
  context: SuiteContext,
  kernel: KernelCase,
  roofline: Roofline | null,
): Promise<Row> {
  const { device, options, signal } = context;
  const row: Row = {
    ...emptyRow(context, kernel.name),
    dims: kernel.dims,
    inputShape: kernel.inputShape,
  };
  try {
    const { ms, macs, flops, bytes } = await timeKernel(kernel, device, {
      time: time[options.profile],
      signal,
    });
    const seconds = ms.median / 1000;
    const least = await roofline?.leastTime({ flops, bytes }, limitTime[options.profile]);
    return {
      ...row,
      macs,
      ms,
      kernel: {
        gflops: flops / seconds / 1e9,
        gigabytesPerSecond: bytes / seconds / 1e9,
        ...(least === undefined ? {} : { shareOfLimit: least / ms.min }),
      },
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...row, error: rowError(error) };
  }
}
