/** A family that cannot be started as asked; the message says what was expected and what came. */
export class CreateFamilyError extends Error {
  override readonly name = 'CreateFamilyError';
}
