/** A device that this machine or this checkout lacks. */
export class AbsentDeviceError extends Error {
  override readonly name = 'AbsentDeviceError';
  /** Name of the backend. */
  readonly backend: string;
  /** What would bring it, as a sentence without its full stop. */
  readonly remedy: string;

  constructor(backend: string, lack: string, remedy: string, options?: ErrorOptions) {
    super(`${backend}: ${lack}. ${remedy}.`, options);
    this.backend = backend;
    this.remedy = remedy;
  }
}
