import type { Nvrtc } from '../addon/interface.ts';

/** What kernels are compiled for: a device, or its driver, which compiles PTX to the end. */
export interface Target {
  /** As the compiler is told it: 'sm_90', or 'compute_90' for PTX. */
  readonly name: string;
  readonly givesPtx: boolean;
}

/**
 * What a compiler gives that runs on a device: a cubin where it knows the architecture, else PTX of the newest before it. Every version of CUDA that
 * serves knows one, since devices begin at 8.0.
 */
export function targetFor(architectures: readonly number[], device: number): Target {
  if (architectures.includes(device)) return { name: `sm_${device}`, givesPtx: false };
  const newest = Math.max(...architectures.filter((each) => each < device));
  return { name: `compute_${newest}`, givesPtx: true };
}

/** Products and sums round on their own, as they do in the built kernels of pointwise rows. Warnings would be of rows that a chain has not. */
export const compilerOptions: readonly string[] = [
  '--std=c++17',
  '--fmad=false',
  '--disable-warnings',
];

/** @returns what the driver loads. @throws AddonError with `status` and the compiler's log, or with `symbol` and `library`. */
export function compileKernel(
  nvrtc: Nvrtc,
  source: string,
  name: string,
  target: Target,
): Uint8Array {
  const given = [...compilerOptions, `--gpu-architecture=${target.name}`];
  return nvrtc.compile(source, `${name}.cu`, given, target.givesPtx);
}
