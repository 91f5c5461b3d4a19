/** A call to the other side. */
export interface Call {
  readonly id: number;
  readonly method: string;
  readonly parameters: readonly unknown[];
}

/** What became of a call, or an event that nobody asked for. */
export type Answer =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: { readonly name: string; readonly message: string } }
  | { readonly event: unknown };

/** What both a `Worker` and the inside of one offer. */
export interface Port {
  postMessage(message: unknown, transfer?: Transferable[]): void;
  addEventListener(type: 'message', listener: (event: MessageEvent) => void): void;
}

/** Methods that can be called from afar. */
export type Methods<Api> = {
  readonly [Name in keyof Api]: (...parameters: never[]) => unknown;
};
