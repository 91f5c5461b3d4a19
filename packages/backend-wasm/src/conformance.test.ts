import { describeConformance } from './testing/describe-conformance.ts';

describeConformance([
  { build: 'simd', threads: 1, revectorize: false },
  { build: 'simd', threads: 2, revectorize: false },
  { build: 'relaxed', threads: 1, revectorize: false },
  { build: 'relaxed', threads: 2, revectorize: false },
]);
