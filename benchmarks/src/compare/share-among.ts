/**
 * Does the jobs in their order, as many at a time as there are workers, each worker one after another.
 * @returns the results as they come.
 * @throws what `work` rejects with; jobs that were begun go on, others are not begun.
 */
export async function* shareAmong<Worker, Job, Result>(
  workers: readonly Worker[],
  jobs: readonly Job[],
  work: (worker: Worker, job: Job) => Promise<Result>,
): AsyncGenerator<Result> {
  const running = new Map<Worker, Promise<{ worker: Worker; result: Result }>>();
  let next = 0;
  const begin = (worker: Worker): void => {
    if (next === jobs.length) {
      running.delete(worker);
      return;
    }
    const job = jobs[next++]!;
    running.set(
      worker,
      work(worker, job).then((result) => ({ worker, result })),
    );
  };
  for (const worker of workers) begin(worker);
  while (running.size > 0) {
    const { worker, result } = await Promise.race(running.values());
    begin(worker);
    yield result;
  }
}
