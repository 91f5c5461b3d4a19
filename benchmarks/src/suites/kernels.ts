import { kernelCases, type KernelCase } from '../kernels/cases.ts';
import { timeKernel } from '../kernels/time-kernel.ts';
import * as columns from '../report/columns.ts';
import { rowError } from '../report/failures.ts';
import { digits } from '../report/format.ts';
import type { Row } from '../report/row.ts';
import type { Suite, SuiteContext } from '../suite.ts';

/** Milliseconds for each kernel. */
const time = { quick: 300, full: 2000 } as const;

/** Times single kernels. */
export const kernels: Suite = {
  name: 'kernels',
  summary: 'time and throughput of single kernels',
  description:
    'Times matrix products, convolutions with their gradients, pooling and pointwise operations at shapes ' +
    'of LeNet, ResNet and MobileNet. GFLOP/s count 2 for a multiply-accumulate; GB/s count every input and ' +
    'output once.',
  options: [],
  columns: [
    columns.kernel,
    columns.input,
    columns.median,
    columns.min,
    columns.gflops,
    columns.gigabytes,
  ],
  async *run(context) {
    for (const [i, kernel] of kernelCases.entries()) {
      context.signal.throwIfAborted();
      const share = i / kernelCases.length;
      context.progress.show([
        { label: kernel.name, share, detail: `${i + 1} of ${kernelCases.length}` },
      ]);
      const row = await kernelRow(context, kernel);
      context.progress.milestone(`${row.model}: ${digits(row.ms?.median)} ms`);
      yield row;
    }
  },
};

async function kernelRow(
  { device, threads, options, signal }: SuiteContext,
  kernel: KernelCase,
): Promise<Row> {
  const row: Row = {
    suite: kernels.name,
    model: kernel.name,
    dims: kernel.dims,
    backend: device.name,
    threads,
    dataset: null,
    inputShape: kernel.inputShape,
    params: null,
    macs: null,
    accuracy: null,
    ms: null,
  };
  try {
    const { ms, macs, flops, bytes } = await timeKernel(kernel, device, {
      time: time[options.profile],
      signal,
    });
    const seconds = ms.median / 1000;
    return {
      ...row,
      macs,
      ms,
      kernel: { gflops: flops / seconds / 1e9, gigabytesPerSecond: bytes / seconds / 1e9 },
    };
  } catch (error) {
    if (signal.aborted) throw error;
    return { ...row, error: rowError(error) };
  }
}
