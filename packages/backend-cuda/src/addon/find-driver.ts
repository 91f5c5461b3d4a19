import { DriverTooOldError, NoDriverError, type Attempt } from '../errors.ts';
import type { Addon, DriverLibrary } from './interface.ts';

/** The oldest version of CUDA whose drivers have what is called, and compile the kernels' PTX. */
export const neededVersion = 12_000;

/** Where the loader looks by itself (LD_LIBRARY_PATH, the system's folders, what is loaded already), and where it may not. */
const linuxPlaces: readonly string[] = [
  'libcuda.so.1',
  '/usr/lib/x86_64-linux-gnu/libcuda.so.1',
  '/usr/lib64/libcuda.so.1',
  '/usr/lib/wsl/lib/libcuda.so.1',
  '/usr/local/nvidia/lib64/libcuda.so.1',
];

/** On Windows the driver stands in the system's folder, where the loader looks first. */
const windowsPlaces: readonly string[] = ['nvcuda.dll'];

/** Files of drivers, in the order in which they are tried. */
export function driverPlaces(platform: NodeJS.Platform = process.platform): readonly string[] {
  return platform === 'win32' ? windowsPlaces : linuxPlaces;
}

/**
 * The driver.
 * @param path its file; else it is looked for.
 * @throws NoDriverError with all places that were tried; DriverTooOldError.
 */
export function findDriver({ Library }: Addon, path?: string): DriverLibrary {
  const attempts: Attempt[] = [];
  for (const place of path === undefined ? driverPlaces() : [path]) {
    let library: DriverLibrary;
    try {
      library = new Library(place);
    } catch (error) {
      attempts.push({ path: place, reason: reasonOf(error, place) });
      continue;
    }
    const { version } = library;
    if (version < neededVersion) throw new DriverTooOldError(version, neededVersion, library.path);
    return library;
  }
  throw new NoDriverError(attempts);
}

/** The loader's words without the name of the file, which stands in front. */
function reasonOf(error: unknown, place: string): string {
  const { message } = error as Error;
  return message.startsWith(`${place}: `) ? message.slice(place.length + 2) : message;
}
