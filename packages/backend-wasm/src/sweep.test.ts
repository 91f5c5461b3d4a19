import { sweepCases } from '@convnet/conformance';
import { describeConformance } from './testing/describe-conformance.ts';

describeConformance(
  [
    { build: 'simd', threads: 1, revectorize: false },
    { build: 'relaxed', threads: 1, revectorize: false },
  ],
  sweepCases(7),
);

// Of several threads each waits for the others after every call.
describeConformance(
  [
    { build: 'simd', threads: 2, revectorize: false },
    { build: 'relaxed', threads: 2, revectorize: false },
  ],
  sweepCases(29),
);
