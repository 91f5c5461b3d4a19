import { describeConfigurations } from './testing/describe-configurations.ts';
import { optimizeAtOnce } from '@convnet/testing/optimize-at-once';

// In a file, and so in a process, of its own: V8 keeps what it has compiled of a binary, and the flag that joins
// vectors changes nothing about that.
optimizeAtOnce();

describeConfigurations(
  [
    { build: 'relaxed', threads: 1, revectorize: true },
    { build: 'relaxed', threads: 2, revectorize: true },
    { build: 'relaxed', threads: 4, revectorize: true },
  ],
  { parts: ['operations'] },
);
