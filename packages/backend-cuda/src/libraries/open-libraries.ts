import {
  cublasLt,
  cudnn,
  findLibrary,
  type FoundLibrary,
  type LibraryKind,
} from '../addon/find-library.ts';
import type { Addon, AddonError, CublasLt, Cudnn, DriverLibrary } from '../addon/interface.ts';
import type { Recorder } from '../commands/recorder.ts';
import { isFatal, LibraryMissingError, type Attempt } from '../errors.ts';
import { PlanChooser, type ChoosingRules } from './plan-chooser.ts';
import { defaultPlanFolder, PlanStore, type Identity } from './plan-store.ts';

/** Whether a library is used: where it is found (undefined), never (false), or it must be there (true), or be a file (its path). */
export type LibraryChoice = boolean | string | undefined;

/** What a device was asked for of libraries. */
export interface LibraryRequest {
  readonly cublasLt: LibraryChoice;
  readonly cudnn: LibraryChoice;
  readonly rules: ChoosingRules;
  /** A folder for plans, the one by convention (undefined), or none (false). */
  readonly planCache: string | false | undefined;
}

/** A library beside the driver, as a device found it. */
export interface LibraryInfo {
  /** 'cuBLASLt' or 'cuDNN'. */
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
  /** Null where there is none. */
  readonly chooser: PlanChooser | null;
}

/**
 * Finds and opens the libraries that a device may use.
 * @throws LibraryMissingError for one that must be there.
 */
export function openLibraries(
  addon: Addon,
  driver: DriverLibrary,
  recorder: Recorder,
  request: LibraryRequest,
  kernels: string,
): OpenedLibraries {
  const infos: LibraryInfo[] = [];
  const open = <Handle>(
    kind: LibraryKind,
    option: 'cublasLt' | 'cudnn',
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
  if (blas === null && dnn === null) return { infos, chooser: null };
  const { rules, planCache } = request;
  const { name, architecture, multiprocessors } = recorder.facts;
  const versions = Object.fromEntries(infos.map((info) => [info.name, info.version]));
  const identity: Identity = {
    device: name,
    architecture,
    multiprocessors,
    driver: driver.version,
    ...versions,
    kernels,
    tf32: rules.isTf32,
    deterministic: rules.isDeterministic,
    workspace: rules.mostWorkspace,
  };
  const store =
    planCache === false || rules.by !== 'time'
      ? null
      : new PlanStore(planCache ?? defaultPlanFolder(), identity, (text) => {
          process.emitWarning(`cuda: ${text}`, { code: 'CONVNET_CUDA_PLANS' });
        });
  return { infos, chooser: new PlanChooser(recorder, { blas, dnn }, rules, store) };
}
