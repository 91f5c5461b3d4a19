import { LineProcess } from './line-process.ts';
import type { InferencePeer } from './peer.ts';

/** A peer in a process of its own that `serve-inference.mjs` serves. @param args the script and what it is given. */
export function inferenceProcess(
  name: string,
  version: string,
  args: readonly string[],
): InferencePeer {
  const child = new LineProcess(process.execPath, [...args], {});
  return {
    name,
    version,
    load: async (file, input, inputShape) => {
      const request = { load: file, input: [...input], inputShape };
      return (await child.ask<{ output: number[] }>(request)).output;
    },
    steps: async (count) => (await child.ask<{ ms: number[] }>({ steps: count })).ms,
    close: () => child.close(),
  };
}
