import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where a Python may be: Debian's packages belong to the system's own. */
const pythons = ['/usr/bin/python3', 'python3'];

/** The first Python that can import a module, and the module's version. */
export async function pythonWith(
  module: string,
): Promise<{ python: string; version: string } | null> {
  for (const python of pythons) {
    try {
      const { stdout } = await run(python, [
        '-c',
        `import ${module}; print(${module}.__version__)`,
      ]);
      return { python, version: stdout.trim() };
    } catch {
      // No such Python, or one without the module: the next may have it.
    }
  }
  return null;
}
