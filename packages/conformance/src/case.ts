import type { Device } from '@convnet/tensor-core';
import type { Tolerance } from './tolerances.ts';

/** What one case showed. */
export interface CaseResult {
  /** What did not hold, one line each; empty where the case passed. */
  readonly failures: readonly string[];
  /** Largest error of a forward result, relative to the greatest magnitude in that result. */
  readonly forwardError: number;
  /** Largest error of a gradient, relative to the greatest magnitude in that gradient; 0 where there is none. */
  readonly gradientError: number;
  /** What the errors may be. */
  readonly tolerance: Tolerance;
}

/**
 * One thing that must hold on every device. Running it needs no test runner: a page in a browser can run
 * the suite as well as vitest.
 */
export interface ConformanceCase {
  /** Unique and readable: `conv 2d 3->5 [7, 9] kernel 3 stride 2 padding [1, 2] bias`. */
  readonly name: string;
  /** The operation or kernel that it is about. */
  readonly op: string;
  /** Never rejects: an exception, such as that of a missing kernel, is a failure of the case. */
  run(device: Device): Promise<CaseResult>;
}

/** A case that is a check of its own: `check` returns what does not hold. */
export function checkCase(
  name: string,
  op: string,
  check: (device: Device) => Promise<readonly string[]>,
): ConformanceCase {
  return {
    name,
    op,
    async run(device) {
      const failures = [...(await check(device).catch(describeError))];
      return {
        failures,
        forwardError: 0,
        gradientError: 0,
        tolerance: { forward: 0, gradient: 0 },
      };
    },
  };
}

/** An exception as the failure of a case. */
export function describeError(error: unknown): readonly string[] {
  return [error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error)];
}
