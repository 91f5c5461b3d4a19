/** Thrown by a lowering for what it cannot express. */
export class Inexpressible extends Error {}

/** A network has an operation that is not written as .tflite. */
export class UnsupportedOperationError extends Error {
  override readonly name = 'UnsupportedOperationError';

  /**
   * @param network What the reader knows it by.
   * @param operation Its name, as `formatGraph` prints it.
   */
  constructor(network: string, operation: string, reason: string) {
    super(
      `exportTflite: ${network} has the operation ${operation}, which is not written: ${reason}`,
    );
  }
}
