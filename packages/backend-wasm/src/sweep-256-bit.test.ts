import { sweepCases } from '@convnet/conformance';
import { describeConformance } from './testing/describe-conformance.ts';
import { optimizeAtOnce } from './testing/optimize-at-once.ts';

// In a process of its own, as the conformance suite of 256 bits.
optimizeAtOnce();

describeConformance(
  [
    { build: 'simd', threads: 1, revectorize: true },
    { build: 'relaxed', threads: 1, revectorize: true },
  ],
  sweepCases(7),
);

describeConformance(
  [
    { build: 'simd', threads: 2, revectorize: true },
    { build: 'relaxed', threads: 2, revectorize: true },
  ],
  sweepCases(29),
);
