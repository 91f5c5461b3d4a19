import { describeConfigurations } from './testing/describe-configurations.ts';

describeConfigurations(
  [
    { build: 'simd', threads: 1, revectorize: false },
    { build: 'simd', threads: 2, revectorize: false },
    { build: 'relaxed', threads: 1, revectorize: false },
    { build: 'relaxed', threads: 2, revectorize: false },
  ],
  { parts: ['operations'] },
);
