/** Takes `count` steps one after the other and gives the milliseconds of each. */
export async function timeSteps(count: number, step: () => Promise<unknown>): Promise<number[]> {
  const times: number[] = [];
  for (let i = 0; i < count; i++) {
    const start = performance.now();
    await step();
    times.push(performance.now() - start);
  }
  return times;
}
