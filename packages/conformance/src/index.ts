import type { ConformanceCase } from './case.ts';
import { batchNormResidualCases } from './cases/batch-norm-residual.ts';
import { capturedCases } from './cases/captured.ts';
import { capturedRandomCases } from './cases/captured-random.ts';
import { derivedCases } from './cases/derived.ts';
import { elementCases } from './cases/elements.ts';
import { float16Cases } from './cases/float16.ts';
import { kernelCases } from './cases/kernels.ts';
import { pointwiseChainCases } from './cases/pointwise-chain.ts';
import { memoryCases } from './cases/memory.ts';
import { statisticsCases } from './cases/statistics.ts';
import { differentialCases } from './differential.ts';
import { programs } from './programs.ts';

export type { CaseResult, ConformanceCase } from './case.ts';
export { countingDevice, type CountingDevice } from './counting-device.ts';
export { failEverywhere, failingDevice, type FailingDevice } from './failing-device.ts';
export { fixtureFamilies, pytorchCases, type FixtureLoader } from './pytorch/index.ts';
export {
  checkRandomProgram,
  randomCases,
  randomOperations,
  randomProgram,
} from './random/index.ts';
export { largeCases } from './large.ts';
export { sweepCases } from './sweeps/index.ts';
export { toleranceOf, type Tolerance } from './tolerances.ts';

/**
 * What must hold on every device: each kernel and operation, forward and gradient, against `reference` on
 * the same inputs, within the tolerances of `tolerances.ts`. Cases are independent of each other and of
 * the test runner; run them one after the other.
 *
 * ```ts
 * for (const { name, run } of conformanceCases()) {
 *   const { failures } = await run(device);
 *   console.log(failures.length === 0 ? `ok ${name}` : `FAILED ${name}: ${failures.join('; ')}`);
 * }
 * ```
 */
export function conformanceCases(): ConformanceCase[] {
  return [
    ...kernelCases,
    ...elementCases,
    ...float16Cases,
    ...differentialCases(programs),
    ...statisticsCases,
    ...memoryCases,
    ...capturedCases,
    ...pointwiseChainCases,
    ...capturedRandomCases,
    ...batchNormResidualCases,
    ...derivedCases,
  ];
}
