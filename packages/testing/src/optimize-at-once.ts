import { setFlagsFromString } from 'node:v8';

/**
 * Lets V8 optimise every kernel that is called, in this process, instead of the few that a test calls often. It joins
 * vectors only where it optimises, and what it makes of them must be right: some forms of code crash it there or give
 * other numbers (docs/decisions/0014).
 */
export function optimizeAtOnce(): void {
  setFlagsFromString('--wasm-tiering-budget=1');
  setFlagsFromString('--wasm-sync-tier-up');
}
