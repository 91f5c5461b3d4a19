import { setFlagsFromString } from 'node:v8';
import { describeConformance } from './describe-conformance.ts';

/*
 * In a file, and so in a process, of its own: V8 keeps what it has compiled of a binary, and the flag that joins
 * vectors changes nothing about that. It joins them where it optimises a function, which it would do only to the few
 * that the suite calls often. What it makes of each is what this is about: some forms of code crash it there
 * (docs/decisions/0015).
 */
setFlagsFromString('--wasm-tiering-budget=1');
setFlagsFromString('--wasm-sync-tier-up');

describeConformance([
  { build: 'relaxed', threads: 1, revectorize: true },
  { build: 'relaxed', threads: 4, revectorize: true },
]);
