import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ones } from '@convnet/tensor-core';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { interfaceNumber } from './layout.generated.ts';
import { MemoryUnavailableError, MissingBinaryError, WrongBinaryError } from './errors.ts';
import { hasSharedMemory } from './features.ts';
import { wasm } from './loader.ts';
import type { WasmOptions } from './options.ts';
import { sharingObstacle } from './threads.ts';

const run = promisify(execFile);
const binaries = join(import.meta.dirname, '../wasm');
const mebibyte = 2 ** 20;

const binary = async (file: string): Promise<Uint8Array<ArrayBuffer>> =>
  Uint8Array.from(await readFile(join(binaries, file)));

afterEach(() => {
  vi.restoreAllMocks();
});

describe('each probe tells its own cause', () => {
  test('why memory cannot be shared', () => {
    expect(sharingObstacle(true, () => true)).toBeNull();
    expect(sharingObstacle(true, () => false)).toBe('engine');
    expect(sharingObstacle(false, () => false)).toBe('isolation');
  });

  describe('an engine that reserves no memory', () => {
    /** As an engine in little address space. */
    function reserveAtMost(pages: number): number[] {
      const asked: number[] = [];
      const { Memory } = WebAssembly;
      vi.spyOn(WebAssembly, 'Memory').mockImplementation(function reserve(descriptor) {
        asked.push(descriptor.maximum!);
        if (descriptor.maximum! > pages) throw new RangeError('could not allocate memory');
        return new Memory(descriptor);
      });
      return asked;
    }

    test.each([1, 2])('says how much was asked for, %i threads', async (threads) => {
      const asked = reserveAtMost(0);
      expect(hasSharedMemory()).toBe(true);
      const error = await wasm({ threads }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(MemoryUnavailableError);
      expect(error).toMatchObject({ requested: [2 ** 32, 4 * mebibyte] });
      expect(String(error)).toContain('could be reserved, from 4.0 GiB down to 4.0 MiB');
      expect(String(error)).toContain('--disable-wasm-trap-handler');
      expect(String(error)).not.toContain('isolated');
      expect(asked).toContain(32768);
    });

    test('of 4 GiB gets on with less', async () => {
      reserveAtMost(1024);
      const device = await wasm({ threads: 1 });
      expect(() => ones([16 * mebibyte], { device })).toThrow('of at most 64.0 MiB');
      device.dispose();
    });
  });

  test.each<[string, WasmOptions, string]>([
    ['relaxed-threads.wasm', { threads: 1, build: 'relaxed' }, 'relaxed.wasm'],
    ['relaxed.wasm', { threads: 2, build: 'relaxed' }, 'relaxed-threads.wasm'],
    ['simd-threads.wasm', { threads: 1, build: 'simd' }, 'simd.wasm'],
    ['simd.wasm', { threads: 2, build: 'simd' }, 'simd-threads.wasm'],
  ])('%s does not fit %o', async (file, options, expected) => {
    const error = await wasm({ ...options, binary: await binary(file) }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(WrongBinaryError);
    expect(error).toMatchObject({ expected });
    const made = options.threads === 1 ? 'several threads' : 'one thread';
    expect(String(error)).toContain(`expected the binary ${expected} of`);
    expect(String(error)).toContain(`got one for ${made}`);
  });

  test('one of another version, of which its number tells', async () => {
    const bytes = await binary('simd.wasm');
    // `i32.const` of the number.
    const at = Buffer.from(bytes).indexOf(
      Uint8Array.of(0x41, ...signedLeb128(interfaceNumber | 0)),
    );
    expect(at).toBeGreaterThan(0);
    const other = Uint8Array.from(bytes);
    other[at + 1]! ^= 1;
    const opening = wasm({ threads: 1, build: 'simd', binary: other });
    await expect(opening).rejects.toThrow(WrongBinaryError);
    const numbers = `its interface is ${(interfaceNumber ^ 1) >>> 0}, that of this package ${interfaceNumber}`;
    await expect(opening).rejects.toThrow(`got one of another version (${numbers})`);
  });

  test('one of an older version, without a number', async () => {
    const older = Buffer.from(await binary('simd.wasm'));
    older.write('interface_numbes', older.indexOf('interface_number'));
    const opening = wasm({ threads: 1, build: 'simd', binary: new Uint8Array(older) });
    await expect(opening).rejects.toThrow(WrongBinaryError);
    await expect(opening).rejects.toThrow('got one of an older version');
  });

  test('one whose description of itself was taken out', async () => {
    const stripped = Buffer.from(await binary('simd.wasm'));
    stripped.write('convnet-interfacf', stripped.indexOf('convnet-interface'));
    const opening = wasm({ threads: 1, build: 'simd', binary: new Uint8Array(stripped) });
    await expect(opening).rejects.toThrow(WrongBinaryError);
    await expect(opening).rejects.toThrow("got one without the section 'convnet-interface'");
  });

  test('a module of something else, and bytes that are no module', async () => {
    const empty = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);
    await expect(wasm({ threads: 1, binary: empty })).rejects.toThrow(WrongBinaryError);
    await expect(wasm({ threads: 1, binary: empty })).rejects.toThrow('without its kernels');
    for (const bytes of [Uint8Array.of(1, 2, 3), (await binary('simd.wasm')).subarray(0, 5000)]) {
      await expect(wasm({ threads: 1, binary: bytes })).rejects.toThrow(WrongBinaryError);
    }
  });

  test('a file that was cut short', async () => {
    const bytes = (await binary('simd.wasm')).subarray(0, 5000);
    const url = `data:application/wasm;base64,${Buffer.from(bytes).toString('base64')}`;
    const opening = wasm({ threads: 1, binary: url });
    await expect(opening).rejects.toThrow(MissingBinaryError);
    await expect(opening).rejects.toThrow('got 5000 bytes that do not compile');
  });
});

/** An integer of 32 bits as WebAssembly encodes it. */
function signedLeb128(value: number): number[] {
  const rest = value >> 7;
  const isLast = rest === (value & 0x40 ? -1 : 0);
  return isLast ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signedLeb128(rest)];
}

// `ulimit -v` limits address space on Linux only.
const isLinux = process.platform === 'linux';
if (!isLinux) process.stderr.write('not run: little address space (this system is not Linux)\n');

/** What a program prints as JSON that runs in this many kB of address space. */
async function runWithin(kilobytes: number, program: string): Promise<unknown> {
  const shell = `ulimit -v ${kilobytes} && exec "$0" --input-type=module --eval "$1"`;
  const { stdout } = await run('sh', ['-c', shell, process.execPath, program], {
    cwd: import.meta.dirname,
  });
  return JSON.parse(stdout);
}

const imports = `
  import { wasm } from ${JSON.stringify(join(import.meta.dirname, 'index.ts'))};
  import { matmul, ones } from '@convnet/tensor-core';
`;

describe.runIf(isLinux)('in little address space', () => {
  test('what does not open or fit is a typed error', async () => {
    const told = (await runWithin(
      3_000_000,
      `${imports}
      const kept = [];
      try {
        const device = await wasm({ threads: 1 });
        for (;;) kept.push(ones([${64 * mebibyte}], { device }));
      } catch (error) {
        console.log(JSON.stringify({ name: error.name, message: error.message, count: kept.length }));
      }`,
    )) as { name: string; message: string; count: number };
    expect(['OutOfMemoryError', 'MemoryUnavailableError']).toContain(told.name);
    expect(told.count).toBeLessThan(12);
    // It is not the maximum of the device that is reached.
    expect(told.message).not.toContain('at most 4.0 GiB');
  });

  // V8 ends the process where a thread finds no address space for its heap, so the memory must not take it first.
  test.each([2_000_000, 3_000_000, 4_000_000, 6_000_000, 8_000_000])(
    'two threads compute within %i kB',
    async (kilobytes) => {
      const told = await runWithin(
        kilobytes,
        `${imports}
        const device = await wasm({ threads: 2 });
        const x = ones([600, 600], { device });
        console.log(JSON.stringify((await matmul(x, x).data())[0]));
        device.dispose();`,
      );
      expect(told).toBe(600);
    },
  );

  test('more threads than there is room for are a typed error', async () => {
    const told = await runWithin(
      3_000_000,
      `${imports}
      const error = await wasm({ threads: 100 }).catch((reason) => reason);
      console.log(JSON.stringify({ name: error.name, message: error.message }));`,
    );
    expect(told).toMatchObject({ name: 'ThreadsUnavailableError' });
    expect(JSON.stringify(told)).toContain('no address space for 99 worker threads');
  });
});
