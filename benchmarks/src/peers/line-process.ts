import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface, type Interface } from 'node:readline';

/** Those that end with this process. */
const running = new Set<ChildProcessWithoutNullStreams>();
process.on('exit', () => {
  for (const child of running) child.kill();
});

interface Waiting {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
}

/**
 * A process that answers each line of JSON with another. Ctrl-C in a terminal does not reach it, so that the step which is under way
 * is finished; it ends with this process.
 */
export class LineProcess {
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  #errors = '';
  #waiting: Waiting | null = null;

  constructor(command: string, args: readonly string[], env: Readonly<Record<string, string>>) {
    // In a group of its own; on Windows that would open a window.
    const detached = process.platform !== 'win32';
    this.#child = spawn(command, args, { env: { ...process.env, ...env }, detached });
    running.add(this.#child);
    this.#child.on('close', () => running.delete(this.#child));
    this.#lines = createInterface(this.#child.stdout);
    this.#lines.on('line', (line) => this.#settle((waiting) => waiting.resolve(line)));
    this.#child.stderr.on('data', (chunk) => (this.#errors += String(chunk)));
    // Writing to a process that has ended is reported by its end.
    this.#child.stdin.on('error', () => undefined);
    this.#child.on('error', (error) => this.#settle((waiting) => waiting.reject(error)));
    this.#child.on('close', (code, signal) => {
      const last = this.#errors.trim().split('\n').at(-1) ?? '';
      const how = signal === null ? `with code ${code}` : `by ${signal}`;
      const error = new Error(`${command} ended ${how}: ${last}`);
      this.#settle((waiting) => waiting.reject(error));
    });
  }

  #settle(use: (waiting: Waiting) => void): void {
    const waiting = this.#waiting;
    this.#waiting = null;
    if (waiting !== null) use(waiting);
  }

  /** @throws Error with the `error` that is answered, or the last line that the process wrote as an error where it ends instead. */
  async ask<Answer>(request: object): Promise<Answer> {
    const answer = new Promise<string>((resolve, reject) => {
      const { exitCode, signalCode } = this.#child;
      if (exitCode !== null || signalCode !== null) reject(new Error('the process has ended'));
      this.#waiting = { resolve, reject };
    });
    this.#child.stdin.write(`${JSON.stringify(request)}\n`);
    const found = JSON.parse(await answer) as Answer & { readonly error?: string };
    if (typeof found.error === 'string') throw new Error(found.error);
    return found;
  }

  close(): void {
    this.#lines.close();
    this.#child.kill();
  }
}
