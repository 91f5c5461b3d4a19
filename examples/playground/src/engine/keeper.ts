import type { Learned } from './session.ts';

/** Keeps what networks learned beyond a visit. What it cannot keep is lost with the page, and nothing else happens. */
export interface Keeper {
  /** null where there is nothing. */
  read(key: string): Promise<Learned | null>;
  write(key: string, learned: Learned): Promise<void>;
  forget(key: string): Promise<void>;
  /** Forgets everything. */
  clear(): Promise<void>;
}

/** Keeps nothing. */
export const noKeeper: Keeper = {
  read: () => Promise.resolve(null),
  write: () => Promise.resolve(),
  forget: () => Promise.resolve(),
  clear: () => Promise.resolve(),
};

const database = 'convnet-playground';
const store = 'learned';

/** Keeps in the IndexedDB of the browser. Where there is none, as in some private windows, it keeps nothing. */
export function browserKeeper(): Keeper {
  let opened: Promise<IDBDatabase> | undefined;
  const run = async <Result>(
    mode: IDBTransactionMode,
    ask: (learned: IDBObjectStore) => IDBRequest<Result>,
  ): Promise<Result | null> => {
    try {
      opened ??= openDatabase();
      const transaction = (await opened).transaction(store, mode);
      return await resultOf(ask(transaction.objectStore(store)));
    } catch {
      // A database that is not allowed, full or damaged.
      return null;
    }
  };
  return {
    read: async (key) => {
      const found = await run<unknown>('readonly', (learned) => learned.get(key));
      return isLearned(found) ? found : null;
    },
    write: async (key, learned) => {
      await run('readwrite', (all) => all.put(learned, key));
    },
    forget: async (key) => {
      await run('readwrite', (all) => all.delete(key));
    },
    clear: async () => {
      await run('readwrite', (all) => all.clear());
    },
  };
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(database, 1);
  request.addEventListener('upgradeneeded', () => request.result.createObjectStore(store));
  return resultOf(request);
}

function resultOf<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('no database')));
  });
}

function isLearned(value: unknown): value is Learned {
  const { bytes, steps, epochs } = (value ?? {}) as Partial<Learned>;
  return bytes instanceof Uint8Array && Number.isInteger(steps) && Number.isInteger(epochs);
}
