/*
 * The process of an inference library, on request: a JSON object a line on the standard input, and one a line back.
 *
 * {"load": file, "input": [...], "inputShape": [...]} -> {"output": [...]}
 * {"steps": n}                                        -> {"ms": [...]}
 */
import { createInterface } from 'node:readline';

/**
 * Answers requests until the input ends.
 *
 * @param {(request: { load: string, input: number[], inputShape: number[] }) => Promise<void>} load
 *   gets a network and its input ready
 * @param {() => Promise<ArrayLike<number>>} run gives its output
 */
export async function serveInference(load, run) {
  const answer = async (request) => {
    if (request.load !== undefined) {
      await load(request);
      return { output: [...(await run())] };
    }
    const ms = [];
    for (let i = 0; i < request.steps; i++) {
      const start = performance.now();
      await run();
      ms.push(performance.now() - start);
    }
    return { ms };
  };
  for await (const line of createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await answer(JSON.parse(line))));
  }
}
