import type { Answer, Call, Methods, Port } from './messages.ts';

/** An error of the other side. */
export class RemoteError extends Error {
  /** The class that it had there. */
  override readonly name: string;

  constructor({ name, message }: { readonly name: string; readonly message: string }) {
    super(message);
    this.name = name;
  }
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

type Result<Api, Name extends keyof Api> = Api[Name] extends (...parameters: never[]) => infer R
  ? Promise<Awaited<R>>
  : never;
type ParametersOf<Api, Name extends keyof Api> = Api[Name] extends (
  ...parameters: infer P
) => unknown
  ? P
  : never;

/** Calls methods of an object that lives in a worker. */
export class Remote<Api extends Methods<Api>, Event = never> {
  readonly #port: Port;
  readonly #waiting = new Map<number, Waiting>();
  #count = 0;

  constructor(port: Port, onEvent: (event: Event) => void = () => undefined) {
    this.#port = port;
    port.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      if ('event' in data) {
        onEvent(data.event as Event);
        return;
      }
      const waiting = this.#waiting.get(data.id);
      this.#waiting.delete(data.id);
      if ('error' in data) waiting?.reject(new RemoteError(data.error));
      else waiting?.resolve(data.result);
    });
  }

  /** @throws RemoteError with what the method threw. */
  call<Name extends keyof Api & string>(
    method: Name,
    ...parameters: ParametersOf<Api, Name>
  ): Result<Api, Name> {
    this.#count++;
    const id = this.#count;
    const call: Call = { id, method, parameters };
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#port.postMessage(call);
    }) as Result<Api, Name>;
  }

  /** Ends every call under way, because the other side is gone. */
  fail(error: Error): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}
