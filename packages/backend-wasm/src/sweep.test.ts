import { describeConfigurations } from './testing/describe-configurations.ts';

describeConfigurations(
  [
    { build: 'simd', threads: 1, revectorize: false },
    { build: 'relaxed', threads: 1, revectorize: false },
  ],
  { parts: ['sweeps'], sweepStep: 7 },
);

// Of several threads each waits for the others after every call.
describeConfigurations(
  [
    { build: 'simd', threads: 2, revectorize: false },
    { build: 'relaxed', threads: 2, revectorize: false },
  ],
  { parts: ['sweeps'], sweepStep: 29 },
);
