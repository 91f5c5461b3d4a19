import { describeConfigurations } from './testing/describe-configurations.ts';
import { optimizeAtOnce } from '@convnet/testing/optimize-at-once';

// In a process of its own, as the conformance suite of 256 bits.
optimizeAtOnce();

describeConfigurations(
  [
    { build: 'simd', threads: 1, revectorize: true },
    { build: 'relaxed', threads: 1, revectorize: true },
  ],
  { parts: ['sweeps'], sweepStep: 7 },
);

describeConfigurations(
  [
    { build: 'simd', threads: 2, revectorize: true },
    { build: 'relaxed', threads: 2, revectorize: true },
  ],
  { parts: ['sweeps'], sweepStep: 29 },
);
