/** What the addon gives (native/addon/addon.cpp). Numbers stand for addresses: they are below 2^53. */
export interface Addon {
  /** @throws Error with the words of the loader. */
  readonly Library: new (path: string) => DriverLibrary;
  /** @throws what the driver answers. */
  readonly Session: new (library: DriverLibrary, device: number) => Session;
  /** @throws Error with the words of the loader. */
  readonly SharedLibrary: new (path: string) => SharedLibrary;
  /** @throws AddonError with `status`, or `symbol` and `library`. */
  readonly CublasLt: new (session: Session, library: SharedLibrary) => CublasLt;
  /** Without a session it makes plans and runs none. @throws the same. */
  readonly Cudnn: new (session: Session | null, library: SharedLibrary) => Cudnn;
  readonly Nvrtc: new (library: SharedLibrary) => Nvrtc;
}

/** NVRTC. All throw AddonError with `status`, or `symbol` and `library`. */
export interface Nvrtc {
  /** Those that it compiles for, such as 90, ascending. */
  architectures(): number[];
  /**
   * What a driver loads: a cubin, or PTX where the options name a virtual architecture.
   * @param name of the source, in the log that an error has
   */
  compile(source: string, name: string, options: readonly string[], givesPtx: boolean): Uint8Array;
}

/** A product D = A B of matrices that lie column by column, one for each place of a batch. Extents and steps are elements; addresses multiples of 256 bytes. */
export interface BlasShape {
  readonly rows: number;
  readonly columns: number;
  readonly terms: number;
  readonly transposesA: boolean;
  readonly transposesB: boolean;
  readonly leadingA: number;
  readonly leadingB: number;
  readonly leadingD: number;
  readonly batch: number;
  readonly strideA: number;
  readonly strideB: number;
  readonly strideD: number;
  /** Whether each row of D gets an element of a bias. */
  readonly hasBias: boolean;
  readonly isTf32: boolean;
}

/** A way to compute a product, which may be kept as it is and used with the same version of the library. */
export interface BlasCandidate {
  readonly algorithm: string;
  /** Bytes. */
  readonly workspace: number;
}

/** cuBLASLt for one session. All throw AddonError with `status`, or `symbol` and `library`. */
export interface CublasLt {
  /** What the library takes for fastest first. */
  candidates(
    shape: BlasShape,
    mostWorkspace: number,
    isDeterministic: boolean,
    most: number,
  ): BlasCandidate[];
  /** A plan for commands, with pointers to A, B, D, bias, workspace; null where the library does not take the algorithm. */
  plan(
    shape: BlasShape,
    algorithm: string,
  ): { readonly plan: number; readonly workspace: number } | null;
}

/** cuDNN's descriptors, by numbers. All throw AddonError with `status`, or `symbol` and `library`. */
export interface Cudnn {
  create(type: number): number;
  destroy(descriptor: number): void;
  finalize(descriptor: number): void;
  /** Elements are numbers, whatever their type: descriptors theirs, booleans 0 and 1; a handle is none. */
  set(descriptor: number, attribute: number, type: number, values: readonly number[]): void;
  setText(descriptor: number, attribute: number, text: string): void;
  get(descriptor: number, attribute: number, type: number, most: number): number[];
  getText(descriptor: number, attribute: number): string;
  /** Elements that are descriptors of a type: new ones. */
  getDescriptors(descriptor: number, attribute: number, type: number, most: number): number[];
  /** What runs a finished plan in commands, with pointers for these tensors and to the workspace. It takes the descriptor. */
  plan(descriptor: number, ids: readonly number[]): number;
}

/** A library beside the driver. It stays open to the end of the process. */
export interface SharedLibrary {
  /** Where it was found. */
  readonly path: string;
  has(symbol: string): boolean;
  /** What a function without parameters answers, such as a version. @throws AddonError with `symbol` and `library`. */
  number(symbol: string): number;
  /** The two numbers that a function writes, such as a version's. @throws the same. */
  pair(symbol: string): readonly [number, number];
}

/** libcuda. */
export interface DriverLibrary {
  /** As the driver says it: 13000 is 13.0. */
  readonly version: number;
  /** Where it was found. */
  readonly path: string;
  /** Starts the driver. @returns how many devices there are. */
  initialize(): number;
  device(index: number): DeviceProperties;
}

export interface DeviceProperties {
  readonly name: string;
  /** Such as 90 for 9.0. */
  readonly architecture: number;
  readonly multiprocessors: number;
  /** Bytes of shared memory that one block may ask for. */
  readonly sharedBytes: number;
  /** Bytes of the device. */
  readonly memory: number;
}

/** One device as one user of it sees it: all takes effect in order. */
export interface Session {
  loadModule(image: Uint8Array): number;
  /** @returns its number in commands. */
  loadFunction(module: number, name: string): number;
  /** Bytes of a function's parameters; 0 where the driver does not say. */
  parameterBytes(func: number): number;

  /** Bytes of the device, whoever holds them. */
  memory(): { readonly free: number; readonly total: number };
  /** @returns an address, 0 where there is no room. */
  allocate(bytes: number): number;
  release(address: number): void;
  /** Memory of the host that the device reaches by itself. @returns an address, 0 where there is no room. */
  allocatePinned(bytes: number): number;
  releasePinned(address: number): void;
  writePinned(address: number, bytes: Uint8Array): void;
  readPinned(address: number, bytes: number): ArrayBuffer;

  /** Hands over the first `count` words of a command buffer. */
  submit(words: Uint32Array, count: number): void;
  /** Runs commands several times. @returns milliseconds that the device took each time. */
  time(words: Uint32Array, count: number, rounds: number): number[];
  /** Lets go of a plan of a library, which no command names any more. */
  dropPlan(plan: number): void;
  /** Copies from another session's device, behind what both were given. */
  copyFrom(other: Session, to: number, from: number, bytes: number): void;

  /** Marks the place that has been reached by now. */
  mark(): number;
  /** Whether the device has come to a mark, which ends with it. */
  hasPassed(mark: number): boolean;
  wait(mark: number): void;
  /** The same on another thread. */
  waitAside(mark: number): Promise<void>;

  /** A graph of launches, each behind the one before. */
  makeGraph(words: Uint32Array, count: number): number;
  /** Gives the launches of the given numbers others of the same functions: as many commands. */
  updateGraph(
    graph: number,
    nodes: Uint32Array,
    nodeCount: number,
    words: Uint32Array,
    count: number,
  ): void;
  launchGraph(graph: number): void;
  destroyGraph(graph: number): void;

  /** Gives all back, once the device is done. */
  close(): void;
}

/** What errors of the addon carry. */
export interface AddonError extends Error {
  /** The call of the driver, what it answered and its name, such as 700 and 'CUDA_ERROR_ILLEGAL_ADDRESS'. */
  readonly call?: string;
  readonly code?: number;
  readonly result?: string;
  /** A symbol that the driver does not have, and the version of CUDA that has it; or that a library does not have, and its path. */
  readonly symbol?: string;
  readonly version?: number;
  readonly library?: string;
  /** What a library answered. */
  readonly status?: number;
  /** 'closed' or 'forked'. */
  readonly misuse?: string;
}
