import {
  cublasLt,
  cudnn,
  findLibrary,
  nvrtc,
  type FoundLibrary,
  type LibraryKind,
} from '../addon/find-library.ts';
import type { AddonError, CublasLt, Cudnn, DriverLibrary, Nvrtc } from '../addon/interface.ts';
import type { PlatformFiles } from '../addon/platform-package.ts';
import { CompiledChains } from '../chains/compiled-chains.ts';
import { ImageStore } from '../chains/image-store.ts';
import { compilerOptions, targetFor, type Target } from '../chains/kernel-compiler.ts';
import type { Recorder } from '../commands/recorder.ts';
import { isFatal, LibraryMissingError, type Attempt } from '../errors.ts';
import type { Identity } from './kept-files.ts';
import { PlanChooser, type ChoosingRules } from './plan-chooser.ts';
import { defaultPlanFolder, PlanStore } from './plan-store.ts';

/** Whether a library is used: where it is found (undefined), never (false), or it must be there (true), or be a file (its path). */
export type LibraryChoice = boolean | string | undefined;

/** What a device was asked for of libraries. */
export interface LibraryRequest {
  readonly cublasLt: LibraryChoice;
  readonly cudnn: LibraryChoice;
  readonly nvrtc: LibraryChoice;
  readonly rules: ChoosingRules;
  /** A folder for plans and compiled kernels, the one by convention (undefined), or none (false). */
  readonly planCache: string | false | undefined;
}

/** A library beside the driver, as a device found it. */
export interface LibraryInfo {
  /** 'cuBLASLt', 'cuDNN' or 'NVRTC'. */
  readonly name: string;
  /** Where it was found; null where it was not, or is not used. */
  readonly path: string | null;
  /** Such as '9.28.1'. */
  readonly version: string | null;
  /** What was tried and did not serve, and why. */
  readonly attempts: readonly Attempt[];
  /** What it failed at where it was expected to do it, so that own kernels do it. */
  readonly failures: readonly string[];
}

/** The libraries of a device. */
export interface OpenedLibraries {
  readonly infos: readonly LibraryInfo[];
  /** Null where there is none that has plans. */
  readonly chooser: PlanChooser | null;
  /** Null where there is no compiler. */
  readonly chains: CompiledChains | null;
}

/** What it takes to open them. */
interface Surroundings {
  readonly platform: PlatformFiles;
  readonly driver: DriverLibrary;
  readonly recorder: Recorder;
  readonly request: LibraryRequest;
}

/**
 * Finds and opens the libraries that a device may use.
 * @throws LibraryMissingError for one that must be there.
 */
export function openLibraries(surroundings: Surroundings): OpenedLibraries {
  const { platform, driver, recorder, request } = surroundings;
  const { addon } = platform;
  const infos: LibraryInfo[] = [];
  const open = <Handle>(
    kind: LibraryKind,
    option: 'cublasLt' | 'cudnn' | 'nvrtc',
    make: (found: NonNullable<FoundLibrary['library']>) => Handle,
  ): Handle | null => {
    const { title: name } = kind;
    const choice = request[option];
    if (choice === false) {
      infos.push({ name, path: null, version: null, attempts: [], failures: [] });
      return null;
    }
    const path = typeof choice === 'string' ? choice : undefined;
    const { library, version, attempts } = findLibrary(addon, kind, driver.version, path);
    const all = [...attempts];
    try {
      if (library !== null) {
        const handle = make(library);
        infos.push({ name, path: library.path, version, attempts: all, failures: [] });
        return handle;
      }
    } catch (error) {
      // One that does not start on this device is as good as none, unless the device is at fault.
      const { status, symbol, message } = error as AddonError;
      if (isFatal(error) || (status === undefined && symbol === undefined)) throw error;
      all.push({ path: library!.path, reason: message });
    }
    if (choice !== undefined) throw new LibraryMissingError(name, option, all);
    infos.push({ name, path: null, version: null, attempts: all, failures: [] });
    return null;
  };
  const { session } = recorder;
  const blas = open<CublasLt>(cublasLt, 'cublasLt', (found) => new addon.CublasLt(session, found));
  const dnn = open<Cudnn>(cudnn, 'cudnn', (found) => new addon.Cudnn(session, found));
  const chooser =
    blas === null && dnn === null
      ? null
      : new PlanChooser(recorder, { blas, dnn }, request.rules, planStore(surroundings, infos));
  const compiler = open(nvrtc, 'nvrtc', (found) => compilerOf(new addon.Nvrtc(found), recorder));
  const chains = compiler && compiledChains(surroundings, compiler, infos[infos.length - 1]!);
  return { infos, chooser, chains };
}

/** Where what is kept goes; null for nowhere. */
function folderOf({ planCache }: LibraryRequest): string | null {
  if (planCache !== undefined) return planCache === false ? null : planCache;
  try {
    return defaultPlanFolder();
  } catch (error) {
    warn(
      `plans are not kept (${String(error)}): planCache, or CONVNET_CUDA_PLANS, names a folder for them`,
    );
    return null;
  }
}

function warn(text: string): void {
  process.emitWarning(`cuda: ${text}`, { code: 'CONVNET_CUDA_PLANS' });
}

function planStore(
  { platform, driver, recorder, request }: Surroundings,
  infos: readonly LibraryInfo[],
): PlanStore | null {
  const { rules } = request;
  const folder = folderOf(request);
  if (folder === null || rules.by !== 'time') return null;
  const { name, architecture, multiprocessors } = recorder.facts;
  const versions = Object.fromEntries(infos.map((info) => [info.name, info.version]));
  const identity: Identity = {
    device: name,
    architecture,
    multiprocessors,
    driver: driver.version,
    ...versions,
    kernels: platform.identity,
    tf32: rules.isTf32,
    deterministic: rules.isDeterministic,
    workspace: rules.mostWorkspace,
  };
  return new PlanStore(folder, identity, warn);
}

/** A compiler, and what it compiles for. */
interface Compiler {
  readonly nvrtc: Nvrtc;
  readonly target: Target;
}

/** @throws AddonError with `status` or `symbol`. */
function compilerOf(nvrtc: Nvrtc, { facts }: Recorder): Compiler {
  return { nvrtc, target: targetFor(nvrtc.architectures(), facts.architecture) };
}

function compiledChains(
  { platform, recorder, request }: Surroundings,
  { nvrtc, target }: Compiler,
  { version }: LibraryInfo,
): CompiledChains {
  const folder = folderOf(request);
  const identity: Identity = {
    NVRTC: version,
    target: target.name,
    options: compilerOptions.join(' '),
    kernels: platform.identity,
  };
  const store = folder === null ? null : new ImageStore(folder, identity, warn);
  return new CompiledChains(recorder.kernels, nvrtc, target, platform.chainHeader(), store);
}
