import { availableParallelism, cpus, totalmem } from 'node:os';

/** The computer of a run, without anything that tells whose it is. */
export interface Machine {
  /** Model name of the processor, as the system gives it. */
  readonly cpu: string;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly memoryGiB: number;
  /** 'linux', 'darwin', 'win32', … */
  readonly platform: string;
  /** 'x64', 'arm64', … */
  readonly architecture: string;
}

export function describeMachine(): Machine {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown processor',
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: process.platform,
    architecture: process.arch,
  };
}
