import { readFileSync } from 'node:fs';
import { availableParallelism, cpus, totalmem } from 'node:os';

/** The computer of a run, without anything that tells whose it is. */
export interface Machine {
  /** Model name of the processor, as the system gives it, and on Linux its widest vectors: 'AMD EPYC (AVX2)'. */
  readonly cpu: string;
  /** Cores that this process may use. */
  readonly cores: number;
  readonly memoryGiB: number;
  /** 'linux', 'darwin', 'win32', … */
  readonly platform: string;
  /** 'x64', 'arm64', … */
  readonly architecture: string;
}

/**
 * The widest vectors that native libraries use on a processor; models of one name can differ in them.
 * @param cpuInfo what Linux tells in /proc/cpuinfo.
 */
export function widestVectors(cpuInfo: string): string | null {
  const flags = new Set(/^flags\s*:(.*)$/m.exec(cpuInfo)?.[1]?.split(' '));
  if (flags.has('avx512f')) return 'AVX-512';
  return flags.has('avx2') ? 'AVX2' : null;
}

function cpuInfo(): string {
  try {
    return readFileSync('/proc/cpuinfo', 'utf8');
  } catch {
    // Other systems have no such file.
    return '';
  }
}

export function describeMachine(): Machine {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const vectors = widestVectors(cpuInfo());
  return {
    cpu: vectors === null ? model : `${model} (${vectors})`,
    cores: availableParallelism(),
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: process.platform,
    architecture: process.arch,
  };
}
