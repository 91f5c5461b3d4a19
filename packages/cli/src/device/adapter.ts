/** What tells one graphics processor, with its driver, from another, as WebGPU names them (`GPUAdapterInfo`). */
export interface AdapterIdentity {
  readonly description: string;
  readonly vendor: string;
  readonly architecture: string;
}

/** What is read of a `GPUAdapterInfo`. */
export interface AdapterInfo extends Partial<AdapterIdentity> {
  readonly isFallbackAdapter?: boolean;
}

export const identityOf = ({
  description = '',
  vendor = '',
  architecture = '',
}: AdapterInfo): AdapterIdentity => ({ description, vendor, architecture });

/** For people. */
export function nameOf({ description, vendor, architecture }: AdapterIdentity): string {
  return description || `${vendor} ${architecture}`.trim() || 'unnamed adapter';
}

/** Whether an adapter computes on the processor: slower than WebAssembly does. */
export function isSoftware(info: AdapterInfo): boolean {
  return (
    info.isFallbackAdapter === true ||
    /swiftshader|llvmpipe|lavapipe/i.test(nameOf(identityOf(info)))
  );
}
