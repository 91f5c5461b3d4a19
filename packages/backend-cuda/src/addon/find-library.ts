import { readdirSync, statSync, type Stats } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join, parse } from 'node:path';

import { cudaVersion, type Attempt } from '../errors.ts';
import type { Addon, SharedLibrary } from './interface.ts';

/** A library of NVIDIA's beside the driver. */
export interface LibraryKind {
  /** As people call it, such as 'cuDNN'. */
  readonly title: string;
  /** The loader's name for that of a version of CUDA, on Linux and on Windows. */
  readonly file: (cudaMajor: number) => string;
  readonly windowsFile: (cudaMajor: number) => string;
  /** Its folder among Python's packages of CUDA 12, `nvidia/<folder>/lib`; those of CUDA 13 share `nvidia/cu13/lib` (Windows: `bin`). */
  readonly pythonFolder: string;
  /** Its version in words. @throws AddonError where the file is another library. */
  readonly version: (library: SharedLibrary) => string;
  /** The version of CUDA that it was built for, as the driver counts it. */
  readonly builtFor: (library: SharedLibrary) => number;
  /** Why a version does not serve, or null. */
  readonly refuses?: (library: SharedLibrary) => string | null;
  /** What it opens by itself later, by names that a loader finds once they are open. */
  readonly companions: readonly LibraryKind[];
}

const dotted = (version: number): string =>
  [Math.floor(version / 10_000), Math.floor((version % 10_000) / 100), version % 100].join('.');

export const nvrtc: LibraryKind = {
  title: 'NVRTC',
  file: (major) => `libnvrtc.so.${major}`,
  // All versions of one major one have this name.
  windowsFile: (major) => `nvrtc64_${major}0_0.dll`,
  pythonFolder: 'cuda_nvrtc',
  version: (library) => library.pair('nvrtcVersion').join('.'),
  builtFor: (library) => {
    const [major, minor] = library.pair('nvrtcVersion');
    return 1000 * major + 10 * minor;
  },
  companions: [],
};

export const cublasLt: LibraryKind = {
  title: 'cuBLASLt',
  file: (major) => `libcublasLt.so.${major}`,
  windowsFile: (major) => `cublasLt64_${major}.dll`,
  pythonFolder: 'cublas',
  version: (library) => dotted(library.number('cublasLtGetVersion')),
  builtFor: (library) => library.number('cublasLtGetCudartVersion'),
  companions: [],
};

const cublas: LibraryKind = {
  ...cublasLt,
  title: 'cuBLAS',
  file: (major) => `libcublas.so.${major}`,
  windowsFile: (major) => `cublas64_${major}.dll`,
  version: () => '',
  // It needs a handle to tell; its name says the major one.
  builtFor: () => 0,
  companions: [],
};

/** The version from which on its graphs have what is used: 9.0. */
const leastCudnn = 90_000;

export const cudnn: LibraryKind = {
  title: 'cuDNN',
  file: () => 'libcudnn.so.9',
  windowsFile: () => 'cudnn64_9.dll',
  pythonFolder: 'cudnn',
  version: (library) => dotted(library.number('cudnnGetVersion')),
  builtFor: (library) => library.number('cudnnGetCudartVersion'),
  refuses: (library) => {
    const version = library.number('cudnnGetVersion');
    // Version 8 counted in thousands.
    const found = version < 10_000 ? `${Math.floor(version / 1000)}` : dotted(version);
    return version < leastCudnn ? `it is of version ${found}, but 9.0 or newer is needed` : null;
  },
  companions: [nvrtc, cublasLt, cublas],
};

/** A library that was looked for. */
export interface FoundLibrary {
  readonly title: string;
  /** Null where there is none that serves. */
  readonly library: SharedLibrary | null;
  /** Such as '9.28.1'. */
  readonly version: string | null;
  /** What was tried before, and why it did not serve. */
  readonly attempts: readonly Attempt[];
}

/** Variables of the environment, of which the search reads some. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** What a search reads of the machine. */
export interface Machine {
  readonly environment: Environment;
  readonly platform: NodeJS.Platform;
}

const thisMachine: Machine = { environment: process.env, platform: process.platform };

/**
 * Looks for a library: where the loader does (what is open already, LD_LIBRARY_PATH, the system's folders), in the toolkit (CUDA_HOME,
 * CUDA_PATH, `/usr/local/cuda*`), and among Python's packages (`nvidia/…/lib` of the active environment, of the user's, of
 * those on the PATH and the system's); on Windows in the same of there (`CUDA_PATH`, `%ProgramFiles%`, Python's folders). The first that
 * is of a version of CUDA which the driver runs serves.
 * @param driverVersion as the driver says it: 13000 is 13.0
 * @param path its file, in place of the search
 */
export function findLibrary(
  { SharedLibrary }: Pick<Addon, 'SharedLibrary'>,
  kind: LibraryKind,
  driverVersion: number,
  path?: string,
  machine: Machine = thisMachine,
): FoundLibrary {
  const attempts: Attempt[] = [];
  const refuse = (place: string, reason: string): void => {
    attempts.push({ path: place, reason });
  };
  const driverMajor = Math.floor(driverVersion / 1000);
  const candidates = path === undefined ? placesOf(kind, driverMajor, machine, refuse) : [path];
  for (const place of candidates) {
    try {
      const library = new SharedLibrary(place);
      const builtFor = kind.builtFor(library);
      const version = kind.version(library);
      const refused = kind.refuses?.(library) ?? null;
      if (refused !== null) refuse(library.path, refused);
      else if (Math.floor(builtFor / 1000) > driverMajor) {
        const [built, run] = [cudaVersion(builtFor), cudaVersion(driverVersion)];
        refuse(library.path, `it is for CUDA ${built}, the driver for ${run}`);
      } else {
        openCompanions({ SharedLibrary }, kind, builtFor, library, machine);
        return { title: kind.title, library, version, attempts };
      }
    } catch (error) {
      refuse(place, reasonOf(error as Error, place));
    }
  }
  return { title: kind.title, library: null, version: null, attempts };
}

/** Opens what a library asks the loader for later: those beside it first. What is missing it will say itself. */
function openCompanions(
  addon: Pick<Addon, 'SharedLibrary'>,
  { companions }: LibraryKind,
  builtFor: number,
  { path }: SharedLibrary,
  machine: Machine,
): void {
  const major = Math.floor(builtFor / 1000);
  const own = dirname(path);
  for (const kind of companions) {
    const file = fileOf(kind, major, machine);
    // Python's packages: nvidia/cudnn/lib beside nvidia/cu13/lib, or nvidia/cublas/lib.
    const beside = [
      own,
      ...pythonFolders(kind, major, machine).map((folder) => join(own, '../..', folder)),
    ];
    const all = [
      ...beside.map((folder) => join(folder, file)).filter(isFile),
      ...placesOf(kind, major, machine, () => {}, [major]),
    ];
    all.some((place) => opens(addon, place));
  }
}

/** Opens a file. @returns whether it could. */
function opens({ SharedLibrary }: Pick<Addon, 'SharedLibrary'>, place: string): boolean {
  try {
    return new SharedLibrary(place).path !== '';
  } catch {
    return false;
  }
}

/** Files to try, in order; folders are looked into when it is their turn, and those without one told to `refuse`. */
function* placesOf(
  kind: LibraryKind,
  driverMajor: number,
  machine: Machine,
  refuse: (place: string, reason: string) => void,
  majors: readonly number[] = driverMajor >= 13 ? [driverMajor, 12] : [12],
): Generator<string> {
  const names = [...new Set(majors.map((major) => fileOf(kind, major, machine)))];
  yield* names;
  for (const pattern of patternsOf(kind, majors, machine)) {
    const files = expand(pattern).flatMap((folder) =>
      names.map((name) => join(folder, name)).filter(isFile),
    );
    if (files.length === 0) refuse(join(pattern, names[0]!), 'no such file');
    yield* files;
  }
}

function fileOf(kind: LibraryKind, major: number, { platform }: Machine): string {
  return platform === 'win32' ? kind.windowsFile(major) : kind.file(major);
}

function pythonFolders(
  { pythonFolder }: LibraryKind,
  major: number,
  { platform }: Machine,
): string[] {
  return platform === 'win32'
    ? [`cu${major}/bin/x86_64`, `${pythonFolder}/bin`]
    : [`cu${major}/lib`, `${pythonFolder}/lib`];
}

const isGiven = (folder: string | undefined): folder is string =>
  folder !== undefined && folder !== '';

/** Folders on the PATH in which a file stands. */
function onPath({ PATH, Path }: Environment, file: string): string[] {
  return (PATH ?? Path ?? '')
    .split(delimiter)
    .filter((folder) => folder !== '' && isFile(join(folder, file)));
}

/** Folders beyond the loader's; `*` stands for what a folder's name goes on with. */
function patternsOf(kind: LibraryKind, majors: readonly number[], machine: Machine): string[] {
  const { toolkits, packages } =
    machine.platform === 'win32' ? windowsFolders(machine) : linuxFolders(machine);
  const folders = [...new Set(majors.flatMap((major) => pythonFolders(kind, major, machine)))];
  return [
    ...new Set(toolkits),
    ...[...new Set(packages)]
      .filter((folder) => expand(folder).length > 0)
      .flatMap((folder) => folders.map((each) => join(folder, 'nvidia', each))),
  ];
}

/** Folders of toolkits with libraries, and folders of Python's packages. */
interface Folders {
  readonly toolkits: readonly string[];
  readonly packages: readonly string[];
}

/** The user's home, where there is one: not of a user whom the system does not know. */
function homeOf({ HOME }: Environment): readonly string[] {
  if (isGiven(HOME)) return [HOME];
  try {
    return [homedir()];
  } catch {
    return [];
  }
}

function linuxFolders({ environment }: Machine): Folders {
  const { CUDA_HOME, CUDA_PATH, VIRTUAL_ENV, CONDA_PREFIX } = environment;
  const toolkits = [...[CUDA_HOME, CUDA_PATH].filter(isGiven), '/usr/local/cuda*'];
  const prefixes = [
    ...[VIRTUAL_ENV, CONDA_PREFIX].filter(isGiven),
    // A Python stands in the `bin` of its prefix.
    ...onPath(environment, 'python3').map((folder) => dirname(folder)),
    ...homeOf(environment).map((home) => join(home, '.local')),
    '/usr/local',
    '/usr',
  ];
  const kinds = ['site-packages', 'dist-packages'];
  return {
    toolkits: toolkits.map((toolkit) => join(toolkit, 'lib64')),
    packages: prefixes.flatMap((prefix) =>
      kinds.map((folder) => join(prefix, 'lib/python3*', folder)),
    ),
  };
}

function windowsFolders({ environment }: Machine): Folders {
  const { CUDA_HOME, CUDA_PATH, VIRTUAL_ENV, CONDA_PREFIX, APPDATA } = environment;
  const programs = environment['ProgramFiles'] ?? 'C:\\Program Files';
  const toolkits = [
    ...[CUDA_PATH, CUDA_HOME].filter(isGiven),
    join(programs, 'NVIDIA GPU Computing Toolkit/CUDA/v*'),
  ];
  const prefixes = [
    ...[VIRTUAL_ENV, CONDA_PREFIX].filter(isGiven),
    // A Python stands in its prefix itself, in a virtual environment in `Scripts`.
    ...onPath(environment, 'python.exe').flatMap((folder) => [folder, dirname(folder)]),
  ];
  return {
    // From CUDA 13 on libraries stand in a folder for the processor; cuDNN's installer has one for each version of CUDA.
    toolkits: [
      ...toolkits.flatMap((toolkit) => [join(toolkit, 'bin/x64'), join(toolkit, 'bin')]),
      join(programs, 'NVIDIA/CUDNN/v9*/bin/*/x64'),
      join(programs, 'NVIDIA/CUDNN/v9*/bin/*'),
    ],
    packages: [
      ...prefixes.map((prefix) => join(prefix, 'Lib/site-packages')),
      ...(isGiven(APPDATA) ? [join(APPDATA, 'Python/Python3*/site-packages')] : []),
    ],
  };
}

/** The folders that a pattern stands for, those with the highest numbers first. */
function expand(pattern: string): string[] {
  const { root } = parse(pattern);
  let found = [root === '' ? '.' : root];
  const parts = pattern.slice(root.length).split(/[\\/]/);
  for (const part of parts.filter((each) => each !== '')) {
    found = found.flatMap((folder) => {
      if (!part.endsWith('*')) return [join(folder, part)].filter(isFolder);
      const begin = part.slice(0, -1);
      return namesIn(folder)
        .filter((name) => name.startsWith(begin))
        .sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
        .map((name) => join(folder, name))
        .filter(isFolder);
    });
  }
  return found;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function isFolder(path: string): boolean {
  return statsOf(path)?.isDirectory() ?? false;
}

function isFile(path: string): boolean {
  return statsOf(path)?.isFile() ?? false;
}

/** Null for what is not there or may not be looked at. */
function statsOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}

/** An error's words without the name of the file, which stands in front. */
function reasonOf(error: Error, place: string): string {
  const { message } = error;
  return message.startsWith(`${place}: `) ? message.slice(place.length + 2) : message;
}
