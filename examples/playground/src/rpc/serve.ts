import type { Answer, Call, Methods, Port } from './messages.ts';

/** Answers calls with the methods of `api`; returns what sends an event. */
export function serve<Api extends Methods<Api>>(port: Port, api: Api): (event: object) => void {
  const send = (answer: Answer): void => port.postMessage(answer);
  port.addEventListener('message', ({ data }: MessageEvent<Call>) => {
    void answer(api, data).then(send);
  });
  return (event) => send({ event });
}

async function answer<Api extends Methods<Api>>(
  api: Api,
  { id, method, parameters }: Call,
): Promise<Answer> {
  try {
    const called = api[method as keyof Api] as unknown as (...given: readonly unknown[]) => unknown;
    return { id, result: await called.call(api, ...parameters) };
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return { id, error: { name, message } };
  }
}
