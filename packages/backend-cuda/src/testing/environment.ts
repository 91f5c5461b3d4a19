/** Variables of the emulated driver (native/emulator/faults.hpp). */
export type EmulatedVariables = Readonly<
  Partial<
    Record<
      | `EMULATED_CUDA_${'VERSION' | 'ARCHITECTURE' | 'DEVICES' | 'MEMORY' | 'BLOCKS' | 'ABSENT' | 'FAULT' | 'QUIET'}`
      | `EMULATED_LIBRARY_${'VERSION' | 'CUDA' | 'FAULT'}`,
      string
    >
  >
>;

/** Runs with variables of the environment set, then as they were. */
export async function withVariables<Result>(
  variables: EmulatedVariables,
  run: () => Promise<Result>,
): Promise<Result> {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return await run();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}
