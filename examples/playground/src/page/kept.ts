import type { DeviceName, TaskName } from '../engine/api.ts';
import { emptyHistory, type History, type KeptHistories } from './history.ts';

/** What was open when the page was left. */
export interface Settings {
  readonly task: TaskName;
  readonly network: string;
  readonly device: DeviceName;
}

/** The part of `localStorage` that is used. */
export type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem' | 'key' | 'length'>;

const prefix = 'convnet-playground/';

/** Keeps settings and curves in the browser, beside what the networks learned. Where it may not, it keeps nothing. */
export class Kept implements KeptHistories {
  readonly #store: Store | null;

  constructor(store: Store | null = localStore()) {
    this.#store = store;
  }

  get settings(): Settings | null {
    const { task, network, device } = (this.#read('settings') ?? {}) as Partial<Settings>;
    if (task === undefined || network === undefined || device === undefined) return null;
    return { task, network, device };
  }

  set settings(settings: Settings) {
    this.#write('settings', settings);
  }

  history(key: string): History {
    return { ...emptyHistory(), ...(this.#read(`history/${key}`) as Partial<History> | null) };
  }

  keep(key: string, history: History): void {
    this.#write(`history/${key}`, { ...history, samplesPerSecond: 0 });
  }

  forget(key: string): void {
    this.#store?.removeItem(`${prefix}history/${key}`);
  }

  /** Forgets everything. */
  clear(): void {
    const store = this.#store;
    if (store === null) return;
    const keys = Array.from({ length: store.length }, (_, i) => store.key(i));
    for (const key of keys) if (key?.startsWith(prefix) === true) store.removeItem(key);
  }

  #read(name: string): unknown {
    try {
      return JSON.parse(this.#store?.getItem(prefix + name) ?? 'null');
    } catch {
      return null;
    }
  }

  #write(name: string, value: unknown): void {
    try {
      this.#store?.setItem(prefix + name, JSON.stringify(value));
    } catch {
      // It is full: what is there stays.
    }
  }
}

/** null where the browser refuses it. */
function localStore(): Store | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
