import { Device, OutOfMemoryError, type Backend, type Kernels } from '@convnet/tensor-core';
import { reference } from '@convnet/tensor-core/reference';
type AnyKernel = (...args: never[]) => unknown;

/** In place: they take no memory, so they do not run out of it. */
const takeNothing: readonly string[] = ['blend', 'sgdStep', 'adamStep'] satisfies (keyof Kernels)[];

/** A device that runs out of memory when it is told to. */
export interface FailingDevice {
  readonly device: Device;
  /** Calls that take memory, so far. */
  readonly calls: number;
  /** Lets so many more calls that take memory succeed, and the one behind them fail, once. */
  failAfter(calls: number): void;
}

/** `reference` with memory that ends where a test wants it, to see what an operation that fails leaves behind. */
export function failingDevice(): FailingDevice {
  const { backend } = reference();
  let calls = 0;
  let left = Number.POSITIVE_INFINITY;
  const take = (): void => {
    calls++;
    left--;
    if (left >= 0) return;
    left = Number.POSITIVE_INFINITY;
    throw new OutOfMemoryError('reference', 1, 0, 0);
  };
  const table = backend.kernels as unknown as Readonly<Record<string, AnyKernel>>;
  const kernels = Object.fromEntries(
    Object.entries(table).map(([name, kernel]): [string, AnyKernel] => [
      name,
      takeNothing.includes(name)
        ? kernel
        : function taking(this: unknown, ...args) {
            take();
            return kernel.apply(this, args);
          },
    ]),
  );
  const failing: Backend = {
    ...backend,
    kernels,
    upload(data, spec) {
      take();
      return backend.upload(data, spec);
    },
  };
  const device = new Device(failing);
  return {
    device,
    get calls() {
      return calls;
    },
    failAfter(count) {
      left = count;
    },
  };
}

/**
 * Tries something again and again, with memory that ends one call later each time behind where it calls `arm`, until
 * it succeeds. `afterFailure` looks at what each failure leaves. Returns how often it failed; other errors pass.
 */
export async function failEverywhere(
  failing: FailingDevice,
  attempt: (arm: () => void) => unknown,
  afterFailure: () => unknown,
): Promise<number> {
  for (let failures = 0; ; failures++) {
    try {
      await attempt(() => failing.failAfter(failures));
      return failures;
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      await afterFailure();
    } finally {
      failing.failAfter(Number.POSITIVE_INFINITY);
    }
  }
}
