import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where a Python may be: Debian's packages belong to the system's own. */
const pythons = ['/usr/bin/python3', 'python3'];

/** The variable that names one Python more, such as that of a virtual environment. */
export const pythonVariable = 'CONVNET_PYTHON';

export interface FoundPython {
  readonly python: string;
  /** Of the module that was asked for. */
  readonly version: string;
}

/** Leaves out what stands behind a plus, which names the build and not the release. */
async function versionIn(python: string, module: string): Promise<FoundPython> {
  const { stdout } = await run(python, ['-c', `import ${module}; print(${module}.__version__)`]);
  return { python, version: stdout.trim().split('+', 1)[0]! };
}

/** The first Python that can import a module, and the module's version. */
export async function pythonWith(module: string): Promise<FoundPython | null> {
  for (const python of pythons) {
    try {
      return await versionIn(python, module);
    } catch {
      // No such Python, or one without the module: the next may have it.
    }
  }
  return null;
}

/**
 * The Python that CONVNET_PYTHON names; null where the variable is not set.
 * @throws Error where that Python can't import the module.
 */
export async function namedPython(module: string): Promise<FoundPython | null> {
  const python = process.env[pythonVariable];
  if (python === undefined || python === '') return null;
  try {
    return await versionIn(python, module);
  } catch {
    throw new Error(`the Python that ${pythonVariable} names can't import ${module}`);
  }
}
